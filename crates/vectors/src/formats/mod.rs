//! The formats of files of vectors: what each of them looks like is known in its module and nowhere else.

mod binary;
mod cursor;
mod detect;
mod entries;
pub(crate) mod fasttext;
pub(crate) mod finalfusion;
mod mapped_file;
mod npy;
mod rows;
mod sink;
mod source;
mod tensors;
mod text;

pub use detect::{VectorFormat, detect};
pub(crate) use entries::Entries;
pub(crate) use mapped_file::{MappedFile, check_numbers};
pub(crate) use rows::{Rows, Words};
pub(crate) use sink::{Checked, Content, Sink, check_range, first_beyond_f16};
pub(crate) use source::{Ended, Source};

use crate::VectorsError;
use sememe_kernels::Observer;
use std::path::Path;

/// Maps a file of a format that is mapped.
pub(crate) fn map(path: &Path, format: VectorFormat) -> Result<MappedFile, VectorsError> {
    match format {
        VectorFormat::Npy => npy::map(path),
        VectorFormat::Fasttext => fasttext::map(path),
        VectorFormat::Finalfusion => finalfusion::map(path),
        _ => tensors::map(path),
    }
}

/// Opens a file of a format that is not mapped, to be read from front to back; `observer` is told the bytes read.
pub(crate) fn read<'a>(
    path: &'a Path,
    format: VectorFormat,
    max_words: Option<usize>,
    observer: &'a mut dyn Observer,
) -> Result<Box<dyn Entries + 'a>, VectorsError> {
    let max_words = max_words.map_or(u64::MAX, |max| max as u64);
    let source = Source::open(path, observer)?;
    Ok(match format {
        VectorFormat::GloveText => Box::new(text::LineReader::glove(source, max_words)),
        VectorFormat::Word2vecBinary => Box::new(binary::EntryReader::new(source, max_words)?),
        _ => Box::new(text::LineReader::word2vec(source, max_words)?),
    })
}

/// Whether files of this format are written entry by entry; others need to know all words first.
pub(crate) fn is_streamed(format: VectorFormat) -> bool {
    !matches!(format, VectorFormat::Fasttext | VectorFormat::Finalfusion)
}

/// Begins a file of a format that is written entry by entry.
pub(crate) fn create(
    path: &Path,
    format: VectorFormat,
    content: &Content<'_>,
) -> Result<Box<dyn Sink>, VectorsError> {
    Ok(match format {
        VectorFormat::Safetensors => Box::new(tensors::TensorsSink::create(path, content)?),
        VectorFormat::Npy => Box::new(npy::NpySink::create(path, content)?),
        _ => Box::new(sink::TextSink::create(path, format, content)?),
    })
}

/// How many entries there are in a file that does not say.
pub(crate) fn count(path: &Path, observer: &mut dyn Observer) -> Result<u64, VectorsError> {
    text::count_rows(&mut Source::open(path, observer)?)
}
