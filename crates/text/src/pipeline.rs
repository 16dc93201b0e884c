//! Clean-up, sentences and tokens, one after the other.

use crate::clean::{CleanStep, Cleaner};
use crate::phrases::{Arena, Phrases};
use crate::segment::{Segment, Segmenter};
use crate::sentence::{SentenceSplit, SentenceSplitter};
use crate::{AlignedToken, TextError, Token};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What turns a document into sentences of tokens. Kept with a model, so that what it was trained on and what it
/// is asked about are treated alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PipelineSettings {
    /// The clean-up, in this order.
    pub clean: Vec<CleanStep>,
    /// How sentences become tokens.
    pub segment: Segment,
    /// How documents become sentences.
    pub sentences: SentenceSplit,
    /// Tokens of fewer characters than this are left out.
    pub min_chars: usize,
}

/// Turns documents into sentences of tokens. A copy is cheap: copies share the dictionaries.
///
/// Where documents are cut into sentences, the steps of the clean-up from the first that takes away capitals,
/// stops or line ends ([`CleanStep::Lowercase`], [`CleanStep::FullWidth`], [`CleanStep::Text8`]) are taken
/// sentence by sentence, after the cut: it needs what they take away.
///
/// ```
/// use sememe_text::{CleanStep, Pipeline, PipelineSettings, SentenceSplit};
/// let settings = PipelineSettings {
///     clean: vec![CleanStep::Lowercase],
///     sentences: SentenceSplit::Punctuation,
///     ..PipelineSettings::default()
/// };
/// let pipeline = Pipeline::new(&settings)?;
/// let mut n_tokens = Vec::new();
/// pipeline.for_each_sentence("A rose. Is a rose.", &mut |sentence| n_tokens.push(sentence.len()));
/// assert_eq!(n_tokens, [2, 3]);
/// # Ok::<_, sememe_text::TextError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pipeline {
    settings: PipelineSettings,
    /// For documents,
    document_cleaner: Cleaner,
    /// and for the sentences they are then cut into.
    sentence_cleaner: Cleaner,
    splitter: SentenceSplitter,
    segmenter: Segmenter,
    phrases: Option<Arc<Phrases>>,
}

impl Pipeline {
    /// Loads the dictionaries that the settings need.
    ///
    /// # Errors
    /// If a dictionary cannot be loaded.
    pub fn new(settings: &PipelineSettings) -> Result<Self, TextError> {
        let (document_steps, sentence_steps) = settings.clean.split_at(n_document_steps(settings));
        Ok(Self {
            settings: settings.clone(),
            document_cleaner: Cleaner::new(document_steps)?,
            sentence_cleaner: Cleaner::new(sentence_steps)?,
            splitter: SentenceSplitter::new(settings.sentences),
            segmenter: Segmenter::new(settings.segment),
            phrases: None,
        })
    }

    /// The same, with the tokens of each sentence joined into `phrases`.
    pub fn with_phrases(self, phrases: Phrases) -> Self {
        Self { phrases: (!phrases.is_empty()).then(|| Arc::new(phrases)), ..self }
    }

    /// What it was made from.
    pub fn settings(&self) -> &PipelineSettings {
        &self.settings
    }

    /// The phrases into which tokens are joined, if there are any.
    pub fn phrases(&self) -> Option<&Phrases> {
        self.phrases.as_deref()
    }

    /// Calls `sink` with every sentence of `document`, in order. Sentences without tokens are left out. The
    /// offsets of the tokens count from the start of the cleaned sentence; a phrase starts where its first word
    /// does.
    pub fn for_each_sentence(&self, document: &str, sink: &mut dyn FnMut(&[Token<'_>])) {
        let (mut n_tokens, mut arena) = (0, Arena::default());
        self.for_each_cleaned(document, &mut |sentence| {
            let mut tokens = Vec::with_capacity(n_tokens);
            self.tokenize(sentence, |token| tokens.push(token));
            n_tokens = tokens.len();
            match &self.phrases {
                _ if tokens.is_empty() => {}
                None => sink(&tokens),
                Some(phrases) => {
                    phrases.join_tokens(&tokens, &mut arena);
                    sink(&arena.tokens(&tokens).map(|(_, token)| token).collect::<Vec<_>>());
                }
            }
        });
    }

    /// Calls `sink` with every token of `text`, in order.
    pub fn tokens(&self, text: &str, sink: &mut dyn FnMut(&str)) {
        if self.phrases.is_some() {
            return self.for_each_sentence(text, &mut |tokens| {
                tokens.iter().for_each(|token| sink(token.text));
            });
        }
        self.for_each_cleaned(text, &mut |sentence| self.tokenize(sentence, |token| sink(token.text)));
    }

    /// As [`Pipeline::for_each_sentence`], and gives with each token the bytes of `document` that it came from.
    /// Slower.
    pub fn for_each_aligned_sentence(&self, document: &str, sink: &mut dyn FnMut(&[AlignedToken<'_>])) {
        let (document, mut arena) = (self.document_cleaner.clean_aligned(document), Arena::default());
        self.splitter.split(document.text(), &mut |range| {
            let start = range.start;
            let sentence = self.sentence_cleaner.clean_aligned(&document.text()[range]);
            let original = |range| {
                let cleaned = sentence.original(range);
                document.original(start + cleaned.start..start + cleaned.end)
            };
            let mut tokens = Vec::new();
            self.tokenize(sentence.text(), |token| tokens.push(token));
            let align = |token: &Token<'_>| original(token.range());
            let aligned: Vec<AlignedToken<'_>> = match &self.phrases {
                None => tokens.iter().map(|&token| AlignedToken { token, original: align(&token) }).collect(),
                Some(phrases) => {
                    phrases.join_tokens(&tokens, &mut arena);
                    let joined = arena.tokens(&tokens).map(|(covered, token)| {
                        let (first, last) = (align(&tokens[covered.start]), align(&tokens[covered.end - 1]));
                        AlignedToken { token, original: first.start..last.end }
                    });
                    joined.collect()
                }
            };
            if !aligned.is_empty() {
                sink(&aligned);
            }
        });
    }

    /// Calls `sink` with every sentence, cleaned to the end.
    fn for_each_cleaned(&self, document: &str, sink: &mut dyn FnMut(&str)) {
        let document = self.document_cleaner.clean(document);
        self.splitter.split(&document, &mut |range| sink(&self.sentence_cleaner.clean(&document[range])));
    }

    fn tokenize<'t>(&self, sentence: &'t str, mut sink: impl FnMut(Token<'t>)) {
        let min_chars = self.settings.min_chars;
        if min_chars < 2 {
            return self.segmenter.split(sentence, sink);
        }
        self.segmenter.split(sentence, |token| {
            if token.text.chars().nth(min_chars - 1).is_some() {
                sink(token);
            }
        });
    }
}

/// How many steps of the clean-up come before the cut into sentences.
fn n_document_steps(settings: &PipelineSettings) -> usize {
    let hides_ends =
        |step: &CleanStep| matches!(step, CleanStep::Lowercase | CleanStep::FullWidth | CleanStep::Text8);
    match settings.sentences {
        SentenceSplit::None => settings.clean.len(),
        _ => settings.clean.iter().position(hides_ends).unwrap_or(settings.clean.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(
        clean: &[CleanStep],
        segment: Segment,
        sentences: SentenceSplit,
        min_chars: usize,
    ) -> PipelineSettings {
        PipelineSettings { clean: clean.to_vec(), segment, sentences, min_chars }
    }

    /// `want` has `|` between sentences and a space between tokens.
    #[track_caller]
    fn check(settings: &PipelineSettings, document: &str, want: &str) {
        let pipeline = Pipeline::new(settings).unwrap();
        let (mut sentences, mut tokens, mut aligned) = (Vec::new(), Vec::new(), Vec::new());
        let words =
            |sentence: &[Token<'_>]| sentence.iter().map(|token| token.text).collect::<Vec<_>>().join(" ");
        pipeline.for_each_sentence(document, &mut |sentence| sentences.push(words(sentence)));
        assert_eq!(sentences.join("|"), want);
        pipeline.tokens(document, &mut |token| tokens.push(token.to_owned()));
        assert_eq!(tokens.join(" "), sentences.join(" "));
        pipeline.for_each_aligned_sentence(document, &mut |sentence| {
            aligned.push(words(&sentence.iter().map(|aligned| aligned.token).collect::<Vec<_>>()));
        });
        assert_eq!(aligned, sentences);
    }

    #[test]
    fn tokens_lead_back_to_the_document() {
        let settings =
            settings(&[CleanStep::Html, CleanStep::Lowercase], Segment::Words, SentenceSplit::Punctuation, 0);
        let document = "<p>It is. <b>CAF&Eacute;</b>s.</p>";
        let mut found = Vec::new();
        Pipeline::new(&settings).unwrap().for_each_aligned_sentence(document, &mut |sentence| {
            found.extend(
                sentence
                    .iter()
                    .map(|aligned| (aligned.token.text.to_owned(), &document[aligned.original.clone()])),
            );
        });
        let want = [("it", "It"), ("is", "is"), ("cafés", "CAF&Eacute;</b>s")];
        assert_eq!(found, want.map(|(token, original)| (token.to_owned(), original)));
    }

    #[test]
    fn the_default_splits_at_white_space() {
        check(&PipelineSettings::default(), " A rose\nis. ", "A rose is.");
        check(&PipelineSettings::default(), " \n ", "");
    }

    #[test]
    fn steps_come_in_order() {
        let settings =
            settings(&[CleanStep::Html, CleanStep::Lowercase], Segment::Words, SentenceSplit::Punctuation, 0);
        check(&settings, "<b>One</b> &amp; two. ... Three!", "one two|three");
    }

    #[test]
    fn sentences_end_where_they_did_before_the_clean_up() {
        let text8 = settings(&[CleanStep::Text8], Segment::Whitespace, SentenceSplit::Punctuation, 0);
        check(&text8, "One. Two\nThree", "one|two|three");
    }

    #[test]
    fn short_tokens_are_left_out() {
        check(
            &settings(&[], Segment::WordCharacters, SentenceSplit::None, 2),
            "I can't go 我们 我",
            "can go 我们",
        );
        check(&settings(&[], Segment::Whitespace, SentenceSplit::Lines, 2), "a b\ncd e", "cd");
    }

    #[test]
    fn the_tokens_of_text8() {
        check(
            &settings(&[CleanStep::Text8], Segment::Whitespace, SentenceSplit::None, 0),
            "In 1984, I",
            "in one nine eight four i",
        );
    }

    #[test]
    fn values_are_spelt_in_kebab_case() {
        let json = r#"{"clean":["strip-accents","text8"],"segment":"word-characters","sentences":"punctuation","min_chars":2}"#;
        let found: PipelineSettings = serde_json::from_str(json).unwrap();
        let want = settings(
            &[CleanStep::StripAccents, CleanStep::Text8],
            Segment::WordCharacters,
            SentenceSplit::Punctuation,
            2,
        );
        assert_eq!(found, want);
        assert_eq!(serde_json::to_string(&found).unwrap(), json);
        assert!(serde_json::from_str::<PipelineSettings>(r#"{"segments":"words"}"#).is_err());
    }
}
