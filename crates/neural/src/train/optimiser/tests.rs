//! Against the published rules, written down plainly in `f64`.

use super::*;
use crate::train::gradients::values_of;
use crate::{Init, Params};
use candle_core::{DType, Device};
use sememe_kernels::Rng;

/// Long enough for more than one piece.
const N: usize = 20_000;
const STEPS: usize = 5;

fn params(dtype: DType) -> Params {
    let params = Params::new(5, &Device::Cpu).with_dtype(dtype);
    params.weight("w", [2, N / 2], Init::Normal(1.0)).unwrap();
    params.free("b", &[3], Init::Constant(0.5)).unwrap();
    params
}

/// The gradient of a step: the same for every optimiser.
fn gradient(step: usize, n: usize) -> Vec<f32> {
    let mut rng = Rng::new(9, (step * 2 + n % 2) as u64);
    (0..n).map(|_| rng.unit_f32() - 0.4).collect()
}

fn gradients(params: &Params, step: usize) -> Gradients {
    let pair = |param: Param| {
        let values = gradient(step, param.var().elem_count());
        let tensor = Tensor::from_vec(values, param.var().dims(), &Device::Cpu).unwrap();
        (param.clone(), tensor.to_dtype(param.var().dtype()).unwrap())
    };
    Gradients::from_pairs(params.all().into_iter().map(pair).collect())
}

fn rate(step: usize) -> f64 {
    0.1 / step as f64
}

/// Weights and biases after some steps.
fn run(settings: &OptimiserSettings, dtype: DType) -> [Vec<f32>; 2] {
    let params = params(dtype);
    let mut optimiser = Optimiser::new(settings.clone()).unwrap();
    for step in 1..=STEPS {
        optimiser.step(&gradients(&params, step), rate(step), 0.5).unwrap();
    }
    ["w", "b"].map(|name| values_of(params.get(name).unwrap().var()).unwrap())
}

/// `rule` changes a weight, given its gradient, two memories, the learning rate, the step and whether it decays.
#[track_caller]
fn check(settings: &OptimiserSettings, rule: impl Fn(&mut f64, f64, &mut [f64; 2], f64, (i32, bool))) {
    let start = params(DType::F32);
    let found = [run(settings, DType::F32), run(settings, DType::F64)];
    for (i, name) in ["w", "b"].into_iter().enumerate() {
        let first = values_of(start.get(name).unwrap().var()).unwrap();
        let mut want: Vec<f64> = first.iter().map(|&x| f64::from(x)).collect();
        let mut memory = vec![[0.0; 2]; want.len()];
        for step in 1..=STEPS {
            for ((w, g), memory) in want.iter_mut().zip(gradient(step, first.len())).zip(&mut memory) {
                rule(w, 0.5 * f64::from(g), memory, rate(step), (step as i32, name == "w"));
            }
        }
        for (kind, found) in ["f32", "f64"].into_iter().zip(&found) {
            let worst =
                want.iter().zip(&found[i]).map(|(a, &b)| (a - f64::from(b)).abs()).fold(0.0, f64::max);
            assert!(worst < 2e-6, "{name} in {kind} is {worst} off");
        }
    }
}

#[test]
fn plain_descent_is_as_published() {
    let settings = SgdSettings { weight_decay: 0.1, ..SgdSettings::default() };
    check(&OptimiserSettings::Sgd(settings), |w, g, _, rate, (_, decays)| {
        *w -= rate * (g + if decays { 0.1 * *w } else { 0.0 });
    });
}

#[test]
fn momentum_is_as_published() {
    for nesterov in [false, true] {
        let settings = SgdSettings { momentum: 0.9, nesterov, ..SgdSettings::default() };
        check(&OptimiserSettings::Sgd(settings), |w, g, [buffer, _], rate, _| {
            *buffer = 0.9 * *buffer + g;
            *w -= rate * if nesterov { g + 0.9 * *buffer } else { *buffer };
        });
    }
}

#[test]
fn adam_is_as_published() {
    let settings = AdamSettings { beta2: 0.99, weight_decay: 0.1, ..AdamSettings::default() };
    let adam = |w: &mut f64, g: f64, [m, v]: &mut [f64; 2], rate: f64, step: i32| {
        *m = 0.9 * *m + 0.1 * g;
        *v = 0.99 * *v + 0.01 * g * g;
        let (m, v) = (*m / (1.0 - 0.9_f64.powi(step)), *v / (1.0 - 0.99_f64.powi(step)));
        *w -= rate * m / (v.sqrt() + 1e-8);
    };
    check(&OptimiserSettings::Adam(settings.clone()), |w, g, memory, rate, (step, decays)| {
        let g = g + if decays { 0.1 * *w } else { 0.0 };
        adam(w, g, memory, rate, step);
    });
    check(&OptimiserSettings::AdamW(settings), |w, g, memory, rate, (step, decays)| {
        *w -= if decays { rate * 0.1 * *w } else { 0.0 };
        adam(w, g, memory, rate, step);
    });
}

#[test]
fn lion_is_as_published() {
    check(&OptimiserSettings::Lion(LionSettings::default()), |w, g, [m, _], rate, (_, decays)| {
        let direction = 0.9 * *m + 0.1 * g;
        *w -= rate * (direction.signum() + if decays { 0.1 * *w } else { 0.0 });
        *m = 0.99 * *m + 0.01 * g;
    });
}

#[test]
fn bits_do_not_depend_on_threads() {
    let settings = OptimiserSettings::default();
    let bits = |n| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        pool.install(|| {
            run(&settings, DType::F32).map(|all| all.into_iter().map(f32::to_bits).collect::<Vec<_>>())
        })
    };
    assert!(bits(1) == bits(3));
}

#[test]
fn what_is_frozen_stays() {
    let params = params(DType::F32);
    let before = values_of(params.get("b").unwrap().var()).unwrap();
    params.get("b").unwrap().freeze(true);
    let mut optimiser = Optimiser::new(OptimiserSettings::default()).unwrap();
    optimiser.step(&gradients(&params, 1), 0.1, 1.0).unwrap();
    assert_eq!(values_of(params.get("b").unwrap().var()).unwrap(), before);
    assert_eq!(optimiser.export(&params.all()).unwrap().into_keys().collect::<Vec<_>>(), ["w.0", "w.1"]);
}

#[test]
fn memory_that_is_exported_goes_on_bit_by_bit() {
    let averaging = Averaging::FromStep(2);
    let settings = SgdSettings { momentum: 0.9, averaging, ..SgdSettings::default() };
    for settings in [OptimiserSettings::default(), OptimiserSettings::Sgd(settings)] {
        let (whole, cut) = (params(DType::F32), params(DType::F32));
        let mut optimiser = Optimiser::new(settings.clone()).unwrap();
        for step in 1..=STEPS {
            optimiser.step(&gradients(&whole, step), rate(step), 1.0).unwrap();
            optimiser.average(&whole.all()).unwrap();
        }
        let mut other = Optimiser::new(settings.clone()).unwrap();
        for step in 1..=STEPS {
            if step == 4 {
                let tensors = other.export(&cut.all()).unwrap().into_iter().collect();
                let (steps, n_averaged) = (other.steps(), other.n_averaged());
                other = Optimiser::new(settings.clone()).unwrap();
                other.import(&cut.all(), tensors, steps, n_averaged).unwrap();
            }
            other.step(&gradients(&cut, step), rate(step), 1.0).unwrap();
            other.average(&cut.all()).unwrap();
        }
        for (a, b) in whole.all().iter().zip(cut.all()) {
            assert_eq!(values_of(a.var()).unwrap(), values_of(b.var()).unwrap());
        }
        let values = |x: &Tensor| values_of(x).unwrap();
        let all = |optimiser: &Optimiser, params: &Params| {
            optimiser.export(&params.all()).unwrap().values().map(values).collect::<Vec<_>>()
        };
        assert_eq!(all(&optimiser, &whole), all(&other, &cut));
    }
}

#[test]
fn memory_of_another_optimiser_is_refused() {
    let params = params(DType::F32);
    let mut adam = Optimiser::new(OptimiserSettings::default()).unwrap();
    adam.step(&gradients(&params, 1), 0.1, 1.0).unwrap();
    let exported: HashMap<String, Tensor> = adam.export(&params.all()).unwrap().into_iter().collect();
    let mut lion = Optimiser::new(OptimiserSettings::Lion(LionSettings::default())).unwrap();
    let mut error = |tensors| lion.import(&params.all(), tensors, 1, None).unwrap_err().to_string();
    assert_eq!(error(exported.clone()), "parameter `b.1`: no optimiser with these settings remembers it");
    let mut other = exported.clone();
    other.retain(|name, _| !name.ends_with(".1"));
    other.insert("b.0".into(), Tensor::zeros(4, DType::F32, &Device::Cpu).unwrap());
    assert_eq!(error(other), "parameter `b`: shape [4], expected [3]");
    let mut less = exported;
    less.remove("w.0");
    let error = adam.import(&params.all(), less, 1, None).unwrap_err().to_string();
    assert_eq!(error, "parameter `w`: the optimiser remembers 1 things, expected 2");
}

#[test]
fn averages_are_means_since_they_were_begun() {
    let params = Params::new(1, &Device::Cpu);
    let x = params.free("x", &[1], Init::Constant(0.0)).unwrap();
    let settings = SgdSettings { averaging: Averaging::NonMonotone(1), ..SgdSettings::default() };
    let mut optimiser = Optimiser::new(OptimiserSettings::Sgd(settings)).unwrap();
    let value = || values_of(x.var()).unwrap()[0];
    let mut losses = Vec::new();
    // The last is worse than the one before the one before.
    for (step, loss) in [3.0, 1.0, 2.0, 1.5].into_iter().enumerate() {
        let slope = Tensor::new(&[-1f32], &Device::Cpu).unwrap();
        optimiser.step(&Gradients::from_pairs(vec![(x.clone(), slope)]), 1.0, 1.0).unwrap();
        optimiser.average(&params.all()).unwrap();
        losses.push(loss);
        optimiser.note_evaluations(&losses);
        assert_eq!((optimiser.n_averaged(), step < 3), (if step < 3 { None } else { Some(0) }, step < 3));
    }
    for _ in 0..3 {
        let slope = Tensor::new(&[-1f32], &Device::Cpu).unwrap();
        optimiser.step(&Gradients::from_pairs(vec![(x.clone(), slope)]), 1.0, 1.0).unwrap();
        optimiser.average(&params.all()).unwrap();
    }
    assert_eq!((value(), optimiser.has_averages()), (7.0, true));
    optimiser.swap_averages(&params.all()).unwrap();
    assert_eq!(value(), 6.0);
    optimiser.swap_averages(&params.all()).unwrap();
    assert_eq!(value(), 7.0);
}
