//! `sememe classify train`.

use crate::cli::Context;
use crate::commands::paths::refuse_existing;
use crate::commands::sources::{PipelineArgs, ReadArgs};
use crate::exit::{bail_usage, usage};
use crate::labelled;
use clap::{Args, ValueEnum};
use sememe_heads::{
    Existing, FeatureSettings, HeadSettings, ModelKind, ModelSettings, TextClassifier, VectorFeatures,
};
use sememe_text::FileDocuments;
use sememe_vocab::VectorizerSettings;
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Kind {
    /// Linear support vector machine
    #[default]
    Svm,
    /// Multinomial logistic regression
    Logistic,
    /// Logistic regression with a weight vector a class
    Softmax,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe classify train -i train.csv --read csv --text text --label label -o model
  sememe classify train -i train.txt --read label -o model --kind logistic --cost 10
  sememe classify train -i train.csv --read csv --text text --label label -o model --vectors v.safetensors --kind softmax")]
pub(crate) struct TrainArgs {
    /// Labelled documents
    #[arg(long, short, required = true, value_name = "FILE", num_args = 1..)]
    input: Vec<PathBuf>,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    pipeline: PipelineArgs,
    /// Folder to write
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
    /// Write over an existing folder
    #[arg(long)]
    force: bool,
    /// Kind of model
    #[arg(long, value_enum, default_value_t)]
    kind: Kind,
    /// How much the loss counts beside the penalty (C)
    #[arg(long, default_value_t = 1.0)]
    cost: f64,
    /// Shortest and longest n-grams of words
    #[arg(long, value_name = "N", num_args = 2, default_values_t = [1, 2])]
    words: Vec<usize>,
    /// Shortest and longest n-grams of characters, besides those of words
    #[arg(long, value_name = "N", num_args = 2)]
    chars: Option<Vec<usize>>,
    /// Use the mean of these word vectors instead of n-grams
    #[arg(long, value_name = "FILE")]
    vectors: Option<PathBuf>,
    /// Weigh words by smooth inverse frequency with this parameter (such as 1e-3)
    #[arg(long, requires = "vectors")]
    sif: Option<f64>,
}

impl TrainArgs {
    fn settings(&self, context: &Context) -> anyhow::Result<HeadSettings> {
        let kind = match self.kind {
            Kind::Svm => ModelKind::Svm,
            Kind::Logistic => ModelKind::Logistic,
            Kind::Softmax => ModelKind::Softmax,
        };
        let span = |range: &[usize]| (range[0], range[1]);
        let features = match &self.vectors {
            Some(_) => {
                FeatureSettings::Vectors(VectorFeatures { sif: self.sif, ..VectorFeatures::default() })
            }
            None => FeatureSettings::Tfidf(VectorizerSettings {
                words: Some(span(&self.words)),
                chars: self.chars.as_deref().map(span),
                sublinear_tf: true,
                ..VectorizerSettings::default()
            }),
        };
        let seed = context.seed.unwrap_or(1);
        let model = ModelSettings { kind, cost: self.cost, seed, ..ModelSettings::default() };
        Ok(HeadSettings { text: self.pipeline.settings()?, features, model })
    }
}

pub(super) fn train(args: &TrainArgs, context: &Context) -> anyhow::Result<()> {
    if args.output.is_file() {
        bail_usage!("{} is a file, expected a folder", args.output.display());
    }
    refuse_existing(&args.output, args.force)?;
    let existing = if args.force { Existing::Replace } else { Existing::Refuse };
    existing.check(&args.output).map_err(usage)?;
    let settings = args.settings(context)?;
    settings.check().map_err(usage)?;
    let documents = FileDocuments::open(&args.input, &args.read.options()?)?;
    let data = labelled::read(&documents)?;
    let vectors = args.vectors.as_ref().map(|path| sememe_vectors::load(path, None)).transpose()?;
    let vectors = vectors.as_ref().map(|(vectors, _)| vectors);
    let mut bar = context.console.bar("training the classifier");
    let model = TextClassifier::fit(&data, &settings, vectors, context.threads, &mut bar)?;
    drop(bar);
    model.save(&args.output, existing)?;
    let report = model.report();
    if context.console.json {
        return context.console.report(report, |_| String::new());
    }
    let (rows, features) = (report.n_rows, report.n_features);
    context
        .console
        .note(format_args!("{rows} texts, {features} features, objective {:.6}", report.objective));
    Ok(())
}
