//! How a command ends: the exit code that its error stands for.

use crate::console::Interrupt;
use std::process::ExitCode;

/// The command was used wrongly: exit code 2, as for an unknown flag.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) anyhow::Error);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for Usage {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// An error of exit code 2.
pub(crate) fn usage(error: impl Into<anyhow::Error>) -> anyhow::Error {
    anyhow::Error::new(Usage(error.into()))
}

/// A message of exit code 2.
macro_rules! bail_usage {
    ($($message:tt)*) => {
        return Err($crate::exit::usage(anyhow::anyhow!($($message)*)))
    };
}
pub(crate) use bail_usage;

/// 0 done, 1 failed, 2 wrong use, 130 interrupted.
pub(crate) fn code(result: &anyhow::Result<()>, interrupt: &Interrupt) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if interrupt.is_set() => ExitCode::from(130),
        Err(error) if error.is::<Usage>() => ExitCode::from(2),
        Err(_) => ExitCode::FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;

    #[test]
    fn usage_errors_are_told_apart_under_context_and_keep_their_cause() {
        let error =
            usage(anyhow::anyhow!("no such key").context("job.toml:3")).context("cannot read the job");
        assert_eq!(format!("{error:#}"), "cannot read the job: job.toml:3: no such key");
        let is = |result: &anyhow::Result<()>| format!("{:?}", code(result, &Interrupt::default()));
        assert_eq!(is(&Err(error)), format!("{:?}", ExitCode::from(2)));
        assert_eq!(is(&Err(anyhow::anyhow!("x")).context("y")), format!("{:?}", ExitCode::FAILURE));
    }
}
