//! Reports as Markdown.

use super::width::one_line;
use crate::{Column, Figure, Plot, Report, Section, Table, Verdict};

/// The most rows of a plot's data that are shown.
const MOST_ROWS: usize = 12;

/// The report as Markdown, ending in a line feed.
pub(crate) fn markdown(report: &Report) -> String {
    let mut blocks = vec![format!("# {}", escaped(&report.title))];
    if !report.subtitle.is_empty() {
        blocks.push(escaped(&report.subtitle));
    }
    blocks.extend(report.sections.iter().flat_map(section));
    blocks.join("\n\n") + "\n"
}

fn section(section: &Section) -> Vec<String> {
    let mut blocks = vec![format!("## {}", escaped(&section.name))];
    if !section.figures.is_empty() {
        blocks.push(figures(&section.figures));
    }
    blocks.extend(section.plots.iter().flat_map(plot));
    blocks.extend(section.tables.iter().flat_map(table));
    blocks.extend(section.notes.iter().map(|note| escaped(note)));
    blocks
}

fn figures(figures: &[Figure]) -> String {
    let compared = figures.iter().any(|figure| figure.reference.is_some());
    let mut columns = vec![Column::text("figure"), Column::number("value", crate::Format::default())];
    if compared {
        columns.push(Column::text("compared with"));
    }
    let mut table = Table::new("", columns);
    for figure in figures {
        table.push([figure.name.as_str().into(), figure.shown().into(), comparison(figure).into()]);
    }
    rows(&table)
}

/// "KenLM: 141.19 (better)", or nothing.
fn comparison(figure: &Figure) -> String {
    let Some(reference) = &figure.reference else { return String::new() };
    let relation = match figure.verdict() {
        Some(Verdict::Better) => " (better)",
        Some(Verdict::Equal) => " (equal)",
        Some(Verdict::Worse) => " (worse)",
        None => "",
    };
    format!("{}: {}{relation}", reference.name, figure.format.show(reference.value))
}

fn plot(plot: &Plot) -> Vec<String> {
    let mut blocks = vec![format!("**{}**", escaped(plot.title())), escaped(&plot.description())];
    let data = shortened(plot);
    if !data.rows.is_empty() {
        blocks.extend(table(&data));
    }
    if !plot.caption().is_empty() {
        blocks.push(escaped(plot.caption()));
    }
    blocks
}

/// The data of the plot: no points of a scatter plot, the greatest confusions, else rows evenly spread.
fn shortened(plot: &Plot) -> Table {
    let mut data = plot.table();
    let kept = match plot {
        Plot::Scatter(_) => Vec::new(),
        Plot::Confusion(_) => (0..data.rows.len().min(MOST_ROWS)).collect(),
        Plot::Line(_) | Plot::Bar(_) => crate::plot::spread(data.rows.len(), MOST_ROWS),
    };
    data.rows = kept.into_iter().map(|index| std::mem::take(&mut data.rows[index])).collect();
    data
}

/// The title, where there is one, and the rows.
fn table(table: &Table) -> Vec<String> {
    let title = (!table.title.is_empty()).then(|| format!("**{}**", escaped(&table.title)));
    title.into_iter().chain([rows(table)]).collect()
}

/// A table in the form of GitHub; the rows with totals are bold.
fn rows(table: &Table) -> String {
    let heads: Vec<String> = table.columns.iter().map(|column| escaped(&column.name)).collect();
    let rules = table.columns.iter().map(|column| if column.is_number() { "--:" } else { ":--" });
    let mut lines = vec![line(heads), line(rules.map(str::to_owned))];
    for row in 0..table.rows.len() {
        let summary = row >= table.first_summary_row();
        let cells = (0..table.columns.len()).map(|column| escaped(&table.shown(row, column)));
        lines.push(line(
            cells.map(|cell| if summary && !cell.is_empty() { format!("**{cell}**") } else { cell }),
        ));
    }
    lines.join("\n")
}

fn line(cells: impl IntoIterator<Item = String>) -> String {
    format!("| {} |", cells.into_iter().collect::<Vec<_>>().join(" | "))
}

/// Text in which nothing is markup: on one line, special characters behind a backslash.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in one_line(text).chars() {
        if "\\`*_[]<>|#&~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, BarPlot, Format, ScatterPlot, ScatterPoint};

    #[track_caller]
    fn check(content: Section, want: &str) {
        let report = Report::new("R").with(Section { name: "S".into(), ..content });
        assert_eq!(report.to_markdown(), format!("# R\n\n## S\n\n{want}\n"));
    }

    #[test]
    fn figures_are_a_table() {
        let figure = Figure::new("F1", 0.5, Format::number(2)).higher_is_better();
        check(Section::default().figure(figure.clone()), "| figure | value |\n| :-- | --: |\n| F1 | 0.50 |");
        check(
            Section::default().figure(figure.reference("peer", 0.75)),
            "| figure | value | compared with |\n| :-- | --: | :-- |\n| F1 | 0.50 | peer: 0.75 (worse) |",
        );
    }

    #[test]
    fn summaries_are_bold() {
        let mut table = Table::new("T", [Column::text("a"), Column::number("b", Format::count())]);
        table.push_summary(["sum".into(), crate::Cell::Blank]);
        check(Section::default().table(table), "**T**\n\n| a | b |\n| :-- | --: |\n| **sum** |  |");
    }

    #[test]
    fn bars_keep_their_values() {
        let plot = BarPlot::new("P", Axis::linear("n", Format::count())).bar("x", 3.0);
        check(
            Section::default().plot(plot),
            "**P**\n\nn. Highest: x, 3. Lowest: x, 3.\n\n|  | n |\n| :-- | --: |\n| x | 3 |",
        );
    }

    #[test]
    fn scatter_plots_are_described() {
        let point = ScatterPoint { label: "sun".into(), x: 0.0, y: 0.0, weight: 1.0 };
        let plot = ScatterPlot::new("P", [point]);
        check(Section::default().plot(plot), "**P**\n\n1 named points, the heaviest: sun.");
    }

    #[test]
    fn markup_in_text_is_text() {
        check(Section::default().note("a|b <i> *c* [d](e)\n# f"), "a\\|b \\<i\\> \\*c\\* \\[d\\](e) \\# f");
    }
}
