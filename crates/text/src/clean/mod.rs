//! Clean-up of text as a list of named steps.

mod aligned;
mod chars;
mod html;
mod space;
mod text8;
mod unicode;
mod variants;
mod web;

pub use aligned::Aligned;

use crate::TextError;
use aligned::{Log, Rewrite};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;
use variants::Variants;

/// One step of the clean-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CleanStep {
    /// Unicode normal form C: a letter and its accents become one character where there is one.
    Nfc,
    /// Unicode normal form KC: as NFC, and ligatures, full-width letters, circled digits and the like become
    /// what they stand for.
    Nfkc,
    /// Small letters, as Unicode has them; a capital sigma at the end of a word becomes `ς`.
    Lowercase,
    /// Takes accents off: `é` becomes `e`. Letters with strokes (`ø`, `ł`) stay.
    StripAccents,
    /// Full-width letters, digits, punctuation, signs and space become half-width (ASCII, `¥`, `£`).
    HalfWidth,
    /// ASCII letters, digits, punctuation and space become full-width.
    FullWidth,
    /// Traditional Chinese becomes simplified, phrase by phrase, as OpenCC's `t2s` does.
    Simplify,
    /// Every digit `0` to `9`, also a full-width one, becomes `0`.
    Digits,
    /// Every digit becomes its English name between spaces: `42` becomes ` four  two `.
    SpellDigits,
    /// Every URL becomes a space: what starts with `http://`, `https://`, `ftp://` or `www.`, up to white space,
    /// a quote, an angle bracket or a character that is not ASCII, less closing punctuation.
    Urls,
    /// Every e-mail address becomes a space.
    Emails,
    /// Tags and comments of HTML go, scripts and styles with all they contain, and entities become the
    /// characters they stand for. A tag becomes a space, but one inside a line (`<b>`, `<sub>`) nothing.
    Html,
    /// A run of white space becomes one line feed if it has a line break and one space if not; there is none at
    /// either end. Zero-width spaces, word joiners, byte order marks and soft hyphens go.
    Whitespace,
    /// What Mahoney's script for the `text8` corpus leaves: words of `a` to `z` with one space between them.
    /// Capitals become small, digits their English names, and everything else a space.
    Text8,
}

/// Cleans text step by step. A copy is cheap: copies share the tables.
#[derive(Clone, Debug, Default)]
pub struct Cleaner {
    steps: Vec<CleanStep>,
    /// Present if a step is [`CleanStep::Simplify`].
    variants: Option<Arc<Variants>>,
}

impl Cleaner {
    /// A cleaner that takes `steps` in their order.
    ///
    /// # Errors
    /// If the table of Chinese variants is needed and cannot be loaded.
    pub fn new(steps: &[CleanStep]) -> Result<Self, TextError> {
        let simplifies = steps.contains(&CleanStep::Simplify);
        let variants = simplifies.then(|| Variants::new().map(Arc::new)).transpose()?;
        Ok(Self { steps: steps.to_vec(), variants })
    }

    /// The cleaned text; the text itself where no step changes it.
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for &step in &self.steps {
            if let Some(new) = self.step(step, &text) {
                text = Cow::Owned(new);
            }
        }
        text
    }

    fn step(&self, step: CleanStep, text: &str) -> Option<String> {
        if step == CleanStep::Text8 {
            return Some(text8::clean(text));
        }
        let mut rewrite = Rewrite::<()>::new(text);
        self.rewrite(step, &mut rewrite);
        rewrite.finish().0
    }

    /// The cleaned text and where its parts came from. Slower than [`Cleaner::clean`], with the same result.
    pub fn clean_aligned<'a>(&self, text: &'a str) -> Aligned<'a> {
        let mut aligned = Aligned::unchanged(text);
        for &step in &self.steps {
            let mut rewrite = Rewrite::<Vec<_>>::new(aligned.text());
            self.rewrite(step, &mut rewrite);
            if let (Some(text), pieces) = rewrite.finish() {
                aligned = aligned.then(text, &pieces);
            }
        }
        aligned
    }

    fn rewrite<L: Log>(&self, step: CleanStep, text: &mut Rewrite<'_, L>) {
        match step {
            CleanStep::Nfc => unicode::nfc(text),
            CleanStep::Nfkc => unicode::nfkc(text),
            CleanStep::Lowercase => unicode::lowercase(text),
            CleanStep::StripAccents => unicode::strip_accents(text),
            CleanStep::HalfWidth => chars::half_width(text),
            CleanStep::FullWidth => chars::full_width(text),
            CleanStep::Simplify => self.variants.iter().for_each(|variants| variants.simplify(text)),
            CleanStep::Digits => chars::zero_digits(text),
            CleanStep::SpellDigits => chars::spell_digits(text),
            CleanStep::Urls => web::urls(text),
            CleanStep::Emails => web::emails(text),
            CleanStep::Html => html::strip(text),
            CleanStep::Whitespace => space::squeeze(text),
            CleanStep::Text8 => text8::rewrite(text),
        }
    }
}

#[cfg(test)]
mod tests;
