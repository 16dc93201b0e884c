//! Formats of files of vectors, as the command line names them.

use clap::ValueEnum;
use sememe_vectors::VectorFormat;
use std::path::Path;

/// A format of files of vectors.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    /// word2vec, fastText .vec and gensim: a header, then a line a word
    #[value(name = "word2vec-text")]
    Word2vecText,
    /// word2vec and gensim, binary
    #[value(name = "word2vec-binary")]
    Word2vecBinary,
    /// A line a word, without a header
    #[value(name = "glove-text", alias = "glove")]
    GloveText,
    /// Tensors `embeddings`, `words`, `word_ends`, `counts`
    Safetensors,
    /// numpy: a matrix, with the words in NAME.words.txt beside NAME.npy
    Npy,
    /// fastText .bin and .ftz, with n-grams
    Fasttext,
    /// finalfusion .fifu
    Finalfusion,
}

impl From<Format> for VectorFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Word2vecText => Self::Word2vecText,
            Format::Word2vecBinary => Self::Word2vecBinary,
            Format::GloveText => Self::GloveText,
            Format::Safetensors => Self::Safetensors,
            Format::Npy => Self::Npy,
            Format::Fasttext => Self::Fasttext,
            Format::Finalfusion => Self::Finalfusion,
        }
    }
}

/// The format that the name of a file stands for: safetensors unless it says otherwise. `.bin` is word2vec's, since
/// fastText's has to be asked for.
pub(super) fn format_of(path: &Path) -> Format {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    match Path::new(name).extension().and_then(|extension| extension.to_str()) {
        Some("txt" | "vec") => Format::Word2vecText,
        Some("bin") => Format::Word2vecBinary,
        Some("glove") => Format::GloveText,
        Some("npy") => Format::Npy,
        Some("fifu") => Format::Finalfusion,
        Some("ftz") => Format::Fasttext,
        _ => Format::Safetensors,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_formats() {
        let check = |name, want| assert_eq!(VectorFormat::from(format_of(Path::new(name))), want, "{name}");
        check("a.b/vectors.vec.gz", VectorFormat::Word2vecText);
        check("vectors.bin", VectorFormat::Word2vecBinary);
        check("vectors.fifu", VectorFormat::Finalfusion);
        check("vectors.npy", VectorFormat::Npy);
        check("vectors.ftz", VectorFormat::Fasttext);
        check("vectors", VectorFormat::Safetensors);
    }
}
