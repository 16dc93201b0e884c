//! Reads vectors in any format and writes them in another:
//! `cargo run --example convert -- IN OUT word2vec-text|word2vec-binary|glove-text|safetensors`.

use sememe_vectors::{VectorFormat, load, save};
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [input, output, format] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "IN OUT FORMAT")?;
    let format: VectorFormat = serde_json::from_value(format.into())?;
    let (embeddings, _) = load(&PathBuf::from(input), None)?;
    Ok(save(&embeddings, &PathBuf::from(output), format)?)
}
