//! Documents whose reading is shown and can be interrupted, for readers that know no observer.

use crate::progress::Bar;
use sememe_kernels::{Observer as _, Progress};
use sememe_text::{Document, Documents, TextError};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Documents between two looks at the clock and at Ctrl-C.
const EVERY: u64 = 256;

pub(super) struct Watched<'a> {
    documents: &'a dyn Documents,
    bar: Mutex<Bar>,
    done: AtomicU64,
    stopped: AtomicBool,
}

impl<'a> Watched<'a> {
    pub(super) fn new(documents: &'a dyn Documents, bar: Bar) -> Self {
        Self { documents, bar: Mutex::new(bar), done: AtomicU64::new(0), stopped: AtomicBool::new(false) }
    }

    /// An error if not all was read.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.stopped.into_inner(), "interrupted");
        Ok(())
    }

    fn advance(&self) -> ControlFlow<()> {
        let done = 1 + self.done.fetch_add(1, Ordering::Relaxed);
        if done % EVERY == 1
            && let Ok(mut bar) = self.bar.try_lock()
            && bar.progress(&Progress { unit: "documents", done, total: None, loss: None }).is_break()
        {
            self.stopped.store(true, Ordering::Relaxed);
        }
        if self.stopped.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Documents for Watched<'_> {
    fn n_shards(&self) -> usize {
        self.documents.n_shards()
    }

    fn n_replaced(&self) -> u64 {
        self.documents.n_replaced()
    }

    fn for_each(
        &self,
        shard: usize,
        sink: &mut dyn FnMut(Document<'_>) -> ControlFlow<()>,
    ) -> Result<(), TextError> {
        self.documents.for_each(shard, &mut |document| match self.advance() {
            ControlFlow::Continue(()) => sink(document),
            stop => stop,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::Interrupt;
    use sememe_text::MemoryDocuments;

    #[test]
    fn an_interrupt_ends_the_reading() {
        let documents = MemoryDocuments::from_texts(vec!["a"; 1000]);
        let read = |interrupt: Interrupt| {
            let watched = Watched::new(&documents, Bar::new("reading", false, false, interrupt));
            let mut n = 0;
            let mut sink = |_: Document<'_>| {
                n += 1;
                ControlFlow::Continue(())
            };
            watched.for_each(0, &mut sink).unwrap();
            (n, watched.finish().is_ok())
        };
        assert_eq!(read(Interrupt::default()), (1000, true));
        assert_eq!(read(Interrupt::set()), (0, false));
    }
}
