//! The section `[vectors]`: a trainer, and its settings.

use sememe_embed::{
    EmbedError, FastText, FastTextSettings, Glove, GloveSettings, Svd, SvdSettings, Trainer, Word2Vec,
    Word2VecSettings,
};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _};
use std::ops::Range;
use std::path::PathBuf;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Table, Value};

/// The key that names the trainer.
const TRAINER: &str = "trainer";

/// What it may be, the default first.
const TRAINERS: &[&str] = &["word2vec", "fasttext", "glove", "svd"];

/// Settings of one of the trainers; they stand beside its name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "trainer", rename_all = "lowercase")]
pub(crate) enum VectorSettings {
    Word2Vec(Word2VecSettings),
    FastText(FastTextSettings),
    Glove(GloveSettings),
    Svd(SvdSettings),
}

impl VectorSettings {
    /// The seed of all random choices.
    pub(crate) fn seed_mut(&mut self) -> &mut u64 {
        match self {
            Self::Word2Vec(settings) => &mut settings.seed,
            Self::FastText(settings) => &mut settings.seed,
            Self::Glove(settings) => &mut settings.seed,
            Self::Svd(settings) => &mut settings.seed,
        }
    }

    fn threads_mut(&mut self) -> &mut usize {
        match self {
            Self::Word2Vec(settings) => &mut settings.threads,
            Self::FastText(settings) => &mut settings.threads,
            Self::Glove(settings) => &mut settings.threads,
            Self::Svd(settings) => &mut settings.threads,
        }
    }

    pub(crate) fn threads(&self) -> usize {
        *self.clone().threads_mut()
    }

    pub(crate) fn with_threads(mut self, threads: usize) -> Self {
        *self.threads_mut() = threads;
        self
    }

    /// The settings as they are kept: how much memory counting takes changes no result, and threads change it no more
    /// than the order in which they happen to run.
    pub(crate) fn kept(&self) -> Self {
        let mut kept = self.clone().with_threads(1);
        match &mut kept {
            Self::Glove(settings) => settings.memory = GloveSettings::default().memory,
            Self::Svd(settings) => settings.memory = SvdSettings::default().memory,
            Self::Word2Vec(_) | Self::FastText(_) => {}
        }
        kept
    }

    /// The trainer, which goes on from the state in the file `resume` if it is one that keeps its state.
    ///
    /// # Errors
    /// If a setting is outside its range.
    pub(crate) fn trainer(&self, resume: Option<PathBuf>) -> Result<Box<dyn Trainer>, EmbedError> {
        /// What `resume_from` of the trainer makes of it.
        fn resumed<T: Trainer + 'static>(
            trainer: T,
            resume: Option<PathBuf>,
            resume_from: fn(T, PathBuf) -> T,
        ) -> Box<dyn Trainer> {
            match resume {
                Some(path) => Box::new(resume_from(trainer, path)),
                None => Box::new(trainer),
            }
        }

        Ok(match self.clone() {
            Self::Word2Vec(settings) => resumed(Word2Vec::new(settings)?, resume, Word2Vec::resume_from),
            Self::FastText(settings) => resumed(FastText::new(settings)?, resume, FastText::resume_from),
            Self::Glove(settings) => resumed(Glove::new(settings)?, resume, Glove::resume_from),
            Self::Svd(settings) => Box::new(Svd::new(settings)?),
        })
    }

    /// Reads the settings of `trainer`.
    fn of<'de, D: Deserializer<'de>>(trainer: &str, settings: D) -> Result<Self, D::Error> {
        match trainer {
            "word2vec" => Word2VecSettings::deserialize(settings).map(Self::Word2Vec),
            "fasttext" => FastTextSettings::deserialize(settings).map(Self::FastText),
            "glove" => GloveSettings::deserialize(settings).map(Self::Glove),
            "svd" => SvdSettings::deserialize(settings).map(Self::Svd),
            other => Err(D::Error::unknown_variant(other, TRAINERS)),
        }
    }
}

impl<'de> Deserialize<'de> for VectorSettings {
    /// The trainer may be named behind its settings, which are therefore taken up first.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut section = Table::deserialize(deserializer)?;
        let trainer = match section.remove(TRAINER) {
            None => TRAINERS[0].to_owned(),
            Some(Value::String(trainer)) => trainer,
            Some(_) => return Err(D::Error::custom("expected the name of a trainer as a string")),
        };
        Self::of(&trainer, section).map_err(|error| D::Error::custom(with_trainer(error.message())))
    }
}

/// What is wrong with the section `[vectors]` of a job, and where: a section that was taken up does not know where
/// its keys stood.
pub(super) fn first_error(job: &str) -> Option<(Range<usize>, String)> {
    let mut job = DeTable::parse(job).ok()?.into_inner();
    let mut section = job.remove("vectors")?;
    let DeValue::Table(table) = section.get_mut() else { return None };
    let trainer = table.remove(TRAINER);
    let trainer_span = trainer.as_ref().map(|trainer| trainer.span());
    let name = trainer.as_ref().map_or(Some(TRAINERS[0]), |trainer| trainer.get_ref().as_str())?;
    let is_known = TRAINERS.contains(&name);
    let error = VectorSettings::of(name, ValueDeserializer::from(section)).err()?;
    let span = if is_known { error.span() } else { trainer_span };
    Some((span?, with_trainer(error.message())))
}

/// The message of settings, which do not know that there is one key more.
fn with_trainer(message: &str) -> String {
    match message.strip_prefix("unknown field ") {
        Some(_) => message.replacen("expected one of ", &format!("expected one of `{TRAINER}`, "), 1),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<VectorSettings, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn every_trainer_has_its_settings_and_their_defaults() {
        assert_eq!(read("").unwrap(), VectorSettings::Word2Vec(Word2VecSettings::default()));
        let window = 3;
        assert_eq!(
            read("window = 3\ntrainer = \"fasttext\"").unwrap(),
            VectorSettings::FastText(FastTextSettings { window, ..FastTextSettings::default() })
        );
        assert_eq!(
            read("trainer = \"glove\"\nwindow = 3").unwrap(),
            VectorSettings::Glove(GloveSettings { window, ..GloveSettings::default() })
        );
        assert_eq!(
            read("trainer = \"svd\"\nwindow = 3").unwrap(),
            VectorSettings::Svd(SvdSettings { window, ..SvdSettings::default() })
        );
    }

    #[test]
    fn what_is_written_is_read_again() {
        for trainer in TRAINERS {
            let settings = read(&format!("trainer = \"{trainer}\"\ndim = 7")).unwrap();
            let text = toml::to_string(&settings).unwrap();
            assert!(text.starts_with(&format!("trainer = \"{trainer}\"\n")), "{text}");
            assert_eq!(read(&text).unwrap(), settings);
        }
    }

    #[test]
    fn keys_of_another_trainer_are_refused() {
        let error = read("trainer = \"glove\"\nnegatives = 5").unwrap_err();
        assert!(
            error.starts_with("unknown field `negatives`, expected one of `trainer`, `dim`, "),
            "{error}"
        );
        let error = read("trainer = \"gloves\"").unwrap_err();
        assert!(error.starts_with("unknown variant `gloves`, expected one of `word2vec`, "), "{error}");
        assert_eq!(read("trainer = 1").unwrap_err(), "expected the name of a trainer as a string");
    }

    #[track_caller]
    fn check_error(job: &str, want: Option<&str>) {
        assert_eq!(first_error(job).map(|(span, _)| &job[span]), want);
    }

    #[test]
    fn errors_know_where_they_are() {
        check_error("[vectors]\ntrainer = \"glove\"\nx_max = 1\nclap = 2\n", Some("clap"));
        check_error("[vectors]\ntrainer = \"glove\"\nx_max = \"one\"\n", Some("\"one\""));
        check_error("[vectors]\nx_max = 1\n", Some("x_max"));
        check_error("[vectors]\ndim = 5\ntrainer = \"gloves\"\n", Some("\"gloves\""));
        check_error("[vectors]\ndim = 5\n", None);
        check_error("[corpus]\n", None);
    }

    #[test]
    fn threads_and_memory_are_not_kept() {
        let settings = GloveSettings { threads: 9, memory: 7, x_max: 1.0, ..GloveSettings::default() };
        let kept = GloveSettings { x_max: 1.0, ..GloveSettings::default() };
        assert_eq!(VectorSettings::Glove(settings).kept(), VectorSettings::Glove(kept));
    }
}
