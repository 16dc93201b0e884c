//! k-means, Euclidean and spherical.

use super::seeding::seeds;
use crate::VectorsError;
use crate::embeddings::check_finite_rows;
use crate::products::{Products, squares};
use crate::scan::{in_parts, inverse_norm, scale};
use sememe_kernels::{Kernels, Matrix, Meter, Observer, Rng};

/// How clusters are sought.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KMeansSettings {
    /// Clusters wanted.
    pub n_clusters: usize,
    /// Compare directions only: vectors and centroids have length 1 (Dhillon and Modha 2001). A zero vector stays.
    pub spherical: bool,
    /// Rounds at most.
    pub max_rounds: usize,
    /// A round that lessens the inertia by a smaller share than this is the last.
    pub tolerance: f64,
    /// Starts, from other seeds each; the one that ends with the least inertia is taken.
    pub restarts: usize,
    /// Seed of all random choices.
    pub seed: u64,
}

impl Default for KMeansSettings {
    fn default() -> Self {
        Self { n_clusters: 10, spherical: false, max_rounds: 300, tolerance: 1e-6, restarts: 1, seed: 1 }
    }
}

/// Vectors in groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    /// The cluster of each vector, from 0.
    pub assignment: Vec<u32>,
    /// The centre of each cluster: `f32[n_clusters, dim]`.
    pub centroids: Matrix,
    /// Σ ‖x − c‖² over all vectors x and the centroids c of their clusters; spherical with both of length 1.
    pub inertia: f64,
    /// Rounds that were needed.
    pub rounds: usize,
}

/// Lloyd's k-means from seeds of greedy k-means++.
///
/// Results depend on settings and vectors alone, not on the number of threads.
///
/// ```
/// use sememe_kernels::{Kernels, Matrix, Silent};
/// use sememe_vectors::clusters::{KMeans, KMeansSettings};
///
/// let rows = Matrix::from_vec(4, 1, vec![0.0, 9.0, 0.2, 9.2])?;
/// let kmeans = KMeans::new(KMeansSettings { n_clusters: 2, ..KMeansSettings::default() })?;
/// let clusters = kmeans.run(&rows, Kernels::detect(), &mut Silent)?;
/// assert_eq!(clusters.assignment[0], clusters.assignment[2]);
/// assert_ne!(clusters.assignment[0], clusters.assignment[1]);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct KMeans {
    settings: KMeansSettings,
    threads: usize,
}

impl KMeans {
    /// # Errors
    /// If clusters, rounds or restarts are 0, or the tolerance is negative or no number.
    pub fn new(settings: KMeansSettings) -> Result<Self, VectorsError> {
        let at_least_one = [
            ("n_clusters", settings.n_clusters),
            ("max_rounds", settings.max_rounds),
            ("restarts", settings.restarts),
        ];
        for (setting, found) in at_least_one {
            if found == 0 {
                return Err(VectorsError::Setting { setting, want: "at least 1", found: 0.0 });
            }
        }
        if !(0.0..=f64::INFINITY).contains(&settings.tolerance) {
            let found = settings.tolerance;
            return Err(VectorsError::Setting { setting: "tolerance", want: "at least 0", found });
        }
        Ok(Self { settings, threads: 1 })
    }

    /// Works with `threads` threads (at least one).
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// Puts the rows into clusters. Tells `observer` the rounds.
    ///
    /// # Errors
    /// If there are fewer rows than clusters, a row is not finite, or the observer asks to stop.
    pub fn run(
        &self,
        rows: &Matrix,
        kernels: Kernels,
        observer: &mut dyn Observer,
    ) -> Result<Clusters, VectorsError> {
        let (want, found) = (self.settings.n_clusters, rows.n_rows());
        if found < want {
            return Err(VectorsError::TooFew { want, found });
        }
        check_finite_rows(rows)?;
        let rows = if self.settings.spherical { &units(rows, kernels) } else { rows };
        let work = Lloyd { settings: &self.settings, rows, kernels, threads: self.threads };
        let meter = Meter::new("rounds", None, observer);
        let mut best: Option<Clusters> = None;
        for restart in 0..self.settings.restarts {
            let found = work.run(Rng::new(self.settings.seed, restart as u64), &meter)?;
            if best.as_ref().is_none_or(|best| found.inertia < best.inertia) {
                best = Some(found);
            }
        }
        best.ok_or(VectorsError::Interrupted)
    }
}

/// All rows with length 1.
pub(super) fn units(rows: &Matrix, kernels: Kernels) -> Matrix {
    let mut units = Matrix::zeros(rows.n_rows(), rows.n_cols());
    for (i, row) in rows.rows().enumerate() {
        scale(inverse_norm(row, kernels), row, units.row_mut(i));
    }
    units
}

/// One start of the algorithm.
struct Lloyd<'a> {
    settings: &'a KMeansSettings,
    rows: &'a Matrix,
    kernels: Kernels,
    threads: usize,
}

impl Lloyd<'_> {
    fn run(&self, mut rng: Rng, meter: &Meter<'_>) -> Result<Clusters, VectorsError> {
        let seeds = seeds(self.rows, self.settings.n_clusters, &mut rng, (self.kernels, self.threads));
        let mut centroids = select(self.rows, &seeds);
        let mut assignment = self.assign(&centroids);
        let mut inertia = self.inertia(&assignment, &centroids);
        let mut rounds = 0;
        while rounds < self.settings.max_rounds {
            rounds += 1;
            let distances = self.distances(&assignment, &centroids);
            centroids = self.means(&assignment, &distances);
            let next = self.assign(&centroids);
            let lessened = self.inertia(&next, &centroids);
            let settled = next == assignment || inertia - lessened <= self.settings.tolerance * inertia;
            (assignment, inertia) = (next, lessened);
            if meter.advance(1, None).is_break() {
                return Err(VectorsError::Interrupted);
            }
            if settled {
                break;
            }
        }
        Ok(Clusters { assignment, centroids, inertia, rounds })
    }

    /// The nearest centroid of each row, the first of equals: that with the least ‖c‖²/2 − x·c.
    fn assign(&self, centroids: &Matrix) -> Vec<u32> {
        let halves: Vec<f32> = squares(centroids, self.kernels).iter().map(|square| 0.5 * square).collect();
        let products = Products::new(self.rows, centroids, self.kernels);
        let parts = in_parts(self.rows.n_rows(), self.threads, |part| {
            let mut nearest = Vec::with_capacity(part.len());
            products.for_each_row(part, &mut |_, products| nearest.push(least(&halves, products)));
            nearest
        });
        parts.concat()
    }

    /// ‖x − c‖² of each row x and the centroid c of its cluster.
    fn distances(&self, assignment: &[u32], centroids: &Matrix) -> Vec<f64> {
        let parts = in_parts(self.rows.n_rows(), self.threads, |part| {
            let distance = |i| squared_distance(self.rows.row(i), centroids.row(assignment[i] as usize));
            part.map(distance).collect::<Vec<_>>()
        });
        parts.concat()
    }

    /// The sum of all distances, in the order of the rows.
    fn inertia(&self, assignment: &[u32], centroids: &Matrix) -> f64 {
        self.distances(assignment, centroids).iter().sum()
    }

    /// The mean of each cluster. One without rows gets the row that is farthest from its own centroid.
    fn means(&self, assignment: &[u32], distances: &[f64]) -> Matrix {
        let (k, dim) = (self.settings.n_clusters, self.rows.n_cols());
        let (mut sums, mut counts) = (vec![0f64; k * dim], vec![0u64; k]);
        for (row, &cluster) in self.rows.rows().zip(assignment) {
            counts[cluster as usize] += 1;
            let sum = &mut sums[cluster as usize * dim..][..dim];
            sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        let mut means = Matrix::zeros(k, dim);
        for (cluster, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let sum = &sums[cluster * dim..][..dim];
            let divisor = if self.settings.spherical { norm(sum) } else { count as f64 };
            let factor = if divisor > 0.0 { divisor.recip() } else { 0.0 };
            means.row_mut(cluster).iter_mut().zip(sum).for_each(|(mean, sum)| *mean = (factor * sum) as f32);
        }
        let empty = (0..k).filter(|&cluster| counts[cluster] == 0);
        for (cluster, row) in empty.zip(farthest(distances)) {
            means.row_mut(cluster).copy_from_slice(self.rows.row(row));
        }
        means
    }
}

/// Where `halves` − `products` is least, the first of equals.
fn least(halves: &[f32], products: &[f32]) -> u32 {
    let scores = halves.iter().zip(products).map(|(half, product)| half - product);
    let best = (0..).zip(scores).reduce(|best, next| if next.1 < best.1 { next } else { best });
    best.map_or(0, |(cluster, _)| cluster)
}

/// Rows by falling distance, the first of equals first.
fn farthest(distances: &[f64]) -> impl Iterator<Item = usize> {
    let mut rows: Vec<usize> = (0..distances.len()).collect();
    rows.sort_by(|&a, &b| distances[b].total_cmp(&distances[a]));
    rows.into_iter()
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// ‖x − y‖².
pub(super) fn squared_distance(x: &[f32], y: &[f32]) -> f64 {
    let square = |(x, y): (&f32, &f32)| (f64::from(*x) - f64::from(*y)).powi(2);
    x.iter().zip(y).map(square).sum()
}

/// Some rows.
fn select(rows: &Matrix, wanted: &[usize]) -> Matrix {
    let mut selected = Matrix::zeros(wanted.len(), rows.n_cols());
    wanted.iter().enumerate().for_each(|(i, &row)| selected.row_mut(i).copy_from_slice(rows.row(row)));
    selected
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::{Progress, Silent};
    use std::ops::ControlFlow;

    /// `per_blob` points around each of `n_blobs` centres.
    fn blobs(n_blobs: usize, per_blob: usize, dim: usize) -> Matrix {
        let mut rng = Rng::new(3, 0);
        let centres: Vec<f32> = (0..n_blobs * dim).map(|_| 8.0 * rng.unit_f32() - 4.0).collect();
        let mut rows = Matrix::zeros(n_blobs * per_blob, dim);
        for i in 0..rows.n_rows() {
            let centre = &centres[i % n_blobs * dim..][..dim];
            rows.row_mut(i).iter_mut().zip(centre).for_each(|(x, c)| *x = c + rng.unit_f32() - 0.5);
        }
        rows
    }

    fn kmeans(settings: KMeansSettings, threads: usize, rows: &Matrix) -> Clusters {
        let kmeans = KMeans::new(settings).unwrap().with_threads(threads);
        kmeans.run(rows, Kernels::detect(), &mut Silent).unwrap()
    }

    #[test]
    fn blobs_are_clusters() {
        let rows = blobs(5, 60, 7);
        for spherical in [false, true] {
            let settings =
                KMeansSettings { n_clusters: 5, spherical, restarts: 3, ..KMeansSettings::default() };
            let clusters = kmeans(settings, 1, &rows);
            for (i, &cluster) in clusters.assignment.iter().enumerate() {
                assert_eq!(cluster, clusters.assignment[i % 5], "row {i}, spherical: {spherical}");
            }
        }
    }

    #[test]
    fn threads_change_nothing() {
        let rows = blobs(20, 70, 5);
        let settings = KMeansSettings { n_clusters: 30, ..KMeansSettings::default() };
        let one = kmeans(settings.clone(), 1, &rows);
        assert_eq!(one, kmeans(settings.clone(), 3, &rows));
        assert_ne!(one, kmeans(KMeansSettings { seed: 2, ..settings }, 1, &rows));
    }

    #[test]
    fn inertia_is_the_sum_of_squared_distances_and_restarts_do_not_raise_it() {
        let rows = blobs(9, 30, 4);
        let settings = KMeansSettings { n_clusters: 9, ..KMeansSettings::default() };
        let once = kmeans(settings.clone(), 1, &rows);
        let pairs = rows.rows().zip(&once.assignment);
        let sum: f64 = pairs.map(|(x, &c)| squared_distance(x, once.centroids.row(c as usize))).sum();
        assert!((sum - once.inertia).abs() < 1e-9 * sum);
        assert!(kmeans(KMeansSettings { restarts: 5, ..settings }, 1, &rows).inertia <= once.inertia);
    }

    #[test]
    fn directions_alone_matter_on_the_sphere() {
        let rows = Matrix::from_vec(4, 2, vec![1., 0.1, 0.1, 1., 90., 8., 1., 99.]).unwrap();
        let settings = KMeansSettings { n_clusters: 2, spherical: true, ..KMeansSettings::default() };
        let clusters = kmeans(settings, 1, &rows).assignment;
        assert!(clusters[0] == clusters[2] && clusters[1] == clusters[3] && clusters[0] != clusters[1]);
    }

    #[test]
    fn as_many_clusters_as_rows_leave_no_inertia_even_among_equals() {
        let rows = blobs(3, 2, 2);
        let settings = KMeansSettings { n_clusters: 6, ..KMeansSettings::default() };
        assert_eq!(kmeans(settings.clone(), 1, &rows).inertia, 0.0);
        let equal = kmeans(settings, 1, &Matrix::from_vec(6, 1, vec![2.0; 6]).unwrap());
        assert_eq!((equal.inertia, equal.assignment), (0.0, vec![0; 6]));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let message = |settings| KMeans::new(settings).unwrap_err().to_string();
        let settings = KMeansSettings { n_clusters: 0, ..KMeansSettings::default() };
        assert_eq!(message(settings), "`n_clusters`: expected at least 1, found 0");
        let settings = KMeansSettings { tolerance: f64::NAN, ..KMeansSettings::default() };
        assert_eq!(message(settings), "`tolerance`: expected at least 0, found NaN");
        let run = |rows: &Matrix| {
            let kmeans = KMeans::new(KMeansSettings { n_clusters: 2, ..KMeansSettings::default() }).unwrap();
            kmeans.run(rows, Kernels::scalar(), &mut Silent).unwrap_err().to_string()
        };
        assert_eq!(run(&Matrix::zeros(1, 3)), "expected at least 2 vectors, found 1");
        assert_eq!(
            run(&Matrix::from_vec(2, 1, vec![0., f32::NAN]).unwrap()),
            "vector 1, counted from 0, holds a number that is not finite"
        );
    }

    #[test]
    fn clustering_can_be_interrupted() {
        struct Stop;
        impl Observer for Stop {
            fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
                ControlFlow::Break(())
            }
        }
        let stopped = KMeans::new(KMeansSettings::default()).unwrap().run(
            &blobs(4, 9, 2),
            Kernels::detect(),
            &mut Stop,
        );
        assert!(matches!(stopped, Err(VectorsError::Interrupted)));
    }
}
