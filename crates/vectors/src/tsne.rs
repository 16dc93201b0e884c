//! t-SNE: a plane in which neighbours stay neighbours.

mod affinities;
mod quadtree;

use crate::embeddings::check_finite_rows;
use crate::scan::in_parts;
use crate::{VectorsError, pca_2d};
use affinities::Affinities;
use quadtree::{QuadTree, Repulsion};
use sememe_kernels::{Kernels, Matrix, Meter, Observer};

/// Fewer vectors have no neighbourhoods to keep.
const LEAST: usize = 5;

/// Rounds with exaggerated affinities, in which clusters form (van der Maaten and Hinton 2008, section 3.4).
const EARLY: usize = 250;

/// A point in the plane.
type Point = [f64; 2];

/// How a plane is sought.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TsneSettings {
    /// How many neighbours a vector has, about: the exponential of the entropy of its affinities. At most a third of
    /// the other vectors are taken.
    pub perplexity: f64,
    /// Rounds of gradient descent, of which the first 250 are with exaggerated affinities.
    pub rounds: usize,
    /// What the affinities are multiplied with in the first rounds.
    pub exaggeration: f64,
    /// Cells narrower than this share of their distance act as one point: 0 computes all forces exactly.
    pub theta: f64,
}

impl Default for TsneSettings {
    fn default() -> Self {
        Self { perplexity: 30.0, rounds: 1000, exaggeration: 12.0, theta: 0.5 }
    }
}

/// t-distributed stochastic neighbour embedding (van der Maaten and Hinton 2008), by the tree of Barnes and Hut (van
/// der Maaten 2014), from the first two principal components (Kobak and Berens 2019).
///
/// Nothing is drawn at random, and sums are taken in the same order on any number of threads: the result depends on
/// vectors and settings alone.
///
/// ```
/// use sememe_kernels::{Kernels, Matrix, Rng, Silent};
/// use sememe_vectors::tsne::{Tsne, TsneSettings};
///
/// let mut rng = Rng::new(1, 0);
/// let rows = Matrix::from_vec(20, 3, (0..60).map(|_| rng.unit_f32()).collect())?;
/// let tsne = Tsne::new(TsneSettings { rounds: 300, ..TsneSettings::default() })?;
/// let plane = tsne.run(&rows, Kernels::detect(), &mut Silent)?;
/// assert_eq!((plane.n_rows(), plane.n_cols()), (20, 2));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tsne {
    settings: TsneSettings,
    threads: usize,
}

impl Tsne {
    /// # Errors
    /// If the perplexity or the exaggeration is below 1 or not finite, there are no rounds, or theta is not from 0
    /// to 0.7.
    pub fn new(settings: TsneSettings) -> Result<Self, VectorsError> {
        let TsneSettings { perplexity, rounds, exaggeration, theta } = settings;
        let checks = [
            ("perplexity", "a number of at least 1", perplexity, (1.0..f64::INFINITY).contains(&perplexity)),
            ("rounds", "at least 1", rounds as f64, rounds > 0),
            (
                "exaggeration",
                "a number of at least 1",
                exaggeration,
                (1.0..f64::INFINITY).contains(&exaggeration),
            ),
            ("theta", "a number from 0 to 0.7", theta, (0.0..=0.7).contains(&theta)),
        ];
        match checks.into_iter().find(|(.., fits)| !fits) {
            Some((setting, want, found, _)) => Err(VectorsError::Setting { setting, want, found }),
            None => Ok(Self { settings, threads: 1 }),
        }
    }

    /// Works with `threads` threads (at least one).
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self }
    }

    /// A point for each row: `f32[n_rows, 2]`. Neighbours are those of Euclidean distance; for words, rows should have
    /// length 1. Tells `observer` the rounds.
    ///
    /// # Errors
    /// If there are fewer than five rows, a row is not finite, or the observer asks to stop.
    pub fn run(
        &self,
        rows: &Matrix,
        kernels: Kernels,
        observer: &mut dyn Observer,
    ) -> Result<Matrix, VectorsError> {
        if rows.n_rows() < LEAST {
            return Err(VectorsError::TooFew { want: LEAST, found: rows.n_rows() });
        }
        check_finite_rows(rows)?;
        let affinities = Affinities::new(rows, self.settings.perplexity, (kernels, self.threads));
        let mut descent = Descent::new(start(rows));
        let meter = Meter::new("rounds", Some(self.settings.rounds as u64), observer);
        for round in 0..self.settings.rounds {
            let early = round < EARLY.min(self.settings.rounds / 2);
            let exaggeration = if early { self.settings.exaggeration } else { 1.0 };
            let gradient = self.gradient(&affinities, exaggeration, &descent.points);
            descent.step(&gradient, if early { 0.5 } else { 0.8 }, self.learning_rate(rows.n_rows()));
            if meter.advance(1, None).is_break() {
                return Err(VectorsError::Interrupted);
            }
        }
        let values = descent.points.iter().flatten().map(|&x| x as f32).collect();
        Ok(Matrix::from_vec(rows.n_rows(), 2, values)?)
    }

    /// A fraction of the number of points, so that many points get as far as few (Belkina et al. 2019), in units in
    /// which the gradient has a factor of 4.
    fn learning_rate(&self, n: usize) -> f64 {
        (n as f64 / self.settings.exaggeration / 4.0).max(50.0)
    }

    /// The derivative of the Kullback-Leibler divergence by each point: 4·Σⱼ (e·pᵢⱼ − qᵢⱼ)·wᵢⱼ·(yᵢ − yⱼ) with the
    /// exaggeration e, wᵢⱼ = 1 / (1 + ‖yᵢ − yⱼ‖²), qᵢⱼ = wᵢⱼ / Z and Z = Σ w (van der Maaten and Hinton 2008, eq. 5).
    fn gradient(&self, affinities: &Affinities, exaggeration: f64, points: &[Point]) -> Vec<Point> {
        let tree = QuadTree::new(points);
        let parts = in_parts(points.len(), self.threads, |part| {
            let forces =
                |i| (affinities.attraction(i, points), tree.repulsion(points[i], self.settings.theta));
            part.map(forces).collect::<Vec<(Point, Repulsion)>>()
        });
        let forces = parts.concat();
        // Every point has found itself, with w = 1.
        let z: f64 = forces.iter().map(|(_, repulsion)| repulsion.weight - 1.0).sum();
        let z = z.max(f64::MIN_POSITIVE);
        let total = |(attraction, repulsion): &(Point, Repulsion)| {
            std::array::from_fn(|d| 4.0 * (exaggeration * attraction[d] - repulsion.force[d] / z))
        };
        forces.iter().map(total).collect()
    }
}

/// The first two principal components, shrunk so that the first has a standard deviation of 10⁻⁴.
fn start(rows: &Matrix) -> Vec<Point> {
    let plane = pca_2d(rows);
    let square = |row: &[f32]| f64::from(row[0]).powi(2);
    let deviation = (plane.rows().map(square).sum::<f64>() / rows.n_rows() as f64).sqrt();
    let factor = if deviation > 0.0 { 1e-4 / deviation } else { 0.0 };
    plane.rows().map(|row| [factor * f64::from(row[0]), factor * f64::from(row[1])]).collect()
}

/// Gradient descent with momentum and a gain for each coordinate (Jacobs 1988).
struct Descent {
    points: Vec<Point>,
    velocities: Vec<Point>,
    gains: Vec<Point>,
}

impl Descent {
    fn new(points: Vec<Point>) -> Self {
        let n = points.len();
        Self { points, velocities: vec![[0.0; 2]; n], gains: vec![[1.0; 2]; n] }
    }

    fn step(&mut self, gradient: &[Point], momentum: f64, learning_rate: f64) {
        let slopes = gradient.iter().flatten();
        let moved = self.velocities.iter_mut().flatten().zip(self.gains.iter_mut().flatten());
        let coordinates = self.points.iter_mut().flatten();
        for ((slope, (velocity, gain)), coordinate) in slopes.zip(moved).zip(coordinates) {
            let keeps_on = *velocity * slope < 0.0;
            *gain = if keeps_on { *gain + 0.2 } else { (*gain * 0.8).max(0.01) };
            *velocity = momentum * *velocity - learning_rate * *gain * slope;
            *coordinate += *velocity;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::{Rng, Silent};

    /// Points around a few centres, the centre of row i being i % `n_blobs`.
    fn blobs(n: usize, n_blobs: usize, dim: usize) -> Matrix {
        let mut rng = Rng::new(6, 0);
        let centres: Vec<f32> = (0..n_blobs * dim).map(|_| 6.0 * rng.unit_f32()).collect();
        let value = |i: usize| centres[i / dim % n_blobs * dim + i % dim];
        Matrix::from_vec(n, dim, (0..n * dim).map(|i| value(i) + rng.unit_f32()).collect()).unwrap()
    }

    fn run(settings: TsneSettings, threads: usize, rows: &Matrix) -> Matrix {
        let tsne = Tsne::new(settings).unwrap().with_threads(threads);
        tsne.run(rows, Kernels::detect(), &mut Silent).unwrap()
    }

    #[test]
    fn blobs_are_islands() {
        let rows = blobs(120, 4, 10);
        let plane = run(TsneSettings { perplexity: 10.0, rounds: 500, ..TsneSettings::default() }, 1, &rows);
        for i in 0..120 {
            let distance = |j: &usize| {
                let (x, y) = (plane.row(i), plane.row(*j));
                (x[0] - y[0]).powi(2) + (x[1] - y[1]).powi(2)
            };
            let nearest = (0..120).filter(|&j| j != i).min_by(|a, b| distance(a).total_cmp(&distance(b)));
            assert_eq!(nearest.unwrap() % 4, i % 4, "point {i}");
        }
    }

    #[test]
    fn threads_change_nothing() {
        let rows = blobs(300, 3, 4);
        let settings = TsneSettings { rounds: 60, ..TsneSettings::default() };
        assert_eq!(run(settings.clone(), 1, &rows), run(settings, 3, &rows));
    }

    #[test]
    fn the_gradient_is_that_of_the_divergence() {
        let rows = blobs(40, 3, 5);
        let affinities = Affinities::new(&rows, 5.0, (Kernels::detect(), 1));
        let mut rng = Rng::new(8, 0);
        let mut points: Vec<Point> = (0..40).map(|_| [rng.unit_f64(), rng.unit_f64()]).collect();
        let tsne = Tsne::new(TsneSettings { theta: 0.0, ..TsneSettings::default() }).unwrap();
        let gradient = tsne.gradient(&affinities, 1.0, &points);
        for (i, d) in (0..80).map(|k| (k / 2, k % 2)) {
            let mut at = |step: f64| {
                points[i][d] += step;
                let value = affinities.divergence(&points);
                points[i][d] -= step;
                value
            };
            let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((slope - gradient[i][d]).abs() < 1e-6, "{slope} and {} at {i}", gradient[i][d]);
        }
    }

    #[test]
    fn far_cells_stand_for_their_points() {
        let rows = blobs(200, 5, 5);
        let affinities = Affinities::new(&rows, 8.0, (Kernels::detect(), 1));
        let mut rng = Rng::new(8, 0);
        let points: Vec<Point> = (0..200).map(|_| [10.0 * rng.unit_f64(), rng.unit_f64()]).collect();
        let gradient = |theta| {
            let tsne = Tsne::new(TsneSettings { theta, ..TsneSettings::default() }).unwrap();
            tsne.gradient(&affinities, 1.0, &points).concat()
        };
        let (exact, near) = (gradient(0.0), gradient(0.5));
        let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
        let off: Vec<f64> = exact.iter().zip(&near).map(|(x, y)| x - y).collect();
        assert!(norm(&off) < 0.02 * norm(&exact), "{} of {}", norm(&off), norm(&exact));
        assert!(exact != near);
    }

    #[test]
    fn equal_vectors_are_no_obstacle() {
        let plane = run(TsneSettings { rounds: 30, ..TsneSettings::default() }, 1, &Matrix::zeros(9, 3));
        assert!(plane.as_slice().iter().all(|x| x.is_finite()));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let message = |settings| Tsne::new(settings).unwrap_err().to_string();
        let settings = TsneSettings { perplexity: 0.5, ..TsneSettings::default() };
        assert_eq!(message(settings), "`perplexity`: expected a number of at least 1, found 0.5");
        let settings = TsneSettings { theta: f64::NAN, ..TsneSettings::default() };
        assert_eq!(message(settings), "`theta`: expected a number from 0 to 0.7, found NaN");
        let settings = TsneSettings { rounds: 0, ..TsneSettings::default() };
        assert_eq!(message(settings), "`rounds`: expected at least 1, found 0");
        let run = |rows: &Matrix| {
            let tsne = Tsne::new(TsneSettings::default()).unwrap();
            tsne.run(rows, Kernels::scalar(), &mut Silent).unwrap_err().to_string()
        };
        assert_eq!(run(&Matrix::zeros(4, 3)), "expected at least 5 vectors, found 4");
    }
}
