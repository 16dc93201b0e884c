use super::*;
use proptest::prelude::*;
use sememe_kernels::{Progress, Silent};
use sememe_vocab::{MemoryCorpus, WordId};
use std::collections::BTreeMap;

fn settings() -> Settings {
    Settings {
        window: 3,
        symmetric: true,
        weight: DistanceWeight::Harmonic,
        memory: 1 << 20,
        threads: 1,
        seed: 1,
    }
}

/// Counts with the definition: every pair of places once, every count a sum of fractions.
fn naive(sentences: &[Vec<WordId>], settings: Settings) -> BTreeMap<(u32, u32), f64> {
    let mut counts = BTreeMap::new();
    for sentence in sentences {
        for (i, word) in sentence.iter().enumerate() {
            for d in 1..=settings.window.min(i) {
                let weight = match settings.weight {
                    DistanceWeight::Harmonic => 1.0 / d as f64,
                    DistanceWeight::Linear => (settings.window + 1 - d) as f64 / settings.window as f64,
                    DistanceWeight::Flat => 1.0,
                };
                let before = sentence[i - d];
                *counts.entry((word.0, before.0)).or_default() += weight;
                if settings.symmetric {
                    *counts.entry((before.0, word.0)).or_default() += weight;
                }
            }
        }
    }
    counts.retain(|&(row, column), _| !settings.symmetric || row <= column);
    counts
}

fn count(
    sentences: Vec<Vec<WordId>>,
    n_shards: usize,
    settings: Settings,
    observer: &mut dyn Observer,
) -> Result<Vec<Pair>, EmbedError> {
    let rows = Rows { n_special: 0, n_words: 50 };
    let subsampler = Subsampler::new(&[1; 50], 0.0);
    let corpus = MemoryCorpus::new(sentences, n_shards);
    let counts = Counts::of(&corpus, rows, &subsampler, settings, observer)?;
    let (mut pairs, n_meetings) = (Vec::new(), counts.n_meetings());
    counts.for_each(|pair| {
        pairs.push(pair);
        Ok(())
    })?;
    assert!(pairs.len() as u64 <= n_meetings);
    Ok(pairs)
}

#[track_caller]
fn check(sentences: &[&[u32]], settings: Settings, want: &[(u32, u32, f64)]) {
    let sentences = sentences.iter().map(|ids| ids.iter().copied().map(WordId).collect()).collect();
    let pairs = count(sentences, 1, settings, &mut Silent).unwrap();
    assert_eq!(pairs.iter().map(|p| (p.row, p.column, p.count)).collect::<Vec<_>>(), want);
}

#[test]
fn neighbours_count_by_the_inverse_of_their_distance() {
    check(
        &[&[1, 4, 9, 1], &[4], &[]],
        settings(),
        &[(1, 1, 2.0 / 3.0), (1, 4, 1.5), (1, 9, 1.5), (4, 9, 1.0)],
    );
    let one_sided = Settings { symmetric: false, ..settings() };
    check(&[&[1, 4, 9]], one_sided, &[(4, 1, 1.0), (9, 1, 0.5), (9, 4, 1.0)]);
}

#[test]
fn a_word_that_meets_itself_is_its_context_twice() {
    check(&[&[7, 7]], settings(), &[(7, 7, 2.0)]);
    check(&[&[7, 7]], Settings { symmetric: false, ..settings() }, &[(7, 7, 1.0)]);
}

#[test]
fn windows_end_with_the_sentence() {
    check(&[&[1], &[2]], settings(), &[]);
    check(&[], settings(), &[]);
}

#[test]
fn foreign_ids_are_refused() {
    let error = count(vec![vec![WordId(50)]], 1, settings(), &mut Silent).unwrap_err();
    assert!(matches!(error, EmbedError::ForeignCorpus { found: 50, n_words: 50 }));
}

struct Stop;

impl Observer for Stop {
    fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

#[test]
fn the_observer_stops_the_count() {
    let error = count(vec![vec![WordId(1); 9]], 1, settings(), &mut Stop).unwrap_err();
    assert!(matches!(error, EmbedError::Interrupted { .. }));
}

#[test]
fn frequent_words_are_thinned_out_alike_whatever_the_threads() {
    let corpus = MemoryCorpus::new(vec![(0..50).map(WordId).collect(); 40], 8);
    let (rows, subsampler) = (Rows { n_special: 0, n_words: 50 }, Subsampler::new(&[9; 50], 0.005));
    let pairs = |threads| {
        let settings = Settings { threads, ..settings() };
        let mut pairs = Vec::new();
        let counts = Counts::of(&corpus, rows, &subsampler, settings, &mut Silent).unwrap();
        counts
            .for_each(|pair| {
                pairs.push(pair);
                Ok(())
            })
            .unwrap();
        pairs
    };
    assert_eq!(pairs(1), pairs(3));
    // A word stays with probability √¼ + ¼, and of its neighbours as many do.
    let sum: f64 = pairs(1).iter().map(|pair| pair.count).sum();
    let all = 40.0 * (49.0 + 48.0 / 2.0 + 47.0 / 3.0);
    assert!((0.5..0.95).contains(&(sum / all)), "{sum} of {all}");
}

proptest! {
    #[test]
    fn counts_are_those_of_the_definition(
        sentences in prop::collection::vec(prop::collection::vec((0u32..50).prop_map(|i| WordId(i * i / 50)), 0..40), 0..30),
        window in 1usize..12,
        symmetric in any::<bool>(),
        weight in prop_oneof![
            Just(DistanceWeight::Harmonic),
            Just(DistanceWeight::Linear),
            Just(DistanceWeight::Flat),
        ],
        (memory, threads, n_shards) in (prop_oneof![Just(0u64), 1u64..20_000], 1usize..4, 1usize..6),
    ) {
        let settings = Settings { window, symmetric, weight, memory, threads, ..settings() };
        let want = naive(&sentences, settings);
        let pairs = count(sentences, n_shards, settings, &mut Silent).unwrap();
        prop_assert!(pairs.is_sorted_by_key(|pair| (pair.row, pair.column)));
        prop_assert_eq!(pairs.len(), want.len());
        for pair in pairs {
            let want = want[&(pair.row, pair.column)];
            prop_assert!((pair.count - want).abs() < 1e-4 * want, "{pair:?} instead of {want}");
        }
    }
}
