//! "Did you mean": the known name nearest to an unknown one.

/// The name of `known` that `wrong` was probably meant to be: at most a third of its letters away, but
/// two in any name of four letters, and one in a shorter one. Capitals, spaces and punctuation do not count.
///
/// ```
/// assert_eq!(sememe_text::nearest("lable", ["text", "label"]), Some("label"));
/// assert_eq!(sememe_text::nearest("class_index", ["Title", "Class Index"]), Some("Class Index"));
/// assert_eq!(sememe_text::nearest("xyzzy", ["text", "label"]), None);
/// ```
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = bare(wrong);
    let (far, name) = known.into_iter().map(|name| (distance(&wrong, &bare(name)), name)).min()?;
    let always = if wrong.len() < 4 { 1 } else { 2 };
    (far <= (wrong.len() / 3).max(always)).then_some(name)
}

/// The letters and digits of a name.
fn bare(name: &str) -> Vec<char> {
    // Names are short; this bounds the work for those that are not.
    const MOST: usize = 64;
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(MOST).collect()
}

/// The number of letters to insert, delete or replace (Levenshtein 1966).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_edits() {
        let far = |a: &str, b: &str| distance(&bare(a), &bare(b));
        assert_eq!((far("kitten", "sitting"), far("", "abc"), far("标签", "标")), (3, 3, 1));
    }

    #[test]
    fn short_names_are_not_taken_for_each_other() {
        assert_eq!((nearest("id", ["no"]), nearest("txt", ["text"])), (None, Some("text")));
    }
}
