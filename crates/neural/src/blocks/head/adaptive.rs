//! The adaptive softmax.

use crate::blocks::Linear;
use crate::ops::{self, CrossEntropy, IGNORED, Reduction, reference};
use crate::{Init, NeuralError, Param, Params, Result};
use candle_core::Tensor;

/// Frequent words and, as one class each, clusters of the others; then the words of a cluster, from a projection of fewer
/// numbers (Grave et al. 2017).
///
/// p(word) = p(cluster)·p(word | cluster), so that most places of a text cost no more than the frequent words.
#[derive(Clone, Debug)]
pub struct AdaptiveHead {
    frequent: Words,
    n_frequent: usize,
    clusters: Vec<Cluster>,
}

#[derive(Clone, Debug)]
struct Words {
    weight: Param, // [classes, dim]
    bias: Param,   // [classes]
}

#[derive(Clone, Debug)]
struct Cluster {
    /// Its words have ids from here to the next cluster.
    first: u32,
    end: u32,
    project: Linear, // [dim, dim / factorⁱ]
    words: Words,
}

impl Words {
    fn new(params: &Params, n_classes: usize, dim: usize) -> Result<Self> {
        let weight = params.weight("weight", [n_classes, dim], Init::Normal(0.02))?;
        Ok(Self { weight, bias: params.free("bias", &[n_classes], Init::Constant(0.0))? })
    }

    fn loss(&self, x: &Tensor, targets: Vec<u32>) -> Result<Tensor> {
        let asked = CrossEntropy { targets, smoothing: 0.0, reduction: Reduction::Sum };
        ops::softmax_cross_entropy(x, &self.weight.tensor(), &self.bias.tensor(), asked)
    }

    fn ln_p(&self, x: &Tensor, targets: &[u32]) -> Result<Vec<f32>> {
        ops::ln_probabilities(x, &self.weight.tensor(), &self.bias.tensor(), targets)
    }

    fn ln_p_of_all(&self, x: &Tensor) -> Result<Tensor> {
        let (weight, bias) = (self.weight.tensor().detach(), self.bias.tensor().detach());
        reference::ln_softmax(&reference::scores(x, &weight, &bias)?)
    }
}

impl AdaptiveHead {
    /// Words before the first of `cutoffs` are frequent; each cutoff begins a cluster.
    ///
    /// # Errors
    /// If cutoffs do not rise or are no ids, `factor` is below 2, or names are taken.
    pub fn new(
        params: &Params,
        [n_words, dim]: [usize; 2],
        cutoffs: &[usize],
        factor: usize,
    ) -> Result<Self> {
        let ends: Vec<usize> = cutoffs.iter().copied().skip(1).chain([n_words]).collect();
        let rising = cutoffs.iter().zip(&ends).all(|(first, end)| first < end);
        if cutoffs.is_empty() || cutoffs[0] == 0 || !rising || u32::try_from(n_words).is_err() {
            let want = format!("rising ids above 0 and below {n_words}");
            return Err(NeuralError::setting("cutoffs", want, format!("{cutoffs:?}")));
        }
        if factor < 2 {
            return Err(NeuralError::setting("factor", "at least 2", factor));
        }
        let cluster = |(i, (&first, &end)): (usize, (&usize, &usize))| {
            let part = params.part(format!("clusters.{i}"));
            let width = factor.checked_pow(i as u32 + 1).map_or(1, |by| dim.div_ceil(by));
            let project = Linear::without_bias(&part.part("project"), [dim, width], Init::Glorot)?;
            Ok(Cluster {
                first: first as u32,
                end: end as u32,
                project,
                words: Words::new(&part, end - first, width)?,
            })
        };
        let clusters = cutoffs.iter().zip(&ends).enumerate().map(cluster).collect::<Result<_>>()?;
        let frequent = Words::new(&params.part("frequent"), cutoffs[0] + cutoffs.len(), dim)?;
        Ok(Self { frequent, n_frequent: cutoffs[0], clusters })
    }

    /// The class of each target among frequent words and clusters.
    fn classes(&self, targets: &[u32]) -> Result<Vec<u32>> {
        let n_words = self.clusters.last().map_or(self.n_frequent, |cluster| cluster.end as usize);
        let class = |(at, &id): (usize, &u32)| match id {
            IGNORED => Ok(IGNORED),
            id if (id as usize) < self.n_frequent => Ok(id),
            id => match self.clusters.iter().position(|cluster| id < cluster.end) {
                Some(cluster) => Ok((self.n_frequent + cluster) as u32),
                None => Err(NeuralError::Id { what: "words", id, at, limit: n_words }),
            },
        };
        targets.iter().enumerate().map(class).collect()
    }

    /// See [`Head::loss`](super::Head::loss).
    ///
    /// # Errors
    /// If shapes do not fit, or a target is no word.
    pub fn loss(&self, x: &Tensor, targets: &[u32]) -> Result<Tensor> {
        let n = targets.iter().filter(|&&id| id != IGNORED).count();
        let mut loss = self.frequent.loss(x, self.classes(targets)?)?;
        for cluster in &self.clusters {
            let (rows, within) = cluster.members(targets);
            if !rows.is_empty() {
                let x = ops::embedding(x, &rows, &[rows.len()])?;
                loss = (loss + cluster.words.loss(&cluster.project.forward(&x)?, within)?)?;
            }
        }
        Ok((loss * (1.0 / n.max(1) as f64))?)
    }

    /// See [`Head::ln_p`](super::Head::ln_p).
    ///
    /// # Errors
    /// If shapes do not fit, or a target is no word.
    pub fn ln_p(&self, x: &Tensor, targets: &[u32]) -> Result<Vec<f32>> {
        let x = x.detach();
        let mut ln_p = self.frequent.ln_p(&x, &self.classes(targets)?)?;
        for cluster in &self.clusters {
            let (rows, within) = cluster.members(targets);
            if !rows.is_empty() {
                let x = ops::embedding(&x, &rows, &[rows.len()])?;
                let of_cluster = cluster.words.ln_p(&cluster.project.forward(&x)?, &within)?;
                rows.iter().zip(of_cluster).for_each(|(&row, more)| ln_p[row as usize] += more);
            }
        }
        Ok(ln_p)
    }

    /// See [`Head::ln_p_of_all`](super::Head::ln_p_of_all).
    ///
    /// # Errors
    /// If shapes do not fit.
    pub fn ln_p_of_all(&self, x: &Tensor) -> Result<Tensor> {
        let x = x.detach();
        let classes = self.frequent.ln_p_of_all(&x)?; // [rows, n_frequent + clusters]
        let mut parts = vec![classes.narrow(1, 0, self.n_frequent)?];
        for (i, cluster) in self.clusters.iter().enumerate() {
            let of_cluster = classes.narrow(1, self.n_frequent + i, 1)?; // [rows, 1]
            let within = cluster.words.ln_p_of_all(&cluster.project.forward(&x)?.detach())?;
            parts.push(within.broadcast_add(&of_cluster)?);
        }
        Ok(Tensor::cat(&parts, 1)?.detach())
    }
}

impl Cluster {
    /// The rows whose target is in this cluster, and its number there.
    fn members(&self, targets: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let inside = |(_, id): &(u32, &u32)| (self.first..self.end).contains(*id);
        (0..).zip(targets).filter(inside).map(|(row, id)| (row, id - self.first)).unzip()
    }
}
