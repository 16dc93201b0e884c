//! Whole-pipeline tests, all through the real command line.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod bad_input;
mod commands;
mod demo;
mod eval;
mod lmplz;
mod phrases;
mod stopped;
mod support;
mod vectors;
