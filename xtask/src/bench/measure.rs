//! What another program uses of the machine.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// How often the memory of a program is looked at.
const TICK: Duration = Duration::from_millis(20);

/// Time and memory.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Usage {
    /// Wall time, in seconds.
    pub(super) wall_seconds: f64,
    /// Processor time of all threads, in seconds.
    pub(super) cpu_seconds: f64,
    /// The largest resident set, in bytes.
    pub(super) peak_memory_bytes: u64,
}

/// Runs `command` to its end; its standard output, and what it used from start to end.
///
/// Processor time is the growth of that of all ended children of this process, so one program runs at a time. Memory is
/// looked at every 20 ms: what a program takes in its last moments may be missed. Needs Linux's `/proc`.
pub(super) fn run(command: &mut Command) -> Result<(String, Usage)> {
    run_with(command, Stdio::null())
}

/// As [`run`], with something on standard input.
pub(super) fn run_with(command: &mut Command, stdin: Stdio) -> Result<(String, Usage)> {
    let cpu_before = children_cpu_seconds()?;
    let start = Instant::now();
    let spawned = command.stdin(stdin).stdout(Stdio::piped()).spawn();
    let mut child = spawned.with_context(|| format!("cannot run {command:?}"))?;
    let mut stdout = child.stdout.take().context("no standard output")?;
    let (output, peak_memory_bytes) = std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).map(|_| text)
        });
        let peak = watch(&mut child);
        (reader.join(), peak)
    });
    let wall_seconds = start.elapsed().as_secs_f64();
    let status = child.wait()?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    let output = output.ok().context("the reader of standard output panicked")??;
    let cpu_seconds = children_cpu_seconds()? - cpu_before;
    Ok((output, Usage { wall_seconds, cpu_seconds, peak_memory_bytes: peak_memory_bytes? }))
}

/// Waits for the end of `child`; its peak memory.
fn watch(child: &mut Child) -> Result<u64> {
    let mut peak = 0;
    while child.try_wait()?.is_none() {
        peak = peak.max(peak_memory_bytes(child.id()).unwrap_or(0));
        std::thread::sleep(TICK);
    }
    Ok(peak)
}

/// The largest resident set so far; nothing once the process has ended.
fn peak_memory_bytes(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// User and system time of all ended children.
fn children_cpu_seconds() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("benchmarks need Linux's /proc")?;
    children_ticks(&stat).map(|ticks| ticks / 100.0).context("cannot understand /proc/self/stat")
}

/// The fields 16 and 17, in hundredths of a second (proc(5)). The second, a name in parentheses, may hold spaces.
fn children_ticks(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(13);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some(ticks()? + ticks()?)
}

/// How many processes wanted to run in the last minute, on average.
pub(super) fn load_average() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").context("benchmarks need Linux's /proc")?;
    text.split(' ').next().and_then(|load| load.parse().ok()).context("cannot understand /proc/loadavg")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_measured() {
        let work = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo done";
        let (output, usage) = run(Command::new("sh").args(["-c", work])).unwrap();
        assert_eq!(output, "done\n");
        assert!(
            usage.cpu_seconds > 0.0 && usage.wall_seconds > 0.0 && usage.peak_memory_bytes > 0,
            "{usage:?}"
        );
    }

    #[test]
    fn a_program_that_fails_is_an_error() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err().to_string();
        assert!(error.contains("exit status: 3"), "{error}");
    }

    #[test]
    fn times_of_children_are_found_behind_any_name() {
        let stat = "1 (a) b) S 0 0 0 0 0 0 0 0 0 0 11 12 13 14 0 0 0";
        assert_eq!(children_ticks(stat), Some(27.0));
        assert_eq!(children_ticks("1 (a) S 0"), None);
    }
}
