//! The kernels of one instruction set, made of the loops over its registers.

/// Compiles every kernel for one instruction set and lists them in a table.
macro_rules! table {
    ($module:ident, $lanes:ty, $features:literal, $isa:ident) => {
        pub(crate) mod $module {
            use super::*;
            use crate::dispatch::{AdaGrad, Gradient, Isa, MeanStep, Table, Targets};
            use crate::scalar::logistic;
            use crate::shared::SharedRow;
            use crate::simd::{self, gradient, mean, window};

            pub(crate) static TABLE: Table = Table {
                isa: Isa::$isa,
                dot,
                axpy,
                scores,
                update,
                descend,
                descend_mean,
                gradient,
                gradient_mean,
                add,
                gather,
                sigmoid,
                adagrad,
            };

            #[target_feature(enable = $features)]
            unsafe fn dot(x: *const f32, y: *const f32, n: usize) -> f32 {
                // SAFETY: the features are on in this function; pointers by the caller's promise.
                unsafe { simd::dot::<$lanes>(x, y, n) }
            }

            #[target_feature(enable = $features)]
            unsafe fn axpy(a: f32, x: *const f32, y: *mut f32, n: usize) {
                // SAFETY: the features are on in this function; pointers by the caller's promise.
                unsafe { simd::axpy::<$lanes>(a, x, y, n) }
            }

            #[target_feature(enable = $features)]
            unsafe fn scores(inputs: &[SharedRow<'_>], outputs: &[SharedRow<'_>], scores: &mut [f32]) {
                // SAFETY: the features are on in this function; shapes by the caller's promise.
                unsafe { window::scores::<$lanes>(inputs, outputs, scores) }
            }

            #[target_feature(enable = $features)]
            unsafe fn update(inputs: &[SharedRow<'_>], outputs: &[SharedRow<'_>], steps: &[f32]) {
                // SAFETY: the features are on in this function; shapes by the caller's promise.
                unsafe { window::update::<$lanes>(inputs, outputs, steps) }
            }

            #[target_feature(enable = $features)]
            unsafe fn descend(
                inputs: &[SharedRow<'_>],
                outputs: &[SharedRow<'_>],
                targets: Targets<'_>,
                steps: &mut [f32],
            ) {
                // SAFETY: the features are on in this function; shapes by the caller's promise.
                unsafe { window::scores::<$lanes>(inputs, outputs, steps) }
                window::to_steps(steps, targets.labels, targets.rates);
                // SAFETY: as above.
                unsafe { window::update::<$lanes>(inputs, outputs, steps) }
            }

            #[target_feature(enable = $features)]
            unsafe fn descend_mean(
                rows: MeanStep<'_>,
                outputs: &[SharedRow<'_>],
                targets: Targets<'_>,
                steps: &mut [f32],
            ) {
                // SAFETY: the features are on in this function; shapes by the caller's promise.
                unsafe { mean::descend_mean::<$lanes>(rows, outputs, targets, steps) }
            }

            #[target_feature(enable = $features)]
            unsafe fn gradient(
                inputs: &[SharedRow<'_>],
                outputs: &[SharedRow<'_>],
                targets: Targets<'_>,
                into: Gradient<'_>,
            ) {
                // SAFETY: the features are on in this function; shapes by the caller's promise.
                unsafe { gradient::gradient::<$lanes>(inputs, outputs, targets, into) }
            }

            #[target_feature(enable = $features)]
            unsafe fn gradient_mean(
                rows: MeanStep<'_>,
                outputs: &[SharedRow<'_>],
                targets: Targets<'_>,
                into: Gradient<'_>,
            ) {
                // SAFETY: the features are on in this function; shapes by the caller's promise.
                unsafe { gradient::gradient_mean::<$lanes>(rows, outputs, targets, into) }
            }

            #[target_feature(enable = $features)]
            unsafe fn add(change: &[f32], row: SharedRow<'_>) {
                // SAFETY: the features are on in this function; shapes by the caller's promise.
                unsafe { gradient::add::<$lanes>(change, row) }
            }

            #[target_feature(enable = $features)]
            unsafe fn gather(scale: f32, rows: &[SharedRow<'_>], into: SharedRow<'_>) {
                // SAFETY: the features are on in this function; shapes by the caller's promise.
                unsafe { mean::gather::<$lanes>(scale, rows, into) }
            }

            #[target_feature(enable = $features)]
            unsafe fn sigmoid(values: &mut [f32]) {
                values.iter_mut().for_each(|x| *x = logistic(*x));
            }

            #[target_feature(enable = $features)]
            unsafe fn adagrad(x: SharedRow<'_>, y: SharedRow<'_>, step: AdaGrad) -> f32 {
                // SAFETY: the features are on in this function; shapes by the caller's promise.
                unsafe { simd::adagrad::adagrad::<$lanes>(x, y, step) }
            }
        }
    };
}

pub(crate) use table;
