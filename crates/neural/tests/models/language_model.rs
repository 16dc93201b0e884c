use super::{N_WORDS, rnn_settings, transformer_settings};
use candle_core::Device;
use sememe_lm::{Boundaries, LanguageModel, Sampler, SamplerSettings};
use sememe_neural::Params;
use sememe_neural::models::{NeuralLm, NextWord, RnnLm, TransformerLm};
use sememe_vocab::{Vocab, WordId};

fn vocab() -> Vocab {
    let special = ["<unk>", "<s>", "</s>"].map(str::to_owned).into_iter();
    let words = special.chain((3..N_WORDS).map(|i| format!("w{i}")));
    Vocab::from_words(words.map(|word| (word, 1)), 3).unwrap()
}

/// Scores of words one after the other, of sentences side by side, and of all words that may come.
fn check<M: NextWord>(model: M) {
    let model = NeuralLm::new(model, vocab(), WordId(1)).unwrap();
    let long: Vec<WordId> = (0..21).map(|i| WordId(3 + i * 7 % 20)).collect();
    let sentences: [&[WordId]; 4] = [&[WordId(5), WordId(3), WordId(9)], &[], &long[..9], &[WordId(4)]];
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    model.score_batch(&sentences, Boundaries::BOTH, &mut together);
    for sentence in sentences {
        let mut state = model.start();
        for &word in sentence.iter().chain(&[WordId(2)]) {
            let mut ln_p = vec![0.0; N_WORDS];
            model.next(&state, &mut ln_p);
            assert_eq!(ln_p[1], f32::NEG_INFINITY);
            let score = model.score(&mut state, word);
            assert_eq!(score, ln_p[word.index()]);
            alone.push(score);
        }
    }
    assert_eq!(together.len(), alone.len());
    assert!(together.iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-5), "{together:?} != {alone:?}");
    // Longer than a transformer has places.
    let mut scores = Vec::new();
    model.score_sentence(&long, Boundaries::BOTH, &mut scores);
    assert!(scores.len() == 22 && scores.iter().all(|x| x.is_finite()));
    let mut sampler = Sampler::new(SamplerSettings { max_words: 30, ..SamplerSettings::default() }).unwrap();
    assert!(sampler.generate(&model, &[WordId(5)]).iter().all(|word| word.index() > 2));
    let mut state = model.start();
    assert!(model.score(&mut state, WordId(99)).is_nan() && model.score(&mut state, WordId(3)).is_nan());
}

#[test]
fn recurrent_models_are_language_models() {
    for settings in rnn_settings() {
        check(RnnLm::new(&Params::new(3, &Device::Cpu), N_WORDS, settings).unwrap());
    }
}

#[test]
fn transformers_are_language_models() {
    for settings in transformer_settings() {
        check(TransformerLm::new(&Params::new(3, &Device::Cpu), N_WORDS, settings).unwrap());
    }
}

#[test]
fn a_vocabulary_of_another_size_is_refused() {
    let model = RnnLm::new(&Params::new(3, &Device::Cpu), 5, rnn_settings()[0].clone()).unwrap();
    let error = NeuralLm::new(model, vocab(), WordId(1)).unwrap_err().to_string();
    assert_eq!(error, "setting `vocab` is 23, expected of 5 words");
}
