//! Parameters in safetensors files.

use super::{Param, Params};
use crate::{NeuralError, Result};
use candle_core::{Device, Tensor, safetensors};
use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

impl Params {
    /// Writes all parameters of this part, under their whole names, to a file that then replaces `path`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let tensors: HashMap<String, Tensor> = self
            .all()
            .iter()
            .map(|param| (param.name().to_owned(), param.var().as_detached_tensor()))
            .collect();
        let draft = draft(path);
        let written = safetensors::save(&tensors, &draft).map_err(NeuralError::from);
        let placed = written.and_then(|()| place(&draft, path));
        if placed.is_err() {
            // The first error tells more than that of tidying up.
            let _ = fs::remove_file(&draft);
        }
        placed
    }

    /// Takes all parameters of this part from a file; all or none.
    ///
    /// # Errors
    /// If the file cannot be read, or holds fewer, more or other tensors.
    pub fn load(&self, path: &Path) -> Result<()> {
        let fail = |reason: String| NeuralError::File { path: path.to_owned(), reason };
        let bytes = fs::read(path).map_err(|source| NeuralError::Io { path: path.to_owned(), source })?;
        let tensors =
            safetensors::load_buffer(&bytes, &Device::Cpu).map_err(|error| fail(error.to_string()))?;
        let params = self.all();
        for param in &params {
            let tensor = tensors
                .get(param.name())
                .ok_or_else(|| fail(format!("it has no tensor `{}`", param.name())))?;
            if tensor.dims() != param.var().dims() {
                let (name, found, want) = (param.name(), tensor.dims(), param.var().dims());
                return Err(fail(format!("`{name}` has shape {found:?}, expected {want:?}")));
            }
        }
        let known = |name: &&String| params.iter().any(|param| param.name() == **name);
        if let Some(name) = tensors.keys().filter(|name| !known(name)).min() {
            return Err(fail(format!("it holds `{name}`, which the model has not")));
        }
        params.iter().try_for_each(|param| self.set(param, &tensors[param.name()]))
    }

    fn set(&self, param: &Param, value: &Tensor) -> Result<()> {
        Ok(param.var().set(&value.to_dtype(self.dtype())?.to_device(self.device())?)?)
    }
}

fn draft(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

/// The whole file is on disk before it takes the place of another.
fn place(draft: &Path, path: &Path) -> Result<()> {
    let placed = File::open(draft).and_then(|file| file.sync_all()).and_then(|()| fs::rename(draft, path));
    placed.map_err(|source| NeuralError::Io { path: path.to_owned(), source })
}
