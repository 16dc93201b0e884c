//! Language models: what they can be asked, and n-gram models from a text to the answer.
//!
//! ```
//! use sememe_kernels::Silent;
//! use sememe_lm::{Boundaries, DiscountPolicy, LanguageModel, NgramSettings, train_text};
//!
//! let settings =
//!     NgramSettings { order: 3, discount_fallback: DiscountPolicy::FALLBACK, ..NgramSettings::default() };
//! let model = train_text("a rose is a rose\na rose is red\n".as_bytes(), &settings, &mut Silent)?;
//! let sentence = ["a", "rose", "is"].map(|word| model.id(word));
//! let mut ln_p = Vec::new();
//! model.score_sentence(&sentence, Boundaries::BEGIN, &mut ln_p);
//! assert!(ln_p[1] > ln_p[2], "`rose` always follows `a`, but `is` only sometimes follows `rose`");
//! # Ok::<_, sememe_lm::LmError>(())
//! ```
//!
//! [`LanguageModel`] is the seam: perplexity, sampling and every search are written against it, and neural
//! models implement it elsewhere. [`NgramModel`] is estimated by interpolated modified Kneser-Ney with the
//! settings of KenLM's `lmplz`. Text is split and encoded elsewhere, but for [`train_text`], which keeps to
//! KenLM's own rules for words and sentences.

mod error;
mod input;
mod model;
mod ngram;
mod output;
mod perplexity;
mod sample;

pub use error::LmError;
pub use model::{Boundaries, LanguageModel};
pub use ngram::{
    DiscountPolicy, MAX_ORDER, NgramCounter, NgramModel, NgramSettings, NgramState, Scored, SpecialWords,
    train_text,
};
pub use perplexity::{PerplexityReport, perplexity};
pub use sample::{Sampler, SamplerSettings};
