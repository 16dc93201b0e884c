use super::*;
use crate::Params;
use crate::models::{RnnLm, TransformerLm};
use sememe_kernels::{Rng, Silent};
use sememe_lm::perplexity;
use sememe_vocab::MemoryCorpus;

const N_WORDS: u64 = 14;

fn vocab(special: &[&str]) -> Vocab {
    let words = (special.len() as u64..N_WORDS).map(|i| format!("w{i}"));
    let words = special.iter().map(|word| (*word).to_owned()).chain(words);
    Vocab::from_words(words.map(|word| (word, 1)), special.len()).unwrap()
}

fn rnn(vocab: Vocab, tied: bool) -> NeuralLm<RnnLm> {
    let settings = RnnSettings { dim: 5, hidden: 6, tied, ..RnnSettings::default() };
    let model = RnnLm::new(&Params::new(3, &Device::Cpu), vocab.len(), settings).unwrap();
    let first = crate::train::Markers::of(&vocab).map_or(WordId(0), |markers| WordId(markers.begin));
    NeuralLm::new(model, vocab, first).unwrap()
}

fn transformer(vocab: Vocab) -> NeuralLm<TransformerLm> {
    let settings = TransformerSettings {
        dim: 8,
        n_layers: 2,
        n_heads: 2,
        n_kv_heads: 1,
        hidden: 12,
        max_time: 8,
        ..Default::default()
    };
    let model = TransformerLm::new(&Params::new(3, &Device::Cpu), vocab.len(), settings).unwrap();
    let first = crate::train::Markers::of(&vocab).map_or(WordId(0), |markers| WordId(markers.begin));
    NeuralLm::new(model, vocab, first).unwrap()
}

fn sentences(longest: u64, first: u64) -> Vec<Vec<WordId>> {
    let mut rng = Rng::new(5, longest);
    let word = |rng: &mut Rng| WordId((first + rng.below(N_WORDS - first)) as u32);
    (0..20).map(|_| (0..rng.below(longest + 1)).map(|_| word(&mut rng)).collect()).collect()
}

/// What the model says in `next` sums to 1 and is what it scores; sentences score the same alone and together.
#[track_caller]
fn check<M: NextWord>(model: &NeuralLm<M>, longest: u64) {
    let first = model.vocab().n_special() as u64;
    let sentences = sentences(longest, first);
    let mut next = vec![0.0; N_WORDS as usize];
    for sentence in &sentences {
        for mut state in [model.start(), model.empty()] {
            for &word in sentence {
                model.next(&state, &mut next);
                let sum: f64 = next.iter().map(|&x| f64::from(x).exp()).sum();
                assert!((sum - 1.0).abs() < 1e-5, "{sum}");
                assert_eq!(model.score(&mut state, word), next[word.index()]);
            }
        }
    }
    if let Some(begin) = model.vocab().begin() {
        assert_eq!(next[begin.index()], f32::NEG_INFINITY);
        assert_eq!(model.score(&mut model.start(), begin), f32::NEG_INFINITY);
    }
    let lent: Vec<&[WordId]> = sentences.iter().map(Vec::as_slice).collect();
    for boundaries in [Boundaries::BOTH, Boundaries::BEGIN, Boundaries::NONE] {
        let (mut together, mut alone) = (Vec::new(), Vec::new());
        model.score_batch(&lent, boundaries, &mut together);
        lent.iter().for_each(|sentence| model.score_sentence(sentence, boundaries, &mut alone));
        assert_eq!(together.len(), alone.len());
        let worst = together.iter().zip(&alone).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-5, "{worst} apart");
    }
}

#[test]
fn recurrent_models_are_language_models() {
    check(&rnn(vocab(&["<unk>", "<s>", "</s>"]), false), 9);
    check(&rnn(vocab(&["</s>"]), true), 9);
}

#[test]
fn transformers_are_language_models() {
    check(&transformer(vocab(&["<unk>", "<s>", "</s>"])), 7);
    // Longer sentences than there are places: they score one by one.
    check(&transformer(vocab(&["</s>"])), 20);
}

#[test]
fn perplexity_is_that_of_its_sentences() {
    let model = transformer(vocab(&["<unk>", "<s>", "</s>"]));
    let corpus = MemoryCorpus::new(sentences(7, 3), 2);
    let report = perplexity(&model, &corpus, 2, &mut Silent).unwrap();
    assert!((5.0..30.0).contains(&report.perplexity()), "{}", report.perplexity());
}

#[test]
fn folders_give_back_what_they_were_given() {
    let folder = tempfile::tempdir().unwrap();
    let special = ["<unk>", "<s>", "</s>"];
    let sentence = [WordId(5), WordId(7)];
    let scores = |model: &dyn Fn(&mut Vec<f32>)| {
        let mut ln_p = Vec::new();
        model(&mut ln_p);
        ln_p
    };
    let (path, model) = (folder.path().join("rnn"), rnn(vocab(&special), true));
    model.save(&path).unwrap();
    let AnyNeuralLm::Rnn(loaded) = AnyNeuralLm::load(&path, &Device::Cpu).unwrap() else { panic!() };
    let want = scores(&|ln_p| model.score_sentence(&sentence, Boundaries::BOTH, ln_p));
    assert_eq!(scores(&|ln_p| loaded.score_sentence(&sentence, Boundaries::BOTH, ln_p)), want);
    let (path, model) = (folder.path().join("transformer"), transformer(vocab(&special)));
    model.save(&path).unwrap();
    let AnyNeuralLm::Transformer(loaded) = AnyNeuralLm::load(&path, &Device::Cpu).unwrap() else { panic!() };
    let want = scores(&|ln_p| model.score_sentence(&sentence, Boundaries::BOTH, ln_p));
    assert_eq!(scores(&|ln_p| loaded.score_sentence(&sentence, Boundaries::BOTH, ln_p)), want);
    // Words of another folder.
    vocab(&["</s>"]).save(&path.join("vocabulary.bin")).unwrap();
    let error = AnyNeuralLm::load(&path, &Device::Cpu).unwrap_err().to_string();
    assert!(error.ends_with("it is another vocabulary than that of the weights"), "{error}");
    std::fs::remove_file(path.join("settings.json")).unwrap();
    let error = AnyNeuralLm::load(&path, &Device::Cpu).unwrap_err().to_string();
    assert!(error.starts_with("cannot read or write ") && error.ends_with("settings.json"), "{error}");
}
