//! Vector kernels: every instruction set against the scalar specification.

use criterion::{Criterion, criterion_group, criterion_main};
use sememe_kernels::Kernels;

fn dot(c: &mut Criterion) {
    let x = [0.5f32; 112];
    for (name, kernels) in [("scalar", Kernels::scalar()), ("detected", Kernels::detect())] {
        c.bench_function(&format!("dot/112/{name}"), |b| b.iter(|| kernels.dot(&x, &x)));
    }
}

criterion_group!(benches, dot);
criterion_main!(benches);
