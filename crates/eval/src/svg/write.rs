//! Writes SVG; everything that comes from a report is escaped here.

use std::fmt::Write;

use super::Screen;
use crate::render::columns;

/// A drawing under construction.
pub(super) struct Svg {
    body: String,
    screen: Screen,
    size: (f64, f64),
}

/// The value of an attribute.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    /// A length or a share, written with at most two decimals.
    Number(f64),
    /// Anything else.
    Text(&'a str),
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

/// Names and values of attributes.
pub(super) type Attributes<'a> = &'a [(&'a str, Value<'a>)];

/// A line of text.
pub(super) struct Text<'a> {
    /// Where it starts, ends or has its middle, by class `s`, `e` or `m`.
    pub(super) x: f64,
    /// Its base line.
    pub(super) y: f64,
    /// Its classes.
    pub(super) class: &'a str,
    /// What it says.
    pub(super) text: &'a str,
}

impl Svg {
    /// A drawing of this width and height.
    pub(super) fn new(screen: Screen, size: (f64, f64)) -> Self {
        Self { body: String::new(), screen, size }
    }

    /// The screen it is drawn for.
    pub(super) fn screen(&self) -> Screen {
        self.screen
    }

    /// An element without content.
    pub(super) fn empty(&mut self, name: &str, attributes: Attributes<'_>) {
        self.start(name, attributes);
        self.body += "/>";
    }

    /// An element that says `title` on hovering, where there is something to hover with.
    pub(super) fn titled(&mut self, name: &str, attributes: Attributes<'_>, title: &str) {
        if self.screen == Screen::Narrow {
            return self.empty(name, attributes);
        }
        self.start(name, attributes);
        let _ = write!(self.body, "><title>{}</title></{name}>", escape(title));
    }

    /// Opens a group.
    pub(super) fn open(&mut self, attributes: Attributes<'_>) {
        self.start("g", attributes);
        self.body.push('>');
    }

    /// Opens a group that says `title` on hovering.
    pub(super) fn open_titled(&mut self, class: &str, title: &str) {
        self.open(&[("class", class.into())]);
        if self.screen == Screen::Wide {
            let _ = write!(self.body, "<title>{}</title>", escape(title));
        }
    }

    /// Closes the group.
    pub(super) fn close(&mut self) {
        self.body += "</g>";
    }

    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let ends = [("x1", from.0), ("y1", from.1), ("x2", to.0), ("y2", to.1)];
        let [x1, y1, x2, y2] = ends.map(|(name, value)| (name, value.into()));
        self.empty("line", &[("class", class.into()), x1, y1, x2, y2]);
    }

    pub(super) fn text(&mut self, text: Text<'_>) {
        let Text { x, y, class, text } = text;
        self.start("text", &[("class", class.into()), ("x", x.into()), ("y", y.into())]);
        let _ = write!(self.body, ">{}</text>", escape(text));
    }

    /// A text turned by `degrees` around its start.
    pub(super) fn turned(&mut self, text: Text<'_>, degrees: f64) {
        let Text { x, y, class, text } = text;
        let turn = format!("translate({},{}) rotate({})", number(x), number(y), number(degrees));
        self.start("text", &[("class", class.into()), ("transform", turn.as_str().into())]);
        let _ = write!(self.body, ">{}</text>", escape(text));
    }

    fn start(&mut self, name: &str, attributes: Attributes<'_>) {
        let _ = write!(self.body, "<{name}");
        for (name, value) in attributes {
            let value = match value {
                Value::Number(value) => number(*value),
                Value::Text(text) => escape(text),
            };
            let _ = write!(self.body, " {name}=\"{value}\"");
        }
    }

    /// The whole element, with a title and a description for those who cannot see it.
    pub(super) fn finish(self, id: &str, title: &str, description: &str) -> String {
        let Self { body, screen, size } = self;
        let scrolls = if size.0 > screen.width() { " scrolls" } else { "" };
        let class = format!("{}{scrolls}", screen.class());
        let [width, height] = [size.0, size.1].map(|length| number(length.ceil()));
        let size = format!(r#"viewBox="0 0 {width} {height}" width="{width}" height="{height}""#);
        let (id, title, description) = (escape(id), escape(title), escape(description));
        format!(
            "<svg class=\"{class}\" {size} role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
             <title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{description}</desc>\n{body}</svg>"
        )
    }
}

/// A number with at most two decimals, without needless zeros; 0 for what is not finite.
pub(super) fn number(value: f64) -> String {
    let value = if value.is_finite() { value } else { 0.0 };
    let text = format!("{value:.2}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".to_owned(),
        short => short.to_owned(),
    }
}

/// About how wide a text is when set `size` high: half of that for a Latin letter, all for a Chinese one.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    columns(text) as f64 * size * 0.56
}

/// Text without markup for HTML and SVG, as content or as the value of an attribute. Characters that these
/// forbid become `�`.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            // Marks that turn the direction of what follows would spill over the page.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, want) in [(1.0, "1"), (0.125, "0.12"), (-0.001, "0"), (100.0, "100"), (f64::NAN, "0")] {
            assert_eq!(number(value), want);
        }
    }

    #[test]
    fn nothing_from_a_report_is_markup() {
        assert_eq!(escape("<b a=\"'\">&\u{0}\u{202e}"), "&lt;b a=&quot;&#39;&quot;&gt;&amp;\u{fffd}\u{fffd}");
    }
}
