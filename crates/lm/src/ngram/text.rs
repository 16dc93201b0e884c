//! From a plain text to a model, with KenLM's rules for what words and sentences are.

use super::SPECIAL_WORDS;
use super::count::Intake;
use super::model::NgramModel;
use super::settings::NgramSettings;
use crate::LmError;
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use sememe_kernels::Observer;
use sememe_vocab::{Vocab, WordId};
use std::hash::BuildHasher;
use std::io::BufRead;
use std::str;

/// No word of a text is longer than this many bytes.
const MAX_WORD: usize = 1 << 20;

/// Estimates a model from a plain text, and its vocabulary from the same text.
///
/// Words are separated by NUL, tab, line feed, carriage return and space; all other characters belong to
/// words. Every line feed ends a sentence, and an empty line is a sentence of nothing but its end. A last
/// line without line feed gives its words, but no end. Ids go by first occurrence, after `<unk>`, `<s>` and
/// `</s>`. Words whose single-word counts are pruned, or that `settings.limit_vocab` leaves out, are not in
/// the model. All this is as in KenLM's `lmplz`, whose models come out n-gram for n-gram. (But for one
/// detail: `lmplz` enters the last n-gram of each lower order, in its own sort order, into the counts of
/// counts with its unadjusted count.)
///
/// # Errors
/// As for [`NgramModel::train`], and if the text cannot be read or is not UTF-8.
pub fn train_text(
    reader: impl BufRead,
    settings: &NgramSettings,
    observer: &mut dyn Observer,
) -> Result<NgramModel, LmError> {
    settings.validate()?;
    let mut words = Words::new();
    let mut intake = Intake::new(settings.special_words, None, observer);
    read_sentences(reader, &mut words, &mut |sentence, end| intake.add(sentence, end))?;
    let counter = intake.counter;
    NgramModel::estimate(counter, words.into_vocab()?, settings, false, observer)
}

/// Takes a sentence, and whether its end is in the text.
type Sink<'a> = dyn FnMut(&[WordId], bool) -> Result<(), LmError> + 'a;

/// Whether a byte separates words.
const SEPARATES: [bool; 256] = {
    let mut separates = [false; 256];
    let mut i = 0;
    while i < 5 {
        separates[b"\0\t\n\r "[i] as usize] = true;
        i += 1;
    }
    separates
};

/// Calls `sink` with every sentence.
fn read_sentences(mut reader: impl BufRead, words: &mut Words, sink: &mut Sink<'_>) -> Result<(), LmError> {
    let (mut line, mut word, mut sentence) = (1, Vec::new(), Vec::new());
    loop {
        let block = reader.fill_buf()?;
        if block.is_empty() {
            break;
        }
        let mut rest = block;
        while let Some(length) = rest.iter().position(|&byte| SEPARATES[usize::from(byte)]) {
            words.push(&mut word, &rest[..length], line, &mut sentence)?;
            if rest[length] == b'\n' {
                sink(&sentence, true)?;
                sentence.clear();
                line += 1;
            }
            rest = &rest[length + 1..];
        }
        carry(&mut word, rest, line)?;
        let read = block.len();
        reader.consume(read);
    }
    words.push(&mut word, &[], line, &mut sentence)?;
    if sentence.is_empty() { Ok(()) } else { sink(&sentence, false) }
}

/// Keeps the beginning of a word until its end is read.
fn carry(word: &mut Vec<u8>, rest: &[u8], line: u64) -> Result<(), LmError> {
    word.extend_from_slice(rest);
    if word.len() > MAX_WORD { Err(LmError::LongWord { line, limit: MAX_WORD }) } else { Ok(()) }
}

/// The words of a text, in the order of first occurrence.
struct Words {
    text: String,
    /// Word `i` is `text[ends[i - 1]..ends[i]]`.
    ends: Vec<usize>,
    counts: Vec<u64>,
    index: HashTable<u32>,
}

impl Words {
    /// The special words.
    fn new() -> Self {
        let mut words =
            Self { text: String::new(), ends: Vec::new(), counts: Vec::new(), index: HashTable::new() };
        for word in SPECIAL_WORDS {
            words.insert(word);
        }
        words
    }

    /// Appends to `sentence` the word that begins with `begun` and ends with `rest`, if it is one.
    #[inline]
    fn push(
        &mut self,
        begun: &mut Vec<u8>,
        rest: &[u8],
        line: u64,
        sentence: &mut Vec<WordId>,
    ) -> Result<(), LmError> {
        if begun.is_empty() {
            if !rest.is_empty() {
                sentence.push(self.id(rest, line)?);
            }
            return Ok(());
        }
        carry(begun, rest, line)?;
        sentence.push(self.id(begun, line)?);
        begun.clear();
        Ok(())
    }

    /// The id of `word`, counting it. Only a word that is new needs to be checked for valid UTF-8.
    #[inline]
    fn id(&mut self, word: &[u8], line: u64) -> Result<WordId, LmError> {
        let same = |&id: &u32| word_at(&self.text, &self.ends, id).as_bytes() == word;
        let id = match self.index.find(FxBuildHasher.hash_one(word), same) {
            Some(&id) => id,
            None => self.insert(str::from_utf8(word).map_err(|_| LmError::Utf8 { line })?),
        };
        self.counts[id as usize] += 1;
        Ok(WordId(id))
    }

    fn insert(&mut self, word: &str) -> u32 {
        let id = self.ends.len() as u32;
        self.text.push_str(word);
        self.ends.push(self.text.len());
        self.counts.push(0);
        let hash = |word: &str| FxBuildHasher.hash_one(word.as_bytes());
        let (text, ends) = (&self.text, &self.ends);
        self.index.insert_unique(hash(word), id, |&id| hash(word_at(text, ends, id)));
        id
    }

    fn into_vocab(self) -> Result<Vocab, LmError> {
        let word = |(id, &count): (usize, &u64)| (word_at(&self.text, &self.ends, id as u32), count);
        Ok(Vocab::from_words(self.counts.iter().enumerate().map(word), SPECIAL_WORDS.len())?)
    }
}

fn word_at<'a>(text: &'a str, ends: &[usize], id: u32) -> &'a str {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] };
    &text[start..ends[id]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read};

    #[track_caller]
    fn check(text: &[u8], want: &[(&str, bool)]) {
        for capacity in [1, 3, 1000] {
            let (mut words, mut found) = (Words::new(), Vec::new());
            read_sentences(BufReader::with_capacity(capacity, text), &mut words, &mut |ids, end| {
                found.push((ids.to_vec(), end));
                Ok(())
            })
            .unwrap();
            let vocab = words.into_vocab().unwrap();
            let spell = |ids: &[WordId]| ids.iter().map(|&id| vocab.word(id)).collect::<Vec<_>>().join("|");
            let found: Vec<_> = found.iter().map(|(ids, end)| (spell(ids), *end)).collect();
            assert!(
                found.iter().map(|(words, end)| (words.as_str(), *end)).eq(want.iter().copied()),
                "{found:?}"
            );
        }
    }

    #[test]
    fn five_bytes_separate_words() {
        check(b" a\tb\rc\0d e\n", &[("a|b|c|d|e", true)]);
        check("a\u{b}b\u{c}c\u{a0}d\n".as_bytes(), &[("a\u{b}b\u{c}c\u{a0}d", true)]);
    }

    #[test]
    fn every_line_feed_ends_a_sentence() {
        check(b"\n\na\n", &[("", true), ("", true), ("a", true)]);
        check(b"a b\nlong words", &[("a|b", true), ("long|words", false)]);
        check(b"a\n ", &[("a", true)]);
        check(b"", &[]);
    }

    #[test]
    fn invalid_text_is_refused_with_its_line() {
        let error = read_sentences(&b"a\nb \xff\n"[..], &mut Words::new(), &mut |_, _| Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "line 2: invalid UTF-8 in a word");
    }

    #[test]
    fn endless_words_are_refused() {
        let reader = BufReader::new(std::io::repeat(b'x').take(10 * MAX_WORD as u64));
        let error = read_sentences(reader, &mut Words::new(), &mut |_, _| Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "line 1: a word longer than 1048576 bytes; is this a text?");
    }
}
