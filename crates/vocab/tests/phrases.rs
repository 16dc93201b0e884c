//! Phrases and their scores are gensim's (the script beside the golden file made it).

#![allow(clippy::unwrap_used)]

use sememe_kernels::Silent;
use sememe_text::{Phrases, Pipeline, PipelineSettings};
use sememe_vocab::{
    MemoryCorpus, PhraseScoring, PhraseSettings, Vocab, VocabBuilder, VocabSettings, WordId, learn_phrases,
};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Golden {
    text: Vec<String>,
    test: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    scoring: PhraseScoring,
    min_count: u64,
    threshold: f64,
    connectors: bool,
    /// Running words and different words and pairs of both passes.
    n_tokens: [f64; 2],
    n_types: [f64; 2],
    scores: BTreeMap<String, f64>,
    once: Vec<String>,
    twice: Vec<String>,
}

impl Case {
    /// What a score of ours is for gensim in pass `pass`: it has another factor in word2phrase's formula.
    fn factor(&self, pass: usize) -> f64 {
        match self.scoring {
            PhraseScoring::Word2phrase => self.n_types[pass] / self.n_tokens[pass],
            _ => 1.0,
        }
    }

    fn settings(&self, passes: usize) -> PhraseSettings {
        let default = PhraseSettings::default();
        PhraseSettings {
            scoring: self.scoring,
            min_count: self.min_count,
            thresholds: (0..passes).map(|pass| self.threshold / self.factor(pass)).collect(),
            passes,
            connectors: if self.connectors { default.connectors } else { Vec::new() },
            ..PhraseSettings::default()
        }
    }
}

fn corpus(text: &[String]) -> (MemoryCorpus, Vocab) {
    let mut builder = VocabBuilder::default();
    text.iter().flat_map(|line| line.split(' ')).for_each(|word| builder.add(word, 1).unwrap());
    let vocab = builder.build(&VocabSettings::default()).unwrap();
    let ids = |line: &String| line.split(' ').map(|word| vocab.id(word).unwrap()).collect();
    let sentences: Vec<Vec<WordId>> = text.iter().map(ids).collect();
    (MemoryCorpus::new(sentences, 3), vocab)
}

fn join(phrases: Phrases, sentence: &str) -> String {
    let pipeline = Pipeline::new(&PipelineSettings::default()).unwrap().with_phrases(phrases);
    let mut tokens = Vec::new();
    pipeline.tokens(sentence, &mut |token| tokens.push(token.to_owned()));
    tokens.join(" ")
}

fn check_scores(phrases: &Phrases, case: &Case) {
    let found: BTreeMap<String, f64> = phrases.passes()[0]
        .iter()
        .map(|phrase| (phrase.words.join("_"), phrase.score * case.factor(0)))
        .collect();
    assert!(found.keys().eq(case.scores.keys()), "{found:?} != {:?}", case.scores);
    for (phrase, want) in &case.scores {
        assert!((found[phrase] - want).abs() < 1e-9 * want.abs(), "{phrase}: {} != {want}", found[phrase]);
    }
}

#[test]
fn phrases_are_those_of_gensim() {
    let golden: Golden = serde_json::from_str(include_str!("golden/phrases.json")).unwrap();
    let (corpus, vocab) = corpus(&golden.text);
    for case in &golden.cases {
        for (passes, want) in [(1, &case.once), (2, &case.twice)] {
            let phrases = learn_phrases(&corpus, &vocab, &case.settings(passes), 2, &mut Silent).unwrap();
            check_scores(&phrases, case);
            let found: Vec<String> =
                golden.test.iter().map(|sentence| join(phrases.clone(), sentence)).collect();
            assert_eq!(&found, want, "{:?} in {passes} passes", case.scoring);
        }
    }
}
