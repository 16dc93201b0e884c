use super::{check, check_alike, random, values};
use crate::ops::{self, AttentionSettings, AttentionShape, Rotary, reference};
use candle_core::Tensor;

fn settings(causal: bool, lengths: Option<Vec<usize>>, rotary: bool) -> AttentionSettings {
    let shape = AttentionShape { n_heads: 4, n_kv_heads: 2, head_dim: 2 };
    AttentionSettings { shape, causal, lengths, rotary: rotary.then(Rotary::default) }
}

#[test]
fn attention_of_all_kinds() {
    for causal in [false, true] {
        for lengths in [None, Some(vec![3, 5]), Some(vec![0, 1])] {
            for rotary in [false, true] {
                let settings = settings(causal, lengths.clone(), rotary);
                let fused = |x: &[Tensor]| ops::attention(&x[0], &settings);
                let plain = |x: &[Tensor]| reference::attention(&x[0], &settings);
                check(&fused, &plain, &[&[2, 5, 16]]);
            }
        }
    }
}

#[test]
fn attention_of_many_sequences() {
    let shape = AttentionShape { n_heads: 6, n_kv_heads: 2, head_dim: 10 };
    let settings = AttentionSettings { shape, causal: true, lengths: None, rotary: Some(Rotary::default()) };
    let fused = |x: &[Tensor]| ops::attention(&x[0], &settings);
    let plain = |x: &[Tensor]| reference::attention(&x[0], &settings);
    check_alike(&fused, &plain, &[random(&[9, 33, 100], 1)]);
}

#[test]
fn only_the_distance_of_rotary_places_counts() {
    let (q, k) = (random(&[1, 1, 1, 8], 1), random(&[1, 1, 1, 8], 2));
    let score = |at: usize, from: usize| {
        let rotary = Rotary::default();
        let (q, k) = (rotary.turn(&q, at).unwrap(), rotary.turn(&k, from).unwrap());
        values(&(q * k).unwrap()).iter().sum::<f64>()
    };
    assert!((score(7, 4) - score(103, 100)).abs() < 1e-9);
    assert!((score(7, 4) - score(7, 5)).abs() > 1e-3);
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    let qkv = random(&[2, 5, 16], 1);
    let fails = |settings: &AttentionSettings| ops::attention(&qkv, settings).unwrap_err().to_string();
    let mut odd = settings(true, None, true);
    odd.shape.n_kv_heads = 3;
    assert_eq!(fails(&odd), "setting `n_kv_heads` is 3, expected a divisor of 4 heads");
    odd.shape = AttentionShape { n_heads: 1, n_kv_heads: 1, head_dim: 5 };
    assert!(fails(&odd).starts_with("setting `head_dim` is 5"));
    let error = fails(&settings(true, Some(vec![1, 6]), false));
    assert_eq!(error, "`lengths` has shape [1, 6], expected 2 lengths of at most 5");
}
