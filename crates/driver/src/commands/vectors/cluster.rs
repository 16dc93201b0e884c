//! `sememe vectors cluster`.

use super::words::{Selected, WordsArgs};
use crate::cli::Context;
use crate::console::Console;
use clap::{Args, ValueEnum};
use sememe_kernels::{Kernels, Matrix};
use sememe_vectors::clusters::{KMeans, KMeansSettings, Linkage, agglomerate};
use serde::Serialize;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors cluster vectors.safetensors -k 50 --words 10000
  sememe vectors cluster vectors.safetensors -k 5 --list fruits-and-tools.txt --method average
  sememe vectors cluster vectors.safetensors -k 500 --words 50000 --assignments > classes.tsv")]
pub(crate) struct ClusterArgs {
    #[command(flatten)]
    words: WordsArgs,
    /// Clusters
    #[arg(long, short = 'k', default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    clusters: u32,
    /// How clusters are found
    #[arg(long, value_enum, default_value_t)]
    method: Method,
    /// Starts of k-means, of which the best is taken
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    restarts: u32,
    /// Words shown of each cluster, those nearest to its centre first
    #[arg(long, value_name = "N", default_value_t = 15)]
    top: usize,
    /// Print `word TAB cluster` for every word instead
    #[arg(long)]
    assignments: bool,
}

/// How clusters are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Method {
    /// k-means of directions
    #[default]
    Spherical,
    /// k-means of vectors as they are
    Euclidean,
    /// Merge the clusters of the least mean distance
    Average,
    /// Merge the clusters of the least greatest distance
    Complete,
    /// Merge the clusters that add least to the spread
    Ward,
}

/// All clusters.
#[derive(Serialize)]
struct Answer {
    /// Of k-means: the sum of squared distances from the centroids.
    #[serde(skip_serializing_if = "Option::is_none")]
    inertia: Option<f64>,
    clusters: Vec<Cluster>,
}

/// A cluster and its words, those nearest to its centre first.
#[derive(Serialize)]
struct Cluster {
    cluster: u32,
    words: Vec<String>,
}

pub(super) fn cluster(args: &ClusterArgs, context: &Context) -> anyhow::Result<()> {
    let selected = args.words.open(context)?;
    let (assignment, inertia) = args.assign(&selected.rows, context)?;
    if args.assignments && !context.console.json {
        let lines = selected.words.iter().zip(&assignment);
        let lines: String = lines.map(|(word, cluster)| format!("{word}\t{cluster}\n")).collect();
        return context.console.data(&lines);
    }
    let answer = Answer { inertia, clusters: clusters(&selected, &assignment) };
    context.console.report(&answer, |answer| render(answer, args.top, &context.console))
}

impl ClusterArgs {
    fn assign(&self, rows: &Matrix, context: &Context) -> anyhow::Result<(Vec<u32>, Option<f64>)> {
        let (n_clusters, kernels) = (self.clusters as usize, Kernels::detect());
        let linkage = match self.method {
            Method::Average => Linkage::Average,
            Method::Complete => Linkage::Complete,
            Method::Ward => Linkage::Ward,
            Method::Spherical | Method::Euclidean => {
                let settings = KMeansSettings {
                    n_clusters,
                    spherical: self.method == Method::Spherical,
                    restarts: self.restarts as usize,
                    seed: context.seed.unwrap_or(1),
                    ..KMeansSettings::default()
                };
                let kmeans = KMeans::new(settings)?.with_threads(context.threads);
                let found = kmeans.run(rows, kernels, &mut context.console.bar("clustering"))?;
                return Ok((found.assignment, Some(found.inertia)));
            }
        };
        Ok((agglomerate(rows, n_clusters, linkage, kernels)?, None))
    }
}

/// The words of each cluster by their cosine with its mean direction.
fn clusters(selected: &Selected, assignment: &[u32]) -> Vec<Cluster> {
    let kernels = Kernels::detect();
    let n_clusters = assignment.iter().max().map_or(0, |last| last + 1);
    let mut means = Matrix::zeros(n_clusters as usize, selected.rows.n_cols());
    let unit = |row: &[f32]| 1.0 / kernels.dot(row, row).sqrt().max(f32::MIN_POSITIVE);
    for (row, &cluster) in selected.rows.rows().zip(assignment) {
        kernels.axpy(unit(row), row, means.row_mut(cluster as usize));
    }
    let nearness = |i: usize| {
        let row = selected.rows.row(i);
        unit(row) * kernels.dot(row, means.row(assignment[i] as usize))
    };
    let cluster = |cluster: u32| {
        let mut members: Vec<usize> = (0..assignment.len()).filter(|&i| assignment[i] == cluster).collect();
        members.sort_by(|&a, &b| nearness(b).total_cmp(&nearness(a)));
        Cluster { cluster, words: members.into_iter().map(|i| selected.words[i].clone()).collect() }
    };
    (0..n_clusters).map(cluster).collect()
}

fn render(answer: &Answer, top: usize, console: &Console) -> String {
    if let Some(inertia) = answer.inertia {
        console.note(format_args!("inertia {inertia:.4}"));
    }
    let line = |cluster: &Cluster| {
        let n = cluster.words.len();
        let shown = cluster.words[..n.min(top)].join(" ");
        let more = if n > top { " …" } else { "" };
        format!("{:4}  {n} words: {shown}{more}\n", cluster.cluster)
    };
    answer.clusters.iter().map(line).collect()
}
