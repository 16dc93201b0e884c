//! What the user sees: data on stdout, everything else on stderr.

use crate::progress::Bar;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set by the first Ctrl-C; long work looks at it through its observer and stops cleanly.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// An interrupt that Ctrl-C and a polite kill set. A second one ends the process at once.
    pub(crate) fn on_signal() -> anyhow::Result<Self> {
        let interrupt = Self::default();
        let flag = interrupt.clone();
        ctrlc::set_handler(move || {
            if flag.0.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
        })?;
        Ok(interrupt)
    }

    /// One that is set already.
    #[cfg(test)]
    pub(crate) fn set() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Errors only.
    Quiet,
    #[default]
    Normal,
    /// Also what is skipped and why.
    Verbose,
}

/// The user's terminal, or whatever stands in its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Console {
    pub(crate) verbosity: Verbosity,
    /// Whether commands report as JSON.
    pub(crate) json: bool,
    pub(crate) interrupt: Interrupt,
}

impl Console {
    /// Writes data to stdout. A reader that has gone away ends the process quietly.
    pub(crate) fn data(&self, text: &str) -> anyhow::Result<()> {
        pipe(io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()))
    }

    /// Reports `value`, as JSON or as the text that `render` makes of it.
    pub(crate) fn report<T: serde::Serialize>(
        &self,
        value: &T,
        render: impl FnOnce(&T) -> String,
    ) -> anyhow::Result<()> {
        let mut text = if self.json { serde_json::to_string_pretty(value)? } else { render(value) };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        self.data(&text)
    }

    /// Says something on stderr. That stderr is closed is no reason to fail.
    pub(crate) fn note(&self, text: impl std::fmt::Display) {
        self.say(Verbosity::Normal, text);
    }

    /// Says something that only the curious want to know.
    pub(crate) fn detail(&self, text: impl std::fmt::Display) {
        self.say(Verbosity::Verbose, text);
    }

    fn say(&self, at: Verbosity, text: impl std::fmt::Display) {
        if self.verbosity >= at {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// An observer that shows the progress of `what`.
    pub(crate) fn bar(&self, what: &str) -> Bar {
        let shown = self.verbosity >= Verbosity::Normal;
        Bar::new(what, shown, io::stderr().is_terminal(), self.interrupt.clone())
    }
}

/// Ends the process when the reader of stdout has gone: it has all that it wanted.
fn pipe(result: io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => Ok(other?),
    }
}
