//! `sememe lm train`.

use crate::cli::Context;
use crate::commands::paths::{name, open_lines, read_text, refuse_existing};
use crate::exit::{bail_usage, usage};
use clap::{Args, Subcommand, ValueEnum};
use sememe_lm::{
    DiscountPolicy, LanguageModel as _, LmError, NgramModel, NgramSettings, SpecialWords, train_text,
};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum TrainCommand {
    /// Interpolated modified Kneser-Ney, as KenLM's lmplz estimates it
    Ngram(NgramArgs),
}

impl TrainCommand {
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Ngram(args) => ngram(&args, context),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Unk {
    /// `<unk>`, `<s>` and `</s>` in the text are an error
    #[default]
    Error,
    /// They are white space
    Skip,
    /// `<unk>` is an ordinary word, as in Penn Treebank
    Word,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe lm train ngram -i corpus.txt -o model.ngram --order 5
  sememe lm train ngram -i - --order 3 --prune 0 0 1 --arpa model.arpa < corpus.txt
  sememe lm train ngram -i ptb.train.txt -o ptb.ngram --unk word

A line of the text is a sentence; words are separated by ASCII white space.")]
pub(crate) struct NgramArgs {
    /// Text to learn from; `-` is stdin
    #[arg(long, short, value_name = "FILE")]
    input: PathBuf,
    /// Model to write, in our binary form
    #[arg(long, short, value_name = "FILE", required_unless_present = "arpa")]
    output: Option<PathBuf>,
    /// ARPA file to write
    #[arg(long, value_name = "FILE")]
    arpa: Option<PathBuf>,
    /// Length of the longest n-grams
    #[arg(long, default_value_t = 5)]
    order: usize,
    /// Leave out n-grams counted at most so often, one number an order; the last goes for longer ones
    #[arg(long, value_name = "COUNT", num_args = 1..)]
    prune: Vec<u64>,
    /// Discounts where the text gives none: three numbers, or 0.5 1 1.5
    #[arg(long, alias = "discount_fallback", value_name = "D", num_args = 0..=3)]
    discount_fallback: Option<Vec<f64>>,
    /// Whether unigrams are interpolated with the uniform distribution; 0 gives all to `<unk>`, as SRILM does
    #[arg(long, alias = "interpolate_unigrams", value_name = "0|1", default_value = "1", value_parser = ["0", "1"])]
    interpolate_unigrams: String,
    /// Smooth as if the vocabulary had at least so many words
    #[arg(long, alias = "vocab_pad", value_name = "N", default_value_t = 0)]
    vocab_pad: u64,
    /// Leave out n-grams with words that are not in this file
    #[arg(long, alias = "limit_vocab_file", value_name = "FILE")]
    limit_vocab_file: Option<PathBuf>,
    /// What special words in the text are
    #[arg(long, value_enum, default_value_t)]
    unk: Unk,
    /// The same as --unk skip
    #[arg(long, alias = "skip_symbols", conflicts_with = "unk")]
    skip_symbols: bool,
    /// Write over existing files
    #[arg(long)]
    force: bool,
}

/// What is reported of a model.
#[derive(Serialize)]
struct Output {
    order: usize,
    words: usize,
    ngrams: Vec<usize>,
    /// Of counts 1, 2, and 3 or more, in each order.
    discounts: Vec<[f64; 3]>,
}

fn ngram(args: &NgramArgs, context: &Context) -> anyhow::Result<()> {
    for path in [&args.output, &args.arpa].into_iter().flatten() {
        refuse_existing(path, args.force)?;
    }
    let settings = args.settings(context)?;
    let mut bar = context.console.bar("estimating n-grams");
    let model = train_text(open_lines(&args.input)?, &settings, &mut bar);
    let model = model.map_err(|error| blame(error, &args.input))?;
    drop(bar);
    if let Some(path) = &args.output {
        model.save(path)?;
    }
    if let Some(path) = &args.arpa {
        model.save_arpa(path)?;
    }
    let output = Output::of(&model);
    if context.console.json {
        return context.console.report(&output, |_| String::new());
    }
    context.console.note(output.render());
    Ok(())
}

impl NgramArgs {
    fn settings(&self, context: &Context) -> anyhow::Result<NgramSettings> {
        let discount_fallback = match self.discount_fallback.as_deref() {
            None => DiscountPolicy::Refuse,
            Some([]) => DiscountPolicy::FALLBACK,
            Some(&[one, two, more]) => DiscountPolicy::Fallback([one, two, more]),
            Some(other) => {
                bail_usage!("--discount-fallback takes three numbers or none, found {}", other.len())
            }
        };
        let limit_vocab = match &self.limit_vocab_file {
            Some(path) => Some(read_text(path)?.split_ascii_whitespace().map(str::to_owned).collect()),
            None => None,
        };
        let special_words = match (self.skip_symbols, self.unk) {
            (true, _) | (_, Unk::Skip) => SpecialWords::Skip,
            (_, Unk::Error) => SpecialWords::Error,
            (_, Unk::Word) => SpecialWords::Word,
        };
        Ok(NgramSettings {
            order: self.order,
            prune: self.prune.clone(),
            discount_fallback,
            interpolate_unigrams: self.interpolate_unigrams == "1",
            vocab_pad: self.vocab_pad,
            limit_vocab,
            special_words,
            threads: context.threads,
        })
    }
}

/// Settings out of range are wrong use; all else but an interruption is the fault of the text.
fn blame(error: LmError, input: &Path) -> anyhow::Error {
    match error {
        LmError::Setting { .. } => usage(error),
        LmError::Interrupted => error.into(),
        other => anyhow::Error::new(other).context(format!("cannot learn from {}", name(input))),
    }
}

impl Output {
    fn of(model: &NgramModel) -> Self {
        Self {
            order: model.order(),
            words: model.vocab().len(),
            ngrams: model.n_ngrams(),
            discounts: model.discounts().to_vec(),
        }
    }

    fn render(&self) -> String {
        let line = |(i, n): (usize, &usize)| {
            let discounts = self
                .discounts
                .get(i)
                .map_or(String::new(), |[one, two, more]| format!("  D1={one:.6} D2={two:.6} D3+={more:.6}"));
            format!("{} {n}{discounts}", i + 1)
        };
        self.ngrams.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
    }
}
