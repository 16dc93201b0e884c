//! Scaled dot-product attention of several heads, directly on the projections.

use super::fused::{Arg, FusedOp, Saved, apply1, can_fuse};
use super::real::{Real, dot};
use super::rotary::{Angles, Rotary};
use super::softmax::softmax;
use super::threads::map;
use super::{check_shape, reference};
use crate::{NeuralError, Result};
use candle_core::Tensor;
use sememe_kernels::{View, ViewMut, matmul, wide};

/// The heads of an attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttentionShape {
    /// Heads of queries.
    pub n_heads: usize,
    /// Heads of keys and values, each shared by as many heads of queries (Ainslie et al. 2023).
    pub n_kv_heads: usize,
    /// Numbers in a head.
    pub head_dim: usize,
}

impl AttentionShape {
    /// Numbers of queries, keys and values of one place: (n_heads + 2·n_kv_heads)·head_dim.
    pub fn width(&self) -> usize {
        (self.n_heads + 2 * self.n_kv_heads) * self.head_dim
    }

    /// Heads of queries to a head of keys.
    pub(crate) fn group(&self) -> usize {
        self.n_heads / self.n_kv_heads
    }

    fn check(&self, rotary: bool) -> Result<()> {
        let Self { n_heads, n_kv_heads, head_dim } = *self;
        if n_kv_heads == 0 || n_heads == 0 || n_heads % n_kv_heads != 0 {
            return Err(NeuralError::setting(
                "n_kv_heads",
                format!("a divisor of {n_heads} heads"),
                n_kv_heads,
            ));
        }
        if head_dim == 0 || (rotary && head_dim % 2 != 0) {
            return Err(NeuralError::setting(
                "head_dim",
                "above 0, and even with rotary positions",
                head_dim,
            ));
        }
        Ok(())
    }
}

/// What each place may look at.
#[derive(Clone, Debug)]
pub struct AttentionSettings {
    /// The heads.
    pub shape: AttentionShape,
    /// Whether places after it are hidden from a place.
    pub causal: bool,
    /// How many places of each sequence of the batch are no padding; of all if there is nothing. Padding is seen by no
    /// place, and what comes out at padding is of no meaning, but finite.
    pub lengths: Option<Vec<usize>>,
    /// Whether queries and keys are turned by their place.
    pub rotary: Option<Rotary>,
}

/// softmax(q·kᵀ/√head_dim)·v for each head (Vaswani et al. 2017, eq. 1): `qkv` is `[batch, time, width]`, the queries of
/// all heads, then their keys, then their values side by side, the result `[batch, time, n_heads·head_dim]`.
///
/// # Errors
/// If shapes do not fit.
pub fn attention(qkv: &Tensor, settings: &AttentionSettings) -> Result<Tensor> {
    let shape = settings.shape;
    shape.check(settings.rotary.is_some())?;
    let &[batch, time, _] = qkv.dims() else {
        return Err(NeuralError::shape("qkv", "[batch, time, width]", qkv.dims()));
    };
    check_shape("qkv", qkv, &[batch, time, shape.width()])?;
    let fits = |lengths: &Vec<usize>| lengths.len() == batch && lengths.iter().all(|&n| n <= time);
    if let Some(lengths) = settings.lengths.as_ref().filter(|lengths| !fits(lengths)) {
        return Err(NeuralError::shape("lengths", format!("{batch} lengths of at most {time}"), lengths));
    }
    match can_fuse(qkv) {
        false => reference::attention(qkv, settings),
        true => {
            let (settings, keep) = (settings.clone(), qkv.track_op());
            Ok(apply1(qkv, Attention { settings, keep, saved: Saved::default() })?)
        }
    }
}

struct Attention {
    settings: AttentionSettings,
    /// Whether there will be a backward pass.
    keep: bool,
    saved: Saved,
}

/// What the backward pass needs of one sequence.
struct Course<T> {
    /// The projections with queries and keys turned; nothing where they are as they came.
    turned: Option<Vec<T>>, // [time, width]
    p: Vec<T>, // [n_heads, time, time]
}

/// Rows and the gradient of what came of them, and what went on between.
type Of<'a, T> = ([&'a [T]; 2], &'a Course<T>);

/// One sequence.
#[derive(Clone, Copy)]
struct Sequence {
    time: usize,
    /// Places that are no padding.
    length: usize,
}

impl Attention {
    fn sequences<T>(&self, qkv: Arg<'_, T>) -> Vec<Sequence> {
        let (batch, time) = (qkv.dims[0], qkv.dims[1]);
        let length = |b: usize| self.settings.lengths.as_ref().map_or(time, |lengths| lengths[b]);
        (0..batch).map(|b| Sequence { time, length: length(b) }).collect()
    }

    fn scale<T: Real>(&self) -> T {
        T::of(1.0 / (self.settings.shape.head_dim as f64).sqrt())
    }

    fn angles<T: Real>(&self, time: usize) -> Option<Angles<T>> {
        self.settings.rotary.map(|rotary| rotary.tables(0, time, self.settings.shape.head_dim))
    }

    /// How many keys place `t` sees: those up to itself, or all, without padding.
    fn n_seen(&self, t: usize, sequence: Sequence) -> usize {
        let before = if self.settings.causal { t + 1 } else { sequence.time };
        before.min(sequence.length)
    }

    /// Where query head `head`, its keys and its values begin in a row.
    fn starts(&self, head: usize) -> [usize; 3] {
        let AttentionShape { n_heads, n_kv_heads, head_dim } = self.settings.shape;
        let kv = head / self.settings.shape.group();
        [head * head_dim, (n_heads + kv) * head_dim, (n_heads + n_kv_heads + kv) * head_dim]
    }

    fn turned<T: Real>(&self, qkv: &[T], angles: Option<&Angles<T>>) -> Option<Vec<T>> {
        let shape = self.settings.shape;
        angles.map(|angles| {
            let mut rows = qkv.to_vec();
            wide(|| angles.turn(&mut rows, shape.width(), shape.n_heads + shape.n_kv_heads, false));
            rows
        })
    }

    /// One sequence: `qkv` is `[time, width]`, `out` `[time, n_heads·head_dim]`.
    fn run<T: Real>(
        &self,
        qkv: &[T],
        out: &mut [T],
        sequence: Sequence,
        angles: Option<&Angles<T>>,
    ) -> Course<T> {
        let AttentionShape { n_heads, head_dim, .. } = self.settings.shape;
        let time = sequence.time;
        let turned = self.turned(qkv, angles);
        let rows = turned.as_deref().unwrap_or(qkv);
        let n_kept = if self.keep { n_heads } else { 1 };
        let mut all = vec![T::ZERO; n_kept * time * time];
        for head in 0..n_heads {
            let p = &mut all[head % n_kept * time * time..][..time * time];
            let [q, k, v] = self.starts(head).map(|start| self.head(rows, start, time));
            matmul(self.scale(), q, k.t(), T::ZERO, ViewMut::new(p, time, time));
            wide(|| {
                for (t, row) in p.chunks_exact_mut(time).enumerate() {
                    let (seen, hidden) = row.split_at_mut(self.n_seen(t, sequence));
                    softmax(seen);
                    hidden.fill(T::ZERO);
                }
            });
            let into =
                ViewMut::with_stride(&mut out[head * head_dim..], [time, head_dim], n_heads * head_dim);
            matmul(T::ONE, View::new(p, time, time), v, T::ZERO, into);
        }
        Course { turned, p: all }
    }

    /// A head's part of rows of queries, keys and values.
    fn head<'a, T>(&self, rows: &'a [T], start: usize, time: usize) -> View<'a, T> {
        let shape = self.settings.shape;
        View::with_strides(&rows[start..], [time, shape.head_dim], [shape.width(), 1])
    }

    /// The gradient of one sequence's projections: `grad` is `[time, n_heads·head_dim]`, `into` `[time, width]`, of
    /// zeros.
    ///
    /// With o = p·v: dv = pᵀ·do, dp = do·vᵀ, ds = p∘(dp − Σ p∘dp), dq = ds·k, dk = dsᵀ·q.
    fn run_back<T: Real>(
        &self,
        [rows, grad]: [&[T]; 2],
        course: &Course<T>,
        into: &mut [T],
        angles: Option<&Angles<T>>,
    ) {
        let shape = self.settings.shape;
        let (width, size, out_width) = (shape.width(), shape.head_dim, shape.n_heads * shape.head_dim);
        let time = rows.len() / width;
        let rows = course.turned.as_deref().unwrap_or(rows);
        let mut ds = vec![T::ZERO; time * time];
        for head in 0..shape.n_heads {
            let p = &course.p[head * time * time..][..time * time];
            let starts = self.starts(head);
            let [q, k, v] = starts.map(|start| self.head(rows, start, time));
            let d_out = View::with_strides(&grad[head * size..], [time, size], [out_width, 1]);
            matmul(T::ONE, d_out, v.t(), T::ZERO, ViewMut::new(&mut ds, time, time));
            let scale = self.scale::<T>();
            wide(|| {
                for (ds, p) in ds.chunks_exact_mut(time).zip(p.chunks_exact(time)) {
                    let mean = dot(ds, p);
                    ds.iter_mut().zip(p).for_each(|(ds, p)| *ds = *p * (*ds - mean) * scale);
                }
            });
            let (p, ds) = (View::new(p, time, time), View::new(&ds, time, time));
            for (start, a, b) in [(starts[0], ds, k), (starts[1], ds.t(), q), (starts[2], p.t(), d_out)] {
                let into = ViewMut::with_stride(&mut into[start..], [time, size], width);
                matmul(T::ONE, a, b, T::ONE, into);
            }
        }
        if let Some(angles) = angles {
            wide(|| angles.turn(into, width, shape.n_heads + shape.n_kv_heads, true));
        }
    }
}

impl FusedOp<1> for Attention {
    const NAME: &'static str = "attention";

    fn forward<T: Real>(&self, [qkv]: [Arg<'_, T>; 1]) -> candle_core::Result<(Vec<T>, Vec<usize>)> {
        let shape = self.settings.shape;
        let (batch, time, out_width) = (qkv.dims[0], qkv.dims[1], shape.n_heads * shape.head_dim);
        let mut out = vec![T::ZERO; batch * time * out_width];
        if !out.is_empty() {
            let angles = self.angles(time);
            let rows = qkv.values.chunks_exact(time * shape.width());
            let pieces =
                self.sequences(qkv).into_iter().zip(rows).zip(out.chunks_exact_mut(time * out_width));
            let courses = map(pieces.collect(), |((sequence, qkv), out): ((Sequence, &[T]), &mut [T])| {
                self.run(qkv, out, sequence, angles.as_ref())
            });
            if self.keep {
                self.saved.put(courses);
            }
        }
        Ok((out, vec![batch, time, out_width]))
    }

    fn backward<T: Real>(
        &self,
        [qkv]: [Arg<'_, T>; 1],
        _out: &[T],
        grad: &[T],
        _wanted: [bool; 1],
    ) -> candle_core::Result<[Option<Vec<T>>; 1]> {
        let shape = self.settings.shape;
        let (time, out_width) = (qkv.dims[1], shape.n_heads * shape.head_dim);
        let mut d_qkv = vec![T::ZERO; qkv.values.len()];
        if grad.is_empty() {
            return Ok([Some(d_qkv)]);
        }
        let (courses, angles) = (self.saved.get::<Vec<Course<T>>>()?, self.angles(time));
        let row = time * shape.width();
        let rows = qkv.values.chunks_exact(row).zip(grad.chunks_exact(time * out_width));
        let rows = rows.map(|(rows, grad)| [rows, grad]);
        let pieces = rows.zip(courses.iter()).zip(d_qkv.chunks_exact_mut(row)).collect();
        map(pieces, |((rows, course), into): (Of<'_, T>, &mut [T])| {
            self.run_back(rows, course, into, angles.as_ref());
        });
        Ok([Some(d_qkv)])
    }
}
