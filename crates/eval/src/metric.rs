//! The seam of this crate.

use crate::{EvalError, Report};

/// Something measured over a stream of items.
///
/// A metric is fed one item at a time, so predictions need not be held in memory, and ends as a [`Report`]
/// of one section, which [`Report::append`] joins to others.
///
/// ```
/// use sememe_eval::{Metric, Perplexity, WordScore};
///
/// let mut perplexity = Perplexity::new();
/// for ln_p in [0.25f64.ln(), 0.5f64.ln(), 0.125f64.ln()] {
///     perplexity.update(WordScore { ln_p, known: true })?;
/// }
/// assert!((perplexity.perplexity() - 4.0).abs() < 1e-12);
/// assert!(perplexity.finish().to_text().contains("4.00"));
/// # Ok::<_, sememe_eval::EvalError>(())
/// ```
pub trait Metric {
    /// What is compared: a predicted and a true class, the probability of a word, ...
    type Item;

    /// Takes one more item into account.
    ///
    /// # Errors
    /// When the item cannot be measured (an unknown class, NaN); the metric is then unchanged.
    fn update(&mut self, item: Self::Item) -> Result<(), EvalError>;

    /// The figures, tables and plots of all items so far. Without items they are undefined (NaN), not absent.
    fn finish(self) -> Report;
}
