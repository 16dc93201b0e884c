use super::*;
use crate::{Matrix, Rng, SharedMatrix};
use proptest::prelude::*;

fn close(fast: f32, slow: f32) -> bool {
    (fast - slow).abs() <= 1e-4 * (1.0 + slow.abs())
}

fn random(n_rows: usize, n_cols: usize, rng: &mut Rng) -> SharedMatrix {
    let mut matrix = SharedMatrix::zeros_on_heap(n_rows, n_cols);
    for i in 0..n_rows {
        matrix.row_mut(i).iter_mut().for_each(|x| *x = rng.unit_f32() * 2.0 - 1.0);
    }
    matrix
}

fn all_close(fast: &Matrix, slow: &Matrix) -> bool {
    fast.as_slice().iter().zip(slow.as_slice()).all(|(fast, slow)| close(*fast, *slow))
}

/// What a kernel leaves behind when run on rows from the same seed.
fn run(
    kernels: Kernels,
    (n_inputs, n_outputs, dim): (usize, usize, usize),
    seed: u64,
    call: impl Fn(Kernels, &[SharedRow<'_>], &[SharedRow<'_>], &mut [f32]),
) -> (Matrix, Matrix, Vec<f32>) {
    let mut rng = Rng::new(seed, 0);
    let (mut a, mut b) = (random(n_inputs, dim, &mut rng), random(n_outputs, dim, &mut rng));
    let mut pairs: Vec<f32> = (0..n_inputs * n_outputs).map(|_| rng.unit_f32() - 0.5).collect();
    {
        let inputs: Vec<_> = (0..n_inputs).map(|i| a.row(i)).collect();
        let outputs: Vec<_> = (0..n_outputs).map(|i| b.row(i)).collect();
        call(kernels, &inputs, &outputs, &mut pairs);
    }
    (a.to_matrix(), b.to_matrix(), pairs)
}

fn check(
    shape: (usize, usize, usize),
    seed: u64,
    call: impl Fn(Kernels, &[SharedRow<'_>], &[SharedRow<'_>], &mut [f32]),
) {
    let slow = run(Kernels::scalar(), shape, seed, &call);
    for kernels in Kernels::all() {
        let fast = run(kernels, shape, seed, &call);
        assert!(all_close(&fast.0, &slow.0), "inputs with {kernels:?}, shape {shape:?}");
        assert!(all_close(&fast.1, &slow.1), "outputs with {kernels:?}, shape {shape:?}");
        assert!(fast.2.iter().zip(&slow.2).all(|(f, s)| close(*f, *s)), "{kernels:?}, shape {shape:?}");
    }
}

#[test]
#[cfg(target_arch = "aarch64")]
fn every_64_bit_arm_processor_has_neon() {
    assert_eq!(Kernels::detect().isa(), Isa::Neon);
}

proptest! {
    #[test]
    fn dot_and_axpy_agree_with_scalar(
        pairs in prop::collection::vec((-1f32..1., -1f32..1.), 0..200),
        a in -2f32..2.,
    ) {
        let (x, y): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        let (slow, mut slow_sum) = (Kernels::scalar().dot(&x, &y), y.clone());
        Kernels::scalar().axpy(a, &x, &mut slow_sum);
        for kernels in Kernels::all() {
            let mut sum = y.clone();
            kernels.axpy(a, &x, &mut sum);
            prop_assert!(close(kernels.dot(&x, &y), slow), "{kernels:?}");
            prop_assert!(sum.iter().zip(&slow_sum).all(|(f, s)| close(*f, *s)), "{kernels:?}");
        }
    }

    #[test]
    fn sigmoid_has_the_same_bits_everywhere(values in prop::collection::vec(-100f32..100., 0..50)) {
        let mut slow = values.clone();
        Kernels::scalar().sigmoid(&mut slow);
        for kernels in Kernels::all() {
            let mut fast = values.clone();
            kernels.sigmoid(&mut fast);
            prop_assert_eq!(&fast, &slow);
        }
    }

    #[test]
    fn window_kernels_agree_with_scalar(
        shape in (0usize..12, 1usize..15, 1usize..70),
        seed in any::<u64>(),
    ) {
        check(shape, seed, |kernels, inputs, outputs, pairs| kernels.scores(inputs, outputs, pairs));
        check(shape, seed, |kernels, inputs, outputs, pairs| kernels.update(inputs, outputs, pairs));
        check(shape, seed, |kernels, inputs, outputs, pairs| {
            let labels: Vec<f32> = (0..pairs.len()).map(|i| (i % 3 == 0) as u8 as f32).collect();
            let rates: Vec<f32> = (0..pairs.len()).map(|i| 0.01 * (i % 7) as f32).collect();
            kernels.descend(inputs, outputs, Targets { labels: &labels, rates: &rates }, pairs);
        });
        check(shape, seed, |kernels, inputs, outputs, pairs| {
            let (mean, n) = (SharedMatrix::zeros_on_heap(1, shape.2), outputs.len());
            let labels: Vec<f32> = (0..n).map(|i| (i % 2) as f32).collect();
            let rates: Vec<f32> = (0..n).map(|i| 0.01 * i as f32).collect();
            let rows = MeanStep { inputs, scale: 0.2, share: 0.7, mean: mean.row(0) };
            let mut steps = vec![0.0; n];
            kernels.descend_mean(rows, outputs, Targets { labels: &labels, rates: &rates }, &mut steps);
            pairs.iter_mut().zip(steps).for_each(|(pair, step)| *pair = step);
        });
        check(shape, seed, |kernels, inputs, outputs, _| kernels.gather(0.3, inputs, outputs[0]));
    }
}

/// Takes the step at once or by its gradient; inputs and outputs afterwards.
fn step(n_inputs: usize, kernels: Kernels, mean: bool, apart: bool) -> [Matrix; 2] {
    let (inputs, outputs, _) = run(kernels, (n_inputs, 6, 20), 3, |kernels, inputs, outputs, _| {
        let room = SharedMatrix::zeros_on_heap(1, 20);
        let rows = MeanStep { inputs, scale: 0.5, share: 0.25, mean: room.row(0) };
        let n = if mean { 6 } else { inputs.len() * 6 };
        let (labels, rates, mut steps) = (vec![1.0; n], vec![0.1; n], vec![0.0; n]);
        let targets = Targets { labels: &labels, rates: &rates };
        let width = outputs[0].len();
        let mut changes = vec![0.0; (if mean { 1 } else { inputs.len() } + 6) * width];
        if !apart && mean {
            return kernels.descend_mean(rows, outputs, targets, &mut steps);
        } else if !apart {
            return kernels.descend(inputs, outputs, targets, &mut steps);
        }
        let into = Gradient { steps: &mut steps, changes: &mut changes };
        match mean {
            true => kernels.gradient_mean(rows, outputs, targets, into),
            false => kernels.gradient(inputs, outputs, targets, into),
        }
        let (of_inputs, of_outputs) = changes.split_at(changes.len() - 6 * width);
        let of_inputs = of_inputs.chunks(width).cycle();
        inputs.iter().zip(of_inputs).for_each(|(input, change)| kernels.add(change, *input));
        outputs
            .iter()
            .zip(of_outputs.chunks(width))
            .for_each(|(output, change)| kernels.add(change, *output));
    });
    [inputs, outputs]
}

#[test]
fn gradients_are_the_steps_that_would_be_taken() {
    for (mean, n_inputs) in [false, true].into_iter().flat_map(|mean| [1, 2, 5, 10].map(|n| (mean, n))) {
        let want = step(n_inputs, Kernels::scalar(), mean, false);
        for kernels in Kernels::all() {
            let got = step(n_inputs, kernels, mean, true);
            assert!(got.iter().zip(&want).all(|(got, want)| all_close(got, want)), "{kernels:?}");
        }
    }
}

#[test]
fn gradients_of_many_outputs_use_the_values_from_before() {
    check((3, 14, 33), 5, |kernels, inputs, outputs, pairs| {
        let (labels, rates) = (vec![0.0; pairs.len()], vec![0.2; pairs.len()]);
        let width = outputs[0].len();
        let mut changes = vec![0.0; (inputs.len() + outputs.len()) * width];
        let targets = Targets { labels: &labels, rates: &rates };
        kernels.gradient(inputs, outputs, targets, Gradient { steps: pairs, changes: &mut changes });
        kernels.add(&changes[..width], inputs[0]);
        kernels.add(&changes[changes.len() - width..], outputs[0]);
    });
}

#[test]
fn update_follows_the_gradient_of_one_pair() {
    for kernels in Kernels::all() {
        let (mut word, mut context) = (SharedMatrix::zeros_on_heap(1, 2), SharedMatrix::zeros_on_heap(1, 2));
        word.row_mut(0).copy_from_slice(&[1.0, 2.0]);
        context.row_mut(0).copy_from_slice(&[3.0, 5.0]);
        kernels.update(&[word.row(0)], &[context.row(0)], &[0.5]);
        assert_eq!(word.row_mut(0), [2.5, 4.5], "{kernels:?}");
        assert_eq!(context.row_mut(0), [3.5, 6.0], "{kernels:?}");
    }
}

#[test]
fn padding_stays_zero() {
    let (a, mut b) = (SharedMatrix::zeros_on_heap(1, 16), SharedMatrix::zeros_on_heap(2, 5));
    b.row_mut(0).fill(1.0);
    Kernels::detect().update(&[b.row(0)], &[b.row(1)], &[0.25]);
    Kernels::detect().gather(1.0, &[b.row(0), b.row(1)], a.row(0));
    let mut a = a;
    assert_eq!(a.row_mut(0)[5..], [0.0; 11]);
}

#[test]
#[should_panic(expected = "rows of different lengths")]
fn rows_of_other_lengths_are_refused() {
    let (a, b) = (SharedMatrix::zeros_on_heap(1, 16), SharedMatrix::zeros_on_heap(1, 17));
    Kernels::detect().gather(1.0, &[a.row(0)], b.row(0));
}
