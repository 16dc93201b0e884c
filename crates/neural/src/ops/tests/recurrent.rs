use super::{check, check_alike, random};
use crate::ops::{self, LstmOutput, reference};
use candle_core::Tensor;

/// All that comes out, so that a gradient comes from everywhere.
fn packed(out: LstmOutput) -> crate::Result<Tensor> {
    let parts = [out.outputs.flatten_all()?, out.h.flatten_all()?, out.c.flatten_all()?];
    Ok(Tensor::cat(&parts, 0)?)
}

fn fused_lstm(x: &[Tensor]) -> crate::Result<Tensor> {
    packed(ops::lstm_seq(&x[0], &x[1], &x[2], &x[3])?)
}

fn plain_lstm(x: &[Tensor]) -> crate::Result<Tensor> {
    packed(reference::lstm_seq(&x[0], &x[1], &x[2], &x[3])?)
}

fn fused_gru(x: &[Tensor]) -> crate::Result<Tensor> {
    ops::gru_seq(&x[0], &x[1], &x[2])
}

fn plain_gru(x: &[Tensor]) -> crate::Result<Tensor> {
    reference::gru_seq(&x[0], &x[1], &x[2])
}

#[test]
fn lstm() {
    check(&fused_lstm, &plain_lstm, &[&[4, 2, 12], &[3, 12], &[2, 3], &[2, 3]]);
    check(&fused_lstm, &plain_lstm, &[&[1, 1, 4], &[1, 4], &[1, 1], &[1, 1]]);
}

#[test]
fn lstm_of_many_sequences() {
    let inputs = [random(&[7, 37, 76], 1), random(&[19, 76], 2), random(&[37, 19], 3), random(&[37, 19], 4)];
    check_alike(&fused_lstm, &plain_lstm, &inputs);
}

#[test]
fn gru() {
    check(&fused_gru, &plain_gru, &[&[4, 2, 9], &[4, 9], &[2, 3]]);
    check(&fused_gru, &plain_gru, &[&[1, 1, 3], &[2, 3], &[1, 1]]);
}

#[test]
fn gru_of_many_sequences() {
    let inputs = [random(&[7, 37, 57], 1), random(&[20, 57], 2), random(&[37, 19], 3)];
    check_alike(&fused_gru, &plain_gru, &inputs);
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let (gates, h) = (random(&[2, 3, 8], 1), random(&[3, 2], 1));
    let error = ops::lstm_seq(&gates, &random(&[2, 6], 1), &h, &h).unwrap_err().to_string();
    assert_eq!(error, "`recurrent` has shape [2, 6], expected [2, 8]");
    assert!(ops::gru_seq(&gates, &random(&[3, 8], 1), &h).is_err());
    assert!(ops::lstm_seq(&random(&[3, 8], 1), &random(&[2, 8], 1), &h, &h).is_err());
}
