//! The real command line, built here so that the tests of this package can run it as a process.

use std::process::ExitCode;

fn main() -> ExitCode {
    sememe::main()
}
