//! Matrices in fastText's files, plain and quantised.

use crate::formats::cursor::Cursor;
use crate::storage::{Codebook, Element, Norms, PlainRows, ProductRows};
use crate::{MAX_DIM, Storage, VectorsError};
use std::sync::Arc;

/// Centroids of each part: the number is fixed.
pub(super) const N_CENTROIDS: usize = 256;

/// Reads a matrix of rows of `dim` numbers, which is quantised if a byte before it says so.
pub(super) fn read(cursor: &mut Cursor, dim: usize, what: &str) -> Result<Arc<dyn Storage>, VectorsError> {
    let quantized = cursor.flag(&format!("whether {what} is quantised"))?;
    let norms = quantized && cursor.flag("whether norms are quantised apart")?;
    let at = cursor.at();
    let (n_rows, n_cols) = (cursor.i64("the number of rows")?, cursor.i64("the number of columns")?);
    let n_rows = match (u64::try_from(n_rows), usize::try_from(n_cols)) {
        // A matrix of no rows may have no columns either.
        (Ok(n_rows), Ok(n_cols)) if n_cols == dim || n_rows == 0 => n_rows,
        _ => {
            return Err(cursor.error(at, format!("{what} of {dim} columns"), format!("{n_rows} x {n_cols}")));
        }
    };
    if quantized {
        return quantized_rows(cursor, norms, n_rows, dim);
    }
    let bytes = cursor.take_rows(n_rows, (dim * Element::F32.size()) as u64, what)?;
    let rows = PlainRows::new(bytes, Element::F32, n_rows as usize, dim);
    Ok(Arc::new(rows.ok_or_else(|| cursor.error(at, what, "another size"))?))
}

fn quantized_rows(
    cursor: &mut Cursor,
    has_norms: bool,
    n_rows: u64,
    dim: usize,
) -> Result<Arc<dyn Storage>, VectorsError> {
    let at = cursor.at();
    let n_bytes = cursor.size("the number of codes")?;
    let codes = cursor.take(n_bytes as usize, "codes")?;
    let codebook = codebook(cursor, dim)?;
    if n_rows.checked_mul(codebook.n_parts() as u64) != Some(u64::from(n_bytes)) {
        let want = format!("{} codes for each of {n_rows} rows", codebook.n_parts());
        return Err(cursor.error(at, want, n_bytes.to_string()));
    }
    let norms = if has_norms {
        let codes = cursor.take_rows(n_rows, 1, "codes of norms")?;
        Some(Norms::Codes { codes, values: self::codebook(cursor, 1)?.centroids().as_slice().into() })
    } else {
        None
    };
    let rows = ProductRows::new(Arc::new(codebook), codes, norms, n_rows as usize);
    Ok(Arc::new(rows.ok_or_else(|| cursor.error(at, "codes of all rows", "others"))?))
}

/// Reads the centroids of rows of `dim` numbers.
fn codebook(cursor: &mut Cursor, dim: usize) -> Result<Codebook, VectorsError> {
    let at = cursor.at();
    let [found_dim, n_parts, width, last_width] = [
        cursor.size("the dimension of the quantiser")? as usize,
        cursor.size("the number of parts")? as usize,
        cursor.size("the width of parts")? as usize,
        cursor.size("the width of the last part")? as usize,
    ];
    let fits = found_dim == dim
        && (1..=dim).contains(&width)
        && n_parts == dim.div_ceil(width)
        && last_width == dim - (n_parts - 1) * width;
    if !fits || dim > MAX_DIM {
        let found = format!("{n_parts} parts of {width} and at last {last_width} of {found_dim} numbers");
        return Err(cursor.error(at, format!("a quantiser of {dim} numbers"), found));
    }
    let values = cursor.floats(dim * N_CENTROIDS, "centroids")?;
    let codebook = Codebook::from_parts(&values, [N_CENTROIDS, dim, width], None);
    codebook.ok_or_else(|| cursor.error(at, "a quantiser", "another"))
}
