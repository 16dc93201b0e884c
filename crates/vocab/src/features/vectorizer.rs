//! Texts as sparse rows of weighted n-grams.

use super::analysis::Analysis;
use super::block::{BATCH, Block, Scratch, kinds};
use super::settings::VectorizerSettings;
use crate::VocabError;
use crate::binary::{self, BinaryReader, BinaryWriter, Kind};
use crate::parallel::map;
use sememe_kernels::SparseRows;
use sememe_text::{Pipeline, PipelineSettings};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::fmt;
use std::path::Path;

const KIND: Kind = Kind { name: "vectorizer", magic: *b"SMNGRAMS", version: 1 };

/// Turns texts into sparse rows of weighted word and character n-grams, once it has learnt which of them
/// there are and how frequent they are.
///
/// Columns, and with them rows, are the same for any number of threads: within a block the features stand by
/// rising bytes. The values are scikit-learn's, up to the rounding to `f32` at the end.
///
/// ```
/// use sememe_text::{Pipeline, PipelineSettings};
/// use sememe_vocab::{Vectorizer, VectorizerSettings};
///
/// let pipeline = Pipeline::new(&PipelineSettings::default())?;
/// let vectorizer = Vectorizer::fit(&["a rose", "a tulip"], &pipeline, &VectorizerSettings::default(), 1)?;
/// let rows = vectorizer.transform(&["rose rose lily"], 1);
/// assert_eq!((rows.row(0).columns, rows.row(0).values), (&[1][..], &[1.0][..]));
/// assert_eq!(vectorizer.feature(1), Some("rose"));
/// # Ok::<_, sememe_vocab::VocabError>(())
/// ```
#[derive(Clone)]
pub struct Vectorizer {
    settings: VectorizerSettings,
    analysis: Analysis,
    blocks: Vec<Block>,
}

/// What is kept as text within the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    settings: VectorizerSettings,
    pipeline: PipelineSettings,
}

impl Vectorizer {
    /// Learns the features of `texts`, as `pipeline` cleans and splits them.
    ///
    /// # Errors
    /// If the settings contradict each other, a block has no features, or there are more than columns of 32
    /// bits can number.
    pub fn fit(
        texts: &[&str],
        pipeline: &Pipeline,
        settings: &VectorizerSettings,
        threads: usize,
    ) -> Result<Self, VocabError> {
        settings.check()?;
        let analysis = Analysis::new(pipeline)?;
        let fit = |kind| Block::fit(&analysis, kind, texts, settings, threads);
        let blocks: Result<Vec<_>, _> = kinds(settings).map(fit).collect();
        Self { settings: settings.clone(), blocks: blocks?, analysis }.checked()
    }

    fn checked(self) -> Result<Self, VocabError> {
        if u32::try_from(self.n_features()).is_ok() { Ok(self) } else { Err(VocabError::TooManyWords) }
    }

    /// One row a text: f32\[n texts, n features\]. Features that the fit has not seen are left out.
    pub fn transform(&self, texts: &[&str], threads: usize) -> SparseRows {
        let work = |scratch: &mut Scratch, batch: usize| {
            let texts = &texts[batch * BATCH..texts.len().min((batch + 1) * BATCH)];
            Ok::<_, Infallible>(self.transform_batch(texts, scratch))
        };
        let Ok(batches) = map(texts.len().div_ceil(BATCH), threads, Scratch::default, work);
        let mut rows = SparseRows::new(self.n_features());
        batches.iter().for_each(|batch| rows.append(batch));
        rows
    }

    fn transform_batch(&self, texts: &[&str], scratch: &mut Scratch) -> SparseRows {
        let (mut rows, mut row) = (SparseRows::new(self.n_features()), Vec::new());
        for text in texts {
            let mut first = 0;
            row.clear();
            for block in &self.blocks {
                block.transform(text, (&self.analysis, &self.settings), scratch, (&mut row, first));
                first += block.n_columns() as u32;
            }
            rows.push_row(&mut row);
        }
        rows
    }

    /// The number of columns, of all blocks together.
    pub fn n_features(&self) -> usize {
        self.blocks.iter().map(Block::n_columns).sum()
    }

    /// The n-gram of a column; `None` if there is no such column or columns are hashed.
    pub fn feature(&self, mut column: usize) -> Option<&str> {
        for block in &self.blocks {
            if column < block.n_columns() {
                return block.feature(column);
            }
            column -= block.n_columns();
        }
        None
    }

    /// What it was made with.
    pub fn settings(&self) -> &VectorizerSettings {
        &self.settings
    }

    /// What cleans and splits the texts.
    pub fn pipeline(&self) -> &Pipeline {
        self.analysis.pipeline()
    }

    /// Writes settings, features and weights to one file.
    ///
    /// # Errors
    /// If the file cannot be written; then what stood there before stays.
    pub fn save(&self, path: &Path) -> Result<(), VocabError> {
        let header = Header { settings: self.settings.clone(), pipeline: self.pipeline().settings().clone() };
        let header = serde_json::to_string(&header).map_err(|error| VocabError::io(path)(error.into()))?;
        let mut writer = BinaryWriter::new(KIND);
        writer.text(&header);
        self.blocks.iter().for_each(|block| block.write(&mut writer));
        writer.save(path)
    }

    /// Reads what [`Vectorizer::save`] wrote.
    ///
    /// # Errors
    /// If the file cannot be read, is no vectorizer, or is damaged, or a dictionary of its pipeline cannot
    /// be loaded.
    pub fn load(path: &Path) -> Result<Self, VocabError> {
        Self::from_binary(path, &binary::read(path)?)
    }

    fn from_binary(path: &Path, bytes: &[u8]) -> Result<Self, VocabError> {
        let mut reader = BinaryReader::new(path, bytes, KIND)?;
        let header = serde_json::from_str(reader.text()?);
        let Header { settings, pipeline } = header.map_err(|error| reader.corrupt(error.to_string()))?;
        settings.check()?;
        let read = |kind| Block::read(&mut reader, kind, &settings);
        let blocks = kinds(&settings).map(read).collect::<Result<_, _>>()?;
        reader.end()?;
        let analysis = Analysis::new(&Pipeline::new(&pipeline)?)?;
        Self { settings, analysis, blocks }.checked()
    }
}

impl fmt::Debug for Vectorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vectorizer")
            .field("settings", &self.settings)
            .field("n_features", &self.n_features())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
