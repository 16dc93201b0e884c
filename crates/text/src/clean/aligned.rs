//! Rewriting a text and remembering where every byte came from.

use std::borrow::Cow;
use std::ops::Range;

/// A cleaned text, and where each part of it stood in the original.
///
/// ```
/// use sememe_text::{CleanStep, clean::Cleaner};
/// let cleaner = Cleaner::new(&[CleanStep::Html, CleanStep::Lowercase])?;
/// let aligned = cleaner.clean_aligned("<b>ROSE</b>");
/// assert_eq!(aligned.text(), "rose");
/// assert_eq!(aligned.original(0..4), 3..7);
/// # Ok::<_, sememe_text::TextError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aligned<'a> {
    text: Cow<'a, str>,
    pieces: Vec<Piece>,
}

/// A stretch of the cleaned text, up to the start of the next piece. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it starts in the cleaned text.
    start: usize,
    /// Where it came from.
    original: Range<usize>,
    /// Whether byte `start + i` came from byte `original.start + i`; if not, all came from all.
    same: bool,
}

impl<'a> Aligned<'a> {
    /// A text that was not changed.
    pub fn unchanged(text: &'a str) -> Self {
        let piece = Piece { start: 0, original: 0..text.len(), same: true };
        let pieces = if text.is_empty() { Vec::new() } else { vec![piece] };
        Self { text: Cow::Borrowed(text), pieces }
    }

    /// The cleaned text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original from which the bytes `range` of the cleaned text came.
    ///
    /// What was changed as a whole, such as an entity or a letter with its accents, is given as a whole, also for an
    /// empty range inside it. Elsewhere an empty range, or one that ends beyond the text, gives the nearest place.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        let end = range.end.min(self.text.len());
        if range.start < end {
            return self.start_of(range.start)..self.end_of(end - 1);
        }
        if range.start >= self.text.len() {
            return self.original_end()..self.original_end();
        }
        let piece = self.piece(range.start);
        if !piece.same && piece.start < range.start {
            return piece.original.clone();
        }
        let place = self.start_of(range.start);
        place..place
    }

    fn start_of(&self, byte: usize) -> usize {
        let piece = self.piece(byte);
        piece.original.start + if piece.same { byte - piece.start } else { 0 }
    }

    fn end_of(&self, byte: usize) -> usize {
        let piece = self.piece(byte);
        if piece.same { piece.original.start + (byte - piece.start) + 1 } else { piece.original.end }
    }

    fn original_end(&self) -> usize {
        self.pieces.last().map_or(0, |piece| piece.original.end)
    }

    fn piece(&self, byte: usize) -> &Piece {
        &self.pieces[self.index(byte)]
    }

    fn index(&self, byte: usize) -> usize {
        self.pieces.partition_point(|piece| piece.start <= byte) - 1
    }

    /// What comes of rewriting this text once more, `pieces` saying how.
    pub(super) fn then(self, text: String, pieces: &[Piece]) -> Aligned<'a> {
        let mut composed = Vec::with_capacity(self.pieces.len().max(pieces.len()));
        for (i, piece) in pieces.iter().enumerate() {
            let end = pieces.get(i + 1).map_or(text.len(), |next| next.start);
            self.compose(piece, end - piece.start, &mut composed);
        }
        Aligned { text: Cow::Owned(text), pieces: composed }
    }

    /// Leads `piece`, `len` bytes long, back to the original, cut where the pieces of this text are cut.
    fn compose(&self, piece: &Piece, len: usize, composed: &mut Vec<Piece>) {
        if !piece.same {
            composed.push(Piece { original: self.original(piece.original.clone()), ..piece.clone() });
            return;
        }
        let (from, to) = (piece.original.start, piece.original.start + len);
        let inside = self.pieces[self.index(from)..].iter().take_while(|inner| inner.start < to);
        for inner in inside {
            let skipped = from.saturating_sub(inner.start);
            let original = if inner.same {
                inner.original.start + skipped
                    ..inner.original.end.min(inner.original.start + (to - inner.start))
            } else {
                inner.original.clone()
            };
            let start = piece.start + inner.start.saturating_sub(from);
            composed.push(Piece { start, original, same: inner.same });
        }
    }
}

/// What [`Rewrite`] notes down about its changes: nothing, or pieces.
pub(super) trait Log: Default {
    /// The bytes `original` became as many bytes from `start` on, one from one.
    fn same(&mut self, start: usize, original: Range<usize>);
    /// The bytes `original` became the `len` bytes from `start` on.
    fn changed(&mut self, start: usize, len: usize, original: Range<usize>);
}

impl Log for () {
    fn same(&mut self, _: usize, _: Range<usize>) {}
    fn changed(&mut self, _: usize, _: usize, _: Range<usize>) {}
}

impl Log for Vec<Piece> {
    fn same(&mut self, start: usize, original: Range<usize>) {
        match self.last_mut() {
            Some(last) if last.same && last.original.end == original.start => {
                last.original.end = original.end
            }
            _ if original.is_empty() => {}
            _ => self.push(Piece { start, original, same: true }),
        }
    }

    fn changed(&mut self, start: usize, len: usize, original: Range<usize>) {
        if len > 0 {
            self.push(Piece { start, original, same: false });
        }
    }
}

/// Rewrites a text from left to right; copies nothing until something changes.
pub(super) struct Rewrite<'a, L> {
    input: &'a str,
    /// The input is dealt with up to here,
    at: usize,
    /// and written to `text` up to here.
    written: usize,
    text: String,
    changed: bool,
    log: L,
}

impl<'a, L: Log> Rewrite<'a, L> {
    pub(super) fn new(input: &'a str) -> Self {
        Self { input, at: 0, written: 0, text: String::new(), changed: false, log: L::default() }
    }

    /// The whole text that is rewritten.
    pub(super) fn input(&self) -> &'a str {
        self.input
    }

    /// What is not dealt with yet.
    pub(super) fn rest(&self) -> &'a str {
        &self.input[self.at..]
    }

    /// Keeps the next `len` bytes.
    #[inline]
    pub(super) fn keep(&mut self, len: usize) {
        self.at += len;
    }

    /// Puts `new` in place of the next `len` bytes.
    pub(super) fn replace(&mut self, len: usize, new: &str) {
        self.write();
        let original = self.at..self.at + len;
        if len == new.len() && is_one_char(new) && is_one_char(&self.input[original.clone()]) {
            self.log.same(self.text.len(), original);
        } else {
            self.log.changed(self.text.len(), new.len(), original);
        }
        self.text.push_str(new);
        self.skip(len);
    }

    /// Makes the capitals of ASCII in the next `len` bytes small.
    pub(super) fn lower_ascii(&mut self, len: usize) {
        let part = &self.input[self.at..self.at + len];
        if !part.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return self.keep(len);
        }
        self.write();
        let start = self.text.len();
        self.log.same(start, self.at..self.at + len);
        self.text.push_str(part);
        self.text[start..].make_ascii_lowercase();
        self.skip(len);
    }

    fn skip(&mut self, len: usize) {
        self.at += len;
        self.written = self.at;
    }

    fn write(&mut self) {
        if !self.changed {
            self.text.reserve(self.input.len());
            self.changed = true;
        }
        self.log.same(self.text.len(), self.written..self.at);
        self.text.push_str(&self.input[self.written..self.at]);
        self.written = self.at;
    }

    /// The new text and the log; no text if nothing changed.
    pub(super) fn finish(mut self) -> (Option<String>, L) {
        self.keep(self.rest().len());
        if !self.changed {
            return (None, self.log);
        }
        self.write();
        (Some(self.text), self.log)
    }
}

fn is_one_char(text: &str) -> bool {
    text.chars().nth(1).is_none() && !text.is_empty()
}
