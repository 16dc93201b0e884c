//! A vocabulary and a corpus from one reading of the documents.

use crate::count::{Counted, Counters};
use crate::draft::{DraftWriter, take_drafts};
use crate::encode::{Folder, WrittenShard};
use crate::parallel::map;
use crate::pass::Pass;
use crate::{CorpusPlan, CountStats, EncodeStats, Vocab, VocabError, VocabSettings, encode};
use sememe_kernels::{Meter, Observer};
use sememe_text::{Documents, Pipeline};
use std::path::Path;

/// As [`count`](crate::count) and then [`encode`] with the vocabulary, with the same results, but the documents are read
/// and split only once.
///
/// While the words are counted, the corpus is drafted on disk in numbers given out as the words come; when the
/// vocabulary is known, the numbers are replaced by its ids. Where the words do not fit in
/// [`VocabSettings::memory`], the numbers are lost with the words that are spilled, and the documents are read twice
/// after all.
///
/// # Errors
/// As those of both, and if `settings` and `plan` do not agree on what is held out.
pub fn count_and_encode(
    documents: &dyn Documents,
    pipeline: &Pipeline,
    settings: &VocabSettings,
    plan: &CorpusPlan,
    observer: &mut dyn Observer,
) -> Result<(Vocab, CountStats, EncodeStats), VocabError> {
    settings.check()?;
    if settings.holdout != plan.holdout {
        return Err(VocabError::setting("holdout", "what is not counted and what is held out differ"));
    }
    let folder = Folder::create(plan)?;
    let meter = Meter::new("words", None, &mut *observer);
    let pass = Pass::new(documents, plan.threads, &meter);
    let drafting =
        Drafting { pipeline, counters: Counters::new(settings, plan.threads, true), dir: folder.path() };
    pass.for_each_shard(|shard| drafting.shard(shard, &pass, &meter))?;
    let Counted { vocab, stats, ids } = drafting.counters.finish(&meter)?;
    if stats.spilled {
        drop(folder);
        let encoded = encode(documents, pipeline, &vocab, plan, observer)?;
        return Ok((vocab, stats, encoded));
    }
    let renumber = |(): &mut (), shard| {
        let mut writer = folder.shard(shard)?;
        take_drafts(folder.path(), shard, |draft| {
            let ids = &ids[draft.counter];
            writer.push(&draft.sides.renumbered(ids, vocab.fallback()))?;
            if meter.advance(0, None).is_break() { Err(VocabError::Interrupted) } else { Ok(()) }
        })?;
        writer.finish()
    };
    let shards: Vec<WrittenShard> = map(documents.n_shards(), plan.threads, || (), renumber)?;
    let encoded = folder.finish(&vocab, &shards)?;
    Ok((vocab, stats, encoded))
}

/// What all threads share.
struct Drafting<'a> {
    pipeline: &'a Pipeline,
    counters: Counters<'a>,
    dir: &'a Path,
}

impl Drafting<'_> {
    /// Counts the words of a shard and drafts it.
    fn shard(&self, shard: usize, pass: &Pass<'_>, meter: &Meter<'_>) -> Result<(), VocabError> {
        let mut writer = DraftWriter::create(self.dir, shard)?;
        let count = |texts: &[&str]| self.counters.count(texts, self.pipeline, meter);
        pass.read_shard(shard, count, |draft| {
            // Once a counter had to forget its words, no draft is of use.
            draft.filter(|_| self.counters.drafts()).map_or(Ok(()), |draft| writer.push(&draft))
        })?;
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{Sharded, Stop, lines};
    use crate::{Holdout, HoldoutUnit, OutOfVocabulary, count};
    use sememe_kernels::Silent;
    use std::collections::BTreeMap;
    use std::fs;

    /// Many different words, most of them rare.
    fn texts() -> Vec<String> {
        let word = |i: usize| format!("word{}", i * i % 9973 % (1 + i % 600));
        let text = |i: usize| {
            (i * 50..i * 50 + 50).map(word).collect::<Vec<_>>().join(if i.is_multiple_of(9) {
                "\n"
            } else {
                " "
            })
        };
        (0..300).map(text).chain(["".to_owned(), "lone".to_owned()]).collect()
    }

    /// All files below `dir`, by name.
    fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
            match path.is_dir() {
                true => files.extend(
                    self::files(&path).into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)),
                ),
                false => drop(files.insert(name, fs::read(&path).unwrap())),
            }
        }
        files
    }

    #[track_caller]
    fn check(settings: &VocabSettings, n_shards: usize, threads: usize) {
        let (dir, documents) = (tempfile::tempdir().unwrap(), Sharded::new(&texts(), n_shards));
        let plan =
            |name| CorpusPlan { dir: dir.path().join(name), n_shards: 3, holdout: settings.holdout, threads };
        let (once, twice) = (plan("once"), plan("twice"));
        let (vocab, counted, encoded) =
            count_and_encode(&documents, &lines(), settings, &once, &mut Silent).unwrap();
        let (want, want_counted) = count(&documents, &lines(), settings, threads, &mut Silent).unwrap();
        let want_encoded = encode(&documents, &lines(), &want, &twice, &mut Silent).unwrap();
        assert_eq!((vocab.digest(), counted, encoded), (want.digest(), want_counted, want_encoded));
        assert_eq!(vocab.counts(), want.counts());
        assert!(files(&once.dir) == files(&twice.dir), "{settings:?}");
    }

    #[test]
    fn one_reading_gives_what_two_give() {
        let settings = VocabSettings { min_count: 3, ..VocabSettings::default() };
        for (n_shards, threads) in [(1, 1), (1, 3), (20, 3)] {
            check(&settings, n_shards, threads);
            check(
                &VocabSettings { out_of_vocabulary: OutOfVocabulary::Skip, ..settings.clone() },
                n_shards,
                threads,
            );
            check(&VocabSettings { max_size: Some(100), ..settings.clone() }, n_shards, threads);
            check(&VocabSettings { memory: Some(1), ..settings.clone() }, n_shards, threads);
            for unit in [HoldoutUnit::Documents, HoldoutUnit::Sentences] {
                let holdout = Some(Holdout { every: 4, unit });
                check(&VocabSettings { holdout, ..settings.clone() }, n_shards, threads);
                check(&VocabSettings { holdout, memory: Some(1), ..settings.clone() }, n_shards, threads);
            }
        }
    }

    #[test]
    fn what_fails_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (documents, settings) = (Sharded::new(&texts(), 2), VocabSettings::default());
        let plan = CorpusPlan { dir: dir.path().join("corpus"), n_shards: 1, holdout: None, threads: 2 };
        let result = count_and_encode(&documents, &lines(), &settings, &plan, &mut Stop);
        assert!(matches!(result, Err(VocabError::Interrupted)));
        let holdout = Some(Holdout { every: 4, unit: HoldoutUnit::Documents });
        let plan = CorpusPlan { holdout, ..plan };
        let error = count_and_encode(&documents, &lines(), &settings, &plan, &mut Silent).unwrap_err();
        assert_eq!(error.to_string(), "setting `holdout`: what is not counted and what is held out differ");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
