//! Files as a stream of words and vectors.

use super::Rows;
use crate::VectorsError;

/// A file that is read from front to back, an entry at a time, so that it never need be in memory as a whole.
pub(crate) trait Entries {
    /// How many entries there are, as far as the file says; `None` if it does not.
    fn promised(&self) -> Option<u64>;

    /// For how many entries the file has room at most.
    fn room(&self) -> u64;

    /// Appends the next entry to `rows`, whose dimension it sets; false at the end.
    fn next(&mut self, rows: &mut Rows) -> Result<bool, VectorsError>;
}
