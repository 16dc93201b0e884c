//! Which class was taken for which.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::EvalError;
use crate::error::same_length;

/// One classified item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Id of the true class.
    pub truth: u32,
    /// Id of the predicted class.
    pub predicted: u32,
    /// How much the item counts: 1 where all count alike.
    pub weight: f64,
}

/// Counts of (true class, predicted class), the base of every figure about single-label classification.
///
/// Only the cells that occur are stored, so a set with as many classes as items is no problem.
///
/// ```
/// use sememe_eval::ConfusionMatrix;
///
/// let matrix = ConfusionMatrix::from_labels(&["cat", "dog", "cat"], &["cat", "cat", "cat"])?;
/// assert_eq!(matrix.names(), ["cat", "dog"]);
/// assert_eq!(matrix.count(1, 0), 1.0);
/// assert_eq!(matrix.accuracy(), 2.0 / 3.0);
/// # Ok::<_, sememe_eval::EvalError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ConfusionMatrix {
    names: Vec<String>,
    cells: BTreeMap<(u32, u32), f64>,
    n_items: u64,
    weighted: bool,
}

/// What the cells of a confusion matrix are divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalise {
    /// By the items of the true class: each row sums to 1, its diagonal is the recall.
    Truth,
    /// By the items of the predicted class: each column sums to 1, its diagonal is the precision.
    Predicted,
    /// By all items.
    All,
}

impl ConfusionMatrix {
    /// An empty matrix over classes with these names; the id of a class is its place in the list.
    ///
    /// # Errors
    /// [`EvalError::Duplicate`] when a name stands twice.
    pub fn new(names: Vec<String>) -> Result<Self, EvalError> {
        let mut seen = HashSet::new();
        if let Some(name) = names.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(EvalError::Duplicate { name: name.clone() });
        }
        Ok(Self { names, cells: BTreeMap::new(), n_items: 0, weighted: false })
    }

    /// Counts `truth[i]` against `predicted[i]`, ids into `names`.
    ///
    /// # Errors
    /// When the columns differ in length, an id has no name, or a name stands twice.
    pub fn from_ids(names: &[String], truth: &[u32], predicted: &[u32]) -> Result<Self, EvalError> {
        same_length("predicted", truth.len(), predicted.len())?;
        let mut matrix = Self::new(names.to_vec())?;
        truth.iter().zip(predicted).try_for_each(|(&t, &p)| matrix.add(t, p))?;
        Ok(matrix)
    }

    /// Counts `truth[i]` against `predicted[i]`, class names; the classes are all that occur, in the order of
    /// their code points (as in scikit-learn).
    ///
    /// # Errors
    /// When the columns differ in length.
    pub fn from_labels<S: AsRef<str>>(truth: &[S], predicted: &[S]) -> Result<Self, EvalError> {
        same_length("predicted", truth.len(), predicted.len())?;
        let names: BTreeSet<&str> = truth.iter().chain(predicted).map(S::as_ref).collect();
        let ids: BTreeMap<&str, u32> = names.iter().copied().zip(0..).collect();
        let mut matrix = Self::new(names.into_iter().map(str::to_owned).collect())?;
        let pairs = truth.iter().zip(predicted);
        pairs.map(|(t, p)| (ids[t.as_ref()], ids[p.as_ref()])).try_for_each(|(t, p)| matrix.add(t, p))?;
        Ok(matrix)
    }

    /// Counts one item.
    ///
    /// # Errors
    /// [`EvalError::Class`] when an id has no name.
    pub fn add(&mut self, truth: u32, predicted: u32) -> Result<(), EvalError> {
        self.record(Outcome { truth, predicted, weight: 1.0 })
    }

    /// Counts one item that weighs `weight`.
    ///
    /// # Errors
    /// [`EvalError::Class`] when an id has no name, [`EvalError::Weight`] when the weight is negative or not
    /// finite.
    pub fn add_weighted(&mut self, truth: u32, predicted: u32, weight: f64) -> Result<(), EvalError> {
        self.record(Outcome { truth, predicted, weight })
    }

    pub(crate) fn record(&mut self, outcome: Outcome) -> Result<(), EvalError> {
        let Outcome { truth, predicted, weight } = outcome;
        let n_classes = self.names.len();
        if let Some(found) = [truth, predicted].into_iter().find(|&id| id as usize >= n_classes) {
            return Err(EvalError::Class { found, n_classes });
        }
        if !(weight.is_finite() && weight >= 0.0) {
            return Err(EvalError::Weight { item: self.n_items as usize, found: weight });
        }
        *self.cells.entry((truth, predicted)).or_default() += weight;
        self.n_items += 1;
        self.weighted |= weight != 1.0;
        Ok(())
    }

    /// The names of the classes, by id.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Items counted.
    pub fn n_items(&self) -> u64 {
        self.n_items
    }

    /// Whether an item with another weight than 1 was counted: then supports are no whole numbers.
    pub fn is_weighted(&self) -> bool {
        self.weighted
    }

    /// Weight of the items of class `truth` that were taken for `predicted`; 0 for ids without a class.
    pub fn count(&self, truth: u32, predicted: u32) -> f64 {
        self.cells.get(&(truth, predicted)).copied().unwrap_or(0.0)
    }

    /// The cells that occur, as (true class, predicted class, weight), ordered by ids.
    pub fn cells(&self) -> impl Iterator<Item = (u32, u32, f64)> + '_ {
        self.cells.iter().map(|(&(truth, predicted), &weight)| (truth, predicted, weight))
    }

    /// The matrix of these classes only, in this order: `f64[classes.len()][classes.len()]`, true classes
    /// down, predicted classes across. Ids without a class give zeros.
    pub fn dense(&self, classes: &[u32]) -> Vec<Vec<f64>> {
        classes.iter().map(|&t| classes.iter().map(|&p| self.count(t, p)).collect()).collect()
    }

    /// [`dense`](Self::dense), divided by the sums of its rows, its columns or all of it; 0 where that is 0.
    pub fn normalised(&self, classes: &[u32], by: Normalise) -> Vec<Vec<f64>> {
        let mut dense = self.dense(classes);
        let rows: Vec<f64> = dense.iter().map(|row| row.iter().sum()).collect();
        let columns: Vec<f64> =
            (0..dense.len()).map(|column| dense.iter().map(|row| row[column]).sum()).collect();
        let all = rows.iter().sum();
        for (i, row) in dense.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                let whole = match by {
                    Normalise::Truth => rows[i],
                    Normalise::Predicted => columns[j],
                    Normalise::All => all,
                };
                *cell = if whole == 0.0 { 0.0 } else { *cell / whole };
            }
        }
        dense
    }

    /// Weight of all items, of those on the diagonal, and by class of the true and the predicted ones.
    pub(crate) fn totals(&self) -> Totals {
        let zeros = vec![0.0; self.names.len()];
        let mut totals = Totals { hits: zeros.clone(), truth: zeros.clone(), predicted: zeros };
        for (truth, predicted, weight) in self.cells() {
            totals.truth[truth as usize] += weight;
            totals.predicted[predicted as usize] += weight;
            if truth == predicted {
                totals.hits[truth as usize] += weight;
            }
        }
        totals
    }

    /// Ids of the classes that occur, as a true or as a predicted one.
    pub(crate) fn occurring(&self) -> BTreeSet<u32> {
        self.cells.keys().flat_map(|&(truth, predicted)| [truth, predicted]).collect()
    }

    /// The share of items whose class was found. NaN without items, like the other figures.
    pub fn accuracy(&self) -> f64 {
        let totals = self.totals();
        totals.hits.iter().sum::<f64>() / totals.truth.iter().sum::<f64>()
    }

    /// The mean recall of the classes that have items: accuracy as if all classes were equally frequent.
    pub fn balanced_accuracy(&self) -> f64 {
        let totals = self.totals();
        let present = totals.truth.iter().zip(&totals.hits).filter(|(truth, _)| **truth > 0.0);
        let (sum, n) = present.fold((0.0, 0.0), |(sum, n), (truth, hits)| (sum + hits / truth, n + 1.0));
        sum / n
    }

    /// Matthews' correlation of the true with the predicted classes, for any number of classes.
    ///
    /// With c hits of s items, and class k true tₖ and predicted pₖ times:
    /// (c·s − Σ tₖpₖ) / √((s² − Σ pₖ²)(s² − Σ tₖ²)) (Gorodkin 2004, eq. 8). 0 where a root is 0.
    pub fn matthews(&self) -> f64 {
        let totals = self.totals();
        let (s, c): (f64, f64) = (totals.truth.iter().sum(), totals.hits.iter().sum());
        let covariance = c * s - dot(&totals.truth, &totals.predicted);
        let spread_predicted = s * s - dot(&totals.predicted, &totals.predicted);
        let spread_truth = s * s - dot(&totals.truth, &totals.truth);
        let spread = (spread_predicted * spread_truth).sqrt();
        if spread == 0.0 { 0.0 } else { covariance / spread }
    }

    /// Agreement beyond chance: (pₒ − pₑ) / (1 − pₑ), with pₒ the accuracy and pₑ the accuracy expected of
    /// guesses with the same frequencies (Cohen 1960). NaN where guesses cannot fail.
    pub fn kappa(&self) -> f64 {
        let totals = self.totals();
        let s: f64 = totals.truth.iter().sum();
        let expected = dot(&totals.truth, &totals.predicted) / (s * s);
        (self.accuracy() - expected) / (1.0 - expected)
    }
}

/// Sums over a confusion matrix, by class id.
pub(crate) struct Totals {
    /// The diagonal.
    pub(crate) hits: Vec<f64>,
    /// The rows.
    pub(crate) truth: Vec<f64>,
    /// The columns.
    pub(crate) predicted: Vec<f64>,
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused<T: std::fmt::Debug>(result: Result<T, EvalError>, message: &str) {
        assert_eq!(result.unwrap_err().to_string(), message);
    }

    #[test]
    fn items_that_make_no_sense_are_refused() {
        let names = ["a".to_owned(), "b".to_owned()];
        refused(
            ConfusionMatrix::from_ids(&names, &[0], &[2]),
            "class 2: expected an id below 2, the number of classes",
        );
        refused(
            ConfusionMatrix::from_labels(&["a", "b"], &["a"]),
            "predicted: expected 2 values, one for each item, found 1",
        );
        refused(
            ConfusionMatrix::new(vec!["a".into(), "a".into()]),
            "class name `a` stands twice in the list of classes",
        );
        let mut matrix = ConfusionMatrix::new(names.to_vec()).unwrap();
        refused(matrix.add_weighted(0, 1, f64::NAN), "item 0: expected a weight of 0 or more, found NaN");
        assert_eq!(matrix.n_items(), 0);
    }

    #[test]
    fn many_classes_take_only_the_room_of_their_items() {
        let mut matrix = ConfusionMatrix::new((0..100_000).map(|id| id.to_string()).collect()).unwrap();
        matrix.add(7, 99_999).unwrap();
        matrix.add(8, 8).unwrap();
        assert_eq!(matrix.accuracy(), 0.5);
        assert_eq!(matrix.cells().count(), 2);
    }
}
