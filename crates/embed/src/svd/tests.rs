use super::basis::decompose;
use super::*;
use crate::DistanceWeight;
use sememe_kernels::{Matrix, Progress, Rng, Silent, SparseRows};
use sememe_vocab::{MemoryCorpus, WordId};
use std::ops::ControlFlow;

/// Sentences of 16 topics of ten words, with some words of other topics; id 0 is special.
fn topics() -> (MemoryCorpus, Vocab) {
    let mut rng = Rng::new(3, 0);
    let mut word = |topic: u64| {
        let stray = rng.below(6) == 0;
        let topic = if stray { rng.below(16) } else { topic };
        WordId((1 + 10 * topic + rng.below(10).min(rng.below(10))) as u32)
    };
    let sentences: Vec<Vec<WordId>> = (0..3000).map(|i| (0..12).map(|_| word(i % 16)).collect()).collect();
    let words = (0..160).map(|i| (format!("{}.{}", i / 10, i % 10), 225));
    let vocab = Vocab::from_words([("<unk>".to_owned(), 0)].into_iter().chain(words), 1);
    (MemoryCorpus::new(sentences, 4), vocab.unwrap())
}

fn settings() -> SvdSettings {
    SvdSettings { dim: 16, window: 3, ..Default::default() }
}

fn train(settings: SvdSettings) -> Embeddings {
    let (corpus, vocab) = topics();
    Svd::new(settings).unwrap().train(&corpus, &vocab, &mut Silent).unwrap()
}

fn matrix(settings: &SvdSettings) -> SparseRows {
    let (corpus, vocab) = topics();
    let (words, frequencies) = words_of(&vocab).unwrap();
    let rows = Rows { n_special: 1, n_words: words.len() };
    let subsampler = Subsampler::new(&frequencies, 0.0);
    let counting = Svd::new(settings.clone()).unwrap().counting();
    let counts = Counts::of(&corpus, rows, &subsampler, counting, &mut Silent).unwrap();
    ppmi::ppmi(counts, words.len(), settings, &mut Silent).unwrap()
}

/// A matrix as columns in f64.
fn dense(a: &SparseRows) -> Vec<Vec<f64>> {
    let mut columns = vec![vec![0.0; a.n_rows()]; a.n_cols()];
    for (i, row) in a.rows().enumerate() {
        row.entries().for_each(|(j, value)| columns[j as usize][i] = f64::from(value));
    }
    columns
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// Singular values and left singular vectors of dense columns, which plain rotations make orthogonal.
fn reference(mut columns: Vec<Vec<f64>>) -> Vec<(f64, Vec<f64>)> {
    for _ in 0..30 {
        for (p, q) in (0..columns.len()).flat_map(|q| (0..q).map(move |p| (p, q))) {
            let (left, right) = columns.split_at_mut(q);
            let (x, y) = (&mut left[p], &mut right[0]);
            let angle = 0.5 * f64::atan2(2.0 * dot(x, y), dot(x, x) - dot(y, y));
            let (s, c) = angle.sin_cos();
            x.iter_mut().zip(y).for_each(|(x, y)| (*x, *y) = (c * *x + s * *y, c * *y - s * *x));
        }
    }
    let mut found: Vec<_> =
        columns.into_iter().map(|column| (dot(&column, &column).sqrt(), column)).collect();
    found.sort_by(|x, y| y.0.total_cmp(&x.0));
    found.iter_mut().for_each(|(sigma, u)| u.iter_mut().for_each(|x| *x /= sigma.max(1e-300)));
    found
}

/// Checks the first singular values and the space of their vectors.
#[track_caller]
fn check(a: &SparseRows, dim: usize, basis: usize) {
    let products = Products::new(Kernels::detect(), 2);
    let found = decompose(a, (dim, basis, 1), products, &mut Silent).unwrap();
    let want = reference(dense(a));
    for (k, (sigma, (want, _))) in found.sigma.iter().zip(&want).enumerate() {
        assert!(
            (sigma - want).abs() <= 1e-4 * want + 1e-5 * found.sigma[0],
            "value {k}: {sigma} instead of {want}"
        );
    }
    // Left vectors are orthonormal, and lie in the space of the true ones: their shadows there are as long as they.
    let u = found.words(0.0);
    let column = |k: usize| -> Vec<f64> { u.rows().map(|row| f64::from(row[k])).collect() };
    let rank = found.sigma.iter().filter(|&&sigma| sigma > 0.0).count();
    for k in 0..rank {
        for j in 0..=k {
            let product = dot(&column(k), &column(j)) - f64::from(u8::from(j == k));
            assert!(product.abs() < 1e-4, "vectors {k} and {j}: {product}");
        }
        let shadow: f64 = want[..dim].iter().map(|(_, u)| dot(&column(k), u).powi(2)).sum();
        assert!((shadow - 1.0).abs() < 1e-4, "vector {k}: {shadow}");
    }
    // U·diag(σ)·Vᵀ is as near to A as it can be.
    let (left, right, columns) = (found.words(0.5), found.contexts(0.5), dense(a));
    let mut off = 0.0;
    for (j, column) in columns.iter().enumerate() {
        for (i, value) in column.iter().enumerate() {
            let product: f64 =
                left.row(i).iter().zip(right.row(j)).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
            off += (value - product).powi(2);
        }
    }
    let least: f64 = want[dim.min(want.len())..].iter().map(|(sigma, _)| sigma * sigma).sum();
    assert!(off <= 1.0001 * least + 1e-6 * want[0].0.powi(2), "{off} instead of {least}");
}

#[test]
fn factors_are_those_of_a_dense_decomposition() {
    let a = matrix(&settings());
    assert_eq!((a.n_rows(), a.n_cols()), (160, 160));
    check(&a, 16, 8);
    check(&a, 3, 20);
    check(&a, 160, 1);
    check(&matrix(&SvdSettings { symmetric: false, shift: 2.0, ..settings() }), 16, 8);
}

#[test]
fn values_that_stand_often_and_small_ranks_are_found() {
    let diagonal = |n: usize, value: fn(usize) -> f32| {
        let values = (0..n).map(value).collect();
        SparseRows::from_parts(n, (0..=n).collect(), (0..n as u32).collect(), values)
    };
    check(&diagonal(100, |_| 1.0), 100, 1);
    check(&diagonal(80, |i| if i < 70 { 3.0 } else { 1.0 + i as f32 / 100.0 }), 70, 4);
    let mut few = SparseRows::new(50);
    (0..50).for_each(|i| few.push_row(&mut [(i % 5, 1.0 + i as f32 / 50.0)]));
    check(&few, 20, 2);
    let zeros = decompose(&few, (20, 2, 1), Products::new(Kernels::detect(), 1), &mut Silent).unwrap();
    assert!(zeros.sigma[4] > 0.0 && zeros.sigma[5..].iter().all(|&sigma| sigma == 0.0), "{:?}", zeros.sigma);
    assert!(zeros.words(0.5).rows().chain(zeros.contexts(0.5).rows()).all(|row| row[5..] == [0.0; 15]));
}

#[test]
fn cells_are_those_of_the_definition() {
    let ids = [1, 2, 1, 3, 2, 1].map(WordId).to_vec();
    let vocab = Vocab::from_words([("<unk>", 0), ("a", 3), ("b", 2), ("c", 1)], 1).unwrap();
    let settings = SvdSettings {
        window: 1,
        distance_weight: DistanceWeight::Flat,
        smoothing: 0.5,
        shift: 0.5,
        ..settings()
    };
    let rows = Rows { n_special: 1, n_words: vocab.len() - 1 };
    let subsampler = Subsampler::new(&[3, 2, 1], 0.0);
    let counting = Svd::new(settings.clone()).unwrap().counting();
    let corpus = MemoryCorpus::new(vec![ids], 1);
    let counts = Counts::of(&corpus, rows, &subsampler, counting, &mut Silent).unwrap();
    let a = ppmi::ppmi(counts, 3, &settings, &mut Silent).unwrap();
    // a meets b three times and c once, b meets c once.
    let counts = [[0.0, 3.0, 1.0], [3.0, 0.0, 1.0], [1.0, 1.0, 0.0f64]];
    let sums = [4.0, 4.0, 2.0f64];
    let all: f64 = sums.iter().map(|sum| sum.sqrt()).sum();
    for (i, column) in (0..3).flat_map(|i| (0..3).map(move |j| (i, j))) {
        let want = (counts[i][column] * all / (sums[i] * sums[column].sqrt()) / 0.5).ln().max(0.0);
        let found = a.row(i).entries().find(|&(j, _)| j as usize == column).map_or(0.0, |(_, value)| value);
        assert!((f64::from(found) - want).abs() < 1e-6, "{i}, {column}: {found} instead of {want}");
    }
}

fn cosine(vectors: &Embeddings, a: &str, b: &str) -> f32 {
    let (a, b) = (vectors.vector(a).unwrap(), vectors.vector(b).unwrap());
    let dot = |x: &[f32], y: &[f32]| Kernels::detect().dot(x, y);
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}

#[track_caller]
fn check_topics(settings: SvdSettings) {
    let vectors = train(settings);
    assert_eq!((vectors.len(), vectors.dim()), (160, 16));
    assert!(vectors.vector("<unk>").is_none());
    for (word, near, far) in [("0.0", "0.1", "1.0"), ("7.2", "7.4", "3.2"), ("15.0", "15.3", "2.1")] {
        let (near, far) = (cosine(&vectors, word, near), cosine(&vectors, word, far));
        assert!(near > far + 0.4, "{word}: {near} within its topic, {far} outside");
    }
}

#[test]
fn words_of_a_topic_come_together() {
    check_topics(settings());
    check_topics(SvdSettings { symmetric: false, ..settings() });
    check_topics(SvdSettings { add_contexts: true, exponent: 0.0, ..settings() });
    check_topics(SvdSettings { shift: 2.0, exponent: 1.0, smoothing: 1.0, ..settings() });
    check_topics(SvdSettings { distance_weight: DistanceWeight::Flat, sample: 1e-2, ..settings() });
}

fn bits(settings: SvdSettings) -> Vec<u32> {
    let vectors = train(settings);
    let mut rows = Matrix::zeros(vectors.len(), vectors.dim());
    (0..vectors.len()).for_each(|i| vectors.read_row(WordId(i as u32), rows.row_mut(i)));
    rows.as_slice().iter().map(|x| x.to_bits()).collect()
}

#[test]
fn any_number_of_threads_and_any_memory_give_the_same_bits() {
    let settings = SvdSettings { add_contexts: true, sample: 1e-2, ..settings() };
    let want = bits(settings.clone());
    for threads in [2, 3, 7] {
        assert!(bits(SvdSettings { threads, ..settings.clone() }) == want, "{threads} threads");
    }
    assert!(bits(SvdSettings { memory: 0, ..settings.clone() }) == want);
    assert!(bits(SvdSettings { seed: 2, ..settings }) != want);
}

struct Watch {
    units: Vec<&'static str>,
    stop_at: &'static str,
}

impl Observer for Watch {
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        if self.units.last() != Some(&progress.unit) {
            self.units.push(progress.unit);
        }
        assert!(progress.total.is_none_or(|total| progress.done <= total), "{progress:?}");
        if progress.unit == self.stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn the_observer_hears_of_all_phases_and_stops_them() {
    let (corpus, vocab) = topics();
    let watch = |stop_at| {
        let mut watch = Watch { units: Vec::new(), stop_at };
        let result = Svd::new(settings()).unwrap().train(&corpus, &vocab, &mut watch);
        (watch.units, result.map(|_| ()))
    };
    assert_eq!(watch("never").0, ["words", "values"]);
    for unit in ["words", "values"] {
        let error = watch(unit).1.unwrap_err();
        assert!(
            error.to_string().ends_with(unit) && matches!(error, EmbedError::Interrupted { .. }),
            "{error}"
        );
    }
}

#[track_caller]
fn fail(settings: SvdSettings, corpus: MemoryCorpus, want: &str) {
    let (_, vocab) = topics();
    let error = Svd::new(settings).unwrap().train(&corpus, &vocab, &mut Silent).unwrap_err();
    assert!(error.to_string().contains(want), "{error}");
}

#[test]
fn what_cannot_be_decomposed_is_refused() {
    let (corpus, _) = topics();
    fail(
        SvdSettings { dim: 161, ..settings() },
        corpus.clone(),
        "`dim` is 161, but there are only 160 words",
    );
    fail(SvdSettings { shift: 1e6, ..settings() }, corpus, "no two words meet more often than by chance");
    fail(settings(), MemoryCorpus::default(), "nothing to decompose");
    fail(settings(), MemoryCorpus::new(vec![vec![WordId(161)]], 1), "word id 161");
    let (corpus, empty) = (MemoryCorpus::default(), Vocab::from_words([("<unk>", 5)], 1).unwrap());
    let error = Svd::new(settings()).unwrap().train(&corpus, &empty, &mut Silent).unwrap_err();
    assert!(matches!(error, EmbedError::EmptyVocabulary));
}
