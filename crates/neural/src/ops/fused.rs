//! Fused operations as candle's custom operations.
//!
//! An operation is written once over slices of `f32` or `f64`; this file does what candle asks for around it. A
//! gradient is given for every argument that is tracked: candle panics if a tracked argument that is not a variable
//! gets none (`backprop.rs`, "grad not populated").

use super::real::Real;
use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, DType, Device, Error, Layout, Result, Shape, Storage,
    Tensor, bail,
};
use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

/// A tensor on the CPU, row after row.
#[derive(Clone, Copy)]
pub(crate) struct Arg<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) dims: &'a [usize],
}

/// An operation on `N` tensors with a gradient written by hand.
pub(crate) trait FusedOp<const N: usize>: Send + Sync + 'static {
    /// Its name, for errors.
    const NAME: &'static str;

    /// The result and its shape.
    fn forward<T: Real>(&self, args: [Arg<'_, T>; N]) -> Result<(Vec<T>, Vec<usize>)>;

    /// The gradients of those arguments that are `wanted`.
    fn backward<T: Real>(
        &self,
        args: [Arg<'_, T>; N],
        out: &[T],
        grad: &[T],
        wanted: [bool; N],
    ) -> Result<[Option<Vec<T>>; N]>;
}

/// Whether fused operations can be used on `x`; elsewhere the reference is.
pub(crate) fn can_fuse(x: &Tensor) -> bool {
    x.device().is_cpu() && matches!(x.dtype(), DType::F32 | DType::F64)
}

/// What the forward pass keeps for the backward pass, whatever float it is made of.
#[derive(Default)]
pub(crate) struct Saved(Mutex<Option<Arc<dyn Any + Send + Sync>>>);

impl Saved {
    pub(crate) fn put<S: Send + Sync + 'static>(&self, saved: S) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(saved));
    }

    /// It stays, so that gradients can be asked for more than once.
    pub(crate) fn get<S: Send + Sync + 'static>(&self) -> Result<Arc<S>> {
        let saved = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let saved = saved.and_then(|saved| saved.downcast().ok());
        saved.ok_or_else(|| Error::Msg("nothing was kept for the backward pass".into()))
    }
}

struct Fused<O>(O);

/// Applies `op` to one tensor.
pub(crate) fn apply1<O: FusedOp<1>>(x: &Tensor, op: O) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Fused(op))
}

/// Applies `op` to two tensors.
pub(crate) fn apply2<O: FusedOp<2>>(x: &Tensor, y: &Tensor, op: O) -> Result<Tensor> {
    x.contiguous()?.apply_op2(&y.contiguous()?, Fused(op))
}

/// Applies `op` to three tensors.
pub(crate) fn apply3<O: FusedOp<3>>(x: &Tensor, y: &Tensor, z: &Tensor, op: O) -> Result<Tensor> {
    x.contiguous()?.apply_op3(&y.contiguous()?, &z.contiguous()?, Fused(op))
}

fn slice<'a, T: Real>(storage: &'a CpuStorage, layout: &'a Layout) -> Result<Arg<'a, T>> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("a fused operation needs contiguous tensors")
    };
    Ok(Arg { values: &T::cpu_storage_as_slice(storage)?[start..end], dims: layout.dims() })
}

fn forward_as<T: Real, O: FusedOp<N>, const N: usize>(
    op: &O,
    args: [(&CpuStorage, &Layout); N],
) -> Result<(CpuStorage, Shape)> {
    let mut slices = [Arg { values: &[], dims: &[] }; N];
    for (slice_of, (storage, layout)) in slices.iter_mut().zip(args) {
        *slice_of = slice::<T>(storage, layout)?;
    }
    let (out, dims) = op.forward(slices)?;
    Ok((T::to_cpu_storage_owned(out), Shape::from_dims(&dims)))
}

fn forward<O: FusedOp<N>, const N: usize>(
    op: &O,
    args: [(&CpuStorage, &Layout); N],
) -> Result<(CpuStorage, Shape)> {
    match args[0].0 {
        CpuStorage::F32(_) => forward_as::<f32, _, N>(op, args),
        CpuStorage::F64(_) => forward_as::<f64, _, N>(op, args),
        _ => bail!("{} is written for f32 and f64 only", O::NAME),
    }
}

fn backward_as<T: Real, O: FusedOp<N>, const N: usize>(
    op: &O,
    args: [&Tensor; N],
    out: &Tensor,
    grad: &Tensor,
) -> Result<[Option<Tensor>; N]> {
    let guards = args.map(Tensor::storage_and_layout);
    let mut slices = [Arg { values: &[], dims: &[] }; N];
    for (slice_of, (storage, layout)) in slices.iter_mut().zip(&guards) {
        *slice_of = slice::<T>(on_cpu(storage)?, layout)?;
    }
    let (out, grad) = (out.storage_and_layout(), grad.storage_and_layout());
    let (out, grad) = (slice::<T>(on_cpu(&out.0)?, out.1)?, slice::<T>(on_cpu(&grad.0)?, grad.1)?);
    let gradients = op.backward(slices, out.values, grad.values, args.map(Tensor::track_op))?;
    let mut tensors = [const { None }; N];
    for ((tensor, gradient), arg) in tensors.iter_mut().zip(gradients).zip(args) {
        *tensor = gradient.map(|values| Tensor::from_vec(values, arg.shape(), &Device::Cpu)).transpose()?;
    }
    Ok(tensors)
}

fn on_cpu(storage: &Storage) -> Result<&CpuStorage> {
    match storage {
        Storage::Cpu(storage) => Ok(storage),
        _ => bail!("a fused operation is written for the CPU only"),
    }
}

fn backward<O: FusedOp<N>, const N: usize>(
    op: &O,
    args: [&Tensor; N],
    out: &Tensor,
    grad: &Tensor,
) -> Result<[Option<Tensor>; N]> {
    let grad = grad.contiguous()?;
    match out.dtype() {
        DType::F32 => backward_as::<f32, _, N>(op, args, out, &grad),
        DType::F64 => backward_as::<f64, _, N>(op, args, out, &grad),
        _ => bail!("{} is written for f32 and f64 only", O::NAME),
    }
}

impl<O: FusedOp<1>> CustomOp1 for Fused<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn cpu_fwd(&self, s: &CpuStorage, l: &Layout) -> Result<(CpuStorage, Shape)> {
        forward(&self.0, [(s, l)])
    }

    fn bwd(&self, x: &Tensor, out: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let [gradient] = backward(&self.0, [x], out, grad)?;
        Ok(gradient)
    }
}

impl<O: FusedOp<2>> CustomOp2 for Fused<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        forward(&self.0, [(s1, l1), (s2, l2)])
    }

    fn bwd(
        &self,
        x: &Tensor,
        y: &Tensor,
        out: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        Ok(backward(&self.0, [x, y], out, grad)?.into())
    }
}

impl<O: FusedOp<3>> CustomOp3 for Fused<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        forward(&self.0, [(s1, l1), (s2, l2), (s3, l3)])
    }

    fn bwd(
        &self,
        x: &Tensor,
        y: &Tensor,
        z: &Tensor,
        out: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        Ok(backward(&self.0, [x, y, z], out, grad)?.into())
    }
}
