//! A model of documents as one safetensors file.
//!
//! The tensors `embeddings`, `words`, `word_ends` and `counts` are the documents, as in a file of vectors, with their
//! tags as words, so that it is one. Beside them stand `outputs` and, where words have vectors, `inputs`, both F32\[n,
//! dim\]; `vocabulary` U8, `vocabulary_ends` I64\[n\] and `vocabulary_counts` I64\[n\]. The metadata has, as `doc2vec`, a
//! JSON object of the settings, the pipeline and the phrases.

use super::{Doc2VecModel, Doc2VecSettings};
use crate::EmbedError;
use safetensors::{Dtype, SafeTensors};
use sememe_kernels::Matrix;
use sememe_text::{Phrases, Pipeline, PipelineSettings, TextWriter};
use sememe_vectors::Embeddings;
use sememe_vocab::{Vocab, WordId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use std::io::{self, Write};
use std::path::Path;

const VERSION: u32 = 1;
/// Key of the [`Header`] among the metadata.
const HEADER: &str = "doc2vec";
/// Names of the text of words, their ends and their counts.
const TAGS: [&str; 3] = ["words", "word_ends", "counts"];
const VOCABULARY: [&str; 3] = ["vocabulary", "vocabulary_ends", "vocabulary_counts"];

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    version: u32,
    settings: Doc2VecSettings,
    pipeline: Option<PipelineSettings>,
    /// In their text form.
    phrases: Option<String>,
}

impl Doc2VecModel {
    /// Writes the model to a file.
    ///
    /// # Errors
    /// If a number is not finite, or the file cannot be written; then what stood there before stays.
    pub fn save(&self, path: &Path) -> Result<(), EmbedError> {
        self.documents.check_finite()?;
        let matrices = self.words.iter().chain([&self.outputs]);
        if let Some(value) = matrices.flat_map(|m| m.as_slice()).find(|value| !value.is_finite()) {
            let reason = format!("a word has {value} in its vector");
            return Err(EmbedError::Model { path: path.to_owned(), reason });
        }
        let mut file = TextWriter::create(path)?;
        self.write(&mut file).map_err(|source| EmbedError::Io { path: path.to_owned(), source })?;
        Ok(file.finish()?)
    }

    fn header(&self) -> Header {
        let pipeline = self.pipeline.as_ref();
        Header {
            version: VERSION,
            settings: self.settings.clone(),
            pipeline: pipeline.map(|pipeline| pipeline.settings().clone()),
            phrases: pipeline.and_then(Pipeline::phrases).map(Phrases::to_text),
        }
    }

    /// The numbers first, the widest before the others, so that all of them are aligned.
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let (tags, vocab) = (self.documents.vocab(), &self.vocab);
        let mut layout = Layout::new(&self.header())?;
        for ([_, ends, counts], words) in [(TAGS, tags), (VOCABULARY, vocab)] {
            layout.tensor(ends, "I64", &[words.len()], 8);
            layout.tensor(counts, "I64", &[words.len()], 8);
        }
        let dim = self.settings.dim;
        layout.tensor("embeddings", "F32", &[self.documents.len(), dim], 4);
        layout.tensor("outputs", "F32", &[vocab.len(), dim], 4);
        if self.words.is_some() {
            layout.tensor("inputs", "F32", &[vocab.len(), dim], 4);
        }
        for ([text, ..], words) in [(TAGS, tags), (VOCABULARY, vocab)] {
            layout.tensor(text, "U8", &[words.words().map(str::len).sum()], 1);
        }
        layout.write(out)?;
        write_numbers(tags, out)?;
        write_numbers(vocab, out)?;
        self.documents.rows().try_for_each(|row| write_floats(&row, out))?;
        write_floats(self.outputs.as_slice(), out)?;
        self.words.iter().try_for_each(|words| write_floats(words.as_slice(), out))?;
        tags.words().chain(vocab.words()).try_for_each(|word| out.write_all(word.as_bytes()))
    }

    /// Reads what [`Doc2VecModel::save`] wrote, into memory.
    ///
    /// # Errors
    /// If the file cannot be read, is no such model, or is damaged.
    pub fn load(path: &Path) -> Result<Self, EmbedError> {
        let bytes = std::fs::read(path).map_err(|source| EmbedError::Io { path: path.to_owned(), source })?;
        let file = File::new(path, &bytes)?;
        let Header { settings, pipeline, phrases, .. } = file.header()?;
        let documents = Embeddings::new(file.vocab(TAGS)?, file.matrix("embeddings")?)?;
        let words = if settings.has_words() { Some(file.matrix("inputs")?) } else { None };
        let model = Self::new(settings, file.vocab(VOCABULARY)?, words, file.matrix("outputs")?, documents)
            .map_err(|error| file.wrong(error.to_string()))?;
        let Some(pipeline) = pipeline else { return Ok(model) };
        let mut pipeline = Pipeline::new(&pipeline)?;
        if let Some(phrases) = phrases {
            pipeline = pipeline.with_phrases(Phrases::from_text(&phrases, path)?);
        }
        Ok(model.with_pipeline(pipeline))
    }
}

/// What stands before the tensors.
struct Layout {
    entries: Map<String, serde_json::Value>,
    end: usize,
}

impl Layout {
    fn new(header: &Header) -> io::Result<Self> {
        let metadata = json!({ HEADER: serde_json::to_string(header)?, "n_special": "0" });
        Ok(Self { entries: Map::from_iter([("__metadata__".to_owned(), metadata)]), end: 0 })
    }

    fn tensor(&mut self, name: &str, dtype: &str, shape: &[usize], width: usize) {
        let start = self.end;
        self.end += shape.iter().product::<usize>() * width;
        let entry = json!({ "dtype": dtype, "shape": shape, "data_offsets": [start, self.end] });
        self.entries.insert(name.to_owned(), entry);
    }

    /// Its length, then JSON padded with spaces to whole cache lines.
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        const LINE: usize = 64;
        let mut json = serde_json::to_vec(&self.entries)?;
        json.resize((json.len() + 8).next_multiple_of(LINE) - 8, b' ');
        out.write_all(&(json.len() as u64).to_le_bytes())?;
        out.write_all(&json)
    }
}

/// Where each word ends, and then how often each was counted.
fn write_numbers(words: &Vocab, out: &mut impl Write) -> io::Result<()> {
    let mut end = 0;
    for word in words.words() {
        end += word.len() as i64;
        out.write_all(&end.to_le_bytes())?;
    }
    (0..words.len() as u32).try_for_each(|id| {
        let count = i64::try_from(words.count(WordId(id))).unwrap_or(i64::MAX);
        out.write_all(&count.to_le_bytes())
    })
}

fn write_floats(values: &[f32], out: &mut impl Write) -> io::Result<()> {
    values.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))
}

/// A file that is being read. That the tensors lie within it was checked when it was opened.
struct File<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    tensors: SafeTensors<'a>,
}

impl<'a> File<'a> {
    fn new(path: &'a Path, bytes: &'a [u8]) -> Result<Self, EmbedError> {
        let wrong = |error: safetensors::SafeTensorError| EmbedError::Model {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        Ok(Self { path, bytes, tensors: SafeTensors::deserialize(bytes).map_err(wrong)? })
    }

    fn wrong(&self, reason: impl Into<String>) -> EmbedError {
        EmbedError::Model { path: self.path.to_owned(), reason: reason.into() }
    }

    fn header(&self) -> Result<Header, EmbedError> {
        let (_, metadata) =
            SafeTensors::read_metadata(self.bytes).map_err(|error| self.wrong(error.to_string()))?;
        let text = metadata.metadata().as_ref().and_then(|entries| entries.get(HEADER));
        let text = text.ok_or_else(|| self.wrong(format!("its metadata has no `{HEADER}`")))?;
        let header: Header = serde_json::from_str(text).map_err(|error| self.wrong(error.to_string()))?;
        if header.version != VERSION {
            return Err(self.wrong(format!("it is of version {}, expected {VERSION}", header.version)));
        }
        Ok(header)
    }

    /// The bytes and the shape of a tensor.
    fn tensor(&self, name: &str, dtype: Dtype) -> Result<(&'a [u8], Vec<usize>), EmbedError> {
        let view = self.tensors.tensor(name).map_err(|error| self.wrong(error.to_string()))?;
        if view.dtype() != dtype {
            return Err(self.wrong(format!("tensor `{name}` is {}, expected {dtype}", view.dtype())));
        }
        Ok((view.data(), view.shape().to_vec()))
    }

    fn matrix(&self, name: &str) -> Result<Matrix, EmbedError> {
        let (data, shape) = self.tensor(name, Dtype::F32)?;
        let &[n_rows, n_cols] = &shape[..] else {
            return Err(self.wrong(format!("tensor `{name}` is of shape {shape:?}, expected two numbers")));
        };
        let values: Vec<f32> = data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(self.wrong(format!("tensor `{name}` holds {value}")));
        }
        Matrix::from_vec(n_rows, n_cols, values).map_err(|error| self.wrong(error.to_string()))
    }

    fn vocab(&self, [text, ends, counts]: [&str; 3]) -> Result<Vocab, EmbedError> {
        let words = std::str::from_utf8(self.tensor(text, Dtype::U8)?.0)
            .map_err(|error| self.wrong(format!("tensor `{text}`: {error}")))?;
        let (ends, counts) = (self.numbers(ends)?, self.numbers(counts)?);
        if ends.len() != counts.len() {
            return Err(self.wrong(format!("{} ends of words, but {} counts", ends.len(), counts.len())));
        }
        let mut start = 0;
        let mut pairs = Vec::with_capacity(ends.len());
        for (end, count) in ends.into_iter().zip(counts) {
            let word = usize::try_from(end).ok().and_then(|end| words.get(start..end));
            let word = word.ok_or_else(|| self.wrong(format!("a word from {start} to {end} in `{text}`")))?;
            start += word.len();
            pairs.push((word, count));
        }
        Vocab::from_words(pairs, 0).map_err(|error| self.wrong(error.to_string()))
    }

    fn numbers(&self, name: &str) -> Result<Vec<u64>, EmbedError> {
        let (data, _) = self.tensor(name, Dtype::I64)?;
        let numbers = data.as_chunks().0.iter().map(|&bytes| u64::try_from(i64::from_le_bytes(bytes)));
        numbers.collect::<Result<_, _>>().map_err(|_| self.wrong(format!("a negative number in `{name}`")))
    }
}

#[cfg(test)]
mod tests;
