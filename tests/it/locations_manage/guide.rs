//! `docs/locations.md`, command by command: what it says is what happens.

use flexbridge::demo::twilio::Misbehaviour;

use super::desk::{Desk, Said, files};

const GUIDE: &str = include_str!("../../../docs/locations.md");

/// A command of the guide and what the guide shows of its answer, if anything.
struct Step {
    words: String,
    shown: Vec<String>,
}

fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in GUIDE.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ flexbridge ").filter(|_| inside) {
            let words = command.split('#').next().unwrap_or_default();
            let words = words.trim().to_owned();
            let shown = Vec::new();
            steps.push(Step { words, shown });
        } else if let Some(step) = steps.last_mut().filter(|_| inside) {
            step.shown.push(line.to_owned());
        }
    }
    steps
}

/// The block of the guide that is the file of that name.
fn block(name: &str) -> &'static str {
    let start = format!("```json {name}\n");
    let (_, rest) = GUIDE.split_once(&start).unwrap();
    rest.split_once("```").unwrap().0
}

/// Without what is another's in another account and at another time.
fn timeless(line: &str) -> String {
    let (before, after) = line.split_once(" (AC").unwrap_or((line, ""));
    let changed = if after.is_empty() { "" } else { " (AC…)" };
    format!("{before}{changed}")
}

async fn run(desk: &Desk, words: &str) -> Said {
    let list: Vec<_> = words.split(' ').collect();
    let asks = matches!(list[1], "apply" | "restore") && list.len() > 2;
    let told = list
        .iter()
        .any(|word| matches!(*word, "--yes" | "--dry-run"));
    if asks && !told {
        return desk.run_at_terminal(words, "y").await;
    }
    desk.run(&list).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_command_does_what_the_guide_says() {
    let desk = Desk::new().await;
    std::fs::write(desk.site.file("locations.json"), block("locations.json")).unwrap();
    let steps = steps();
    assert!(steps.len() > 8);
    for Step { mut words, shown } in steps {
        if words == "locations apply locations.json --yes" {
            // Everything is as it should be already; so that there is something to do:
            desk.demo.twilio.set_locations(serde_json::json!([]));
        }
        if let Some((command, "restore 2026-11-26T12-34-56.789Z.json")) = words.split_once(' ') {
            let oldest = files(&desk.backups()).remove(0);
            words = format!("{command} restore {oldest}");
        }
        let said = run(&desk, &words).await;
        assert_eq!(said.code, 0, "{words}: {}{}", said.out, said.err);
        if !shown.is_empty() {
            let lines: Vec<_> = said.out.lines().map(timeless).collect();
            let shown: Vec<_> = shown.iter().map(|line| timeless(line)).collect();
            assert_eq!(lines, shown, "{words}");
        }
    }
    assert_eq!(files(&desk.backups()).len(), 4, "two applied, two restored");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_code_of_an_answer_stands_in_the_guide() {
    let desk = Desk::new().await;
    desk.demo
        .twilio
        .misbehave(1, &Misbehaviour::Refused(403, 70051));
    let said = desk.run(&["locations", "list"]).await;
    assert!(
        said.out.contains("Restricted") && GUIDE.contains("Restricted"),
        "{}",
        said.out
    );
    let sources = [
        include_str!("../../../src/admin/locations/against.rs"),
        include_str!("../../../src/admin/locations/apply.rs"),
        include_str!("../../../src/admin/locations/backup.rs"),
        include_str!("../../../src/admin/locations/error.rs"),
        include_str!("../../../src/admin/locations/lint.rs"),
        include_str!("../../../src/admin/locations/plan.rs"),
        include_str!("../../../src/locations/lint.rs"),
        include_str!("../../../src/locations/oddity.rs"),
    ];
    let areas = [
        "locations.",
        "name.",
        "edge.",
        "entry.",
        "list.",
        "rule.",
        "account.",
    ];
    let quiet = ["locations.interrupted", "locations.nothing_to_do"];
    for source in sources {
        for word in source.split('"').skip(1).step_by(2) {
            let code = areas
                .iter()
                .any(|area| word.strip_prefix(area).is_some_and(is_word));
            if code && !quiet.contains(&word) {
                assert!(
                    GUIDE.contains(&format!("`{word}`")),
                    "{word} is not in the guide"
                );
            }
        }
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
