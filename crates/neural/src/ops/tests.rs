//! Every operation against finite differences, its reference, and itself on other threads.

mod attention;
mod cross_entropy;
mod recurrent;
mod simple;

use candle_core::{DType, Device, Tensor, Var};
use sememe_kernels::Rng;

pub(crate) type Inputs<'a> = &'a [&'a [usize]];
pub(crate) type Function<'a> = &'a (dyn Fn(&[Tensor]) -> crate::Result<Tensor> + Sync);

/// Numbers between −1 and 1, in `f64`.
pub(crate) fn random(dims: &[usize], seed: u64) -> Tensor {
    let mut rng = Rng::new(seed, 0);
    let values: Vec<f64> = (0..dims.iter().product()).map(|_| 2.0 * rng.unit_f64() - 1.0).collect();
    Tensor::from_vec(values, dims, &Device::Cpu).unwrap()
}

pub(crate) fn values(x: &Tensor) -> Vec<f64> {
    x.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// A number that every entry of `x` has its own share in, which is no constant, so that the gradient that comes from
/// above is another one at each place.
pub(crate) fn project(x: &Tensor) -> Tensor {
    let weights = random(x.dims(), 99).to_dtype(x.dtype()).unwrap();
    (x * weights).unwrap().sum_all().unwrap()
}

fn scalar(x: &Tensor) -> f64 {
    values(x)[0]
}

/// Result and gradients of all inputs.
fn run(f: Function<'_>, inputs: &[Tensor]) -> (Tensor, Vec<Tensor>) {
    let vars: Vec<Var> = inputs.iter().map(|x| Var::from_tensor(x).unwrap()).collect();
    // Past a copy, as inside a model, where no input is a variable.
    let copies: Vec<Tensor> = vars.iter().map(|var| (var.as_tensor() * 1.0).unwrap()).collect();
    let out = f(&copies).unwrap();
    let grads = project(&out).backward().unwrap();
    let gradient = |var: &Var| grads.get(var).expect("a gradient for every input").clone();
    (out, vars.iter().map(gradient).collect())
}

#[track_caller]
fn close(a: &Tensor, b: &Tensor, tolerance: f64, what: &str) {
    assert_eq!(a.dims(), b.dims(), "{what}");
    let (a, b) = (values(a), values(b));
    let size = b.iter().fold(1.0_f64, |max, x| max.max(x.abs()));
    let worst = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst <= tolerance * size, "{what}: {worst} apart, of {size}");
}

/// Central differences of every input, in `f64`.
#[track_caller]
pub(crate) fn check_gradient(f: Function<'_>, inputs: &[Tensor]) {
    const STEP: f64 = 1e-5;
    let (_, gradients) = run(f, inputs);
    for (i, gradient) in gradients.iter().enumerate() {
        let (start, gradient) = (values(&inputs[i]), values(gradient));
        let at = |j: usize, by: f64| {
            let mut moved = start.clone();
            moved[j] += by;
            let mut inputs = inputs.to_vec();
            inputs[i] = Tensor::from_vec(moved, inputs[i].dims(), &Device::Cpu).unwrap();
            scalar(&project(&f(&inputs).unwrap()))
        };
        for (j, gradient) in gradient.iter().enumerate() {
            let want = (at(j, STEP) - at(j, -STEP)) / (2.0 * STEP);
            let near = (gradient - want).abs() <= 1e-7 * (1.0 + want.abs());
            assert!(near, "input {i}, number {j}: gradient {gradient}, expected {want}");
        }
    }
}

/// The fused operation and its reference: the gradient of both, their results in `f64` and in `f32`, and the same bits
/// on any number of threads.
#[track_caller]
pub(crate) fn check(fused: Function<'_>, reference: Function<'_>, shapes: Inputs<'_>) {
    let inputs: Vec<Tensor> = (0..).zip(shapes).map(|(i, dims)| random(dims, i)).collect();
    check_gradient(fused, &inputs);
    check_gradient(reference, &inputs);
    check_alike(fused, reference, &inputs);
}

/// [`check`] without finite differences, for larger inputs.
#[track_caller]
pub(crate) fn check_alike(fused: Function<'_>, reference: Function<'_>, inputs: &[Tensor]) {
    for (dtype, tolerance) in [(DType::F64, 1e-10), (DType::F32, 3e-5)] {
        let inputs: Vec<Tensor> = inputs.iter().map(|x| x.to_dtype(dtype).unwrap()).collect();
        let ((a, of_a), (b, of_b)) = (run(fused, &inputs), run(reference, &inputs));
        close(&a, &b, tolerance, "result");
        of_a.iter().zip(&of_b).for_each(|(a, b)| close(a, b, tolerance, "gradient"));
        check_threads(fused, &inputs);
    }
}

#[track_caller]
fn check_threads(f: Function<'_>, inputs: &[Tensor]) {
    let bits = |n: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        let (out, gradients) = pool.install(|| run(f, inputs));
        let all = [out].into_iter().chain(gradients);
        all.flat_map(|x| values(&x)).map(f64::to_bits).collect::<Vec<_>>()
    };
    let one = bits(1);
    assert!([2, 4].into_iter().all(|n| bits(n) == one), "other bits on more threads");
}
