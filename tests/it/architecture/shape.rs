//! How long a file may be, and how a folder opens.

use std::collections::BTreeSet;

use super::source::Source;

const LONGEST: usize = 400;
/// Tables of cases are read one case at a time.
const LONGEST_TESTS: usize = 700;

/// Files that are too long.
pub fn lengths(sources: &[Source]) -> Vec<String> {
    let too_long = |source: &Source| {
        let lines = source.text.lines().count();
        let most = if is_tests(&source.path) {
            LONGEST_TESTS
        } else {
            LONGEST
        };
        (lines > most).then(|| {
            format!(
                "{}: {lines} lines, at most {most}: split it by what it does",
                source.path
            )
        })
    };
    sources.iter().filter_map(too_long).collect()
}

/// `tests.rs`, and `release_tests.rs` beside `release.rs`.
fn is_tests(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("_tests.rs")
}

/// Folders whose first file does not say what the folder is and what it must never do.
pub fn openings(sources: &[Source]) -> Vec<String> {
    let folders: BTreeSet<&str> = sources
        .iter()
        .filter_map(|source| Some(source.path.rsplit_once('/')?.0))
        .collect();
    folders
        .into_iter()
        .filter_map(|folder| unopened(folder, sources))
        .collect()
}

fn unopened(folder: &str, sources: &[Source]) -> Option<String> {
    let openers = ["/mod.rs", "/lib.rs", "/main.rs", ".rs"].map(|end| format!("{folder}{end}"));
    let opener = openers
        .iter()
        .find_map(|path| sources.iter().find(|source| source.path == *path));
    let Some(opener) = opener else {
        return Some(format!("{folder}: no mod.rs that says what the folder is"));
    };
    let documented = opener
        .text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .filter(|line| line.len() > "//! ".len())
        .count();
    (documented < 2).then(|| {
        format!(
            "{}: opens with less than two lines of `//!`: what it is, what it must never do",
            opener.path
        )
    })
}
