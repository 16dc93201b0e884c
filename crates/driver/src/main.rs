//! The `sememe` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    sememe::main()
}
