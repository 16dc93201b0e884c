//! Data sets, benchmarks and checks of this workspace.

fn main() {}
