//! A line of JSON for each step and evaluation.

use super::{EvaluationRecord, StepRecord, TrainingLog};
use serde::Serialize;
use std::io::{self, Write};

/// Lines such as `{"kind":"step","step":1,…}` and `{"kind":"evaluation","step":1,…}`; each is flushed.
#[derive(Debug)]
pub struct JsonLines<W> {
    out: W,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line<'a> {
    Step(&'a StepRecord),
    Evaluation(&'a EvaluationRecord),
}

impl<W: Write> JsonLines<W> {
    /// Lines go to `out`; a file is opened to append where a run is resumed.
    pub fn new(out: W) -> Self {
        Self { out }
    }

    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let mut json = serde_json::to_vec(line)?;
        json.push(b'\n');
        // In one piece, so that a run that is killed leaves whole lines.
        self.out.write_all(&json)?;
        self.out.flush()
    }
}

impl<W: Write> TrainingLog for JsonLines<W> {
    fn step(&mut self, record: &StepRecord) -> io::Result<()> {
        self.line(&Line::Step(record))
    }

    fn evaluation(&mut self, record: &EvaluationRecord) -> io::Result<()> {
        self.line(&Line::Evaluation(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_is_a_line() {
        let mut out = Vec::new();
        let mut log = JsonLines::new(&mut out);
        let step = StepRecord { step: 1, epoch: 0, n_targets: 7, loss: 2.5, rate: 0.5, norm: 3.0 };
        log.step(&step).unwrap();
        let evaluation = EvaluationRecord { step: 1, epoch: 1, loss: 0.0, perplexity: 1.0, is_best: true };
        log.evaluation(&evaluation).unwrap();
        let want = "{\"kind\":\"step\",\"step\":1,\"epoch\":0,\"n_targets\":7,\"loss\":2.5,\"rate\":0.5,\"norm\":3.0}\n\
            {\"kind\":\"evaluation\",\"step\":1,\"epoch\":1,\"loss\":0.0,\"perplexity\":1.0,\"is_best\":true}\n";
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }
}
