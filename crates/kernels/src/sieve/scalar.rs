//! The specification of the kernels.

use super::{Masks, PANEL, Panel, TILE, Tile};
use std::cmp::Ordering;

/// Sums of floats.
///
/// # Safety
/// None is asked for; unsafe as the others are.
pub(super) unsafe fn floats(tile: &Tile<'_>, panel: &Panel<'_>) -> Masks {
    let mut sums = [[0f32; PANEL]; TILE];
    for (left, right) in tile.cells.chunks_exact(TILE).zip(panel.cells) {
        for (sums, &x) in sums.iter_mut().zip(left) {
            let x = f32::from_bits(x);
            sums.iter_mut().zip(right.0).for_each(|(sum, y)| *sum += x * f32::from_bits(y));
        }
    }
    weigh(&sums, tile, panel)
}

/// Sums of products of codes: signed ones of queries, and of rows with 128 added. Only tests need it, as floats are
/// faster without instructions for codes.
///
/// # Safety
/// None is asked for; unsafe as the others are.
#[cfg(test)]
pub(super) unsafe fn codes(tile: &Tile<'_>, panel: &Panel<'_>) -> Masks {
    let mut sums = [[0i32; PANEL]; TILE];
    sums.iter_mut().zip(tile.starts).for_each(|(sums, &start)| sums.fill(start));
    for (left, right) in tile.cells.chunks_exact(TILE).zip(panel.cells) {
        for (sums, x) in sums.iter_mut().zip(left) {
            sums.iter_mut().zip(right.0).for_each(|(sum, y)| *sum = sum.wrapping_add(dot4(*x, y)));
        }
    }
    weigh(&sums.map(|sums| sums.map(|sum| sum as f32)), tile, panel)
}

/// The sum of four products of signed and unsigned bytes.
#[cfg(test)]
fn dot4(signed: u32, unsigned: u32) -> i32 {
    let pairs = signed.to_le_bytes().into_iter().zip(unsigned.to_le_bytes());
    pairs.map(|(x, y)| i32::from(x as i8) * i32::from(y)).sum()
}

/// Sets the bits of all sums that are not below the threshold.
fn weigh(sums: &[[f32; PANEL]; TILE], tile: &Tile<'_>, panel: &Panel<'_>) -> Masks {
    let mut masks = [0; TILE];
    for (i, sums) in sums.iter().enumerate() {
        for (j, sum) in sums.iter().enumerate() {
            let bound = sum * panel.scales[j] + panel.errors[j] * tile.factors[i];
            masks[i] |= u32::from(bound.partial_cmp(&tile.thresholds[i]) != Some(Ordering::Less)) << j;
        }
    }
    masks
}
