//! `sememe lm eval | generate`.

use super::load;
use crate::cli::Context;
use crate::commands::paths::{name, open_lines};
use anyhow::Context as _;
use clap::Args;
use sememe_lm::{LanguageModel as _, NgramModel, PerplexityReport, Sampler, SamplerSettings, perplexity};
use sememe_vocab::{MemoryCorpus, WordId};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe lm eval model.ngram -i test.txt
  sememe lm eval model.arpa -i test.txt --json")]
pub(crate) struct EvalArgs {
    /// Model: our binary form or ARPA
    model: PathBuf,
    /// Text, a sentence a line; `-` is stdin
    #[arg(long, short, value_name = "FILE")]
    input: PathBuf,
}

/// The figures of a text under a model.
#[derive(Serialize)]
struct Output {
    perplexity: f64,
    /// Without the terms of unknown words.
    perplexity_known: f64,
    bits_per_token: f64,
    #[serde(flatten)]
    sums: PerplexityReport,
}

pub(super) fn eval(args: &EvalArgs, context: &Context) -> anyhow::Result<()> {
    let model = load(&args.model)?;
    let corpus = MemoryCorpus::new(sentences(&model, &args.input)?, context.threads);
    let sums = perplexity(&model, &corpus, context.threads, &mut context.console.bar("scoring"))?;
    anyhow::ensure!(sums.n_tokens > 0, "{} is empty, expected a sentence a line", args.input.display());
    report(sums, context)
}

/// Reports the figures of a text.
pub(crate) fn report(sums: PerplexityReport, context: &Context) -> anyhow::Result<()> {
    let output = Output {
        perplexity: sums.perplexity(),
        perplexity_known: sums.perplexity_of_known(),
        bits_per_token: sums.bits_per_token(),
        sums,
    };
    context.console.report(&output, Output::render)
}

impl Output {
    fn render(&self) -> String {
        let Self { perplexity, perplexity_known, bits_per_token, sums } = self;
        format!(
            "perplexity                 {perplexity:.4}\nperplexity of known words  {perplexity_known:.4}\n\
             bits per token             {bits_per_token:.4}\nsentences                  {}\n\
             tokens                     {}\nunknown words              {}\n",
            sums.n_sentences, sums.n_tokens, sums.n_unknown
        )
    }
}

/// The sentences of a text as ids of the model; words that it lacks are `<unk>`.
fn sentences(model: &NgramModel, path: &Path) -> anyhow::Result<Vec<Vec<WordId>>> {
    let mut sentences = Vec::new();
    for line in std::io::BufRead::lines(open_lines(path)?) {
        let line = line.with_context(|| format!("cannot read {}", name(path)))?;
        sentences.push(ids(model, &line));
    }
    Ok(sentences)
}

fn ids(model: &NgramModel, text: &str) -> Vec<WordId> {
    let separates = |c| matches!(c, '\0' | '\t' | '\r' | ' ');
    text.split(separates).filter(|word| !word.is_empty()).map(|word| model.id(word)).collect()
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe lm generate model.ngram -n 5
  sememe lm generate model.ngram --prefix 'the king' --temperature 0.8 --top-k 50")]
pub(crate) struct GenerateArgs {
    /// Model: our binary form or ARPA
    model: PathBuf,
    /// Sentences to sample
    #[arg(short, long, default_value_t = 1)]
    n: usize,
    /// Words that every sentence starts with
    #[arg(long, default_value = "")]
    prefix: String,
    /// Below 1 likely words become likelier; 0 always takes the likeliest
    #[arg(long, default_value_t = 1.0)]
    temperature: f32,
    /// Draw from so many of the likeliest words only
    #[arg(long)]
    top_k: Option<usize>,
    /// Draw from the likeliest words that together have this probability only
    #[arg(long, default_value_t = 1.0)]
    top_p: f32,
    /// Words at which a sentence is cut
    #[arg(long, default_value_t = 100)]
    max_words: usize,
}

pub(super) fn generate(args: &GenerateArgs, context: &Context) -> anyhow::Result<()> {
    let settings = SamplerSettings {
        temperature: args.temperature,
        top_k: args.top_k,
        top_p: args.top_p,
        max_words: args.max_words,
        seed: context.seed.unwrap_or(1),
        ..SamplerSettings::default()
    };
    let mut sampler = Sampler::new(settings).map_err(crate::exit::usage)?;
    let model = load(&args.model)?;
    let prefix = ids(&model, &args.prefix);
    let texts: Vec<String> = (0..args.n).map(|_| sentence(&model, &mut sampler, &prefix)).collect();
    context.console.report(&texts, |texts| texts.iter().map(|text| format!("{text}\n")).collect())
}

/// One sampled sentence, its prefix included.
pub(crate) fn sentence(model: &NgramModel, sampler: &mut Sampler, prefix: &[WordId]) -> String {
    let sampled = sampler.generate(model, prefix);
    let words = prefix.iter().chain(&sampled).map(|&id| model.vocab().word(id));
    words.collect::<Vec<_>>().join(" ")
}
