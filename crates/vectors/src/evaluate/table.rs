//! Tables with a heading: fields separated by commas or tabs, quoted if they hold one.

/// The columns of a table that are wanted, by their names in the heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns<const N: usize> {
    separator: char,
    places: [usize; N],
}

impl<const N: usize> Columns<N> {
    /// The columns with these names, in any case, if `heading` has them all. A name may be one of several.
    pub(crate) fn find(heading: &str, names: [&[&str]; N]) -> Option<Self> {
        let separator = if heading.contains('\t') { '\t' } else { ',' };
        let fields: Vec<String> =
            split(heading, separator).into_iter().map(|field| field.to_lowercase()).collect();
        let place = |names: &[&str]| fields.iter().position(|field| names.contains(&field.as_str()));
        let mut places = [0; N];
        for (into, names) in places.iter_mut().zip(names) {
            *into = place(names)?;
        }
        Some(Self { separator, places })
    }

    /// The fields of a line in these columns, if all are there and hold something.
    pub(crate) fn of(&self, line: &str) -> Option<[String; N]> {
        self.fields(line).filter(|fields| fields.iter().all(|field| !field.is_empty()))
    }

    /// The fields of a line in these columns, if all are there.
    pub(crate) fn fields(&self, line: &str) -> Option<[String; N]> {
        let mut fields = split(line, self.separator);
        let mut wanted = [const { String::new() }; N];
        for (into, &place) in wanted.iter_mut().zip(&self.places) {
            *into = std::mem::take(fields.get_mut(place)?);
        }
        Some(wanted)
    }
}

/// The fields of a line, without white space around them. A field in double quotes may hold the separator, and a
/// quote as two.
pub(crate) fn split(line: &str, separator: char) -> Vec<String> {
    let (mut fields, mut rest) = (Vec::new(), line);
    loop {
        let trimmed = rest.trim_start_matches([' ', '\u{a0}']);
        let (field, after) = match trimmed.strip_prefix('"').and_then(unquote) {
            Some((field, after)) => (field, after.trim_start()),
            None => {
                let end = rest.find(separator).unwrap_or(rest.len());
                (rest[..end].trim().to_owned(), &rest[end..])
            }
        };
        fields.push(field);
        match after.strip_prefix(separator) {
            Some(after) => rest = after,
            // What follows a closing quote other than a separator is no field.
            None => return fields,
        }
    }
}

/// What stands before the closing quote, and what after it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let (mut field, mut rest) = (String::new(), text);
    loop {
        let end = rest.find('"')?;
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => return Some((field, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: &[&str]) {
        assert_eq!(split(line, ','), want, "{line}");
    }

    #[test]
    fn fields_lie_between_separators() {
        check("a,b c , d", &["a", "b c", "d"]);
        check(",a,", &["", "a", ""]);
        check("", &[""]);
        check(r#""a, b" ,"say ""a""",c"#, &["a, b", "say \"a\"", "c"]);
        check(r#""open,a"#, &["\"open", "a"]);
        assert_eq!(split("a\tb, c", '\t'), ["a", "b, c"]);
    }

    #[test]
    fn columns_are_found_by_name() {
        let columns = Columns::find(",Category,word", [&["word"], &["class", "category"]]).unwrap();
        assert_eq!(columns.of("0,bird,robin"), Some(["robin".to_owned(), "bird".to_owned()]));
        assert_eq!(columns.of("0,bird"), None);
        assert_eq!(columns.of("0,,robin"), None);
        assert_eq!(columns.fields("0,,robin"), Some(["robin".to_owned(), String::new()]));
        assert_eq!(Columns::find("word,kind", [&["category"]]), None);
    }
}
