//! A map of words as one HTML file.

use serde::Serialize;

/// The page, with places for the title and the data.
const PAGE: &str = include_str!("map.html");

/// Words in a plane.
#[derive(Serialize)]
pub(super) struct Map {
    pub(super) title: String,
    /// Those that come first keep their names where there is no room for all.
    pub(super) places: Vec<Place>,
}

/// A word.
#[derive(Serialize)]
pub(super) struct Place {
    pub(super) word: String,
    pub(super) at: [f32; 2],
    /// What its colour stands for, if it has one.
    pub(super) cluster: Option<u32>,
    /// Its nearest words with their cosines.
    pub(super) near: Vec<(String, f32)>,
}

impl Map {
    /// The page: no scripts, styles or fonts from elsewhere.
    pub(super) fn to_html(&self) -> anyhow::Result<String> {
        // In a script, only `<` could begin something else than data.
        let data = serde_json::to_string(self)?.replace('<', "\\u003c");
        let (before, rest) = split(PAGE, "TITLE")?;
        let (between, after) = split(rest, "DATA")?;
        Ok([before, &escaped(&self.title), between, &data, after].concat())
    }
}

/// What stands before and after the place called `{{name}}`.
fn split<'a>(page: &'a str, name: &str) -> anyhow::Result<(&'a str, &'a str)> {
    let place = format!("{{{{{name}}}}}");
    page.split_once(&place).ok_or_else(|| anyhow::anyhow!("the page has no place called {place}"))
}

/// Text as HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cannot_end_the_script_and_pages_load_nothing() {
        let place = Place {
            word: "</script><b>".to_owned(),
            at: [1.0, -2.5],
            cluster: None,
            near: vec![("{{DATA}}".to_owned(), 0.5)],
        };
        let html = Map { title: "a <b> & {{DATA}}".to_owned(), places: vec![place] }.to_html().unwrap();
        assert_eq!(html.matches("</script>").count(), PAGE.matches("</script>").count());
        assert!(html.contains("<title>a &lt;b&gt; &amp; {{DATA}}</title>"));
        assert!(html.contains(r#"{"word":"\u003c/script>\u003cb>","at":[1.0,-2.5],"cluster":null"#));
        for outside in ["http://", "https://", "src=", "@import", "url("] {
            assert!(!PAGE.contains(outside), "{outside}");
        }
    }
}
