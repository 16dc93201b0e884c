//! Fetching and verifying from end to end, against a server on this machine.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

use super::http::{Http, Policy};
use super::server::{Answer, Request, Server};
use super::*;

/// `bytes` as a gzip file.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A tar.gz archive; a name that ends in `@` is a symbolic link.
pub(crate) fn tar_gz(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (name, content) in entries {
        let mut header = tar::Header::new_ustar();
        // By hand: the builder refuses the names that a hostile archive has.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        if name.ends_with('@') {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_size(0);
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        let content = if name.ends_with('@') { "" } else { content };
        builder.append(&header, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// A zip archive.
pub(crate) fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const TEXT: &[u8] = b"some text\n";
const TEXT_SHA256: &str = "a23e5fdcd7b276bdd81aa1a0b7b963101863dd3f61ff57935f8c5ba462681ea6";
const ARCHIVE_FILES: &[(&str, &str)] = &[("top/a", "1"), ("top/b/c", "22")];

/// A data folder, a mirror folder and a registry of one set.
struct World {
    folder: TempDir,
    registry: Registry,
}

impl World {
    /// `keys` are those of the set, `files` the inner part of its list of files.
    fn new(keys: &str, files: &str) -> Self {
        let registry = format!(
            "[[set]]\nname = 's'\ntask = 't'\nlanguage = 'en'\nlicence = 'MIT'\nlicence_read = true\npage = 'PAGE'\n\
             parser = 'lines'\nabout = 'a'\n{keys}\nfile = [{files}]"
        );
        Self { folder: tempfile::tempdir().unwrap(), registry: Registry::parse(&registry).unwrap() }
    }

    /// A set of one text file.
    fn text(keys: &str) -> Self {
        Self::new(keys, &text_file("f.txt", ""))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, below the folders `data` or `mirror`.
    fn write(&self, name: &str, content: &[u8]) {
        std::fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        std::fs::write(self.path(name), content).unwrap();
    }

    fn fetch(&self, mirror: Option<Mirror>, force: bool) -> Vec<Status> {
        let (data, http) = (self.path("data"), Http::new(Policy::hasty()));
        let fetcher = Fetcher { data, mirror, force, http };
        fetcher.fetch(&self.registry.sets[0]).unwrap().into_iter().map(|outcome| outcome.status).collect()
    }

    /// Fetches from the authors.
    fn fetch_plainly(&self) -> Vec<Status> {
        self.fetch(None, false)
    }

    fn fetch_from_mirror_folder(&self) -> Vec<Status> {
        self.fetch(Some(Mirror::Folder(self.path("mirror"))), false)
    }

    fn verify(&self) -> Vec<Status> {
        let set = &self.registry.sets[0];
        let look = |file| look(set, file, &Place::new(&self.path("data"), set, file)).status;
        set.files.iter().map(look).collect()
    }

    /// Everything in the data folder of the set.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect(&self.path("data/s"), "", &mut names);
        names.sort();
        names
    }
}

fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        match entry.path().is_dir() {
            true => collect(&entry.path(), &format!("{name}/"), names),
            false => names.push(name),
        }
    }
}

fn text_file(name: &str, keys: &str) -> String {
    format!("{{ name = '{name}', bytes = {}, sha256 = '{TEXT_SHA256}', {keys} }},", TEXT.len())
}

/// An archive with `ARCHIVE_FILES`, registered as `archive`.
fn archive_file(archive: &[u8], keys: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), archive).unwrap();
    let sha256 = place::digest(&folder.path().join("a")).unwrap();
    format!(
        "{{ name = 'a.tar.gz', bytes = {}, sha256 = '{sha256}', parser = 'archive', {keys}
         unpacked = {{ files = 2, bytes = 3, strip = 'top/' }} }}",
        archive.len()
    )
}

#[track_caller]
fn check_failed(statuses: &[Status], want: &str) {
    match statuses {
        [Status::Failed(why)] => assert!(why.contains(want), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_fetched_once() {
    let server = Server::start(vec![Answer::ok(TEXT)]);
    let world = World::text(&format!("base = '{}'", server.url("d/")));
    assert_eq!(world.verify(), [Status::Missing]);
    assert_eq!(world.fetch_plainly(), [Status::Fetched]);
    assert_eq!(world.verify(), [Status::Present]);
    assert_eq!(world.fetch_plainly(), [Status::Present]);
    assert_eq!(world.names(), ["f.txt"]);
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/d/f.txt"]);
}

#[test]
fn a_gzipped_file_is_checked_after_unpacking() {
    let server = Server::start(vec![Answer::ok(&gzip(TEXT))]);
    let world = World::text(&format!("base = '{}'", server.url("")));
    assert_eq!(world.fetch_plainly(), [Status::Fetched]);
    assert_eq!(std::fs::read(world.path("data/s/f.txt")).unwrap(), TEXT);
}

#[test]
fn wrong_bytes_are_refused_and_leave_nothing() {
    for wrong in [b"some tExt\n".to_vec(), gzip(b"some tExt\n"), b"short".to_vec(), gzip(TEXT)[..20].to_vec()]
    {
        let server = Server::start(vec![Answer::ok(&wrong).tag("\"a\"")]);
        let world = World::text(&format!("base = '{}'", server.url("")));
        check_failed(&world.fetch_plainly(), &server.url("f.txt"));
        assert!(world.names().is_empty(), "{:?}", world.names());
    }
}

#[test]
fn a_page_in_place_of_the_file_is_refused() {
    let page = b"<html>sign in</html>";
    let server = Server::start(vec![Answer::ok(page)]);
    let world = World::text(&format!("base = '{}'", server.url("")));
    check_failed(&world.fetch_plainly(), "more than the 10 bytes expected");
}

#[test]
fn an_address_that_is_gone_names_the_page() {
    let server = Server::start(Vec::new());
    let world = World::text(&format!("base = '{}'", server.url("")));
    check_failed(&world.fetch_plainly(), "f.txt is gone; PAGE may know more, or use a mirror");
}

#[test]
fn what_was_cut_off_is_continued_by_the_next_fetch() {
    let cut = |from| Answer::part(TEXT, from).tag("\"a\"").cut(0);
    let first = Answer::ok(TEXT).tag("\"a\"").cut(4);
    let server = Server::start(vec![first, cut(4), cut(4), Answer::part(TEXT, 4)]);
    let world = World::text(&format!("base = '{}'", server.url("")));
    check_failed(&world.fetch_plainly(), "gave up after 3 attempts");
    assert_eq!(world.names(), [".download/f.txt.part", ".download/f.txt.part.validator"]);
    assert_eq!(world.verify(), [Status::Missing]);
    assert_eq!(world.fetch_plainly(), [Status::Fetched]);
    assert_eq!(server.requests()[3].header("range").as_deref(), Some("bytes=4-"));
    assert_eq!(world.names(), ["f.txt"]);
}

#[test]
fn members_come_from_one_download() {
    let content = std::str::from_utf8(TEXT).unwrap();
    for archive in [
        tar_gz(&[("./d/f.txt", content), ("g.txt", content)]),
        zip(&[("d/f.txt", content), ("g.txt", content)]),
    ] {
        let server = Server::start(vec![Answer::ok(&archive)]);
        let files = text_file("f.txt", "path = 'd/f.txt'") + &text_file("g.txt", "");
        let world = World::new(&format!("archive = '{}'", server.url("a")), &files);
        assert_eq!(world.fetch_plainly(), [Status::Fetched, Status::Fetched]);
        assert_eq!(world.names(), ["f.txt", "g.txt"]);
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_member_that_is_wrong_or_not_there_is_refused() {
    for (archive, want) in
        [(zip(&[("f.txt", "other")]), "wrong content"), (zip(&[]), "no file `f.txt` in the archive")]
    {
        let server = Server::start(vec![Answer::ok(&archive)]);
        let world = World::text(&format!("archive = '{}'", server.url("a")));
        check_failed(&world.fetch_plainly(), want);
        assert!(world.names().is_empty());
    }
}

#[test]
fn a_mirror_folder_holds_files_plain_or_gzipped() {
    for (name, content) in [("mirror/s/f.txt", TEXT.to_vec()), ("mirror/s/f.txt.gz", gzip(TEXT))] {
        let world = World::text("manual = 'by hand'");
        world.write(name, &content);
        assert_eq!(world.fetch_from_mirror_folder(), [Status::Fetched]);
        assert_eq!(world.verify(), [Status::Present]);
    }
}

#[test]
fn a_mirror_without_the_file_says_so() {
    let world = World::text("manual = 'by hand'");
    check_failed(&world.fetch_from_mirror_folder(), "the mirror has neither");
    let server = Server::start(Vec::new());
    check_failed(&world.fetch(Some(Mirror::new(&server.url(""))), false), "the mirror has neither");
}

#[test]
fn a_mirror_may_be_an_address() {
    let packed = gzip(TEXT);
    let server = Server::serve(move |request: &Request| match request.path.as_str() {
        "/m/s/f.txt.gz" => Answer::ok(&packed),
        _ => Answer::status(404),
    });
    let world = World::text("manual = 'by hand'");
    assert_eq!(world.fetch(Some(Mirror::new(&server.url("m/"))), false), [Status::Fetched]);
    assert_eq!(world.verify(), [Status::Present]);
}

#[test]
fn what_nobody_serves_is_said() {
    let world = World::text("manual = 'by hand'");
    assert_eq!(world.fetch_plainly(), [Status::Manual("by hand".into())]);
}

#[test]
fn a_wrong_file_is_replaced_by_force_only() {
    let world = World::text("manual = 'by hand'");
    world.write("data/s/f.txt", b"mine");
    world.write("mirror/s/f.txt", TEXT);
    check_failed(&world.verify(), "expected sha256");
    check_failed(&world.fetch_from_mirror_folder(), "`--force` fetches it again");
    assert_eq!(std::fs::read(world.path("data/s/f.txt")).unwrap(), b"mine");
    assert_eq!(world.fetch(Some(Mirror::Folder(world.path("mirror"))), true), [Status::Fetched]);
    assert_eq!(world.verify(), [Status::Present]);
}

#[test]
fn an_archive_is_kept_and_unpacked() {
    let archive = tar_gz(ARCHIVE_FILES);
    let world = World::new("manual = 'by hand'", &archive_file(&archive, ""));
    world.write("mirror/s/a.tar.gz", &archive);
    assert_eq!(world.fetch_from_mirror_folder(), [Status::Fetched]);
    assert_eq!(world.names(), ["a.tar.gz", "a/a", "a/b/c"]);
    assert_eq!(world.verify(), [Status::Present]);
    std::fs::remove_file(world.path("data/s/a/b/c")).unwrap();
    check_failed(&world.verify(), "unpacked: expected 2 files of 3 bytes, found 1 of 1");
    std::fs::remove_dir_all(world.path("data/s/a")).unwrap();
    check_failed(&world.verify(), "not unpacked");
    assert_eq!(world.fetch_from_mirror_folder(), [Status::Present]);
    assert_eq!(world.verify(), [Status::Present]);
}

#[test]
fn a_hostile_archive_is_refused() {
    let archive = tar_gz(&[("../../evil", "1")]);
    let world = World::new("manual = 'by hand'", &archive_file(&archive, ""));
    world.write("mirror/s/a.tar.gz", &archive);
    check_failed(&world.fetch_from_mirror_folder(), "`../../evil` would leave the folder");
    assert!(!world.path("data/evil").exists() && !world.path("evil").exists());
}

#[test]
fn an_archive_without_a_digest_is_compared_with_itself() {
    let (registered, theirs) = (tar_gz(ARCHIVE_FILES), tar_gz(&[("a", "1"), ("b/c", "22"), ("more", "333")]));
    let server = Server::start(vec![Answer::ok(&theirs)]);
    let keys = format!("base = '{}'", server.url(""));
    let world = World::new(&keys, &archive_file(&registered, "repacked = true,"));
    assert_eq!(world.fetch_plainly(), [Status::Fetched]);
    assert_eq!(world.names(), ["a.tar.gz", "a.tar.gz.sha256", "a/a", "a/b/c", "a/more"]);
    assert_eq!(world.verify(), [Status::Unregistered]);
    world.write("data/s/a.tar.gz", b"other");
    check_failed(&world.verify(), "expected sha256");
    world.write("mirror/s/a.tar.gz", &registered);
    assert_eq!(world.fetch(Some(Mirror::Folder(world.path("mirror"))), true), [Status::Fetched]);
    assert_eq!(world.names(), ["a.tar.gz", "a/a", "a/b/c"]);
}

#[test]
fn one_file_that_fails_does_not_keep_the_others() {
    let server = Server::start(vec![Answer::status(403), Answer::ok(TEXT)]);
    let files = text_file("f.txt", "") + &text_file("g.txt", "");
    let world = World::new(&format!("base = '{}'", server.url("")), &files);
    let statuses = world.fetch_plainly();
    check_failed(&statuses[..1], "the server answered 403");
    assert_eq!(statuses[1], Status::Fetched);
}

#[test]
fn two_fetches_do_not_write_to_one_folder() {
    let world = World::text("manual = 'by hand'");
    let fetcher =
        || Fetcher { data: world.path("data"), mirror: None, force: false, http: Http::new(Policy::hasty()) };
    let lock = fetcher().lock().unwrap();
    assert!(fetcher().lock().unwrap_err().to_string().contains("another `cargo xtask data fetch`"));
    drop(lock);
    fetcher().lock().unwrap();
}

#[test]
fn the_list_knows_what_is_here() {
    let world = World::new("manual = 'by hand'", &(text_file("f.txt", "") + &text_file("g.txt", "")));
    let present = || list::row(&world.registry.sets[0], &world.path("data")).present;
    assert_eq!(present(), "manual");
    world.write("data/s/f.txt", TEXT);
    assert_eq!(present(), "part");
    world.write("data/s/g.txt", TEXT);
    assert_eq!(present(), "yes");
}
