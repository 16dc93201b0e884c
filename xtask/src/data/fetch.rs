//! Brings files into the data folder, from their authors or from a mirror.

use std::fs::File;
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, bail};

use super::http::{self, Download, Http, Saved, Watch};
use super::place::{Wanted, place};
use super::registry::{DataFile, Set, Source, encode};
use super::state::{Place, State};
use super::{Outcome, Status, archive};

/// The most bytes of an archive that is not registered itself.
const MAX_ARCHIVE: u64 = 4 << 30;
/// How much more than the registered copy an archive of the authors' own may hold.
const REPACKED_GROWTH: u64 = 8;
/// Where files are until they are whole, in the folder of their set.
const SCRATCH: &str = ".download";

/// A copy of the data folder somewhere else, with files gzipped or not.
#[derive(Debug, Clone)]
pub(crate) enum Mirror {
    /// A folder.
    Folder(PathBuf),
    /// The address of a folder, without a slash at the end.
    Address(String),
}

impl Mirror {
    /// Takes what has a scheme for an address.
    pub(crate) fn new(text: &str) -> Self {
        match text.starts_with("http://") || text.starts_with("https://") {
            true => Self::Address(text.trim_end_matches('/').into()),
            false => Self::Folder(text.into()),
        }
    }
}

/// Fetches sets.
#[derive(Debug)]
pub(crate) struct Fetcher {
    /// The data folder.
    pub(crate) data: PathBuf,
    /// Where everything comes from, in place of the authors' addresses.
    pub(crate) mirror: Option<Mirror>,
    /// Whether files that are there are fetched again.
    pub(crate) force: bool,
    /// The client.
    pub(crate) http: Http,
}

/// A set that is being fetched.
struct Fetching<'a> {
    fetcher: &'a Fetcher,
    set: &'a Set,
    scratch: PathBuf,
    /// The archive of the set, once it is downloaded.
    archive: Option<PathBuf>,
}

impl Fetcher {
    /// Keeps other fetches out of the data folder for as long as the result lives.
    pub(crate) fn lock(&self) -> Result<File> {
        let path = self.data.join(".lock");
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("cannot make {}", self.data.display()))?;
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        match file.try_lock() {
            Err(std::fs::TryLockError::WouldBlock) => {
                bail!("another `cargo xtask data fetch` is writing to {}", self.data.display())
            }
            // Where a file system knows no locks, there is none.
            _ => Ok(file),
        }
    }

    /// Fetches all files of `set`; a file that fails does not keep the others from being fetched.
    pub(crate) fn fetch(&self, set: &Set) -> Result<Vec<Outcome>> {
        let scratch = self.data.join(&set.name).join(SCRATCH);
        std::fs::create_dir_all(&scratch).with_context(|| format!("cannot make {}", scratch.display()))?;
        let mut fetching = Fetching { fetcher: self, set, scratch, archive: None };
        let outcomes = set.files.iter().map(|file| {
            let place = Place::new(&self.data, set, file);
            let status =
                fetching.file(file, &place).unwrap_or_else(|error| Status::Failed(format!("{error:#}")));
            Outcome::new(set, file, &place, status)
        });
        let outcomes = outcomes.collect();
        fetching.clean();
        Ok(outcomes)
    }
}

impl Fetching<'_> {
    fn file(&mut self, file: &DataFile, place: &Place) -> Result<Status> {
        let state = place.state(file)?;
        let status = match &state {
            State::Wrong(why) if !self.fetcher.force => bail!("{why}; `--force` fetches it again"),
            State::Right | State::AsFetched if !self.fetcher.force => Status::Present,
            _ => self.obtain(file, place)?,
        };
        let unpacked = status == Status::Present && place.unpacked_state(file, &state)? != State::Missing;
        if !matches!(status, Status::Manual(_)) && !unpacked {
            self.unpack(file, place)?;
        }
        Ok(status)
    }

    /// Gets the file from the mirror or its authors.
    fn obtain(&mut self, file: &DataFile, place: &Place) -> Result<Status> {
        let fetcher = self.fetcher;
        match (&fetcher.mirror, self.set.source(file)) {
            (Some(Mirror::Folder(folder)), _) => self.get_from_folder(folder, file, place)?,
            (Some(Mirror::Address(base)), _) => self.get_from_mirror(base, file, place)?,
            (None, Some(Source::Direct(url))) => self.get_from_authors(&url, file, place)?,
            (None, Some(Source::Member { archive, path })) => {
                self.get_from_archive(archive, path, file, place)?
            }
            (None, Some(Source::Manual(how))) => return Ok(Status::Manual(how.to_owned())),
            (None, None) => bail!("no address is known"),
        }
        Ok(Status::Fetched)
    }

    fn get_from_folder(&self, folder: &Path, file: &DataFile, place: &Place) -> Result<()> {
        let plain = folder.join(&self.set.name).join(&file.name);
        let candidates = [plain.clone(), plain.with_added_extension("gz")];
        let Some(path) = candidates.iter().find(|path| path.is_file()) else {
            bail!("the mirror has neither {} nor the same with .gz", plain.display());
        };
        let mut source = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        self.take(&mut source, file, place).with_context(|| path.display().to_string())
    }

    fn get_from_mirror(&self, base: &str, file: &DataFile, place: &Place) -> Result<()> {
        let plain = format!("{base}/{}/{}", encode(&self.set.name), encode(&file.name));
        for url in [&plain, &format!("{plain}.gz")] {
            if self.get_from_address(url, file, place)? == Saved::Complete {
                return Ok(());
            }
        }
        bail!("the mirror has neither {plain} nor the same with .gz")
    }

    fn get_from_authors(&self, url: &str, file: &DataFile, place: &Place) -> Result<()> {
        match self.get_from_address(url, file, place)? {
            Saved::Complete => Ok(()),
            Saved::Missing => bail!("{url} is gone; {} may know more, or use a mirror", self.set.page),
        }
    }

    fn get_from_address(&self, url: &str, file: &DataFile, place: &Place) -> Result<Saved> {
        // Gzipped copies of what does not compress are larger than it.
        let max_bytes =
            if self.is_unregistered(file) { MAX_ARCHIVE } else { file.bytes + file.bytes / 8 + (1 << 16) };
        let part = self.scratch.join(&file.name).with_added_extension("part");
        let saved =
            self.fetcher.http.save(Download { url, part: &part, max_bytes }, &mut Line::new(&file.name))?;
        if saved == Saved::Complete {
            let taken = self.take(&mut File::open(&part)?, file, place);
            http::discard(&part)?;
            taken.with_context(|| url.to_owned())?;
        }
        Ok(saved)
    }

    /// Takes the member `path` out of the archive of the set, which is downloaded once.
    fn get_from_archive(&mut self, url: &str, path: &str, file: &DataFile, place: &Place) -> Result<()> {
        if self.archive.is_none() {
            let part = self.scratch.join("archive.part");
            let download = Download { url, part: &part, max_bytes: MAX_ARCHIVE };
            if self.fetcher.http.save(download, &mut Line::new(url))? == Saved::Missing {
                bail!("{url} is gone; {} may know more, or use a mirror", self.set.page);
            }
            self.archive = Some(part);
        }
        let archive = self.archive.as_deref().unwrap_or(Path::new(""));
        let taken = archive::member(archive, path, &mut |content| self.take(content, file, place));
        taken.with_context(|| format!("{url}: {path}"))
    }

    /// Puts `source` in its place, if it is what is registered.
    fn take(&self, source: &mut dyn Read, file: &DataFile, at: &Place) -> Result<()> {
        let unregistered = self.is_unregistered(file);
        let wanted = Wanted {
            sha256: (!unregistered).then_some(&file.sha256),
            max_bytes: if unregistered { MAX_ARCHIVE } else { file.bytes },
            gunzip: at.folder.is_none(),
        };
        let scratch = self.scratch.join(&file.name).with_added_extension("tmp");
        let digest = place(source, &at.path, &scratch, &wanted)?;
        let _ = std::fs::remove_file(at.record());
        if unregistered {
            eprintln!("{}: no digest of the authors' archive is known: it was not checked", file.name);
            std::fs::write(at.record(), format!("{digest}  {}\n", file.name))?;
        }
        Ok(())
    }

    /// Whether what comes is an archive of the authors' own, of which no digest is known.
    fn is_unregistered(&self, file: &DataFile) -> bool {
        file.repacked && self.fetcher.mirror.is_none()
    }

    /// Unpacks an archive into the folder of its name; does nothing with other files.
    fn unpack(&self, file: &DataFile, place: &Place) -> Result<()> {
        let (Some(folder), Some(bounds)) = (&place.folder, &file.unpacked) else { return Ok(()) };
        let mut bounds = bounds.clone();
        if place.record().is_file() {
            (bounds.files, bounds.bytes) = (bounds.files * REPACKED_GROWTH, bounds.bytes * REPACKED_GROWTH);
        }
        archive::unpack(&place.path, folder, &self.scratch.join("unpacking"), &bounds)
    }

    /// Removes what is of no more use; downloads that were cut off stay, to be continued.
    fn clean(&self) {
        if let Some(archive) = &self.archive {
            let _ = http::discard(archive);
        }
        // Refused while a part is left in it, and that is right.
        let _ = std::fs::remove_dir(&self.scratch);
    }
}

/// Progress on standard error: a line that is written over on a terminal, else one line in a while.
struct Line {
    name: String,
    terminal: bool,
    last: Instant,
}

impl Line {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), terminal: std::io::stderr().is_terminal(), last: Instant::now() }
    }
}

impl Watch for Line {
    fn moved(&mut self, bytes: u64, total: Option<u64>) {
        let pause = Duration::from_millis(if self.terminal { 200 } else { 10_000 });
        if self.last.elapsed() < pause {
            return;
        }
        self.last = Instant::now();
        let of = total.map(|total| format!(" of {:.1}", total as f64 / 1e6)).unwrap_or_default();
        let (start, end) = if self.terminal { ("\r", "") } else { ("", "\n") };
        eprint!("{start}{}: {:.1}{of} MB{end}", self.name, bytes as f64 / 1e6);
        let _ = std::io::stderr().flush();
    }

    fn retry(&mut self, error: &Error, pause: Duration) {
        eprintln!("{}: {error:#}; again in {} s", self.name, pause.as_secs());
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}
