//! The numeric floor of sememe: dense and sparse matrices, `f32` vector kernels, random streams, top-k.
//!
//! ```
//! use sememe_kernels::{Kernels, Matrix};
//!
//! let kernels = Kernels::detect();
//! let rows = Matrix::from_vec(2, 3, vec![1., 2., 3., 4., 5., 6.])?;
//! assert_eq!(kernels.dot(rows.row(0), rows.row(1)), 32.0);
//! # Ok::<_, sememe_kernels::ShapeError>(())
//! ```
//!
//! [`Kernels`] is a table of functions chosen once for the processor at hand and passed down; the scalar
//! versions are its specification. [`SharedMatrix`] is the one place where several threads write the same
//! floats without locks. This crate knows nothing of words, files or models, and it is the only one in
//! which `unsafe` code is the rule rather than a named exception; `cargo xtask sanitize` runs its tests under
//! AddressSanitizer.

#![allow(unsafe_code)]

mod alias;
mod dispatch;
mod double;
mod matmul;
mod matrix;
mod memory;
mod observe;
mod random;
mod scalar;
mod shared;
mod sieve;
mod simd;
mod sparse;
mod top_k;
mod wide;

pub use alias::AliasTable;
pub use dispatch::{AdaGrad, Gradient, Isa, Kernels, MeanStep, Targets};
pub use double::dot_f64;
pub use matmul::{Element, View, ViewMut, matmul};
pub use matrix::{Matrix, ShapeError};
pub use memory::{large_vec, prefetch};
pub use observe::{Meter, Observer, Progress, Silent, Snapshot};
pub use random::Rng;
pub use shared::{SharedMatrix, SharedRow};
pub use sieve::{QueryTiles, RowPanels, Sieve};
pub use sparse::{SparseRow, SparseRows};
pub use top_k::TopK;
pub use wide::wide;
