//! Reports survive storage, and no content breaks a page.

use proptest::prelude::*;
use sememe_eval::{
    Axis, BarPlot, Cell, ClassificationReport, Column, ConfusionMatrix, ConfusionPlot, EvalError, Figure,
    Format, LinePlot, Metric, Outcome, Perplexity, Report, ScatterPlot, ScatterPoint, Section, Spearman,
    Table, Unit,
};

/// Text as it may come from a user's data: markup, quotes, controls, Chinese.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ]{0,12}",
        any::<String>(),
        Just("<script>alert('1')</script>\" onload=\"x&amp;".to_owned()),
        Just("中文\u{0}\u{1b}[31m\u{202e}|*_\n]]>--><!--".to_owned()),
    ]
}

/// Any float, often a troublesome one.
fn float() -> impl Strategy<Value = f64> {
    let odd =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, f64::MAX, f64::MIN_POSITIVE, 1e-320, 1.0];
    prop_oneof![any::<f64>(), -10.0..10.0, prop::sample::select(odd.to_vec())]
}

fn format() -> impl Strategy<Value = Format> {
    let units = [Unit::Number, Unit::Percent, Unit::Count, Unit::Seconds, Unit::Bytes, Unit::PerSecond];
    (prop::sample::select(units.to_vec()), any::<u8>()).prop_map(|(unit, decimals)| Format { unit, decimals })
}

fn axis() -> impl Strategy<Value = Axis> {
    (text(), format(), any::<bool>()).prop_map(|(label, format, log)| Axis { label, format, log })
}

fn figure() -> impl Strategy<Value = Figure> {
    (text(), float(), format(), prop::option::of((text(), float())), 0..3).prop_map(
        |(name, value, format, reference, better)| {
            let figure = Figure::new(name, value, format);
            let figure = match better {
                0 => figure.higher_is_better(),
                1 => figure.lower_is_better(),
                _ => figure,
            };
            reference.into_iter().fold(figure, |figure, (name, value)| figure.reference(name, value))
        },
    )
}

fn table() -> impl Strategy<Value = Table> {
    let cell = prop_oneof![Just(Cell::Blank), float().prop_map(Cell::Number), text().prop_map(Cell::Text)];
    let column = (text(), prop::option::of(format())).prop_map(|(name, format)| Column { name, format });
    let rows = prop::collection::vec(prop::collection::vec(cell, 0..4), 0..5);
    (text(), prop::collection::vec(column, 0..4), rows, 0..9usize)
        .prop_map(|(title, columns, rows, n_summary_rows)| Table { title, columns, rows, n_summary_rows })
}

fn line_plot() -> impl Strategy<Value = LinePlot> {
    let series = (text(), prop::collection::vec((float(), float()), 0..40));
    (text(), axis(), axis(), prop::collection::vec(series, 0..4)).prop_map(|(title, x, y, series)| {
        let plot = LinePlot::new(title, x, y);
        series.into_iter().fold(plot, |plot, (name, points)| plot.series(name, points))
    })
}

fn bar_plot() -> impl Strategy<Value = BarPlot> {
    let bars = prop::collection::vec((text(), float(), float()), 0..6);
    (text(), axis(), bars).prop_map(|(title, axis, bars)| {
        let add = |plot: BarPlot, (label, value, reference)| plot.bar_with_reference(label, value, reference);
        bars.into_iter().fold(BarPlot::new(title, axis), add)
    })
}

fn scatter_plot() -> impl Strategy<Value = ScatterPlot> {
    let point = (text(), float(), float(), float());
    let point = point.prop_map(|(label, x, y, weight)| ScatterPoint { label, x, y, weight });
    (text(), text(), prop::collection::vec(point, 0..40))
        .prop_map(|(title, axis, points)| ScatterPlot::new(title, points).axes(axis.clone(), axis))
}

fn confusion_plot() -> impl Strategy<Value = ConfusionPlot> {
    let items = prop::collection::vec((0..70u32, 0..70u32, 0.0..9.0), 0..60);
    (text(), 1..70u32, items).prop_map(|(name, n, items)| {
        let names = (0..n).map(|i| format!("{name}{i}")).collect();
        let mut matrix = ConfusionMatrix::new(names).expect("the numbers make the names different");
        for (truth, predicted, weight) in items {
            let item = Outcome { truth: truth % n, predicted: predicted % n, weight };
            matrix.update(item).expect("ids are below n");
        }
        ConfusionPlot::new(name, &matrix).captioned("caption")
    })
}

fn report() -> impl Strategy<Value = Report> {
    let parts = (figure(), table(), line_plot(), bar_plot(), scatter_plot(), confusion_plot(), text());
    let section = parts.prop_map(|(figure, table, line, bar, scatter, confusion, note)| {
        let section = Section::new(note.clone()).figure(figure).table(table).note(note);
        section.plot(line).plot(bar).plot(scatter).plot(confusion)
    });
    (text(), text(), prop::collection::vec(section, 0..3)).prop_map(|(title, subtitle, sections)| {
        sections.into_iter().fold(Report::new(title).subtitled(subtitle), Report::with)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_report_survives_json(report in report()) {
        let json = report.to_json();
        let read = Report::from_json(&json).expect("own JSON is readable");
        prop_assert_eq!(read.to_json(), json);
    }

    #[test]
    fn any_report_has_a_well_formed_page_and_text(report in report()) {
        check_page(&report.to_html());
        let controls = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
        prop_assert!(!controls(&report.to_text()) && !controls(&report.to_markdown()));
    }
}

/// The page holds only known elements, properly nested, and nothing that loads or runs anything.
#[track_caller]
fn check_page(page: &str) {
    const VOID: [&str; 1] = ["meta"];
    let known: Vec<&str> =
        "html head meta title style body header h1 p nav a main section h2 h3 dl div dt dd small b \
        figure figcaption svg desc g rect line path circle text details summary table thead tbody tr th td"
            .split_whitespace()
            .collect();
    let (_, style_end) = page.split_once("<style>").expect("a style sheet");
    let (style, body) = style_end.split_once("</style>").expect("its end");
    assert!(!style.contains("url(") && !style.contains("@import"));
    let mut open = vec!["html", "head"];
    for tag in body.split('<').skip(1) {
        let (tag, text) = tag.split_once('>').expect("each tag ends");
        assert!(!text.contains('>'), "unescaped: {text}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closed out of order");
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        assert!(known.contains(&name), "unknown element {name}");
        check_attributes(tag, name);
        if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
}

fn check_attributes(tag: &str, name: &str) {
    let quoted = tag.split('"').collect::<Vec<_>>();
    assert!(quoted.len() % 2 == 1, "quotes of {tag}");
    let names = quoted.iter().step_by(2).flat_map(|part| part.trim_start_matches(name).split_whitespace());
    for attribute in
        names.map(|attribute| attribute.trim_end_matches(['=', '/'])).filter(|name| !name.is_empty())
    {
        assert!(!attribute.starts_with("on") && attribute != "src" && attribute != "style", "{attribute}");
    }
}

#[test]
fn an_empty_report_is_a_page() {
    check_page(&Report::new("").to_html());
}

#[test]
fn markup_in_names_is_shown_as_text() {
    let page = Report::new("<script>x</script>").to_html();
    assert!(page.contains("<h1>&lt;script&gt;x&lt;/script&gt;</h1>") && !page.contains("<script"));
}

#[test]
fn a_report_of_a_later_version_is_refused() {
    let later = Report::new("r").to_json().replace("\"version\": 1", "\"version\": 2");
    assert!(matches!(Report::from_json(&later), Err(EvalError::Version { want: 1, found: 2 })));
}

#[track_caller]
fn refused(json: &str, message: &str) {
    let error = Report::from_json(json).expect_err("this is no report");
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert!(source.contains(message), "{source}");
}

#[test]
fn what_is_no_report_is_refused_with_the_place() {
    refused("", "EOF while parsing");
    refused("{}", "missing field `version`");
    refused(
        r#"{"version": 1, "title": "t", "sections": [{"figures": [{"name": "f", "value": "x"}]}]}"#,
        "`inf`",
    );
}

#[test]
fn plots_of_classes_that_do_not_exist_are_refused() {
    let plot = |cell: &str| {
        let plot = format!(r#"{{"kind": "confusion", "title": "", "names": ["a"], "cells": [{cell}]}}"#);
        format!(r#"{{"version": 1, "title": "", "sections": [{{"plots": [{plot}]}}]}}"#)
    };
    assert!(Report::from_json(&plot("[0, 0, 2.0]")).is_ok());
    refused(&plot("[0, 1, 2.0]"), "cell of class 1");
    refused(&plot("[0, 0, -2.0]"), "weight of 0 or more");
}

#[test]
fn metrics_of_nothing_are_undefined_not_absent() {
    let nothing = [
        (Perplexity::new().finish(), "perplexity"),
        (Spearman::default().finish(), "correlation"),
        (ConfusionMatrix::new(vec!["a".into()]).expect("one name").finish(), "accuracy"),
    ];
    for (report, name) in nothing {
        assert!(report.figure(name).is_some_and(|figure| figure.value.is_nan()), "{name}");
        assert!(report.to_text().contains("n/a"));
        check_page(&report.to_html());
    }
}

#[test]
fn a_section_takes_the_references_of_its_figures() {
    let matrix = ConfusionMatrix::from_labels(&["a", "b"], &["a", "b"]).expect("equally long");
    let report = ClassificationReport::of(&matrix).expect("two items");
    let section = report.section("Test", &matrix).reference("accuracy", "scikit-learn", 0.897);
    let text = Report::new("R").with(section).to_text();
    assert!(text.contains("accuracy     100.00 %   (better than scikit-learn: 89.70 %)"), "{text}");
}
