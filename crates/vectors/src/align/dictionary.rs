//! Pairs of words that mean the same.

use crate::error::{Problem, excerpt};
use crate::evaluate::lines::for_each_line;
use crate::{Embeddings, VectorsError};
use sememe_kernels::Rng;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Words and their translations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dictionary {
    /// A word of the one space and one of the other. A word with several translations stands in several pairs.
    pub pairs: Vec<(String, String)>,
}

impl Dictionary {
    /// Reads a file of lines `word translation`, separated by a tab if the line has one, else by spaces, as the
    /// dictionaries of MUSE are. Lines that begin with `#` are comments.
    ///
    /// # Errors
    /// If the file cannot be read, or a line has not exactly two words.
    pub fn read(path: &Path) -> Result<Self, VectorsError> {
        let mut dictionary = Self::default();
        for_each_line(path, |line, _| dictionary.push(line))?;
        Ok(dictionary)
    }

    fn push(&mut self, line: &str) -> Result<(), Problem> {
        let fields: Vec<&str> = match line.contains('\t') {
            true => line.split('\t').map(str::trim).collect(),
            false => line.split_whitespace().collect(),
        };
        match fields[..] {
            _ if line.starts_with('#') => {}
            [source, target] if !source.is_empty() && !target.is_empty() => {
                self.pairs.push((source.to_owned(), target.to_owned()));
            }
            _ => {
                let want = "a word and its translation";
                return Err(Problem::Fields { want, found: excerpt(line.as_bytes()) });
            }
        }
        Ok(())
    }

    /// The first `n` words of `from` that are also words of `to`, each as its own translation.
    pub fn shared(from: &Embeddings, to: &Embeddings, n: usize) -> Self {
        let shared = from.vocab().words().filter(|word| to.vocab().id(word).is_some());
        Self { pairs: shared.take(n).map(|word| (word.to_owned(), word.to_owned())).collect() }
    }

    /// Two dictionaries: one with a share of the words, drawn at random, and one with the others. All translations of a
    /// word stay together. The share is rounded to whole words; the order of the pairs stays.
    pub fn split(self, share: f64, seed: u64) -> (Self, Self) {
        let mut words: Vec<&str> = self.pairs.iter().map(|(source, _)| source.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        let n_drawn = (share.clamp(0.0, 1.0) * words.len() as f64).round() as usize;
        Rng::new(seed, 0).shuffle(&mut words);
        let drawn: HashSet<String> = words[..n_drawn].iter().map(|&w| w.to_owned()).collect();
        let (drawn, others) = self.pairs.into_iter().partition(|(source, _)| drawn.contains(source));
        (Self { pairs: drawn }, Self { pairs: others })
    }

    /// Every word with all its translations, in the order of the first pairs.
    pub(super) fn by_word(&self) -> Vec<(&str, Vec<&str>)> {
        let (mut words, mut places) = (Vec::<(&str, Vec<&str>)>::new(), HashMap::new());
        for (source, target) in &self.pairs {
            let place = *places.entry(source.as_str()).or_insert_with(|| {
                words.push((source, Vec::new()));
                words.len() - 1
            });
            words[place].1.push(target);
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_kernels::Matrix;
    use sememe_vocab::Vocab;

    fn read(text: &str) -> Result<Dictionary, Problem> {
        let mut dictionary = Dictionary::default();
        text.lines().try_for_each(|line| dictionary.push(line)).map(|()| dictionary)
    }

    #[test]
    fn lines_are_pairs() {
        let dictionary = read("# en de\nrose  Rose\nnew york\tNew York\nrose Rosen").unwrap();
        let words = dictionary.by_word();
        assert_eq!(words, [("rose", vec!["Rose", "Rosen"]), ("new york", vec!["New York"])]);
        for text in ["rose", "a rose Rose", "rose\t", "a\tb\tc"] {
            assert!(matches!(read(text), Err(Problem::Fields { .. })), "{text}");
        }
    }

    #[test]
    fn shared_words_translate_themselves() {
        let space = |words: &[&str]| {
            let vocab = Vocab::from_words(words.iter().map(|word| (word, 1)), 0).unwrap();
            Embeddings::new(vocab, Matrix::zeros(words.len(), 1)).unwrap()
        };
        let shared = Dictionary::shared(&space(&["a", "b", "c", "d"]), &space(&["d", "c", "a"]), 2);
        assert_eq!(shared, read("a a\nc c").unwrap());
    }

    #[test]
    fn splits_keep_words_whole_and_lose_none() {
        let text: String = (0..20).map(|i| format!("w{} t{i}\n", i % 10)).collect();
        let all = read(&text).unwrap();
        let (drawn, others) = all.clone().split(0.3, 4);
        assert_eq!((drawn.by_word().len(), drawn.pairs.len(), others.pairs.len()), (3, 6, 14));
        assert!(drawn.pairs.iter().all(|(word, _)| others.pairs.iter().all(|(other, _)| other != word)));
        assert_eq!(all.clone().split(0.3, 4).0, drawn);
        assert_ne!(all.clone().split(0.3, 5).0, drawn);
        assert_eq!(all.clone().split(0.0, 1), (Dictionary::default(), all));
    }
}
