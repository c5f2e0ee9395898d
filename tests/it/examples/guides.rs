//! What the guides say agrees with the examples, the refusals and the files that are there.

use std::process::Command;

use flexbridge::identity::RefusalCode;
use toml::{Table, Value};

use super::{at, examples, names, oidc, quoted, read};

/// The attributes that an example reads.
fn attributes(name: &str) -> Vec<String> {
    let table: Table = toml::from_str(&read(&format!("config/examples/{name}.toml"))).unwrap();
    let flex = &table["flex"]["production"];
    let claims = flex["claims"].as_table().unwrap().values();
    let location = flex["location"].as_table().unwrap();
    let of = ["attribute", "group_attribute"];
    let read = of.iter().filter_map(|key| location.get(*key));
    claims
        .chain(read)
        .flat_map(|list| list.as_array().unwrap())
        .map(|name| Value::as_str(name).unwrap().to_owned())
        .collect()
}

#[test]
fn each_example_has_a_guide_that_explains_its_attributes() {
    let index = read("docs/idp/README.md");
    for name in examples().into_iter().chain(oidc::examples()) {
        assert!(index.contains(&format!("({name}.md)")), "{name}");
        let guide = read(&format!("docs/idp/{name}.md"));
        let example = format!("(../../config/examples/{name}.toml)");
        assert!(guide.contains(&example), "{name} does not name its example");
        let said = quoted(&guide);
        for attribute in attributes(&name) {
            assert!(
                said.contains(&&*attribute),
                "docs/idp/{name}.md says nothing of `{attribute}`"
            );
        }
    }
}

#[test]
fn the_guides_name_refusals_that_exist() {
    let codes: Vec<&str> = RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
    let areas: Vec<&str> = codes
        .iter()
        .filter_map(|code| Some(code.split_once('.')?.0))
        .collect();
    for page in names("docs/idp", ".md") {
        let text = read(&format!("docs/idp/{page}.md"));
        let mut found = 0;
        for word in quoted(&text) {
            let is_code = word
                .split_once('.')
                .is_some_and(|(area, rest)| areas.contains(&area) && !rest.contains(' '));
            if is_code {
                assert!(codes.contains(&word), "{page}: there is no `{word}`");
                found += 1;
            }
        }
        assert!(found >= 3, "{page} says too little of what goes wrong");
    }
}

#[test]
fn links_between_the_guides_lead_somewhere() {
    let mut pages: Vec<String> = names("docs/idp", ".md")
        .iter()
        .map(|name| format!("docs/idp/{name}.md"))
        .collect();
    pages.push("docs/going-live.md".to_owned());
    for page in pages {
        let text = read(&page);
        let folder = at(&page).parent().unwrap().to_owned();
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            let path = target.split('#').next().unwrap();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            assert!(folder.join(path).exists(), "{page}: {target}");
        }
    }
}

#[test]
fn each_command_that_the_guides_show_exists() {
    let text = read("docs/going-live.md");
    let commands: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("$ flexbridge "))
        .collect();
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        let command = command.split('#').next().unwrap();
        let words: Vec<&str> = command.split_whitespace().collect();
        let first = words.iter().position(|word| word.starts_with("--"));
        let run = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
            .args(&words[..first.unwrap_or(words.len())])
            .arg("--help")
            .output()
            .unwrap();
        let help = String::from_utf8(run.stdout).unwrap();
        assert!(run.status.success(), "{command}");
        for option in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "{command} has no {option}");
        }
    }
}
