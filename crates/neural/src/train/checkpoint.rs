//! The state of a run, from which it goes on as if it had not been cut off.
//!
//! A safetensors file: weights as `weights.NAME`, what the optimiser remembers as `optimiser.NAME.0` and so on, what
//! recurrent layers carry over as `carried.0` and so on; how far the run has come, and which run it is, in JSON among the
//! metadata. The random numbers of a batch depend on the seed and its number alone, so that there is no other random state.

use super::gradients::{misfit, not_finite, values_of};
use super::optimiser::Optimiser;
use super::progress::Progress;
use crate::{NeuralError, Param, Result};
use candle_core::{Device, Tensor};
use safetensors::SafeTensors;
use sememe_kernels::Snapshot;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// What the file is.
const FORMAT: &str = "sememe-neural-training";
const VERSION: u32 = 1;
/// Key of the [`Header`] among the metadata of the file.
const HEADER: &str = "training";

/// What a run is told apart by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Identity {
    /// The shape of the model.
    pub(super) model: serde_json::Value,
    /// All settings that change the result.
    pub(super) settings: serde_json::Value,
    /// Digest of the vocabulary.
    pub(super) vocabulary: String,
    /// Targets of the training data, and a hash over them.
    pub(super) data: (u64, u64),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    version: u32,
    run: Identity,
    progress: Progress,
}

/// The state of a run, to be written.
pub(super) struct State<'a> {
    pub(super) identity: &'a Identity,
    pub(super) progress: &'a Progress,
    pub(super) params: &'a [Param],
    pub(super) optimiser: &'a Optimiser,
    pub(super) carried: Vec<Tensor>,
}

impl State<'_> {
    /// The file.
    ///
    /// # Errors
    /// If weights are not finite: no run could go on from there.
    pub(super) fn bytes(&self) -> Result<Vec<u8>> {
        let header = Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            run: self.identity.clone(),
            progress: Progress { n_averaged: self.optimiser.n_averaged(), ..self.progress.clone() },
        };
        let mut tensors = BTreeMap::new();
        for param in self.params {
            let weights = param.var().as_detached_tensor();
            if let Some(x) = not_finite(&values_of(&weights)?) {
                return Err(NeuralError::parameter(param.name(), format!("training diverged: it holds {x}")));
            }
            tensors.insert(format!("weights.{}", param.name()), weights.to_device(&Device::Cpu)?);
        }
        for (name, tensor) in self.optimiser.export(self.params)? {
            tensors.insert(format!("optimiser.{name}"), tensor);
        }
        for (i, tensor) in self.carried.iter().enumerate() {
            tensors.insert(format!("carried.{i}"), tensor.to_device(&Device::Cpu)?.contiguous()?);
        }
        let header = serde_json::to_string(&header).map_err(|error| NeuralError::Keep(error.into()))?;
        let metadata = HashMap::from([(HEADER.to_owned(), header)]);
        Ok(safetensors::serialize(tensors, Some(metadata)).map_err(candle_core::Error::from)?)
    }
}

impl Snapshot for State<'_> {
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&self.bytes().map_err(io::Error::other)?)
    }
}

/// What was read of a state that fits the run.
pub(super) struct Restored {
    pub(super) progress: Progress,
    pub(super) carried: Vec<Tensor>,
    weights: Vec<Tensor>,
    optimiser: HashMap<String, Tensor>,
}

impl Restored {
    /// Reads the state of the run `identity` of a model with `params`. Nothing is changed yet.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, or of another run.
    pub(super) fn read(path: &Path, identity: &Identity, params: &[Param]) -> Result<Self> {
        let fail = |reason: String| NeuralError::file(path, reason);
        let bytes = fs::read(path).map_err(|source| NeuralError::Io { path: path.to_owned(), source })?;
        // All lengths are checked against those of the file here.
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| fail(error.to_string()))?;
        let header = metadata.metadata().as_ref().and_then(|metadata| metadata.get(HEADER));
        let header = header.ok_or_else(|| fail("it is no state of a training run".to_owned()))?;
        let header: Header = serde_json::from_str(header)
            .map_err(|error| fail(format!("its header is none of a training run: {error}")))?;
        if let Some(what) = difference(&header, identity) {
            return Err(fail(format!("it is of another run: the {what} differs")));
        }
        let mut tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)
            .map_err(|error| fail(error.to_string()))?;
        let mut weights = Vec::with_capacity(params.len());
        for param in params {
            let name = format!("weights.{}", param.name());
            let tensor = tensors.remove(&name).ok_or_else(|| fail(format!("it has no tensor `{name}`")))?;
            if tensor.dims() != param.var().dims() {
                return Err(fail(misfit(param, tensor.dims()).to_string()));
            }
            weights.push(tensor);
        }
        let carried = (0..).map_while(|i| tensors.remove(&format!("carried.{i}"))).collect();
        let mut optimiser = HashMap::new();
        for (name, tensor) in tensors {
            let own = name.strip_prefix("optimiser.").map(str::to_owned);
            let own = own.ok_or_else(|| fail(format!("it holds `{name}`, which no run keeps")))?;
            optimiser.insert(own, tensor);
        }
        Ok(Self { progress: header.progress, carried, weights, optimiser })
    }

    /// Puts everything in its place.
    ///
    /// # Errors
    /// If what the optimiser remembers does not fit.
    pub(super) fn install(self, params: &[Param], optimiser: &mut Optimiser) -> Result<()> {
        optimiser.import(params, self.optimiser, self.progress.steps, self.progress.n_averaged)?;
        for (param, weights) in params.iter().zip(&self.weights) {
            let var = param.var();
            var.set(&weights.to_dtype(var.dtype())?.to_device(var.device())?)?;
        }
        Ok(())
    }
}

/// The first thing in which `header` is of another run.
fn difference(header: &Header, identity: &Identity) -> Option<&'static str> {
    let run = &header.run;
    let checks = [
        ("format", header.format == FORMAT && header.version == VERSION),
        ("model", run.model == identity.model),
        ("settings", run.settings == identity.settings),
        ("vocabulary", run.vocabulary == identity.vocabulary),
        ("training data", run.data == identity.data),
    ];
    checks.into_iter().find(|(_, same)| !same).map(|(name, _)| name)
}

/// Writes `bytes` to `path` by way of a file beside it, which is on disk before it takes the place of another.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let draft = path.with_file_name(name);
    let written = File::create(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&draft, path)).map_err(|source| {
        // The first error tells more than that of tidying up.
        let _ = fs::remove_file(&draft);
        NeuralError::Io { path: path.to_owned(), source }
    })
}
