//! Reads vectors in any format and writes them in another:
//! `cargo run --example convert -- IN OUT word2vec-text|word2vec-binary|glove-text|safetensors|npy|fasttext|finalfusion`.

use sememe_kernels::Silent;
use sememe_vectors::{LoadOptions, VectorFormat, convert};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [input, output, format] =
        std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "IN OUT FORMAT")?;
    let format: VectorFormat = serde_json::from_value(format.into())?;
    convert(Path::new(&input), Path::new(&output), format, &LoadOptions::default(), &mut Silent)?;
    Ok(())
}
