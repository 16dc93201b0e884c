//! Words to ids and back; text encoded once as ids; text as sparse features.

mod corpus;
mod error;
mod vocab;

pub use corpus::{Corpus, MemoryCorpus};
pub use error::VocabError;
pub use vocab::{Vocab, WordId};
