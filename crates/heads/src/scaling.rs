//! Columns of equal mean and variance, for training only.

use crate::HeadError;
use crate::linear::Linear;
use sememe_kernels::Matrix;

/// Mean and standard deviation of each column of the training rows.
///
/// A model over x′ = (x − μ) / σ is one over x with the weights w / σ and the bias b − Σ w·μ / σ, so the scaling is
/// gone once the model is trained.
pub(crate) struct Scaling {
    means: Vec<f64>,
    deviations: Vec<f64>,
}

impl Scaling {
    /// Measures `rows`. A column without variance keeps its scale.
    pub(crate) fn of(rows: &Matrix) -> Self {
        let means = column_means(rows, |x, _| x);
        let variances = column_means(rows, |x, j| (x - means[j]).powi(2));
        let deviation = |variance: f64| if variance > 0.0 { variance.sqrt() } else { 1.0 };
        Self { deviations: variances.into_iter().map(deviation).collect(), means }
    }

    /// Brings each column to mean 0 and variance 1.
    pub(crate) fn apply(&self, rows: &mut Matrix) {
        for i in 0..rows.n_rows() {
            for (j, x) in rows.row_mut(i).iter_mut().enumerate() {
                *x = ((f64::from(*x) - self.means[j]) / self.deviations[j]) as f32;
            }
        }
    }

    /// The model over rows as they were, from one over scaled rows.
    ///
    /// # Errors
    /// If a deviation is so small that a weight is no longer finite.
    pub(crate) fn unscaled(&self, model: &Linear) -> Result<Linear, HeadError> {
        let mut weights = Matrix::zeros(model.n_features(), model.bias().len());
        let mut bias: Vec<f64> = model.bias().iter().map(|&b| f64::from(b)).collect();
        for (j, row) in model.weights().rows().enumerate() {
            for ((weight, scaled), bias) in weights.row_mut(j).iter_mut().zip(row).zip(&mut bias) {
                let w = f64::from(*scaled) / self.deviations[j];
                *weight = w as f32;
                *bias -= w * self.means[j];
            }
        }
        let bias = bias.into_iter().map(|b| b as f32).collect();
        Linear::from_weights(model.kind(), model.n_classes(), weights, bias)
    }
}

/// The mean of `value(x, column)` of each column.
fn column_means(rows: &Matrix, value: impl Fn(f64, usize) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; rows.n_cols()];
    for row in rows.rows() {
        sums.iter_mut().zip(row).enumerate().for_each(|(j, (sum, &x))| *sum += value(f64::from(x), j));
    }
    let n_rows = rows.n_rows().max(1) as f64;
    sums.into_iter().map(|sum| sum / n_rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Features, ModelKind};

    fn rows() -> Matrix {
        Matrix::from_vec(3, 3, vec![1., 5., 10., 2., 5., 30., 3., 5., 20.]).unwrap()
    }

    #[test]
    fn columns_become_equal() {
        let mut rows = rows();
        Scaling::of(&rows).apply(&mut rows);
        let unit = 1.5f32.sqrt();
        assert_eq!(rows.as_slice(), [-unit, 0., -unit, 0., 0., unit, unit, 0., 0.]);
    }

    #[test]
    fn unscaled_models_score_alike() {
        let (scaling, mut scaled) = (Scaling::of(&rows()), rows());
        scaling.apply(&mut scaled);
        let weights = Matrix::from_vec(3, 2, vec![1., -1., 0.5, 2., -3., 0.25]).unwrap();
        let model = Linear::from_weights(ModelKind::Softmax, 2, weights, vec![0.1, 0.2]).unwrap();
        let want = model.predict(&Features::Dense(scaled), 1).unwrap();
        let found = scaling.unscaled(&model).unwrap().predict(&Features::Dense(rows()), 1).unwrap();
        let off = found.scores.as_slice().iter().zip(want.scores.as_slice()).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f32::max) < 1e-5);
    }
}
