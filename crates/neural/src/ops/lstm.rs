//! The recurrence of an LSTM over a whole sequence.

use super::fused::{Arg, FusedOp, Saved, apply3, can_fuse};
use super::real::Real;
use super::sequence::{Part, parts};
use super::threads::{map, sum_all};
use super::{check_shape, reference};
use crate::{NeuralError, Result};
use candle_core::Tensor;
use sememe_kernels::{View, ViewMut, matmul, wide};

/// What an LSTM gives.
#[derive(Clone, Debug)]
pub struct LstmOutput {
    /// h at every step: `[time, batch, hidden]`.
    pub outputs: Tensor,
    /// h after the last step: `[batch, hidden]`.
    pub h: Tensor,
    /// c after the last step: `[batch, hidden]`.
    pub c: Tensor,
}

/// Runs an LSTM over a sequence (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000):
/// i, f, o = σ(..), g = tanh(..) of `gates` + h·W, then c ← f∘c + i∘g and h ← o∘tanh c.
///
/// `gates` is `[time, batch, 4·hidden]`, the input's share of i, f, g, o with all biases, for all steps at once;
/// `recurrent` `[hidden, 4·hidden]`; `h` and `c` `[batch, hidden]`. All four have gradients.
///
/// # Errors
/// If shapes do not fit.
pub fn lstm_seq(gates: &Tensor, recurrent: &Tensor, h: &Tensor, c: &Tensor) -> Result<LstmOutput> {
    let &[time, batch, four_hidden] = gates.dims() else {
        return Err(NeuralError::shape("gates", "[time, batch, 4·hidden]", gates.dims()));
    };
    let hidden = four_hidden / 4;
    if time == 0 || four_hidden % 4 != 0 {
        return Err(NeuralError::shape("gates", "[1 or more, batch, 4·hidden]", gates.dims()));
    }
    check_shape("recurrent", recurrent, &[hidden, four_hidden])?;
    check_shape("h", h, &[batch, hidden])?;
    check_shape("c", c, &[batch, hidden])?;
    if !can_fuse(gates) {
        return reference::lstm_seq(gates, recurrent, h, c);
    }
    let keep = [gates, recurrent, h, c].into_iter().any(Tensor::track_op);
    let state = Tensor::stack(&[h, c], 0)?; // [2, batch, hidden]
    let packed = apply3(gates, recurrent, &state, Lstm { keep, saved: Saved::default() })?; // [time + 1, batch, hidden]
    let outputs = packed.narrow(0, 0, time)?;
    Ok(LstmOutput { h: packed.get(time - 1)?, c: packed.get(time)?, outputs })
}

struct Lstm {
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
        Self { time: gates.dims[0], batch: gates.dims[1], hidden: gates.dims[2] / 4 }
    }
}

/// What a part of the batch went through; i, f, g and o after their functions.
struct Course<T> {
    gates: Vec<T>, // [time, n, 4·hidden]
    c: Vec<T>,     // [time + 1, n, hidden], from the initial one on
    h: Vec<T>,     // [time + 1, n, hidden], likewise
}

/// The gradients of a part of the batch.
struct PartGradients<T> {
    gates: Vec<T>,     // [time, n, 4·hidden]
    recurrent: Vec<T>, // [hidden, 4·hidden]
    h: Vec<T>,         // [n, hidden]
    c: Vec<T>,         // [n, hidden]
}

fn run<T: Real>(part: Part, sizes: Sizes, [gates, recurrent, state]: [&[T]; 3]) -> Course<T> {
    let Sizes { time, batch, hidden } = sizes;
    let (n, wide_row) = (part.n * hidden, part.n * 4 * hidden);
    let w = View::new(recurrent, hidden, 4 * hidden);
    let mut course = Course {
        gates: vec![T::ZERO; time * wide_row],
        c: vec![T::ZERO; (time + 1) * n],
        h: vec![T::ZERO; (time + 1) * n],
    };
    course.h[..n].copy_from_slice(part.at(state, 0, batch, hidden));
    course.c[..n].copy_from_slice(part.at(state, 1, batch, hidden));
    for t in 0..time {
        let a = &mut course.gates[t * wide_row..][..wide_row];
        a.copy_from_slice(part.at(gates, t, batch, 4 * hidden));
        let (before, after) = course.h.split_at_mut((t + 1) * n);
        let h_before = View::new(&before[t * n..], part.n, hidden);
        matmul(T::ONE, h_before, w, T::ONE, ViewMut::new(a, part.n, 4 * hidden));
        let (c_before, c_after) = course.c.split_at_mut((t + 1) * n);
        wide(|| step(a, &c_before[t * n..], &mut c_after[..n], &mut after[..n], hidden));
    }
    course
}

/// One step of all rows: `a` is `[n, 4·hidden]`, the rest `[n, hidden]`.
#[inline(always)]
fn step<T: Real>(a: &mut [T], c_before: &[T], c: &mut [T], h: &mut [T], hidden: usize) {
    let states =
        c_before.chunks_exact(hidden).zip(c.chunks_exact_mut(hidden)).zip(h.chunks_exact_mut(hidden));
    for (row, ((c_before, c), h)) in a.chunks_exact_mut(4 * hidden).zip(states) {
        let (i, rest) = row.split_at_mut(hidden);
        let (f, rest) = rest.split_at_mut(hidden);
        let (g, o) = rest.split_at_mut(hidden);
        let (o, c_before, c, h) = (&mut o[..hidden], &c_before[..hidden], &mut c[..hidden], &mut h[..hidden]);
        for j in 0..hidden {
            (i[j], f[j], g[j], o[j]) = (i[j].sigmoid(), f[j].sigmoid(), Real::tanh(g[j]), o[j].sigmoid());
            c[j] = f[j] * c_before[j] + i[j] * g[j];
            h[j] = o[j] * Real::tanh(c[j]);
        }
    }
}

/// Back through time: `grad` is that of h at every step and, last, of the final c.
fn run_back<T: Real>(
    part: Part,
    sizes: Sizes,
    [recurrent, grad]: [&[T]; 2],
    course: &Course<T>,
) -> PartGradients<T> {
    let Sizes { time, batch, hidden } = sizes;
    let (n, wide_row) = (part.n * hidden, part.n * 4 * hidden);
    let w_t = View::new(recurrent, hidden, 4 * hidden).t();
    let mut d_gates = vec![T::ZERO; time * wide_row];
    let mut dh = vec![T::ZERO; n];
    let mut dc = part.at(grad, time, batch, hidden).to_vec();
    for t in (0..time).rev() {
        let d_a = &mut d_gates[t * wide_row..][..wide_row];
        let of_step = Step {
            gates: &course.gates[t * wide_row..][..wide_row],
            c_before: &course.c[t * n..][..n],
            c: &course.c[(t + 1) * n..][..n],
            grad: part.at(grad, t, batch, hidden),
        };
        wide(|| of_step.back(&dh, &mut dc, d_a, hidden));
        let d_a = View::new(d_a, part.n, 4 * hidden);
        matmul(T::ONE, d_a, w_t, T::ZERO, ViewMut::new(&mut dh, part.n, hidden));
    }
    let mut d_recurrent = vec![T::ZERO; hidden * 4 * hidden];
    let h_before = View::new(&course.h[..time * n], time * part.n, hidden);
    let d_all = View::new(&d_gates, time * part.n, 4 * hidden);
    matmul(T::ONE, h_before.t(), d_all, T::ZERO, ViewMut::new(&mut d_recurrent, hidden, 4 * hidden));
    PartGradients { gates: d_gates, recurrent: d_recurrent, h: dh, c: dc }
}

/// What the backward pass of one step reads.
struct Step<'a, T> {
    gates: &'a [T],    // [n, 4·hidden]
    c_before: &'a [T], // [n, hidden]
    c: &'a [T],        // [n, hidden]
    grad: &'a [T],     // [n, hidden]
}

impl<T: Real> Step<'_, T> {
    /// From the gradients of h and c after the step to those of the gates, `d_a`, and of c before it.
    #[inline(always)]
    fn back(&self, dh: &[T], dc: &mut [T], d_a: &mut [T], hidden: usize) {
        for (r, d_row) in d_a.chunks_exact_mut(4 * hidden).enumerate() {
            let row = &self.gates[r * 4 * hidden..][..4 * hidden];
            let at = r * hidden;
            let (c_before, c) = (&self.c_before[at..][..hidden], &self.c[at..][..hidden]);
            let (grad, dh, dc) = (&self.grad[at..][..hidden], &dh[at..][..hidden], &mut dc[at..][..hidden]);
            let (i, f) = (&row[..hidden], &row[hidden..2 * hidden]);
            let (g, o) = (&row[2 * hidden..3 * hidden], &row[3 * hidden..]);
            let (d_i, rest) = d_row.split_at_mut(hidden);
            let (d_f, rest) = rest.split_at_mut(hidden);
            let (d_g, d_o) = rest.split_at_mut(hidden);
            let (o, d_o) = (&o[..hidden], &mut d_o[..hidden]);
            for j in 0..hidden {
                let tanh_c = Real::tanh(c[j]);
                let d_h = dh[j] + grad[j];
                let d_c = dc[j] + d_h * o[j] * (T::ONE - tanh_c * tanh_c);
                d_i[j] = d_c * g[j] * i[j] * (T::ONE - i[j]);
                d_f[j] = d_c * c_before[j] * f[j] * (T::ONE - f[j]);
                d_g[j] = d_c * i[j] * (T::ONE - g[j] * g[j]);
                d_o[j] = d_h * tanh_c * o[j] * (T::ONE - o[j]);
                dc[j] = d_c * f[j];
            }
        }
    }
}

impl FusedOp<3> for Lstm {
    const NAME: &'static str = "lstm_seq";

    fn forward<T: Real>(
        &self,
        [gates, recurrent, state]: [Arg<'_, T>; 3],
    ) -> candle_core::Result<(Vec<T>, Vec<usize>)> {
        let sizes = Sizes::of(gates);
        let Sizes { time, batch, hidden } = sizes;
        let mut out = vec![T::ZERO; (time + 1) * batch * hidden];
        if out.is_empty() {
            return Ok((out, vec![time + 1, batch, hidden]));
        }
        let args = [gates.values, recurrent.values, state.values];
        let courses = map(parts(batch), |part| (part, run(part, sizes, args)));
        for (part, course) in &courses {
            let n = part.n * hidden;
            part.put(&course.h[n..], &mut out, batch, hidden);
            part.at_mut(&mut out, time, batch, hidden).copy_from_slice(&course.c[time * n..]);
        }
        if self.keep {
            self.saved.put(courses);
        }
        Ok((out, vec![time + 1, batch, hidden]))
    }

    fn backward<T: Real>(
        &self,
        [gates, recurrent, state]: [Arg<'_, T>; 3],
        _out: &[T],
        grad: &[T],
        _wanted: [bool; 3],
    ) -> candle_core::Result<[Option<Vec<T>>; 3]> {
        let sizes = Sizes::of(gates);
        let Sizes { batch, hidden, .. } = sizes;
        let mut d_gates = vec![T::ZERO; gates.values.len()];
        let mut d_state = vec![T::ZERO; state.values.len()];
        if grad.is_empty() {
            return Ok([Some(d_gates), Some(vec![T::ZERO; recurrent.values.len()]), Some(d_state)]);
        }
        let courses = self.saved.get::<Vec<(Part, Course<T>)>>()?;
        let of_parts = map(courses.iter().collect(), |(part, course): &(Part, Course<T>)| {
            (*part, run_back(*part, sizes, [recurrent.values, grad], course))
        });
        let mut of_recurrent = Vec::new();
        for (part, gradients) in of_parts {
            part.put(&gradients.gates, &mut d_gates, batch, 4 * hidden);
            part.at_mut(&mut d_state, 0, batch, hidden).copy_from_slice(&gradients.h);
            part.at_mut(&mut d_state, 1, batch, hidden).copy_from_slice(&gradients.c);
            of_recurrent.push(gradients.recurrent);
        }
        let d_recurrent = sum_all(of_recurrent, recurrent.values.len());
        Ok([Some(d_gates), Some(d_recurrent), Some(d_state)])
    }
}
