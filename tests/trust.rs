//! What it costs to trust us is what we say: SECURITY.md's limits are those of the code, every dependency has its reason, and
//! there are no more crates than docs/features.md tells.
#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics fails where it should"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const SECURITY: &str = include_str!("../SECURITY.md");
const FEATURES: &str = include_str!("../docs/features.md");
/// What the static binary is built for: the numbers of docs/features.md are of this.
const TARGET: &str = "x86_64-unknown-linux-musl";

fn here(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What stands between backquotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn cargo(args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args).arg("--locked");
    let output = command.output().expect("cargo runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

#[test]
fn the_limits_that_are_told_are_those_of_the_code() {
    let rows = SECURITY.split("## The limits").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut count = 0;
    for row in rows.lines().filter(|row| row.starts_with("| ") && row.contains('`')) {
        let place = quoted(row.rsplit(" | ").next().unwrap());
        let [file, code] = place.as_slice() else { unreachable!("a file and its words: {row}") };
        let text = fs::read_to_string(here(file)).expect(file);
        assert!(text.contains(code), "{file} has no `{code}` any more: {row}");
        count += 1;
    }
    assert!(count >= 24, "{count} limits");
}

#[test]
fn every_place_that_the_promises_name_is_there() {
    let promises = SECURITY.split("## What is promised").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<&str> = promises.lines().filter(|row| row.starts_with("| ") && row.contains('`')).collect();
    assert!(rows.len() >= 12, "{rows:?}");
    for row in rows {
        let places = quoted(row.rsplit(" | ").next().unwrap());
        assert!(!places.is_empty(), "{row}");
        assert!(places.iter().all(|place| here(place).exists()), "{places:?}");
    }
}

/// The lines of a manifest that name dependencies, each with whether a comment stands above it and those it stands with.
fn dependencies(manifest: &str) -> Vec<(String, bool)> {
    let (mut is_within, mut is_told, mut found) = (false, false, Vec::new());
    for line in manifest.lines() {
        if line.starts_with('[') {
            (is_within, is_told) = (line.ends_with("dependencies]"), false);
        } else if line.is_empty() {
            is_told = false;
        } else if line.starts_with('#') {
            is_told = true;
        } else if let (true, Some((name, _))) = (is_within, line.split_once(" = ")) {
            found.push((name.to_owned(), is_told));
        }
    }
    found
}

#[test]
fn every_dependency_has_its_reason_beside_it() {
    for manifest in ["Cargo.toml", "protocol/Cargo.toml"] {
        let found = dependencies(&fs::read_to_string(here(manifest)).unwrap());
        assert!(found.len() >= 5, "{manifest}: {found:?}");
        let untold: Vec<_> = found.iter().filter(|(_, is_told)| !is_told).collect();
        assert!(untold.is_empty(), "{manifest}: {untold:?}");
    }
    let added = "[dependencies]\nnew = \"1\"\n# Why.\nold = \"2\"\n";
    assert_eq!(dependencies(added), [("new".to_owned(), false), ("old".to_owned(), true)]);
}

/// Default features are what a crate without an allocator, or without an operating system, would do without.
#[test]
fn no_default_feature_comes_along_that_is_not_used() {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version=1", "--filter-platform", TARGET]))
            .unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let is_ours =
        |package: &&Value| ["virtwire", "virtwire-protocol"].map(Value::from).contains(&package["name"]);
    let mut looked_at = 0;
    for package in packages.iter().filter(is_ours) {
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["kind"] != Value::Null || dependency["uses_default_features"] == false {
                continue;
            }
            looked_at += 1;
            for found in packages.iter().filter(|found| found["name"] == dependency["name"]) {
                let default = found["features"]["default"].as_array();
                let features: Vec<&str> = default.into_iter().flatten().filter_map(Value::as_str).collect();
                let is_used = |feature: &&str| ["std", "alloc"].contains(feature);
                let name = &found["name"];
                assert!(found["source"].is_null() || features.iter().all(is_used), "{name}: {features:?}");
            }
        }
    }
    assert!(looked_at >= 10, "{looked_at}");
}

/// How many crates are compiled in, ours included.
fn crates(features: &[&str]) -> usize {
    let base = ["tree", "--target", TARGET, "--edges", "normal", "--prefix", "none", "--package", "virtwire"];
    let text = cargo(&[&base, features].concat());
    text.lines().map(|line| line.trim_end_matches(" (*)")).collect::<BTreeSet<_>>().len()
}

/// The rows of docs/features.md: the feature, and its number of crates as it is written.
fn told() -> Vec<(String, String)> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.split(" | ").map(str::trim).collect();
        let number = cells.get(2)?.trim_end_matches(" |");
        let name = cells.first()?.trim_matches('`');
        number.trim_start_matches('+').parse::<usize>().ok()?;
        Some((name.to_owned(), number.to_owned()))
    };
    FEATURES.lines().filter_map(row).collect()
}

#[test]
fn there_are_no_more_crates_than_the_documentation_says() {
    let told = told();
    let names: BTreeSet<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains("none") && names.contains("cli") && names.len() >= 15, "{names:?}");
    let library = crates(&["--no-default-features"]);
    let smallest = crates(&["--no-default-features", "--features", "cli"]);
    let program = told.iter().position(|(name, _)| name == "cli").unwrap();
    for (place, (name, number)) in told.iter().enumerate() {
        let most: usize = number.trim_start_matches('+').parse().unwrap();
        let of = |features: &str| crates(&["--no-default-features", "--features", features]);
        let count = match name.as_str() {
            "none" => library,
            "cli" => smallest,
            "the default" => crates(&[]),
            // From here on they are added to the program.
            _ if place > program => of(&format!("cli,{name}")) - smallest,
            name => of(name) - library,
        };
        assert!(count <= most, "{name} brings {count} crates, and docs/features.md says {most}");
    }
}
