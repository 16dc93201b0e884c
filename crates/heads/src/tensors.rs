//! Small matrices in one safetensors file.

use crate::HeadError;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use sememe_kernels::Matrix;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Matrices by name, and the file they belong to.
pub(crate) struct Tensors {
    path: PathBuf,
    matrices: BTreeMap<String, Matrix>,
}

impl Tensors {
    /// None yet.
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), matrices: BTreeMap::new() }
    }

    /// The matrices of a file, whose `bytes` were read from `path`.
    pub(crate) fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, HeadError> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| HeadError::corrupt(path, error))?;
        let mut tensors = Self::new(path);
        for (name, view) in file.iter() {
            tensors.matrices.insert(name.to_owned(), matrix(path, name, &view)?);
        }
        Ok(tensors)
    }

    /// What the file holds.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, HeadError> {
        let corrupt = |error| HeadError::corrupt(&self.path, error);
        let bytes: Vec<(&String, [usize; 2], Vec<u8>)> =
            self.matrices.iter().map(|(name, matrix)| (name, shape(matrix), to_bytes(matrix))).collect();
        let views: Result<Vec<_>, _> = bytes
            .iter()
            .map(|(name, shape, data)| Ok((name, TensorView::new(Dtype::F32, shape.to_vec(), data)?)))
            .collect();
        safetensors::serialize(views.map_err(corrupt)?, None).map_err(corrupt)
    }

    /// Adds a matrix.
    pub(crate) fn insert(&mut self, name: &str, matrix: Matrix) {
        self.matrices.insert(name.to_owned(), matrix);
    }

    /// Adds a matrix of one row.
    pub(crate) fn insert_row(&mut self, name: &str, row: &[f32]) {
        let matrix = Matrix::from_vec(1, row.len(), row.to_vec()).expect("as many values as columns");
        self.insert(name, matrix);
    }

    /// Hands out a matrix.
    pub(crate) fn take(&mut self, name: &str) -> Result<Matrix, HeadError> {
        let missing = || HeadError::corrupt(&self.path, format!("expected a tensor `{name}`, found none"));
        self.matrices.remove(name).ok_or_else(missing)
    }
}

fn shape(matrix: &Matrix) -> [usize; 2] {
    [matrix.n_rows(), matrix.n_cols()]
}

fn to_bytes(matrix: &Matrix) -> Vec<u8> {
    matrix.as_slice().iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A tensor of two dimensions and floats. Its length was checked against the file's when that was opened.
fn matrix(path: &Path, name: &str, view: &TensorView<'_>) -> Result<Matrix, HeadError> {
    let (&[n_rows, n_cols], Dtype::F32) = (view.shape(), view.dtype()) else {
        let (dtype, shape) = (view.dtype(), view.shape());
        let reason =
            format!("expected a matrix of f32 as tensor `{name}`, found {dtype:?} of shape {shape:?}");
        return Err(HeadError::corrupt(path, reason));
    };
    let (values, _) = view.data().as_chunks::<4>();
    let values = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    Matrix::from_vec(n_rows, n_cols, values).map_err(|error| HeadError::corrupt(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensors() -> Tensors {
        let mut tensors = Tensors::new(Path::new("x"));
        tensors.insert("a", Matrix::from_vec(2, 1, vec![1.5, -2.0]).unwrap());
        tensors.insert("b", Matrix::zeros(0, 3));
        tensors.insert_row("c", &[0.25]);
        tensors
    }

    #[test]
    fn matrices_come_back() {
        let mut back = Tensors::from_bytes(Path::new("x"), &tensors().to_bytes().unwrap()).unwrap();
        assert_eq!(back.matrices, tensors().matrices);
        assert_eq!(back.take("c").unwrap().as_slice(), [0.25]);
        let error = back.take("c").err().unwrap().to_string();
        assert_eq!(error, "x is not part of a sound classifier: expected a tensor `c`, found none");
    }

    #[test]
    fn damaged_files_are_refused() {
        let bytes = tensors().to_bytes().unwrap();
        for end in 0..bytes.len() {
            assert!(Tensors::from_bytes(Path::new("x"), &bytes[..end]).is_err(), "cut at {end}");
        }
        let data = [0; 8];
        let view = TensorView::new(Dtype::F64, vec![1], &data).unwrap();
        let bytes = safetensors::serialize([("a", view)], None).unwrap();
        let error = Tensors::from_bytes(Path::new("x"), &bytes).err().unwrap().to_string();
        assert!(error.ends_with("expected a matrix of f32 as tensor `a`, found F64 of shape [1]"), "{error}");
    }
}
