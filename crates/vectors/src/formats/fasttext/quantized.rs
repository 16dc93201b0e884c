//! Writing the input matrix of a `.ftz`.

use super::matrix::N_CENTROIDS;
use crate::formats::binary::write_floats;
use crate::quantize::nearest_values;
use crate::storage::{Codebook, ProductRows};
use crate::{Embeddings, Storage as _};
use std::io::{self, Write};

/// The rows of words and then those of all buckets, as codes of one codebook.
pub(super) struct QuantizedInput<'a> {
    parts: Vec<&'a ProductRows>,
}

impl<'a> QuantizedInput<'a> {
    /// `None` if these are not such rows, or have a rotation, for which the format has no place.
    pub(super) fn of(embeddings: &'a Embeddings) -> Option<Self> {
        let words = embeddings.storage();
        let parts = match embeddings.buckets() {
            None => vec![words.product()?],
            Some(buckets) if buckets.ids().is_none() => {
                vec![words.own_rows()?.product()?, buckets.rows().product()?]
            }
            Some(_) => return None,
        };
        let book = parts[0].codebook();
        let shared = parts.iter().all(|rows| rows.codebook() == book && rows.has_norms());
        (shared && book.rotation().is_none()).then_some(Self { parts })
    }

    /// Writes the matrix with its norms as one of 256 numbers each.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let book = self.parts[0].codebook();
        let n_rows: usize = self.parts.iter().map(|rows| rows.n_rows()).sum();
        let n_codes = i32::try_from(n_rows * book.n_parts());
        let n_codes = n_codes.map_err(|_| io::Error::other("more codes than fastText can count"))?;
        let is_quantized = 1;
        let has_norms = 1;
        out.write_all(&[is_quantized, has_norms])?;
        out.write_all(&(n_rows as i64).to_le_bytes())?;
        out.write_all(&(book.dim() as i64).to_le_bytes())?;
        out.write_all(&n_codes.to_le_bytes())?;
        self.parts.iter().try_for_each(|rows| out.write_all(rows.codes()))?;
        let width = book.width();
        write_codebook(&padded(book), [book.dim(), width], out)?;
        let norms = self.parts.iter().flat_map(|rows| (0..rows.n_rows()).filter_map(|i| rows.norm(i)));
        let (codes, values) = nearest_values(&norms.collect::<Vec<f32>>());
        out.write_all(&codes)?;
        write_codebook(&values, [1, 1], out)
    }
}

/// The centroids part by part; where there are fewer than the format has, the last ones are zero.
fn padded(book: &Codebook) -> Vec<f32> {
    let (values, n) = (book.parts(), book.n_centroids());
    let mut padded = Vec::with_capacity(book.dim() * N_CENTROIDS);
    for start in (0..book.dim()).step_by(book.width()) {
        let width = book.width().min(book.dim() - start);
        padded.extend_from_slice(&values[start * n..][..width * n]);
        padded.resize(padded.len() + width * (N_CENTROIDS - n), 0.0);
    }
    padded
}

fn write_codebook(values: &[f32], [dim, width]: [usize; 2], out: &mut impl Write) -> io::Result<()> {
    let n_parts = dim.div_ceil(width);
    let last_width = dim - (n_parts - 1) * width;
    for number in [dim, n_parts, width, last_width] {
        out.write_all(&(number as i32).to_le_bytes())?;
    }
    write_floats(values, out)
}
