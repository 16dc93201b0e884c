//! What PyTorch gives, numbers and gradients: `tests/golden/make.py` wrote them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use candle_core::{Device, Tensor, Var};
use sememe_neural::ops::{self, Activation, AttentionSettings, AttentionShape, Rotary};
use serde_json::Value;
use std::collections::BTreeMap;

fn tensor(value: &Value) -> Tensor {
    let dims: Vec<usize> =
        value["dims"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let values: Vec<f64> = value["values"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    Tensor::from_vec(values, dims, &Device::Cpu).unwrap()
}

#[track_caller]
fn close(a: &Tensor, b: &Tensor, what: &str) {
    assert_eq!(a.dims(), b.dims(), "{what}");
    let flat = |x: &Tensor| x.flatten_all().unwrap().to_vec1::<f64>().unwrap();
    let worst = flat(a).iter().zip(flat(b)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst < 1e-9, "{what}: {worst} apart");
}

#[track_caller]
fn check(name: &str, f: impl Fn(&BTreeMap<String, Var>) -> sememe_neural::Result<Tensor>) {
    let cases: Value = serde_json::from_str(include_str!("golden/torch.json")).unwrap();
    let case = &cases[name];
    let inputs = case["inputs"].as_object().unwrap();
    let vars = inputs.iter().map(|(name, x)| (name.clone(), Var::from_tensor(&tensor(x)).unwrap())).collect();
    let out = f(&vars).unwrap();
    close(&out, &tensor(&case["out"]), name);
    let loss = (out * tensor(&case["weights"])).unwrap().sum_all().unwrap();
    let grads = loss.backward().unwrap();
    for (input, var) in &vars {
        close(
            grads.get(var).unwrap(),
            &tensor(&case["grads"][input]),
            &format!("{name}, gradient of {input}"),
        );
    }
}

/// Gates of the input with both biases, `[time, batch, gates·hidden]`; PyTorch has weights as `[out, in]`.
fn gates(x: &BTreeMap<String, Var>, both_biases: bool) -> sememe_neural::Result<Tensor> {
    let bias = match both_biases {
        true => (x["bias_ih_l0"].as_tensor() + x["bias_hh_l0"].as_tensor())?,
        false => x["bias_ih_l0"].as_tensor().clone(),
    };
    ops::linear(&x["x"], &x["weight_ih_l0"].t()?, Some(&bias))
}

#[test]
fn lstm_is_that_of_pytorch() {
    check("lstm", |x| {
        let out = ops::lstm_seq(&gates(x, true)?, &x["weight_hh_l0"].t()?, &x["h"], &x["c"])?;
        Ok(Tensor::cat(&[out.outputs, out.h.unsqueeze(0)?, out.c.unsqueeze(0)?], 0)?)
    });
}

#[test]
fn gru_is_that_of_pytorch() {
    check("gru", |x| {
        let bias = x["bias_hh_l0"].unsqueeze(0)?;
        let recurrent = Tensor::cat(&[&x["weight_hh_l0"].t()?, &bias], 0)?;
        let out = ops::gru_seq(&gates(x, false)?, &recurrent, &x["h"])?;
        let last = out.narrow(0, out.dim(0)? - 1, 1)?;
        Ok(Tensor::cat(&[out, last], 0)?)
    });
}

fn attention(name: &str, causal: bool, rotary: bool) {
    let shape = AttentionShape { n_heads: 4, n_kv_heads: 2, head_dim: 4 };
    let rotary = rotary.then(Rotary::default);
    let settings = AttentionSettings { shape, causal, lengths: None, rotary };
    check(name, |x| ops::attention(&x["qkv"], &settings));
}

#[test]
fn attention_is_that_of_pytorch() {
    attention("attention", false, false);
    attention("causal_rotary", true, true);
}

#[test]
fn layer_norm_and_gelu_are_those_of_pytorch() {
    check("norm_gelu", |x| {
        let normal = ops::layer_norm(&x["x"], &x["weight"], &x["bias"], 1e-5)?;
        ops::activate(&normal, Activation::Gelu)
    });
}
