//! Gradients of one step.

use super::TrainableLm;
use crate::{NeuralError, Param, Result};
use candle_core::{Device, Storage, Tensor};

/// Gradients of the parameters that are not frozen, in the order of their names; of one batch or the sum of several.
#[derive(Clone, Debug, Default)]
pub struct Gradients(Vec<(Param, Tensor)>);

impl Gradients {
    /// Gradients of `loss`, a scalar that `model` has made: d loss / d parameter, shaped as the parameter. Parameters
    /// that are frozen, or that the loss does not depend on, are left out.
    ///
    /// # Errors
    /// If candle fails.
    pub fn of<M: TrainableLm>(model: &M, loss: &Tensor) -> Result<Self> {
        let mut store = loss.backward()?;
        let mut rows = model.row_gradients();
        let mut all = Vec::new();
        for param in model.params().all().into_iter().filter(|param| !param.is_frozen()) {
            let mut gradient = store.remove(param.var());
            for (_, ids, values) in rows.extract_if(.., |(name, ..)| *name == param.name()) {
                // Rows are spread over a table of zeros here, so that every optimiser sees the whole gradient.
                let ids = Tensor::from_vec(ids, values.dim(0)?, values.device())?;
                let table = gradient.take().map_or_else(|| param.var().zeros_like(), Ok)?;
                gradient = Some(table.index_add(&ids, &values, 0)?);
            }
            all.extend(gradient.map(|gradient| gradient.contiguous().map(|g| (param, g.detach()))));
        }
        Ok(Self(all.into_iter().collect::<candle_core::Result<_>>()?))
    }

    /// Pairs of a parameter and its gradient.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &(Param, Tensor)> {
        self.0.iter()
    }

    /// Gradients of `pairs`, which are put in the order of their names.
    pub fn from_pairs(mut pairs: Vec<(Param, Tensor)>) -> Self {
        pairs.sort_by(|(a, _), (b, _)| a.name().cmp(b.name()));
        Self(pairs)
    }

    /// All gradients times `factor`.
    ///
    /// # Errors
    /// If candle fails.
    pub fn scaled(self, factor: f64) -> Result<Self> {
        if factor == 1.0 {
            return Ok(self);
        }
        let scale = |(param, gradient): (Param, Tensor)| Ok((param, (gradient * factor)?));
        Ok(Self(self.0.into_iter().map(scale).collect::<Result<_>>()?))
    }

    /// Adds those of another batch.
    ///
    /// # Errors
    /// If candle fails.
    pub fn add(&mut self, other: Self) -> Result<()> {
        let mut both = Vec::with_capacity(self.0.len().max(other.0.len()));
        let mut mine = std::mem::take(&mut self.0).into_iter().peekable();
        for (param, gradient) in other.0 {
            while let Some(pair) = mine.next_if(|(own, _)| own.name() < param.name()) {
                both.push(pair);
            }
            match mine.next_if(|(own, _)| own.name() == param.name()) {
                Some((_, own)) => both.push((param, (own + gradient)?)),
                None => both.push((param, gradient)),
            }
        }
        both.extend(mine);
        self.0 = both;
        Ok(())
    }
}

/// Lends the numbers of `tensor`, as `f32` and in the order of its shape, to `work`; without a copy where it is a
/// contiguous `f32` tensor of the CPU.
pub(super) fn with_values<R>(tensor: &Tensor, work: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let (storage, layout) = tensor.storage_and_layout();
    if let (Storage::Cpu(candle_core::CpuStorage::F32(values)), Some((start, end))) =
        (&*storage, layout.contiguous_offsets())
    {
        return Ok(work(&values[start..end]));
    }
    drop(storage);
    Ok(work(&values_of(tensor)?))
}

/// The numbers of `tensor` as `f32`, in the order of its shape.
pub(super) fn values_of(tensor: &Tensor) -> Result<Vec<f32>> {
    let tensor = tensor.to_device(&Device::Cpu)?.to_dtype(candle_core::DType::F32)?;
    Ok(tensor.flatten_all()?.to_vec1()?)
}

/// What is not finite among `values`, if anything is.
pub(super) fn not_finite(values: &[f32]) -> Option<f32> {
    values.iter().copied().find(|x| !x.is_finite())
}

/// An error that names `param`, for a tensor that does not fit it.
pub(super) fn misfit(param: &Param, found: &[usize]) -> NeuralError {
    NeuralError::parameter(param.name(), format!("shape {found:?}, expected {:?}", param.var().dims()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Init, Params};

    fn pair(params: &Params, name: &str, x: f32) -> (Param, Tensor) {
        let param = params.get(name).unwrap_or_else(|| params.free(name, &[2], Init::Constant(0.0)).unwrap());
        (param, Tensor::new(&[x, 2.0 * x], &Device::Cpu).unwrap())
    }

    #[test]
    fn sums_keep_the_order_of_names() {
        let params = Params::new(1, &Device::Cpu);
        let mut sum = Gradients::from_pairs(vec![pair(&params, "c", 1.0), pair(&params, "a", 2.0)]);
        let other = vec![pair(&params, "b", 4.0), pair(&params, "c", 8.0), pair(&params, "d", 16.0)];
        sum.add(Gradients::from_pairs(other)).unwrap();
        let sum = sum.scaled(0.5).unwrap();
        let found: Vec<_> = sum.iter().map(|(p, g)| (p.name().to_owned(), values_of(g).unwrap())).collect();
        let want = [("a", 1.0), ("b", 2.0), ("c", 4.5), ("d", 8.0)];
        assert_eq!(found, want.map(|(name, x)| (name.to_owned(), vec![x, 2.0 * x])));
    }

    #[test]
    fn values_are_lent_in_the_order_of_the_shape() {
        let x = Tensor::new(&[[1f32, 2.0], [3.0, 4.0]], &Device::Cpu).unwrap();
        assert_eq!(with_values(&x, <[f32]>::to_vec).unwrap(), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(with_values(&x.t().unwrap(), <[f32]>::to_vec).unwrap(), [1.0, 3.0, 2.0, 4.0]);
        assert_eq!(with_values(&x.get(1).unwrap(), <[f32]>::to_vec).unwrap(), [3.0, 4.0]);
    }

    #[test]
    fn what_is_not_finite_is_found() {
        assert_eq!(not_finite(&[0.0, 1e38, -1e38]), None);
        assert_eq!(not_finite(&[0.0, f32::INFINITY]), Some(f32::INFINITY));
        assert!(not_finite(&[f32::NAN, 1.0]).unwrap().is_nan());
    }
}
