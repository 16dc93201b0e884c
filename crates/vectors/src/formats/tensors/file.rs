//! A mapped safetensors file.

use crate::error::excerpt;
use crate::formats::source::is_compressed;
use crate::mapped::Bytes;
use crate::{VectorFormat, VectorsError};
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensors};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The header of a safetensors file, and its bytes. A clone shares them.
#[derive(Clone, Debug)]
pub(crate) struct TensorFile {
    path: PathBuf,
    /// What follows the header.
    data: Bytes,
    metadata: Arc<Metadata>,
}

/// A tensor of a file.
pub(crate) struct Tensor {
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Bytes,
}

impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&excerpt(format!("{}{:?}", self.dtype, self.shape).as_bytes()))
    }
}

impl TensorFile {
    pub(crate) fn map(path: &Path) -> Result<Self, VectorsError> {
        let bytes = crate::mapped::map(path)?;
        let (header, metadata) = match SafeTensors::read_metadata(&bytes) {
            Ok(read) => read,
            Err(_) if is_compressed(path)? => {
                let format = VectorFormat::Safetensors;
                return Err(VectorsError::Compressed { path: path.to_owned(), format });
            }
            Err(source) => return Err(VectorsError::Safetensors { path: path.to_owned(), source }),
        };
        // The header has been checked against the length of the file.
        let data = bytes.slice(header + size_of::<u64>()..bytes.len()).unwrap_or_else(|| Vec::new().into());
        Ok(Self { path: path.to_owned(), data, metadata: Arc::new(metadata) })
    }

    /// The shape of the tensor `name`, if it is there.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.metadata.info(name).map(|info| &info.shape[..])
    }

    /// The tensor `name`, where `want` was expected.
    pub(crate) fn tensor(&self, name: &'static str, want: &str) -> Result<Tensor, VectorsError> {
        let info = self.metadata.info(name).ok_or_else(|| self.error(name, want, "no such tensor"))?;
        let TensorInfo { dtype, shape, data_offsets: (start, end) } = info;
        let bytes = self.data.slice(*start..*end);
        let bytes = bytes.ok_or_else(|| self.error(name, want, "a tensor beyond the file"))?;
        Ok(Tensor { dtype: *dtype, shape: shape.clone(), bytes })
    }

    /// The bytes of the tensor `name`, which must be of this type and shape.
    pub(crate) fn typed(
        &self,
        name: &'static str,
        dtype: Dtype,
        shape: &[usize],
    ) -> Result<Bytes, VectorsError> {
        let want = format!("{dtype}{shape:?}");
        let tensor = self.tensor(name, &want)?;
        if tensor.dtype != dtype || tensor.shape != shape {
            return Err(self.error(name, want, tensor.to_string()));
        }
        Ok(tensor.bytes)
    }

    /// All entries of the metadata.
    pub(crate) fn metadata(&self) -> impl Iterator<Item = (&String, &String)> {
        self.metadata.metadata().iter().flatten()
    }

    /// The entry `key` of the metadata.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.metadata.metadata().as_ref()?.get(key).map(String::as_str)
    }

    /// The entry `key` of the metadata, which must be a number.
    pub(crate) fn number(&self, key: &str) -> Result<Option<u64>, VectorsError> {
        let parse = |text: &str| {
            let wrong =
                |_| self.error("__metadata__", format!("a number as `{key}`"), excerpt(text.as_bytes()));
            text.parse().map_err(wrong)
        };
        self.text(key).map(parse).transpose()
    }

    /// An error about the tensor `name`.
    pub(crate) fn error(
        &self,
        tensor: &'static str,
        want: impl Into<String>,
        found: impl Into<String>,
    ) -> VectorsError {
        VectorsError::Tensor { path: self.path.clone(), tensor, want: want.into(), found: found.into() }
    }
}
