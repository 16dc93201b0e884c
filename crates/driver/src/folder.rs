//! The output folder of a run: one run at a time, each stage whole or absent.

mod record;

pub(crate) use record::StageRecord;

use crate::bundle;
use crate::console::Console;
use crate::digest::FileMark;
use crate::exit::bail_usage;
use crate::progress::Bar;
use crate::resources::{Stopwatch, Usage};
use anyhow::Context as _;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Raised when the artefacts of a stage change their form, so that older ones are made anew.
const FORMAT: u32 = 2;

/// The file that a run holds locked; by it a folder is known as that of a run, finished or not.
const LOCK: &str = ".sememe.lock";

/// What a stage is made from.
pub(crate) struct StageSpec {
    pub(crate) name: &'static str,
    /// All settings that can change the result, and no others (so not the number of threads).
    pub(crate) settings: Value,
    /// Files from outside.
    pub(crate) files: Vec<PathBuf>,
    /// Digests of the stages that this one reads.
    pub(crate) stages: Vec<String>,
}

/// What a stage works with.
pub(crate) struct StageWork<'a> {
    /// The folder to write into. It becomes the stage's folder when the work is done.
    pub(crate) dir: &'a Path,
    /// The folder for the state of work that can be cut off. It outlives work that failed or was killed, and nothing
    /// else.
    state: &'a Path,
    state_every: Duration,
    console: &'a Console,
    figures: Map<String, Value>,
}

/// File of the state of a stage.
const STATE: &str = "state";

impl StageWork<'_> {
    /// An observer that shows the progress of `what`.
    pub(crate) fn bar(&self, what: &str) -> Bar {
        self.console.bar(what)
    }

    /// The same, which keeps the state of the work now and then.
    pub(crate) fn bar_keeping(&self, what: &str) -> anyhow::Result<Bar> {
        make_dir(self.state)?;
        Ok(self.bar(what).keeping(self.state.join(STATE), self.state_every))
    }

    /// The state that work on this stage kept before it was cut off.
    pub(crate) fn state(&self) -> Option<PathBuf> {
        Some(self.state.join(STATE)).filter(|path| path.exists())
    }

    pub(crate) fn note(&self, text: impl std::fmt::Display) {
        self.console.note(text);
    }

    /// Keeps a figure for the record.
    pub(crate) fn figure(&mut self, key: &str, value: impl Serialize) -> anyhow::Result<()> {
        self.figures.insert(key.to_owned(), serde_json::to_value(value)?);
        Ok(())
    }
}

/// An output folder, locked for this process.
pub(crate) struct RunFolder {
    dir: PathBuf,
    console: Console,
    force: bool,
    /// Between two states of a stage that keeps them.
    state_every: Duration,
    /// Held open for the lock, which the system lets go of however the process ends.
    _lock: File,
    /// Stages that were done anew, and stages that were kept.
    pub(crate) done: Vec<&'static str>,
    pub(crate) kept: Vec<&'static str>,
}

impl RunFolder {
    /// Opens `dir`, or makes it. With `force` no earlier stage is kept.
    ///
    /// # Errors
    /// If another process works in it, or it holds files of somebody else, which a run could overwrite.
    pub(crate) fn open(dir: &Path, force: bool, console: &Console) -> anyhow::Result<Self> {
        make_dir(dir)?;
        refuse_foreign(dir)?;
        let path = dir.join(LOCK);
        let lock = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                anyhow::bail!(
                    "another sememe is working in {}; wait for it or choose another folder",
                    dir.display()
                )
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        Ok(Self {
            dir: dir.to_owned(),
            console: console.clone(),
            force,
            state_every: Duration::from_secs(60),
            _lock: lock,
            done: Vec::new(),
            kept: Vec::new(),
        })
    }

    /// Has stages keep their state every so often.
    pub(crate) fn with_state_every(self, state_every: Duration) -> Self {
        Self { state_every, ..self }
    }

    /// Folders of stages that are neither done nor kept: of an earlier job, which had other parts.
    pub(crate) fn left_over(&self) -> anyhow::Result<Vec<String>> {
        let mut names = Vec::new();
        let context = || format!("cannot read {}", self.dir.display());
        for entry in fs::read_dir(&self.dir).with_context(context)? {
            let entry = entry.with_context(context)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_ours = self.done.iter().chain(&self.kept).any(|ours| **ours == name);
            if !is_ours && entry.path().join(record::FILE).is_file() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Path of a file or stage folder.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.join(name)
    }

    /// Does the work of a stage, unless its artefacts are there and made from the same.
    ///
    /// The work goes into a temporary folder that is renamed when the record has been written: a stage that
    /// was killed leaves nothing that a later run believes.
    pub(crate) fn stage(
        &mut self,
        spec: &StageSpec,
        work: impl FnOnce(&mut StageWork<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<StageRecord> {
        let old = StageRecord::read(&self.dir, spec.name).ok();
        let files = mark_files(&spec.files, old.as_ref())?;
        if let Some(record) = old.filter(|old| !self.force && self.is_current(old, spec, &files)) {
            self.console.detail(format_args!("{}: unchanged, kept", spec.name));
            remove_dir(&self.state(spec.name))?;
            self.kept.push(spec.name);
            return Ok(record);
        }
        self.done.push(spec.name);
        self.console.note(format_args!("{} ...", spec.name));
        let record = self.work(spec, files, work).with_context(|| format!("stage {}", spec.name))?;
        let Usage { wall_seconds, peak_memory_bytes, .. } = record.usage;
        let megabytes = peak_memory_bytes >> 20;
        self.console
            .note(format_args!("{} done in {wall_seconds:.1} s, peak memory {megabytes} MiB", spec.name));
        Ok(record)
    }

    /// The folder for the state of a stage.
    fn state(&self, stage: &str) -> PathBuf {
        self.path(format!("{stage}.state"))
    }

    fn work(
        &self,
        spec: &StageSpec,
        files: BTreeMap<PathBuf, FileMark>,
        work: impl FnOnce(&mut StageWork<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<StageRecord> {
        let (dir, unfinished) = (self.path(spec.name), self.path(format!("{}.tmp", spec.name)));
        let state = self.state(spec.name);
        remove_dir(&unfinished)?;
        if self.force {
            remove_dir(&state)?;
        }
        make_dir(&unfinished)?;
        let watch = Stopwatch::start();
        let (state_every, console) = (self.state_every, &self.console);
        let mut context =
            StageWork { dir: &unfinished, state: &state, state_every, console, figures: Map::new() };
        if let Err(error) = work(&mut context) {
            // The error of the work is the one to tell; what cannot be removed now is by the next run.
            let _ = remove_dir(&unfinished);
            return Err(error);
        }
        let record = StageRecord {
            name: spec.name.to_owned(),
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            settings: spec.settings.clone(),
            files,
            stages: spec.stages.clone(),
            outputs: mark_outputs(&unfinished)?,
            figures: context.figures,
            usage: watch.usage(),
        };
        write_json(&unfinished.join(record::FILE), &record)?;
        remove_dir(&dir)?;
        fs::rename(&unfinished, &dir).with_context(|| format!("cannot rename {}", unfinished.display()))?;
        remove_dir(&state)?;
        Ok(record)
    }

    fn is_current(&self, old: &StageRecord, spec: &StageSpec, files: &BTreeMap<PathBuf, FileMark>) -> bool {
        let dir = self.path(spec.name);
        let same_files = old.files.len() == files.len()
            && old
                .files
                .iter()
                .all(|(path, mark)| files.get(path).is_some_and(|now| now.sha256 == mark.sha256));
        old.format == FORMAT
            && old.version == env!("CARGO_PKG_VERSION")
            && old.settings == spec.settings
            && old.stages == spec.stages
            && same_files
            && old.outputs.iter().all(|(name, mark)| mark.holds(&dir.join(name)))
    }
}

/// Refuses a folder that holds anything, but neither a bundle nor the beginning of one.
fn refuse_foreign(dir: &Path) -> anyhow::Result<()> {
    if [LOCK, bundle::FILE].iter().any(|name| dir.join(name).exists()) {
        return Ok(());
    }
    let mut entries = fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => {
            bail_usage!("{} is not empty and holds no bundle; choose a new or an empty folder", dir.display())
        }
    }
}

fn mark_files(paths: &[PathBuf], old: Option<&StageRecord>) -> anyhow::Result<BTreeMap<PathBuf, FileMark>> {
    let mark = |path: &PathBuf| match old.and_then(|old| old.files.get(path)) {
        Some(mark) => mark.renew(path),
        None => FileMark::of(path),
    };
    paths.iter().map(|path| Ok((path.clone(), mark(path)?))).collect()
}

/// Marks of all files below `dir`, by relative path.
fn mark_outputs(dir: &Path) -> anyhow::Result<BTreeMap<PathBuf, FileMark>> {
    let mut marks = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let here = dir.join(&folder);
        for entry in fs::read_dir(&here).with_context(|| format!("cannot read {}", here.display()))? {
            let entry = entry?;
            let name = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(name);
            } else {
                marks.insert(name, FileMark::of(&entry.path())?);
            }
        }
    }
    Ok(marks)
}

fn make_dir(dir: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("cannot make folder {}", dir.display()))
}

fn remove_dir(dir: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", dir.display()))
        }
        _ => Ok(()),
    }
}

/// Writes a file under a temporary name, syncs and renames it.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let context = || format!("cannot write {}", path.display());
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(parent).with_context(context)?;
    std::io::Write::write_all(&mut file, bytes).with_context(context)?;
    file.as_file().sync_all().with_context(context)?;
    set_readable(file.path()).with_context(context)?;
    file.persist(path).with_context(context)?;
    Ok(())
}

/// Temporary files are private to their owner; finished ones need not be.
fn set_readable(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o644))?;
    }
    let _ = path;
    Ok(())
}

/// Writes `value` as readable JSON.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    write_file(path, text.as_bytes())
}

#[cfg(test)]
mod tests;
