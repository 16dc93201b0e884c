//! The architecture as a table: who may use whom.

use std::collections::BTreeSet;

use super::Finding;
use crate::workspace::{self, Metadata, Package};

/// Every package with the packages of this workspace that it may use, lower levels first.
///
/// A new arrow in a Cargo.toml needs its entry here, and in `crates/README.md`, in the same commit.
pub(crate) const LAYERS: &[(&str, &[&str])] = &[
    ("sememe-kernels", &[]),
    ("sememe-text", &[]),
    ("sememe-eval", &[]),
    ("sememe-vocab", &["sememe-kernels", "sememe-text"]),
    ("sememe-vectors", &["sememe-kernels", "sememe-text", "sememe-vocab"]),
    ("sememe-lm", &["sememe-kernels", "sememe-vocab"]),
    ("sememe-embed", &["sememe-kernels", "sememe-text", "sememe-vocab", "sememe-vectors"]),
    ("sememe-neural", &["sememe-kernels", "sememe-text", "sememe-vocab", "sememe-vectors", "sememe-lm"]),
    ("sememe-heads", &["sememe-kernels", "sememe-text", "sememe-vocab", "sememe-vectors", "sememe-eval"]),
    ("sememe", LIBRARIES),
    ("sememe-tests", &["sememe"]),
    ("sememe-benches", LIBRARIES),
    ("xtask", &[]),
];

/// All that the driver puts together.
const LIBRARIES: &[&str] = &[
    "sememe-kernels",
    "sememe-text",
    "sememe-eval",
    "sememe-vocab",
    "sememe-vectors",
    "sememe-lm",
    "sememe-embed",
    "sememe-neural",
    "sememe-heads",
];

/// Dependencies from outside that only some packages may have; a name that ends in `*` stands for all that begin so.
const RESERVED: &[(&str, &[&str])] = &[
    ("anyhow", &["sememe", "xtask"]),
    ("candle*", &["sememe-neural"]),
    ("memmap2", &["sememe-kernels", "sememe-vectors", "sememe-lm", "sememe-vocab"]),
    ("reqwest", &[]),
    ("ureq", &["xtask"]),
];

/// Arrows between packages of the workspace that the table does not have.
///
/// A dependency of tests may be any package below, that is one the table reaches in one or more steps.
pub(crate) fn arrows(metadata: &Metadata) -> Vec<Finding> {
    let members: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    metadata.packages.iter().flat_map(|package| package_arrows(package, &members)).collect()
}

fn package_arrows(package: &Package, members: &BTreeSet<&str>) -> Vec<Finding> {
    let Some(row) = row(&package.name) else {
        return vec![finding(package, "has no row in the table of layers".into())];
    };
    let below = reachable(row);
    let inner = package.dependencies.iter().filter(|dependency| members.contains(dependency.name.as_str()));
    inner
        .filter(|dependency| match dependency.kind.as_deref() {
            Some("dev") => !below.contains(dependency.name.as_str()),
            _ => !row.contains(&dependency.name.as_str()),
        })
        .map(|dependency| finding(package, format!("may not use `{}`", dependency.name)))
        .collect()
}

/// Rows of the table whose package is gone.
pub(crate) fn stale_rows(metadata: &Metadata) -> Vec<Finding> {
    let gone = |name: &str| !metadata.packages.iter().any(|package| package.name == name);
    let rows = LAYERS.iter().filter(|(name, _)| gone(name));
    rows.map(|(name, _)| Finding::new("Cargo.toml", format!("no package for the row `{name}` of layers")))
        .collect()
}

/// Packages that use what is reserved for others.
pub(crate) fn reserved(metadata: &Metadata) -> Vec<Finding> {
    metadata.packages.iter().flat_map(reserved_in).collect()
}

fn reserved_in(package: &Package) -> Vec<Finding> {
    let forbidden = |name: &str| {
        RESERVED
            .iter()
            .any(|(pattern, users)| matches(pattern, name) && !users.contains(&package.name.as_str()))
    };
    let names = package.dependencies.iter().map(|dependency| dependency.name.as_str());
    names
        .filter(|name| forbidden(name))
        .map(|name| finding(package, format!("may not use `{name}`")))
        .collect()
}

/// Packages without a description or a licence.
pub(crate) fn described(metadata: &Metadata) -> Vec<Finding> {
    let missing = |package: &Package| {
        let empty = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().is_empty();
        let description = empty(&package.description).then(|| finding(package, "has no description".into()));
        let license = empty(&package.license).then(|| finding(package, "has no licence".into()));
        [description, license]
    };
    metadata.packages.iter().flat_map(missing).flatten().collect()
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

fn finding(package: &Package, message: String) -> Finding {
    let path = package.manifest_path.strip_prefix(workspace::root()).unwrap_or(&package.manifest_path);
    Finding::new(path.display().to_string(), message)
}

fn row(name: &str) -> Option<&'static [&'static str]> {
    LAYERS.iter().find(|(package, _)| *package == name).map(|(_, uses)| *uses)
}

/// All that `row` leads to. The table is in order, so that it has no circles.
fn reachable(uses: &'static [&'static str]) -> BTreeSet<&'static str> {
    let further = uses.iter().filter_map(|name| row(name)).flat_map(reachable);
    uses.iter().copied().chain(further).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace of the named packages, the first of which has one more dependency.
    fn workspace(names: &[&str], dependency: &str, kind: &str) -> Metadata {
        let kind = if kind == "normal" { "null".into() } else { format!("\"{kind}\"") };
        let package = |name: &&str| {
            let dependencies =
                (*name == names[0]).then(|| format!(r#"{{"name":"{dependency}","kind":{kind}}}"#));
            let dependencies = dependencies.unwrap_or_default();
            format!(
                r#"{{"name":"{name}","description":"","license":null,"manifest_path":"{name}/Cargo.toml","dependencies":[{dependencies}]}}"#
            )
        };
        let packages: Vec<String> = names.iter().map(package).collect();
        let json = format!(r#"{{"packages":[{}]}}"#, packages.join(","));
        Metadata::parse(json.as_bytes()).unwrap()
    }

    #[track_caller]
    fn check(rule: fn(&Metadata) -> Vec<Finding>, metadata: &Metadata, want: &[&str]) {
        let found: Vec<String> = rule(metadata).iter().map(ToString::to_string).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn an_arrow_in_the_table_passes() {
        check(arrows, &workspace(&["sememe-vocab", "sememe-text"], "sememe-text", "normal"), &[]);
    }

    #[test]
    fn an_arrow_upwards_fails() {
        let upwards = workspace(&["sememe-text", "sememe-vocab"], "sememe-vocab", "normal");
        check(arrows, &upwards, &["sememe-text/Cargo.toml: may not use `sememe-vocab`"]);
    }

    #[test]
    fn an_arrow_down_that_is_not_in_the_table_fails() {
        let sideways = workspace(&["sememe-lm", "sememe-text"], "sememe-text", "normal");
        check(arrows, &sideways, &["sememe-lm/Cargo.toml: may not use `sememe-text`"]);
    }

    #[test]
    fn tests_may_use_what_is_below_but_nothing_above() {
        check(arrows, &workspace(&["sememe-lm", "sememe-text"], "sememe-text", "dev"), &[]);
        let upwards = workspace(&["sememe-embed", "sememe-heads"], "sememe-heads", "dev");
        check(arrows, &upwards, &["sememe-embed/Cargo.toml: may not use `sememe-heads`"]);
    }

    #[test]
    fn a_package_without_a_row_fails() {
        let unknown = workspace(&["sememe-odd"], "serde", "normal");
        check(arrows, &unknown, &["sememe-odd/Cargo.toml: has no row in the table of layers"]);
    }

    #[test]
    fn rows_come_after_those_they_use() {
        for (place, (name, uses)) in LAYERS.iter().enumerate() {
            let before: Vec<&str> = LAYERS[..place].iter().map(|(name, _)| *name).collect();
            assert!(uses.iter().all(|used| before.contains(used)), "{name} uses a later row");
        }
    }

    #[test]
    fn a_row_without_a_package_fails() {
        let all: Vec<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
        check(stale_rows, &workspace(&all, "serde", "normal"), &[]);
        let want = ["Cargo.toml: no package for the row `xtask` of layers"];
        check(stale_rows, &workspace(&all[..all.len() - 1], "serde", "normal"), &want);
    }

    #[test]
    fn a_library_with_anyhow_or_candle_fails() {
        check(reserved, &workspace(&["xtask"], "anyhow", "normal"), &[]);
        let anyhow = workspace(&["sememe-text"], "anyhow", "normal");
        check(reserved, &anyhow, &["sememe-text/Cargo.toml: may not use `anyhow`"]);
        let candle = workspace(&["sememe-lm"], "candle-core", "normal");
        check(reserved, &candle, &["sememe-lm/Cargo.toml: may not use `candle-core`"]);
    }

    #[test]
    fn a_package_without_description_and_licence_fails() {
        let want = ["xtask/Cargo.toml: has no description", "xtask/Cargo.toml: has no licence"];
        check(described, &workspace(&["xtask"], "serde", "normal"), &want);
    }
}
