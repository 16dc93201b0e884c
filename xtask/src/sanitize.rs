//! Tests of the crate with the unsafe code under AddressSanitizer.

use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::{self, Metadata};

/// The crate with the unsafe code.
const PACKAGE: &str = "sememe-kernels";

/// The sanitizer is an unstable option, and the compiler at hand is a stable one that has to be told to take it.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("RUSTC_BOOTSTRAP", "1"),
    ("RUSTFLAGS", "-Zsanitizer=address"),
    ("RUSTDOCFLAGS", "-Zsanitizer=address"),
];

/// Runs all tests and doctests of the crate.
pub(crate) fn run() -> Result<()> {
    let mut cargo = workspace::cargo();
    // Build scripts see the environment: in the common folder, what depends on them would be compiled anew now and
    // again by the next command.
    let folder = Metadata::read()?.target_directory.join("sanitize");
    // With a target named, build scripts and procedural macros are compiled without the sanitizer.
    cargo.args(["test", "--package", PACKAGE, "--target", &host()?]);
    cargo.arg("--target-dir").arg(folder);
    cargo.envs(ENVIRONMENT.iter().copied()).env_remove("CARGO_ENCODED_RUSTFLAGS");
    workspace::succeed(&mut cargo)
        .with_context(|| format!("the tests of {PACKAGE} under AddressSanitizer failed"))
}

/// The target that programs are compiled for by default.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").current_dir(workspace::root()).output();
    let text = output.context("cannot run `rustc -vV`")?.stdout;
    let host = host_of(&String::from_utf8_lossy(&text)).map(str::to_owned);
    host.context("`rustc -vV` names no host")
}

fn host_of(version: &str) -> Option<&str> {
    version.lines().find_map(|line| line.strip_prefix("host: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_read_from_the_long_version() {
        let version = "rustc 1.95.0\nbinary: rustc\nhost: aarch64-apple-darwin\nrelease: 1.95.0\n";
        assert_eq!(host_of(version), Some("aarch64-apple-darwin"));
        assert_eq!(host_of("rustc 1.95.0\n"), None);
    }
}
