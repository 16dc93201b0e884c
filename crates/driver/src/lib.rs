//! The command line of sememe.

use std::process::ExitCode;

/// Runs the command line with the arguments of this process.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
