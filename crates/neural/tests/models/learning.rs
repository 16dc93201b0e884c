use super::{Model, N_WORDS, models, rnn_settings, words};
use candle_core::{DType, Device};
use sememe_neural::Params;
use sememe_neural::blocks::Pass;
use sememe_neural::models::{Batch, RnnLm, RnnSettings};

/// Plain Adam, one step; enough for a test.
fn descend(model: &Model, batch: &Batch<'_>, moments: &mut Vec<[Vec<f32>; 2]>, step: i32) -> f32 {
    let loss = model.loss(batch, &Pass::evaluation()).unwrap();
    let grads = loss.backward().unwrap();
    let all = model.params().all();
    moments.resize_with(all.len(), || [Vec::new(), Vec::new()]);
    for (param, [first, second]) in all.iter().zip(moments) {
        let var = param.var();
        let gradient: Vec<f32> = grads.get(var).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let mut values: Vec<f32> = var.flatten_all().unwrap().to_vec1().unwrap();
        first.resize(values.len(), 0.0);
        second.resize(values.len(), 0.0);
        for (i, g) in gradient.into_iter().enumerate() {
            first[i] = 0.9 * first[i] + 0.1 * g;
            second[i] = 0.99 * second[i] + 0.01 * g * g;
            let (m, v) = (first[i] / (1.0 - 0.9_f32.powi(step)), second[i] / (1.0 - 0.99_f32.powi(step)));
            values[i] -= 0.02 * m / (v.sqrt() + 1e-8);
        }
        var.set(&candle_core::Tensor::from_vec(values, var.dims(), &Device::Cpu).unwrap()).unwrap();
    }
    loss.to_scalar().unwrap()
}

#[test]
fn every_model_learns_a_batch_by_heart() {
    let inputs: Vec<u32> = (0..12).collect();
    let targets = words(12, 4);
    let batch = Batch::new(&inputs, &targets, 2).unwrap();
    for (i, model) in models(DType::F32).into_iter().enumerate() {
        let mut moments = Vec::new();
        let first = descend(&model, &batch, &mut moments, 1);
        // An adaptive head that knows nothing takes all clusters for as likely.
        assert!(first > 2.9 && first < 4.5, "model {i} starts at {first}");
        let last = (2..600).map(|step| descend(&model, &batch, &mut moments, step)).last().unwrap();
        assert!(last < 0.1, "model {i} comes from {first} to {last}");
    }
}

#[test]
fn vectors_of_words_are_frozen_for_as_long_as_asked() {
    let settings = RnnSettings { frozen_steps: 2, ..rnn_settings()[0].clone() };
    let model = RnnLm::new(&Params::new(1, &Device::Cpu), N_WORDS, settings).unwrap();
    let frozen = |step| {
        model.at_step(step);
        model.embedding().table().is_frozen()
    };
    assert_eq!([0, 1, 2, 3].map(frozen), [true, true, false, false]);
}

#[test]
fn unknown_settings_are_refused() {
    let error = serde_json::from_str::<RnnSettings>(r#"{"hiden": 3}"#).unwrap_err().to_string();
    assert!(error.starts_with("unknown field `hiden`"), "{error}");
    let settings: RnnSettings =
        serde_json::from_str(r#"{"head": {"kind": "adaptive", "cutoffs": [5], "factor": 4}}"#).unwrap();
    let error = RnnLm::new(&Params::new(1, &Device::Cpu), 4, settings).unwrap_err().to_string();
    assert_eq!(error, "setting `cutoffs` is [5], expected rising ids above 0 and below 4");
}
