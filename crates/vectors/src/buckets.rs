//! Vectors of n-grams, and of words made of them.

use crate::storage::lend;
use crate::{Storage, Subwords, VectorFormat, VectorsError};
use sememe_kernels::Matrix;
use std::sync::Arc;

/// A vector for each bucket of [`Subwords`], or for some of them: `f32[n_rows, dim]`.
///
/// The vector of a word is the mean of its own row, if it has one, and the rows of its n-grams, as in fastText
/// (Bojanowski et al. 2017, section 3.2); buckets without a row do not count.
///
/// ```
/// use sememe_kernels::Matrix;
/// use sememe_vectors::{Buckets, Subwords};
///
/// let subwords = Subwords::new(3, 3, 1 << 20)?;
/// let mut ids = subwords.buckets("rose"); // <ro, ros, ose, se>
/// ids.sort_unstable();
/// let buckets = Buckets::sparse(subwords, ids, Matrix::from_vec(4, 1, vec![1., 2., 3., 4.])?)?;
/// let mut vector = [0.0];
/// assert!(buckets.mean("rose", None, &mut vector));
/// assert_eq!(vector, [2.5]);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Buckets {
    subwords: Subwords,
    /// Where the row of a bucket is; without it, every bucket has the row of its number.
    index: Option<Index>,
    rows: Arc<dyn Storage>,
}

impl Buckets {
    /// A row for every bucket.
    ///
    /// # Errors
    /// If there are more or fewer rows.
    pub fn new(subwords: Subwords, rows: impl Storage + 'static) -> Result<Self, VectorsError> {
        Self::shared(subwords, None, Arc::new(rows))
    }

    /// Row `i` for the bucket `ids[i]`, where the ids rise; other buckets have none.
    ///
    /// # Errors
    /// If there are more or fewer rows than ids, the ids do not rise, or one is not below the number of buckets.
    pub fn sparse(
        subwords: Subwords,
        ids: Vec<u32>,
        rows: impl Storage + 'static,
    ) -> Result<Self, VectorsError> {
        Self::shared(subwords, Some(ids), Arc::new(rows))
    }

    /// As [`new`](Self::new) and [`sparse`](Self::sparse).
    pub(crate) fn shared(
        subwords: Subwords,
        ids: Option<Vec<u32>>,
        rows: Arc<dyn Storage>,
    ) -> Result<Self, VectorsError> {
        let error = |want: String, found: String| Err(VectorsError::Buckets { want, found });
        let n_rows = ids.as_ref().map_or(subwords.n_buckets() as usize, Vec::len);
        if n_rows != rows.n_rows() {
            return error(format!("{n_rows} rows"), rows.n_rows().to_string());
        }
        let Some(ids) = ids else { return Ok(Self { subwords, index: None, rows }) };
        if let Some(pair) = ids.windows(2).find(|pair| pair[0] >= pair[1]) {
            return error("rising numbers".into(), format!("{} after {}", pair[1], pair[0]));
        }
        if let Some(&last) = ids.last().filter(|&&last| last >= subwords.n_buckets()) {
            return error(format!("numbers below {}", subwords.n_buckets()), last.to_string());
        }
        let index = Some(Index::new(ids, subwords.n_buckets()));
        Ok(Self { subwords, index, rows })
    }

    /// How n-grams become buckets.
    pub fn subwords(&self) -> &Subwords {
        &self.subwords
    }

    /// The rows, in the order of [`ids`](Self::ids).
    pub fn rows(&self) -> &dyn Storage {
        &*self.rows
    }

    /// The buckets that have a row; `None` if all have.
    pub fn ids(&self) -> Option<&[u32]> {
        self.index.as_ref().map(|index| &index.ids[..])
    }

    /// Writes the vector of `word` to `into`: the mean of `own`, its own row, and the rows of its n-grams, added in
    /// this order. False, and zeros, if there is nothing to take the mean of.
    ///
    /// Panics if `own` or `into` are not of the dimension of the rows.
    pub fn mean(&self, word: &str, own: Option<&[f32]>, into: &mut [f32]) -> bool {
        let mut n = match own {
            Some(own) => {
                into.copy_from_slice(own);
                1
            }
            None => {
                into.fill(0.0);
                0
            }
        };
        n += self.add(word, into);
        // The product that fastText takes, to the last bit.
        let share = (1.0 / f64::from(n.max(1))) as f32;
        into.iter_mut().for_each(|x| *x *= share);
        n > 0
    }

    /// The same n-grams with a row for every bucket, those without one as 0.
    ///
    /// # Errors
    /// As for [`check_dense`](Self::check_dense), for a file of fastText.
    pub(crate) fn to_dense(&self) -> Result<Self, VectorsError> {
        let Some(index) = &self.index else { return Ok(self.clone()) };
        self.check_dense(VectorFormat::Fasttext)?;
        let mut rows = Matrix::zeros(self.subwords.n_buckets() as usize, self.rows.dim());
        for (i, &bucket) in index.ids.iter().enumerate() {
            self.rows.read_row(i, rows.row_mut(bucket as usize));
        }
        Self::new(self.subwords, rows)
    }

    /// Writes to `into` the row that a `word` must have for `mean` to be the mean of it and of all n-grams of the
    /// word, where buckets without a row count as 0.
    pub(crate) fn own_row(&self, word: &str, mean: &[f32], into: &mut [f32]) {
        into.fill(0.0);
        self.add(word, into);
        let mut n = 1u32;
        self.subwords.for_each(word, &mut |_, _| n += 1);
        into.iter_mut().zip(mean).for_each(|(x, mean)| *x = n as f32 * mean - *x);
    }

    /// Adds the rows of the n-grams of `word`, and returns how many there are.
    fn add(&self, word: &str, into: &mut [f32]) -> u32 {
        let (mut n, mut room) = (0, Vec::new());
        self.subwords.for_each(word, &mut |_, bucket| {
            if let Some(i) = self.position(bucket) {
                n += 1;
                let row = lend(&*self.rows, i, &mut room);
                into.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
        });
        n
    }

    /// Refuses a file of a format that gives every bucket a row, if that would make very many rows of few: a small
    /// file can say that it has billions of buckets.
    pub(crate) fn check_dense(&self, format: VectorFormat) -> Result<(), VectorsError> {
        /// Eight times as many as fastText has by default.
        const MOST: u32 = 1 << 24;
        if self.ids().is_some() && self.subwords.n_buckets() > MOST {
            let what = "more than 16777216 buckets of which some have no row";
            return Err(VectorsError::NoPlace { format, what });
        }
        Ok(())
    }

    /// The number of the row of `bucket`.
    pub(crate) fn position(&self, bucket: u32) -> Option<usize> {
        match &self.index {
            Some(index) => index.position(bucket),
            None => Some(bucket as usize),
        }
    }
}

/// Finds numbers that are spread evenly, as hashes are: they are cut into as many sections of equal width as there
/// are numbers, so that a section holds about one.
#[derive(Clone, Debug)]
struct Index {
    /// Rising.
    ids: Vec<u32>,
    /// Section `s` is `ids[starts[s]..starts[s + 1]]`.
    starts: Vec<u32>,
    /// All ids are below it.
    bound: u32,
}

impl Index {
    fn new(ids: Vec<u32>, bound: u32) -> Self {
        let mut index = Self { starts: Vec::with_capacity(ids.len() + 2), ids, bound };
        for (i, &id) in (0..).zip(&index.ids) {
            index.starts.resize(index.section(id) + 1, i);
        }
        index.starts.resize(index.ids.len() + 2, index.ids.len() as u32);
        index
    }

    fn section(&self, id: u32) -> usize {
        (u64::from(id) * self.ids.len() as u64 / u64::from(self.bound)) as usize
    }

    fn position(&self, id: u32) -> Option<usize> {
        let section = self.section(id);
        let (start, end) = (self.starts[section] as usize, self.starts[section + 1] as usize);
        self.ids[start..end].binary_search(&id).ok().map(|i| start + i)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sememe_kernels::Matrix;

    fn subwords() -> Subwords {
        Subwords::new(2, 2, 50).unwrap()
    }

    fn matrix(n_rows: usize, dim: usize) -> Matrix {
        let values = (0..n_rows * dim).map(|i| (i as f32).sin()).collect();
        Matrix::from_vec(n_rows, dim, values).unwrap()
    }

    #[test]
    fn files_of_millions_of_empty_rows_are_refused() {
        let refused = |n_buckets| {
            let subwords = Subwords::new(2, 2, n_buckets).unwrap();
            let buckets = Buckets::sparse(subwords, vec![7], matrix(1, 3)).unwrap();
            buckets.check_dense(VectorFormat::Fasttext).map_err(|error| error.to_string())
        };
        assert_eq!(refused(1 << 24), Ok(()));
        let error = refused((1 << 24) + 1).unwrap_err();
        assert!(error.ends_with("more than 16777216 buckets of which some have no row"), "{error}");
    }

    #[test]
    fn vectors_are_means_of_word_and_ngrams() {
        let (rows, own) = (matrix(50, 3), [9., -1., 4.]);
        let buckets = Buckets::new(subwords(), rows.clone()).unwrap();
        let ids = subwords().buckets("é世");
        assert_eq!(ids.len(), 3);
        let (mut with, mut without, mut undone) = ([0.; 3], [0.; 3], [0.; 3]);
        assert!(buckets.mean("é世", Some(&own), &mut with) && buckets.mean("é世", None, &mut without));
        buckets.own_row("é世", &with, &mut undone);
        for j in 0..3 {
            assert!((undone[j] - own[j]).abs() < 1e-5);
            let sum: f32 = ids.iter().map(|&id| rows.row(id as usize)[j]).sum();
            assert!((with[j] - (sum + own[j]) / 4.).abs() < 1e-6 && (without[j] - sum / 3.).abs() < 1e-6);
        }
    }

    #[test]
    fn buckets_without_a_row_do_not_count() {
        let mut ids = subwords().buckets("ab");
        ids.sort_unstable();
        let (missing, kept) = (ids[1], vec![ids[0], ids[2]]);
        let rows = Matrix::from_vec(2, 1, vec![1., 3.]).unwrap();
        let buckets = Buckets::sparse(subwords(), kept, rows).unwrap();
        assert_eq!(buckets.position(missing), None);
        let mut into = [0.0];
        assert!(buckets.mean("ab", None, &mut into));
        assert_eq!(into, [2.0]);
    }

    #[test]
    fn a_word_without_anything_is_zero() {
        let buckets = Buckets::sparse(subwords(), Vec::new(), matrix(0, 2)).unwrap();
        let mut into = [1.0; 2];
        assert!(!buckets.mean("ab", None, &mut into));
        assert_eq!(into, [0.0; 2]);
    }

    #[test]
    fn rows_that_do_not_fit_are_refused() {
        let sparse = |ids: &[u32], n| Buckets::sparse(subwords(), ids.to_vec(), matrix(n, 1));
        let message = |result: Result<Buckets, VectorsError>| result.unwrap_err().to_string();
        let expected = |what| format!("expected {what} for the buckets of subwords, found");
        let whole = Buckets::new(subwords(), matrix(49, 1));
        assert_eq!(message(whole), expected("50 rows") + " 49");
        assert_eq!(message(sparse(&[1], 2)), expected("1 rows") + " 2");
        assert_eq!(message(sparse(&[2, 2], 2)), expected("rising numbers") + " 2 after 2");
        assert_eq!(message(sparse(&[2, 50], 2)), expected("numbers below 50") + " 50");
    }

    proptest! {
        #[test]
        fn every_number_is_found(ids in prop::collection::btree_set(0u32..3000, 0..200), bound in 3000u32..9000) {
            let ids: Vec<u32> = ids.into_iter().collect();
            let index = Index::new(ids.clone(), bound);
            for id in 0..bound {
                prop_assert_eq!(index.position(id), ids.binary_search(&id).ok());
            }
        }
    }
}
