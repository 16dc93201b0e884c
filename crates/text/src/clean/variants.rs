//! Traditional to simplified Chinese.

use super::aligned::{Log, Rewrite};
use crate::TextError;
use ferrous_opencc::{OpenCC, config::BuiltinConfig};
use std::fmt;

/// OpenCC's tables of characters and phrases.
pub(super) struct Variants {
    table: OpenCC,
}

impl Variants {
    pub(super) fn new() -> Result<Self, TextError> {
        let table = OpenCC::from_config(BuiltinConfig::T2s);
        Ok(Self { table: table.map_err(|source| TextError::Variants { source: Box::new(source) })? })
    }

    pub(super) fn simplify<L: Log>(&self, text: &mut Rewrite<'_, L>) {
        while let Some(start) = text.rest().find(is_ideograph) {
            text.keep(start);
            let rest = text.rest();
            let run = &rest[..rest.find(|c| !is_ideograph(c)).unwrap_or(rest.len())];
            replace_run(text, run, &self.table.convert(run));
        }
    }
}

/// Replaces the run that comes next: character by character where there are as many as before, so that each is
/// known to come from its own.
fn replace_run<L: Log>(text: &mut Rewrite<'_, L>, old: &str, new: &str) {
    if old.chars().count() != new.chars().count() {
        return text.replace(old.len(), new);
    }
    for (old, new) in old.chars().zip(new.chars()) {
        if old == new {
            text.keep(old.len_utf8());
        } else {
            text.replace(old.len_utf8(), new.encode_utf8(&mut [0; 4]));
        }
    }
}

/// All keys of the tables are made of these, so a run of them can be converted by itself.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{2FDF}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

impl fmt::Debug for Variants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variants").finish_non_exhaustive()
    }
}
