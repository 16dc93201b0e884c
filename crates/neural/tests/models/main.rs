//! Whole models: gradients of every parameter, learning, and what must not change a result.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod gradients;
mod language_model;
mod learning;
mod scoring;

use candle_core::{DType, Device, Tensor};
use sememe_kernels::Rng;
use sememe_neural::blocks::{CellKind, HeadKind, NormKind, Pass};
use sememe_neural::models::{Batch, Positions, RnnLm, RnnSettings, TransformerLm, TransformerSettings};
use sememe_neural::ops::Activation;
use sememe_neural::{Params, Result};

const N_WORDS: usize = 23;

/// A model of either kind.
enum Model {
    Rnn(RnnLm),
    Transformer(TransformerLm),
}

impl Model {
    fn params(&self) -> &Params {
        match self {
            Self::Rnn(model) => model.params(),
            Self::Transformer(model) => model.params(),
        }
    }

    fn loss(&self, batch: &Batch<'_>, pass: &Pass) -> Result<Tensor> {
        match self {
            Self::Rnn(model) => Ok(model.loss(batch, &model.zero_state(batch.n_batch())?, pass)?.0),
            Self::Transformer(model) => model.loss(batch, pass),
        }
    }

    fn ln_p(&self, batch: &Batch<'_>) -> Vec<f32> {
        match self {
            Self::Rnn(model) => model.ln_p(batch, &model.zero_state(batch.n_batch()).unwrap()).unwrap().0,
            Self::Transformer(model) => model.ln_p(batch).unwrap(),
        }
    }
}

fn adaptive() -> HeadKind {
    HeadKind::Adaptive { cutoffs: vec![6, 13], factor: 2 }
}

fn rnn_settings() -> Vec<RnnSettings> {
    let small = RnnSettings { dim: 6, hidden: 5, ..RnnSettings::default() };
    let lstm = RnnSettings { tied: true, dropout: 0.2, label_smoothing: 0.1, ..small.clone() };
    let sampled = HeadKind::Sampled { n_samples: 8 };
    vec![
        small.clone(),
        lstm,
        RnnSettings { cell: CellKind::Gru, layer_norm: true, head: adaptive(), ..small.clone() },
        RnnSettings { variational: true, dropout: 0.2, weight_drop: 0.3, head: sampled, ..small.clone() },
        RnnSettings { cell: CellKind::Gru, weight_drop: 0.3, n_layers: 1, ..small },
    ]
}

fn transformer_settings() -> Vec<TransformerSettings> {
    let small = TransformerSettings {
        dim: 8,
        n_layers: 2,
        n_heads: 4,
        n_kv_heads: 4,
        hidden: 12,
        max_time: 16,
        ..Default::default()
    };
    let llama = TransformerSettings {
        n_kv_heads: 2,
        norm: NormKind::Rms,
        activation: Activation::SwiGlu,
        tied: false,
        dropout: 0.1,
        ..small.clone()
    };
    let learned =
        TransformerSettings { positions: Positions::Learned, activation: Activation::Silu, ..small.clone() };
    vec![small.clone(), llama, learned, TransformerSettings { tied: false, head: adaptive(), ..small }]
}

fn models(dtype: DType) -> Vec<Model> {
    let params = || Params::new(3, &Device::Cpu).with_dtype(dtype);
    let rnns = rnn_settings().into_iter().map(|settings| RnnLm::new(&params(), N_WORDS, settings));
    let transformers = transformer_settings().into_iter().map(|s| TransformerLm::new(&params(), N_WORDS, s));
    let rnns = rnns.map(|model| Model::Rnn(model.unwrap()));
    rnns.chain(transformers.map(|model| Model::Transformer(model.unwrap()))).collect()
}

fn words(n: usize, seed: u64) -> Vec<u32> {
    let mut rng = Rng::new(seed, 0);
    (0..n).map(|_| rng.below(N_WORDS as u64) as u32).collect()
}
