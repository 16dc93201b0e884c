use super::{Model, models, words};
use candle_core::{DType, Tensor, backprop::GradStore};
use sememe_neural::Param;
use sememe_neural::blocks::Pass;
use sememe_neural::models::Batch;

const STEP: f64 = 1e-5;

fn loss(model: &Model) -> Tensor {
    let (inputs, targets) = (words(24, 1), words(24, 2));
    model.loss(&Batch::new(&inputs, &targets, 4).unwrap(), &Pass::training(5, 6)).unwrap()
}

fn values(x: &Tensor) -> Vec<f64> {
    x.flatten_all().unwrap().to_vec1().unwrap()
}

/// The loss with one number of a parameter moved.
fn moved(model: &Model, param: &Param, at: usize, by: f64) -> f64 {
    let start = param.var().as_tensor().copy().unwrap();
    let mut there = values(&start);
    there[at] += by;
    param.var().set(&Tensor::from_vec(there, start.dims(), start.device()).unwrap()).unwrap();
    let loss = loss(model).to_scalar::<f64>().unwrap();
    param.var().set(&start).unwrap();
    loss
}

/// The largest gradients of a parameter, and some others, against central differences.
#[track_caller]
fn check(model: &Model, param: &Param, grads: &GradStore) {
    let name = param.name();
    let gradient = values(grads.get(param.var()).unwrap_or_else(|| panic!("no gradient for `{name}`")));
    let mut places: Vec<usize> = (0..gradient.len()).collect();
    places.sort_by(|&a, &b| gradient[b].abs().total_cmp(&gradient[a].abs()));
    assert!(gradient[places[0]] != 0.0, "`{name}` has a gradient of zeros");
    let some = places.iter().copied().take(3).chain(places.iter().copied().step_by(gradient.len() / 3 + 1));
    for at in some {
        let want = (moved(model, param, at, STEP) - moved(model, param, at, -STEP)) / (2.0 * STEP);
        let near = (gradient[at] - want).abs() < 1e-8 + 1e-6 * want.abs();
        assert!(near, "`{name}` at {at}: gradient {}, expected {want}", gradient[at]);
    }
}

#[test]
fn every_parameter_of_every_model_has_its_gradient() {
    for model in models(DType::F64) {
        let grads = loss(&model).backward().unwrap();
        let all = model.params().all();
        assert!(all.len() > 6);
        all.iter().for_each(|param| check(&model, param, &grads));
    }
}

#[test]
fn what_is_frozen_has_none() {
    for model in models(DType::F32) {
        model.params().part("layers").freeze(true);
        let grads = loss(&model).backward().unwrap();
        for param in model.params().all() {
            assert_eq!(grads.get(param.var()).is_none(), param.is_frozen(), "{}", param.name());
        }
    }
}

#[test]
fn gradients_can_be_asked_for_twice() {
    for model in models(DType::F64) {
        let loss = loss(&model);
        let (first, second) = (loss.backward().unwrap(), loss.backward().unwrap());
        for param in model.params().all() {
            let of = |grads: &GradStore| values(grads.get(param.var()).unwrap());
            assert_eq!(of(&first), of(&second), "{}", param.name());
        }
    }
}
