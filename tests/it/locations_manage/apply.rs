//! Writing: nothing is lost, nothing is written twice, and what is not known is found out.

use std::time::Duration;

use flexbridge::{
    admin::locations::{Written, apply},
    clock::SystemClock,
    demo::twilio::Misbehaviour::{self, *},
    identity::FlexName,
};
use futures_util::future::join_all;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Map, Value, json};

use super::desk::{Desk, files, wanted};

#[tokio::test]
async fn the_locations_are_replaced_and_nothing_else_is_touched() {
    let desk = Desk::new().await;
    let before = desk.attributes();
    desk.demo.twilio.start_recording();
    let plan = desk.diff(&wanted()).await.unwrap();
    assert_eq!(
        (plan.difference.unchanged, plan.difference.changes.len()),
        (1, 2)
    );
    assert!(plan.other_keys.is_empty() && !plan.is_empty());
    assert_eq!(desk.written(), 0, "showing writes nothing");
    assert!(!desk.site.file("store/backups").exists());

    let applied = desk.carry_out(plan).await.unwrap();
    assert_eq!((desk.written(), &applied.remark), (1, &None));
    assert_eq!(desk.demo.twilio.locations(), wanted());
    let (before, after) = (before.as_object().unwrap(), desk.attributes());
    let keys = |object: &Map<String, Value>| object.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(before),
        keys(after.as_object().unwrap()),
        "their order, too"
    );
    for (key, value) in before.iter().filter(|(key, _)| *key != "locations") {
        assert_eq!(after[key], *value);
    }
    let recorded = desk.demo.twilio.recorded();
    let post = recorded.iter().find(|one| one.method == "POST").unwrap();
    let sent: Map<String, Value> = serde_json::from_str(&post.body).unwrap();
    assert_eq!(keys(&sent), ["account_sid", "ui_attributes"]);
    let date = applied.date_updated.unwrap();
    assert_eq!(desk.demo.twilio.configuration()["date_updated"], date);
    let list = desk.account().locations.snapshot().unwrap();
    assert!(
        list.locations.permit("Remote Asia").is_some(),
        "logins know it at once"
    );

    let again = desk.apply(&wanted()).await.unwrap_err();
    assert_eq!(again.code, "locations.nothing_to_do");
}

/// What goes wrong, in the order of requests from the second reading on, and what comes of it.
struct Case {
    wrong: Vec<Misbehaviour>,
    /// The failure's code and what it says of the configuration; none if all is well.
    fails: Option<(&'static str, Written)>,
    /// How often the new list was written.
    written: usize,
    /// Whether the new list is there afterwards.
    there: bool,
}

fn cases() -> Vec<Case> {
    use Written::{No, Otherwise, Unknown};
    let other = || json!({ "somebody": "else", "locations": [] });
    let soon = Some("0".to_owned());
    let unverified = Some(("locations.unverified", Unknown));
    let well = |wrong| (wrong, None, 1, true);
    let all = vec![
        well(vec![]),
        well(vec![Rightly, RateLimited(None)]),
        well(vec![Rightly, RateLimited(soon)]),
        well(vec![Refused(500, 20500), Rightly]),
        // Carried out, and nobody was told: reading back finds it.
        well(vec![Rightly, AnswerLost]),
        well(vec![Rightly, CarriedOut(500, 20500)]),
        well(vec![Rightly, CarriedOut(503, 20503), Refused(503, 20503)]),
        well(vec![Rightly, Truncated]),
        well(vec![Rightly, Half]),
        well(vec![Rightly, SlowAnswer(Duration::from_secs(6))]),
        // Not carried out, and nobody can know.
        (vec![Rightly, Lost], unverified, 0, false),
        (vec![Rightly, Refused(500, 20500)], unverified, 0, false),
        // Not carried out for certain.
        (
            vec![Rightly, Refused(400, 45004)],
            Some(("twilio.rejected", No)),
            0,
            false,
        ),
        (
            vec![Rightly, Refused(401, 20003)],
            Some(("twilio.unauthorized", No)),
            0,
            false,
        ),
        (
            vec![Rightly, RateLimited(Some("3600".to_owned()))],
            Some(("twilio.rate_limited", No)),
            0,
            false,
        ),
        // Somebody else was faster; in the second case while Twilio asked for patience.
        (
            vec![Meanwhile(other())],
            Some(("locations.changed", No)),
            0,
            false,
        ),
        (
            vec![Rightly, RateLimited(None), Meanwhile(other())],
            Some(("locations.changed", No)),
            0,
            false,
        ),
        // Somebody else came right behind.
        (
            vec![Rightly, Afterwards(other())],
            Some(("locations.not_as_written", Otherwise)),
            1,
            false,
        ),
        // Carried out, and Twilio is away when it is read back.
        (
            [
                vec![Rightly, CarriedOut(500, 20500)],
                vec![Refused(500, 20500); 40],
            ]
            .concat(),
            unverified,
            1,
            true,
        ),
        (
            vec![Refused(500, 20500); 40],
            Some(("twilio.server", No)),
            0,
            false,
        ),
        (
            vec![Huge(9 << 20)],
            Some(("twilio.too_large", No)),
            0,
            false,
        ),
    ];
    let case = |(wrong, fails, written, there)| Case {
        wrong,
        fails,
        written,
        there,
    };
    all.into_iter().map(case).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_nothing_is_lost_and_nothing_is_written_twice() {
    // A few at once: they mostly wait.
    let mut left = cases();
    while !left.is_empty() {
        let some = left.split_off(left.len().saturating_sub(6));
        join_all(some.into_iter().map(goes_wrong)).await;
    }
}

async fn goes_wrong(case: Case) {
    let desk = Desk::new().await;
    let plan = desk.diff(&wanted()).await.unwrap();
    desk.demo.twilio.start_recording();
    for how in &case.wrong {
        desk.demo.twilio.misbehave(1, how);
    }
    let outcome = desk.carry_out(plan).await;
    desk.demo.twilio.behave();
    let told = format!("{:?}: {outcome:?}", case.wrong);
    assert_eq!(desk.written(), case.written, "{told}");
    assert_eq!(
        desk.demo.twilio.locations() == wanted(),
        case.there,
        "{told}"
    );
    match (&outcome, case.fails) {
        (Ok(applied), None) => {
            let lost = case
                .wrong
                .iter()
                .any(|how| !matches!(how, Rightly | RateLimited(_) | Refused(..)));
            assert_eq!(applied.remark.is_some(), lost, "{told}");
        }
        (Err(failed), Some(expected)) => {
            assert_eq!((failed.code, failed.written), expected, "{told}");
            assert!(!failed.mend.is_empty());
        }
        _ => panic!("{told}"),
    }
    let posted = case.written > 0 || outcome.is_ok();
    if posted {
        assert_eq!(files(&desk.backups()).len(), 1, "{told}");
    }
    if outcome
        .as_ref()
        .is_err_and(|failed| failed.code != "locations.changed")
        && case.written == 0
    {
        let kept = ["warmTransfers", "notifications", "locations", "language"];
        let keys: Vec<_> = desk
            .attributes()
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        assert_eq!(keys, kept, "{told}");
    }
}

#[tokio::test]
async fn what_was_shown_is_what_is_written_or_nothing() {
    let desk = Desk::new().await;
    // The first request of a page: somebody looks at this.
    let shown = desk.diff(&wanted()).await.unwrap().fingerprint;
    // The second: the same document, the same account.
    let same = desk.diff(&wanted()).await.unwrap();
    assert!(same.confirm(&shown).is_ok());
    // Another document, or something else changed in Twilio: another plan.
    let other = desk.diff(&json!([])).await.unwrap();
    assert_eq!(other.confirm(&shown).unwrap_err().code, "locations.changed");
    let mut attributes = desk.attributes();
    attributes["language"] = json!("de-DE");
    desk.demo.twilio.set_ui_attributes(attributes);
    let moved = desk.diff(&wanted()).await.unwrap();
    assert_eq!(moved.confirm(&shown).unwrap_err().code, "locations.changed");

    // Changed after it was confirmed, and back again: `date_updated` alone tells.
    let plan = desk.diff(&wanted()).await.unwrap();
    let shown = plan.fingerprint.clone();
    let confirmed = plan.confirm(&shown).unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let attributes = desk.attributes();
    desk.demo.twilio.set_ui_attributes(attributes);
    let failed = apply(desk.account(), confirmed, &SystemClock)
        .await
        .unwrap_err();
    assert_eq!(
        (failed.code, failed.written),
        ("locations.changed", Written::No)
    );
}

#[tokio::test]
async fn a_document_that_nobody_could_use_is_not_applied() {
    let desk = Desk::new().await;
    let twice = json!([{ "name": "A", "edge": "tokyo" }, { "name": "A", "edge": "tokyo" }]);
    for (document, code) in [
        (twice, "locations.lint"),
        (json!([{ "name": "A", "edge": [] }]), "locations.lint"),
        (json!([{ "edge": "tokyo" }]), "locations.lint"),
        (json!({}), "locations.document"),
        (json!({ "ui_attributes": {} }), "locations.document"),
        (json!("A"), "locations.document"),
    ] {
        let failed = desk.apply(&document).await.unwrap_err();
        assert_eq!(
            (failed.code, failed.written),
            (code, Written::No),
            "{document}"
        );
    }
    // An edge that nobody knows is told, and never refused.
    let unknown = json!([{ "name": "A", "edge": "mumbai" }]);
    let plan = desk.diff(&unknown).await.unwrap();
    assert_eq!(plan.lint.findings[0].code, "edge.unknown");
    desk.carry_out(plan).await.unwrap();
    assert_eq!(desk.demo.twilio.locations(), unknown);
    desk.apply(&json!([])).await.unwrap();
    assert_eq!(desk.demo.twilio.locations(), json!([]));
}

#[tokio::test]
async fn accounts_without_credentials_are_told_so() {
    let desk = Desk::with(|plan| {
        plan.flex.clear();
        plan.defined.clear();
    })
    .await;
    let name: FlexName = "production".parse().unwrap();
    let mut parts = desk.parts;
    parts.bridge.flex.get_mut(&name).unwrap().twilio = None;
    let desk = Desk { parts, ..desk };
    let failed = desk.diff(&wanted()).await.unwrap_err();
    assert_eq!(failed.code, "locations.no_credentials");
    assert!(failed.mend.contains("[flex.production]"), "{}", failed.mend);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map("\\PC{0,8}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

#[tokio::test]
async fn no_key_is_ever_lost_whatever_stands_beside_the_locations() {
    let desk = Desk::new().await;
    let mut runner = TestRunner::deterministic();
    let members = prop::collection::hash_map("\\PC{0,12}", any_json(), 0..12);
    let mut cases = vec![Value::Null, json!({}), json!({ "locations": null })];
    for _ in 0..40 {
        let drawn = members.new_tree(&mut runner).unwrap().current();
        cases.push(Value::Object(drawn.into_iter().collect()));
    }
    let many = (0..2_000).map(|number| (format!("key {number}"), json!("x".repeat(500))));
    cases.push(Value::Object(many.collect()));
    for before in cases {
        desk.demo.twilio.set_ui_attributes(before.clone());
        desk.apply(&wanted()).await.unwrap();
        let mut expected = before.as_object().cloned().unwrap_or_default();
        expected.insert("locations".to_owned(), wanted());
        let expected = Value::Object(expected);
        assert_eq!(desk.attributes().to_string(), expected.to_string());
    }
}
