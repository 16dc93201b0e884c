//! Training runs that can be cut off.

use crate::EmbedError;
use crate::jobs::Done;
use safetensors::{Dtype, SafeTensors};
use sememe_kernels::{Meter, SharedMatrix, Snapshot};
use sememe_vocab::{Corpus, Vocab};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What the file is.
const FORMAT: &str = "sememe-training";
const VERSION: u32 = 1;
/// Key of the [`Header`] among the metadata of the file.
const HEADER: &str = "training";

/// How far a run has come, and what run it is: a run resumes only from its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    version: u32,
    /// All settings that change the result.
    settings: serde_json::Value,
    /// Digest of the vocabulary.
    vocabulary: String,
    /// Words of the corpus.
    n_tokens: u64,
    /// Shards of the corpus.
    n_shards: usize,
    /// How much was trained, in the unit of the trainer: words or records.
    units: u64,
    done: Done,
}

/// What a run is told apart by.
pub(crate) struct Identity {
    settings: serde_json::Value,
    vocabulary: String,
    n_tokens: u64,
    n_shards: usize,
}

/// Where a run begins, and what it is, so that its state can be kept as it goes on.
pub(crate) struct Checkpoints {
    identity: Identity,
    /// How much had been trained when the run began.
    pub(crate) units: u64,
    /// The jobs that had been done by then.
    pub(crate) done: Done,
}

/// All that a run has learned, by name.
pub(crate) type Matrices<'a> = [(&'static str, &'a SharedMatrix)];

impl Checkpoints {
    /// Begins the run `identity`: at the start, or with the state in the file at `resume`, which then fills `matrices`.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged or of another run.
    pub(crate) fn begin(
        identity: Identity,
        resume: Option<&Path>,
        matrices: &mut [(&'static str, &mut SharedMatrix)],
    ) -> Result<Self, EmbedError> {
        let Some(path) = resume else { return Ok(Self { identity, units: 0, done: Done::default() }) };
        let Header { units, done, .. } = restore(path, &identity, matrices)?;
        Ok(Self { identity, units, done })
    }

    /// Offers what was learned until now, while `done` is done, to the observer behind `meter`.
    ///
    /// # Errors
    /// If it cannot be written, or training has diverged: a state that no run could go on from is not kept.
    pub(crate) fn offer(
        &self,
        meter: &Meter<'_>,
        done: Done,
        matrices: &Matrices<'_>,
    ) -> Result<(), EmbedError> {
        meter.offer(&self.identity.state(meter.done(), done, matrices)).map_err(EmbedError::Keep)
    }
}

/// The state of a run: a safetensors file with the header among its metadata and a tensor for each matrix.
struct State<'a> {
    header: Header,
    matrices: &'a Matrices<'a>,
}

impl Identity {
    /// A run with `settings`, which are all that change its result.
    pub(crate) fn new(
        settings: &impl Serialize,
        corpus: &dyn Corpus,
        vocab: &Vocab,
    ) -> Result<Self, EmbedError> {
        let settings = serde_json::to_value(settings).map_err(|source| EmbedError::Keep(source.into()))?;
        let (n_tokens, n_shards) = (corpus.n_tokens(), corpus.n_shards());
        Ok(Self { settings, vocabulary: vocab.digest(), n_tokens, n_shards })
    }

    fn state<'a>(&self, units: u64, done: Done, matrices: &'a Matrices<'a>) -> State<'a> {
        let header = Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            settings: self.settings.clone(),
            vocabulary: self.vocabulary.clone(),
            n_tokens: self.n_tokens,
            n_shards: self.n_shards,
            units,
            done,
        };
        State { header, matrices }
    }

    /// The first thing in which `header` is another run.
    fn difference(&self, header: &Header) -> Option<&'static str> {
        let checks = [
            ("format", header.format == FORMAT && header.version == VERSION),
            ("settings", header.settings == self.settings),
            ("vocabulary", header.vocabulary == self.vocabulary),
            ("corpus", (header.n_tokens, header.n_shards) == (self.n_tokens, self.n_shards)),
        ];
        checks.into_iter().find(|(_, same)| !same).map(|(name, _)| name)
    }
}

impl Snapshot for State<'_> {
    fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut tensors = serde_json::Map::new();
        let metadata = HashMap::from([(HEADER, serde_json::to_string(&self.header)?)]);
        tensors.insert("__metadata__".to_owned(), serde_json::to_value(metadata)?);
        let mut end = 0;
        for (name, matrix) in self.matrices {
            let (start, shape) = (end, [matrix.n_rows(), matrix.n_cols()]);
            end += shape[0] * shape[1] * size_of::<f32>();
            let tensor = serde_json::json!({ "dtype": "F32", "shape": shape, "data_offsets": [start, end] });
            tensors.insert((*name).to_owned(), tensor);
        }
        let mut json = serde_json::to_vec(&tensors)?;
        json.resize(json.len().next_multiple_of(size_of::<u64>()), b' ');
        out.write_all(&(json.len() as u64).to_le_bytes())?;
        out.write_all(&json)?;
        self.matrices.iter().try_for_each(|(name, matrix)| write_rows(name, matrix, out))
    }
}

fn write_rows(name: &str, matrix: &SharedMatrix, out: &mut dyn Write) -> io::Result<()> {
    let mut row = vec![0.0; matrix.n_cols()];
    let mut bytes = Vec::with_capacity(row.len() * size_of::<f32>());
    for i in 0..matrix.n_rows() {
        matrix.read_row(i, &mut row);
        if let Some(x) = row.iter().find(|x| !x.is_finite()) {
            let message = format!("training diverged: row {i} of `{name}` holds {x}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        bytes.clear();
        row.iter().for_each(|x| bytes.extend_from_slice(&x.to_le_bytes()));
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// Fills `matrices` with the state in the file at `path`, if it is of the same run; how far that had come.
fn restore(
    path: &Path,
    identity: &Identity,
    matrices: &mut [(&'static str, &mut SharedMatrix)],
) -> Result<Header, EmbedError> {
    let error = |reason: String| EmbedError::Checkpoint { path: PathBuf::from(path), reason };
    let bytes = std::fs::read(path).map_err(|source| error(source.to_string()))?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|source| error(source.to_string()))?;
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|source| error(source.to_string()))?;
    let header = metadata.metadata().as_ref().and_then(|metadata| metadata.get(HEADER));
    let header = header.ok_or_else(|| error("it is no state of a training run".to_owned()))?;
    let header: Header = serde_json::from_str(header).map_err(|source| error(source.to_string()))?;
    if let Some(what) = identity.difference(&header) {
        return Err(error(format!("it is of another run: the {what} differs")));
    }
    for (name, matrix) in matrices {
        let tensor = tensors.tensor(name).map_err(|source| error(source.to_string()))?;
        let shape = [matrix.n_rows(), matrix.n_cols()];
        if tensor.dtype() != Dtype::F32 || tensor.shape() != shape {
            return Err(error(format!("its tensor `{name}` is not F32{shape:?}")));
        }
        let row_bytes = (matrix.n_cols() * size_of::<f32>()).max(1);
        for (i, row) in tensor.data().chunks_exact(row_bytes).enumerate() {
            let floats = row.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
            matrix.row_mut(i).iter_mut().zip(floats).for_each(|(x, float)| *x = float);
        }
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a state in which one number is `x`.
    fn write(x: f32) -> io::Result<()> {
        let (settings, vocabulary) = (serde_json::Value::Null, String::new());
        let identity = Identity { settings, vocabulary, n_tokens: 0, n_shards: 0 };
        let mut matrix = SharedMatrix::zeros(2, 3);
        matrix.row_mut(1)[2] = x;
        identity.state(0, Done::default(), &[("rows", &matrix)]).write_to(&mut io::sink())
    }

    #[test]
    fn a_state_that_no_run_could_go_on_from_is_not_written() {
        assert!(write(1e30).is_ok());
        let message = write(f32::NAN).unwrap_err().to_string();
        assert_eq!(message, "training diverged: row 1 of `rows` holds NaN");
        assert!(write(f32::INFINITY).is_err());
    }
}
