//! `SECURITY.md` names the test that holds each promise: here it is held that they exist.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Every Rust file below a folder, with its module path.
pub fn modules(root: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let inside = path.strip_prefix(root).unwrap().to_str().unwrap();
            let Some(module) = inside.strip_suffix(".rs") else {
                continue;
            };
            let module = module.strip_suffix("/mod").unwrap_or(module);
            found.push((module.replace('/', "::"), path.clone()));
        }
    }
    found
}

/// Whether a test of this name is there: in its module's file, or in the `tests` at its end.
pub fn exists(name: &str, modules: &[(String, PathBuf)]) -> bool {
    let (module, function) = name.rsplit_once("::").unwrap();
    let outer = module.strip_suffix("::tests");
    // `mod tests` by a path stands in a file of its own beside the module's.
    let beside = outer.map(|outer| format!("{outer}_tests"));
    modules
        .iter()
        .filter(|(known, _)| {
            known == module || Some(known.as_str()) == outer || Some(known) == beside.as_ref()
        })
        .any(|(_, path)| is_test_in(&fs::read_to_string(path).unwrap(), function))
}

fn is_test_in(text: &str, function: &str) -> bool {
    let Some(at) = text.find(&format!("fn {function}(")) else {
        return false;
    };
    let before = &text[..at];
    let start = before.rfind("\n\n").unwrap_or(0);
    let in_properties = before.contains("proptest! {");
    before[start..].contains("#[test]")
        || before[start..].contains("#[tokio::test")
        || in_properties
}

/// Whatever stands in backticks in the second table and looks like a path of a test.
fn named(document: &str) -> Vec<&str> {
    let (_, promises) = document.split_once("| promise | held by |").unwrap();
    promises
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains("::"))
        .collect()
}

#[test]
fn each_promise_is_held_by_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let mut modules_there = modules(&root.join("tests/it"));
    modules_there.extend(modules(&root.join("src")));
    let named = named(&document);
    assert!(named.len() > 30, "{named:?}");
    let missing: Vec<&&str> = named
        .iter()
        .filter(|name| !exists(name, &modules_there))
        .collect();
    assert!(missing.is_empty(), "no such tests: {missing:?}");
    assert!(!exists(
        "attacks::wrapping::nobody_wrote_this",
        &modules_there
    ));
}

/// Every attack stands behind a promise, so that the document tells all of them.
#[test]
fn each_attack_is_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let named = named(&document);
    for (module, path) in modules(&root.join("tests/it")) {
        if !module.starts_with("attacks::") {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        for part in text.split("#[tokio::test]").skip(1) {
            let name = part.split("async fn ").nth(1).unwrap();
            let name = format!("{module}::{}", name.split('(').next().unwrap());
            assert!(named.contains(&&*name), "SECURITY.md does not name {name}");
        }
    }
}
