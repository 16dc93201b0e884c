//! What fastText wrote down of how a model was trained.

use crate::formats::cursor::Cursor;
use crate::{MAX_DIM, VectorsError};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Names of the losses, by their numbers.
const LOSSES: [(&str, u32); 4] = [("hs", 1), ("ns", 2), ("softmax", 3), ("ova", 4)];

/// Names of the models, by their numbers.
const MODELS: [(&str, u32); 3] = [("cbow", 1), ("skipgram", 2), ("supervised", 3)];

/// The settings in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) dim: u32,
    pub(super) window: u32,
    pub(super) epochs: u32,
    pub(super) min_count: u32,
    pub(super) negatives: u32,
    pub(super) word_ngrams: u32,
    pub(super) loss: u32,
    pub(super) model: u32,
    pub(super) n_buckets: u32,
    pub(super) min_n: u32,
    pub(super) max_n: u32,
    pub(super) lr_update_rate: u32,
    pub(super) sample: f64,
}

impl Settings {
    pub(super) fn read(cursor: &mut Cursor) -> Result<Self, VectorsError> {
        let at = cursor.at();
        let dim = cursor.size("the dimension")?;
        if !(1..=MAX_DIM as u32).contains(&dim) {
            return Err(cursor.error(at, format!("a dimension from 1 to {MAX_DIM}"), dim.to_string()));
        }
        Ok(Self {
            dim,
            window: cursor.size("the window")?,
            epochs: cursor.size("the number of epochs")?,
            min_count: cursor.size("the least count")?,
            negatives: cursor.size("the number of negatives")?,
            word_ngrams: cursor.size("the length of n-grams of words")?,
            loss: cursor.size("the loss")?,
            model: cursor.size("the model")?,
            n_buckets: cursor.size("the number of buckets")?,
            min_n: cursor.size("the length of the shortest n-grams")?,
            max_n: cursor.size("the length of the longest n-grams")?,
            lr_update_rate: cursor.size("the rate of updates")?,
            sample: cursor.f64("the threshold of sampling")?,
        })
    }

    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let numbers = [
            self.dim,
            self.window,
            self.epochs,
            self.min_count,
            self.negatives,
            self.word_ngrams,
            self.loss,
            self.model,
            self.n_buckets,
            self.min_n,
            self.max_n,
            self.lr_update_rate,
        ];
        numbers.iter().try_for_each(|number| out.write_all(&number.to_le_bytes()))?;
        out.write_all(&self.sample.to_le_bytes())
    }

    pub(super) fn is_supervised(&self) -> bool {
        name(&MODELS, self.model) == Some("supervised")
    }

    /// What [`Embeddings::metadata`](crate::Embeddings::metadata) says of the training.
    pub(super) fn metadata(&self) -> BTreeMap<String, String> {
        let numbers = [
            ("window", self.window),
            ("epochs", self.epochs),
            ("min_count", self.min_count),
            ("negatives", self.negatives),
            ("word_ngrams", self.word_ngrams),
            ("lr_update_rate", self.lr_update_rate),
        ];
        let numbers = numbers.map(|(key, number)| (key, number.to_string()));
        let names = [("loss", name(&LOSSES, self.loss)), ("model", name(&MODELS, self.model))];
        let names = names.into_iter().filter_map(|(key, name)| Some((key, name?.to_owned())));
        let all = numbers.into_iter().chain(names).chain([("sample", self.sample.to_string())]);
        all.map(|(key, value)| (format!("fasttext.{key}"), value)).collect()
    }

    /// Settings for vectors whose metadata says how they were trained; where it does not, those that fastText has
    /// by default for skip-grams.
    pub(super) fn of(metadata: &BTreeMap<String, String>, dim: u32) -> Self {
        let text = |key: &str| metadata.get(&format!("fasttext.{key}")).map(String::as_str);
        let number = |key, default| {
            text(key).and_then(|text| text.parse::<i32>().ok()).map_or(default, i32::unsigned_abs)
        };
        let model = text("model").and_then(|name| code(&MODELS, name));
        // What is written has no labels, so it is not supervised any more.
        let model = model.filter(|&model| name(&MODELS, model) != Some("supervised"));
        Self {
            dim,
            window: number("window", 5),
            epochs: number("epochs", 5),
            min_count: number("min_count", 1),
            negatives: number("negatives", 5),
            word_ngrams: number("word_ngrams", 1),
            loss: text("loss").and_then(|name| code(&LOSSES, name)).unwrap_or(2),
            model: model.unwrap_or(2),
            n_buckets: 0,
            min_n: 0,
            max_n: 0,
            lr_update_rate: number("lr_update_rate", 100),
            sample: text("sample").and_then(|text| text.parse().ok()).unwrap_or(1e-4),
        }
    }
}

fn name(names: &[(&'static str, u32)], code: u32) -> Option<&'static str> {
    names.iter().find(|&&(_, other)| other == code).map(|&(name, _)| name)
}

fn code(names: &[(&str, u32)], name: &str) -> Option<u32> {
    names.iter().find(|&&(other, _)| other == name).map(|&(_, code)| code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn settings_survive_as_metadata() {
        let metadata = BTreeMap::from(
            [("window", "7"), ("loss", "hs"), ("model", "cbow"), ("sample", "0.002"), ("negatives", "x")]
                .map(|(key, value)| (format!("fasttext.{key}"), value.to_owned())),
        );
        let settings = Settings::of(&metadata, 3);
        assert_eq!((settings.window, settings.loss, settings.model, settings.negatives), (7, 1, 1, 5));
        let mut bytes = Vec::new();
        settings.write(&mut bytes).unwrap();
        assert_eq!(bytes.len(), 12 * 4 + 8);
        let read = Settings::read(&mut Cursor::new(Path::new("f"), bytes.into())).unwrap();
        assert_eq!(read, settings);
        assert_eq!(read.metadata()["fasttext.sample"], "0.002");
        assert_eq!(Settings::of(&read.metadata(), 3), settings);
    }

    #[test]
    fn written_models_are_not_supervised() {
        let metadata = BTreeMap::from([("fasttext.model".to_owned(), "supervised".to_owned())]);
        assert!(!Settings::of(&metadata, 1).is_supervised());
    }
}
