//! What was measured, as JSON with all figures and as a table of ratios.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::embeddings::Settings;
use super::measure::Usage;
use super::store::Work;

/// A suite that was run.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) suite: &'static str,
    pub(super) n_cpus: usize,
    pub(super) settings: Settings,
    pub(super) pairs: Vec<Pair>,
    pub(super) work: Vec<Work>,
}

/// The same work by both programs, one after the other, with the same seeds.
#[derive(Debug, Serialize)]
pub(super) struct Pair {
    pub(super) model: &'static str,
    pub(super) ours: Vec<Run>,
    pub(super) peer: Vec<Run>,
}

/// The work of one program with one seed.
#[derive(Debug, Clone, Serialize)]
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

impl Run {
    /// Speed and quality on a line.
    pub(super) fn summary(&self) -> String {
        let rate = self.words as f64 / self.train.cpu_seconds.max(1e-9);
        let mut line = format!("  {rate:.0} words a CPU second");
        for measure in self.quality.measures() {
            if let Some(value) = measure.value {
                let _ = write!(line, ", {} {value:.4}", measure.name);
            }
        }
        line
    }
}

/// How good word vectors are, by one scorer for all.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Quality {
    analogies: Analogies,
    similarity: BTreeMap<String, Similarity>,
}

/// Answers to questions of the kind "a is to b as c is to ?".
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Analogies {
    questions: u64,
    percent: Option<f64>,
    semantic_percent: Option<f64>,
    syntactic_percent: Option<f64>,
}

/// Agreement with people's scores of pairs of words.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Similarity {
    pairs: u64,
    spearman: Option<f64>,
}

/// How many times more of something the peer takes than we do.
#[derive(Debug, PartialEq, Serialize)]
struct Ratios {
    /// Nothing where the peer does not tell counting from training.
    count_cpu: Option<f64>,
    train_cpu: f64,
    train_wall: f64,
    whole_cpu: f64,
    whole_wall: f64,
    peak_memory: f64,
}

impl Pair {
    /// The name of the model, without that of the peer.
    fn model(&self) -> &str {
        self.model.split('|').next().unwrap_or(self.model)
    }

    fn ratios(&self) -> Ratios {
        let sum = |runs: &[Run], of: fn(&Run) -> f64| runs.iter().map(of).sum::<f64>();
        let ratio = |of: fn(&Run) -> f64| sum(&self.peer, of) / sum(&self.ours, of).max(1e-9);
        Ratios {
            count_cpu: Some(ratio(|run| run.prepare.cpu_seconds)).filter(|ratio| *ratio > 0.0),
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

/// The mean of a figure over seeds, and how far it spreads.
struct Mean {
    name: String,
    n: u64,
    value: Option<f64>,
    lowest: f64,
    highest: f64,
}

impl Mean {
    /// The means of all figures of these runs.
    fn all(runs: &[Run]) -> Vec<Self> {
        let by_run: Vec<Vec<Measure>> = runs.iter().map(|run| run.quality.measures()).collect();
        let names = by_run.first().map_or(&[][..], Vec::as_slice).iter().enumerate();
        names
            .map(|(i, Measure { name, n, .. })| {
                let values: Option<Vec<f64>> = by_run.iter().map(|measures| measures.get(i)?.value).collect();
                let values = values.unwrap_or_default();
                Self {
                    name: name.clone(),
                    n: *n,
                    value: Some(values.iter().sum::<f64>() / values.len() as f64)
                        .filter(|mean| mean.is_finite()),
                    lowest: values.iter().copied().fold(f64::INFINITY, f64::min),
                    highest: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                }
            })
            .collect()
    }

    /// The mean with what lies on both sides of it, if there is more than one value.
    fn show(&self) -> Option<String> {
        let value = self.value?;
        let spread = self.lowest < self.highest;
        Some(match spread {
            true => format!("{value:.3} ({:.3} to {:.3})", self.lowest, self.highest),
            false => format!("{value:.3}"),
        })
    }
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
        if !self.pairs.is_empty() {
            self.training(&mut text);
        }
        if !self.work.is_empty() {
            text.push_str("Times more than the whole of our program (above 1 we are better):\n\n");
            text.push_str("| work | peer | cpu | wall | peak memory | same answers | load |\n");
            text.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
            self.work.iter().for_each(|work| text.push_str(&work_row(work)));
        }
        text
    }

    fn training(&self, text: &mut String) {
        let Settings { epochs, threads, seeds, .. } = self.settings;
        let run = self.pairs.first().and_then(|pair| pair.ours.first());
        let words = run.map_or(0, |run| run.words / (epochs as u64).max(1));
        let cpus = self.n_cpus;
        let _ = writeln!(
            text,
            "{words} words, {epochs} epochs, {threads} threads, {seeds} seeds, on {cpus} processors.\n"
        );
        text.push_str("Times more than ours (above 1 we are better):\n\n");
        text.push_str(
            "| model | peer | cpu, counting | cpu, training | wall, training | cpu, all | wall, all | peak memory | \
             load |\n",
        );
        text.push_str("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        self.pairs.iter().for_each(|pair| text.push_str(&ratio_row(pair)));
        text.push_str(
            "\nQuality, by the same scorer:\n\n| model | peer | measure | of | sememe | of the peer | difference |\n",
        );
        text.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
        self.pairs.iter().for_each(|pair| text.push_str(&quality_rows(pair)));
        text.push('\n');
    }
}

fn work_row(work: &Work) -> String {
    let Work { name, peer, ours, theirs, load_average, agreement } = work;
    let ratio = |of: fn(&Usage) -> f64| of(theirs) / of(ours).max(1e-9);
    let cpu = ratio(|usage| usage.cpu_seconds.max(0.01));
    let (wall, memory) = (ratio(|usage| usage.wall_seconds), ratio(|usage| usage.peak_memory_bytes as f64));
    let agreement = agreement.map_or("–".into(), |share| format!("{:.2} %", share * 100.0));
    format!("| {name} | {peer} | {cpu:.2} | {wall:.2} | {memory:.2} | {agreement} | {load_average:.1} |\n")
}

fn ratio_row(pair: &Pair) -> String {
    let Ratios { count_cpu, train_cpu, train_wall, whole_cpu, whole_wall, peak_memory } = pair.ratios();
    let load = |runs: &[Run]| runs.iter().map(|run| run.load_average).fold(0.0, f64::max);
    let (model, peer, load) = (pair.model(), peer(pair), [load(&pair.ours), load(&pair.peer)]);
    let count_cpu = count_cpu.map_or("–".into(), |ratio| format!("{ratio:.2}"));
    format!(
        "| {model} | {peer} | {count_cpu} | {train_cpu:.2} | {train_wall:.2} | {whole_cpu:.2} | {whole_wall:.2} | \
         {peak_memory:.2} | {:.1}, {:.1} |\n",
        load[0], load[1]
    )
}

fn peer(pair: &Pair) -> String {
    let run = pair.peer.first();
    let version = run.and_then(|run| run.version.as_deref()).unwrap_or("");
    format!("{} {version}", run.map_or("", |run| run.tool)).trim_end().to_owned()
}

fn quality_rows(pair: &Pair) -> String {
    let measures = Mean::all(&pair.ours).into_iter().zip(Mean::all(&pair.peer));
    measures
        .map(|(ours, theirs)| quality_row(&format!("{} | {}", pair.model(), peer(pair)), &ours, &theirs))
        .collect()
}

fn quality_row(model: &str, ours: &Mean, peer: &Mean) -> String {
    // Words of one count may come in any order, so the first 30,000 and the questions about them can differ.
    let n = if ours.n == peer.n { ours.n.to_string() } else { format!("{}, {}", ours.n, peer.n) };
    let difference =
        ours.value.zip(peer.value).map_or("–".into(), |(ours, peer)| format!("{:+.3}", ours - peer));
    let show = |mean: &Mean| mean.show().unwrap_or_else(|| "–".into());
    format!("| {model} | {} | {n} | {} | {} | {difference} |\n", ours.name, show(ours), show(peer))
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
        let ours = vec![run("sememe", 2.0, Some(0.25)), run("sememe", 2.0, Some(0.75))];
        let peer = vec![run("gensim", 7.0, Some(0.5)), run("gensim", 9.0, Some(0.5))];
        let pair = Pair { model: "cbow", ours, peer };
        let usage =
            |wall_seconds| Usage { wall_seconds, cpu_seconds: wall_seconds, peak_memory_bytes: 1 << 20 };
        let work = Work {
            name: "search",
            peer: "numpy 2".into(),
            ours: usage(2.0),
            theirs: usage(3.0),
            load_average: 0.5,
            agreement: Some(0.75),
        };
        let (pairs, work) = (vec![pair], vec![work]);
        Report { suite: "embeddings", n_cpus: 2, settings: Settings::example(), pairs, work }
    }

    #[test]
    fn the_table_tells_ratios_and_differences() {
        let text = report().markdown();
        for line in [
            "100 words, 2 epochs, 2 threads, 2 seeds, on 2 processors.",
            "| cbow | gensim 1.0 | 4.00 | 4.00 | 4.00 | 4.00 | 4.00 | 1.00 | 0.5, 0.5 |",
            "| cbow | gensim 1.0 | analogies %, all | 4 | 50.000 | 50.000 | +0.000 |",
            "| cbow | gensim 1.0 | analogies %, semantic | 4 | – | – | – |",
            "| cbow | gensim 1.0 | W ρ | 2 | 0.500 (0.250 to 0.750) | 0.500 | +0.000 |",
            "| search | numpy 2 | 1.50 | 1.50 | 1.00 | 75.00 % | 0.5 |",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\nis not in\n{text}");
        }
    }

    #[test]
    fn the_json_has_all_figures_and_the_ratios() {
        let json: serde_json::Value = serde_json::from_str(&report().json().unwrap()).unwrap();
        assert_eq!(json["ratios"]["cbow"]["train_cpu"], 4.0);
        assert_eq!(json["pairs"][0]["peer"][1]["whole"]["cpu_seconds"], 9.0);
        assert_eq!(json["settings"]["dim"], 100);
    }
}
