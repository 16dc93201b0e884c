//! The recurrence of a GRU over a whole sequence.

use super::fused::{Arg, FusedOp, Saved, apply3, can_fuse};
use super::real::{Real, add};
use super::sequence::{Part, parts};
use super::threads::{map, sum_all};
use super::{check_shape, reference};
use crate::{NeuralError, Result};
use candle_core::Tensor;
use sememe_kernels::{View, ViewMut, matmul, wide};

/// Runs a GRU over a sequence (Cho et al. 2014, in the form of cuDNN and PyTorch): with q = h·W + b,
/// r, z = σ(gates + q), n = tanh(gateₙ + r∘qₙ), h ← (1 − z)∘n + z∘h. The result is h at every step, `[time, batch,
/// hidden]`; the last is the final state.
///
/// `gates` is `[time, batch, 3·hidden]`, the input's share of r, z, n with its bias, for all steps at once; `recurrent`
/// `[hidden + 1, 3·hidden]`, W and below it b; `h` `[batch, hidden]`. All three have gradients.
///
/// # Errors
/// If shapes do not fit.
pub fn gru_seq(gates: &Tensor, recurrent: &Tensor, h: &Tensor) -> Result<Tensor> {
    let &[time, batch, three_hidden] = gates.dims() else {
        return Err(NeuralError::shape("gates", "[time, batch, 3·hidden]", gates.dims()));
    };
    let hidden = three_hidden / 3;
    if time == 0 || three_hidden % 3 != 0 {
        return Err(NeuralError::shape("gates", "[1 or more, batch, 3·hidden]", gates.dims()));
    }
    check_shape("recurrent", recurrent, &[hidden + 1, three_hidden])?;
    check_shape("h", h, &[batch, hidden])?;
    if !can_fuse(gates) {
        return reference::gru_seq(gates, recurrent, h);
    }
    let keep = [gates, recurrent, h].into_iter().any(Tensor::track_op);
    Ok(apply3(gates, recurrent, h, Gru { keep, saved: Saved::default() })?)
}

struct Gru {
    /// Whether there will be a backward pass.
    keep: bool,
    saved: Saved,
}

#[derive(Clone, Copy)]
struct Sizes {
    time: usize,
    batch: usize,
    hidden: usize,
}

impl Sizes {
    fn of<T>(gates: Arg<'_, T>) -> Self {
        Self { time: gates.dims[0], batch: gates.dims[1], hidden: gates.dims[2] / 3 }
    }
}

/// What a part of the batch went through.
struct Course<T> {
    gates: Vec<T>, // [time, n, 3·hidden]: r, z and n after their functions
    q: Vec<T>,     // [time, n, hidden]: the state's share of n, before r
    h: Vec<T>,     // [time + 1, n, hidden], from the initial one on
}

/// The gradients of a part of the batch.
struct PartGradients<T> {
    gates: Vec<T>,     // [time, n, 3·hidden]
    recurrent: Vec<T>, // [hidden + 1, 3·hidden]
    h: Vec<T>,         // [n, hidden]
}

fn run<T: Real>(part: Part, sizes: Sizes, [gates, recurrent, h]: [&[T]; 3]) -> Course<T> {
    let Sizes { time, batch, hidden } = sizes;
    let (n, wide_row) = (part.n * hidden, part.n * 3 * hidden);
    let w = View::new(recurrent, hidden, 3 * hidden);
    let bias = &recurrent[hidden * 3 * hidden..];
    let mut course = Course {
        gates: vec![T::ZERO; time * wide_row],
        q: vec![T::ZERO; time * n],
        h: vec![T::ZERO; (time + 1) * n],
    };
    course.h[..n].copy_from_slice(part.at(h, 0, batch, hidden));
    for t in 0..time {
        let a = &mut course.gates[t * wide_row..][..wide_row];
        a.chunks_exact_mut(3 * hidden).for_each(|row| row.copy_from_slice(bias));
        let (before, after) = course.h.split_at_mut((t + 1) * n);
        let h_before = &before[t * n..];
        matmul(T::ONE, View::new(h_before, part.n, hidden), w, T::ONE, ViewMut::new(a, part.n, 3 * hidden));
        let (x, q) = (part.at(gates, t, batch, 3 * hidden), &mut course.q[t * n..][..n]);
        wide(|| step([x, h_before], a, q, &mut after[..n], hidden));
    }
    course
}

/// One step of all rows: `x` and `a` are `[n, 3·hidden]`, where `a` holds the state's share, the rest `[n, hidden]`.
#[inline(always)]
fn step<T: Real>([x, h_before]: [&[T]; 2], a: &mut [T], q: &mut [T], h: &mut [T], hidden: usize) {
    for (r, row) in a.chunks_exact_mut(3 * hidden).enumerate() {
        let (x, at) = (&x[r * 3 * hidden..][..3 * hidden], r * hidden);
        let (x_r, x_z, x_n) = (&x[..hidden], &x[hidden..2 * hidden], &x[2 * hidden..]);
        let (h_before, q, h) = (&h_before[at..][..hidden], &mut q[at..][..hidden], &mut h[at..][..hidden]);
        let (reset, rest) = row.split_at_mut(hidden);
        let (update, new) = rest.split_at_mut(hidden);
        for j in 0..hidden {
            q[j] = new[j];
            reset[j] = (x_r[j] + reset[j]).sigmoid();
            update[j] = (x_z[j] + update[j]).sigmoid();
            new[j] = Real::tanh(x_n[j] + reset[j] * q[j]);
            h[j] = (T::ONE - update[j]) * new[j] + update[j] * h_before[j];
        }
    }
}

fn run_back<T: Real>(
    part: Part,
    sizes: Sizes,
    [recurrent, grad]: [&[T]; 2],
    course: &Course<T>,
) -> PartGradients<T> {
    let Sizes { time, batch, hidden } = sizes;
    let (n, wide_row) = (part.n * hidden, part.n * 3 * hidden);
    let w_t = View::new(recurrent, hidden, 3 * hidden).t();
    let mut d_gates = vec![T::ZERO; time * wide_row];
    let mut d_shares = vec![T::ZERO; time * wide_row]; // of h·W + b
    let mut dh = vec![T::ZERO; n];
    for t in (0..time).rev() {
        let of_step = Step {
            gates: &course.gates[t * wide_row..][..wide_row],
            q: &course.q[t * n..][..n],
            h_before: &course.h[t * n..][..n],
            grad: part.at(grad, t, batch, hidden),
        };
        let (d_x, d_q) =
            (&mut d_gates[t * wide_row..][..wide_row], &mut d_shares[t * wide_row..][..wide_row]);
        wide(|| of_step.back(&mut dh, d_x, d_q, hidden));
        let d_q = View::new(d_q, part.n, 3 * hidden);
        matmul(T::ONE, d_q, w_t, T::ONE, ViewMut::new(&mut dh, part.n, hidden));
    }
    let mut d_recurrent = vec![T::ZERO; (hidden + 1) * 3 * hidden];
    let (of_weights, of_bias) = d_recurrent.split_at_mut(hidden * 3 * hidden);
    let h_before = View::new(&course.h[..time * n], time * part.n, hidden);
    let d_all = View::new(&d_shares, time * part.n, 3 * hidden);
    matmul(T::ONE, h_before.t(), d_all, T::ZERO, ViewMut::new(of_weights, hidden, 3 * hidden));
    wide(|| d_shares.chunks_exact(3 * hidden).for_each(|row| add(row, of_bias)));
    PartGradients { gates: d_gates, recurrent: d_recurrent, h: dh }
}

/// What the backward pass of one step reads.
struct Step<'a, T> {
    gates: &'a [T],    // [n, 3·hidden]
    q: &'a [T],        // [n, hidden]
    h_before: &'a [T], // [n, hidden]
    grad: &'a [T],     // [n, hidden]
}

impl<T: Real> Step<'_, T> {
    /// From the gradient of h after the step to those of both shares of the gates; `dh` becomes what goes to h before
    /// the step past the gates.
    #[inline(always)]
    fn back(&self, dh: &mut [T], d_x: &mut [T], d_q: &mut [T], hidden: usize) {
        let rows = d_x.chunks_exact_mut(3 * hidden).zip(d_q.chunks_exact_mut(3 * hidden)).enumerate();
        for (i, (d_x, d_q)) in rows {
            let (row, at) = (&self.gates[i * 3 * hidden..][..3 * hidden], i * hidden);
            let (r, z, n) = (&row[..hidden], &row[hidden..2 * hidden], &row[2 * hidden..]);
            let (q, h_before) = (&self.q[at..][..hidden], &self.h_before[at..][..hidden]);
            let (grad, dh) = (&self.grad[at..][..hidden], &mut dh[at..][..hidden]);
            let (d_xr, rest) = d_x.split_at_mut(hidden);
            let (d_xz, d_xn) = rest.split_at_mut(hidden);
            let (d_qr, rest) = d_q.split_at_mut(hidden);
            let (d_qz, d_qn) = rest.split_at_mut(hidden);
            for j in 0..hidden {
                let d_h = dh[j] + grad[j];
                let d_n = d_h * (T::ONE - z[j]) * (T::ONE - n[j] * n[j]);
                let d_r = d_n * q[j] * r[j] * (T::ONE - r[j]);
                let d_z = d_h * (h_before[j] - n[j]) * z[j] * (T::ONE - z[j]);
                (d_xr[j], d_xz[j], d_xn[j]) = (d_r, d_z, d_n);
                (d_qr[j], d_qz[j], d_qn[j]) = (d_r, d_z, d_n * r[j]);
                dh[j] = d_h * z[j];
            }
        }
    }
}

impl FusedOp<3> for Gru {
    const NAME: &'static str = "gru_seq";

    fn forward<T: Real>(
        &self,
        [gates, recurrent, h]: [Arg<'_, T>; 3],
    ) -> candle_core::Result<(Vec<T>, Vec<usize>)> {
        let sizes = Sizes::of(gates);
        let Sizes { time, batch, hidden } = sizes;
        let mut out = vec![T::ZERO; time * batch * hidden];
        if out.is_empty() {
            return Ok((out, vec![time, batch, hidden]));
        }
        let args = [gates.values, recurrent.values, h.values];
        let courses = map(parts(batch), |part| (part, run(part, sizes, args)));
        for (part, course) in &courses {
            part.put(&course.h[part.n * hidden..], &mut out, batch, hidden);
        }
        if self.keep {
            self.saved.put(courses);
        }
        Ok((out, vec![time, batch, hidden]))
    }

    fn backward<T: Real>(
        &self,
        [gates, recurrent, h]: [Arg<'_, T>; 3],
        _out: &[T],
        grad: &[T],
        _wanted: [bool; 3],
    ) -> candle_core::Result<[Option<Vec<T>>; 3]> {
        let sizes = Sizes::of(gates);
        let Sizes { batch, hidden, .. } = sizes;
        let (mut d_gates, mut d_h) = (vec![T::ZERO; gates.values.len()], vec![T::ZERO; h.values.len()]);
        if grad.is_empty() {
            return Ok([Some(d_gates), Some(vec![T::ZERO; recurrent.values.len()]), Some(d_h)]);
        }
        let courses = self.saved.get::<Vec<(Part, Course<T>)>>()?;
        let of_parts = map(courses.iter().collect(), |(part, course): &(Part, Course<T>)| {
            (*part, run_back(*part, sizes, [recurrent.values, grad], course))
        });
        let mut of_recurrent = Vec::new();
        for (part, gradients) in of_parts {
            part.put(&gradients.gates, &mut d_gates, batch, 3 * hidden);
            part.at_mut(&mut d_h, 0, batch, hidden).copy_from_slice(&gradients.h);
            of_recurrent.push(gradients.recurrent);
        }
        Ok([Some(d_gates), Some(sum_all(of_recurrent, recurrent.values.len())), Some(d_h)])
    }
}
