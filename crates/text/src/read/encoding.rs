//! Character encodings by name.

use crate::{TextError, nearest};
use encoding_rs::{Decoder, REPLACEMENT, UTF_8};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A character encoding. Made from its name: `utf-8`, `utf-16`, `latin-1`, `gb18030`, `big5` and so on; hyphens,
/// underscores and capitals make no difference.
///
/// The names mean what they mean on the web (WHATWG Encoding Standard): `latin-1` and `ascii` are read as
/// windows-1252, `gb2312` as gbk, and `utf-16` as little-endian unless a byte order mark says otherwise.
///
/// ```
/// assert_eq!(sememe_text::Encoding::from_name("latin1")?.name(), "windows-1252");
/// # Ok::<_, sememe_text::TextError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Encoding(&'static encoding_rs::Encoding);

/// Names that a user may look for, for suggestions and for spellings that the standard does not know.
const NAMES: [&str; 42] = [
    "utf-8",
    "utf-16",
    "utf-16le",
    "utf-16be",
    "ascii",
    "latin1",
    "gb18030",
    "gbk",
    "gb2312",
    "big5",
    "euc-jp",
    "shift_jis",
    "iso-2022-jp",
    "euc-kr",
    "koi8-r",
    "koi8-u",
    "macintosh",
    "ibm866",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-9",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "windows-874",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "x-mac-cyrillic",
];

impl Encoding {
    /// UTF-8, the default.
    pub const UTF_8: Self = Self(UTF_8);

    /// The encoding with this name.
    ///
    /// # Errors
    /// If there is none, with the nearest.
    pub fn from_name(name: &str) -> Result<Self, TextError> {
        let same = |known: &&&str| bare(known).eq(bare(name));
        let label = NAMES.iter().find(same).map_or(name, |known| *known);
        let known = encoding_rs::Encoding::for_label(label.as_bytes()).filter(|known| *known != REPLACEMENT);
        let nearest = || nearest(name, NAMES).map(str::to_owned);
        known.map(Self).ok_or_else(|| TextError::Encoding { name: name.to_owned(), nearest: nearest() })
    }

    /// Its name in the standard.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    pub(super) fn is_utf8(self) -> bool {
        self == Self::UTF_8
    }

    /// Whether bytes below 0x80 stand for ASCII, and only for ASCII, so that lines can be found in the bytes.
    pub(super) fn has_ascii_lines(self) -> bool {
        self.is_utf8() || self.0.is_single_byte()
    }

    /// Whether byte 0 is part of ordinary text.
    pub(super) fn has_zero_bytes(self) -> bool {
        self.name().starts_with("UTF-16")
    }

    /// A decoder for a stream that starts at the start of the file, or for one that does not.
    pub(super) fn decoder(self, at_start: bool) -> Decoder {
        match at_start {
            false => self.0.new_decoder_without_bom_handling(),
            true if self.is_utf8() => self.0.new_decoder_with_bom_removal(),
            true => self.0.new_decoder(),
        }
    }
}

impl Default for Encoding {
    fn default() -> Self {
        Self::UTF_8
    }
}

/// A name without what varies in its spelling.
fn bare(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase())
}

impl TryFrom<String> for Encoding {
    type Error = TextError;

    fn try_from(name: String) -> Result<Self, TextError> {
        Self::from_name(&name)
    }
}

impl From<Encoding> for String {
    fn from(encoding: Encoding) -> Self {
        encoding.to_string()
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, want: &str) {
        assert_eq!(
            Encoding::from_name(name).map_or_else(|error| error.to_string(), |encoding| encoding.to_string()),
            want
        );
    }

    #[test]
    fn names_may_be_spelt_in_many_ways() {
        check("utf-8", "utf-8");
        check("UTF8", "utf-8");
        check("utf_16_be", "utf-16be");
        check("Latin-1", "windows-1252");
        check("GB_18030", "gb18030");
        check("iso8859-15", "iso-8859-15");
        check("cp1251", "windows-1251");
    }

    #[test]
    fn unknown_names_get_a_suggestion() {
        check("utf-9", "there is no encoding `utf-9`; did you mean `utf-8`?");
        check("gb18003", "there is no encoding `gb18003`; did you mean `gb18030`?");
        check("klingon", "there is no encoding `klingon`");
        check("", "there is no encoding ``");
        check("hz-gb-2312", "there is no encoding `hz-gb-2312`; did you mean `gb2312`?");
    }

    #[test]
    fn all_names_are_known() {
        for name in NAMES {
            assert!(encoding_rs::Encoding::for_label(name.as_bytes()).is_some(), "{name}");
        }
    }
}
