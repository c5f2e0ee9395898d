//! `docs/dependencies.md` gives a reason for each crate that `Cargo.toml` names, and for no other.

use std::{fs, path::Path};

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The crates in a table of `Cargo.toml`, in order.
fn named(manifest: &toml::Table, table: &str) -> Vec<String> {
    let mut names: Vec<String> = manifest[table]
        .as_table()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    names.sort();
    names
}

/// The crates in the first table below `heading`, in order, each with its reason.
fn argued(document: &str, heading: &str) -> Vec<(String, String)> {
    let (_, section) = document.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut found: Vec<(String, String)> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"))
        .map(|line| line.split_once("` | ").unwrap())
        .map(|(name, reason)| (name.to_owned(), reason.to_owned()))
        .collect();
    found.sort();
    found
}

#[test]
fn each_dependency_is_argued_once_and_none_is_left_over() {
    let manifest: toml::Table = file("Cargo.toml").parse().unwrap();
    let document = file("docs/dependencies.md");
    for (table, heading) in [
        ("dependencies", "In the binary"),
        ("dev-dependencies", "In tests alone"),
    ] {
        let argued = argued(&document, heading);
        let names: Vec<String> = argued.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(names, named(&manifest, table), "{heading}");
        for (name, reason) in argued {
            assert!(reason.len() > 8, "{name}: {reason:?} is no reason");
        }
    }
    // A crate in any other table would need a place in the document, too.
    for other in ["build-dependencies", "target", "patch", "replace"] {
        assert!(!manifest.contains_key(other), "{other}");
    }
}

#[test]
fn every_version_is_fixed_and_comes_from_the_registry() {
    let lock: toml::Table = file("Cargo.lock").parse().unwrap();
    for package in lock["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if name == "flexbridge" {
            continue;
        }
        let source = package["source"].as_str().unwrap();
        assert_eq!(
            source, "registry+https://github.com/rust-lang/crates.io-index",
            "{name}"
        );
        assert_eq!(package["checksum"].as_str().unwrap().len(), 64, "{name}");
    }
    // What is published or tried is built from exactly these.
    for script in [
        ".ci/run",
        "scripts/package",
        "Dockerfile",
        "scripts/test-image",
    ] {
        for line in file(script)
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
        {
            let builds = [
                "cargo build",
                "cargo run",
                "cargo clippy",
                "cargo doc",
                "auditable build",
            ];
            if builds.iter().any(|command| line.contains(command)) {
                assert!(line.contains("--locked"), "{script}: {line}");
            }
        }
    }
}
