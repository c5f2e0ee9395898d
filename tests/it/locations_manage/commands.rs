//! The commands, as an administrator and a script run them.

use flexbridge::demo::twilio::Misbehaviour;
use serde_json::{Value, json};

use super::desk::{Desk, files, wanted};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_says_where_it_comes_from_and_how_old_it_is() {
    let desk = Desk::new().await;
    let said = desk.run(&["locations", "list"]).await;
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let lines: Vec<_> = said.out.lines().collect();
    assert_eq!(
        lines,
        [
            "production, from Twilio, 0 s old",
            "  Singapore Office      singapore-ix, singapore, roaming",
            "  San Francisco Office  sanjose-ix, ashburn-ix, ashburn",
        ]
    );
    let said = desk.run(&["locations", "list", "--format", "json"]).await;
    let listed = parsed(&said.out);
    assert_eq!(listed[0]["source"], "Twilio");
    let edges = json!(["singapore-ix", "singapore", "roaming"]);
    assert_eq!(listed[0]["locations"][0]["edges"], edges);

    desk.demo
        .twilio
        .misbehave(1, &Misbehaviour::Refused(401, 20003));
    let said = desk.run(&["locations", "list"]).await;
    assert_eq!(said.code, 1);
    assert!(said.out.contains("twilio.unauthorized"), "{}", said.out);
    let said = desk.run(&["locations", "list", "--flex", "prod"]).await;
    assert_eq!(said.code, 2);
    assert!(said.err.contains("there is production"), "{}", said.err);
    assert!(!desk.site.file("store").exists(), "looking writes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn lint_exits_with_1_for_errors_only_unless_strict() {
    let desk = Desk::new().await;
    let said = desk.run(&["locations", "lint"]).await;
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    for told in [
        "warning edge.unknown \"San Francisco Office\"",
        "san-jose-ix",
        "0 errors, 1 warning",
    ] {
        assert!(said.out.contains(told), "{}", said.out);
    }
    assert_eq!(desk.run(&["locations", "lint", "--strict"]).await.code, 1);
    let blank = json!([{ "name": " ", "edge": "tokyo" }]);
    let file = desk.write("blank.json", &blank);
    let said = desk
        .run(&["locations", "lint", &file, "--format", "json"])
        .await;
    assert_eq!(said.code, 1);
    let report = parsed(&said.out);
    assert_eq!(report["accounts"][0]["findings"][0]["code"], "name.blank");
    assert_eq!(report["accounts"][0]["errors"], 1);
    let file = desk.write("fine.json", &wanted());
    assert_eq!(
        desk.run(&["locations", "lint", &file, "--strict"])
            .await
            .code,
        0
    );
    let nothing = desk.write("nothing.json", &json!({}));
    assert_eq!(desk.run(&["locations", "lint", &nothing]).await.code, 2);
    assert_eq!(
        desk.run(&["locations", "lint", "not-there.json"])
            .await
            .code,
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_looks_applies_and_puts_back() {
    let desk = Desk::new().await;
    let before = desk.attributes();
    desk.demo.twilio.start_recording();
    let file = desk.write("wanted.json", &wanted());
    let said = desk.run(&["locations", "diff", &file]).await;
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    for told in [
        "~ San Francisco Office",
        "→ san-jose-ix",
        "+ Remote Asia  roaming",
        "1 location unchanged",
    ] {
        assert!(said.out.contains(told), "{}", said.out);
    }
    assert_eq!(
        desk.run(&["locations", "diff", &file, "--exit-code"])
            .await
            .code,
        1
    );
    let said = desk.run(&["locations", "apply", &file, "--dry-run"]).await;
    assert_eq!((said.code, said.out.contains("Written")), (0, false));
    let said = desk.run(&["locations", "apply", &file]).await;
    assert_eq!(said.code, 2, "nobody to ask");
    assert!(said.err.contains("--yes"), "{}", said.err);
    assert_eq!((desk.written(), desk.attributes()), (0, before.clone()));

    let said = desk.run(&["locations", "apply", &file, "--yes"]).await;
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    assert!(said.out.contains("Written, and read back."), "{}", said.out);
    assert_eq!(
        (desk.written(), desk.demo.twilio.locations()),
        (1, wanted())
    );
    let said = desk.run(&["locations", "apply", &file, "--yes"]).await;
    assert_eq!((said.code, said.out.contains("no difference")), (0, true));
    assert_eq!(
        desk.run(&["locations", "diff", &file, "--exit-code"])
            .await
            .code,
        0
    );

    let said = desk.run(&["locations", "restore"]).await;
    assert!(said.out.ends_with("1 backup\n"), "{}", said.out);
    let name = files(&desk.backups()).remove(0);
    let said = desk
        .run(&["locations", "restore", &name, "--yes", "--format", "json"])
        .await;
    assert_eq!(said.code, 0, "{}", said.err);
    let told = parsed(&said.out);
    assert_eq!(told["plan"]["purpose"], "restore_locations");
    assert!(told["applied"]["backup"].is_string());
    assert_eq!(desk.attributes(), before);
    let said = desk.run(&["locations", "restore", "latest", "--yes"]).await;
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(desk.demo.twilio.locations(), wanted());
    let said = desk.run(&["locations", "restore", "not-there"]).await;
    assert_eq!(said.code, 1);
    assert!(said.err.contains("lists them"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_somebody_is_asked() {
    let desk = Desk::new().await;
    let file = desk.write("wanted.json", &wanted());
    let words = format!("locations apply {file}");
    for (answer, code, written) in [("", 1, 0), ("n", 1, 0), ("yess", 1, 0), ("y", 0, 1)] {
        desk.demo.twilio.start_recording();
        let said = desk.run_at_terminal(&words, answer).await;
        assert_eq!(
            (said.code, desk.written()),
            (code, written),
            "{answer}: {}",
            said.out
        );
        assert!(
            said.out
                .contains("Write this to the Flex account `production`"),
            "{}",
            said.out
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_name_holds_can_not_draw_on_the_terminal() {
    let desk = Desk::new().await;
    let ugly = json!([{ "name": "A\u{1b}[2J\u{202e}B", "edge": "\u{7}x" }, { "name": "C\tD", "edge": "tokyo" }]);
    desk.demo.twilio.set_locations(ugly);
    let file = desk.write("wanted.json", &wanted());
    for words in [
        &["locations", "list"][..],
        &["locations", "lint"],
        &["locations", "diff", &file],
    ] {
        let said = desk.run(words).await;
        let text = said.out + &said.err;
        let drawn = text
            .chars()
            .find(|letter| matches!(letter, '\u{1b}' | '\u{7}' | '\t' | '\u{202e}'));
        assert_eq!(drawn, None, "{words:?}: {text}");
    }
}
