//! "Did you mean": the known name nearest to an unknown one.

/// The name of `known` that `wrong` was probably meant to be: at most a third of its letters away.
pub(crate) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().map(|name| (distance(wrong, name), name)).min()?;
    (near.0 <= wrong.chars().count().max(3) / 3).then_some(near.1)
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

/// Adds the nearest known key to a message of serde's: "unknown field `x`, expected one of `a`, `b`".
pub(crate) fn with_suggestion(message: &str) -> String {
    let Some((_, rest)) = message.split_once("unknown field `").or_else(|| message.split_once("unknown variant `"))
    else {
        return message.to_owned();
    };
    let mut quoted = rest.split('`');
    let wrong = quoted.next().unwrap_or_default();
    let known: Vec<&str> = quoted.skip(1).step_by(2).collect();
    match nearest(wrong, known) {
        Some(name) => format!("{}; did you mean `{name}`?", message.trim_end()),
        None => message.trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_names_find_their_neighbour() {
        assert_eq!(nearest("widnow", ["dim", "window", "epochs"]), Some("window"));
        assert_eq!(nearest("xyzzy", ["dim", "window"]), None);
        assert_eq!((distance("kitten", "sitting"), distance("", "abc")), (3, 3));
    }

    #[test]
    fn messages_of_serde_are_completed() {
        let message = "unknown field `wndow`, expected one of `dim`, `window`, `epochs`";
        assert_eq!(with_suggestion(message), format!("{message}; did you mean `window`?"));
        assert_eq!(with_suggestion("unknown field `a`, there are no fields"), "unknown field `a`, there are no fields");
        assert_eq!(with_suggestion("invalid type"), "invalid type");
    }
}
