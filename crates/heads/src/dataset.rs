//! Texts with their classes.

use crate::{HeadError, python_shuffle};
use sememe_text::Documents;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

/// Texts and the class of each.
///
/// ```
/// let rows = [("a fine day", "good"), ("rain again", "bad")];
/// let dataset = sememe_heads::Dataset::from_rows(rows);
/// assert_eq!(dataset.labels(), ["bad", "good"]);
/// assert_eq!(dataset.targets(), [1, 0]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dataset {
    texts: Vec<String>,
    targets: Vec<u32>,
    labels: Vec<String>,
}

/// What becomes of a text whose label was never trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownLabel {
    /// An error that names the document and the label.
    #[default]
    Refuse,
    /// The label is added after the known ones: no prediction can be right for it.
    CountAsWrong,
}

impl Dataset {
    /// Takes texts, the number of the label of each, and the labels.
    ///
    /// # Errors
    /// If there are more or fewer targets than texts, a target is the number of no label, or a label stands twice.
    pub fn new(texts: Vec<String>, targets: Vec<u32>, labels: Vec<String>) -> Result<Self, HeadError> {
        if texts.len() != targets.len() {
            return Err(HeadError::Count { what: "targets", want: texts.len(), found: targets.len() });
        }
        check_labels(&labels)?;
        let n_classes = labels.len();
        match targets.iter().position(|&target| target as usize >= n_classes) {
            Some(row) => Err(HeadError::Target { row, target: targets[row], n_classes }),
            None => Ok(Self { texts, targets, labels }),
        }
    }

    /// Texts with their labels; these are numbered in the order of their bytes.
    pub fn from_rows<T: Into<String>, L: Into<String>>(rows: impl IntoIterator<Item = (T, L)>) -> Self {
        let (texts, of_rows): (Vec<String>, Vec<String>) =
            rows.into_iter().map(|(text, label)| (text.into(), label.into())).unzip();
        let labels: Vec<String> = of_rows.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        let number: HashMap<&str, u32> = labels.iter().map(String::as_str).zip(0..).collect();
        let targets = of_rows.iter().map(|label| number[label.as_str()]).collect();
        Self { texts, targets, labels }
    }

    /// Reads labelled documents; the labels are numbered in the order of their bytes.
    ///
    /// # Errors
    /// If the documents cannot be read, or one has no label or several.
    pub fn read(documents: &dyn Documents) -> Result<Self, HeadError> {
        Ok(Self::from_rows(labelled(documents)?))
    }

    /// Reads documents to test a classifier with `labels` on, in the order of its classes.
    ///
    /// # Errors
    /// As [`Dataset::read`]; or at the first document with another label, if such are refused.
    pub fn read_as(
        documents: &dyn Documents,
        labels: &[String],
        unknown: UnknownLabel,
    ) -> Result<Self, HeadError> {
        let mut all = labels.to_vec();
        check_labels(&all)?;
        let mut number: HashMap<String, u32> = all.iter().cloned().zip(0..).collect();
        let (mut texts, mut targets) = (Vec::new(), Vec::new());
        for (i, (text, label)) in labelled(documents)?.into_iter().enumerate() {
            let target = match number.get(&label) {
                Some(&target) => target,
                None if unknown == UnknownLabel::Refuse => {
                    return Err(HeadError::UnknownLabel { document: i + 1, label, n_labels: labels.len() });
                }
                None => {
                    let target = all.len() as u32;
                    all.push(label.clone());
                    number.insert(label, target);
                    target
                }
            };
            texts.push(text);
            targets.push(target);
        }
        Ok(Self { texts, targets, labels: all })
    }

    /// Splits off the share `test` of the texts, by the order of Python's `random.Random(seed).shuffle`: the first
    /// ⌊n·(1 − test)⌋ are the first part, the others the second. Both keep all labels.
    pub fn split(&self, test: f64, seed: u64) -> (Self, Self) {
        let order = python_shuffle(self.len(), seed);
        let n_train = (self.len() as f64 * (1.0 - test)) as usize;
        let (train, test) = order.split_at(n_train.min(self.len()));
        (self.select(train), self.select(test))
    }

    /// The texts with these numbers, in this order. Panics if there is no such text.
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            texts: rows.iter().map(|&i| self.texts[i].clone()).collect(),
            targets: rows.iter().map(|&i| self.targets[i]).collect(),
            labels: self.labels.clone(),
        }
    }

    /// The texts.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The texts, as classifiers take them.
    pub fn borrowed_texts(&self) -> Vec<&str> {
        self.texts.iter().map(String::as_str).collect()
    }

    /// The class of each text.
    pub fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// The names of the classes.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Refuses labels without texts: nothing can be learnt of them.
    pub(crate) fn check_trainable(&self) -> Result<(), HeadError> {
        let used: HashSet<u32> = self.targets.iter().copied().collect();
        if used.len() < 2 {
            return Err(HeadError::TooFewClasses { found: used.len() });
        }
        match self.labels.iter().zip(0..).find(|(_, target)| !used.contains(target)) {
            Some((label, _)) => Err(HeadError::EmptyClass { label: label.clone() }),
            None => Ok(()),
        }
    }
}

/// Refuses a label that stands twice.
pub(crate) fn check_labels(labels: &[String]) -> Result<(), HeadError> {
    let mut seen = HashSet::new();
    match labels.iter().find(|label| !seen.insert(label.as_str())) {
        Some(label) => Err(HeadError::DuplicateLabel { label: label.clone() }),
        None => Ok(()),
    }
}

/// Text and label of each document.
fn labelled(documents: &dyn Documents) -> Result<Vec<(String, String)>, HeadError> {
    let (mut rows, mut wrong) = (Vec::new(), None);
    for shard in 0..documents.n_shards() {
        documents.for_each(shard, &mut |document| {
            let found = document.label.map_or(0, |label| label.split('\t').count());
            match document.label {
                Some(label) if found == 1 => rows.push((document.text.to_owned(), label.to_owned())),
                _ => {
                    wrong = Some(HeadError::NotOneLabel { document: rows.len() + 1, found });
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        if let Some(error) = wrong {
            return Err(error);
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sememe_text::MemoryDocuments;

    fn labels(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|&label| label.to_owned()).collect()
    }

    #[track_caller]
    fn check_read(
        documents: &[(&str, &str)],
        known: &[&str],
        unknown: UnknownLabel,
        want: Result<&[u32], &str>,
    ) {
        let documents = MemoryDocuments::from_labelled(documents.iter().copied());
        let read = Dataset::read_as(&documents, &labels(known), unknown).map_err(|error| error.to_string());
        assert_eq!(read.as_ref().map(Dataset::targets).map_err(String::as_str), want);
    }

    #[test]
    fn labels_keep_their_numbers() {
        check_read(&[("x", "b"), ("y", "a")], &["b", "a", "c"], UnknownLabel::Refuse, Ok(&[0, 1]));
    }

    #[test]
    fn unknown_labels_are_named_or_counted_as_wrong() {
        let documents = [("x", "b"), ("y", "z"), ("x", "y"), ("y", "z")];
        let message = "document 2: the label `z` is unknown, expected one of 2 trained labels";
        check_read(&documents, &["a", "b"], UnknownLabel::Refuse, Err(message));
        check_read(&documents, &["a", "b"], UnknownLabel::CountAsWrong, Ok(&[1, 2, 3, 2]));
    }

    #[test]
    fn documents_need_one_label() {
        let message = "document 1: expected one label, found 2";
        check_read(&[("x", "a\tb")], &["a"], UnknownLabel::Refuse, Err(message));
        let error = Dataset::read(&MemoryDocuments::from_texts(["x"])).unwrap_err();
        assert_eq!(error.to_string(), "document 1: expected one label, found 0");
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let new = |targets: &[u32], names: &[&str]| {
            Dataset::new(labels(&["x", "y"]), targets.to_vec(), labels(names)).unwrap_err().to_string()
        };
        assert_eq!(new(&[0], &["a"]), "expected 2 targets, found 1");
        assert_eq!(new(&[0, 1], &["a"]), "row 1: target 1, but there are 1 classes");
        assert_eq!(new(&[0, 1], &["a", "a"]), "label `a` stands twice among the labels");
    }

    #[test]
    fn classes_that_cannot_be_learnt_are_named() {
        let rows = |targets: &[u32]| {
            let texts = targets.iter().map(u32::to_string).collect();
            let dataset = Dataset::new(texts, targets.to_vec(), labels(&["a", "b", "c"])).unwrap();
            dataset.check_trainable().unwrap_err().to_string()
        };
        assert_eq!(rows(&[]), "a classifier needs rows of at least two classes, found 0");
        assert_eq!(rows(&[1, 1]), "a classifier needs rows of at least two classes, found 1");
        assert_eq!(rows(&[2, 0, 2]), "label `b` has no training rows");
    }

    #[test]
    fn splits_follow_python() {
        let dataset = Dataset::from_rows((0..10).map(|i| (i.to_string(), (i % 2).to_string())));
        let (train, test) = dataset.split(0.2, 0);
        assert_eq!(train.texts()[..4], ["7", "8", "1", "5"]);
        assert_eq!((train.len(), test.len(), test.labels().len()), (8, 2, 2));
    }
}
