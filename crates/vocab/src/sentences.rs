//! Some documents as numbers of words, before they go to disk.

use crate::holdout::Part;
use crate::piece::PieceWriter;
use crate::{CorpusStats, VocabError, WordId};

/// Some documents, by sides.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Sides {
    pub(crate) train: Sentences,
    pub(crate) held_out: Sentences,
}

/// Sentences, one after the other.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Sentences {
    pub(crate) ids: Vec<WordId>,
    /// Where each sentence ends among the ids,
    pub(crate) ends: Vec<usize>,
    /// and each document among the sentences.
    pub(crate) document_ends: Vec<usize>,
    pub(crate) stats: CorpusStats,
}

impl Sides {
    pub(crate) fn of(&mut self, part: Part) -> &mut Sentences {
        match part {
            Part::Train => &mut self.train,
            Part::HeldOut => &mut self.held_out,
        }
    }

    pub(crate) fn end_document(&mut self) {
        self.train.end_document();
        self.held_out.end_document();
    }

    /// The same documents, with the id that `ids` has for each number.
    pub(crate) fn renumbered(&self, ids: &[Option<WordId>], fallback: Option<WordId>) -> Self {
        let renumbered = |sentences: &Sentences| sentences.renumbered(ids, fallback);
        Self { train: renumbered(&self.train), held_out: renumbered(&self.held_out) }
    }
}

impl Sentences {
    /// Appends a sentence of words, `None` for one that the vocabulary lacks, which becomes `fallback` or is left out.
    pub(crate) fn push(
        &mut self,
        words: impl ExactSizeIterator<Item = Option<WordId>>,
        fallback: Option<WordId>,
    ) {
        let (start, n_words) = (self.ids.len(), words.len());
        let mut n_lacking = 0;
        self.ids.extend(words.filter_map(|id| {
            n_lacking += u64::from(id.is_none());
            id.or(fallback)
        }));
        let n_ids = self.ids.len() - start;
        self.stats.n_unknown += if fallback.is_some() { n_lacking } else { 0 };
        self.stats.n_skipped += (n_words - n_ids) as u64;
        self.end_sentence();
    }

    /// Ends the sentence of the ids that were pushed since the last one ended; without any there is none.
    pub(crate) fn end_sentence(&mut self) {
        let n_ids = self.ids.len() - self.ends.last().copied().unwrap_or(0);
        if n_ids > 0 {
            self.stats.n_tokens += n_ids as u64;
            self.stats.n_sentences += 1;
            self.ends.push(self.ids.len());
        }
    }

    fn end_document(&mut self) {
        let start = self.document_ends.last().copied().unwrap_or(0);
        self.stats.n_documents += u64::from(self.ends.len() > start);
        self.document_ends.push(self.ends.len());
    }

    fn renumbered(&self, ids: &[Option<WordId>], fallback: Option<WordId>) -> Self {
        let mut new = Self { ids: Vec::with_capacity(self.ids.len()), ..Self::default() };
        for document in self.documents() {
            for sentence in document {
                new.push(sentence.iter().map(|id| ids[id.index()]), fallback);
            }
            new.end_document();
        }
        new
    }

    pub(crate) fn append_to(&self, piece: &mut PieceWriter) -> Result<(), VocabError> {
        self.documents().try_for_each(|document| piece.append(document))
    }

    /// The sentences of each document.
    fn documents(&self) -> impl Iterator<Item = impl Iterator<Item = &[WordId]>> {
        let starts = std::iter::once(0).chain(self.document_ends.iter().copied());
        starts
            .zip(&self.document_ends)
            .map(|(start, &end)| (start..end).map(|sentence| self.sentence(sentence)))
    }

    fn sentence(&self, sentence: usize) -> &[WordId] {
        let start = if sentence == 0 { 0 } else { self.ends[sentence - 1] };
        &self.ids[start..self.ends[sentence]]
    }
}
