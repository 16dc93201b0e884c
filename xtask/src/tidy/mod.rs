//! Rules that the compiler does not know: the layers of the crates, and what their files must not contain.

mod code;
mod layers;
mod sources;

use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::{self, Metadata, Package};

/// A breach of a rule.
#[derive(Debug)]
pub(crate) struct Finding {
    path: String,
    line: Option<usize>,
    message: String,
}

impl Finding {
    /// A finding about a whole file.
    fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, message: message.into() }
    }

    /// A finding in the line `line`, counted from 1.
    fn at(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: Some(line), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

/// A file of the repository.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// Where it is, from the root, with `/` between folders.
    path: String,
    /// Its size.
    bytes: usize,
    /// Its text, where it is UTF-8.
    text: Option<String>,
}

impl SourceFile {
    fn new(path: String, content: Vec<u8>) -> Self {
        Self { path, bytes: content.len(), text: String::from_utf8(content).ok() }
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether people write it, as code or prose; the answers of other programs and data are left as they came.
    fn is_written(&self) -> bool {
        let written = ["rs", "toml", "md", "py", "sh", "css", "html", "yml"];
        let extension = Path::new(&self.path).extension().and_then(|extension| extension.to_str());
        !self.path.contains("/golden/") && extension.is_some_and(|extension| written.contains(&extension))
    }

    fn is_in(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }
}

/// Prints every breach of every rule; an error where there is one.
pub(crate) fn run() -> Result<()> {
    let findings = findings(&Metadata::read()?, &repository(workspace::root())?);
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        n => bail!("tidy found {n} breaches of the rules of this workspace"),
    }
}

/// Every breach of every rule.
fn findings(metadata: &Metadata, files: &[SourceFile]) -> Vec<Finding> {
    let about_packages = [layers::arrows, layers::stale_rows, layers::reserved, layers::described];
    let about_a_file = [
        sources::length,
        sources::size,
        sources::white_space,
        sources::left_overs,
        sources::printing,
        sources::open_errors,
        sources::toml,
    ];
    let about_files = [sources::unsafe_code, sources::feature_conditions];
    let packages = about_packages.iter().flat_map(|rule| rule(metadata));
    let single = files.iter().flat_map(|file| about_a_file.iter().flat_map(move |rule| rule(file)));
    let all = about_files.iter().flat_map(|rule| rule(files));
    packages.chain(single).chain(all).chain(map(metadata, files)).collect()
}

/// Crates that the map of the crates does not show.
fn map(metadata: &Metadata, files: &[SourceFile]) -> Vec<Finding> {
    const MAP: &str = "crates/README.md";
    let text =
        files.iter().find(|file| file.path == MAP).and_then(|file| file.text.as_deref()).unwrap_or_default();
    let folders = metadata.packages.iter().filter_map(folder_in_crates);
    let missing = folders.filter(|folder| !text.contains(&format!("`{folder}`")));
    missing.map(|folder| Finding::new(MAP, format!("does not mention `{folder}`"))).collect()
}

/// The NAME of a package in `crates/NAME`.
fn folder_in_crates(package: &Package) -> Option<&str> {
    let folder = package.manifest_path.parent()?;
    let inside = folder.parent()?.file_name()? == "crates";
    folder.file_name().filter(|_| inside)?.to_str()
}

/// The files of the repository: those that git has or would add, or all but build outputs where there is no git.
fn repository(root: &Path) -> Result<Vec<SourceFile>> {
    let paths = match git_files(root) {
        Some(paths) => paths,
        None => walk(root, "")?,
    };
    let existing = paths.into_iter().filter(|path| root.join(path).is_file());
    existing
        .map(|path| {
            let content = std::fs::read(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
            Ok(SourceFile::new(path, content))
        })
        .collect()
}

fn git_files(root: &Path) -> Option<Vec<String>> {
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").current_dir(root).args(list).output().ok()?;
    let names = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    Some(names.split_terminator('\0').map(str::to_owned).collect())
}

fn walk(root: &Path, folder: &str) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for entry in
        std::fs::read_dir(root.join(folder)).with_context(|| format!("cannot read the folder {folder}"))?
    {
        let entry = entry?;
        let path = format!("{folder}{}", entry.file_name().to_string_lossy());
        match path.as_str() {
            "target" | ".git" | "sememe-out" => {}
            _ if entry.file_type()?.is_dir() => paths.extend(walk(root, &format!("{path}/"))?),
            _ => paths.push(path),
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_is_tidy() {
        let files = repository(workspace::root()).unwrap();
        let findings = findings(&Metadata::read().unwrap(), &files);
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "{}", lines.join("\n"));
    }

    #[test]
    fn a_folder_without_git_is_walked() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["target/a", ".git/a", "crates/text/src/lib.rs", "README.md"] {
            std::fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
            std::fs::write(folder.path().join(path), "x").unwrap();
        }
        let mut paths = walk(folder.path(), "").unwrap();
        paths.sort();
        assert_eq!(paths, ["README.md", "crates/text/src/lib.rs"]);
    }

    #[test]
    fn a_crate_that_the_map_does_not_show_fails() {
        let json = br#"{"packages":[{"name":"sememe-text","description":null,"license":null,
            "manifest_path":"/x/crates/text/Cargo.toml","dependencies":[]}]}"#;
        let metadata = Metadata::parse(json).unwrap();
        let shown = SourceFile::new("crates/README.md".into(), b"| [`text`](text) |".to_vec());
        assert!(map(&metadata, &[shown]).is_empty());
        assert_eq!(map(&metadata, &[])[0].to_string(), "crates/README.md: does not mention `text`");
    }
}
