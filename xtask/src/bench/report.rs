//! What was measured, as JSON with all figures and as a table of ratios.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::embeddings::Settings;
use super::measure::Usage;

/// A suite that was run.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) suite: &'static str,
    pub(super) n_cpus: usize,
    pub(super) settings: Settings,
    pub(super) pairs: Vec<Pair>,
}

/// The same work by both programs, one after the other.
#[derive(Debug, Serialize)]
pub(super) struct Pair {
    pub(super) model: &'static str,
    pub(super) ours: Run,
    pub(super) peer: Run,
}

/// The work of one program.
#[derive(Debug, Serialize)]
pub(super) struct Run {
    pub(super) tool: &'static str,
    pub(super) version: Option<String>,
    /// Of the machine, just before.
    pub(super) load_average: f64,
    pub(super) vocabulary: usize,
    /// Running words of all epochs.
    pub(super) words: u64,
    /// From start to end of the program.
    pub(super) whole: Usage,
    /// Counting words, by its own account.
    pub(super) prepare: Usage,
    /// Training, by its own account.
    pub(super) train: Usage,
    pub(super) quality: Quality,
}

/// How good word vectors are, by one scorer for all.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Quality {
    analogies: Analogies,
    similarity: BTreeMap<String, Similarity>,
}

/// Answers to questions of the kind "a is to b as c is to ?".
#[derive(Debug, Serialize, Deserialize)]
struct Analogies {
    questions: u64,
    percent: Option<f64>,
    semantic_percent: Option<f64>,
    syntactic_percent: Option<f64>,
}

/// Agreement with people's scores of pairs of words.
#[derive(Debug, Serialize, Deserialize)]
struct Similarity {
    pairs: u64,
    spearman: Option<f64>,
}

/// How many times more of something the peer takes than we do.
#[derive(Debug, PartialEq, Serialize)]
struct Ratios {
    train_cpu: f64,
    train_wall: f64,
    whole_cpu: f64,
    whole_wall: f64,
    peak_memory: f64,
}

impl Pair {
    fn ratios(&self) -> Ratios {
        let ratio = |of: fn(&Run) -> f64| of(&self.peer) / of(&self.ours).max(1e-9);
        Ratios {
            train_cpu: ratio(|run| run.train.cpu_seconds),
            train_wall: ratio(|run| run.train.wall_seconds),
            whole_cpu: ratio(|run| run.whole.cpu_seconds),
            whole_wall: ratio(|run| run.whole.wall_seconds),
            peak_memory: ratio(|run| run.whole.peak_memory_bytes as f64),
        }
    }
}

/// One of the figures of quality.
struct Measure {
    name: String,
    /// How many questions or pairs it was taken from.
    n: u64,
    value: Option<f64>,
}

impl Quality {
    /// Percent of analogies, and rank correlations.
    fn measures(&self) -> Vec<Measure> {
        let Analogies { questions: n, percent, semantic_percent, syntactic_percent } = self.analogies;
        let analogies = [("all", percent), ("semantic", semantic_percent), ("syntactic", syntactic_percent)];
        let analogies =
            analogies.map(|(kind, value)| Measure { name: format!("analogies %, {kind}"), n, value });
        let similarity = self.similarity.iter().map(|(name, found)| Measure {
            name: format!("{name} ρ"),
            n: found.pairs,
            value: found.spearman,
        });
        analogies.into_iter().chain(similarity).collect()
    }
}

impl Report {
    /// All figures, and the ratios of each pair.
    pub(super) fn json(&self) -> Result<String> {
        let ratios: BTreeMap<&str, Ratios> =
            self.pairs.iter().map(|pair| (pair.model, pair.ratios())).collect();
        let mut report = serde_json::to_value(self)?;
        report["ratios"] = serde_json::to_value(ratios)?;
        Ok(serde_json::to_string_pretty(&report)?)
    }

    /// A table of ratios and one of quality; no bare times, which only mean something on the machine they were taken on.
    pub(super) fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n", self.suite);
        let Settings { epochs, threads, .. } = self.settings;
        let words = self.pairs.first().map_or(0, |pair| pair.ours.words / (epochs as u64).max(1));
        let cpus = self.n_cpus;
        let _ = writeln!(text, "{words} words, {epochs} epochs, {threads} threads, on {cpus} processors.\n");
        text.push_str("Times more than ours (above 1 we are better):\n\n");
        text.push_str(
            "| model | peer | cpu, training | wall, training | cpu, all | wall, all | peak memory | load |\n",
        );
        text.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        self.pairs.iter().for_each(|pair| text.push_str(&ratio_row(pair)));
        text.push_str(
            "\nQuality, by the same scorer:\n\n| model | measure | of | sememe | peer | difference |\n",
        );
        text.push_str("| --- | --- | --- | --- | --- | --- |\n");
        self.pairs.iter().for_each(|pair| text.push_str(&quality_rows(pair)));
        text
    }
}

fn ratio_row(pair: &Pair) -> String {
    let Ratios { train_cpu, train_wall, whole_cpu, whole_wall, peak_memory } = pair.ratios();
    let (model, peer, load) = (pair.model, peer(pair), [pair.ours.load_average, pair.peer.load_average]);
    format!(
        "| {model} | {peer} | {train_cpu:.2} | {train_wall:.2} | {whole_cpu:.2} | {whole_wall:.2} | {peak_memory:.2} | \
         {:.1}, {:.1} |\n",
        load[0], load[1]
    )
}

fn peer(pair: &Pair) -> String {
    format!("{} {}", pair.peer.tool, pair.peer.version.as_deref().unwrap_or("")).trim_end().to_owned()
}

fn quality_rows(pair: &Pair) -> String {
    let measures = pair.ours.quality.measures().into_iter().zip(pair.peer.quality.measures());
    measures.map(|(ours, peer)| quality_row(pair.model, &ours, &peer)).collect()
}

fn quality_row(model: &str, ours: &Measure, peer: &Measure) -> String {
    // Words of one count may come in any order, so the first 30,000 and the questions about them can differ.
    let n = if ours.n == peer.n { ours.n.to_string() } else { format!("{}, {}", ours.n, peer.n) };
    let figures = ours.value.zip(peer.value).map_or("– | – | –".into(), |(ours, peer)| {
        let difference = ours - peer;
        format!("{ours:.3} | {peer:.3} | {difference:+.3}")
    });
    format!("| {model} | {} | {n} | {figures} |\n", ours.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(tool: &'static str, cpu_seconds: f64, spearman: Option<f64>) -> Run {
        let usage = Usage { wall_seconds: cpu_seconds / 2.0, cpu_seconds, peak_memory_bytes: 1 << 20 };
        let analogies = Analogies {
            questions: 4,
            percent: Some(50.0),
            semantic_percent: None,
            syntactic_percent: Some(50.0),
        };
        let similarity = BTreeMap::from([("W".to_owned(), Similarity { pairs: 2, spearman })]);
        let (version, quality) = (Some("1.0".into()), Quality { analogies, similarity });
        let (whole, prepare, train) = (usage, usage, usage);
        Run { tool, version, load_average: 0.5, vocabulary: 9, words: 200, whole, prepare, train, quality }
    }

    fn report() -> Report {
        let pair =
            Pair { model: "cbow", ours: run("sememe", 2.0, Some(0.25)), peer: run("gensim", 8.0, Some(0.5)) };
        Report { suite: "embeddings", n_cpus: 2, settings: Settings::example(), pairs: vec![pair] }
    }

    #[test]
    fn the_table_tells_ratios_and_differences() {
        let text = report().markdown();
        for line in [
            "100 words, 2 epochs, 2 threads, on 2 processors.",
            "| cbow | gensim 1.0 | 4.00 | 4.00 | 4.00 | 4.00 | 1.00 | 0.5, 0.5 |",
            "| cbow | analogies %, all | 4 | 50.000 | 50.000 | +0.000 |",
            "| cbow | analogies %, semantic | 4 | – | – | – |",
            "| cbow | W ρ | 2 | 0.250 | 0.500 | -0.250 |",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\nis not in\n{text}");
        }
    }

    #[test]
    fn the_json_has_all_figures_and_the_ratios() {
        let json: serde_json::Value = serde_json::from_str(&report().json().unwrap()).unwrap();
        assert_eq!(json["ratios"]["cbow"]["train_cpu"], 4.0);
        assert_eq!(json["pairs"][0]["peer"]["whole"]["cpu_seconds"], 8.0);
        assert_eq!(json["settings"]["dim"], 100);
    }
}
