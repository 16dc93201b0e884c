//! N-gram models: estimation and query.

mod adjust;
mod arpa;
mod assemble;
mod binary;
mod count;
mod discount;
mod estimate;
mod levels;
mod model;
mod parallel;
mod settings;
mod smooth;
mod text;
mod trie;

pub use count::NgramCounter;
pub use model::{NgramModel, NgramState, Scored};
pub(crate) use settings::MAX_THREADS;
pub use settings::{DiscountPolicy, MAX_ORDER, NgramSettings, SpecialWords};
pub use text::train_text;

/// The first words of every vocabulary of an n-gram model, in the order of their ids.
const SPECIAL_WORDS: [&str; 3] = ["<unk>", "<s>", "</s>"];
const UNKNOWN: u32 = 0;
const BEGIN: u32 = 1;
const END: u32 = 2;
