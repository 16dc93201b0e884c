//! Vectors side by side: the same number of each lies beside that of the others.

use super::{Form, PANEL, Panel, Sieve, TILE, Tile};
use crate::Kernels;

/// Vectors up to this length are compared.
const LONGEST: f32 = 1.05;

/// Half the distance from 1 to the next float: what rounding changes at most, relatively.
const UNIT: f32 = 0.5 * f32::EPSILON;

/// Added to an error, for all that is rounded in finding and using it.
const ROUNDING: f32 = 2e-6;

/// One cell of every row of a panel, on cache lines of its own.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub(super) struct Step(pub(super) [u32; PANEL]);

/// Queries of a [`Sieve`], in tiles.
#[derive(Clone, Debug)]
pub struct QueryTiles {
    packer: Packer,
    /// `[n_tiles, n_steps, TILE]`
    cells: Vec<u32>,
    starts: Vec<i32>,
    factors: Vec<f32>,
    scales: Vec<f32>,
    errors: Vec<f32>,
}

impl QueryTiles {
    pub(super) fn new(sieve: &Sieve, n: usize) -> Self {
        let n_padded = n.next_multiple_of(TILE);
        Self {
            packer: Packer::new(sieve),
            cells: vec![0; n_padded * sieve.n_steps()],
            starts: vec![0; n_padded],
            factors: vec![1.0; n_padded],
            scales: vec![1.0; n_padded],
            errors: vec![0.0; n_padded],
        }
    }

    /// Sets query `i`. Panics if there is no such query, or it has another length.
    pub fn set(&mut self, i: usize, query: &[f32]) {
        let packed = self.packer.pack(query);
        self.scales[i] = packed.scale;
        self.factors[i] = packed.norm / packed.scale;
        self.errors[i] = LONGEST * packed.error + 2.0 * ROUNDING;
        let (tile, column) = (i / TILE * self.n_steps(), i % TILE);
        let cells = self.cells[tile * TILE..].iter_mut().skip(column).step_by(TILE);
        match self.packer.form {
            Form::Floats => {
                self.errors[i] += summing_error(query.len());
                cells.zip(query).for_each(|(cell, x)| *cell = x.to_bits());
            }
            Form::Codes => {
                // Codes of rows come as c + 128: Σ (c + 128)·q = Σ c·q + 128·Σ q.
                self.starts[i] = -128 * self.packer.codes.iter().map(|&code| i32::from(code)).sum::<i32>();
                let quads = self.packer.codes.as_chunks().0;
                cells.zip(quads).for_each(|(cell, quad)| *cell = u32::from_le_bytes(quad.map(|c| c as u8)));
            }
        }
    }

    pub(super) fn n_steps(&self) -> usize {
        self.packer.n_steps
    }

    /// The thresholds for the sums of a tile: (threshold − error) / scale.
    pub(super) fn thresholds(&self, tile: usize, thresholds: &[f32]) -> [f32; TILE] {
        let mut scaled = [f32::INFINITY; TILE];
        assert!(thresholds.len() <= TILE, "{} thresholds for {TILE} queries", thresholds.len());
        let first = tile * TILE;
        for (i, (scaled, threshold)) in scaled.iter_mut().zip(thresholds).enumerate() {
            *scaled = (threshold - self.errors[first + i]) / self.scales[first + i];
        }
        scaled
    }

    pub(super) fn tile<'a>(&'a self, tile: usize, thresholds: &'a [f32; TILE]) -> Tile<'a> {
        let first = tile * TILE;
        Tile {
            cells: &self.cells[first * self.n_steps()..][..TILE * self.n_steps()],
            starts: &self.starts[first..][..TILE],
            factors: &self.factors[first..][..TILE],
            thresholds,
        }
    }
}

/// Rows of a [`Sieve`], in panels.
#[derive(Clone, Debug)]
pub struct RowPanels {
    packer: Packer,
    n_rows: usize,
    /// `[n_panels, n_steps]`
    steps: Vec<Step>,
    scales: Vec<f32>,
    errors: Vec<f32>,
}

impl RowPanels {
    pub(super) fn new(sieve: &Sieve) -> Self {
        let (steps, scales, errors) = Default::default();
        Self { packer: Packer::new(sieve), n_rows: 0, steps, scales, errors }
    }

    /// Takes all rows out; their room stays.
    pub fn clear(&mut self) {
        self.n_rows = 0;
    }

    /// Adds a row. Panics if it has another length.
    pub fn push(&mut self, row: &[f32]) {
        let packed = self.packer.pack(row);
        let (first, column) = (self.n_rows / PANEL * self.packer.n_steps, self.n_rows % PANEL);
        if column == 0 {
            self.grow(first);
        }
        self.scales[self.n_rows] = packed.scale;
        self.errors[self.n_rows] = packed.error;
        self.n_rows += 1;
        let cells = self.steps[first..].iter_mut().map(|step| &mut step.0[column]);
        match self.packer.form {
            Form::Floats => cells.zip(row).for_each(|(cell, x)| *cell = x.to_bits()),
            Form::Codes => {
                let quads = self.packer.codes.as_chunks().0;
                let unsigned = |quad: &[i8; 4]| u32::from_le_bytes(quad.map(|code| code as u8 ^ 0x80));
                cells.zip(quads).for_each(|(cell, quad)| *cell = unsigned(quad));
            }
        }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.n_rows
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.n_rows == 0
    }

    /// Makes room for a panel whose first step is `first`.
    fn grow(&mut self, first: usize) {
        let n_steps = (first + self.packer.n_steps).max(self.steps.len());
        self.steps.resize(n_steps, Step([0; PANEL]));
        let n_padded = (self.n_rows + PANEL).max(self.scales.len());
        self.scales.resize(n_padded, 0.0);
        self.errors.resize(n_padded, 0.0);
    }

    pub(super) fn n_steps(&self) -> usize {
        self.packer.n_steps
    }

    pub(super) fn panel(&self, panel: usize) -> Panel<'_> {
        let first = panel * PANEL;
        assert!(first < self.n_rows, "panel {panel} of {} rows", self.n_rows);
        Panel {
            cells: &self.steps[panel * self.n_steps()..][..self.n_steps()],
            scales: &self.scales[first..][..PANEL],
            errors: &self.errors[first..][..PANEL],
        }
    }

    /// A bit for each row of a panel.
    pub(super) fn bits(&self, panel: usize) -> u32 {
        let n_rows = (self.n_rows - panel * PANEL).min(PANEL);
        u32::MAX >> (PANEL - n_rows)
    }
}

/// A vector ready to be packed: v ≈ scale·codes.
struct Packed {
    scale: f32,
    /// At least ‖v − scale·codes‖; infinite for vectors that cannot be compared.
    error: f32,
    /// At least ‖scale·codes‖.
    norm: f32,
}

/// Turns vectors into numbers or codes.
#[derive(Clone, Debug)]
struct Packer {
    kernels: Kernels,
    form: Form,
    dim: usize,
    n_steps: usize,
    /// Those of the last vector, with zeros up to whole quads.
    codes: Vec<i8>,
    /// Room for what rounding leaves of a vector.
    rests: Vec<f32>,
}

impl Packer {
    fn new(sieve: &Sieve) -> Self {
        let (n_codes, n_rests) = match sieve.form {
            Form::Floats => (0, 0),
            Form::Codes => (4 * sieve.n_steps(), sieve.dim),
        };
        let Sieve { kernels, form, dim, .. } = *sieve;
        Self {
            kernels,
            form,
            dim,
            n_steps: sieve.n_steps(),
            codes: vec![0; n_codes],
            rests: vec![0.0; n_rests],
        }
    }

    fn pack(&mut self, vector: &[f32]) -> Packed {
        assert_eq!(vector.len(), self.dim, "a vector of another length");
        let square = self.kernels.dot(vector, vector);
        let comparable = square <= LONGEST * LONGEST * (1.0 - summing_error(self.dim));
        if !comparable {
            self.codes.fill(0);
            return Packed { scale: 1.0, error: f32::INFINITY, norm: 1.0 };
        }
        match self.form {
            Form::Floats => Packed { scale: 1.0, error: 0.0, norm: 1.0 },
            Form::Codes => self.round(vector, square),
        }
    }

    /// Rounds a vector, whose squares add up to `square`, to codes.
    fn round(&mut self, vector: &[f32], square: f32) -> Packed {
        /// 1.5·2²³: adding it to a small float rounds to an integer, left in the low mantissa bits.
        const ROUND: f32 = 12_582_912.0;
        let largest = f32::from_bits(vector.iter().map(|x| x.abs().to_bits()).fold(0, u32::max));
        // A scale far below every error that counts would make its inverse infinite.
        let scale = if largest > 1e-30 { largest / 127.0 } else { 1.0 };
        let inverse = 1.0 / scale;
        for ((code, rest), x) in self.codes.iter_mut().zip(&mut self.rests).zip(vector) {
            let rounded = x * inverse + ROUND;
            *code = rounded.to_bits() as i8;
            *rest = x - (rounded - ROUND) * scale;
        }
        let widened = 1.0 + summing_error(self.dim);
        let error = self.kernels.dot(&self.rests, &self.rests).sqrt() * widened + ROUNDING;
        let norm = square.sqrt() * widened + error;
        Packed { scale, error, norm }
    }
}

/// What a sum of `n` products of vectors no longer than [`LONGEST`] is off by at most.
fn summing_error(n: usize) -> f32 {
    let rounded = (n as f32 + 2.0) * UNIT;
    LONGEST * LONGEST * rounded / (1.0 - rounded)
}
