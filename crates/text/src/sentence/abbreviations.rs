//! English abbreviations, and whether the full stop behind one also ends the sentence.

/// Never at the end of a sentence: a name, a number or an example follows.
const BEFORE_MORE: &[&str] = &[
    "capt", "cf", "col", "cpl", "dr", "e.g", "eg", "gen", "gov", "hon", "i.e", "ie", "lt", "maj", "messrs",
    "mlle", "mme", "mr", "mrs", "ms", "mt", "pres", "prof", "rep", "rev", "sen", "sgt", "st", "viz", "vs",
];

/// Abbreviations only before a number.
const BEFORE_NUMBER: &[&str] =
    &["art", "ch", "eq", "eqs", "fig", "figs", "no", "nos", "p", "par", "pp", "sec", "vol", "vols"];

/// Also at the end of a sentence.
const ANYWHERE: &[&str] = &[
    "al", "apr", "approx", "assn", "aug", "ave", "blvd", "bros", "co", "corp", "dec", "dept", "ed", "eds",
    "esq", "est", "etc", "feb", "inc", "jan", "jr", "ltd", "nov", "oct", "rd", "sep", "sept", "sr", "univ",
];

/// Words that, with a capital, most often start a sentence.
const STARTERS: &[&str] = &[
    "A", "After", "All", "Although", "An", "And", "As", "At", "Because", "Before", "But", "By", "During",
    "For", "From", "He", "Her", "His", "How", "However", "I", "If", "In", "It", "Its", "Many", "Most", "My",
    "No", "Not", "On", "One", "Our", "She", "Since", "So", "Some", "That", "The", "Their", "Then", "There",
    "These", "They", "This", "Those", "Though", "To", "We", "What", "When", "Where", "While", "Who", "Why",
    "With", "You",
];

/// Whether the full stop after `before` belongs to an abbreviation and `next` goes on with the sentence.
pub(super) fn is_likely(before: &str, next: &str) -> bool {
    let word = before.rsplit(char::is_whitespace).next().unwrap_or("");
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        // The number of an item: `1. Introduction`.
        return !word.is_empty() && before.trim() == word;
    }
    let lower = word.to_lowercase();
    let known = |list: &[&str]| list.contains(&lower.as_str());
    if known(BEFORE_MORE) {
        return true;
    }
    if next.starts_with(|c: char| c.is_ascii_digit()) && known(BEFORE_NUMBER) {
        return true;
    }
    (known(ANYWHERE) || is_initial(word) || is_dotted(word)) && !is_starter(next)
}

/// `J` in `J. Smith`; but `I` is a word.
fn is_initial(word: &str) -> bool {
    word != "I" && word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// `U.S`, `a.m`, `Ph.D`: parts of one or two letters with stops between.
fn is_dotted(word: &str) -> bool {
    word.contains('.')
        && word.split('.').all(|part| matches!(part.len(), 1 | 2) && part.chars().all(char::is_alphabetic))
}

fn is_starter(next: &str) -> bool {
    let word = next.split(|c: char| !c.is_alphabetic()).next().unwrap_or("");
    STARTERS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starters_can_be_searched() {
        assert!(STARTERS.is_sorted());
    }
}
