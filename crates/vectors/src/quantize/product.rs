//! Learning a product quantiser, and coding with it.

use super::QuantizerSettings;
use super::lloyd::{Centroids, part_of, round, seeds};
use crate::align::Rotation;
use crate::products::Products;
use crate::scan::{in_parts, in_shares};
use crate::storage::{Codebook, Norms, ProductRows, lend};
use crate::{Storage, StorageKind, VectorsError};
use sememe_kernels::{Kernels, Matrix, Meter, Observer, Rng};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

/// Rows that are coded before the observer is told.
const BLOCK: usize = 4_096;

/// A codebook, ready to code with.
pub(super) struct Coder {
    codebook: Arc<Codebook>,
    parts: Vec<Centroids>,
    /// The transposed rotation, whose rows are multiplied with.
    transposed: Option<Matrix>,
    kernels: Kernels,
}

impl Coder {
    /// Learns centroids from unit vectors of a sample of the rows of all `sources`.
    pub(super) fn learn(
        sources: &[&dyn Storage],
        settings: &QuantizerSettings,
        (kernels, threads): (Kernels, usize),
        observer: &mut dyn Observer,
    ) -> Result<Self, VectorsError> {
        let rows = sample(sources, settings.sample, &mut Rng::new(settings.seed, 0), kernels)?;
        let width = settings.part_width;
        if width > rows.n_cols() {
            let want = "at most the dimension of the vectors";
            return Err(VectorsError::Setting { setting: "part_width", want, found: width as f64 });
        }
        let rotations = if settings.storage == StorageKind::Opq { settings.rotations } else { 0 };
        let meter = Meter::new("rounds", Some((rotations + settings.rounds) as u64), observer);
        let centroids = Matrix::zeros(rows.n_rows().min(Codebook::MAX_CENTROIDS), rows.n_cols());
        let mut lesson = Lesson { rows, centroids, width, seed: settings.seed, kernels, threads };
        lesson.begin();
        let rotation = lesson.rotate(rotations, &meter)?;
        if rotation.is_some() {
            // The parts are others now.
            lesson.begin();
        }
        for _ in 0..settings.rounds {
            lesson.round(&meter)?;
        }
        let codebook = Codebook::new(lesson.centroids, width, rotation);
        let codebook = codebook.ok_or(VectorsError::Dimension { found: width })?;
        Ok(Self::new(codebook, kernels))
    }

    fn new(codebook: Codebook, kernels: Kernels) -> Self {
        let parts = columns(codebook.dim(), codebook.width());
        let parts =
            parts.map(|part| Centroids::new(&part_of(codebook.centroids(), part.clone()), part.len()));
        let (parts, transposed) = (parts.collect(), codebook.rotation().map(transposed));
        Self { codebook: Arc::new(codebook), parts, transposed, kernels }
    }

    /// The codes of rows and their norms.
    pub(super) fn code(
        &self,
        rows: &dyn Storage,
        threads: usize,
        observer: &mut dyn Observer,
    ) -> Result<ProductRows, VectorsError> {
        let n_rows = rows.n_rows();
        let meter = Meter::new("vectors", Some(n_rows as u64), observer);
        let (mut codes, mut norms) = (Vec::with_capacity(n_rows * self.parts.len()), Vec::new());
        let coded = in_parts(n_rows, threads, |part| self.code_part(rows, part, &meter));
        for part in coded {
            let (part_codes, part_norms) = part?;
            codes.extend(part_codes);
            norms.extend(part_norms);
        }
        let norms = Some(Norms::Floats(norms.into()));
        let rows = ProductRows::new(Arc::clone(&self.codebook), codes.into(), norms, n_rows);
        rows.ok_or(VectorsError::Dimension { found: self.codebook.dim() })
    }

    /// Codes, and norms as bytes.
    fn code_part(
        &self,
        rows: &dyn Storage,
        part: Range<usize>,
        meter: &Meter<'_>,
    ) -> Result<(Vec<u8>, Vec<u8>), VectorsError> {
        let (mut codes, mut norms, mut room) = (Vec::new(), Vec::new(), Vec::new());
        for first in part.clone().step_by(BLOCK) {
            let block = first..part.end.min(first + BLOCK);
            let mut units = Matrix::zeros(block.len(), self.codebook.dim());
            for (i, row) in block.clone().enumerate() {
                let norm = unit(lend(rows, row, &mut room), units.row_mut(i), self.kernels);
                if !norm.is_finite() {
                    return Err(VectorsError::RowNotFinite { row });
                }
                norms.extend(norm.to_le_bytes());
            }
            if let Some(transposed) = &self.transposed {
                units = multiplied(&units, transposed, self.kernels, 1);
            }
            units.rows().for_each(|row| self.code_row(row, &mut room, &mut codes));
            if meter.advance(block.len() as u64, None).is_break() {
                return Err(VectorsError::Interrupted);
            }
        }
        Ok((codes, norms))
    }

    fn code_row(&self, row: &[f32], room: &mut Vec<f32>, codes: &mut Vec<u8>) {
        let parts = row.chunks(self.codebook.width()).zip(&self.parts);
        codes.extend(parts.map(|(x, centroids)| centroids.nearest(x, room, self.kernels)));
    }
}

/// What centroids are learnt from.
struct Lesson {
    /// Unit vectors, rotated as far as a rotation is known.
    rows: Matrix,
    centroids: Matrix,
    width: usize,
    seed: u64,
    kernels: Kernels,
    threads: usize,
}

impl Lesson {
    /// Chooses where the centroids of all parts start.
    fn begin(&mut self) {
        let (n_points, n, seed) = (self.rows.n_rows(), self.centroids.n_rows(), self.seed);
        self.renew(|points, _, m| {
            seeds(points, points.len() / n_points, n, &mut Rng::new(seed, 1 + m as u64))
        });
    }

    /// Replaces the centroids of each part by what `make` makes of its points, its centroids and its number.
    fn renew(&mut self, make: impl Fn(&[f32], Vec<f32>, usize) -> Vec<f32> + Sync) {
        let parts: Vec<Range<usize>> = columns(self.rows.n_cols(), self.width).collect();
        let (rows, centroids) = (&self.rows, &self.centroids);
        let renewed = in_shares(parts.len(), self.threads, |some| {
            let renew = |m: usize| {
                let part = || parts[m].clone();
                make(&part_of(rows, part()), part_of(centroids, part()), m)
            };
            some.map(renew).collect::<Vec<_>>()
        });
        for (part, renewed) in parts.iter().zip(renewed.iter().flatten()) {
            for (k, centroid) in renewed.chunks_exact(part.len()).enumerate() {
                self.centroids.row_mut(k)[part.clone()].copy_from_slice(centroid);
            }
        }
    }

    /// A round of k-means in all parts.
    fn round(&mut self, meter: &Meter<'_>) -> Result<(), VectorsError> {
        let (n_points, kernels) = (self.rows.n_rows(), self.kernels);
        self.renew(|points, mut centroids, _| {
            round(points, &mut centroids, points.len() / n_points, kernels);
            centroids
        });
        match meter.advance(1, None) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(VectorsError::Interrupted),
        }
    }

    /// Finds the rotation R with the least ‖X·R − Y‖, where Y are the centroids of the rows of X·R, by turns: a round of
    /// k-means, then R by Procrustes (Ge et al. 2013, section 3.1). Leaves the rows rotated.
    fn rotate(&mut self, n_rotations: usize, meter: &Meter<'_>) -> Result<Option<Matrix>, VectorsError> {
        if n_rotations == 0 {
            return Ok(None);
        }
        let (rows, dim) = (self.rows.clone(), self.rows.n_cols());
        let mut rotation = None;
        for _ in 0..n_rotations {
            self.round(meter)?;
            let found = Rotation::between(&rows, &self.decoded())?.to_rows();
            let found = Matrix::from_vec(dim, dim, found.into_iter().map(|x| x as f32).collect());
            let found = found.map_err(|_| VectorsError::Dimension { found: dim })?;
            self.rows = multiplied(&rows, &transposed(&found), self.kernels, self.threads);
            rotation = Some(found);
        }
        Ok(rotation)
    }

    /// For each row the centroids nearest to its parts, side by side.
    fn decoded(&self) -> Matrix {
        let dim = self.rows.n_cols();
        let parts: Vec<(Range<usize>, Centroids)> = columns(dim, self.width)
            .map(|part| (part.clone(), Centroids::new(&part_of(&self.centroids, part.clone()), part.len())))
            .collect();
        let decoded = in_parts(self.rows.n_rows(), self.threads, |some| {
            let (mut decoded, mut room) = (Vec::with_capacity(some.len() * dim), Vec::new());
            for row in some {
                for (part, centroids) in &parts {
                    let k = centroids.nearest(&self.rows.row(row)[part.clone()], &mut room, self.kernels);
                    decoded.extend_from_slice(&self.centroids.row(usize::from(k))[part.clone()]);
                }
            }
            decoded
        });
        Matrix::from_vec(self.rows.n_rows(), dim, decoded.concat()).unwrap_or_else(|_| Matrix::zeros(0, dim))
    }
}

/// The columns of each part.
fn columns(dim: usize, width: usize) -> impl Iterator<Item = Range<usize>> {
    (0..dim).step_by(width).map(move |start| start..dim.min(start + width))
}

/// Unit vectors of some rows, drawn from all sources alike.
fn sample(
    sources: &[&dyn Storage],
    n_wanted: usize,
    rng: &mut Rng,
    kernels: Kernels,
) -> Result<Matrix, VectorsError> {
    let n_rows: usize = sources.iter().map(|rows| rows.n_rows()).sum();
    let dim = sources.first().map_or(0, |rows| rows.dim());
    if n_rows == 0 {
        return Err(VectorsError::TooFew { want: 1, found: 0 });
    }
    let mut chosen: Vec<usize> = (0..n_rows).collect();
    rng.shuffle(&mut chosen);
    chosen.truncate(n_wanted);
    chosen.sort_unstable();
    let (mut units, mut room) = (Matrix::zeros(chosen.len(), dim), Vec::new());
    for (i, &row) in chosen.iter().enumerate() {
        let (rows, own) = locate(sources, row);
        if !unit(lend(rows, own, &mut room), units.row_mut(i), kernels).is_finite() {
            return Err(VectorsError::RowNotFinite { row });
        }
    }
    Ok(units)
}

/// The source that holds row `row` of all, and its number there.
fn locate<'a>(sources: &[&'a dyn Storage], mut row: usize) -> (&'a dyn Storage, usize) {
    let mut sources = sources.iter().copied();
    let mut source = sources.next().expect("there is a source with rows");
    while row >= source.n_rows() {
        row -= source.n_rows();
        source = sources.next().expect("rows are numbered through all sources");
    }
    (source, row)
}

/// Writes the unit vector of `row` and returns its norm; a zero vector stays.
fn unit(row: &[f32], into: &mut [f32], kernels: Kernels) -> f32 {
    let norm = kernels.dot(row, row).sqrt();
    let factor = if norm > 0.0 { norm.recip() } else { 0.0 };
    into.iter_mut().zip(row).for_each(|(unit, x)| *unit = factor * x);
    norm
}

fn transposed(matrix: &Matrix) -> Matrix {
    let mut transposed = Matrix::zeros(matrix.n_cols(), matrix.n_rows());
    for (i, row) in matrix.rows().enumerate() {
        row.iter().enumerate().for_each(|(j, &x)| transposed.row_mut(j)[i] = x);
    }
    transposed
}

/// The product of `rows` with the matrix whose transposed is given.
fn multiplied(rows: &Matrix, transposed: &Matrix, kernels: Kernels, threads: usize) -> Matrix {
    let products = Products::new(rows, transposed, kernels);
    let parts = in_parts(rows.n_rows(), threads, |part| {
        let mut all = Vec::with_capacity(part.len() * transposed.n_rows());
        products.for_each_row(part, &mut |_, products| all.extend_from_slice(products));
        all
    });
    Matrix::from_vec(rows.n_rows(), transposed.n_rows(), parts.concat())
        .unwrap_or_else(|_| Matrix::zeros(0, transposed.n_rows()))
}
