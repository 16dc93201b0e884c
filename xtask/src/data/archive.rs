//! Zip and tar.gz archives: one member, or all of them into a folder.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use flate2::bufread::MultiGzDecoder;

use super::place::copy_bounded;
use super::registry::Unpacked;

/// What an entry of an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    /// A link, a device, or what else some systems know.
    Other,
}

/// Takes the path, the kind and the content of an entry, and says whether to go on.
type Visit<'a> = &'a mut dyn FnMut(&str, Kind, &mut dyn Read) -> Result<bool>;

/// Calls `take` with the content of the file `path` in `archive`.
///
/// # Errors
/// Where there is no such file, the archive is none, or `take` fails.
pub(crate) fn member(
    archive: &Path,
    path: &str,
    take: &mut dyn FnMut(&mut dyn Read) -> Result<()>,
) -> Result<()> {
    let mut found = false;
    visit(archive, &mut |name, kind, content| {
        found = kind == Kind::File && name.trim_start_matches("./") == path;
        if found {
            take(content)?;
        }
        Ok(!found)
    })?;
    ensure!(found, "no file `{path}` in the archive");
    Ok(())
}

/// Unpacks `archive` into `folder` by way of the folder `scratch` on the same disk.
///
/// # Errors
/// Where the archive holds more files or bytes than `bounds`, links, or paths that would leave the folder; then there
/// is nothing in `folder`.
pub(crate) fn unpack(archive: &Path, folder: &Path, scratch: &Path, bounds: &Unpacked) -> Result<()> {
    remove_folder(scratch)?;
    let unpacked = unpack_into(scratch, archive, bounds);
    if let Err(error) = unpacked {
        remove_folder(scratch)?;
        return Err(error.context(format!("cannot unpack {}", archive.display())));
    }
    remove_folder(folder)?;
    std::fs::rename(scratch, folder).with_context(|| format!("cannot write {}", folder.display()))
}

fn remove_folder(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))
}

fn unpack_into(folder: &Path, archive: &Path, bounds: &Unpacked) -> Result<()> {
    let mut left = bounds.clone();
    std::fs::create_dir_all(folder)?;
    visit(archive, &mut |name, kind, content| {
        ensure!(kind != Kind::Other, "`{name}` is neither a file nor a folder");
        if kind == Kind::File {
            ensure!(left.files > 0, "more than the {} files expected", bounds.files);
            let path = folder.join(inside(name.strip_prefix(&bounds.strip).unwrap_or(name))?);
            let bytes = write_new(&path, content, left.bytes).with_context(|| format!("`{name}`"))?;
            (left.files, left.bytes) = (left.files - 1, left.bytes - bytes);
        }
        Ok(true)
    })
}

fn write_new(path: &Path, content: &mut dyn Read, max_bytes: u64) -> Result<u64> {
    std::fs::create_dir_all(path.parent().unwrap_or(path))?;
    copy_bounded(content, &mut File::create_new(path)?, max_bytes)
}

/// The path `name`, if it stays inside the folder that it is unpacked into.
fn inside(name: &str) -> Result<PathBuf> {
    let safe = |component: &Component<'_>| matches!(component, Component::Normal(_) | Component::CurDir);
    let path = Path::new(name);
    ensure!(
        path.components().all(|part| safe(&part)) && !name.contains('\\'),
        "`{name}` would leave the folder"
    );
    Ok(path.components().filter(|part| matches!(part, Component::Normal(_))).collect())
}

fn visit(archive: &Path, visit: Visit<'_>) -> Result<()> {
    let mut file = File::open(archive).with_context(|| format!("cannot read {}", archive.display()))?;
    let mut magic = [0; 2];
    file.read_exact(&mut magic).context("an empty archive")?;
    file.rewind()?;
    match &magic {
        b"PK" => visit_zip(file, visit),
        b"\x1f\x8b" => visit_tar(file, visit),
        _ => bail!("neither a zip nor a tar.gz archive"),
    }
}

fn visit_zip(file: File, visit: Visit<'_>) -> Result<()> {
    let mut archive = zip::ZipArchive::new(BufReader::new(file))?;
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at)?;
        let kind = match (entry.is_dir(), entry.is_symlink()) {
            (true, _) => Kind::Folder,
            (_, true) => Kind::Other,
            _ => Kind::File,
        };
        let name = entry.name()?.into_owned();
        if !visit(&name, kind, &mut entry)? {
            break;
        }
    }
    Ok(())
}

fn visit_tar(file: File, visit: Visit<'_>) -> Result<()> {
    let mut archive = tar::Archive::new(MultiGzDecoder::new(BufReader::new(file)));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let kind = match entry.header().entry_type() {
            tar::EntryType::Regular | tar::EntryType::Continuous => Kind::File,
            tar::EntryType::Directory => Kind::Folder,
            tar::EntryType::XGlobalHeader => continue,
            _ => Kind::Other,
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !visit(&name, kind, &mut entry)? {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{tar_gz, zip};
    use super::*;

    /// Unpacks within the bounds 2 files and 10 bytes, `top/` cut off; the paths and contents, or the error.
    #[track_caller]
    fn check(archive: &[u8], want: Result<&[(&str, &str)], &str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("archive"), archive).unwrap();
        let bounds = Unpacked { files: 2, bytes: 10, strip: "top/".into() };
        let unpacked = unpack(&path("archive"), &path("inner/to"), &path("inner/scratch"), &bounds);
        match want {
            Ok(files) => {
                unpacked.unwrap();
                for (name, content) in files {
                    assert_eq!(std::fs::read_to_string(path("inner/to").join(name)).unwrap(), *content);
                }
            }
            Err(message) => {
                let error = format!("{:#}", unpacked.unwrap_err());
                assert!(error.contains(message), "{error}");
                assert!(!path("inner/to").exists() && !path("a").exists() && !path("inner/a").exists());
            }
        }
        assert!(!path("inner/scratch").exists());
    }

    #[test]
    fn archives_are_unpacked() {
        let entries = [("top/a", "1"), ("./b/c", "22")];
        let want: Result<&[(&str, &str)], &str> = Ok(&[("a", "1"), ("b/c", "22")]);
        check(&tar_gz(&entries), want);
        check(&zip(&entries), want);
    }

    #[test]
    fn paths_that_leave_the_folder_are_refused() {
        for name in ["../a", "x/../../a", "/a", "top//a", "..\\a"] {
            check(&tar_gz(&[(name, "1")]), Err("would leave the folder"));
            check(&zip(&[(name, "1")]), Err("would leave the folder"));
        }
    }

    #[test]
    fn links_are_refused() {
        check(&tar_gz(&[("a@", "")]), Err("`a@` is neither a file nor a folder"));
    }

    #[test]
    fn more_than_expected_is_refused() {
        check(&tar_gz(&[("a", "1"), ("b", "2"), ("c", "3")]), Err("more than the 2 files expected"));
        check(&zip(&[("a", "1234567"), ("b", "1234567")]), Err("more than the 3 bytes expected"));
    }

    #[test]
    fn a_file_that_stands_twice_is_refused() {
        check(&tar_gz(&[("a", "1"), ("a", "2")]), Err("`a`"));
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        check(b"<html>", Err("neither a zip nor a tar.gz archive"));
        check(b"", Err("an empty archive"));
        let whole = tar_gz(&[("a", "1")]);
        check(&whole[..whole.len() / 2], Err("cannot unpack"));
    }

    #[test]
    fn a_member_is_found_or_missed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive");
        for archive in [tar_gz(&[("./a/b", "1"), ("c", "2")]), zip(&[("a/b", "1"), ("c", "2")])] {
            std::fs::write(&path, archive).unwrap();
            let mut content = String::new();
            member(&path, "a/b", &mut |reader| Ok(reader.read_to_string(&mut content).map(|_| ())?)).unwrap();
            assert_eq!(content, "1");
            let error = member(&path, "b", &mut |_| Ok(())).unwrap_err().to_string();
            assert_eq!(error, "no file `b` in the archive");
        }
    }
}
