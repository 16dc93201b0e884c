//! From features to classes and probabilities.

use super::fit::check_finite;
use super::{Features, Linear};
use crate::solve::rows::Rows;
use crate::solve::softmax::{sigmoid, softmax};
use crate::solve::threads::in_threads;
use crate::{HeadError, Predictions};
use sememe_kernels::Matrix;

pub(super) fn predict(model: &Linear, features: &Features, threads: usize) -> Result<Predictions, HeadError> {
    if features.n_cols() != model.n_features() {
        let (want, found) = (model.n_features(), features.n_cols());
        return Err(HeadError::Count { what: "features", want, found });
    }
    check_finite(features)?;
    Ok(match features {
        Features::Sparse(rows) => predict_rows(model, rows, threads),
        Features::Dense(rows) => predict_rows(model, rows, threads),
    })
}

fn predict_rows(model: &Linear, rows: &impl Rows, threads: usize) -> Predictions {
    let (n_rows, k) = (rows.n_rows(), model.n_classes);
    let mut targets = vec![0; n_rows];
    let (mut scores, mut probabilities) = (Matrix::zeros(n_rows, k), Matrix::zeros(n_rows, k));
    let per_thread = n_rows.div_ceil(threads).max(1);
    let parts = targets
        .chunks_mut(per_thread)
        .zip(scores.as_mut_slice().chunks_mut(per_thread * k))
        .zip(probabilities.as_mut_slice().chunks_mut(per_thread * k));
    in_threads(parts.enumerate(), &|(part, ((targets, scores), probabilities))| {
        let outputs = scores.chunks_exact_mut(k).zip(probabilities.chunks_exact_mut(k));
        let mut row = vec![0.0; model.bias.len()];
        for (i, (target, (scores, probabilities))) in targets.iter_mut().zip(outputs).enumerate() {
            row.iter_mut().zip(&model.bias).for_each(|(score, &bias)| *score = f64::from(bias));
            rows.add_scores(part * per_thread + i, model.weights.as_slice(), &mut row);
            *target = write_row(&mut row, scores, probabilities);
        }
    });
    Predictions { targets, probabilities, scores }
}

/// Fills a row of both matrices from the outputs of the model; gives the class.
fn write_row(outputs: &mut [f64], scores: &mut [f32], probabilities: &mut [f32]) -> u32 {
    if let ([s], [_, _]) = (&*outputs, &*scores) {
        let p = sigmoid(*s);
        scores.copy_from_slice(&[-*s as f32, *s as f32]);
        probabilities.copy_from_slice(&[(1.0 - p) as f32, p as f32]);
        return u32::from(*s > 0.0);
    }
    let best = largest(outputs);
    scores.iter_mut().zip(&*outputs).for_each(|(score, s)| *score = *s as f32);
    softmax(outputs);
    probabilities.iter_mut().zip(&*outputs).for_each(|(p, s)| *p = *s as f32);
    best
}

/// The place of the largest value, the first of equals.
fn largest(values: &[f64]) -> u32 {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = i;
        }
    }
    best as u32
}
