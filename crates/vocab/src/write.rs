//! Documents turned into plain sentences.

use crate::VocabError;
use crate::pass::Pass;
use sememe_kernels::{Meter, Observer};
use sememe_text::{Documents, Pipeline};
use serde::Serialize;
use std::io::Write;
use std::ops::AddAssign;
use std::sync::{Mutex, PoisonError};

/// What [`write_sentences`] wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WriteStats {
    /// Sentences, a line each.
    pub n_sentences: u64,
    /// Tokens.
    pub n_tokens: u64,
}

/// Writes `documents` to `out` as `pipeline` cleans and splits them: a line for each sentence, with a space between
/// its tokens. Documents without tokens leave nothing.
///
/// The lines are in the order of the documents, however many threads clean and split.
///
/// # Errors
/// If the documents cannot be read, `out` cannot be written, or the observer stops the work.
pub fn write_sentences(
    documents: &dyn Documents,
    pipeline: &Pipeline,
    out: &mut (dyn Write + Send),
    threads: usize,
    observer: &mut dyn Observer,
) -> Result<WriteStats, VocabError> {
    let meter = Meter::new("words", None, observer);
    let (pass, out) = (Pass::in_order(documents, threads, &meter), Mutex::new(out));
    let split = |texts: &[&str]| {
        let lines = Lines::of(texts, pipeline);
        // Whoever reads the documents looks whether to stop.
        let _ = meter.advance(lines.stats.n_tokens, None);
        Ok(lines)
    };
    let shards = pass.for_each_shard(|shard| {
        let mut stats = WriteStats::default();
        pass.read_shard(shard, split, |lines: Lines| {
            stats += lines.stats;
            let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
            out.write_all(lines.text.as_bytes()).map_err(|source| VocabError::Write { source })
        })?;
        Ok(stats)
    })?;
    let mut sum = WriteStats::default();
    shards.into_iter().for_each(|stats| sum += stats);
    Ok(sum)
}

/// The sentences of some documents.
#[derive(Default)]
struct Lines {
    text: String,
    stats: WriteStats,
}

impl Lines {
    fn of(texts: &[&str], pipeline: &Pipeline) -> Self {
        let mut lines = Self::default();
        for text in texts {
            pipeline.for_each_sentence(text, &mut |tokens| {
                lines.stats += WriteStats { n_sentences: 1, n_tokens: tokens.len() as u64 };
                for (at, token) in tokens.iter().enumerate() {
                    lines.text.push_str(if at == 0 { "" } else { " " });
                    lines.text.push_str(token.text);
                }
                lines.text.push('\n');
            });
        }
        lines
    }
}

impl AddAssign for WriteStats {
    fn add_assign(&mut self, other: Self) {
        self.n_sentences += other.n_sentences;
        self.n_tokens += other.n_tokens;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{Sharded, Stop, lines};
    use sememe_kernels::Silent;
    use std::io;

    fn texts() -> Vec<String> {
        (0..300).map(|i| format!("{i}  a\n\n{i} b ").repeat(1 + i % 7 * 1000)).collect()
    }

    #[test]
    fn lines_are_in_the_order_of_the_documents() {
        let texts = texts();
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let kept = texts.iter().flat_map(|text| text.lines()).map(words).filter(|line| !line.is_empty());
        let want: String = kept.map(|line| line + "\n").collect();
        for (n_shards, threads) in [(1, 1), (1, 4), (20, 3)] {
            let mut found = Vec::new();
            let documents = Sharded::new(&texts, n_shards);
            let stats = write_sentences(&documents, &lines(), &mut found, threads, &mut Silent).unwrap();
            assert!(found == want.as_bytes(), "{n_shards} shards, {threads} threads");
            let n_words = want.split_whitespace().count();
            assert_eq!((stats.n_sentences, stats.n_tokens), (want.lines().count() as u64, n_words as u64));
        }
    }

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_cannot_be_written_is_an_error() {
        let documents = Sharded::new(&texts(), 3);
        let result = write_sentences(&documents, &lines(), &mut Full, 2, &mut Silent);
        assert!(matches!(result, Err(VocabError::Write { .. })));
        let result = write_sentences(&documents, &lines(), &mut Vec::new(), 2, &mut Stop);
        assert!(matches!(result, Err(VocabError::Interrupted)));
    }
}
