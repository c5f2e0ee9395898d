//! Whoever upgrades keeps a configuration that works, or is told what to write instead.

use std::{
    fs,
    path::{Path, PathBuf},
};

use flexbridge::{config::Draft, settings::Severity};

/// The examples of all releases.
fn examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/history");
    let entries = |path: &Path| -> Vec<PathBuf> {
        let read = fs::read_dir(path).unwrap();
        read.map(|entry| entry.unwrap().path()).collect()
    };
    let releases = entries(&folder).into_iter().filter(|path| path.is_dir());
    let files = releases.flat_map(|path| entries(&path));
    files
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect()
}

/// What a newer version says of it that is neither fine nor a hint what to write instead.
fn unexplained(name: &str, text: &str) -> Vec<String> {
    match Draft::of_bytes(name, text.into()).finish() {
        Ok(_) => Vec::new(),
        Err(report) => {
            let errors = report.problems().iter().filter(|placed| {
                let problem = &placed.problem;
                problem.severity == Severity::Error && !problem.message.contains("is no more since")
            });
            errors.map(|placed| placed.problem.to_string()).collect()
        }
    }
}

#[test]
fn every_earlier_example_loads_or_is_told_what_to_write() {
    let examples = examples();
    assert!(!examples.is_empty());
    for path in examples {
        let name = path.display().to_string();
        let found = unexplained(&name, &fs::read_to_string(&path).unwrap());
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}

#[test]
fn a_key_that_disappears_without_a_word_is_noticed() {
    let text = fs::read_to_string(&examples()[0]).unwrap();
    let text = text.replace("[journal]", "[journal]\nkept_before = 1");
    assert_eq!(unexplained("x", &text).len(), 1);
}
