//! Trainers: one epoch of each over a small text in memory, with one thread.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use sememe_embed::{
    Architecture, FastText, FastTextSettings, Glove, GloveSettings, Loss, Svd, SvdSettings, Trainer,
    Word2Vec, Word2VecSettings,
};
use sememe_kernels::{Kernels, Matrix, Observer, Progress, Rng, Silent, SparseRows};
use sememe_vocab::{MemoryCorpus, Vocab, WordId};
use std::hint::black_box;
use std::ops::ControlFlow;

const DIM: usize = 100;
const WORDS: usize = 5_000;
const SENTENCES: usize = 500;
const LENGTH: usize = 40;

/// A text in which frequencies fall like 1 / rank (Zipf).
fn text() -> (MemoryCorpus, Vocab) {
    let mut rng = Rng::new(1, 0);
    let scale = (WORDS as f64).ln();
    let mut word = || WordId((((rng.unit_f64() * scale).exp() - 1.0) as u32).min(WORDS as u32 - 1));
    let sentences: Vec<Vec<WordId>> = (0..SENTENCES).map(|_| (0..LENGTH).map(|_| word()).collect()).collect();
    let mut counts = vec![1u64; WORDS];
    sentences.iter().flatten().for_each(|id| counts[id.index()] += 1);
    let words = counts.into_iter().enumerate().map(|(i, count)| (format!("word{i}"), count));
    (MemoryCorpus::new(sentences, 1), Vocab::from_words(words, 0).expect("different words"))
}

fn bench(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, trainer: &dyn Trainer) {
    let (corpus, vocab) = text();
    group.bench_function(name, |b| {
        b.iter(|| trainer.train(black_box(&corpus), &vocab, &mut Silent).expect("vectors"));
    });
}

fn word2vec(architecture: Architecture, loss: Loss) -> Word2Vec {
    let settings = Word2VecSettings { architecture, loss, dim: DIM, epochs: 1, ..Default::default() };
    Word2Vec::new(settings).expect("settings in range")
}

/// Throughput in running words, the making of all tables included.
fn words(c: &mut Criterion) {
    let mut group = c.benchmark_group("words");
    group.throughput(Throughput::Elements((SENTENCES * LENGTH) as u64)).sample_size(10);
    bench(&mut group, "skip-gram", &word2vec(Architecture::SkipGram, Loss::Negatives));
    bench(&mut group, "cbow", &word2vec(Architecture::Cbow, Loss::Negatives));
    bench(&mut group, "hierarchical softmax", &word2vec(Architecture::SkipGram, Loss::Tree));
    let settings = FastTextSettings { dim: DIM, epochs: 1, ..Default::default() };
    bench(&mut group, "fasttext", &FastText::new(settings).expect("settings in range"));
    let settings = SvdSettings { dim: DIM, ..Default::default() };
    bench(&mut group, "svd", &Svd::new(settings).expect("settings in range"));
}

/// Counts units of the last phase.
#[derive(Default)]
struct Count(u64);

impl Observer for Count {
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        self.0 = progress.done;
        ControlFlow::Continue(())
    }
}

/// Throughput in records, each a pair of words in one order; counting is included.
fn records(c: &mut Criterion) {
    const EPOCHS: usize = 10;
    let (corpus, vocab) = text();
    let settings = GloveSettings { dim: DIM, epochs: EPOCHS, memory: 64 << 20, ..Default::default() };
    let trainer = Glove::new(settings).expect("settings in range");
    let mut count = Count::default();
    trainer.train(&corpus, &vocab, &mut count).expect("vectors");
    let mut group = c.benchmark_group("records");
    group.throughput(Throughput::Elements(count.0)).sample_size(10);
    bench(&mut group, "glove", &trainer);
}

/// The product of a sparse matrix and a block of vectors, which a decomposition is made of: throughput in values of the
/// matrix.
fn values(c: &mut Criterion) {
    const BLOCK: usize = 32;
    let mut rng = Rng::new(2, 0);
    let mut matrix = SparseRows::new(WORDS);
    for _ in 0..WORDS {
        let mut row: Vec<(u32, f32)> =
            (0..100).map(|_| (rng.below(WORDS as u64) as u32, rng.unit_f32())).collect();
        matrix.push_row(&mut row);
    }
    let block = (0..WORDS * BLOCK).map(|_| rng.unit_f32() - 0.5).collect();
    let block = Matrix::from_vec(WORDS, BLOCK, block).expect("the shape fits");
    let mut product = Matrix::zeros(WORDS, BLOCK);
    let mut group = c.benchmark_group("values");
    group.throughput(Throughput::Elements(matrix.n_values() as u64));
    for kernels in Kernels::all() {
        group.bench_function(format!("svd product/{:?}", kernels.isa()), |b| {
            b.iter(|| {
                for (i, row) in matrix.rows().enumerate() {
                    row.add_product(black_box(&block), product.row_mut(i), kernels);
                }
            });
        });
    }
}

criterion_group!(benches, words, records, values);
criterion_main!(benches);
