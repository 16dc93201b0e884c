//! A first look at very many dot products, which leaves out the pairs that cannot reach a threshold.
//!
//! Queries are taken twelve at a time and rows thirty-two at a time: the 12 x 32 sums of such a pair of tiles stay
//! in registers while one number of each passes by, as in a matrix product (Goto and van de Geijn 2008). Where the
//! processor multiplies bytes (VNNI), rows and queries are first rounded to 8-bit codes, which takes a quarter of
//! the work; what the rounding may have changed is known, so no pair is lost.

mod pack;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use pack::{QueryTiles, RowPanels};

use crate::{Isa, Kernels};

/// Queries in a tile: 12 x 2 sums of 16 floats leave eight of the registers of AVX-512 for operands, and 6 x 2 sums
/// of 8 floats four of those of AVX2.
pub(crate) const TILE: usize = 12;

/// Rows in a panel, and bits of a mask.
pub(crate) const PANEL: usize = 32;

/// Longer codes could overflow the 32-bit sum of their products: 127²·2¹⁷ < 2³¹.
const MAX_CODES: usize = 1 << 17;

/// What is known of a product: the rows whose product with a query may reach its threshold, as bits.
type Masks = [u32; TILE];

/// A tile of queries as a kernel wants it.
struct Tile<'a> {
    /// Numbers or quads of codes, `[n_steps, TILE]`.
    cells: &'a [u32],
    /// Where the sum of each query starts; only codes have need of it.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    starts: &'a [i32],
    /// What the error of a row is multiplied with.
    factors: &'a [f32],
    /// A row is kept unless sum·scale + error·factor is below this.
    thresholds: &'a [f32; TILE],
}

/// A panel of rows as a kernel wants it.
struct Panel<'a> {
    /// Numbers or quads of codes, `[n_steps, PANEL]`.
    cells: &'a [pack::Step],
    scales: &'a [f32],
    errors: &'a [f32],
}

type Kernel = unsafe fn(&Tile<'_>, &Panel<'_>) -> Masks;

/// What tiles are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The numbers themselves.
    Floats,
    /// Four 8-bit codes in a cell.
    Codes,
}

/// Finds, among many rows, those whose dot product with a query may reach a threshold.
///
/// ```
/// use sememe_kernels::{Kernels, Sieve};
///
/// let sieve = Sieve::new(Kernels::detect(), 2);
/// let mut queries = sieve.queries(1);
/// queries.set(0, &[1.0, 0.0]);
/// let mut rows = sieve.rows();
/// for row in [[0.6, 0.8], [0.0, 1.0], [0.8, -0.6]] {
///     rows.push(&row);
/// }
/// assert_eq!(sieve.reaching((&queries, 0), (&rows, 0), &[0.5])[0], 0b101);
/// ```
///
/// **The promise.** Let q·w be the dot product of a query and a row as real numbers. Whenever q·w ≥ threshold, the
/// bit of the pair is set; for vectors of length 1 it is also set for few others. Vectors longer than 1.05, and
/// those that hold a NaN or an infinity, reach every threshold.
///
/// **Why it holds.** With q ≈ q̂ and w ≈ ŵ, and errors ε(q) ≥ ‖q − q̂‖, ε(w) ≥ ‖w − ŵ‖,
///
/// q·w = q̂·ŵ + (q − q̂)·w + q̂·(w − ŵ) ≤ q̂·ŵ + 1.05·ε(q) + ‖q̂‖·ε(w)
///
/// by the inequality of Cauchy and Schwarz. For codes, q̂ and ŵ are a scale times integers from −127 to 127, so q̂·ŵ
/// is a sum of integers times both scales, and exact but for the last multiplications. For floats, q̂ = q and ŵ = w,
/// and ε(q) is what a sum of `dim` rounded products can be off by, in whatever order: γ·1.05 with
/// γ = dim·u / (1 − dim·u) and u = 2⁻²⁴ (Higham 2002, section 3.1). What is rounded in weighing the sum against the
/// threshold is far below the 4·10⁻⁶ that are added to ε(q).
#[derive(Clone, Copy)]
pub struct Sieve {
    kernels: Kernels,
    kernel: Kernel,
    form: Form,
    dim: usize,
}

impl Sieve {
    /// Queries that are compared at once; see [`Sieve::reaching`].
    pub const TILE: usize = TILE;

    /// Rows that are compared at once; see [`Sieve::reaching`].
    pub const PANEL: usize = PANEL;

    /// The fastest way of `kernels` and this processor for vectors of `dim` numbers.
    pub fn new(kernels: Kernels, dim: usize) -> Self {
        let codes = if dim <= MAX_CODES { code_kernel(kernels.isa()) } else { None };
        let (form, kernel) = match codes {
            Some(kernel) => (Form::Codes, kernel),
            None => (Form::Floats, float_kernel(kernels.isa())),
        };
        Self { kernels, kernel, form, dim }
    }

    /// Room for `n` queries, all 0 for now.
    pub fn queries(&self, n: usize) -> QueryTiles {
        QueryTiles::new(self, n)
    }

    /// Room for rows, none for now.
    pub fn rows(&self) -> RowPanels {
        RowPanels::new(self)
    }

    /// Compares the queries from `tile`·[`Sieve::TILE`] on with the rows from `panel`·[`Sieve::PANEL`] on.
    ///
    /// Bit i of a mask stands for row i of the panel. There is a threshold for each query of the tile, and a mask;
    /// −∞ is reached by every row. Panics if there is no such tile or panel, if they were made by another sieve, or
    /// thresholds are missing.
    pub fn reaching(
        &self,
        (queries, tile): (&QueryTiles, usize),
        (rows, panel): (&RowPanels, usize),
        thresholds: &[f32],
    ) -> [u32; TILE] {
        let steps = self.n_steps();
        assert!(queries.n_steps() == steps && rows.n_steps() == steps, "vectors of another sieve");
        let thresholds = queries.thresholds(tile, thresholds);
        let (tile, panel, kept) = (queries.tile(tile, &thresholds), rows.panel(panel), rows.bits(panel));
        // SAFETY: both hold `steps` steps, as was asserted, and their kernel was chosen with the instruction set of
        // this processor.
        let masks = unsafe { (self.kernel)(&tile, &panel) };
        masks.map(|mask| mask & kept)
    }

    fn n_steps(&self) -> usize {
        match self.form {
            Form::Floats => self.dim,
            Form::Codes => self.dim.div_ceil(4),
        }
    }
}

impl std::fmt::Debug for Sieve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sieve({:?} of {:?}, {} numbers)", self.form, self.kernels, self.dim)
    }
}

/// The kernel for floats.
fn float_kernel(isa: Isa) -> Kernel {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => x86::floats_avx2,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => x86::floats_avx512,
        _ => scalar::floats,
    }
}

/// The kernel for codes, where the processor multiplies bytes faster than floats.
fn code_kernel(isa: Isa) -> Option<Kernel> {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        match isa {
            Isa::Avx512 if has!("avx512vnni") => return Some(x86::codes_avx512),
            Isa::Avx2 | Isa::Avx512 if has!("avxvnni") => return Some(x86::codes_avx2),
            _ => {}
        }
    }
    let _ = isa;
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;
    use proptest::prelude::*;

    /// Every kernel that this processor can run, on every form.
    fn all(dim: usize) -> Vec<Sieve> {
        let mut all = Vec::new();
        for kernels in Kernels::all() {
            all.push((kernels, float_kernel(kernels.isa()), Form::Floats));
            all.extend(code_kernel(kernels.isa()).map(|kernel| (kernels, kernel, Form::Codes)));
        }
        all.push((Kernels::scalar(), scalar::codes, Form::Codes));
        all.into_iter().map(|(kernels, kernel, form)| Sieve { kernels, kernel, form, dim }).collect()
    }

    /// Rows of about length 1; of every seventh all but one number are small, which is the worst for codes.
    fn unit_rows(n: usize, dim: usize, rng: &mut Rng) -> Vec<Vec<f32>> {
        let row = |i: usize| {
            let mut row: Vec<f32> = (0..dim).map(|_| rng.unit_f32() - 0.5).collect();
            row[i % dim] *= if i.is_multiple_of(7) { 100.0 } else { 1.0 };
            let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            row.iter().map(|x| x / norm).collect()
        };
        (0..n).map(row).collect()
    }

    fn dot(x: &[f32], y: &[f32]) -> f64 {
        x.iter().zip(y).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum()
    }

    /// Calls `see` with query, row and whether the row may reach the query's threshold.
    fn sift(
        sieve: Sieve,
        queries: &[Vec<f32>],
        rows: &[Vec<f32>],
        thresholds: &[f32],
        see: &mut dyn FnMut(usize, usize, bool),
    ) {
        let (mut tiles, mut panels) = (sieve.queries(queries.len()), sieve.rows());
        queries.iter().enumerate().for_each(|(i, query)| tiles.set(i, query));
        rows.iter().for_each(|row| panels.push(row));
        for (tile, thresholds) in thresholds.chunks(TILE).enumerate() {
            for panel in 0..rows.len().div_ceil(PANEL) {
                let masks = sieve.reaching((&tiles, tile), (&panels, panel), thresholds);
                for (pair, mask) in (0..thresholds.len() * PANEL).map(|i| (i, masks[i / PANEL])) {
                    let (query, row) = (tile * TILE + pair / PANEL, panel * PANEL + pair % PANEL);
                    let kept = mask >> (pair % PANEL) & 1 == 1;
                    assert!(row < rows.len() || !kept, "row {row} of {}", rows.len());
                    if row < rows.len() {
                        see(query, row, kept);
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_pair_is_lost_and_few_are_kept(
            (n_queries, n_rows, dim) in (1usize..30, 1usize..80, 1usize..90),
            at in 0usize..80,
            seed in any::<u64>(),
        ) {
            let mut rng = Rng::new(seed, 0);
            let queries = unit_rows(n_queries, dim, &mut rng);
            let rows = unit_rows(n_rows, dim, &mut rng);
            // The product with one of the rows, rounded down: that row reaches it, if barely.
            let thresholds: Vec<f32> = queries
                .iter()
                .map(|query| dot(query, &rows[at % n_rows]) as f32)
                .map(f32::next_down)
                .collect();
            for sieve in all(dim) {
                let margin = if sieve.form == Form::Codes { 0.01 * (dim as f64).sqrt() } else { 1e-4 };
                sift(sieve, &queries, &rows, &thresholds, &mut |q, r, kept| {
                    let (product, threshold) = (dot(&queries[q], &rows[r]), f64::from(thresholds[q]));
                    assert!(kept || product < threshold, "{sieve:?} lost {product} ≥ {threshold}");
                    assert!(!kept || product > threshold - margin, "{sieve:?} kept {product} < {threshold}");
                });
            }
        }
    }

    #[test]
    fn thresholds_of_the_largest_and_smallest_are_taken_by_word() {
        let mut rng = Rng::new(5, 0);
        let (queries, rows) = (unit_rows(2, 5, &mut rng), unit_rows(40, 5, &mut rng));
        for sieve in all(5) {
            sift(sieve, &queries, &rows, &[f32::NEG_INFINITY, f32::INFINITY], &mut |q, _, kept| {
                assert_eq!(kept, q == 0, "{sieve:?}");
            });
        }
    }

    #[test]
    fn what_is_no_unit_vector_reaches_everything() {
        let odd = |x: f32| vec![x, 0.0, 0.5];
        for sieve in all(3) {
            let (queries, rows) =
                (vec![odd(0.1), odd(f32::NAN), odd(3.0)], [f32::INFINITY, f32::NAN, 2.0, 0.1]);
            sift(sieve, &queries, &rows.map(odd), &[0.9; 3], &mut |q, r, kept| {
                assert_eq!(kept, q > 0 || r < 3, "{sieve:?} {q} {r}");
            });
        }
    }

    #[test]
    fn zero_vectors_have_products_of_zero() {
        for sieve in all(6) {
            let (queries, rows) = ([vec![0.0; 6], vec![0.4; 6]], [vec![0.0; 6], vec![0.4; 6]]);
            sift(sieve, &queries, &rows, &[1e-3, 0.9], &mut |q, r, kept| {
                assert_eq!(kept, q == 1 && r == 1, "{sieve:?} {q} {r}");
            });
        }
    }

    #[test]
    fn the_longest_codes_do_not_overflow() {
        for sieve in all(MAX_CODES) {
            let x = vec![(MAX_CODES as f32).sqrt().recip(); MAX_CODES];
            let y: Vec<f32> = x.iter().map(|x| -x).collect();
            sift(sieve, &[x.clone(), y.clone()], &[x, y], &[0.98; 2], &mut |q, r, kept| {
                assert_eq!(kept, q == r, "{sieve:?}");
            });
        }
        assert_eq!(Sieve::new(Kernels::detect(), MAX_CODES + 1).form, Form::Floats);
    }
}
