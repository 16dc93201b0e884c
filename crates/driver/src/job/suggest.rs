//! "Did you mean" for the messages of serde.

use sememe_text::nearest;

/// Adds the nearest known key to a message such as "unknown field `x`, expected one of `a`, `b`".
pub(super) fn with_suggestion(message: &str) -> String {
    let message = message.trim_end();
    if message.starts_with("wanted exactly 1 element") {
        return "expected one of several choices, found more than one; give the whole value, as in \
                section.key={choice = {...}}"
            .to_owned();
    }
    let unknown = ["unknown field `", "unknown variant `"].iter().find_map(|start| message.split_once(start));
    let Some((_, rest)) = unknown else { return message.to_owned() };
    let mut quoted = rest.split('`');
    let wrong = quoted.next().unwrap_or_default();
    let known: Vec<&str> = quoted.skip(1).step_by(2).collect();
    match nearest(wrong, known) {
        Some(name) => format!("{message}; did you mean `{name}`?"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_serde_are_completed() {
        let message = "unknown field `wndow`, expected one of `dim`, `window`, `epochs`";
        assert_eq!(with_suggestion(message), format!("{message}; did you mean `window`?"));
        let bare = "unknown field `a`, there are no fields";
        assert_eq!(with_suggestion(bare), bare);
        assert_eq!(with_suggestion("invalid type"), "invalid type");
        let twice = with_suggestion("wanted exactly 1 element, more than 1 element");
        assert!(twice.starts_with("expected one of several choices, found more than one"));
    }
}
