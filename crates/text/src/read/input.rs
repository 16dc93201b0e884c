//! Finding files, and looking at how they start.

use super::encoding::Encoding;
use super::options::{Format, InvalidPolicy, ReadOptions};
use super::source::unpacked;
use crate::TextError;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A file to read.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) path: PathBuf,
    pub(super) packing: Packing,
    /// Its size on disk.
    pub(super) n_bytes: u64,
    /// The folders between the folder given and the file.
    pub(super) label: Option<String>,
}

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
}

/// The files that `paths` stand for.
///
/// # Errors
/// If there is none, if one is missing or cannot be opened, or if the first bytes show that it is not text.
pub(super) fn find<P: AsRef<Path>>(paths: &[P], options: &ReadOptions) -> Result<Vec<Input>, TextError> {
    let mut inputs = Vec::new();
    for path in paths {
        let path = path.as_ref();
        let metadata = fs::metadata(path).map_err(|source| io_error(path, source))?;
        match options.format {
            Format::File if metadata.is_dir() => find_below(path, options, &mut inputs)?,
            _ if !metadata.is_dir() && !metadata.is_file() => {
                return Err(TextError::NotAFile { path: path.to_owned() });
            }
            _ if metadata.is_dir() => return Err(TextError::Folder { path: path.to_owned() }),
            _ => inputs.push(probe(path, options)?),
        }
    }
    match inputs.first() {
        None => Err(TextError::NoFiles),
        Some(first) if inputs.iter().all(|input| input.n_bytes == 0) => {
            Err(TextError::Empty { path: first.path.clone() })
        }
        Some(_) => Ok(inputs),
    }
}

/// Adds the files in `folder` and below.
fn find_below(folder: &Path, options: &ReadOptions, inputs: &mut Vec<Input>) -> Result<(), TextError> {
    let n_before = inputs.len();
    // Deeper than any real tree: a link that leads back up ends here.
    let mut depths = vec![(folder.to_owned(), 0)];
    while let Some((path, depth)) = depths.pop() {
        if !path.is_dir() {
            let label = label(folder, &path);
            inputs.push(Input { label, ..probe(&path, options)? });
        } else if depth < MAX_DEPTH {
            let entries = entries(&path)?;
            depths.extend(entries.into_iter().rev().map(|entry| (entry, depth + 1)));
        } else {
            return Err(TextError::FolderWithoutFiles { path: folder.to_owned() });
        }
    }
    match inputs.len() > n_before {
        true => Ok(()),
        false => Err(TextError::FolderWithoutFiles { path: folder.to_owned() }),
    }
}

const MAX_DEPTH: usize = 64;

/// What `folder` holds, less what is hidden, in the order of the names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, TextError> {
    let listed = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut paths: Vec<PathBuf> = listed.map_err(|source| io_error(folder, source))?;
    let is_hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    paths.retain(|path| !is_hidden(path));
    paths.sort();
    Ok(paths)
}

fn label(folder: &Path, path: &Path) -> Option<String> {
    let below = path.strip_prefix(folder).ok()?.parent()?.to_string_lossy();
    (!below.is_empty()).then(|| below.replace('\\', "/"))
}

/// Opens a file and looks at how it starts.
fn probe(path: &Path, options: &ReadOptions) -> Result<Input, TextError> {
    let input = Input::open(path)?;
    let fail = |source| read_error(path, input.packing, source);
    let head = head(unpacked(&input, 0..input.n_bytes)?).map_err(fail)?;
    check_head(path, &head, options)?;
    Ok(input)
}

impl Input {
    /// Opens a file to see how it is compressed.
    pub(super) fn open(path: &Path) -> Result<Self, TextError> {
        let fail = |source| io_error(path, source);
        let file = File::open(path).map_err(fail)?;
        let metadata = file.metadata().map_err(fail)?;
        if metadata.is_dir() {
            return Err(TextError::Folder { path: path.to_owned() });
        }
        let packing = packing(&head(file).map_err(fail)?);
        Ok(Self { path: path.to_owned(), packing, n_bytes: metadata.len(), label: None })
    }
}

fn head(reader: impl Read) -> io::Result<Vec<u8>> {
    const HEAD: u64 = 8 << 10;
    let mut head = Vec::new();
    reader.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

fn packing(head: &[u8]) -> Packing {
    match head {
        [0x1F, 0x8B, ..] => Packing::Gzip,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Packing::Zstd,
        _ => Packing::None,
    }
}

fn check_head(path: &Path, head: &[u8], options: &ReadOptions) -> Result<(), TextError> {
    let (path, encoding) = (|| path.to_owned(), options.encoding.name());
    if let Some((_, found)) = OTHER_KINDS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(TextError::OtherKind { path: path(), found });
    }
    if let Some(found) = wide_mark(head).filter(|_| options.encoding.is_utf8()) {
        return Err(TextError::ByteOrderMark { path: path(), found, encoding });
    }
    let zero = memchr::memchr(0, head).filter(|_| may_not_hold_zero(options.encoding, options.invalid));
    zero.map_or(Ok(()), |offset| Err(TextError::Binary { path: path(), offset: offset as u64, encoding }))
}

fn may_not_hold_zero(encoding: Encoding, invalid: InvalidPolicy) -> bool {
    invalid == InvalidPolicy::Refuse && !encoding.has_zero_bytes()
}

fn wide_mark(head: &[u8]) -> Option<&'static str> {
    match head {
        [0xFF, 0xFE, ..] => Some("UTF-16LE"),
        [0xFE, 0xFF, ..] => Some("UTF-16BE"),
        _ => None,
    }
}

/// Starts of files that are often mistaken for text.
const OTHER_KINDS: [(&[u8], &str); 8] = [
    (b"PK\x03\x04", "a ZIP archive"),
    (b"BZh", "compressed with bzip2"),
    (b"\xFD7zXZ\0", "compressed with xz"),
    (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"),
    (b"%PDF-", "a PDF document"),
    (b"PAR1", "a Parquet table"),
    (b"\x89PNG", "a PNG image"),
    (b"\x7FELF", "a program"),
];

pub(super) fn io_error(path: &Path, source: io::Error) -> TextError {
    TextError::Io { path: path.to_owned(), source }
}

/// An error while reading; in a compressed file it is most likely that file's fault.
pub(super) fn read_error(path: &Path, packing: Packing, source: io::Error) -> TextError {
    let compression = match packing {
        Packing::None => return io_error(path, source),
        Packing::Gzip => "gzip",
        Packing::Zstd => "zstd",
    };
    TextError::Compressed { path: path.to_owned(), compression, source }
}
