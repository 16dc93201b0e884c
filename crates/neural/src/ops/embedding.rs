//! Rows of a table, and gradients of only those rows that were taken.

use super::fused::{Arg, FusedOp, apply1, can_fuse};
use super::real::{Real, add};
use super::{check_ids, reference};
use crate::{NeuralError, Result};
use candle_core::{Device, Tensor};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows of `table`, `[rows, dim]`, by their ids: `[.., dim]`, where `dims` is what stands before the last dimension.
///
/// The gradient is as large as the table.
///
/// # Errors
/// If an id is beyond the table, or there are not as many ids as `dims` says.
pub fn embedding(table: &Tensor, ids: &[u32], dims: &[usize]) -> Result<Tensor> {
    let dims = check(table, ids, dims)?;
    match can_fuse(table) {
        true => Ok(apply1(table, Rows { ids: ids.to_vec(), dims, gradients: None })?),
        false => reference::embedding(table, ids, &dims),
    }
}

/// [`embedding`] that leaves its gradient in `gradients`, a row for each different id, rather than in candle's store.
///
/// For a large table this saves a pass over all of it in every step. Where the table is no variable, or not on a CPU,
/// the gradient is as large as the table and is in candle's store after all.
///
/// # Errors
/// As for [`embedding`].
pub fn embedding_by_rows(
    table: &Tensor,
    ids: &[u32],
    dims: &[usize],
    gradients: &RowGradients,
) -> Result<Tensor> {
    if !can_fuse(table) || !table.is_variable() {
        return embedding(table, ids, dims);
    }
    let dims = check(table, ids, dims)?;
    Ok(apply1(table, Rows { ids: ids.to_vec(), dims, gradients: Some(gradients.clone()) })?)
}

fn check(table: &Tensor, ids: &[u32], dims: &[usize]) -> Result<Vec<usize>> {
    let &[n_rows, dim] = table.dims() else {
        return Err(NeuralError::shape("table", "[rows, dim]", table.dims()));
    };
    check_ids("rows", ids, n_rows)?;
    if dims.iter().product::<usize>() != ids.len() {
        return Err(NeuralError::shape("ids", format!("{dims:?}"), &[ids.len()]));
    }
    Ok([dims, &[dim]].concat())
}

/// Gradients of single rows of a table; a clone shares them.
#[derive(Clone, Debug, Default)]
pub struct RowGradients(Arc<Mutex<Vec<IdsAndRows>>>);

/// Rising ids, and a row for each.
type IdsAndRows = (Vec<u32>, Tensor);

impl RowGradients {
    /// Hands out what has come together: rising ids without repetition, and a row for each, `[ids, dim]`. A pair for
    /// each backward pass through each use of the table.
    pub fn take(&self) -> Vec<(Vec<u32>, Tensor)> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, ids: Vec<u32>, rows: Tensor) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((ids, rows));
    }
}

struct Rows {
    ids: Vec<u32>,
    dims: Vec<usize>,
    gradients: Option<RowGradients>,
}

impl Rows {
    /// Different ids in rising order, and the sum of the gradients of each.
    fn by_rows<T: Real>(&self, grad: &[T], dim: usize) -> (Vec<u32>, Vec<T>) {
        let mut places: Vec<(u32, usize)> = self.ids.iter().copied().zip(0..).collect();
        places.sort_unstable();
        let (mut ids, mut rows) = (Vec::new(), Vec::new());
        for (id, place) in places {
            if ids.last() != Some(&id) {
                ids.push(id);
                rows.resize(ids.len() * dim, T::ZERO);
            }
            let start = rows.len() - dim;
            add(&grad[place * dim..][..dim], &mut rows[start..]);
        }
        (ids, rows)
    }
}

impl FusedOp<1> for Rows {
    const NAME: &'static str = "embedding";

    fn forward<T: Real>(&self, [table]: [Arg<'_, T>; 1]) -> candle_core::Result<(Vec<T>, Vec<usize>)> {
        let dim = table.dims[1];
        let mut out = Vec::with_capacity(self.ids.len() * dim);
        self.ids.iter().for_each(|&id| out.extend_from_slice(&table.values[id as usize * dim..][..dim]));
        Ok((out, self.dims.clone()))
    }

    fn backward<T: Real>(
        &self,
        [table]: [Arg<'_, T>; 1],
        _out: &[T],
        grad: &[T],
        _wanted: [bool; 1],
    ) -> candle_core::Result<[Option<Vec<T>>; 1]> {
        let dim = table.dims[1];
        if let Some(gradients) = &self.gradients {
            let (ids, rows) = self.by_rows(grad, dim);
            let rows = Tensor::from_vec(rows, (ids.len(), dim), &Device::Cpu)?;
            gradients.push(ids, rows);
            return Ok([None]);
        }
        let mut dense = vec![T::ZERO; table.values.len()];
        for (place, &id) in self.ids.iter().enumerate() {
            add(&grad[place * dim..][..dim], &mut dense[id as usize * dim..][..dim]);
        }
        Ok([Some(dense)])
    }
}
