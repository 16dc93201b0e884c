//! The documents of a corpus on disk.

use super::MmapCorpus;
use crate::piece::Piece;
use crate::{DocumentCorpus, VocabError, WordId};
use std::ops::ControlFlow;

/// A place between two documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cut {
    piece: usize,
    document: usize,
}

impl MmapCorpus {
    /// Where the documents of shard number `shard` begin, and those of the one before it end.
    fn document_cut(&self, shard: usize) -> Cut {
        let start = Cut { piece: 0, document: 0 };
        if shard == 0 {
            return start;
        }
        let mut token = self.first_token(shard);
        for (piece, columns) in self.pieces.iter().enumerate() {
            if token < columns.n_tokens() {
                return Cut { piece, document: columns.document_from(token) };
            }
            token -= columns.n_tokens();
        }
        Cut { piece: self.pieces.len(), ..start }
    }

    /// As for sentences.
    fn release_documents(&self, start: Cut, at: Cut) {
        let first = if at.piece == start.piece { start.document } else { 0 };
        if let Some(piece) = self.pieces.get(at.piece) {
            piece.release_documents(first..at.document);
        }
    }
}

impl DocumentCorpus for MmapCorpus {
    fn n_documents(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.n_documents() as u64).sum()
    }

    fn for_each_document(
        &self,
        shard: usize,
        sink: &mut dyn FnMut(u64, &[WordId]) -> ControlFlow<()>,
    ) -> Result<(), VocabError> {
        let (start, end) = (self.document_cut(shard), self.document_cut(shard + 1));
        let mut cut = start;
        let before = |pieces: &[Piece]| pieces.iter().map(|piece| piece.n_documents() as u64).sum::<u64>();
        let mut number = before(&self.pieces[..cut.piece]) + cut.document as u64;
        while cut < end {
            let piece = &self.pieces[cut.piece];
            if cut.document >= piece.n_documents() {
                self.release_documents(start, cut);
                cut = Cut { piece: cut.piece + 1, document: 0 };
                continue;
            }
            if sink(number, self.checked(cut.piece, piece.document(cut.document))?).is_break() {
                break;
            }
            (cut.document, number) = (cut.document + 1, number + 1);
        }
        self.release_documents(start, cut);
        Ok(())
    }
}
