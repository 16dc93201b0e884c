//! `sememe vectors project`: words in a plane.

use super::map::{Map, Place};
use super::words::{Selected, WordsArgs};
use crate::cli::Context;
use crate::commands::paths::refuse_existing;
use clap::{Args, ValueEnum};
use sememe_kernels::{Kernels, Matrix};
use sememe_text::TextWriter;
use sememe_vectors::clusters::{KMeans, KMeansSettings};
use sememe_vectors::tsne::{Tsne, TsneSettings};
use sememe_vectors::{Neighbours, pca_2d};
use serde::Serialize;
use std::io::Write as _;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sememe vectors project vectors.safetensors --words 3000 --clusters 12 --html map.html
  sememe vectors project vectors.safetensors --method pca --list words.txt > plane.tsv

The map is one file that needs no network: words can be searched, hovered over, zoomed and moved.")]
pub(crate) struct ProjectArgs {
    #[command(flatten)]
    words: WordsArgs,
    /// How the plane is found
    #[arg(long, value_enum, default_value_t)]
    method: Method,
    /// About how many neighbours of a word stay together, for t-SNE
    #[arg(long, value_name = "N", default_value_t = 30.0)]
    perplexity: f64,
    /// Rounds of t-SNE
    #[arg(long, value_name = "N", default_value_t = 1000)]
    rounds: usize,
    /// Also put the words into so many clusters, by direction; 0 for none
    #[arg(long, value_name = "N", default_value_t = 0)]
    clusters: usize,
    /// Write a map as HTML to this file, and nothing to stdout
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Title of the map [default: the name of the file of vectors]
    #[arg(long, requires = "html")]
    title: Option<String>,
    /// Write over an existing map
    #[arg(long, requires = "html")]
    force: bool,
}

/// How the plane is found.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Method {
    /// Neighbours by direction stay neighbours
    #[default]
    Tsne,
    /// The two directions of the greatest spread
    Pca,
}

/// A word in the plane.
#[derive(Serialize)]
struct Point<'a> {
    word: &'a str,
    x: f32,
    y: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<u32>,
}

/// Where words are.
struct Plane {
    /// `f32[n_words, 2]`
    points: Matrix,
    clusters: Option<Vec<u32>>,
}

impl Plane {
    fn at(&self, i: usize) -> [f32; 2] {
        [self.points.row(i)[0], self.points.row(i)[1]]
    }

    fn cluster(&self, i: usize) -> Option<u32> {
        self.clusters.as_ref().map(|clusters| clusters[i])
    }
}

/// Neighbours that the map shows of a word.
const NEIGHBOURS: usize = 8;

pub(super) fn project(args: &ProjectArgs, context: &Context) -> anyhow::Result<()> {
    if let Some(path) = &args.html {
        refuse_existing(path, args.force)?;
    }
    let selected = args.words.open(context)?;
    let plane = Plane {
        points: args.points(&selected.rows, context)?,
        clusters: args.cluster(&selected.rows, context)?,
    };
    if let Some(path) = &args.html {
        return args.write_map(path, &selected, &plane, context);
    }
    let point = |(i, word)| {
        let [x, y] = plane.at(i);
        Point { word, x, y, cluster: plane.cluster(i) }
    };
    let words = selected.words.iter().map(String::as_str);
    let points: Vec<Point<'_>> = words.enumerate().map(point).collect();
    context.console.report(&points, |points| points.iter().map(Point::render).collect())
}

impl Point<'_> {
    fn render(&self) -> String {
        let cluster = self.cluster.map_or_else(String::new, |cluster| format!("\t{cluster}"));
        format!("{}\t{}\t{}{cluster}\n", self.word, self.x, self.y)
    }
}

impl ProjectArgs {
    fn points(&self, rows: &Matrix, context: &Context) -> anyhow::Result<Matrix> {
        let units = units(rows);
        match self.method {
            Method::Pca => Ok(pca_2d(&units)),
            Method::Tsne => {
                let (perplexity, rounds) = (self.perplexity, self.rounds);
                let settings = TsneSettings { perplexity, rounds, ..TsneSettings::default() };
                let tsne = Tsne::new(settings)?.with_threads(context.threads);
                Ok(tsne.run(&units, Kernels::detect(), &mut context.console.bar("projecting"))?)
            }
        }
    }

    fn cluster(&self, rows: &Matrix, context: &Context) -> anyhow::Result<Option<Vec<u32>>> {
        if self.clusters == 0 {
            return Ok(None);
        }
        let settings = KMeansSettings {
            n_clusters: self.clusters,
            spherical: true,
            restarts: 3,
            seed: context.seed.unwrap_or(1),
            ..KMeansSettings::default()
        };
        let kmeans = KMeans::new(settings)?.with_threads(context.threads);
        let found = kmeans.run(rows, Kernels::detect(), &mut context.console.bar("clustering"))?;
        Ok(Some(found.assignment))
    }

    fn write_map(
        &self,
        path: &Path,
        selected: &Selected,
        plane: &Plane,
        context: &Context,
    ) -> anyhow::Result<()> {
        let space = Neighbours::new(&selected.vectors, Kernels::detect()).with_threads(context.threads);
        let words: Vec<&str> = selected.words.iter().map(String::as_str).collect();
        let near = space.nearest_each(&words, NEIGHBOURS, &mut context.console.bar("finding neighbours"))?;
        let place = |(i, &word): (usize, &&'_ str)| Place {
            word: word.to_owned(),
            at: plane.at(i),
            cluster: plane.cluster(i),
            near: near[i].iter().map(|near| (near.word.to_owned(), near.score)).collect(),
        };
        let places = words.iter().enumerate().map(place).collect();
        let map = Map { title: self.title.clone().unwrap_or_else(|| self.words.name()), places };
        let mut file = TextWriter::create(path)?;
        file.write_all(map.to_html()?.as_bytes())?;
        file.finish()?;
        context.console.note(format_args!("wrote {}, {} words", path.display(), words.len()));
        Ok(())
    }
}

/// All rows with length 1, but for zero vectors.
fn units(rows: &Matrix) -> Matrix {
    let (kernels, mut units) = (Kernels::detect(), rows.clone());
    for i in 0..units.n_rows() {
        let norm = kernels.dot(rows.row(i), rows.row(i)).sqrt();
        let factor = if norm > 0.0 { norm.recip() } else { 0.0 };
        units.row_mut(i).iter_mut().for_each(|x| *x *= factor);
    }
    units
}
