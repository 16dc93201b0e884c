//! A classifier as a folder that appears whole or not at all.

use crate::dataset::check_labels;
use crate::tensors::Tensors;
use crate::{FitReport, HeadError, HeadSettings};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const MANIFEST: &str = "classifier.json";
const WEIGHTS: &str = "weights.safetensors";
const FORMAT: &str = "sememe-classifier";
const VERSION: u32 = 1;

/// What the folder holds beside matrices and features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    format: String,
    version: u32,
    /// The SHA-256 of the matrices, in hexadecimal.
    weights_sha256: String,
    /// The names of the classes.
    pub(crate) labels: Vec<String>,
    /// What the classifier was made with.
    pub(crate) settings: HeadSettings,
    /// How its training went.
    pub(crate) report: FitReport,
}

/// The part of a manifest that every version has.
#[derive(Deserialize)]
struct Kind {
    format: String,
    version: u32,
}

impl Manifest {
    /// Of this version, not yet written.
    pub(crate) fn new(labels: Vec<String>, settings: HeadSettings, report: FitReport) -> Self {
        let (format, weights_sha256) = (FORMAT.to_owned(), String::new());
        Self { format, version: VERSION, weights_sha256, labels, settings, report }
    }

    /// Writes manifest and matrices into `dir`.
    pub(crate) fn write(mut self, dir: &Path, tensors: &Tensors) -> Result<(), HeadError> {
        let bytes = tensors.to_bytes()?;
        self.weights_sha256 = digest(&bytes);
        write_synced(&dir.join(WEIGHTS), &bytes)?;
        let path = dir.join(MANIFEST);
        let json = serde_json::to_vec_pretty(&self).map_err(|error| HeadError::io(&path)(error.into()))?;
        write_synced(&path, &json)
    }

    /// Reads and checks both.
    pub(crate) fn read(dir: &Path) -> Result<(Self, Tensors), HeadError> {
        let path = dir.join(MANIFEST);
        let manifest = Self::parse(&path, &read(&path)?)?;
        let path = dir.join(WEIGHTS);
        let bytes = read(&path)?;
        let found = digest(&bytes);
        if found != manifest.weights_sha256 {
            let reason = format!("expected the SHA-256 {}, found {found}", manifest.weights_sha256);
            return Err(HeadError::corrupt(&path, reason));
        }
        Ok((manifest, Tensors::from_bytes(&path, &bytes)?))
    }

    fn parse(path: &Path, json: &[u8]) -> Result<Self, HeadError> {
        let corrupt = |error| HeadError::corrupt(path, error);
        let kind: Kind = serde_json::from_slice(json).map_err(corrupt)?;
        if kind.format != FORMAT {
            let reason = format!("expected the format `{FORMAT}`, found `{}`", kind.format);
            return Err(HeadError::corrupt(path, reason));
        }
        if kind.version != VERSION {
            return Err(HeadError::Version { path: path.to_owned(), want: VERSION, found: kind.version });
        }
        let manifest: Self = serde_json::from_slice(json).map_err(corrupt)?;
        check_labels(&manifest.labels).map_err(|error| HeadError::corrupt(path, error))?;
        Ok(manifest)
    }
}

/// A folder under construction: it gets its name only when it is complete, and vanishes if it never is.
pub(crate) struct PartialFolder {
    partial: PathBuf,
    target: PathBuf,
}

impl PartialFolder {
    /// Begins the folder `target`, which must not exist unless `existing` says so; what a killed run left of it is
    /// removed.
    pub(crate) fn create(target: &Path, existing: Existing) -> Result<Self, HeadError> {
        existing.check(target)?;
        let partial = beside(target, "partial").map_err(HeadError::io(target))?;
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(HeadError::io(&partial))?;
        }
        fs::create_dir_all(&partial).map_err(HeadError::io(&partial))?;
        Ok(Self { partial, target: target.to_owned() })
    }

    /// Where the files go meanwhile.
    pub(crate) fn path(&self) -> &Path {
        &self.partial
    }

    /// Gives the folder its name. The files in it must have been synced.
    pub(crate) fn finish(self) -> Result<(), HeadError> {
        let parent = self.target.parent().filter(|parent| !parent.as_os_str().is_empty());
        sync(&self.partial)
            .and_then(|()| self.take_name())
            .and_then(|()| sync(parent.unwrap_or(Path::new("."))))
            .map_err(HeadError::io(&self.target))
    }

    /// Takes the name, from an older classifier if there is one, which goes only when the new one is in its place.
    fn take_name(&self) -> io::Result<()> {
        if !self.target.exists() {
            return fs::rename(&self.partial, &self.target);
        }
        let old = beside(&self.target, "old")?;
        if old.exists() {
            fs::remove_dir_all(&old)?;
        }
        fs::rename(&self.target, &old)?;
        if let Err(error) = fs::rename(&self.partial, &self.target) {
            fs::rename(&old, &self.target)?;
            return Err(error);
        }
        fs::remove_dir_all(&old)
    }
}

/// What becomes of a classifier that is in the folder already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is written.
    #[default]
    Refuse,
    /// The new one takes its place when it is whole. A folder with anything else in it is left alone.
    Replace,
}

impl Existing {
    /// Whether a classifier may be written to `folder`; to be asked before it is trained.
    ///
    /// # Errors
    /// If the folder is there, or is to be replaced but is neither empty nor that of a classifier.
    pub fn check(self, folder: &Path) -> Result<(), HeadError> {
        let path = || folder.to_owned();
        match self {
            _ if !folder.exists() => Ok(()),
            Self::Refuse => Err(HeadError::Exists { path: path() }),
            Self::Replace if folder.join(MANIFEST).is_file() => Ok(()),
            Self::Replace => match fs::read_dir(folder).map_err(HeadError::io(folder))?.next() {
                None => Ok(()),
                Some(_) => Err(HeadError::Foreign { path: path() }),
            },
        }
    }
}

impl Drop for PartialFolder {
    fn drop(&mut self) {
        // Once finished there is nothing of this name; a leftover is removed by the next run at the latest.
        let _ = fs::remove_dir_all(&self.partial);
    }
}

/// `.NAME.ENDING` beside `path`.
fn beside(path: &Path, ending: &str) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(".");
    hidden.push(ending);
    Ok(path.with_file_name(hidden))
}

/// Makes the names in a folder durable.
fn sync(folder: &Path) -> io::Result<()> {
    // Only Unix lets a folder be opened and synced; elsewhere the rename has to do.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), HeadError> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(HeadError::io(path))
}

fn read(path: &Path) -> Result<Vec<u8>, HeadError> {
    fs::read(path).map_err(HeadError::io(path))
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
