//! Reports as one HTML page that needs nothing else: no scripts, no fonts, no network.

use std::fmt::Write;

use crate::svg::{Screen, draw, escape};
use crate::{Figure, Plot, Report, Section, Table, Verdict};

/// The style sheet: light and dark by the setting of the reader, one column on a phone, plain on paper.
const STYLE: &str = include_str!("html/page.css");

/// Longer tables are folded away.
const MOST_OPEN_ROWS: usize = 40;

/// Nothing may be loaded, whatever a report contains.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The whole page.
pub(crate) fn page(report: &Report) -> String {
    let title = escape(&report.title);
    let style = minified(STYLE);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n"
    );
    if !report.subtitle.is_empty() {
        let _ = writeln!(page, "<p class=\"subtitle\">{}</p>", escape(&report.subtitle));
    }
    page += "</header>\n";
    page += &contents(&report.sections);
    page += "<main>\n";
    let mut n_plots = 0;
    for (i, part) in report.sections.iter().enumerate() {
        section(&mut page, part, (i + 1, &mut n_plots));
    }
    page + "</main>\n</body>\n</html>\n"
}

/// The style sheet without comments and indentation.
fn minified(style: &str) -> String {
    let lines = style.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("/*"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Links to the sections, where there are several.
fn contents(sections: &[Section]) -> String {
    if sections.len() < 3 {
        return String::new();
    }
    let link =
        |(i, section): (usize, &Section)| format!("<a href=\"#s{}\">{}</a>\n", i + 1, escape(&section.name));
    let links: String = sections.iter().enumerate().map(link).collect();
    format!("<nav aria-label=\"Sections\">\n{links}</nav>\n")
}

fn section(page: &mut String, section: &Section, (number, n_plots): (usize, &mut usize)) {
    let _ = writeln!(page, "<section id=\"s{number}\">\n<h2>{}</h2>", escape(&section.name));
    if !section.figures.is_empty() {
        let tiles: String = section.figures.iter().map(tile).collect();
        let _ = writeln!(page, "<dl class=\"figures\">\n{tiles}</dl>");
    }
    for part in &section.plots {
        *n_plots += 1;
        plot(page, part, *n_plots);
    }
    section.tables.iter().for_each(|part| table(page, part));
    for note in &section.notes {
        let _ = writeln!(page, "<p class=\"note\">{}</p>", escape(note));
    }
    page.push_str("</section>\n");
}

/// A figure large, with its name above and the comparison below.
fn tile(figure: &Figure) -> String {
    let (name, value) = (escape(&figure.name), value(&figure.shown()));
    format!("<div><dt>{name}</dt>\n<dd class=\"value\">{value}</dd>\n{}</div>\n", comparison(figure))
}

/// A value whose unit is set smaller: "89.70 %", "1.50 GB".
fn value(shown: &str) -> String {
    let mut parts = shown.split(' ');
    let mut out = escape(parts.next().unwrap_or_default());
    for part in parts {
        let is_unit = part.starts_with(|c: char| c.is_alphabetic() || c == '%');
        let _ = match is_unit {
            true => write!(out, "<small>&nbsp;{}</small>", escape(part)),
            false => write!(out, " {}", escape(part)),
        };
    }
    out
}

fn comparison(figure: &Figure) -> String {
    let Some(reference) = &figure.reference else { return String::new() };
    let (class, relation) = match figure.verdict() {
        Some(Verdict::Better) => ("better", "▲ better than"),
        Some(Verdict::Equal) => ("equal", "= as"),
        Some(Verdict::Worse) => ("worse", "▼ worse than"),
        None => ("equal", "beside"),
    };
    let (name, value) = (escape(&reference.name), figure.format.show(reference.value).replace(' ', "\u{a0}"));
    format!("<dd class=\"{class}\"><b>{relation}</b> {name}: {}</dd>\n", escape(&value))
}

/// The drawings for wide and narrow screens, their caption, and the data for those who cannot see them.
fn plot(page: &mut String, plot: &Plot, number: usize) {
    let title = escape(plot.title());
    let wide = draw(plot, &format!("p{number}"), Screen::Wide);
    let narrow = draw(plot, &format!("q{number}"), Screen::Narrow);
    let _ = writeln!(page, "<figure>\n<figcaption>{title}</figcaption>");
    let _ = writeln!(page, "{}{wide}\n{narrow}\n</div>", scroller(&title));
    if !plot.caption().is_empty() {
        let _ = writeln!(page, "<p class=\"caption\">{}</p>", escape(plot.caption()));
    }
    let data = plot.table();
    if !data.rows.is_empty() {
        let name = if data.title.is_empty() { "Data" } else { &data.title };
        let _ = writeln!(page, "<details>\n<summary>{}</summary>", escape(name));
        rows(page, &data, &format!("{title}: data"));
        page.push_str("</details>\n");
    }
    page.push_str("</figure>\n");
}

/// A box that scrolls sideways where its content is too wide, also by keyboard.
fn scroller(label: &str) -> String {
    format!("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{label}\">\n")
}

fn table(page: &mut String, table: &Table) {
    let title = escape(&table.title);
    if table.rows.len() > MOST_OPEN_ROWS {
        let _ = writeln!(page, "<details>\n<summary>{title} ({} rows)</summary>", table.rows.len());
        rows(page, table, &title);
        page.push_str("</details>\n");
        return;
    }
    if !title.is_empty() {
        let _ = writeln!(page, "<h3>{title}</h3>");
    }
    rows(page, table, &title);
}

/// The table element in a scrolling box; `label` is escaped already.
fn rows(page: &mut String, table: &Table, label: &str) {
    let label = if label.is_empty() { "Table" } else { label };
    page.push_str(&scroller(label));
    page.push_str("<table>\n<thead>\n<tr>");
    for column in &table.columns {
        let class = if column.is_number() { " class=\"n\"" } else { "" };
        let _ = write!(page, "<th scope=\"col\"{class}>{}</th>", escape(&column.name));
    }
    page.push_str("</tr>\n</thead>\n<tbody>\n");
    for index in 0..table.rows.len() {
        if index == table.first_summary_row() {
            page.push_str("</tbody>\n<tbody class=\"summary\">\n");
        }
        row(page, table, index);
    }
    page.push_str("</tbody>\n</table>\n</div>\n");
}

fn row(page: &mut String, table: &Table, index: usize) {
    page.push_str("<tr>");
    for (i, column) in table.columns.iter().enumerate() {
        let text = escape(&table.shown(index, i));
        let _ = match (i, column.is_number()) {
            (0, false) => write!(page, "<th scope=\"row\">{text}</th>"),
            (_, true) => write!(page, "<td class=\"n\">{text}</td>"),
            _ => write!(page, "<td>{text}</td>"),
        };
    }
    page.push_str("</tr>\n");
}
