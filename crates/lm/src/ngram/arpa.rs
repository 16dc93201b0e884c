//! The ARPA text format of n-gram models, read and written.
//!
//! A header of counts, then one section an order with a line an n-gram: log10 p, the words and, below the
//! highest order, log10 of the back-off weight; and `\end\`.

mod build;
mod lines;
mod read;
mod write;

/// Stands for log10 0, as in SRILM: readers refuse infinities.
const LOG10_ZERO: f32 = -99.0;
