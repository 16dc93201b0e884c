//! The solvers: they know rows of numbers and class numbers, nothing of text.

pub(crate) mod columns;
pub(crate) mod fold;
pub(crate) mod lbfgs;
pub(crate) mod rows;
pub(crate) mod softmax;
pub(crate) mod svm;
pub(crate) mod threads;
