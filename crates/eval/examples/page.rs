//! Writes a report with every kind of content, on made-up figures: `page FILE.html`, or `page` for a terminal.
//!
//! ```sh
//! cargo run -p sememe-eval --example page -- /tmp/page.html
//! ```
#![allow(clippy::print_stdout, reason = "an example may print")]

use std::f64::consts::TAU;

use sememe_eval::{
    Axis, BarPlot, ClassificationReport, Column, ConfusionMatrix, EvalError, Figure, Format, LinePlot,
    Perplexity, Report, ScatterPlot, ScatterPoint, Section, Table,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let report = report()?;
    match std::env::args().nth(1) {
        Some(path) => std::fs::write(path, report.to_html())?,
        None => print!("{}", report.to_text()),
    }
    Ok(())
}

fn report() -> Result<Report, EvalError> {
    let topics = ["world", "sport", "business", "science", "体育", "财经", "科技", "娱乐"];
    let many: Vec<String> = (1..=50).map(|i| format!("intent-{i:02}")).collect();
    Ok(Report::new("Demo: news in two languages")
        .subtitled("12,400 sentences · seed 1 · sememe 0.1.0")
        .with(vectors())
        .with(language_model()?)
        .with(classifier("Topics", &topics.map(str::to_owned), 2400)?)
        .with(classifier("Intents", &many, 9000)?))
}

/// Numbers from 0 to 1 that look random.
fn noise(i: usize) -> f64 {
    let mut x = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

fn vectors() -> Section {
    let share = Format::percent(1);
    let mut table = Table::new(
        "Nearest neighbours",
        [Column::text("word"), Column::text("neighbours"), Column::number("similarity", Format::number(3))],
    );
    table.push(["paris".into(), "london, berlin, rome".into(), 0.873.into()]);
    table.push(["北京".into(), "上海、广州、南京".into(), 0.842.into()]);
    table.push(["river".into(), "lake, stream, water".into(), 0.791.into()]);
    Section::new("Word vectors")
        .figure(Figure::new("analogies", 0.6132, share).higher_is_better().reference("gensim", 0.6101))
        .figure(
            Figure::new("WordSim-353", 0.6871, Format::number(4))
                .higher_is_better()
                .reference("gensim", 0.6934),
        )
        .figure(Figure::new("words", 18_204.0, Format::count()))
        .figure(Figure::new("training", 74.2, Format::seconds()).lower_is_better().reference("gensim", 131.0))
        .figure(Figure::new("speed", 1_204_113.0, Format::per_second()))
        .figure(Figure::new("peak memory", 812e6, Format::bytes()))
        .plot(learning_curve())
        .plot(projection())
        .plot(
            BarPlot::new("Analogies by section", Axis::linear("accuracy", share))
                .references("gensim")
                .bar_with_reference("capitals of common countries", 0.812, 0.79)
                .bar_with_reference("family", 0.704, 0.712)
                .bar_with_reference("plural", 0.561, 0.55)
                .bar_with_reference("国家—首都", 0.633, 0.48)
                .bar_with_reference("opposite", 0.121, 0.17)
                .caption("1,204 questions whose four words are all known; 92 left out."),
        )
        .table(table)
}

fn learning_curve() -> LinePlot {
    let curve = |start: f64, end: f64, seed: usize| {
        (0..=240).map(move |i| {
            let x = i as f64 * 1e5;
            (x, end + (start - end) * (-x / 4e6).exp() + 0.03 * (noise(i + seed) - 0.5))
        })
    };
    LinePlot::new(
        "Learning curve",
        Axis::linear("words", Format::count()),
        Axis::linear("loss", Format::number(3)),
    )
    .series("skip-gram", curve(2.8, 1.62, 0).collect())
    .series("CBOW", curve(2.3, 1.18, 1000).collect())
}

fn projection() -> ScatterPlot {
    let words = [
        "the", "river", "city", "of", "water", "mountain", "paris", "london", "berlin", "is", "music",
        "song", "teacher", "school", "学生", "学校", "老师", "音乐", "北京", "上海", "河流", "山", "水",
        "城市", "a", "doctor", "hospital", "医院", "医生", "market",
    ];
    let point = |i: usize| {
        let angle = (i % 7) as f64 / 7.0 * TAU;
        let spread = |seed| (noise(i * 3 + seed) + noise(i * 7 + seed) + noise(i * 11 + seed) - 1.5) * 1.4;
        let label =
            if i < words.len() { words[i].to_owned() } else { format!("{}{i}", words[i % words.len()]) };
        let (x, y) = (3.1 * angle.cos() + spread(1), 2.0 * angle.sin() + spread(2));
        ScatterPoint { label, x, y, weight: 9000.0 / (i as f64 + 1.0) }
    };
    ScatterPlot::new("The 300 most frequent words", (0..300).map(point).collect::<Vec<_>>())
        .axes("first component (18 % of variance)", "second component (11 %)")
        .caption("Larger dots are more frequent words; hover for the names of the others.")
}

fn language_model() -> Result<Section, EvalError> {
    let mut perplexity = Perplexity::new();
    for i in 0..40_000 {
        perplexity.add(-4.2 - 3.0 * noise(i), !i.is_multiple_of(37))?;
    }
    let points = |base: f64| {
        (1..=7).map(move |order| (f64::from(order), base * (1.0 + 9.0 * (-1.3 * f64::from(order)).exp())))
    };
    let orders = LinePlot::new(
        "Perplexity by order",
        Axis::linear("order", Format::count()),
        Axis::log("perplexity", Format::number(1)),
    );
    let orders = orders.series("English", points(141.2).collect()).series("中文", points(98.3).collect());
    Ok(perplexity.section("Language model").plot(orders).note(
        "5-gram model with interpolated modified Kneser-Ney smoothing. Ends of sentences are counted, their \
         beginnings are not.",
    ))
}

fn classifier(name: &str, classes: &[String], n_items: usize) -> Result<Section, EvalError> {
    let n = classes.len();
    let mut matrix = ConfusionMatrix::new(classes.to_vec())?;
    for i in 0..n_items {
        let truth = (noise(i).powf(1.4) * n as f64) as usize % n;
        let wrong =
            if noise(i + 77) < 0.5 { (truth + n / 2) % n } else { (noise(i + 5) * n as f64) as usize % n };
        let predicted = if noise(i + 9_000_000) < 0.86 { truth } else { wrong };
        matrix.add(truth as u32, predicted as u32)?;
    }
    Ok(ClassificationReport::of(&matrix)?.section(name, &matrix))
}
