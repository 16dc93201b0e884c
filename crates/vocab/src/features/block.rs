//! A block of columns: word n-grams, or character n-grams.

use super::analysis::Analysis;
use super::ngrams::{Parts, Unit};
use super::settings::{VectorizerSettings, Weight};
use super::terms::Terms;
use crate::hash::murmur3;
use crate::parallel::for_each;
use crate::table::WordTable;
use crate::{VocabError, binary::BinaryReader, binary::BinaryWriter};
use std::convert::Infallible;
use std::ops::RangeInclusive;

/// So many texts are one piece of work for a thread.
pub(crate) const BATCH: usize = 128;

/// The features of one kind, their columns and weights.
#[derive(Clone)]
pub(crate) struct Block {
    kind: (Unit, RangeInclusive<usize>),
    columns: Columns,
    /// Inverse document frequency of each column, if that is asked for.
    idf: Vec<f64>,
}

/// How a feature finds its column.
#[derive(Clone)]
enum Columns {
    /// By its rank among the known ones.
    Known(WordTable),
    /// By its hash; its sign too, if that is asked for.
    Hashed { bits: u32, signed: bool },
}

/// What a thread uses again for each text.
#[derive(Default)]
pub(crate) struct Scratch {
    parts: Parts,
    /// Column and sign of every feature that was met.
    hits: Vec<(u32, i32)>,
    /// Column and value of every feature of a block.
    values: Vec<(u32, f64)>,
}

/// The kinds of features that `settings` ask for, in the order of their blocks.
pub(crate) fn kinds(settings: &VectorizerSettings) -> impl Iterator<Item = (Unit, RangeInclusive<usize>)> {
    let chars = if settings.chars_at_word_bounds { Unit::CharsAtWordBounds } else { Unit::Chars };
    let blocks = [(Unit::Words, settings.words), (chars, settings.chars)];
    blocks.into_iter().filter_map(|(unit, lengths)| lengths.map(|(low, high)| (unit, low..=high)))
}

/// idf = ln((1 + n) / (1 + df)) + 1: as if one more text had every feature.
fn inverse_frequency(n_texts: usize, df: u64) -> f64 {
    ((1 + n_texts) as f64 / (1 + df) as f64).ln() + 1.0
}

impl Block {
    /// Learns the features of `texts`.
    pub(crate) fn fit(
        analysis: &Analysis,
        kind: (Unit, RangeInclusive<usize>),
        texts: &[&str],
        settings: &VectorizerSettings,
        threads: usize,
    ) -> Result<Self, VocabError> {
        let Some(bits) = settings.hash_bits else {
            let terms = count(analysis, &kind, texts, threads)?;
            return Self::known(kind, &terms.select(settings, texts.len()), settings, texts.len());
        };
        let columns = Columns::Hashed { bits, signed: settings.signed_hash };
        let mut block = Self { kind, columns, idf: Vec::new() };
        if settings.weight == Weight::Tfidf {
            let df = block.document_frequencies(analysis, texts, threads);
            block.idf = df.into_iter().map(|df| inverse_frequency(texts.len(), df)).collect();
        }
        Ok(block)
    }

    fn known(
        kind: (Unit, RangeInclusive<usize>),
        features: &[(&str, u64)],
        settings: &VectorizerSettings,
        n_texts: usize,
    ) -> Result<Self, VocabError> {
        if features.is_empty() {
            return Err(VocabError::NoFeatures { n_texts });
        }
        let mut words = WordTable::with_capacity(features.len());
        for (feature, _) in features {
            words.intern(feature).ok_or_else(|| VocabError::TooManyWords)?;
        }
        let idf = match settings.weight {
            Weight::Tfidf => features.iter().map(|&(_, df)| inverse_frequency(n_texts, df)).collect(),
            _ => Vec::new(),
        };
        Ok(Self { kind, columns: Columns::Known(words), idf })
    }

    /// How many of `texts` have a feature in each column.
    fn document_frequencies(&self, analysis: &Analysis, texts: &[&str], threads: usize) -> Vec<u64> {
        let init = || (Scratch::default(), vec![0; self.n_columns()]);
        let work = |(scratch, df): &mut (Scratch, Vec<u64>), text: &str, _| {
            self.hit(analysis, text, scratch);
            scratch.hits.dedup_by_key(|&mut (column, _)| column);
            scratch.hits.iter().for_each(|&(column, _)| df[column as usize] += 1);
            Ok::<_, Infallible>(())
        };
        let Ok(states) = for_each_text(texts, threads, init, work);
        let mut sum = vec![0; self.n_columns()];
        for (_, df) in states {
            sum.iter_mut().zip(df).for_each(|(sum, df)| *sum += df);
        }
        sum
    }

    pub(crate) fn n_columns(&self) -> usize {
        match &self.columns {
            Columns::Known(words) => words.len(),
            Columns::Hashed { bits, .. } => 1 << bits,
        }
    }

    /// The feature of `column`, unless columns are hashed. Panics if there is no such column.
    pub(crate) fn feature(&self, column: usize) -> Option<&str> {
        match &self.columns {
            Columns::Known(words) => Some(words.word(column)),
            Columns::Hashed { .. } => None,
        }
    }

    /// Column and sign of `feature`.
    #[inline]
    fn column(&self, feature: &str) -> Option<(u32, i32)> {
        match self.columns {
            Columns::Known(ref words) => words.find(feature).map(|column| (column, 1)),
            Columns::Hashed { bits, signed } => {
                let hash = murmur3(feature.as_bytes(), 0).cast_signed();
                let column = hash.unsigned_abs() & ((1 << bits) - 1);
                Some((column, if signed && hash < 0 { -1 } else { 1 }))
            }
        }
    }

    /// Finds the columns of all features of `text`, sorted, into `scratch`.
    fn hit(&self, analysis: &Analysis, text: &str, scratch: &mut Scratch) {
        let Scratch { parts, hits, .. } = scratch;
        hits.clear();
        let mut sink = |feature: &str| hits.extend(self.column(feature));
        analysis.for_each_feature(text, self.kind.clone(), parts, &mut sink);
        hits.sort_unstable_by_key(|&(column, _)| column);
    }

    /// Appends the features of `text` to `row`, their columns counted from `first`.
    pub(crate) fn transform(
        &self,
        text: &str,
        (analysis, settings): (&Analysis, &VectorizerSettings),
        scratch: &mut Scratch,
        (row, first): (&mut Vec<(u32, f32)>, u32),
    ) {
        self.hit(analysis, text, scratch);
        scratch.values.clear();
        for hits in scratch.hits.chunk_by(|a, b| a.0 == b.0) {
            let (column, tf) = (hits[0].0, hits.iter().map(|hit| hit.1).sum::<i32>());
            scratch.values.push((column, self.weigh(column, tf, settings)));
        }
        let length = if settings.normalize { euclidean(&scratch.values) } else { 1.0 };
        row.extend(scratch.values.iter().map(|&(column, value)| (first + column, (value / length) as f32)));
    }

    fn weigh(&self, column: u32, tf: i32, settings: &VectorizerSettings) -> f64 {
        let tf = if settings.sublinear_tf { 1.0 + f64::from(tf).ln() } else { f64::from(tf) };
        match settings.weight {
            Weight::Binary => 1.0,
            Weight::Count => tf,
            Weight::Tfidf => tf * self.idf[column as usize],
        }
    }

    /// Puts the features and their weights into a file.
    pub(crate) fn write(&self, writer: &mut BinaryWriter) {
        if let Columns::Known(words) = &self.columns {
            writer.words(words.words());
        }
        self.idf.iter().for_each(|idf| writer.u64(idf.to_bits()));
    }

    /// Takes out what [`Block::write`] put in.
    pub(crate) fn read(
        reader: &mut BinaryReader<'_>,
        kind: (Unit, RangeInclusive<usize>),
        settings: &VectorizerSettings,
    ) -> Result<Self, VocabError> {
        let columns = match settings.hash_bits {
            Some(bits) => Columns::Hashed { bits, signed: settings.signed_hash },
            None => Columns::Known(read_features(reader)?),
        };
        let mut block = Self { kind, columns, idf: Vec::new() };
        if settings.weight == Weight::Tfidf {
            block.idf = reader.u64s(block.n_columns())?.map(f64::from_bits).collect();
        }
        if !block.idf.iter().all(|idf| idf.is_finite()) {
            return Err(reader.corrupt("a weight is not finite"));
        }
        Ok(block)
    }
}

/// Features rise strictly, so that none stands twice.
fn read_features(reader: &mut BinaryReader<'_>) -> Result<WordTable, VocabError> {
    let features = reader.words()?;
    if !features.is_sorted_by(|a, b| a < b) {
        return Err(reader.corrupt("its features are not in order"));
    }
    let mut words = WordTable::with_capacity(features.len());
    for feature in features {
        words.intern(feature).ok_or_else(|| VocabError::TooManyWords)?;
    }
    Ok(words)
}

/// The length of a row, or 1 if that is 0: what is empty stays so.
fn euclidean(values: &[(u32, f64)]) -> f64 {
    let squares: f64 = values.iter().map(|&(_, value)| value * value).sum();
    if squares > 0.0 { squares.sqrt() } else { 1.0 }
}

fn count(
    analysis: &Analysis,
    kind: &(Unit, RangeInclusive<usize>),
    texts: &[&str],
    threads: usize,
) -> Result<Terms, VocabError> {
    let init = || (Parts::default(), Terms::default());
    let work = |(parts, terms): &mut (Parts, Terms), text: &str, number: usize| {
        let mut result = Ok(());
        analysis.for_each_feature(text, kind.clone(), parts, &mut |feature| {
            if result.is_ok() {
                result = terms.add(feature, number as u64 + 1);
            }
        });
        result
    };
    let mut counted = for_each_text(texts, threads, init, work)?;
    counted.sort_unstable_by_key(|(_, terms)| terms.len());
    let mut all = counted.pop().map(|(_, terms)| terms).unwrap_or_default();
    counted.iter().try_for_each(|(_, terms)| all.merge(terms))?;
    Ok(all)
}

/// Calls `work` with every text and its number.
fn for_each_text<S: Send, E: Send>(
    texts: &[&str],
    threads: usize,
    init: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &str, usize) -> Result<(), E> + Sync,
) -> Result<Vec<S>, E> {
    for_each(texts.len().div_ceil(BATCH), threads, init, |state, batch| {
        let numbers = batch * BATCH..texts.len().min((batch + 1) * BATCH);
        numbers.into_iter().try_for_each(|number| work(state, texts[number], number))
    })
}
