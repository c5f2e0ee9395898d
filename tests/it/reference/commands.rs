//! Every command, as its own `--help` tells it.

use std::{fmt::Write as _, process::Command};

use super::current;

const HEAD: &str = "\
# Every command

This page is written from the program itself (`make reference`): the help of each command. Exit codes are 0: fine,
1: failed, 2: wrong usage or configuration. `flexbridge man` has the same as manual pages.
";

fn help(words: &[String]) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
        .args(words)
        .arg("--help")
        .env_clear()
        .output()
        .unwrap();
    assert!(run.status.success(), "{words:?}");
    String::from_utf8(run.stdout).unwrap()
}

/// The commands within one, as its help lists them.
fn inner(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    listed
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

fn write(out: &mut String, words: &[String]) -> usize {
    let text = help(words);
    let mut name = vec!["flexbridge".to_owned()];
    name.extend_from_slice(words);
    // Lines of help end in spaces where a cell is empty.
    let lines: Vec<_> = text.trim_end().lines().map(str::trim_end).collect();
    let _ = write!(
        out,
        "\n## {}\n\n```text\n{}\n```\n",
        name.join(" "),
        lines.join("\n")
    );
    let mut count = 1;
    for name in inner(&text) {
        let mut words = words.to_vec();
        words.push(name);
        count += write(out, &words);
    }
    count
}

#[test]
fn the_page_of_commands_is_current() {
    let mut page = HEAD.to_owned();
    let count = write(&mut page, &[]);
    assert!(count > 12, "{count}");
    current("docs/reference/commands.md", &page);
}
