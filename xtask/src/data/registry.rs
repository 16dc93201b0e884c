//! What data sets there are: `xtask/data.toml`, read and checked.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

/// The registry of this workspace.
const REGISTRY: &str = include_str!("../../data.toml");

/// All sets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registry {
    #[serde(rename = "set")]
    pub(crate) sets: Vec<Set>,
}

/// A data set: a folder of files with one licence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Set {
    /// Its folder in the data folder.
    pub(crate) name: String,
    /// What it is used for.
    pub(crate) task: String,
    /// Its languages, by their two-letter codes.
    pub(crate) language: String,
    /// What its authors allow.
    pub(crate) licence: String,
    /// Whether the text of the licence was read, or its name taken as it is commonly stated.
    pub(crate) licence_read: bool,
    /// Where the authors describe it.
    pub(crate) page: String,
    /// How to get the files by hand, where no address serves them.
    #[serde(default)]
    pub(crate) manual: Option<String>,
    #[serde(default)]
    parser: Option<Parser>,
    #[serde(default)]
    about: Option<String>,
    #[serde(default)]
    archive: Option<String>,
    #[serde(default)]
    base: Option<String>,
    /// Its files.
    #[serde(rename = "file")]
    pub(crate) files: Vec<DataFile>,
}

/// A file of a set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataFile {
    /// Its path below the folder of the set.
    pub(crate) name: String,
    /// Its size on disk.
    pub(crate) bytes: u64,
    /// The digest of what is on disk.
    pub(crate) sha256: String,
    /// Its path under the base, or in the archive, of the set; its name where there is none.
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    parser: Option<Parser>,
    #[serde(default)]
    about: Option<String>,
    /// Whether its address serves another archive than the one with this digest.
    #[serde(default)]
    pub(crate) repacked: bool,
    /// What it holds, where it is an archive.
    #[serde(default)]
    pub(crate) unpacked: Option<Unpacked>,
}

/// What an archive holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unpacked {
    /// The number of files.
    pub(crate) files: u64,
    /// Their bytes together.
    pub(crate) bytes: u64,
    /// What is cut off in front of the paths.
    #[serde(default)]
    pub(crate) strip: String,
}

/// Which reader fits a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Parser {
    /// `: section` lines, then four words a line.
    Analogies,
    /// Unpacked before it is read.
    Archive,
    /// One token a line with its tags.
    Conll,
    /// Separated columns.
    Csv,
    /// JSON of its own shape.
    Json,
    /// Lines of text.
    Lines,
    /// Not read by programs.
    None,
    /// Two words and a score a line.
    Pairs,
    /// Relevance judgements.
    Qrels,
    /// `.I`, `.T`, `.W` fields.
    Smart,
    /// WikiExtractor's `<doc>` files.
    Wiki,
}

/// Where the authors' copy of a file is.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Source<'a> {
    /// The address serves the file, plain or gzipped.
    Direct(String),
    /// The address serves an archive with the file as a member.
    Member { archive: &'a str, path: &'a str },
    /// Nobody serves it: what to do by hand.
    Manual(&'a str),
}

impl Registry {
    /// The registry of this workspace.
    pub(crate) fn load() -> Result<Self> {
        Self::parse(REGISTRY).context("xtask/data.toml")
    }

    /// Reads a registry; refuses names that would leave the data folder, digests that are none and files from nowhere.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let registry: Self = toml::from_str(text)?;
        let mut names = BTreeSet::new();
        for set in &registry.sets {
            set.check().with_context(|| format!("the set `{}`", set.name))?;
            ensure!(names.insert(&set.name), "the set `{}` stands twice", set.name);
        }
        Ok(registry)
    }

    /// The sets of these names, or all where there are none.
    pub(crate) fn select(&self, names: &[String]) -> Result<Vec<&Set>> {
        if names.is_empty() {
            return Ok(self.sets.iter().collect());
        }
        names.iter().map(|name| self.find(name)).collect()
    }

    fn find(&self, name: &str) -> Result<&Set> {
        let Some(set) = self.sets.iter().find(|set| set.name == name) else {
            let nearest = self.sets.iter().min_by_key(|set| distance(&set.name, name));
            let nearest = nearest.map_or(String::new(), |set| format!(", the nearest is `{}`", set.name));
            bail!("there is no data set `{name}`{nearest}; `cargo xtask data list` shows all");
        };
        Ok(set)
    }
}

impl Set {
    /// The bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Where the authors' copy of `file` is.
    pub(crate) fn source<'a>(&'a self, file: &'a DataFile) -> Option<Source<'a>> {
        let path = file.path.as_deref().unwrap_or(&file.name);
        if let Some(url) = &file.url {
            return Some(Source::Direct(url.clone()));
        }
        let base = self.base.as_ref().map(|base| Source::Direct(base.clone() + &encode(path)));
        let member = self.archive.as_deref().map(|archive| Source::Member { archive, path });
        base.or(member).or(self.manual.as_deref().map(Source::Manual))
    }

    /// Which reader fits `file`.
    pub(crate) fn parser(&self, file: &DataFile) -> Option<Parser> {
        file.parser.or(self.parser)
    }

    /// What `file` looks like.
    pub(crate) fn about<'a>(&'a self, file: &'a DataFile) -> Option<&'a str> {
        file.about.as_deref().or(self.about.as_deref())
    }

    fn check(&self) -> Result<()> {
        ensure!(is_name(&self.name), "`{}` is no name of a folder", self.name);
        let mut names = BTreeSet::new();
        for file in &self.files {
            ensure!(is_name(&file.name), "`{}` is no name of a file", file.name);
            ensure!(names.insert(&file.name), "the file `{}` stands twice", file.name);
            ensure!(is_digest(&file.sha256), "`{}`: `{}` is no sha256", file.name, file.sha256);
            ensure!(self.source(file).is_some(), "`{}` has no url, base, archive or manual", file.name);
            let described = self.parser(file).is_some() && self.about(file).is_some();
            ensure!(described, "`{}` has no parser or nothing about it", file.name);
            let archive = self.parser(file) == Some(Parser::Archive);
            ensure!(
                archive == file.unpacked.is_some(),
                "`{}`: archives, and only they, are unpacked",
                file.name
            );
        }
        Ok(())
    }
}

/// One component of a path that is not hidden: files of ours begin with a dot.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// A path as it stands in an address (RFC 3986: all but unreserved characters and `/` as `%XX`).
pub(crate) fn encode(path: &str) -> String {
    path.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => encoded.push(byte.into()),
            _ => write!(encoded, "%{byte:02X}").expect("a string takes all that is written"),
        }
        encoded
    })
}

/// Levenshtein's distance: the fewest insertions, deletions and replacements that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let first: Vec<usize> = (0..=b.len()).collect();
    let last = a.chars().fold(first, |above, c| {
        let mut row = vec![above[0] + 1];
        for (at, &other) in b.iter().enumerate() {
            let replaced = above[at] + usize::from(c != other);
            row.push(replaced.min(above[at + 1] + 1).min(row[at] + 1));
        }
        row
    });
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /// A registry of one set with `keys` and one file with `file`.
    fn one(name: &str, keys: &str, file: &str) -> Result<Registry> {
        Registry::parse(&format!(
            "[[set]]\nname = {name:?}\ntask = 't'\nlanguage = 'en'\nlicence = 'MIT'\nlicence_read = true\npage = 'p'\n\
             parser = 'lines'\nabout = 'a'\n{keys}\nfile = [{{ name = 'f.txt', bytes = 1, sha256 = '{DIGEST}', {file} }}]"
        ))
    }

    #[track_caller]
    fn check(keys: &str, file: &str, want: &Source<'_>) {
        let registry = one("s", keys, file).unwrap();
        assert_eq!(registry.sets[0].source(&registry.sets[0].files[0]).as_ref(), Some(want));
    }

    #[track_caller]
    fn check_error(name: &str, keys: &str, file: &str, want: &str) {
        let error = format!("{:#}", one(name, keys, file).unwrap_err());
        assert!(error.contains(want), "{error}");
    }

    #[test]
    fn the_registry_of_this_workspace_is_sound() {
        let registry = Registry::load().unwrap();
        assert!(registry.sets.len() >= 48);
        assert!(registry.sets.iter().any(|set| set.name == "enwiki-2015"));
    }

    #[test]
    fn an_address_is_the_files_own_or_follows_from_the_set() {
        check("base = 'http://h/d/'", "", &Source::Direct("http://h/d/f.txt".into()));
        check(
            "base = 'http://h/d/'",
            "path = '红/x y'",
            &Source::Direct("http://h/d/%E7%BA%A2/x%20y".into()),
        );
        check("base = 'http://h/d/'", "url = 'http://g/'", &Source::Direct("http://g/".into()));
        let member = Source::Member { archive: "http://h/a.zip", path: "d/f" };
        check("archive = 'http://h/a.zip'", "path = 'd/f'", &member);
        check("manual = 'by hand'", "", &Source::Manual("by hand"));
    }

    #[test]
    fn names_that_leave_the_data_folder_are_refused() {
        check_error("../s", "manual = 'm'", "", "`../s` is no name of a folder");
        check_error(".hidden", "manual = 'm'", "", "`.hidden` is no name of a folder");
    }

    #[test]
    fn a_file_from_nowhere_is_refused() {
        check_error("s", "", "", "`f.txt` has no url, base, archive or manual");
    }

    #[test]
    fn a_misspelt_key_is_refused() {
        check_error("s", "manual = 'm'\nlicense = 'MIT'", "", "unknown field `license`");
    }

    #[test]
    fn an_archive_without_its_content_is_refused() {
        check_error("s", "manual = 'm'", "parser = 'archive'", "archives, and only they, are unpacked");
    }

    #[test]
    fn a_misspelt_set_finds_the_nearest() {
        let error = Registry::load().unwrap().select(&["ag-news".into()]).unwrap_err().to_string();
        assert!(error.contains("there is no data set `ag-news`, the nearest is `ag_news`"), "{error}");
    }

    #[test]
    fn distances_count_edits() {
        for (a, b, want) in [("", "abc", 3), ("kitten", "sitting", 3), ("a", "a", 0), ("红楼", "楼", 1)] {
            assert_eq!(distance(a, b), want, "{a} {b}");
        }
    }
}
