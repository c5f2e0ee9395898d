//! The pages of `docs/` hang together: links lead somewhere, commands exist, no page is left out.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use flexbridge::identity::RefusalCode;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every page below `folder`.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages.extend(below(&path));
        } else if path.extension().is_some_and(|ending| ending == "md") {
            pages.push(path);
        }
    }
    pages.sort();
    pages
}

fn pages() -> Vec<PathBuf> {
    let mut pages = below(&root().join("docs"));
    let others = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "certs/README.md",
        "config/README.md",
        "packaging/README.md",
    ];
    pages.extend(others.map(|name| root().join(name)));
    pages
}

/// The text without its fenced blocks.
fn prose(text: &str) -> String {
    let parts = text.split("\n```").step_by(2);
    parts.collect::<Vec<_>>().join("\n")
}

/// The anchor of a heading, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|c| match c {
        c if c.is_whitespace() => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let text = prose(text);
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| anchor(line.trim_start_matches('#')))
        .collect()
}

/// What is wrong with the links of a page.
fn broken(page: &Path, text: &str) -> Vec<String> {
    let text = prose(text);
    let links = text.split("](").skip(1);
    let targets = links.filter_map(|rest| rest.split(')').next());
    targets.filter_map(|target| wrong(page, target)).collect()
}

fn wrong(page: &Path, target: &str) -> Option<String> {
    if target.contains("://") {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let file = if path.is_empty() {
        page.to_owned()
    } else {
        page.parent().unwrap().join(path)
    };
    if !file.exists() {
        return Some(format!("{}: {target} is not there", page.display()));
    }
    if heading.is_empty() || anchors(&read(&file)).contains(heading) {
        return None;
    }
    Some(format!("{}: no heading for {target}", page.display()))
}

#[test]
fn every_link_leads_somewhere() {
    let found: Vec<_> = pages()
        .iter()
        .flat_map(|page| broken(page, &read(page)))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
    let page = root().join("docs/what-it-is.md");
    let text = "[a](nowhere.md) [b](install.md#nothing) [c](install.md#debian-package) [d](#x)";
    assert_eq!(broken(&page, text).len(), 3);
}

#[test]
fn the_index_has_every_page() {
    let docs = root().join("docs");
    let index = read(&docs.join("README.md"));
    for page in below(&docs) {
        let name = page.strip_prefix(&docs).unwrap().to_str().unwrap();
        // It names folders once.
        let listed =
            name == "README.md" || name.contains('/') || index.contains(&format!("({name})"));
        assert!(listed, "docs/README.md has no {name}");
    }
}

/// The words of a command, up to its first option, and its options.
fn words(line: &str) -> (Vec<&str>, Vec<&str>) {
    let line = line.split(" # ").next().unwrap_or(line);
    let all: Vec<_> = line.split_whitespace().collect();
    let first = all.iter().position(|word| word.starts_with("--"));
    let options = all.iter().filter(|word| word.starts_with("--")).copied();
    (
        all[..first.unwrap_or(all.len())].to_vec(),
        options.collect(),
    )
}

#[test]
fn every_command_exists() {
    let mut count = 0;
    for page in below(&root().join("docs")) {
        let text = read(&page);
        let shown = text
            .lines()
            .filter_map(|line| line.strip_prefix("$ flexbridge "));
        for line in shown {
            count += 1;
            let (words, options) = words(line);
            let run = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
                .args(&words)
                .arg("--help")
                .output()
                .unwrap();
            let help = String::from_utf8(run.stdout).unwrap();
            assert!(run.status.success(), "{}: {line}", page.display());
            if !words.is_empty() {
                for option in options {
                    assert!(help.contains(option), "{}: {option}", page.display());
                }
            }
        }
    }
    assert!(count >= 15, "{count}");
}

#[test]
fn troubleshooting_names_codes_that_exist() {
    let text = read(&root().join("docs/troubleshooting.md"));
    let codes: Vec<&str> = RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
    let table = text.split("## From the code").nth(1).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let named: Vec<&str> = rows
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    assert!(named.len() >= 10, "{named:?}");
    for code in named {
        assert!(codes.contains(&code), "there is no `{code}`");
    }
}
