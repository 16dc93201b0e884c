//! One module for each noun of the command line.

pub(crate) mod classify;
pub(crate) mod corpus;
pub(crate) mod eval;
pub(crate) mod lm;
pub(crate) mod metric;
mod paths;
pub(crate) mod run;
pub(crate) mod shell;
mod size;
mod sources;
mod text;
pub(crate) mod vectors;
pub(crate) mod vocab;
