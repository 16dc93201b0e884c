//! The output projection, the softmax and the cross entropy in one.
//!
//! Scores over a large vocabulary are by far the largest thing in a language model: `[batch·time, vocab]`. They are made
//! for a few rows at a time, turned into their gradient where they lie, used, and forgotten; when training, the
//! gradients of the input, of the weights and of the bias come out of the forward pass.

use super::fused::{Arg, FusedOp, Saved, apply3, can_fuse};
use super::real::{Real, add};
use super::softmax::cross_entropy;
use super::threads::{map, product, sum_all};
use super::{check_ids, check_shape, reference};
use crate::{NeuralError, Result};
use candle_core::Tensor;
use sememe_kernels::{View, ViewMut, matmul, wide};

/// The target of a place that does not count, such as padding.
pub const IGNORED: u32 = u32::MAX;

/// Scores held at a time: 32 MiB of `f32`.
const MAX_SCORES: usize = 8 << 20;
/// Rows of a piece of work: fewer would make too much of packing the weights.
const ROWS_OF_PIECE: usize = 176;

/// How the losses of all places become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// Their mean over places that count; 0 if none does.
    #[default]
    Mean,
    /// Their sum.
    Sum,
}

/// What is asked of [`softmax_cross_entropy`].
#[derive(Clone, Debug, Default)]
pub struct CrossEntropy {
    /// The class of each row, or [`IGNORED`].
    pub targets: Vec<u32>,
    /// How much of the target's probability is shared by all classes, in \[0, 1).
    pub smoothing: f64,
    /// What becomes of the losses.
    pub reduction: Reduction,
}

impl CrossEntropy {
    /// The mean loss, without smoothing.
    pub fn new(targets: Vec<u32>) -> Self {
        Self { targets, ..Self::default() }
    }

    /// What each loss is multiplied with.
    pub(crate) fn scale(&self) -> f64 {
        let n = self.targets.iter().filter(|&&target| target != IGNORED).count();
        match self.reduction {
            Reduction::Mean => 1.0 / n.max(1) as f64,
            Reduction::Sum => 1.0,
        }
    }

    fn check(&self, x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<()> {
        let &[n, dim] = x.dims() else { return Err(NeuralError::shape("x", "[rows, dim]", x.dims())) };
        let &[n_classes, _] = weight.dims() else {
            return Err(NeuralError::shape("weight", "[classes, dim]", weight.dims()));
        };
        check_shape("weight", weight, &[n_classes, dim])?;
        check_shape("bias", bias, &[n_classes])?;
        if self.targets.len() != n {
            return Err(NeuralError::shape("targets", format!("[{n}]"), &[self.targets.len()]));
        }
        if !(0.0..1.0).contains(&self.smoothing) {
            return Err(NeuralError::setting("label_smoothing", "in [0, 1)", self.smoothing));
        }
        let counted: Vec<u32> = self.targets.iter().map(|&id| if id == IGNORED { 0 } else { id }).collect();
        check_ids("classes", &counted, n_classes)
    }
}

/// The cross entropy of softmax(x·Wᵀ + b) with the targets, in nats: a tensor of one number.
///
/// `x` is `[rows, dim]`, `weight` `[classes, dim]`, as an embedding has it, so that both can be tied, `bias`
/// `[classes]`.
///
/// # Errors
/// If shapes do not fit, or a target is no class.
pub fn softmax_cross_entropy(
    x: &Tensor,
    weight: &Tensor,
    bias: &Tensor,
    asked: CrossEntropy,
) -> Result<Tensor> {
    asked.check(x, weight, bias)?;
    if !can_fuse(x) {
        return reference::softmax_cross_entropy(x, weight, bias, &asked);
    }
    let train = [x, weight, bias].into_iter().any(Tensor::track_op);
    Ok(apply3(x, weight, bias, LinearCrossEntropy { asked, train, saved: Saved::default() })?)
}

/// ln p of the target of each row, without a gradient: `f32[rows]`, 0 where the target is [`IGNORED`].
///
/// # Errors
/// If shapes do not fit, or a target is no class.
pub fn ln_probabilities(x: &Tensor, weight: &Tensor, bias: &Tensor, targets: &[u32]) -> Result<Vec<f32>> {
    let (x, weight, bias) = (x.detach(), weight.detach(), bias.detach());
    let n_classes = weight.dims().first().copied().unwrap_or_default();
    let per_call = (MAX_SCORES / n_classes.max(1)).max(1);
    CrossEntropy::new(targets.to_vec()).check(&x, &weight, &bias)?;
    let mut ln_p = Vec::with_capacity(targets.len());
    for (i, targets) in targets.chunks(per_call).enumerate() {
        let scores = reference::scores(&x.narrow(0, i * per_call, targets.len())?, &weight, &bias)?;
        let scores = scores.to_dtype(candle_core::DType::F32)?.to_vec2::<f32>()?;
        ln_p.extend(scores.into_iter().zip(targets).map(|(mut row, &target)| match target {
            IGNORED => 0.0,
            target => -wide(|| cross_entropy(&mut row, target as usize, 0.0, 1.0)),
        }));
    }
    Ok(ln_p)
}

struct LinearCrossEntropy {
    asked: CrossEntropy,
    train: bool,
    saved: Saved,
}

/// Gradients of x `[rows, dim]`, the weights `[classes, dim]` and the bias `[classes]`.
struct Gradients<T>([Vec<T>; 3]);

/// A few rows on their way through the softmax.
struct Piece<'a, T> {
    targets: &'a [u32],
    x: &'a [T],          // [rows, dim]
    scores: &'a mut [T], // [rows, classes]
    dx: &'a mut [T],     // [rows, dim], or nothing when not training
}

impl LinearCrossEntropy {
    /// The loss of a piece and its gradient of the bias. The scores become their gradient.
    fn piece<T: Real>(&self, piece: Piece<'_, T>, weight: View<'_, T>, bias: &[T]) -> (f64, Vec<T>) {
        let (n_classes, dim, n) = (weight.n_rows(), weight.n_cols(), piece.targets.len());
        let x = View::new(piece.x, n, dim);
        matmul(T::ONE, x, weight.t(), T::ZERO, ViewMut::new(piece.scores, n, n_classes));
        let scale = T::of(self.asked.scale());
        let mut db = if self.train { vec![T::ZERO; n_classes] } else { Vec::new() };
        let mut loss = 0.0;
        wide(|| {
            for (row, &target) in piece.scores.chunks_exact_mut(n_classes).zip(piece.targets) {
                if target == IGNORED {
                    row.fill(T::ZERO);
                    continue;
                }
                add(bias, row);
                loss += cross_entropy(row, target as usize, self.asked.smoothing, scale).to_f64();
                add(row, &mut db);
            }
        });
        if self.train {
            let scores = View::new(piece.scores, n, n_classes);
            matmul(T::ONE, scores, weight, T::ZERO, ViewMut::new(piece.dx, n, dim));
        }
        (loss, db)
    }

    fn run<T: Real>(&self, [x, weight, bias]: [Arg<'_, T>; 3]) -> (f64, Gradients<T>) {
        let (n_classes, dim) = (weight.dims[0], weight.dims[1]);
        let n = self.asked.targets.len();
        let w = View::new(weight.values, n_classes, dim);
        let of_training = |n: usize| vec![T::ZERO; if self.train { n } else { 0 }];
        let (mut dx, mut dw) = (of_training(n * dim), of_training(n_classes * dim));
        let (mut loss, mut db) = (0.0, of_training(n_classes));
        let at_once = (MAX_SCORES / n_classes.max(1)).clamp(1, n.max(1));
        let mut scores = vec![T::ZERO; at_once * n_classes]; // [at_once, classes]
        for (i, targets) in self.asked.targets.chunks(at_once).enumerate() {
            let m = targets.len();
            let x = &x.values[i * at_once * dim..][..m * dim];
            let dx = if self.train { &mut dx[i * at_once * dim..][..m * dim] } else { &mut [] };
            let pieces = pieces(targets, x, &mut scores[..m * n_classes], dx);
            let (losses, of_bias): (Vec<_>, Vec<_>) =
                map(pieces, |piece| self.piece(piece, w, bias.values)).into_iter().unzip();
            loss += losses.iter().sum::<f64>();
            if self.train {
                add(&sum_all(of_bias, n_classes), &mut db);
                let keep = if i == 0 { T::ZERO } else { T::ONE };
                let scores = View::new(&scores[..m * n_classes], m, n_classes);
                let into = ViewMut::new(&mut dw, n_classes, dim);
                product(T::ONE, scores.t(), View::new(x, m, dim), keep, into);
            }
        }
        (loss * self.asked.scale(), Gradients([dx, dw, db]))
    }
}

fn pieces<'a, T>(targets: &'a [u32], x: &'a [T], scores: &'a mut [T], dx: &'a mut [T]) -> Vec<Piece<'a, T>> {
    let m = targets.len();
    let per_piece = m.div_ceil(m.div_ceil(ROWS_OF_PIECE));
    let (dim, n_classes) = (x.len() / m, scores.len() / m);
    let (mut scores, mut dx) =
        (scores.chunks_mut((per_piece * n_classes).max(1)), dx.chunks_mut((per_piece * dim).max(1)));
    let pieces = targets.chunks(per_piece).enumerate();
    let piece = |(i, targets): (usize, &'a [u32])| Piece {
        targets,
        x: &x[i * per_piece * dim..][..targets.len() * dim],
        scores: scores.next().unwrap_or_default(),
        dx: dx.next().unwrap_or_default(),
    };
    pieces.map(piece).collect()
}

impl FusedOp<3> for LinearCrossEntropy {
    const NAME: &'static str = "linear_cross_entropy";

    fn forward<T: Real>(&self, args: [Arg<'_, T>; 3]) -> candle_core::Result<(Vec<T>, Vec<usize>)> {
        let (loss, gradients) = self.run(args);
        if self.train {
            self.saved.put(gradients);
        }
        Ok((vec![T::of(loss)], Vec::new()))
    }

    fn backward<T: Real>(
        &self,
        _args: [Arg<'_, T>; 3],
        _out: &[T],
        grad: &[T],
        wanted: [bool; 3],
    ) -> candle_core::Result<[Option<Vec<T>>; 3]> {
        let upstream = grad.first().copied().unwrap_or(T::ONE);
        let saved = self.saved.get::<Gradients<T>>()?;
        let mut gradients = [None, None, None];
        for ((gradient, saved), wanted) in gradients.iter_mut().zip(&saved.0).zip(wanted) {
            *gradient = wanted.then(|| scaled(saved, upstream));
        }
        Ok(gradients)
    }
}

fn scaled<T: Real>(values: &[T], by: T) -> Vec<T> {
    if by == T::ONE {
        return values.to_vec();
    }
    values.iter().map(|x| *x * by).collect()
}
