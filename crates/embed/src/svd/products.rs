//! Products of large matrices by several threads. Every number is a sum in an order of its own, which no number of
//! threads changes.

use crate::EmbedError;
use sememe_kernels::{Kernels, Matrix, Meter, SparseRows};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Rows that a thread takes at once.
const ROWS: usize = 512;

/// Parts of a transposed product for each thread: more of them are more even, but each looks through all rows.
const PARTS: usize = 4;

/// A way to multiply.
#[derive(Clone, Copy)]
pub(super) struct Products {
    kernels: Kernels,
    threads: usize,
}

/// Some rows of a result that is being computed.
type Part<'a> = (Range<usize>, &'a mut [f32]);

impl Products {
    pub(super) fn new(kernels: Kernels, threads: usize) -> Self {
        Self { kernels, threads }
    }

    /// A·X. `meter` counts values of A.
    ///
    /// # Errors
    /// If the observer stops the work.
    pub(super) fn times(self, a: &SparseRows, x: &Matrix, meter: &Meter<'_>) -> Result<Matrix, EmbedError> {
        let mut product = Matrix::zeros(a.n_rows(), x.n_cols());
        self.for_each_part(even_parts(&mut product), |rows, out| {
            let mut n_values = 0;
            for (i, out) in rows.zip(out.chunks_exact_mut(x.n_cols())) {
                a.row(i).add_product(x, out, self.kernels);
                n_values += a.row(i).values.len() as u64;
            }
            check_flow(n_values, meter)
        })?;
        Ok(product)
    }

    /// Aᵀ·Y. `meter` counts values of A.
    ///
    /// Each thread looks in all rows for the columns that are its own.
    ///
    /// # Errors
    /// If the observer stops the work.
    pub(super) fn transposed_times(
        self,
        a: &SparseRows,
        y: &Matrix,
        meter: &Meter<'_>,
    ) -> Result<Matrix, EmbedError> {
        let mut product = Matrix::zeros(a.n_cols(), y.n_cols());
        let parts = cut(&mut product, &column_ends(a, self.threads * PARTS));
        self.for_each_part(parts, |columns, out| {
            for rows in (0..a.n_rows()).step_by(ROWS).map(|first| first..a.n_rows().min(first + ROWS)) {
                let mut n_values = 0;
                for i in rows {
                    let row = a.row(i);
                    let start = row.columns.partition_point(|&j| (j as usize) < columns.start);
                    for (j, value) in
                        row.entries().skip(start).take_while(|&(j, _)| (j as usize) < columns.end)
                    {
                        let out = &mut out[(j as usize - columns.start) * y.n_cols()..][..y.n_cols()];
                        self.kernels.axpy(value, y.row(i), out);
                        n_values += 1;
                    }
                }
                check_flow(n_values, meter)?;
            }
            Ok(())
        })?;
        Ok(product)
    }

    /// `sum` += scale · Σ blocksᵢ · coefficientsᵢ, where coefficientsᵢ is `f64[width of block i, width of sum]`.
    pub(super) fn add_combination(
        self,
        scale: f64,
        blocks: &[Matrix],
        coefficients: &[Vec<f64>],
        sum: &mut Matrix,
    ) {
        let width = sum.n_cols();
        let coefficients: Vec<Vec<f32>> =
            coefficients.iter().map(|c| c.iter().map(|x| (scale * x) as f32).collect()).collect();
        let done = self.for_each_part(even_parts(sum), |rows, out| {
            for (i, out) in rows.zip(out.chunks_exact_mut(width)) {
                for (block, coefficients) in blocks.iter().zip(&coefficients) {
                    for (x, coefficients) in block.row(i).iter().zip(coefficients.chunks_exact(width)) {
                        self.kernels.axpy(*x, coefficients, out);
                    }
                }
            }
            Ok(())
        });
        done.expect("nothing fails");
    }

    /// Xᵀ·Y in double precision for every pair: `f64[width of X, width of Y]` each.
    pub(super) fn grams(self, pairs: &[(&Matrix, &Matrix)]) -> Vec<Vec<f64>> {
        let mut grams: Vec<Vec<f64>> = pairs.iter().map(|_| Vec::new()).collect();
        let jobs = pairs.iter().zip(&mut grams).collect();
        let done = self.share(jobs, |(&(x, y), into): (&(&Matrix, &Matrix), &mut Vec<f64>)| {
            *into = gram(x, y);
            Ok(())
        });
        done.expect("nothing fails");
        grams
    }

    fn for_each_part(
        self,
        parts: Vec<Part<'_>>,
        work: impl Fn(Range<usize>, &mut [f32]) -> Result<(), EmbedError> + Sync,
    ) -> Result<(), EmbedError> {
        self.share(parts, |(rows, out)| work(rows, out))
    }

    /// Shares jobs out among the threads. The first failure ends all work.
    fn share<T: Send>(
        self,
        jobs: Vec<T>,
        work: impl Fn(T) -> Result<(), EmbedError> + Sync,
    ) -> Result<(), EmbedError> {
        let threads = self.threads.min(jobs.len());
        let jobs = Mutex::new(jobs.into_iter());
        let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
        let all = || std::iter::from_fn(next).try_for_each(&work);
        if threads <= 1 {
            return all();
        }
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(all)).collect();
            threads.into_iter().try_for_each(|thread| thread.join().expect("a worker does not panic"))
        })
    }
}

/// Xᵀ·Y.
fn gram(x: &Matrix, y: &Matrix) -> Vec<f64> {
    let width = y.n_cols();
    let (mut gram, mut wide) = (vec![0.0; x.n_cols() * width], vec![0.0; width]);
    for (x, y) in x.rows().zip(y.rows()) {
        wide.iter_mut().zip(y).for_each(|(wide, y)| *wide = f64::from(*y));
        for (x, sums) in x.iter().zip(gram.chunks_exact_mut(width)) {
            let x = f64::from(*x);
            sums.iter_mut().zip(&wide).for_each(|(sum, y)| *sum += x * y);
        }
    }
    gram
}

fn even_parts(matrix: &mut Matrix) -> Vec<Part<'_>> {
    let n_rows = matrix.n_rows();
    let ends: Vec<usize> = (0..n_rows).step_by(ROWS).map(|first| n_rows.min(first + ROWS)).collect();
    cut(matrix, &ends)
}

/// Cuts a matrix into parts that end before these rows.
fn cut<'a>(matrix: &'a mut Matrix, ends: &[usize]) -> Vec<Part<'a>> {
    let (width, mut start, mut rest) = (matrix.n_cols(), 0, matrix.as_mut_slice());
    let mut parts = Vec::new();
    for &end in ends {
        let (part, after) = std::mem::take(&mut rest).split_at_mut((end - start) * width);
        parts.push((start..end, part));
        (start, rest) = (end, after);
    }
    parts
}

/// Where to cut the columns of `a` into about `n_parts` parts with as many values each.
fn column_ends(a: &SparseRows, n_parts: usize) -> Vec<usize> {
    let mut counts = vec![0usize; a.n_cols()];
    a.rows().flat_map(|row| row.columns).for_each(|&j| counts[j as usize] += 1);
    let each = a.n_values().div_ceil(n_parts).max(1);
    let (mut ends, mut n_values) = (Vec::new(), 0);
    for (j, count) in counts.into_iter().enumerate() {
        n_values += count;
        if n_values >= each {
            ends.push(j + 1);
            n_values = 0;
        }
    }
    if ends.last() != Some(&a.n_cols()) {
        ends.push(a.n_cols());
    }
    ends
}

fn check_flow(n_values: u64, meter: &Meter<'_>) -> Result<(), EmbedError> {
    if meter.advance(n_values, None).is_continue() {
        return Ok(());
    }
    Err(EmbedError::Interrupted { done: meter.done(), unit: "values" })
}
