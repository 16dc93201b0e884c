//! Words in the classes that people put them in.

use super::lines::for_each_line;
use super::lookup::{Case, Lookup};
use super::table::Columns;
use crate::clusters::{KMeans, KMeansSettings, Linkage, agglomerate};
use crate::error::{Problem, excerpt};
use crate::{Neighbours, VectorsError};
use sememe_kernels::{Matrix, Observer};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Words with a class each. A word may stand in several classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WordClasses {
    /// Words and classes, in the order of the file.
    pub words: Vec<(String, String)>,
}

impl WordClasses {
    /// Reads a table, separated by tabs or commas, whose heading names the columns `word` and `category` (or `class`).
    /// Lines without a word are skipped: word-benchmarks has one at the end of each class.
    ///
    /// # Errors
    /// If the file cannot be read, has no such heading, or a line lacks one of the two.
    pub fn read(path: &Path) -> Result<Self, VectorsError> {
        let (mut classes, mut columns) = (Self::default(), None);
        for_each_line(path, |line, _| classes.push(line, &mut columns))?;
        Ok(classes)
    }

    fn push(&mut self, line: &str, columns: &mut Option<Columns<2>>) -> Result<(), Problem> {
        let problem = |want| Problem::Fields { want, found: excerpt(line.as_bytes()) };
        match columns {
            None => *columns = Some(heading(line).ok_or_else(|| problem("columns `word` and `category`"))?),
            Some(columns) => {
                let found = columns.fields(line).filter(|[_, class]| !class.is_empty());
                let [word, class] = found.ok_or_else(|| problem("a word and its category"))?;
                if !word.is_empty() {
                    self.words.push((word, class));
                }
            }
        }
        Ok(())
    }
}

/// The columns of words and classes, if a heading has both.
fn heading(line: &str) -> Option<Columns<2>> {
    Columns::find(line, [&["word"], &["category", "class"]])
}

/// Whether a file with this first line holds words with classes.
pub(crate) fn holds_classes(line: &str) -> bool {
    heading(line).is_some()
}

/// How words are put into clusters to be compared with classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clustering {
    /// Spherical k-means, the best of ten starts from this seed.
    KMeans {
        /// The seed.
        seed: u64,
    },
    /// By merging the closest.
    Agglomerative(Linkage),
}

/// A word, its class, and the cluster that it came to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ClusteredWord {
    /// The word, as in the file.
    pub word: String,
    /// Its class.
    pub class: String,
    /// Its cluster, from 0.
    pub cluster: u32,
}

/// Clusters beside classes.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct CategoryReport {
    /// The words that have vectors, in the order of the file.
    pub words: Vec<ClusteredWord>,
    /// All words.
    pub asked: usize,
    /// The classes of the words that have vectors: as many clusters were made.
    pub n_classes: usize,
}

impl Neighbours {
    /// Puts the words into as many clusters as they have classes. Those that lack a vector are not covered. Tells
    /// `observer` the rounds of k-means.
    ///
    /// # Errors
    /// If there are too many words to be merged, a vector is not finite, or the observer asks to stop.
    pub fn evaluate_categories(
        &self,
        classes: &WordClasses,
        clustering: Clustering,
        case: Case,
        observer: &mut dyn Observer,
    ) -> Result<CategoryReport, VectorsError> {
        let lookup = Lookup::new(self.embeddings().vocab(), self.n_words(), case);
        let vector = |word: &str| lookup.vector(self.embeddings(), word);
        let words = classes.words.iter();
        let covered: Vec<_> =
            words.filter_map(|(word, class)| Some((word, class, vector(word)?.0))).collect();
        let n_classes = covered.iter().map(|(_, class, _)| *class).collect::<HashSet<_>>().len();
        let mut rows = Matrix::zeros(covered.len(), self.embeddings().dim());
        covered.iter().enumerate().for_each(|(i, (.., vector))| rows.row_mut(i).copy_from_slice(vector));
        let clusters = self.clusters(&rows, n_classes, clustering, observer)?;
        let clustered = |((word, class, _), cluster): (&(&String, &String, _), u32)| ClusteredWord {
            word: (*word).clone(),
            class: (*class).clone(),
            cluster,
        };
        let words = covered.iter().zip(clusters).map(clustered).collect();
        Ok(CategoryReport { words, asked: classes.words.len(), n_classes })
    }

    fn clusters(
        &self,
        rows: &Matrix,
        n_clusters: usize,
        clustering: Clustering,
        observer: &mut dyn Observer,
    ) -> Result<Vec<u32>, VectorsError> {
        if n_clusters == 0 {
            return Ok(Vec::new());
        }
        match clustering {
            Clustering::Agglomerative(linkage) => agglomerate(rows, n_clusters, linkage, self.kernels()),
            Clustering::KMeans { seed } => {
                let settings =
                    KMeansSettings { n_clusters, spherical: true, restarts: 10, seed, ..Default::default() };
                let kmeans = KMeans::new(settings)?.with_threads(self.threads());
                Ok(kmeans.run(rows, self.kernels(), observer)?.assignment)
            }
        }
    }
}

/// The share of words that are in the majority of their cluster: Σ over clusters of the words of its most frequent
/// class, divided by all words (Manning, Raghavan and Schütze 2008, section 16.3). NaN if there are none.
pub fn purity<'a>(words: impl IntoIterator<Item = &'a ClusteredWord>) -> f64 {
    let mut counts: HashMap<u32, HashMap<&str, usize>> = HashMap::new();
    let mut n_words = 0;
    for word in words {
        n_words += 1;
        *counts.entry(word.cluster).or_default().entry(&word.class).or_default() += 1;
    }
    let majority: usize = counts.values().filter_map(|classes| classes.values().max()).sum();
    majority as f64 / f64::from(n_words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Embeddings;
    use sememe_kernels::{Kernels, Silent};
    use sememe_vocab::Vocab;

    fn read(text: &str) -> Result<WordClasses, Problem> {
        let (mut classes, mut columns) = (WordClasses::default(), None);
        text.lines().try_for_each(|line| classes.push(line, &mut columns)).map(|()| classes)
    }

    const TABLE: &str = ",category,word\n0,bird,Robin\n1,bird,wren\n2,tree,oak\n3,tree,elm\n4,tree,no such";

    #[test]
    fn tables_name_their_columns() {
        let classes = read(TABLE).unwrap();
        assert_eq!(classes.words[0], ("Robin".to_owned(), "bird".to_owned()));
        assert_eq!(read("word\tclass\nred oak\ttree").unwrap().words[0].0, "red oak");
        assert_eq!(read(",category,word\n0,bird,wren\n1,bird,\n2,tree,oak").unwrap().words.len(), 2);
        let message = |text| read(text).unwrap_err().to_string();
        assert_eq!(message("robin bird"), "expected columns `word` and `category`, found `robin bird`");
        assert_eq!(message("word,category\nrobin,"), "expected a word and its category, found `robin,`");
    }

    #[test]
    fn clusters_are_compared_with_classes() {
        let words = [("robin", [1., 0.1]), ("wren", [9., 0.]), ("oak", [0.1, 2.]), ("elm", [5., 0.2])];
        let vocab = Vocab::from_words(words.map(|(word, _)| (word, 1)), 0).unwrap();
        let rows = Matrix::from_vec(4, 2, words.iter().flat_map(|(_, row)| *row).collect()).unwrap();
        let space = Neighbours::new(&Embeddings::new(vocab, rows).unwrap(), Kernels::detect());
        let classes = read(TABLE).unwrap();
        for clustering in [Clustering::KMeans { seed: 1 }, Clustering::Agglomerative(Linkage::Average)] {
            let report = space.evaluate_categories(&classes, clustering, Case::Ignore, &mut Silent).unwrap();
            assert_eq!((report.words.len(), report.asked, report.n_classes), (4, 5, 2));
            assert_eq!(purity(&report.words), 0.75, "{clustering:?}");
        }
        let none = WordClasses::default();
        let report =
            space.evaluate_categories(&none, Clustering::KMeans { seed: 1 }, Case::Exact, &mut Silent);
        assert_eq!(report.unwrap(), CategoryReport::default());
        assert!(purity([]).is_nan());
    }
}
