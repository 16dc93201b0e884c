//! Whole-pipeline tests, all through the real command line.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod bad_input;
mod commands;
mod counts;
mod demo;
mod doc2vec;
mod eval;
mod fasttext;
mod lmplz;
mod phrases;
mod quantized;
mod stopped;
mod support;
mod vectors;
