//! Vector kernels: every instruction set beside the scalar specification.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sememe_kernels::{
    Gradient, Kernels, Matrix, MeanStep, Rng, SharedMatrix, SharedRow, Sieve, Targets, TopK,
};
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

/// Whole steps of training, at a rate that moves nothing far: skip-gram takes every context of the window as an input,
/// CBOW their mean.
fn steps(c: &mut Criterion) {
    let (inputs, outputs, mean) = (random(WINDOW.0), random(WINDOW.1), random(1));
    let inputs: Vec<SharedRow<'_>> = (0..WINDOW.0).map(|i| inputs.row(i)).collect();
    let outputs: Vec<SharedRow<'_>> = (0..WINDOW.1).map(|i| outputs.row(i)).collect();
    let rows = MeanStep { inputs: &inputs, scale: 1.0 / WINDOW.0 as f32, share: 1.0, mean: mean.row(0) };
    let n_pairs = WINDOW.0 * WINDOW.1;
    // The first output of each input is the word, the others are negatives.
    let labels: Vec<f32> = (0..n_pairs).map(|i| f32::from(u8::from(i % WINDOW.1 == 0))).collect();
    let (rates, mut steps) = (vec![1e-9; n_pairs], vec![0.0; n_pairs]);
    let mut changes = vec![0.0; (WINDOW.0 + WINDOW.1) * mean.row(0).len()];
    let skip_gram = Targets { labels: &labels, rates: &rates };
    let cbow = Targets { labels: &labels[..WINDOW.1], rates: &rates[..WINDOW.1] };
    let mut group = c.benchmark_group("step");
    for kernels in Kernels::all() {
        let isa = format!("{:?}", kernels.isa());
        group.throughput(Throughput::Elements(n_pairs as u64));
        group.bench_function(BenchmarkId::new("descend (skip-gram)", &isa), |b| {
            b.iter(|| kernels.descend(&inputs, &outputs, black_box(skip_gram), &mut steps));
        });
        group.bench_function(BenchmarkId::new("gradient (skip-gram)", &isa), |b| {
            b.iter(|| {
                let into = Gradient { steps: &mut steps, changes: &mut changes };
                kernels.gradient(&inputs, &outputs, black_box(skip_gram), into);
            });
        });
        group.throughput(Throughput::Elements(WINDOW.1 as u64));
        group.bench_function(BenchmarkId::new("descend_mean (CBOW)", &isa), |b| {
            b.iter(|| kernels.descend_mean(rows, &outputs, black_box(cbow), &mut steps[..WINDOW.1]));
        });
        group.bench_function(BenchmarkId::new("gradient_mean (CBOW)", &isa), |b| {
            b.iter(|| {
                let changes = &mut changes[..(1 + WINDOW.1) * mean.row(0).len()];
                let into = Gradient { steps: &mut steps[..WINDOW.1], changes };
                kernels.gradient_mean(rows, &outputs, black_box(cbow), into);
            });
        });
        group.throughput(Throughput::Elements(DIM as u64));
        group.bench_function(BenchmarkId::new("add", &isa), |b| {
            let change = vec![1e-9; mean.row(0).len()];
            b.iter(|| kernels.add(black_box(&change), mean.row(0)));
        });
    }
}

/// One query against every row, of which the ten nearest are kept.
fn scans(c: &mut Criterion) {
    const N_ROWS: usize = 2000;
    let mut rng = Rng::new(3, 0);
    let values = (0..N_ROWS * DIM).map(|_| rng.unit_f32() - 0.5).collect();
    let rows = Matrix::from_vec(N_ROWS, DIM, values).expect("the shape fits");
    let mut group = c.benchmark_group("scan");
    group.throughput(Throughput::Elements(N_ROWS as u64));
    for kernels in Kernels::all() {
        group.bench_function(BenchmarkId::new("top-10", format!("{:?}", kernels.isa())), |b| {
            b.iter(|| {
                let (mut top, query) = (TopK::new(10), black_box(rows.row(0)));
                rows.rows().enumerate().for_each(|(i, row)| top.push(i as u32, kernels.dot(query, row)));
                top.into_sorted()
            });
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

criterion_group!(benches, vectors, windows, steps, scans, sieves);
criterion_main!(benches);
