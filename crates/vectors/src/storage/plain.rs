//! Rows of numbers as a file holds them.

use super::{Storage, StorageKind};
use crate::mapped::Bytes;
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use std::io::{self, Write};

/// How a number is written: little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    F32,
    F64,
    F16,
    Bf16,
}

impl Element {
    /// That of a kind which is kept as plain numbers; `f32` of the others.
    pub(crate) fn of(kind: StorageKind) -> Self {
        match kind {
            StorageKind::F64 => Self::F64,
            StorageKind::F16 => Self::F16,
            StorageKind::Bf16 => Self::Bf16,
            _ => Self::F32,
        }
    }

    /// Bytes of a number.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// Writes the numbers of `row`, each as the nearest one of this form.
    pub(crate) fn write(self, row: &[f32], out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::F32 if cfg!(target_endian = "little") => out.write_all(bytemuck::cast_slice(row)),
            Self::F32 => row.iter().try_for_each(|x| out.write_all(&x.to_le_bytes())),
            Self::F64 => row.iter().try_for_each(|&x| out.write_all(&f64::from(x).to_le_bytes())),
            Self::F16 => row.iter().try_for_each(|&x| out.write_all(&f16::from_f32(x).to_le_bytes())),
            Self::Bf16 => row.iter().try_for_each(|&x| out.write_all(&bf16::from_f32(x).to_le_bytes())),
        }
    }

    /// Reads numbers from `bytes`, as many as `into` has room for.
    fn read(self, bytes: &[u8], into: &mut [f32]) {
        match self {
            Self::F32 => read_with(bytes, into, f32::from_le_bytes),
            Self::F64 => read_with(bytes, into, |bytes| f64::from_le_bytes(bytes) as f32),
            Self::F16 => read_f16(bytes, into),
            Self::Bf16 => {
                read_with(bytes, into, |bytes| f32::from_bits(u32::from(u16::from_le_bytes(bytes)) << 16));
            }
        }
    }
}

fn read_with<const N: usize>(bytes: &[u8], into: &mut [f32], number: impl Fn([u8; N]) -> f32) {
    into.iter_mut().zip(bytes.as_chunks().0).for_each(|(x, &bytes)| *x = number(bytes));
}

/// By the instruction for it where the processor has one.
fn read_f16(bytes: &[u8], into: &mut [f32]) {
    match bytemuck::try_cast_slice::<u8, f16>(bytes) {
        Ok(numbers) if cfg!(target_endian = "little") => numbers.convert_to_f32_slice(into),
        _ => read_with(bytes, into, |bytes| f16::from_le_bytes(bytes).to_f32()),
    }
}

/// Rows of numbers, one after the other; lent where they are `f32` and aligned.
#[derive(Clone, Debug)]
pub(crate) struct PlainRows {
    bytes: Bytes,
    element: Element,
    n_rows: usize,
    dim: usize,
}

impl PlainRows {
    /// The rows in `bytes`; `None` if the bytes are not exactly those rows.
    pub(crate) fn new(bytes: Bytes, element: Element, n_rows: usize, dim: usize) -> Option<Self> {
        let n_bytes = n_rows.checked_mul(dim)?.checked_mul(element.size())?;
        (bytes.len() == n_bytes).then_some(Self { bytes, element, n_rows, dim })
    }

    /// The bytes of row `i`.
    #[inline]
    fn row_bytes(&self, i: usize) -> &[u8] {
        assert!(i < self.n_rows, "row {i} of {}", self.n_rows);
        let size = self.dim * self.element.size();
        &self.bytes[i * size..][..size]
    }
}

impl Storage for PlainRows {
    fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn read_row(&self, i: usize, into: &mut [f32]) {
        assert_eq!(into.len(), self.dim, "room for a row");
        self.element.read(self.row_bytes(i), into);
    }

    #[inline]
    fn borrow_row(&self, i: usize) -> Option<&[f32]> {
        if self.element != Element::F32 || cfg!(target_endian = "big") {
            return None;
        }
        bytemuck::try_cast_slice(self.row_bytes(i)).ok()
    }

    fn kind(&self) -> StorageKind {
        match self.element {
            Element::F32 => StorageKind::F32,
            Element::F64 => StorageKind::F64,
            Element::F16 => StorageKind::F16,
            Element::Bf16 => StorageKind::Bf16,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(element: Element, bytes: &[u8], want: &[f32]) {
        // Once as they are, once where no number is aligned.
        for shift in 0..2 {
            let shifted = [&vec![0; shift], bytes].concat();
            let bytes = Bytes::from(shifted).slice(shift..shift + bytes.len()).unwrap();
            let rows = PlainRows::new(bytes, element, 2, want.len() / 2).unwrap();
            let mut found = vec![0.0; want.len()];
            let (first, second) = found.split_at_mut(rows.dim());
            rows.read_row(0, first);
            rows.read_row(1, second);
            assert_eq!(found, want, "{element:?}");
            let mut written = Vec::new();
            element.write(want, &mut written).unwrap();
            if element != Element::F64 {
                assert_eq!(written, rows.bytes[..], "{element:?}");
            }
        }
    }

    #[test]
    fn numbers_are_read_from_their_bytes() {
        let floats = [1.5f32, -2.0, 1e-20, 3e30];
        check(Element::F32, &floats.map(f32::to_le_bytes).concat(), &floats);
        check(Element::F64, &[0.1f64, -1e300].map(f64::to_le_bytes).concat(), &[0.1, f32::NEG_INFINITY]);
        check(
            Element::F16,
            &[0x3c00u16, 0xc000, 0x0001, 0x7bff].map(u16::to_le_bytes).concat(),
            &[1.0, -2.0, 2f32.powi(-24), 65504.0],
        );
        check(Element::Bf16, &[0x3f80u16, 0xc0a0].map(u16::to_le_bytes).concat(), &[1.0, -5.0]);
    }

    #[test]
    fn bytes_that_are_not_the_rows_are_refused() {
        let rows = |n_bytes: usize, n_rows, dim| {
            PlainRows::new(vec![0; n_bytes].into(), Element::F32, n_rows, dim).is_some()
        };
        assert!(rows(24, 2, 3) && rows(0, 0, 3));
        assert!(!rows(23, 2, 3) && !rows(24, usize::MAX, 4) && !rows(28, 2, 3));
    }
}
