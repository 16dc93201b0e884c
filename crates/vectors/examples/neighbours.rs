//! Lists the ten nearest words of every word of a file of vectors, as lines of word, neighbour and cosine:
//! `cargo run --example neighbours -- FILE`.

use sememe_kernels::Kernels;
use sememe_vectors::{Neighbours, load};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("FILE")?;
    let (embeddings, _) = load(&PathBuf::from(path), None)?;
    let space = Neighbours::new(&embeddings, Kernels::detect());
    let mut out = BufWriter::new(std::io::stdout().lock());
    for word in embeddings.vocab().words() {
        for found in space.nearest(word, 10)? {
            writeln!(out, "{word}\t{}\t{}", found.word, found.score)?;
        }
    }
    Ok(out.flush()?)
}
