//! The files that are checked: those of the checkout, or planted ones.

use std::fs;
use std::path::Path;

use crate::support::peers::in_checkout;

/// A Rust file.
pub struct Source {
    /// Its path in the checkout, with `/` between.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl Source {
    /// One that exists only in a test of the checks.
    pub fn planted(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Every Rust file below a folder of the checkout.
    pub fn below(folder: &str) -> Vec<Self> {
        let mut found = Vec::new();
        collect(&in_checkout(folder), folder, &mut found);
        assert!(
            !found.is_empty(),
            "no Rust file below {folder}: is the checkout complete?"
        );
        found.sort_by(|left, right| left.path.cmp(&right.path));
        found
    }

    /// The path of modules this file is: `src/saml/sp.rs` is `saml`, `sp`. The
    /// crate's root is empty; `main.rs`, a crate of its own, is `main`.
    pub fn module(&self) -> Vec<String> {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let stem = below.strip_suffix(".rs").unwrap_or(below);
        let mut parts: Vec<String> = stem.split('/').map(str::to_owned).collect();
        if parts
            .last()
            .is_some_and(|last| last == "mod" || last == "lib")
        {
            parts.pop();
        }
        parts
    }
}

fn collect(folder: &Path, name: &str, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let file = entry.file_name().into_string().unwrap();
        let path = format!("{name}/{file}");
        let kind = entry.file_type().unwrap();
        // What the peers bring along is not ours.
        if kind.is_dir() && !file.starts_with('.') && file != "node_modules" {
            collect(&entry.path(), &path, found);
        } else if Path::new(&file).extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(entry.path()).unwrap();
            found.push(Source { path, text });
        }
    }
}
