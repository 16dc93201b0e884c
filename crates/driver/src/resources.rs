//! What the process has used of the machine.

use std::time::Instant;

/// Time and memory of one piece of work.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Usage {
    /// Wall time, in seconds.
    pub(crate) wall_seconds: f64,
    /// Processor time of all threads, in seconds; 0 where the system does not tell.
    pub(crate) cpu_seconds: f64,
    /// The largest resident set during the work, in bytes; 0 where the system does not tell.
    pub(crate) peak_memory_bytes: u64,
}

/// Measures from its making on.
pub(crate) struct Stopwatch {
    started: Instant,
    cpu: f64,
}

impl Stopwatch {
    /// Starts now. The peak of the memory is reset where the system lets us; elsewhere it is that of the
    /// whole process.
    pub(crate) fn start() -> Self {
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        Self { started: Instant::now(), cpu: cpu_seconds() }
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage {
            wall_seconds: self.started.elapsed().as_secs_f64(),
            cpu_seconds: cpu_seconds() - self.cpu,
            peak_memory_bytes: peak_memory(),
        }
    }
}

/// User and system time of this process and all its threads.
fn cpu_seconds() -> f64 {
    /// Linux counts these in hundredths of a second on every machine that we support.
    const TICKS: f64 = 100.0;
    let read = || {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        // The name in parentheses may hold spaces; fields 14 and 15 are counted from the start of the line.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |i: usize| fields.get(i)?.parse::<f64>().ok();
        Some((ticks(11)? + ticks(12)?) / TICKS)
    };
    read().unwrap_or(0.0)
}

fn peak_memory() -> u64 {
    let read = || {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    read().unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time_and_memory() {
        let watch = Stopwatch::start();
        let sum = std::hint::black_box((0..40_000_000u64).fold(0, |a, b| a ^ std::hint::black_box(b)));
        let usage = watch.usage();
        assert!(sum < u64::MAX && usage.wall_seconds > 0.0);
        if cfg!(target_os = "linux") {
            assert!(usage.peak_memory_bytes > 1 << 20, "{usage:?}");
        }
    }
}
