//! Rules about single files.

use super::code::{code_only, is_word};
use super::{Finding, SourceFile};

/// The most lines of a file that people write.
const MAX_LINES: usize = 800;
/// The most bytes of any file.
const MAX_BYTES: usize = 400_000;
/// The workspace has fewer conditions on features than this.
const MAX_FEATURE_CONDITIONS: usize = 15;
/// Crates with one file that maps others into memory.
const MAPPING_CRATES: &[&str] = &["crates/vectors/", "crates/lm/", "crates/vocab/"];
/// The crate that is a program rather than a library, and so prints.
const PROGRAM: &str = "crates/driver/";
/// Left-overs that must not be committed.
const LEFT_OVERS: &[&str] = &["todo!(", "unimplemented!(", "dbg!(", "#[ignore"];
/// Macros that print.
const PRINTING: &[&str] = &["println!(", "print!(", "eprintln!(", "eprint!("];

/// Files that are too long to be read.
pub(crate) fn length(file: &SourceFile) -> Vec<Finding> {
    let lines = file.text.as_deref().filter(|_| file.is_written()).map_or(0, |text| text.lines().count());
    let long = (lines > MAX_LINES).then(|| format!("{lines} lines, more than {MAX_LINES}"));
    long.map(|message| Finding::new(&*file.path, message)).into_iter().collect()
}

/// Files that are too large for a repository.
pub(crate) fn size(file: &SourceFile) -> Vec<Finding> {
    let large = (file.bytes > MAX_BYTES).then(|| format!("{} bytes, more than {MAX_BYTES}", file.bytes));
    large.map(|message| Finding::new(&*file.path, message)).into_iter().collect()
}

/// Lines that end in white space, tabs in Rust, and no newline at the end.
pub(crate) fn white_space(file: &SourceFile) -> Vec<Finding> {
    let Some(text) = file.text.as_deref().filter(|_| file.is_written()) else { return Vec::new() };
    let trailing =
        lines_where(file, text, "white space at the end", |line| line.ends_with([' ', '\t', '\r']));
    let tabs = lines_where(file, text, "a tab", |line| file.is_rust() && line.contains('\t'));
    let open = (!text.is_empty() && !text.ends_with('\n'))
        .then(|| Finding::new(&*file.path, "no newline at the end"));
    trailing.into_iter().chain(tabs).chain(open).collect()
}

/// Stubs, ignored tests and debugging.
pub(crate) fn left_overs(file: &SourceFile) -> Vec<Finding> {
    LEFT_OVERS.iter().flat_map(|pattern| forbid(file, pattern)).collect()
}

/// Printing in the source of libraries; their examples and tests may.
pub(crate) fn printing(file: &SourceFile) -> Vec<Finding> {
    let library = file.is_in(&["crates/"]) && file.path.contains("/src/") && !file.is_in(&[PROGRAM]);
    if !library {
        return Vec::new();
    }
    PRINTING.iter().flat_map(|pattern| forbid(file, pattern)).collect()
}

/// `unsafe` outside `kernels`, but for one file in each crate that maps files.
pub(crate) fn unsafe_code(files: &[SourceFile]) -> Vec<Finding> {
    let allowed: Vec<&str> = MAPPING_CRATES.iter().filter_map(|folder| mapping_file(files, folder)).collect();
    let others =
        files.iter().filter(|file| !file.is_in(&["crates/kernels/"]) && !allowed.contains(&&*file.path));
    others.flat_map(|file| forbid(file, "unsafe")).collect()
}

/// The first file with unsafe code below `folder`.
fn mapping_file<'a>(files: &'a [SourceFile], folder: &str) -> Option<&'a str> {
    let first = files.iter().find(|file| file.is_in(&[folder]) && !forbid(file, "unsafe").is_empty());
    first.map(|file| file.path.as_str())
}

/// Too many conditions on features.
pub(crate) fn feature_conditions(files: &[SourceFile]) -> Vec<Finding> {
    let conditions: Vec<Finding> = files.iter().flat_map(|file| forbid(file, "feature =")).collect();
    let message =
        format!("{} conditions on features, not fewer than {MAX_FEATURE_CONDITIONS}", conditions.len());
    let too_many = conditions.len() >= MAX_FEATURE_CONDITIONS;
    too_many.then(|| Finding::new("Cargo.toml", message)).into_iter().collect()
}

/// Public error enums to which no variant could be added later.
pub(crate) fn open_errors(file: &SourceFile) -> Vec<Finding> {
    let Some(text) = file.text.as_deref().filter(|_| file.is_rust()) else { return Vec::new() };
    let code = code_only(text);
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    let closed =
        (0..lines.len()).filter(|&at| is_public_error(lines[at]) && !has_non_exhaustive(&lines[..at]));
    closed.map(|at| Finding::at(&*file.path, at + 1, "an error enum without `#[non_exhaustive]`")).collect()
}

fn is_public_error(line: &str) -> bool {
    let name = line.strip_prefix("pub enum ").and_then(|rest| rest.split(|c| !is_word(c)).next());
    name.is_some_and(|name| name.ends_with("Error"))
}

/// Whether the attributes at the end of `above` have it.
fn has_non_exhaustive(above: &[&str]) -> bool {
    let attributes = above.iter().rev().take_while(|line| line.is_empty() || line.starts_with("#["));
    attributes.into_iter().any(|line| *line == "#[non_exhaustive]")
}

/// TOML that is none: manifests, settings and job files.
pub(crate) fn toml(file: &SourceFile) -> Vec<Finding> {
    let text = file.text.as_deref().filter(|_| file.path.ends_with(".toml"));
    let error = text.and_then(|text| text.parse::<toml::Table>().err());
    error
        .map(|error| Finding::new(&*file.path, format!("no TOML: {}", error.message())))
        .into_iter()
        .collect()
}

/// Every place of `pattern` in the code of a Rust file, as a word of its own.
fn forbid(file: &SourceFile, pattern: &str) -> Vec<Finding> {
    let Some(text) = file.text.as_deref().filter(|text| file.is_rust() && text.contains(pattern)) else {
        return Vec::new();
    };
    lines_where(file, &code_only(text), &format!("`{pattern}`"), |line| has_word(line, pattern))
}

fn has_word(line: &str, pattern: &str) -> bool {
    line.match_indices(pattern).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(is_word);
        let ends_in_word = pattern.ends_with(is_word);
        let after = ends_in_word && line[at + pattern.len()..].starts_with(is_word);
        !before && !after
    })
}

fn lines_where(file: &SourceFile, text: &str, message: &str, found: impl Fn(&str) -> bool) -> Vec<Finding> {
    let lines = text.split('\n').enumerate().filter(|(_, line)| found(line));
    lines.map(|(at, _)| Finding::at(&*file.path, at + 1, message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile::new(path.into(), text.as_bytes().to_vec())
    }

    #[track_caller]
    fn check(rule: fn(&SourceFile) -> Vec<Finding>, path: &str, text: &str, want: &[&str]) {
        let found: Vec<String> = rule(&file(path, text)).iter().map(ToString::to_string).collect();
        assert_eq!(found, want);
    }

    #[track_caller]
    fn check_all(rule: fn(&[SourceFile]) -> Vec<Finding>, files: &[(&str, &str)], want: &[&str]) {
        let files: Vec<SourceFile> = files.iter().map(|(path, text)| file(path, text)).collect();
        let found: Vec<String> = rule(&files).iter().map(ToString::to_string).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn a_file_of_801_lines_fails() {
        check(length, "a.rs", &"x\n".repeat(800), &[]);
        check(length, "a.rs", &"x\n".repeat(801), &["a.rs: 801 lines, more than 800"]);
    }

    #[test]
    fn golden_files_may_be_long() {
        check(length, "crates/lm/tests/golden/a.md", &"x \n".repeat(801), &[]);
        check(white_space, "crates/lm/tests/golden/a.md", "x ", &[]);
    }

    #[test]
    fn a_large_file_fails() {
        check(size, "a.bin", &"x".repeat(400_001), &["a.bin: 400001 bytes, more than 400000"]);
    }

    #[test]
    fn white_space_at_the_end_fails() {
        let want = ["a.md:2: white space at the end", "a.md: no newline at the end"];
        check(white_space, "a.md", "a\nb \nc", &want);
    }

    #[test]
    fn a_tab_in_rust_fails() {
        check(white_space, "a.rs", "\tx\n", &["a.rs:1: a tab"]);
        check(white_space, "a.py", "\tx\n", &[]);
    }

    #[test]
    fn a_stub_fails() {
        check(left_overs, "a.rs", "fn f() {\n    todo!()\n}\n", &["a.rs:2: `todo!(`"]);
        check(left_overs, "a.rs", "#[test]\n#[ignore = \"slow\"]\n", &["a.rs:2: `#[ignore`"]);
        check(left_overs, "a.rs", "// todo!()\nlet x = \"dbg!()\";\n", &[]);
    }

    #[test]
    fn printing_in_a_library_fails() {
        check(
            printing,
            "crates/text/src/a.rs",
            "eprintln!(\"x\");\n",
            &["crates/text/src/a.rs:1: `eprintln!(`"],
        );
        check(printing, "crates/driver/src/a.rs", "println!(\"x\");\n", &[]);
        check(printing, "crates/text/examples/a.rs", "println!(\"x\");\n", &[]);
    }

    #[test]
    fn unsafe_code_outside_kernels_fails() {
        let code = "let x = unsafe { f() };\n";
        check_all(unsafe_code, &[("crates/kernels/src/a.rs", code)], &[]);
        check_all(unsafe_code, &[("crates/text/src/a.rs", code)], &["crates/text/src/a.rs:1: `unsafe`"]);
        check_all(unsafe_code, &[("crates/text/src/a.rs", "#![deny(unsafe_code)]\n")], &[]);
    }

    #[test]
    fn a_second_file_with_unsafe_code_fails() {
        let code = "let x = unsafe { f() };\nlet y = unsafe { g() };\n";
        let files =
            [("crates/lm/src/a.rs", code), ("crates/lm/src/b.rs", code), ("crates/vocab/src/a.rs", code)];
        check_all(unsafe_code, &files, &["crates/lm/src/b.rs:1: `unsafe`", "crates/lm/src/b.rs:2: `unsafe`"]);
    }

    #[test]
    fn fifteen_conditions_on_features_fail() {
        let condition = "#[cfg(feature = \"cuda\")]\n#[target_feature(enable = \"avx2\")]\n";
        check_all(feature_conditions, &[("a.rs", &condition.repeat(14))], &[]);
        let want = ["Cargo.toml: 15 conditions on features, not fewer than 15"];
        check_all(feature_conditions, &[("a.rs", &condition.repeat(15))], &want);
    }

    #[test]
    fn a_closed_error_enum_fails() {
        let open = "/// Why.\n#[derive(Debug)]\n#[non_exhaustive]\npub enum TextError {\n}\n";
        check(open_errors, "a.rs", open, &[]);
        let closed = "#[non_exhaustive]\npub enum AError {}\n#[derive(Debug)]\npub enum TextError {\n}\n";
        check(open_errors, "a.rs", closed, &["a.rs:4: an error enum without `#[non_exhaustive]`"]);
    }

    #[test]
    fn a_broken_job_file_fails() {
        check(toml, "assets/jobs/a.toml", "[text]\npath = \"a\"\n", &[]);
        let found = toml(&file("assets/jobs/a.toml", "[text\n"));
        assert!(found[0].to_string().starts_with("assets/jobs/a.toml: no TOML: "), "{}", found[0]);
    }
}
