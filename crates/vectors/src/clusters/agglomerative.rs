//! Clusters that grow by merging.

use super::kmeans::units;
use crate::VectorsError;
use crate::embeddings::check_finite_rows;
use crate::products::Products;
use sememe_kernels::{Kernels, Matrix};

/// More vectors than this are refused: their distances, four bytes a pair, would take more than 800 MB.
pub const MAX_AGGLOMERATED: usize = 20_000;

/// How far apart two clusters are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Linkage {
    /// The mean of 1 − cosine over all pairs (UPGMA).
    #[default]
    Average,
    /// The largest 1 − cosine of a pair.
    Complete,
    /// What merging adds to the sum of squared distances from the centres, with vectors of length 1 (Ward 1963).
    Ward,
}

/// Puts the rows into `n_clusters` clusters by merging, again and again, the two that are closest. The clusters are
/// numbered in the order of their first rows.
///
/// The chain of nearest neighbours finds the merges in O(n²) time (Murtagh 1983), the formula of Lance and Williams
/// the distances after each.
///
/// # Errors
/// If there are fewer rows than clusters, no cluster is wanted, there are more rows than [`MAX_AGGLOMERATED`], or a
/// row is not finite.
pub fn agglomerate(
    rows: &Matrix,
    n_clusters: usize,
    linkage: Linkage,
    kernels: Kernels,
) -> Result<Vec<u32>, VectorsError> {
    let n = rows.n_rows();
    if n_clusters == 0 {
        return Err(VectorsError::Setting { setting: "n_clusters", want: "at least 1", found: 0.0 });
    }
    if n < n_clusters {
        return Err(VectorsError::TooFew { want: n_clusters, found: n });
    }
    if n > MAX_AGGLOMERATED {
        return Err(VectorsError::TooMany { limit: MAX_AGGLOMERATED, found: n });
    }
    check_finite_rows(rows)?;
    let mut merges = Forest::new(rows, linkage, kernels).merge_all();
    // The chain finds the merges out of order. Those at the same height keep theirs, which builds the same clusters.
    merges.sort_by(|a, b| a.height.total_cmp(&b.height));
    Ok(cut(n, &merges[..n - n_clusters]))
}

/// Two clusters, named by one of their rows each, that became one.
struct Merge {
    rows: [usize; 2],
    height: f32,
}

/// Clusters and the distances between them.
struct Forest {
    linkage: Linkage,
    /// Of rows i > j at i·(i − 1)/2 + j; of Ward's linkage half of the squared ones, which makes no difference.
    distances: Vec<f32>,
    /// Rows of each cluster; 0 if it was merged into another.
    sizes: Vec<usize>,
}

impl Forest {
    fn new(rows: &Matrix, linkage: Linkage, kernels: Kernels) -> Self {
        let (units, n) = (units(rows, kernels), rows.n_rows());
        let mut distances = Vec::with_capacity(n * n.saturating_sub(1) / 2);
        Products::new(&units, &units, kernels).for_each_row(0..n, &mut |i, cosines| {
            distances.extend(cosines[..i].iter().map(|cosine| 1.0 - cosine));
        });
        Self { linkage, distances, sizes: vec![1; n] }
    }

    /// Merges until one cluster is left.
    fn merge_all(mut self) -> Vec<Merge> {
        let n = self.sizes.len();
        let (mut merges, mut chain) = (Vec::with_capacity(n.saturating_sub(1)), Vec::new());
        while merges.len() + 1 < n {
            if chain.is_empty() {
                chain.extend(self.sizes.iter().position(|&size| size > 0));
            }
            let (Some(&end), before) = (chain.last(), chain.len().checked_sub(2).map(|i| chain[i])) else {
                break;
            };
            let (next, height) = self.nearest(end, before);
            if Some(next) == before {
                chain.truncate(chain.len() - 2);
                self.merge(end.max(next), end.min(next));
                merges.push(Merge { rows: [end, next], height });
            } else {
                chain.push(next);
            }
        }
        merges
    }

    /// The cluster nearest to another; `preferred` if it is one of the nearest, so that chains end.
    fn nearest(&self, cluster: usize, preferred: Option<usize>) -> (usize, f32) {
        let mut best = preferred.map_or((cluster, f32::INFINITY), |i| (i, self.distance(cluster, i)));
        for other in (0..self.sizes.len()).filter(|&i| i != cluster && self.sizes[i] > 0) {
            let distance = self.distance(cluster, other);
            if distance < best.1 {
                best = (other, distance);
            }
        }
        best
    }

    /// Merges the cluster `from` into `into`, and takes the distances of the others to both together.
    fn merge(&mut self, from: usize, into: usize) {
        let [a, b] = [from, into].map(|cluster| self.sizes[cluster] as f32);
        let between = self.distance(from, into);
        for other in (0..self.sizes.len()).filter(|&i| i != from && i != into) {
            if self.sizes[other] == 0 {
                continue;
            }
            let (to_from, to_into) = (self.distance(other, from), self.distance(other, into));
            let distance = match self.linkage {
                Linkage::Average => (a * to_from + b * to_into) / (a + b),
                Linkage::Complete => to_from.max(to_into),
                Linkage::Ward => {
                    let c = self.sizes[other] as f32;
                    ((a + c) * to_from + (b + c) * to_into - c * between) / (a + b + c)
                }
            };
            let at = index(other, into);
            self.distances[at] = distance;
        }
        self.sizes[into] += self.sizes[from];
        self.sizes[from] = 0;
    }

    fn distance(&self, a: usize, b: usize) -> f32 {
        self.distances[index(a, b)]
    }
}

/// Where the distance of two rows lies.
fn index(a: usize, b: usize) -> usize {
    let (low, high) = (a.min(b), a.max(b));
    high * (high - 1) / 2 + low
}

/// The clusters after some merges, numbered in the order of their first rows.
fn cut(n: usize, merges: &[Merge]) -> Vec<u32> {
    let mut parents: Vec<usize> = (0..n).collect();
    for merge in merges {
        let [a, b] = merge.rows.map(|row| root(&mut parents, row));
        parents[a.max(b)] = a.min(b);
    }
    let (mut labels, mut next) = (vec![0u32; n], 0);
    for row in 0..n {
        let root = root(&mut parents, row);
        if root == row {
            labels[row] = next;
            next += 1;
        }
        labels[row] = labels[root];
    }
    labels
}

/// The first row of the cluster of a row, with the way there made shorter.
fn root(parents: &mut [usize], mut row: usize) -> usize {
    while parents[row] != row {
        parents[row] = parents[parents[row]];
        row = parents[row];
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(angles: &[f32], n_clusters: usize, want: &[u32]) {
        let values = angles.iter().enumerate().flat_map(|(i, angle)| {
            let length = 1.0 + i as f32;
            [length * angle.to_radians().cos(), length * angle.to_radians().sin()]
        });
        let rows = Matrix::from_vec(angles.len(), 2, values.collect()).unwrap();
        for linkage in [Linkage::Average, Linkage::Complete, Linkage::Ward] {
            let got = agglomerate(&rows, n_clusters, linkage, Kernels::detect()).unwrap();
            assert_eq!(got, want, "{linkage:?}");
        }
    }

    #[test]
    fn the_closest_are_merged_first() {
        let angles = [0., 90., 3., 180., 94., 1.];
        check(&angles, 3, &[0, 1, 0, 2, 1, 0]);
        check(&angles, 1, &[0; 6]);
        check(&angles, 6, &[0, 1, 2, 3, 4, 5]);
        check(&angles, 5, &[0, 1, 2, 3, 4, 0]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let message = |rows: &Matrix, n| {
            agglomerate(rows, n, Linkage::Average, Kernels::scalar()).unwrap_err().to_string()
        };
        assert_eq!(message(&Matrix::zeros(2, 2), 3), "expected at least 3 vectors, found 2");
        assert_eq!(message(&Matrix::zeros(2, 2), 0), "`n_clusters`: expected at least 1, found 0");
        assert_eq!(
            message(&Matrix::zeros(MAX_AGGLOMERATED + 1, 1), 2),
            "expected at most 20000 vectors, found 20001"
        );
    }
}
