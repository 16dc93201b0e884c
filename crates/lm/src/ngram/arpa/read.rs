//! A model from ARPA text.

use super::build::{Record, push_level, push_words};
use super::lines::Lines;
use crate::LmError;
use crate::input;
use crate::ngram::trie::{ROOT, Trie};
use crate::ngram::{MAX_ORDER, NgramModel, SPECIAL_WORDS};
use sememe_vocab::{Vocab, VocabError};
use std::f64::consts::LN_10;
use std::io::BufRead;
use std::path::Path;

/// log10 p of `<unk>` in models that lack it, as in KenLM.
const LOG10_UNKNOWN: f32 = -100.0;

/// Room is made for at most so many n-grams before they are read, whatever the header says.
const MAX_RESERVED: u64 = 1 << 20;

impl NgramModel {
    /// Reads ARPA text, made by any tool. Ids go by the order of the file, after `<unk>`, `<s>` and `</s>`.
    ///
    /// `<UNK>` is read as `<unk>`; where both lack, `<unk>` gets log10 p = −100. An n-gram's suffixes may be
    /// missing, as after entropy pruning, but its context must be there.
    ///
    /// # Errors
    /// With the line, if the text breaks the format: a wrong header, too few or too many n-grams, a number
    /// that is none or is a probability above 1, a word that is no 1-gram, an n-gram twice, no `<s>` or
    /// `</s>`, or text before `\data\` or after `\end\`.
    pub fn read_arpa(reader: impl BufRead) -> Result<Self, LmError> {
        let mut lines = Lines::new(reader);
        let counts = read_header(&mut lines)?;
        let mut trie = Trie::with_capacity(0, 0);
        let vocab = read_words(&mut lines, &counts, &mut trie)?;
        for order in 2..=counts.len() {
            read_ngrams(&mut lines, &counts, &vocab, &mut trie)?;
            read_heading(&mut lines, order + 1, counts.len())?;
        }
        read_end(&mut lines)?;
        Ok(Self::from_parts(vocab, trie))
    }

    /// Reads a file of ARPA text, which may be compressed with gzip.
    ///
    /// # Errors
    /// As for [`NgramModel::read_arpa`], with the path; and if the file cannot be read.
    pub fn load_arpa(path: &Path) -> Result<Self, LmError> {
        input::load_text(path, |reader| Self::read_arpa(reader))
    }
}

/// The numbers of n-grams of each order; the lines are then at the heading of the 1-grams.
fn read_header(lines: &mut Lines<impl BufRead>) -> Result<Vec<u64>, LmError> {
    lines.advance_to_text("`\\data\\`")?;
    while lines.text().starts_with('#') {
        lines.advance_to_text("`\\data\\`")?;
    }
    if lines.text() != "\\data\\" {
        return Err(lines.unexpected("`\\data\\`"));
    }
    let mut counts = Vec::new();
    loop {
        lines.advance_to_text("`ngram ORDER=COUNT`")?;
        let Some(rest) = lines.text().strip_prefix("ngram ") else { break };
        let count = rest.split_once('=').and_then(|(order, count)| {
            let order: usize = order.trim().parse().ok()?;
            (order == counts.len() + 1 && order <= MAX_ORDER).then(|| count.trim().parse().ok())?
        });
        let want = || format!("`ngram {}=COUNT`, orders up to {MAX_ORDER}", counts.len() + 1);
        counts.push(count.ok_or_else(|| lines.unexpected(want()))?);
    }
    let total = counts.iter().fold(1u64, |total, &count| total.saturating_add(count));
    if total > u64::from(u32::MAX) {
        return Err(LmError::TooLarge { what: "n-grams", limit: u64::from(u32::MAX) });
    }
    if counts.is_empty() {
        return Err(lines.unexpected("`ngram 1=COUNT`"));
    }
    check_heading(lines, 1, counts.len())?;
    Ok(counts)
}

/// Goes on to the heading of `order`, or to the end after the highest.
fn read_heading(lines: &mut Lines<impl BufRead>, order: usize, highest: usize) -> Result<(), LmError> {
    lines.advance_to_text(&format!("`{}`", heading(order, highest)))?;
    check_heading(lines, order, highest)
}

fn check_heading(lines: &Lines<impl BufRead>, order: usize, highest: usize) -> Result<(), LmError> {
    let want = heading(order, highest);
    if lines.text() == want { Ok(()) } else { Err(lines.unexpected(format!("`{want}`"))) }
}

fn heading(order: usize, highest: usize) -> String {
    if order > highest { "\\end\\".to_owned() } else { format!("\\{order}-grams:") }
}

fn read_end(lines: &mut Lines<impl BufRead>) -> Result<(), LmError> {
    while lines.advance()? {
        if !lines.text().is_empty() {
            return Err(lines.unexpected("nothing after `\\end\\`"));
        }
    }
    Ok(())
}

/// Takes a word, and the line that it is in.
type WordSink<'a, R> = dyn FnMut(&str, &Lines<R>) -> Result<(), LmError> + 'a;

/// A line of a section: what stands around the words.
struct Entry {
    ln_p: f32,
    ln_backoff: f32,
}

/// Reads an n-gram of `order`, and calls `sink` with each of its words.
fn read_entry<R: BufRead>(
    lines: &mut Lines<R>,
    (order, highest): (usize, usize),
    sink: &mut WordSink<'_, R>,
) -> Result<Entry, LmError> {
    let want = || format!("a line of log10 p, the {order} words of an n-gram, and its back-off");
    if !lines.advance()? {
        return Err(lines.fail(want(), "the end of the file"));
    }
    let lines = &*lines;
    let mut fields = lines.text().split([' ', '\t']).filter(|field| !field.is_empty());
    let p = fields.next().ok_or_else(|| lines.unexpected(want()))?;
    let ln_p = ln(p).filter(|&ln_p| ln_p <= 0.0).ok_or_else(|| lines.unexpected("log10 p, at most 0"))?;
    for _ in 0..order {
        sink(fields.next().ok_or_else(|| lines.unexpected(want()))?, lines)?;
    }
    let ln_backoff =
        fields.next().map_or(Some(0.0), ln).filter(|b| b.is_finite() && (order < highest || *b == 0.0));
    let ln_backoff = ln_backoff
        .ok_or_else(|| lines.unexpected("nothing more than a finite back-off, 0 in the highest order"))?;
    if fields.next().is_some() { Err(lines.unexpected(want())) } else { Ok(Entry { ln_p, ln_backoff }) }
}

/// The natural logarithm, given that to base 10.
fn ln(log10: &str) -> Option<f32> {
    let log10: f32 = log10.parse().ok()?;
    (!log10.is_nan()).then(|| (f64::from(log10) * LN_10) as f32)
}

/// Reads the 1-grams.
fn read_words(lines: &mut Lines<impl BufRead>, counts: &[u64], trie: &mut Trie) -> Result<Vocab, LmError> {
    let (first_line, mut words) = (lines.number() + 1, Vec::new());
    for _ in 0..counts[0] {
        let mut text = String::new();
        let entry = read_entry(lines, (1, counts.len()), &mut |word, _| {
            text.push_str(if word == "<UNK>" { SPECIAL_WORDS[0] } else { word });
            Ok(())
        })?;
        words.push((text, lines.number(), entry));
    }
    if !words.iter().any(|(word, ..)| word == SPECIAL_WORDS[0]) {
        let ln_p = (f64::from(LOG10_UNKNOWN) * LN_10) as f32;
        words.push((SPECIAL_WORDS[0].to_owned(), first_line, Entry { ln_p, ln_backoff: 0.0 }));
    }
    if let Some(word) = SPECIAL_WORDS.iter().find(|&special| !words.iter().any(|(word, ..)| word == special))
    {
        return Err(lines.fail(format!("`{word}` among the 1-grams"), "none"));
    }
    // Stable, so the others keep their order.
    words.sort_by_key(|(word, ..)| {
        SPECIAL_WORDS.iter().position(|special| special == word).unwrap_or(usize::MAX)
    });
    push_words(trie, words.iter().map(|(_, _, entry)| (entry.ln_p, entry.ln_backoff)), counts.len() == 1);
    let vocab = Vocab::from_words(words.iter().map(|(word, ..)| (word, 0)), SPECIAL_WORDS.len());
    let vocab = vocab.map_err(|error| match error {
        VocabError::Duplicate { word, second, .. } => twice(words[second].1, &format!("`{word}`")),
        error => error.into(),
    })?;
    read_heading(lines, 2, counts.len())?;
    Ok(vocab)
}

fn twice(line: u64, ngram: &str) -> LmError {
    LmError::Arpa { line, want: "every n-gram once".to_owned(), found: format!("{ngram} again") }
}

/// Reads the n-grams of the order that the trie lacks next.
fn read_ngrams(
    lines: &mut Lines<impl BufRead>,
    counts: &[u64],
    vocab: &Vocab,
    trie: &mut Trie,
) -> Result<(), LmError> {
    let (order, highest) = (trie.bounds.len() - 1, counts.len());
    let count = counts[order - 1];
    let mut records = Vec::with_capacity(count.min(MAX_RESERVED) as usize);
    for _ in 0..count {
        let (mut context, mut last, mut n_words) = (ROOT, 0, 0);
        let entry = read_entry(lines, (order, highest), &mut |word, lines| {
            let id =
                id(word, vocab).ok_or_else(|| lines.unexpected(format!("1-grams only, not `{word}`")))?;
            n_words += 1;
            if n_words < order {
                let missing =
                    || lines.unexpected(format!("an n-gram whose first {} words are one", order - 1));
                context = trie.child(context, id).ok_or_else(missing)?;
            }
            last = id;
            Ok(())
        })?;
        let Entry { ln_p, ln_backoff } = entry;
        records.push(Record { context, word: last, ln_p, ln_backoff, line: lines.number() });
    }
    records.sort_unstable_by_key(|record| (record.context, record.word, record.line));
    if let Some(pair) = records.windows(2).find(|pair| pair[0].key() == pair[1].key()) {
        return Err(twice(pair[1].line, "an n-gram of an earlier line"));
    }
    push_level(trie, &records, order == highest);
    Ok(())
}

fn id(word: &str, vocab: &Vocab) -> Option<u32> {
    let word = if word == "<UNK>" { SPECIAL_WORDS[0] } else { word };
    vocab.id(word).map(|id| id.0)
}
