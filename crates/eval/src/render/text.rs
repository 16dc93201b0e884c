//! Reports for terminals.

use super::width::{clip, columns, one_line, pad_left, pad_right};
use crate::{BarPlot, Figure, LinePlot, Plot, Report, Section, Table, Verdict};

/// The width of lines of prose, and of the longest plots.
const LINE: usize = 80;

/// The most confusions that are listed.
const MOST_ROWS: usize = 12;

/// The widest cell of a table.
const CELL: usize = 40;

/// The report for a terminal, ending in a line feed.
pub(crate) fn text(report: &Report) -> String {
    let title = one_line(&report.title);
    let mut blocks = vec![format!("{title}\n{}\n", "═".repeat(columns(&title)))];
    if !report.subtitle.is_empty() {
        blocks[0] += &wrapped(&report.subtitle);
    }
    blocks.extend(report.sections.iter().flat_map(section));
    blocks.join("\n")
}

/// The blocks of a section; each ends in a line feed.
fn section(section: &Section) -> Vec<String> {
    let name = one_line(&section.name);
    let mut blocks = vec![format!("{name}\n{}\n", "─".repeat(columns(&name)))];
    if !section.figures.is_empty() {
        blocks.push(figures(&section.figures));
    }
    blocks.extend(section.plots.iter().map(plot));
    blocks.extend(section.tables.iter().map(table));
    blocks.extend(section.notes.iter().map(|note| wrapped(note)));
    blocks
}

/// One line for each figure: name, value, and how it compares.
fn figures(figures: &[Figure]) -> String {
    let names: Vec<String> = figures.iter().map(|figure| one_line(&figure.name)).collect();
    let values: Vec<String> = figures.iter().map(Figure::shown).collect();
    let [name_width, value_width] = [&names, &values].map(|column| widest(column));
    let lines = figures.iter().zip(names.iter().zip(&values)).map(|(figure, (name, value))| {
        let line = format!("{}  {}", pad_right(name, name_width), pad_left(value, value_width));
        format!("{line}{}", comparison(figure)).trim_end().to_owned() + "\n"
    });
    lines.collect()
}

/// "   (better than KenLM's 141.19)", or nothing.
fn comparison(figure: &Figure) -> String {
    let Some(reference) = &figure.reference else { return String::new() };
    let relation = match figure.verdict() {
        Some(Verdict::Better) => "better than ",
        Some(Verdict::Equal) => "as ",
        Some(Verdict::Worse) => "worse than ",
        None => "",
    };
    format!("   ({relation}{}: {})", one_line(&reference.name), figure.format.show(reference.value))
}

/// Columns two blanks apart, numbers to the right, totals under a rule.
fn table(table: &Table) -> String {
    let cells = cells(table);
    let heads: Vec<String> = table.columns.iter().map(|column| clip(&one_line(&column.name), CELL)).collect();
    let widths: Vec<usize> = (0..heads.len())
        .map(|i| cells.iter().map(|row| columns(&row[i])).max().unwrap_or(0).max(columns(&heads[i])))
        .collect();
    let line = |row: &[String]| {
        let padded = row.iter().zip(&widths).zip(&table.columns).map(|((cell, &width), column)| {
            if column.is_number() { pad_left(cell, width) } else { pad_right(cell, width) }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let rule = widths.iter().map(|&width| "─".repeat(width)).collect::<Vec<_>>().join("──") + "\n";
    let mut out = heading(&table.title) + &line(&heads) + &rule;
    for (i, row) in cells.iter().enumerate() {
        if i == table.first_summary_row() && i > 0 {
            out += &rule;
        }
        out += &line(row);
    }
    out
}

fn cells(table: &Table) -> Vec<Vec<String>> {
    let shown = |row, column| clip(&one_line(&table.shown(row, column)), CELL);
    (0..table.rows.len())
        .map(|row| (0..table.columns.len()).map(|column| shown(row, column)).collect())
        .collect()
}

fn heading(title: &str) -> String {
    if title.is_empty() { String::new() } else { one_line(title) + "\n" }
}

fn plot(plot: &Plot) -> String {
    let body = match plot {
        Plot::Line(plot) => sparklines(plot),
        Plot::Bar(plot) => bars(plot),
        Plot::Confusion(_) => {
            let mut data = plot.table();
            data.rows.truncate(MOST_ROWS);
            table(&data)
        }
        Plot::Scatter(_) => wrapped(&plot.description()),
    };
    heading(plot.title()) + &body + &wrapped(plot.caption())
}

/// One line for each series: its course in eight heights, from the first to the last value.
fn sparklines(plot: &LinePlot) -> String {
    let width = plot.series.iter().map(|series| columns(&one_line(&series.name))).max().unwrap_or(0);
    let lines = plot.series.iter().map(|series| {
        let shown = |&(x, y): &(f64, f64)| (plot.x.shows(x) && plot.y.shows(y)).then_some(y);
        let values: Vec<f64> = series.points.iter().filter_map(shown).collect();
        let [first, last] = [values.first(), values.last()]
            .map(|value| plot.y.format.show(value.copied().unwrap_or(f64::NAN)));
        format!(
            "{}  {first} {} {last}\n",
            pad_right(&one_line(&series.name), width),
            sparkline(&values, plot.y.log)
        )
    });
    lines.collect()
}

/// The course of the values in at most 40 blocks.
fn sparkline(values: &[f64], log: bool) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let values: Vec<f64> = values.iter().map(|&value| if log { value.ln() } else { value }).collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let height = |value: f64| match high - low {
        span if span > 0.0 => ((value - low) / span * 7.0).round() as usize,
        _ => 0,
    };
    let kept = crate::plot::spread(values.len(), 40);
    kept.into_iter().map(|index| BLOCKS[height(values[index]).min(7)]).collect()
}

/// One line for each bar: name, bar, value.
fn bars(plot: &BarPlot) -> String {
    let names: Vec<String> = plot.bars.iter().map(|bar| clip(&one_line(&bar.label), CELL)).collect();
    let width = widest(&names);
    let lengths = plot.bars.iter().map(|bar| bar.value.abs()).filter(|value| value.is_finite());
    let largest = lengths.fold(0.0, f64::max);
    let lines = plot.bars.iter().zip(&names).map(|(bar, name)| {
        let value = plot.axis.format.show(bar.value);
        let reference = bar.reference.map_or(String::new(), |reference| {
            format!("   ({}: {})", one_line(plot.reference_name()), plot.axis.format.show(reference))
        });
        format!("{}  {} {value}{reference}\n", pad_right(name, width), blocks(bar.value / largest))
    });
    lines.collect()
}

/// A bar of up to 32 columns for a share of 1, in eighths of a column.
fn blocks(share: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let n = if share.is_finite() { (share.clamp(0.0, 1.0) * 256.0).round() as usize } else { 0 };
    "█".repeat(n / 8) + EIGHTHS[n % 8]
}

fn widest(column: &[String]) -> usize {
    column.iter().map(|text| columns(text)).max().unwrap_or(0)
}

/// Prose broken at blanks; nothing for nothing. A word that is longer than a line keeps a line of its own.
fn wrapped(text: &str) -> String {
    let (mut out, mut used) = (String::new(), 0);
    for word in one_line(text).split_whitespace() {
        let width = columns(word);
        if used > 0 {
            let fits = used + 1 + width <= LINE;
            out.push(if fits { ' ' } else { '\n' });
            used = if fits { used + 1 } else { 0 };
        }
        out += word;
        used += width;
    }
    if out.is_empty() { out } else { out + "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, Column, Format};

    #[track_caller]
    fn check(content: Section, want: &str) {
        let report = Report::new("R").with(Section { name: "S".into(), ..content });
        assert_eq!(report.to_text(), format!("R\n═\n\nS\n─\n\n{want}"));
    }

    #[test]
    fn figures_are_aligned_and_compared() {
        let section = Section::default()
            .figure(
                Figure::new("准确率", 0.91, Format::percent(1)).higher_is_better().reference("before", 0.9),
            )
            .figure(Figure::new("words", 12_000.0, Format::count()));
        check(section, "准确率  91.0 %   (better than before: 90.0 %)\nwords   12,000\n");
    }

    #[test]
    fn tables_are_aligned_by_the_width_of_characters() {
        let mut table = Table::new("", [Column::text("词"), Column::number("n", Format::count())]);
        table.push(["北京".into(), 5.0.into()]);
        table.push(["a".into(), f64::NAN.into()]);
        table.push_summary(["sum".into(), 5.0.into()]);
        check(
            Section::default().table(table),
            "词      n\n─────────\n北京    5\na     n/a\n─────────\nsum     5\n",
        );
    }

    #[test]
    fn ragged_rows_are_filled_and_cut() {
        let mut table = Table::new("", [Column::text("a"), Column::text("b")]);
        table.push(["1".into()]);
        table.push(["1".into(), "2".into(), "3".into()]);
        check(Section::default().table(table), "a  b\n────\n1\n1  2\n");
    }

    #[test]
    fn bars_end_in_eighths() {
        let plot = BarPlot::new("", Axis::linear("n", Format::count())).bar("a", 32.0).bar("b", 1.5);
        check(Section::default().plot(plot), &format!("a  {} 32\nb  █▌ 2\n", "█".repeat(32)));
    }

    #[test]
    fn lines_become_sparklines() {
        let axis = |label| Axis::linear(label, Format::number(0));
        let plot = LinePlot::new("", axis("x"), axis("y"));
        let points = vec![(0.0, 0.0), (1.0, f64::NAN), (2.0, 7.0), (3.0, 3.0)];
        check(Section::default().plot(plot.series("s", points)), "s  0 ▁█▄ 3\n");
    }

    #[test]
    fn prose_is_wrapped_and_cannot_steer_the_terminal() {
        let note = format!("{} \u{1b}[2J end", "word ".repeat(16).trim());
        check(Section::default().note(note), &format!("{}\n[2J end\n", "word ".repeat(16).trim()));
    }
}
