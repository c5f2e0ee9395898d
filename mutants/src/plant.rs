//! Writes the points of a tree's files into them, asleep: each asks [`RUNTIME`] by its number.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use walkdir::WalkDir;

use crate::points::{Kind, Point, points};

/// A point with its number and file.
#[derive(Debug, Clone)]
pub struct Planted {
    /// What the environment calls it by.
    pub number: usize,
    /// The file, from the tree's root.
    pub file: String,
    /// Where and what.
    pub point: Point,
}

/// The module that the planted points ask. It also writes down which points a test reaches.
const RUNTIME: &str = r#"//! Planted mutants.
#![allow(missing_docs, clippy::all)]
use std::{collections::BTreeSet, io::Write as _, sync::{Mutex, OnceLock}};

fn active() -> Option<(u32, bool)> {
    static ACTIVE: OnceLock<Option<(u32, bool)>> = OnceLock::new();
    *ACTIVE.get_or_init(|| {
        let text = std::env::var("FLEXBRIDGE_MUTANT").ok()?;
        let (number, value) = text.split_once(':')?;
        Some((number.parse().ok()?, value == "true"))
    })
}

fn reached(point: u32) {
    static TRACE: OnceLock<Option<String>> = OnceLock::new();
    static SEEN: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());
    let Some(path) = TRACE.get_or_init(|| std::env::var("FLEXBRIDGE_MUTANT_TRACE").ok()) else { return };
    if SEEN.lock().map(|mut seen| seen.insert(point)).unwrap_or(false) {
        if let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(path) {
            let _ = file.write_all(format!("{point}\n").as_bytes());
        }
    }
}

pub fn forced(point: u32) -> Option<bool> {
    reached(point);
    active().filter(|(number, _)| *number == point).map(|(_, value)| value)
}

pub fn is(point: u32, value: bool) -> bool { forced(point).unwrap_or(value) }
"#;

/// Plants into each file of `tree` that is, or is below, one of `places`; tests, and what only fuzzing
/// is built with, are left alone.
///
/// # Errors
/// A file can't be read, written or parsed.
pub fn plant(tree: &Path, places: &[String]) -> Result<Vec<Planted>> {
    let mut all = Vec::new();
    for place in places {
        for entry in WalkDir::new(tree.join(place)).sort_by_file_name() {
            let entry = entry?;
            let file = entry
                .path()
                .strip_prefix(tree)?
                .to_string_lossy()
                .into_owned();
            if entry.path().extension().is_none_or(|kind| kind != "rs")
                || file
                    .split(['/', '.', '_'])
                    .any(|word| matches!(word, "tests" | "testing" | "fuzzing"))
            {
                continue;
            }
            let source = fs::read_to_string(entry.path())?;
            let found = points(&source).with_context(|| file.clone())?;
            let first = all.len();
            fs::write(entry.path(), written(&source, &found, first))?;
            all.extend(found.into_iter().enumerate().map(|(index, point)| Planted {
                number: first + index,
                file: file.clone(),
                point,
            }));
        }
    }
    let map = tree.join("src/lib.rs");
    let source = fs::read_to_string(&map)?;
    fs::write(&map, format!("{source}\npub mod mutant;\n"))?;
    fs::write(tree.join("src/mutant.rs"), RUNTIME)?;
    Ok(all)
}

/// The source with its points asking; the first has the number `first`.
fn written(source: &str, points: &[Point], first: usize) -> String {
    // Position, whether it opens, and an order that keeps nested points nested.
    let mut inserts: Vec<(usize, bool, usize, String)> = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let number = first + index;
        let length = point.bytes.len();
        match point.kind {
            Kind::Condition => {
                let open = format!("crate::mutant::is({number}, ");
                inserts.push((point.bytes.start, true, usize::MAX - length, open));
                inserts.push((point.bytes.end, false, length, ")".to_owned()));
            }
            Kind::Answer => {
                let ask = format!(
                    " if let Some(forced) = crate::mutant::forced({number}) {{ return forced; }} "
                );
                inserts.push((point.bytes.start, true, 0, ask));
            }
            Kind::Check => {
                let ask = format!(" if crate::mutant::is({number}, false) {{ return Ok(()); }} ");
                inserts.push((point.bytes.start, true, 0, ask));
            }
        }
    }
    inserts.sort();
    let mut text = String::with_capacity(source.len() * 2);
    let mut done = 0;
    for (position, _, _, insert) in inserts {
        text.push_str(&source[done..position]);
        text.push_str(&insert);
        done = position;
    }
    text.push_str(&source[done..]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_points_stay_nested() {
        let source = "fn f(a: u8) { if a == 1 && a == 2 {} }";
        let planted = written(source, &points(source).unwrap(), 7);
        assert_eq!(
            planted,
            "fn f(a: u8) { if crate::mutant::is(7, crate::mutant::is(8, a == 1) && crate::mutant::is(9, a == 2)) {} }"
        );
    }
}
