use super::{check, check_alike, check_gradient, random, values};
use crate::ops::{self, Activation, RowGradients, reference};
use candle_core::{DType, Device, Tensor, Var};

#[test]
fn linear_of_any_leading_dimensions() {
    let fused = |x: &[Tensor]| ops::linear(&x[0], &x[1], Some(&x[2]));
    let plain = |x: &[Tensor]| reference::linear(&x[0], &x[1], Some(&x[2]));
    for dims in [&[3, 4][..], &[2, 3, 4], &[4], &[2, 1, 3, 4]] {
        check(&fused, &plain, &[dims, &[4, 5], &[5]]);
    }
}

#[test]
fn linear_without_a_bias() {
    let fused = |x: &[Tensor]| ops::linear(&x[0], &x[1], None);
    let plain = |x: &[Tensor]| reference::linear(&x[0], &x[1], None);
    check(&fused, &plain, &[&[2, 3, 4], &[4, 5]]);
}

#[test]
fn linear_in_many_pieces() {
    let fused = |x: &[Tensor]| ops::linear(&x[0], &x[1], Some(&x[2]));
    let plain = |x: &[Tensor]| reference::linear(&x[0], &x[1], Some(&x[2]));
    check_alike(&fused, &plain, &[random(&[700, 70], 1), random(&[70, 110], 2), random(&[110], 3)]);
}

#[test]
fn linear_of_shapes_that_do_not_fit() {
    let error = ops::linear(&random(&[2, 3], 1), &random(&[4, 5], 2), None).unwrap_err().to_string();
    assert_eq!(error, "`weight` has shape [4, 5], expected [3, 5]");
}

#[test]
fn layer_norm_of_any_width() {
    let fused = |x: &[Tensor]| ops::layer_norm(&x[0], &x[1], &x[2], 1e-5);
    let plain = |x: &[Tensor]| reference::layer_norm(&x[0], &x[1], &x[2], 1e-5);
    for d in [5, 7, 16, 37] {
        check(&fused, &plain, &[&[2, 3, d], &[d], &[d]]);
    }
    check_alike(&fused, &plain, &[random(&[2, 3, 2], 1), random(&[2], 2), random(&[2], 3)]);
    check_alike(&fused, &plain, &[random(&[40, 50, 33], 1), random(&[33], 2), random(&[33], 3)]);
}

#[test]
fn rms_norm_of_any_width() {
    let fused = |x: &[Tensor]| ops::rms_norm(&x[0], &x[1], 1e-5);
    let plain = |x: &[Tensor]| reference::rms_norm(&x[0], &x[1], 1e-5);
    for d in [3, 7, 16, 37] {
        check(&fused, &plain, &[&[2, 3, d], &[d]]);
    }
    check_alike(&fused, &plain, &[random(&[2, 3, 1], 1), random(&[1], 2)]);
    check_alike(&fused, &plain, &[random(&[40, 50, 33], 1), random(&[33], 2)]);
}

#[test]
fn activations() {
    for activation in [Activation::Gelu, Activation::Silu, Activation::SwiGlu] {
        let fused = |x: &[Tensor]| ops::activate(&x[0], activation);
        let plain = |x: &[Tensor]| reference::activate(&x[0], activation);
        check(&fused, &plain, &[&[3, 2, 10]]);
        check_alike(&fused, &plain, &[(random(&[20, 50, 70], 1) * 8.0).unwrap()]);
    }
    assert!(ops::activate(&random(&[3], 1), Activation::SwiGlu).is_err());
}

#[test]
fn embedding_takes_rows_and_adds_gradients_up() {
    let ids = [3, 0, 3, 1, 1, 3];
    let fused = |x: &[Tensor]| ops::embedding(&x[0], &ids, &[2, 3]);
    let plain = |x: &[Tensor]| reference::embedding(&x[0], &ids, &[2, 3, 4]);
    check(&fused, &plain, &[&[5, 4]]);
    let error = ops::embedding(&random(&[3, 2], 1), &[0, 3], &[2]).unwrap_err().to_string();
    assert_eq!(error, "id 3 at place 1, but there are only 3 of `rows`");
}

#[test]
fn gradients_by_rows_are_those_of_the_whole_table() {
    let (ids, table) = ([3, 0, 3, 1, 1, 3], Var::from_tensor(&random(&[5, 4], 1)).unwrap());
    let loss = |out: Tensor| super::project(&out);
    let dense = loss(ops::embedding(&table, &ids, &[6]).unwrap()).backward().unwrap();
    let dense = dense.get(&table).unwrap().to_vec2::<f64>().unwrap();
    let apart = RowGradients::default();
    let grads = loss(ops::embedding_by_rows(&table, &ids, &[6], &apart).unwrap()).backward().unwrap();
    assert!(grads.get(&table).is_none());
    let [(ids, rows)] = <[_; 1]>::try_from(apart.take()).unwrap();
    assert_eq!(ids, [0, 1, 3]);
    for (id, row) in ids.iter().zip(rows.to_vec2::<f64>().unwrap()) {
        assert!(row.iter().zip(&dense[*id as usize]).all(|(a, b)| (a - b).abs() < 1e-12));
    }
    assert!(apart.take().is_empty());
    // A copy is no variable: a gradient for it has to be in candle's store.
    let copy = (table.as_tensor() * 1.0).unwrap();
    let out = loss(ops::embedding_by_rows(&copy, &[1], &[1], &apart).unwrap());
    assert!(out.backward().unwrap().get(&table).is_some() && apart.take().is_empty());
}

#[test]
fn dropout_has_the_gradient_of_its_mask() {
    let rng = || sememe_kernels::Rng::new(1, 2);
    let drop = |x: &[Tensor]| ops::drop_out(&x[0], 0.4, 5, rng());
    check_gradient(&drop, &[random(&[4, 5], 1)]);
}

#[test]
fn a_graph_of_two_uses_adds_both_gradients() {
    let twice = |x: &[Tensor]| Ok((ops::linear(&x[0], &x[1], None)? + ops::linear(&x[0], &x[1], None)?)?);
    check_gradient(&twice, &[random(&[2, 3], 1), random(&[3, 2], 2)]);
}

#[test]
fn half_precision_goes_through_the_reference() {
    let x = |dims: &[usize]| random(dims, 1).to_dtype(DType::F16).unwrap();
    let y = ops::linear(&x(&[2, 3]), &x(&[3, 4]), None).unwrap();
    assert_eq!((y.dtype(), y.dims()), (DType::F16, &[2, 4][..]));
    let empty = Tensor::zeros((0, 3), DType::F32, &Device::Cpu).unwrap();
    let w = random(&[3, 2], 1).to_dtype(DType::F32).unwrap();
    assert!(values(&ops::linear(&empty, &w, None).unwrap()).is_empty());
}
