//! `sememe eval --data`: a part of a bundle on other documents.

use super::{EvalArgs, Part};
use crate::bundle::Bundle;
use crate::cli::Context;
use crate::commands::{classify, lm};
use crate::exit::bail_usage;
use anyhow::ensure;
use sememe_heads::UnknownLabel;
use sememe_lm::{NgramModel, perplexity};
use sememe_text::{FileDocuments, Pipeline, ReadOptions};
use sememe_vocab::{CorpusPlan, MmapCorpus, Vocab};
use std::path::Path;

pub(super) fn eval(args: &EvalArgs, bundle: &Bundle, context: &Context) -> anyhow::Result<()> {
    let has = |part: &str| bundle.parts.contains_key(part);
    match args.part {
        Some(Part::Classifier) if !has("classifier") => {
            bail_usage!("{} has no classifier", args.bundle.display())
        }
        Some(Part::LanguageModel) if !has("language_model") => {
            bail_usage!("{} has no language model", args.bundle.display())
        }
        Some(Part::Classifier) => classifier(args, bundle, context),
        Some(Part::LanguageModel) => language_model(args, bundle, context),
        None if has("classifier") => classifier(args, bundle, context),
        None if has("language_model") => language_model(args, bundle, context),
        None => bail_usage!("{} has neither a classifier nor a language model", args.bundle.display()),
    }
}

/// Opens the documents: as the flags say, or as the job reads its own.
fn open(args: &EvalArgs, own: Option<&ReadOptions>) -> anyhow::Result<FileDocuments> {
    let own = own.filter(|_| !args.read.is_given()).cloned();
    Ok(FileDocuments::open(&args.data, &own.map_or_else(|| args.read.options(), Ok)?)?)
}

fn classifier(args: &EvalArgs, bundle: &Bundle, context: &Context) -> anyhow::Result<()> {
    let job = bundle.job.classifier.as_ref();
    let documents = open(args, job.map(|job| &job.test.as_ref().unwrap_or(&job.train).read))?;
    let unknown = if args.count_unknown { UnknownLabel::CountAsWrong } else { UnknownLabel::Refuse };
    classify::report(&classify::load(&args.bundle, context)?, &documents, unknown, context)
}

/// Cleans, cuts and encodes the documents as the job does, and scores them.
fn language_model(args: &EvalArgs, bundle: &Bundle, context: &Context) -> anyhow::Result<()> {
    let part = |name: &str, default: &str| {
        args.bundle.join(bundle.parts.get(name).map_or(Path::new(default), |path| path))
    };
    let job = bundle.job.corpus.as_ref();
    let documents = open(args, job.map(|job| &job.read))?;
    let pipeline = Pipeline::new(&job.map(|job| job.text.clone()).unwrap_or_default())?;
    let vocab = Vocab::load(&part("vocab", "vocab/vocab.bin"))?;
    let model = NgramModel::load(&part("language_model", "lm/model.ngram"))?;
    let dir = tempfile::tempdir()?;
    let plan =
        CorpusPlan { dir: dir.path().join("ids"), n_shards: 16, holdout: None, threads: context.threads };
    sememe_vocab::encode(&documents, &pipeline, &vocab, &plan, &mut context.console.bar("encoding"))?;
    let corpus = MmapCorpus::open(&plan.dir)?;
    let sums = perplexity(&model, &corpus, context.threads, &mut context.console.bar("scoring"))?;
    ensure!(sums.n_tokens > 0, "there are no sentences in the input");
    lm::report(sums, context)
}
