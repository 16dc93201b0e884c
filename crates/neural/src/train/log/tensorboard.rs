//! Event files of TensorBoard: TFRecords of `Event` messages (TensorFlow, `core/util/event.proto`).

use super::crc32c::masked;
use super::{EvaluationRecord, StepRecord, TrainingLog};
use std::io::{self, Write};

/// Scalars as TensorBoard shows them. It finds files whose names hold `tfevents`, such as `events.out.tfevents.1.sememe`.
pub struct TensorBoard<W> {
    out: W,
    clock: Box<dyn FnMut() -> f64>,
}

impl<W: Write> TensorBoard<W> {
    /// Begins an event file. `clock` tells the seconds since 1970.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new(out: W, clock: impl FnMut() -> f64 + 'static) -> io::Result<Self> {
        let mut log = Self { out, clock: Box::new(clock) };
        let mut event = Message::default();
        event.double(1, (log.clock)());
        event.bytes(3, b"brain.Event:2");
        log.record(&event)?;
        log.out.flush()?;
        Ok(log)
    }

    fn scalars(&mut self, step: u64, scalars: &[(&str, f64)]) -> io::Result<()> {
        let mut summary = Message::default();
        for (tag, x) in scalars {
            let mut value = Message::default();
            value.bytes(1, tag.as_bytes());
            value.float(2, *x as f32);
            summary.bytes(1, &value.0);
        }
        let mut event = Message::default();
        event.double(1, (self.clock)());
        event.integer(2, step);
        event.bytes(5, &summary.0);
        self.record(&event)
    }

    /// Length, its checksum, the message, its checksum.
    fn record(&mut self, message: &Message) -> io::Result<()> {
        let length = (message.0.len() as u64).to_le_bytes();
        let mut record = Vec::with_capacity(message.0.len() + 16);
        record.extend_from_slice(&length);
        record.extend_from_slice(&masked(&length).to_le_bytes());
        record.extend_from_slice(&message.0);
        record.extend_from_slice(&masked(&message.0).to_le_bytes());
        self.out.write_all(&record)
    }
}

impl<W: Write> TrainingLog for TensorBoard<W> {
    fn step(&mut self, record: &StepRecord) -> io::Result<()> {
        let StepRecord { step, loss, rate, norm, .. } = *record;
        self.scalars(
            step,
            &[("train/loss", loss), ("train/learning_rate", rate), ("train/gradient_norm", norm)],
        )
    }

    fn evaluation(&mut self, record: &EvaluationRecord) -> io::Result<()> {
        let EvaluationRecord { step, loss, perplexity, .. } = *record;
        self.scalars(step, &[("held_out/loss", loss), ("held_out/perplexity", perplexity)])?;
        self.out.flush()
    }
}

/// A message in the wire format of Protocol Buffers: each field is its number and kind, then its value.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    const VARINT: u64 = 0;
    const EIGHT_BYTES: u64 = 1;
    const COUNTED: u64 = 2;
    const FOUR_BYTES: u64 = 5;

    fn varint(&mut self, mut x: u64) {
        while x >= 0x80 {
            self.0.push(x as u8 | 0x80);
            x >>= 7;
        }
        self.0.push(x as u8);
    }

    fn key(&mut self, field: u64, kind: u64) {
        self.varint(field << 3 | kind);
    }

    fn integer(&mut self, field: u64, x: u64) {
        self.key(field, Self::VARINT);
        self.varint(x);
    }

    fn double(&mut self, field: u64, x: f64) {
        self.key(field, Self::EIGHT_BYTES);
        self.0.extend_from_slice(&x.to_le_bytes());
    }

    fn float(&mut self, field: u64, x: f32) {
        self.key(field, Self::FOUR_BYTES);
        self.0.extend_from_slice(&x.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.key(field, Self::COUNTED);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages of an event file whose checksums hold.
    fn records(mut bytes: &[u8]) -> Vec<&[u8]> {
        let mut records = Vec::new();
        while let Some((length, rest)) = bytes.split_first_chunk::<8>() {
            let (check, rest) = rest.split_first_chunk::<4>().unwrap();
            assert_eq!(u32::from_le_bytes(*check), masked(length));
            let (record, rest) = rest.split_at(u64::from_le_bytes(*length) as usize);
            let (check, rest) = rest.split_first_chunk::<4>().unwrap();
            assert_eq!(u32::from_le_bytes(*check), masked(record));
            records.push(record);
            bytes = rest;
        }
        records
    }

    #[test]
    fn the_file_begins_as_event_files_do() {
        let mut out = Vec::new();
        TensorBoard::new(&mut out, || 1.0).unwrap();
        assert_eq!(out[..12], [24, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22]);
        assert_eq!(records(&out), [b"\x09\0\0\0\0\0\0\xf0\x3f\x1a\x0dbrain.Event:2"]);
    }

    #[test]
    fn scalars_are_events() {
        let mut out = Vec::new();
        let mut log = TensorBoard::new(&mut out, || 1.0).unwrap();
        let evaluation = EvaluationRecord { step: 300, epoch: 1, loss: 1.0, perplexity: 2.0, is_best: true };
        log.evaluation(&evaluation).unwrap();
        let records = records(&out);
        let mut want = b"\x09\0\0\0\0\0\0\xf0\x3f\x10\xac\x02\x2a\x33".to_vec();
        want.extend_from_slice(b"\x0a\x14\x0a\x0dheld_out/loss\x15\0\0\x80\x3f");
        want.extend_from_slice(b"\x0a\x1a\x0a\x13held_out/perplexity\x15\0\0\0\x40");
        want[13] = (want.len() - 14) as u8;
        assert_eq!((records.len(), records[1]), (2, want.as_slice()));
    }
}
