//! The model card: what the bundle is, for people who find it in a folder.

use super::Done;
use crate::job::Job;
use sememe_eval::Report;
use std::fmt::Write as _;

/// `README.md` of the bundle.
pub(super) fn model_card(job: &Job, report: &Report, done: &Done) -> String {
    let mut card = report.to_markdown();
    if job.demo.is_some() {
        card += "\nAll text was made by sememe itself from tables and templates; the figures say that every part \
                 works, not how well it works on text that people wrote.\n";
    }
    let (version, seed) = (env!("CARGO_PKG_VERSION"), job.seed);
    let _ = writeln!(
        card,
        "\n## Use\n\nA bundle of sememe {version}, seed {seed}. `report.html` shows it in full."
    );
    card += "\n```\n";
    for (part, command) in [
        (&done.vectors, "sememe vectors neighbors vectors/vectors.safetensors WORD"),
        (&done.language_model, "sememe lm generate lm/model.ngram"),
        (&done.classifier, "sememe classify predict --model . < texts.txt"),
    ] {
        if part.is_some() {
            let _ = writeln!(card, "{command}");
        }
    }
    card + "```\n"
}
