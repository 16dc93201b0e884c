use super::{check, check_alike, random, values};
use crate::ops::{self, CrossEntropy, IGNORED, Reduction, reference};
use candle_core::{DType, Device, Tensor, Var};

const SHAPES: super::Inputs<'static> = &[&[4, 3], &[7, 3], &[7]];

fn asked(smoothing: f64, reduction: Reduction) -> CrossEntropy {
    CrossEntropy { targets: vec![2, IGNORED, 0, 6], smoothing, reduction }
}

#[test]
fn cross_entropy_with_smoothing_and_places_that_do_not_count() {
    for smoothing in [0.0, 0.1] {
        for reduction in [Reduction::Mean, Reduction::Sum] {
            let asked = || asked(smoothing, reduction);
            let fused = |x: &[Tensor]| ops::softmax_cross_entropy(&x[0], &x[1], &x[2], asked());
            let plain = |x: &[Tensor]| reference::softmax_cross_entropy(&x[0], &x[1], &x[2], &asked());
            check(&fused, &plain, SHAPES);
        }
    }
}

#[test]
fn the_gradient_from_above_is_honoured() {
    let fused = |x: &[Tensor]| {
        Ok((ops::softmax_cross_entropy(&x[0], &x[1], &x[2], asked(0.0, Reduction::Mean))? * 3.5)?)
    };
    super::check_gradient(&fused, &SHAPES.iter().map(|dims| random(dims, 5)).collect::<Vec<_>>());
}

#[test]
fn many_rows_in_several_chunks() {
    // 40,000 classes are held for 209 rows at a time.
    let (n, n_classes) = (500, 40_000);
    let targets: Vec<u32> = (0..n).map(|i| (i * 79 % n_classes) as u32).collect();
    let fused =
        |x: &[Tensor]| ops::softmax_cross_entropy(&x[0], &x[1], &x[2], CrossEntropy::new(targets.clone()));
    let plain = |x: &[Tensor]| {
        reference::softmax_cross_entropy(&x[0], &x[1], &x[2], &CrossEntropy::new(targets.clone()))
    };
    check_alike(&fused, &plain, &[random(&[n, 4], 1), random(&[n_classes, 4], 2), random(&[n_classes], 3)]);
}

#[test]
fn tied_weights_get_both_gradients() {
    let ids = [1, 3, 3, 0];
    let fused = |x: &[Tensor]| {
        let taken = ops::embedding(&x[0], &ids, &[4])?;
        ops::softmax_cross_entropy(&taken, &x[0], &x[1], CrossEntropy::new(vec![3, 3, 0, 2]))
    };
    let plain = |x: &[Tensor]| {
        let taken = reference::embedding(&x[0], &ids, &[4, 3])?;
        reference::softmax_cross_entropy(&taken, &x[0], &x[1], &CrossEntropy::new(vec![3, 3, 0, 2]))
    };
    check(&fused, &plain, &[&[5, 3], &[5]]);
}

#[test]
fn ln_probabilities_are_those_of_the_loss() {
    let inputs: Vec<Tensor> = (0..).zip(SHAPES).map(|(i, dims)| random(dims, i)).collect();
    let targets = [2, IGNORED, 0, 6];
    let ln_p = ops::ln_probabilities(&inputs[0], &inputs[1], &inputs[2], &targets).unwrap();
    let scores = reference::scores(&inputs[0], &inputs[1], &inputs[2]).unwrap();
    let all = reference::ln_softmax(&scores).unwrap().to_vec2::<f64>().unwrap();
    let want = [all[0][2], 0.0, all[2][0], all[3][6]];
    assert!(ln_p.iter().zip(want).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5), "{ln_p:?} != {want:?}");
}

#[test]
fn nothing_that_counts_is_no_loss() {
    let var = Var::from_tensor(&random(&[2, 3], 1)).unwrap();
    let (w, b) = (random(&[7, 3], 2), random(&[7], 3));
    let loss = ops::softmax_cross_entropy(&var, &w, &b, CrossEntropy::new(vec![IGNORED; 2])).unwrap();
    assert_eq!(values(&loss), [0.0]);
    assert_eq!(values(loss.backward().unwrap().get(&var).unwrap()), [0.0; 6]);
    let none = Tensor::zeros((0, 3), DType::F64, &Device::Cpu).unwrap();
    let loss = ops::softmax_cross_entropy(&none, &w, &b, CrossEntropy::default()).unwrap();
    assert_eq!(values(&loss), [0.0]);
}

#[test]
fn a_target_beyond_the_classes_is_refused() {
    let (x, w, b) = (random(&[2, 3], 1), random(&[7, 3], 2), random(&[7], 3));
    let fails = |asked| ops::softmax_cross_entropy(&x, &w, &b, asked).unwrap_err().to_string();
    assert_eq!(fails(CrossEntropy::new(vec![0, 7])), "id 7 at place 1, but there are only 7 of `classes`");
    assert_eq!(fails(CrossEntropy::new(vec![0])), "`targets` has shape [1], expected [2]");
    let error = fails(CrossEntropy { smoothing: 1.0, ..CrossEntropy::new(vec![0, 1]) });
    assert_eq!(error, "setting `label_smoothing` is 1, expected in [0, 1)");
}
