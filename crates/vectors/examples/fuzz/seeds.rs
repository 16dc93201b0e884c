//! Small files of every format, as other programs and this one write them.

use crate::mutation::Header;
use safetensors::tensor::{Dtype, TensorView};
use sememe_vectors::{Embeddings, VectorFormat, load, save};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A valid file.
pub(crate) struct Seed {
    pub(crate) name: String,
    pub(crate) format: VectorFormat,
    pub(crate) bytes: Vec<u8>,
    /// The words that stand beside it.
    pub(crate) words: Option<Vec<u8>>,
    /// Where it says how long its header is.
    pub(crate) header: Option<Header>,
}

/// Files of other programs.
const GOLDEN: [&str; 10] = [
    "gensim.txt",
    "gensim.bin",
    "skipgram.bin",
    "supervised.bin",
    "pruned.ftz",
    "simple.fifu",
    "buckets.fifu",
    "fasttext.fifu",
    "quantized.fifu",
    "half.npy",
];

/// Files that this program makes of them.
const WRITTEN: [(&str, &str, VectorFormat); 12] = [
    ("gensim.txt", "text.glove", VectorFormat::GloveText),
    ("gensim.txt", "text.vec.gz", VectorFormat::Word2vecText),
    ("gensim.bin", "binary.bin.zst", VectorFormat::Word2vecBinary),
    ("supervised.bin", "fasttext.vec", VectorFormat::Word2vecText),
    ("skipgram.bin", "buckets.safetensors", VectorFormat::Safetensors),
    ("pruned.ftz", "pruned.safetensors", VectorFormat::Safetensors),
    ("quantized.fifu", "quantized.safetensors", VectorFormat::Safetensors),
    ("half.npy", "half.safetensors", VectorFormat::Safetensors),
    ("simple.fifu", "simple.safetensors", VectorFormat::Safetensors),
    ("skipgram.bin", "skipgram.fifu", VectorFormat::Finalfusion),
    ("fasttext.fifu", "fifu.bin", VectorFormat::Fasttext),
    ("gensim.txt", "plain.npy", VectorFormat::Npy),
];

impl Seed {
    fn read(path: &Path, name: &str, format: VectorFormat) -> Self {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let header = match format {
            VectorFormat::Safetensors => Some(Header { at: 0, bytes: 8 }),
            VectorFormat::Npy => Some(Header { at: 8, bytes: 2 }),
            _ => None,
        };
        Self {
            name: name.to_owned(),
            format,
            bytes,
            words: fs::read(path.with_extension("words.txt")).ok(),
            header,
        }
    }

    /// How the name of such a file ends.
    pub(crate) fn extension(&self) -> &str {
        self.name.split_once('.').map_or("", |(_, extension)| extension)
    }
}

/// All of them; those that have to be made are made in `folder` first.
pub(crate) fn all(folder: &Path) -> Vec<Seed> {
    let golden = |name: &str| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden")).join(name);
    let read = |path: &Path| load(path, None).unwrap_or_else(|error| panic!("{error}"));
    let mut seeds: Vec<Seed> =
        GOLDEN.iter().map(|name| Seed::read(&golden(name), name, read(&golden(name)).1.format)).collect();
    for (from, name, format) in WRITTEN {
        let (path, vectors) = (folder.join(name), Embeddings::map(&golden(from)).expect("a golden file"));
        save(&vectors, &path, format).unwrap_or_else(|error| panic!("{error}"));
        seeds.push(Seed::read(&path, name, format));
    }
    let path = folder.join("bytes.safetensors");
    fs::write(&path, bytes()).expect("a folder that can be written to");
    seeds.push(Seed::read(&path, "bytes.safetensors", VectorFormat::Safetensors));
    seeds
}

/// Three words of two bytes each, with scales.
fn bytes() -> Vec<u8> {
    let scales: Vec<u8> = [0.5f32, 0.25, 1.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let ends: Vec<u8> = [3i64, 5, 8].iter().flat_map(|x| x.to_le_bytes()).collect();
    let rows = [1u8, 0xff, 127, 0x80, 0, 3];
    let tensors = [
        ("embeddings", Dtype::I8, vec![3, 2], &rows[..]),
        ("scales", Dtype::F32, vec![3], &scales),
        ("words", Dtype::U8, vec![8], b"theofand"),
        ("word_ends", Dtype::I64, vec![3], &ends),
    ];
    let view = |(name, dtype, shape, bytes)| {
        (name, TensorView::new(dtype, shape, bytes).expect("a tensor of this shape"))
    };
    let metadata = [("n_special".to_owned(), "1".to_owned())].into();
    safetensors::serialize(tensors.map(view), Some(metadata)).expect("tensors")
}

/// Removes the files of executions.
pub(crate) fn remove_running(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("running.")) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
