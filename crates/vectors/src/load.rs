//! Reading vectors of any format.

use crate::formats::{self, Rows, check_numbers};
use crate::{Embeddings, VectorFormat, VectorsError, detect};
use sememe_kernels::{Observer, Silent};
use std::path::Path;

/// Reads the vectors in the file at `path`, in `format` or in the format that [`detect`] finds.
///
/// # Errors
/// See [`LoadOptions::load`].
pub fn load(path: &Path, format: Option<VectorFormat>) -> Result<(Embeddings, LoadReport), VectorsError> {
    LoadOptions { format, ..LoadOptions::default() }.load(path, &mut Silent)
}

/// How vectors are read. Make one with `..LoadOptions::default()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// The format; by default the one that [`detect`] finds.
    pub format: Option<VectorFormat>,
    /// Stop after so many words: the most frequent, where files are ordered as usual. The rest of the file
    /// is not checked.
    pub max_words: Option<usize>,
    /// Words that are not UTF-8 are refused by default, naming the byte; here they may be taken with
    /// U+FFFD in place of the invalid bytes. The original word2vec cuts long words inside characters.
    pub replace_invalid: bool,
}

/// What was found while reading vectors.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct LoadReport {
    /// The format of the file.
    pub format: VectorFormat,
    /// Words taken.
    pub words: usize,
    /// Numbers in a vector.
    pub dim: usize,
    /// Words left out because they stood in the file before; the first vector is kept.
    pub duplicates: usize,
    /// Words taken with invalid bytes replaced.
    pub replaced: usize,
}

impl LoadOptions {
    /// Reads the vectors in the file at `path` and looks at every number.
    ///
    /// Text and binary files of word2vec and GloVe are read into memory, decompressed if they are of gzip or zstd,
    /// and `observer` is told the bytes read. Files of other formats are mapped as by [`LoadOptions::map`], with the
    /// vectors of all words put together in memory where n-grams have a part in them, and `observer` is told the
    /// words checked.
    ///
    /// Memory grows with what is read, not with what a header promises.
    ///
    /// # Errors
    /// If the file cannot be read, has no known format or is damaged: wrong count or dimension, NaN or
    /// infinity, cut short, bytes left over, words that are not UTF-8. [`VectorsError::Interrupted`] if the
    /// observer asked to stop.
    pub fn load(
        &self,
        path: &Path,
        observer: &mut dyn Observer,
    ) -> Result<(Embeddings, LoadReport), VectorsError> {
        let format = self.format.map_or_else(|| detect(path), Ok)?;
        if !format.is_mapped() {
            return self.read(path, format, observer);
        }
        let (embeddings, report) = self.map_as(path, format)?;
        let embeddings = match embeddings.storage().own_rows() {
            Some(_) => embeddings.in_memory(),
            None => embeddings,
        };
        check_numbers(&embeddings, path, observer)?;
        Ok((embeddings, report))
    }

    /// Reads the vectors in the file at `path` as far as that is needed: a file that can be mapped is so, and only
    /// its words are read. The numbers stay on the disk until they are used, and processes that map the same file
    /// share them.
    ///
    /// The numbers of a mapped file are not looked at; [`Embeddings::check_finite`] does. Where n-grams have a part
    /// in the vectors of words, as in the files of fastText, each vector is put together whenever it is asked for;
    /// [`Embeddings::in_memory`] does so once.
    ///
    /// The file must not be changed in place while it is mapped: if another program cuts it short, the process ends
    /// with a bus error. Replacing it by a rename, as [`save`](crate::save) does, is harmless.
    ///
    /// # Errors
    /// As [`LoadOptions::load`].
    pub fn map(
        &self,
        path: &Path,
        observer: &mut dyn Observer,
    ) -> Result<(Embeddings, LoadReport), VectorsError> {
        let format = self.format.map_or_else(|| detect(path), Ok)?;
        if format.is_mapped() { self.map_as(path, format) } else { self.read(path, format, observer) }
    }

    fn map_as(&self, path: &Path, format: VectorFormat) -> Result<(Embeddings, LoadReport), VectorsError> {
        formats::map(path, format)?.into_embeddings(path, format, self)
    }

    fn read(
        &self,
        path: &Path,
        format: VectorFormat,
        observer: &mut dyn Observer,
    ) -> Result<(Embeddings, LoadReport), VectorsError> {
        let mut entries = formats::read(path, format, self.max_words, observer)?;
        let mut rows = Rows::new(self.replace_invalid);
        while entries.next(&mut rows)? {
            if rows.len() == 1 {
                rows.reserve(entries.room() as usize);
            }
        }
        rows.finish(path, format)
    }
}

impl Embeddings {
    /// Maps the file at `path`, or reads it if its format cannot be mapped: [`LoadOptions::map`] without options.
    ///
    /// # Errors
    /// As [`LoadOptions::load`].
    pub fn map(path: &Path) -> Result<Self, VectorsError> {
        LoadOptions::default().map(path, &mut Silent).map(|(embeddings, _)| embeddings)
    }
}
