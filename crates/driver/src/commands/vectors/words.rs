//! Which words of the vectors a command works on.

use super::{Format, load};
use crate::cli::Context;
use crate::commands::paths::read_text;
use clap::Args;
use sememe_kernels::Matrix;
use sememe_vectors::Embeddings;
use std::path::PathBuf;

/// Vectors, and some of their words.
#[derive(Debug, Args)]
pub(super) struct WordsArgs {
    /// File of vectors
    file: PathBuf,
    /// Its format [default: found by its content]
    #[arg(long)]
    format: Option<Format>,
    /// Take so many of the most frequent words
    #[arg(long, value_name = "N", default_value_t = 2000, conflicts_with = "list")]
    words: usize,
    /// Take the words in this file, one a line; `-` is stdin
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
}

/// Some words and their vectors.
pub(super) struct Selected {
    pub(super) vectors: Embeddings,
    pub(super) words: Vec<String>,
    /// `f32[words.len(), dim]`
    pub(super) rows: Matrix,
}

impl WordsArgs {
    /// Those of the words that have vectors; how many have none is said.
    pub(super) fn open(&self, context: &Context) -> anyhow::Result<Selected> {
        let listed = self.list.as_ref().map(|path| read_text(path)).transpose()?;
        let (vectors, _) = load(&self.file, self.format, context)?;
        let words: Vec<String> = match &listed {
            Some(text) => distinct(text),
            None => vectors.vocab().words().take(self.words).map(str::to_owned).collect(),
        };
        let n_asked = words.len();
        let words: Vec<String> = words.into_iter().filter(|word| vectors.vector(word).is_some()).collect();
        anyhow::ensure!(!words.is_empty(), "none of {n_asked} words has a vector");
        if words.len() < n_asked {
            let n = n_asked - words.len();
            context.console.note(format_args!("note: {n} of {n_asked} words have no vector"));
        }
        let mut rows = Matrix::zeros(words.len(), vectors.dim());
        for (i, word) in words.iter().enumerate() {
            if let Some(vector) = vectors.vector(word) {
                rows.row_mut(i).copy_from_slice(&vector);
            }
        }
        Ok(Selected { vectors, words, rows })
    }
}

impl WordsArgs {
    /// The name of the file of vectors, without folder.
    pub(super) fn name(&self) -> String {
        self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// The lines that are not blank, each once.
fn distinct(text: &str) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.filter(|line| seen.insert(*line)).map(str::to_owned).collect()
}
