//! Sentences with gaps: `the {capital} of [all|]  {country}`.
//!
//! `{column}` is a word of the document's row, `{~column}` of another row of the table, `{@list}` any word of
//! a list, `{+}` and `{-}` an opinion that agrees with the label and one that does not. `[a|b|]` is one of
//! its alternatives, which may hold gaps and alternatives themselves.

use anyhow::{Result, bail};
use sememe_kernels::Rng;

/// A template, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Gap(Gap),
    Choice(Vec<Template>),
}

/// What stands in a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// A column of the document's row.
    Own(String),
    /// A column of another row.
    Other(String),
    /// A member of a list.
    List(String),
    /// An opinion that agrees with the label (`true`) or contradicts it.
    Opinion(bool),
}

/// Gives a gap its words.
pub(super) trait Fill {
    /// Writes what fills `gap` to `out`.
    fn fill(&self, gap: &Gap, rng: &mut Rng, out: &mut String) -> Result<()>;
}

impl Template {
    /// Reads a template.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let (template, rest) = parse_parts(text, 0)?;
        if !rest.is_empty() {
            bail!("`{text}`: `{rest}` is left over");
        }
        Ok(template)
    }

    /// Appends one sentence.
    pub(super) fn expand(&self, fill: &dyn Fill, rng: &mut Rng, out: &mut String) -> Result<()> {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Gap(gap) => fill.fill(gap, rng, out)?,
                Part::Choice(choices) => pick(choices, rng).expand(fill, rng, out)?,
            }
        }
        Ok(())
    }
}

/// One of `items`, each as likely as the others.
pub(super) fn pick<'a, T>(items: &'a [T], rng: &mut Rng) -> &'a T {
    &items[rng.below(items.len() as u64) as usize]
}

/// Reads parts up to the end, or up to the `|` or `]` that ends an alternative.
fn parse_parts(mut text: &str, depth: usize) -> Result<(Template, &str)> {
    let mut parts = Vec::new();
    while let Some(first) = text.chars().next() {
        match first {
            '|' | ']' if depth > 0 => break,
            '{' => text = parse_gap(text, &mut parts)?,
            '[' => text = parse_choice(text, depth, &mut parts)?,
            _ => {
                let end = text.find(['{', '[', '|', ']']).filter(|&end| end > 0).unwrap_or(text.len());
                parts.push(Part::Text(text[..end].to_owned()));
                text = &text[end..];
            }
        }
    }
    Ok((Template(parts), text))
}

fn parse_gap<'t>(text: &'t str, parts: &mut Vec<Part>) -> Result<&'t str> {
    let Some((name, rest)) = text[1..].split_once('}') else {
        bail!("`{text}`: no `}}`");
    };
    parts.push(Part::Gap(match (name, name.strip_prefix('~'), name.strip_prefix('@')) {
        ("+", ..) => Gap::Opinion(true),
        ("-", ..) => Gap::Opinion(false),
        (_, Some(column), _) => Gap::Other(column.to_owned()),
        (_, _, Some(list)) => Gap::List(list.to_owned()),
        _ => Gap::Own(name.to_owned()),
    }));
    Ok(rest)
}

fn parse_choice<'t>(text: &'t str, depth: usize, parts: &mut Vec<Part>) -> Result<&'t str> {
    let (mut choices, mut rest) = (Vec::new(), text);
    while rest.starts_with('[') && choices.is_empty() || rest.starts_with('|') {
        let (choice, after) = parse_parts(&rest[1..], depth + 1)?;
        choices.push(choice);
        rest = after;
    }
    if rest.is_empty() {
        bail!("`{text}`: no `]`");
    }
    parts.push(Part::Choice(choices));
    Ok(&rest[1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Upper;

    impl Fill for Upper {
        fn fill(&self, gap: &Gap, _: &mut Rng, out: &mut String) -> Result<()> {
            *out += &format!("<{gap:?}>");
            Ok(())
        }
    }

    #[track_caller]
    fn check(template: &str, want: &[&str]) {
        let template = Template::parse(template).unwrap();
        let (mut rng, mut seen) = (Rng::new(1, 0), std::collections::BTreeSet::new());
        for _ in 0..100 {
            let mut out = String::new();
            template.expand(&Upper, &mut rng, &mut out).unwrap();
            seen.insert(out);
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), want);
    }

    #[test]
    fn text_is_itself() {
        check("a b", &["a b"]);
        check("", &[""]);
    }

    #[test]
    fn alternatives_are_all_used() {
        check("a[b|c|]d", &["abd", "acd", "ad"]);
        check("[a|b[c|d]]", &["a", "bc", "bd"]);
    }

    #[test]
    fn gaps_are_filled() {
        check("{x}{~x}{@x}", &[r#"<Own("x")><Other("x")><List("x")>"#]);
        check("{+}{-}", &["<Opinion(true)><Opinion(false)>"]);
    }

    #[test]
    fn open_brackets_are_named() {
        for (text, want) in [("[a|b", "`[a|b`: no `]`"), ("a {b", "`{b`: no `}`")] {
            assert_eq!(Template::parse(text).unwrap_err().to_string(), want);
        }
    }
}
