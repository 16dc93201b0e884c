//! The sections of the report, one for each stage.

use super::Done;
use crate::folder::StageRecord;
use sememe_eval::{
    Axis, Cell, Column, Figure, Format, LinePlot, Plot, ScatterPlot, ScatterPoint, Section, Table,
};
use sememe_kernels::Kernels;
use sememe_vectors::{Embeddings, Neighbours, pca_2d};
use sememe_vocab::WordId;
use serde_json::Value;

/// Words that the projection shows.
const N_PROJECTED: usize = 400;

/// Words whose neighbours are listed, and how many each.
const N_LISTED: (usize, usize) = (12, 6);

/// The sections of all stages that are done, in their order.
pub(super) fn all(done: &Done) -> Vec<Section> {
    let sections = [
        done.vocab.as_ref().map(|vocab| text(vocab, done.corpus.as_ref())),
        done.vectors.as_ref().map(vectors),
        done.similarity.as_ref().map(similarity),
        done.language_model.as_ref().map(language_model),
        done.classifier.as_ref().and_then(classifier),
    ];
    sections.into_iter().flatten().collect()
}

fn text(vocab: &StageRecord, corpus: Option<&StageRecord>) -> Section {
    let count =
        |key: &str| vocab.figures.get("count").and_then(|count| count.get(key)).and_then(Value::as_f64);
    let mut section = Section::new("Text");
    for (name, value) in [
        ("documents", count("n_documents")),
        ("sentences", count("n_sentences")),
        ("running words", count("n_tokens")),
        ("different words", count("n_types")),
        ("words in the vocabulary", vocab.number("words")),
        ("held-out sentences", corpus.and_then(|corpus| corpus.number("held_out_sentences"))),
    ] {
        if let Some(value) = value {
            section = section.figure(Figure::new(name, value, Format::count()));
        }
    }
    section
}

fn vectors(record: &StageRecord) -> Section {
    let mut section = Section::new("Word vectors");
    for (name, key, format) in [
        ("words", "words", Format::count()),
        ("dimensions", "dim", Format::count()),
        ("training speed in words", "words_per_second", Format::per_second()),
        ("training speed in records", "records_per_second", Format::per_second()),
    ] {
        if let Some(value) = record.number(key) {
            section = section.figure(Figure::new(name, value, format));
        }
    }
    match record.figures.get("unit").and_then(Value::as_str) {
        Some("words") => {
            section.plot(curve("Learning curve", "words trained", "loss, nats per prediction", record))
        }
        Some("records") => section.plot(curve("Learning curve", "records trained", "weighted error", record)),
        // Vectors that are computed have no curve.
        _ => section,
    }
}

/// The plot of figure `loss` of a stage: pairs of (units done, loss).
fn curve(title: &str, x: &str, y: &str, record: &StageRecord) -> LinePlot {
    let pair = |point: &Value| Some((point.get(0)?.as_f64()?, point.get(1)?.as_f64()?));
    let points = record.figures.get("loss").and_then(Value::as_array);
    let points = points.map_or(Vec::new(), |points| points.iter().filter_map(pair).collect());
    let (x, y) = (Axis::linear(x, Format::count()), Axis::linear(y, Format::number(4)));
    LinePlot::new(title, x, y).series("training", points)
}

fn similarity(record: &StageRecord) -> Section {
    let mut section = Section::new("Vectors against people");
    let columns = [
        Column::text("set"),
        Column::number("score", Format::number(4)),
        Column::text("measure"),
        Column::text("covered"),
    ];
    let mut table = Table::new("Sets", columns);
    for set in record.figures.get("sets").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| set.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |key: &str| set.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let covered = format!("{} of {}", number("covered"), number("items"));
        table.push([text("name").into(), number("score").into(), text("measure").into(), covered.into()]);
        let figure = Figure::new(text("name"), number("score"), Format::number(4)).higher_is_better();
        section = section.figure(figure);
    }
    section.table(table)
}

fn language_model(record: &StageRecord) -> Section {
    let mut section = Section::new("Language model");
    for (name, key) in [("perplexity", "perplexity"), ("perplexity of known words", "perplexity_known")] {
        if let Some(value) = record.number(key) {
            section = section.figure(Figure::new(name, value, Format::number(2)).lower_is_better());
        }
    }
    for (name, key) in [("held-out tokens", "held_out_tokens"), ("unknown words", "held_out_unknown")] {
        if let Some(value) = record.number(key) {
            section = section.figure(Figure::new(name, value, Format::count()));
        }
    }
    let counts = record.figures.get("ngrams").and_then(Value::as_array).into_iter().flatten();
    let mut table =
        Table::new("n-grams", [Column::text("order"), Column::number("n-grams", Format::count())]);
    for (order, count) in counts.enumerate() {
        table.push([(order + 1).to_string().into(), count.as_f64().unwrap_or(f64::NAN).into()]);
    }
    let samples = record.figures.get("samples").and_then(Value::as_array).into_iter().flatten();
    let samples: Vec<&str> = samples.filter_map(Value::as_str).collect();
    let section = section.table(table);
    if samples.is_empty() { section } else { section.note(format!("Sampled: {}", samples.join(" / "))) }
}

/// The classifier stage keeps its section whole: it needs the predictions.
fn classifier(record: &StageRecord) -> Option<Section> {
    let mut section: Section = serde_json::from_value(record.figures.get("section")?.clone()).ok()?;
    if record.figures.contains_key("loss") {
        section.plots.push(Plot::from(curve("Fit", "iterations", "objective", record)));
    }
    Some(section)
}

/// Projection and neighbours of the most frequent words.
pub(super) fn neighbourhood(vectors: &Embeddings) -> anyhow::Result<Section> {
    let n = vectors.len().min(N_PROJECTED);
    let plane = pca_2d(&vectors.to_matrix(n));
    let point = |i: usize| ScatterPoint {
        label: vectors.vocab().word(WordId(i as u32)).to_owned(),
        x: f64::from(plane.row(i)[0]),
        y: f64::from(plane.row(i)[1]),
        weight: vectors.vocab().count(WordId(i as u32)) as f64,
    };
    let plot = ScatterPlot::new("The most frequent words", (0..n).map(point).collect::<Vec<_>>())
        .axes("first principal component", "second principal component");
    Ok(Section::new("Vector space").plot(plot).table(neighbours(vectors)?))
}

fn neighbours(vectors: &Embeddings) -> anyhow::Result<Table> {
    let space = Neighbours::new(vectors, Kernels::detect());
    let mut table =
        Table::new("Neighbours", [Column::text("word"), Column::text("nearest words, by cosine")]);
    // The very first words are function words, whose neighbours say little.
    let (step, n) = ((vectors.len() / 20).clamp(1, 40), N_LISTED.0);
    for i in (0..vectors.len()).skip(step).step_by(step).take(n) {
        let word = vectors.vocab().word(WordId(i as u32));
        let near = space.nearest(word, N_LISTED.1)?;
        let list: Vec<String> = near.iter().map(|near| format!("{} {:.2}", near.word, near.score)).collect();
        table.push([word.into(), list.join(", ").into()]);
    }
    Ok(table)
}

/// Time and memory of each stage.
pub(super) fn resources(records: &[&StageRecord]) -> Section {
    let columns = [
        Column::text("stage"),
        Column::number("time", Format::seconds()),
        Column::number("processor time", Format::seconds()),
        Column::number("peak memory", Format::bytes()),
    ];
    let mut table = Table::new("Stages", columns);
    for record in records {
        let usage = record.usage;
        let peak = usage.peak_memory_bytes as f64;
        table.push([
            record.name.as_str().into(),
            usage.wall_seconds.into(),
            usage.cpu_seconds.into(),
            peak.into(),
        ]);
    }
    let sum = |of: fn(&StageRecord) -> f64| records.iter().map(|record| of(record)).sum::<f64>();
    let peak = records.iter().map(|record| record.usage.peak_memory_bytes).max().unwrap_or(0);
    let (wall, cpu) = (sum(|r| r.usage.wall_seconds), sum(|r| r.usage.cpu_seconds));
    table.push_summary([Cell::from("all"), wall.into(), cpu.into(), (peak as f64).into()]);
    Section::new("Time and memory")
        .figure(Figure::new("time", wall, Format::seconds()).lower_is_better())
        .figure(Figure::new("peak memory", peak as f64, Format::bytes()).lower_is_better())
        .table(table)
}
