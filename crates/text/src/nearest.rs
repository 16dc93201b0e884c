//! "Did you mean": the known name nearest to an unknown one.

/// The name of `known` that `wrong` was probably meant to be: at most a third of its letters away.
///
/// ```
/// assert_eq!(sememe_text::nearest("lable", ["text", "label"]), Some("label"));
/// assert_eq!(sememe_text::nearest("xyzzy", ["text", "label"]), None);
/// ```
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (far, name) = known.into_iter().map(|name| (distance(wrong, name), name)).min()?;
    (far <= wrong.chars().count().max(6) / 3).then_some(name)
}

/// The number of letters to insert, delete or replace (Levenshtein 1966).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
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
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), distance("标签", "标")), (3, 3, 1));
    }
}
