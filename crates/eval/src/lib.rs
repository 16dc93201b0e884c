//! Metrics over plain predictions, and the reports that show them.
//!
//! ```
//! use sememe_eval::{ClassificationReport, ConfusionMatrix, Report};
//!
//! let truth = ["good", "bad", "good", "good"];
//! let predicted = ["good", "bad", "bad", "good"];
//! let matrix = ConfusionMatrix::from_labels(&truth, &predicted)?;
//! let scores = ClassificationReport::of(&matrix)?;
//! assert_eq!(scores.accuracy(), Some(0.75));
//!
//! let report = Report::new("Sentiment").with(scores.section("Test set", &matrix));
//! assert!(report.to_text().contains("accuracy     75.00 %"));
//! assert!(report.to_html().starts_with("<!doctype html>"));
//! # Ok::<_, sememe_eval::EvalError>(())
//! ```
//!
//! A [`Metric`] turns items into a [`Report`]; a report is plain data, stored as JSON and rendered as text,
//! Markdown or one self-contained HTML page with plots. Undefined values (the correlation with a
//! constant, the accuracy of nothing) are NaN, shown as `n/a`; input that makes no sense is an
//! [`EvalError`]. Everything here is a function of its arguments: no clock, no files, no threads.
//!
//! This crate knows no models, no vocabulary and no text: it sees class ids, names and numbers.

mod bootstrap;
mod classification;
mod confusion;
mod correlation;
mod distribution;
mod error;
mod html;
mod metric;
mod perplexity;
mod plot;
mod ranks;
mod render;
mod report;
mod sections;
mod svg;

pub use bootstrap::{Bootstrap, Interval};
pub use classification::{Average, ClassScores, ClassificationReport, ReportOptions, Scores};
pub use confusion::{ConfusionMatrix, Normalise, Outcome};
pub use correlation::{Correlation, kendall, pearson, spearman};
pub use error::EvalError;
pub use metric::Metric;
pub use perplexity::{Perplexity, WordScore, cross_entropy, entropy};
pub use plot::{Axis, Bar, BarPlot, ConfusionPlot, LinePlot, Plot, ScatterPlot, ScatterPoint, Series};
pub use ranks::ranks;
pub use report::{Better, Cell, Column, Figure, Format, Reference, Report, Section, Table, Unit, Verdict};
pub use sections::Spearman;
