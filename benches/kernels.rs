//! Vector kernels: every instruction set beside the scalar specification.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sememe_kernels::{Kernels, Matrix, Rng, SharedMatrix, SharedRow, Sieve};
use std::hint::black_box;

const DIM: usize = 100;

/// Contexts and targets of a window of skip-gram: six words around, one word and five negatives.
const WINDOW: (usize, usize) = (6, 6);

fn random(n_rows: usize) -> SharedMatrix {
    let (mut matrix, mut rng) = (SharedMatrix::zeros(n_rows, DIM), Rng::new(1, 0));
    for i in 0..n_rows {
        matrix.row_mut(i).iter_mut().for_each(|x| *x = rng.unit_f32() - 0.5);
    }
    matrix
}

fn vectors(c: &mut Criterion) {
    let (x, mut y) = (vec![0.5f32; DIM], vec![0.25f32; DIM]);
    let mut group = c.benchmark_group("vectors");
    group.throughput(Throughput::Elements(DIM as u64));
    for kernels in Kernels::all() {
        let isa = format!("{:?}", kernels.isa());
        group.bench_function(BenchmarkId::new("dot", &isa), |b| b.iter(|| kernels.dot(black_box(&x), &y)));
        group.bench_function(BenchmarkId::new("axpy", &isa), |b| {
            b.iter(|| kernels.axpy(black_box(1e-9), &x, &mut y));
        });
        group.bench_function(BenchmarkId::new("sigmoid", &isa), |b| {
            b.iter(|| kernels.sigmoid(black_box(&mut y)))
        });
    }
}

fn windows(c: &mut Criterion) {
    let (inputs, outputs) = (random(WINDOW.0), random(WINDOW.1));
    let inputs: Vec<SharedRow<'_>> = (0..WINDOW.0).map(|i| inputs.row(i)).collect();
    let outputs: Vec<SharedRow<'_>> = (0..WINDOW.1).map(|i| outputs.row(i)).collect();
    let mut pairs = vec![0.0; WINDOW.0 * WINDOW.1];
    let steps = vec![1e-9; WINDOW.0 * WINDOW.1];
    let mut group = c.benchmark_group("window");
    group.throughput(Throughput::Elements((WINDOW.0 * WINDOW.1) as u64));
    for kernels in Kernels::all() {
        let isa = format!("{:?}", kernels.isa());
        group.bench_function(BenchmarkId::new("scores", &isa), |b| {
            b.iter(|| kernels.scores(&inputs, &outputs, black_box(&mut pairs)));
        });
        group.bench_function(BenchmarkId::new("update", &isa), |b| {
            b.iter(|| kernels.update(&inputs, &outputs, black_box(&steps)));
        });
    }
}

/// A few hundred queries against a block of rows, of which none comes near.
fn sieves(c: &mut Criterion) {
    let (n_queries, n_rows) = (20 * Sieve::TILE, 8 * Sieve::PANEL);
    let mut rng = Rng::new(2, 0);
    let scale = (DIM as f32 / 12.0).sqrt().recip();
    let values = (0..n_queries * DIM).map(|_| (rng.unit_f32() - 0.5) * scale).collect();
    let vectors = Matrix::from_vec(n_queries, DIM, values).expect("the shape fits");
    let mut group = c.benchmark_group("sieve");
    group.throughput(Throughput::Elements((n_queries * n_rows * DIM) as u64));
    for kernels in Kernels::all() {
        let sieve = Sieve::new(kernels, DIM);
        let (mut queries, mut rows) = (sieve.queries(n_queries), sieve.rows());
        vectors.rows().enumerate().for_each(|(i, query)| queries.set(i, query));
        (0..n_rows).for_each(|i| rows.push(vectors.row(i % n_queries)));
        group.bench_function(BenchmarkId::new("reaching", format!("{:?}", kernels.isa())), |b| {
            b.iter(|| {
                for (tile, panel) in (0..20).flat_map(|tile| (0..8).map(move |panel| (tile, panel))) {
                    black_box(sieve.reaching((&queries, tile), (&rows, panel), &[2.0; Sieve::TILE]));
                }
            });
        });
    }
}

criterion_group!(benches, vectors, windows, sieves);
criterion_main!(benches);
