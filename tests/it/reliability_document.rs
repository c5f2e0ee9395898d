//! `docs/reliability.md` names the test that shows each line of its table: here it is held that
//! they exist, and that every test of faults is in it.

use std::{collections::BTreeSet, fs, path::Path};

use crate::security_document::{exists, modules};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rows of the table, each with its cells.
fn rows(document: &str) -> Vec<Vec<String>> {
    let (_, table) = document.split_once("| fault |").unwrap();
    table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

fn named(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn each_line_is_shown_by_a_test_that_exists() {
    let document = fs::read_to_string(root().join("docs/reliability.md")).unwrap();
    let mut modules_there = modules(&root().join("tests/it"));
    modules_there.extend(modules(&root().join("src")));
    let rows = rows(&document);
    assert!(rows.len() > 20, "{}", rows.len());
    let mut all = BTreeSet::new();
    for row in &rows {
        assert_eq!(row.len(), 5, "{row:?}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        let tests = named(&row[4]);
        assert!(!tests.is_empty(), "nothing shows {row:?}");
        for test in tests {
            assert!(exists(test, &modules_there), "no such test: {test}");
            all.insert(test);
        }
    }
    for (module, path) in modules(&root().join("tests/it")) {
        if !module.starts_with("faults") && !module.starts_with("cluster") {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        for part in text.split("#[tokio::test").skip(1) {
            let name = part.split("async fn ").nth(1).unwrap();
            let name = format!("{module}::{}", name.split('(').next().unwrap());
            assert!(
                all.contains(&*name),
                "docs/reliability.md does not name {name}"
            );
        }
    }
}
