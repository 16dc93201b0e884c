//! What the tests of several trainers do alike.

use crate::{EmbedError, Trainer};
use sememe_kernels::{Observer, Progress, Silent, Snapshot};
use sememe_vectors::Embeddings;
use sememe_vocab::{Corpus, Vocab};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Keeps the first state that it is offered after `after` units of `unit`, and stops there.
struct Keeper {
    after: u64,
    unit: &'static str,
    done: u64,
    kept: Vec<u8>,
}

impl Observer for Keeper {
    fn progress(&mut self, progress: &Progress) -> ControlFlow<()> {
        self.done = if progress.unit == self.unit { progress.done } else { 0 };
        if self.kept.is_empty() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn wants_snapshot(&mut self) -> bool {
        self.done >= self.after && self.kept.is_empty()
    }

    fn keep(&mut self, state: &dyn Snapshot) -> std::io::Result<()> {
        state.write_to(&mut self.kept)
    }
}

pub(crate) fn bits(vectors: &Embeddings) -> Vec<u32> {
    vectors.rows().flat_map(|row| row.iter().map(|x| x.to_bits()).collect::<Vec<_>>()).collect()
}

pub(crate) fn cosine(vectors: &Embeddings, a: &str, b: &str) -> f32 {
    let (a, b) = (vectors.vector(a).unwrap(), vectors.vector(b).unwrap());
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}

/// The state of a run that was cut off after so many units, in a file.
pub(crate) fn cut_off(
    trainer: &dyn Trainer,
    (corpus, vocab): &(impl Corpus, Vocab),
    after: (&'static str, u64),
    dir: &Path,
) -> PathBuf {
    cut_off_run(|keeper| trainer.train(corpus, vocab, keeper).map(drop), after, dir)
}

/// As [`cut_off`], for any run.
pub(crate) fn cut_off_run(
    run: impl FnOnce(&mut dyn Observer) -> Result<(), EmbedError>,
    (unit, after): (&'static str, u64),
    dir: &Path,
) -> PathBuf {
    let mut keeper = Keeper { after, unit, done: 0, kept: Vec::new() };
    let result = run(&mut keeper);
    assert!(matches!(result, Err(EmbedError::Interrupted { .. })), "cut off before the end");
    let path = dir.join("state");
    std::fs::write(&path, keeper.kept).unwrap();
    path
}

/// Cuts a run off, resumes it with what `resume` makes of the trainer, and compares it with a run that nobody stopped.
#[track_caller]
pub(crate) fn check_resume<T: Trainer + Clone>(
    trainer: T,
    text: &(impl Corpus, Vocab),
    after: (&'static str, u64),
    resume: impl Fn(T, PathBuf) -> T,
) {
    let dir = tempfile::tempdir().unwrap();
    let path = cut_off(&trainer, text, after, dir.path());
    let train = |trainer: T| bits(&trainer.train(&text.0, &text.1, &mut Silent).unwrap());
    assert!(train(resume(trainer.clone(), path)) == train(trainer), "the bits of a run that nobody stopped");
}

/// Keeps every state, whatever it is.
struct Every(Vec<Vec<u8>>);

impl Observer for Every {
    fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn wants_snapshot(&mut self) -> bool {
        true
    }

    fn keep(&mut self, state: &dyn Snapshot) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        state.write_to(&mut bytes)?;
        self.0.push(bytes);
        Ok(())
    }
}

/// Checks that training diverges, and that no state is kept that holds what is no number.
#[track_caller]
pub(crate) fn check_diverges(trainer: &dyn Trainer, (corpus, vocab): &(impl Corpus, Vocab)) {
    let mut every = Every(Vec::new());
    let error = trainer.train(corpus, vocab, &mut every).unwrap_err();
    assert!(matches!(error, EmbedError::Diverged { .. }), "{error}");
    for state in every.0 {
        let tensors = safetensors::SafeTensors::deserialize(&state).unwrap();
        for (name, tensor) in tensors.tensors() {
            let mut numbers = tensor.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
            assert!(numbers.all(f32::is_finite), "`{name}` of a state");
        }
    }
}
