//! Paths that a command writes to and reads from.

use crate::exit::bail_usage;
use anyhow::Context as _;
use std::fs;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

/// Refuses to write over `path` unless told to.
pub(crate) fn refuse_existing(path: &Path, force: bool) -> anyhow::Result<()> {
    if !force && path.exists() {
        bail_usage!("{} exists; choose another name or pass --force", path.display());
    }
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) if !parent.is_dir() => {
            bail_usage!("cannot write {}: there is no folder {}", path.display(), parent.display())
        }
        _ => Ok(()),
    }
}

/// A path as messages name it: `-` is stdin.
pub(crate) fn name(path: &Path) -> String {
    if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() }
}

/// The text of a small file, or of stdin for `-`.
pub(crate) fn read_text(path: &Path) -> anyhow::Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read stdin")?;
        return Ok(text);
    }
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// A text file, compressed or not, or stdin for `-`.
pub(crate) fn open_lines(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    Ok(Box::new(sememe_text::open_text(path)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn existing_files_and_missing_folders_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        assert!(refuse_existing(&file, false).is_ok());
        fs::write(&file, "").unwrap();
        assert!(refuse_existing(&file, false).is_err());
        assert!(refuse_existing(&file, true).is_ok());
        assert!(refuse_existing(&dir.path().join("no/a"), true).is_err());
    }
}
