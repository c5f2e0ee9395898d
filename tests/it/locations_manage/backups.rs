//! What was there before is kept, and put back.

use std::{fs, os::unix::fs::PermissionsExt};

use flexbridge::{
    admin::locations::{Backup, Plan, Purpose, backups, restoration},
    clock::{Clock, SystemClock},
};
use serde_json::{Value, json};

use super::desk::{Desk, files, wanted};

async fn back(desk: &Desk, everything: bool) -> Plan {
    let newest = backups(desk.account()).unwrap().remove(0);
    let backup = Backup::read(&newest.path).unwrap();
    let now = SystemClock.now();
    restoration(desk.account(), backup, everything, now)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_locations_are_put_back_and_what_others_changed_since_stays() {
    let desk = Desk::new().await;
    let before = desk.attributes();
    let applied = desk.apply(&wanted()).await.unwrap();
    let written: Value = serde_json::from_slice(&fs::read(&applied.backup).unwrap()).unwrap();
    assert_eq!(written["ui_attributes"], before);
    for (path, mode) in [
        (desk.site.file("store/backups"), 0o700),
        (desk.backups(), 0o700),
        (applied.backup.clone(), 0o600),
    ] {
        let seen = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(seen & 0o777, mode, "{}", path.display());
    }
    let mut changed = desk.attributes();
    changed["language"] = json!("ja-JP");
    desk.demo.twilio.set_ui_attributes(changed);

    let plan = back(&desk, false).await;
    assert_eq!(plan.purpose, Purpose::RestoreLocations);
    assert!(plan.other_keys.is_empty());
    desk.carry_out(plan).await.unwrap();
    assert_eq!(desk.demo.twilio.locations(), before["locations"]);
    assert_eq!(desk.attributes()["language"], "ja-JP");
    assert_eq!(files(&desk.backups()).len(), 2);
}

#[tokio::test]
async fn everything_is_put_back_when_asked_and_said_before() {
    let desk = Desk::new().await;
    let before = desk.attributes();
    desk.apply(&wanted()).await.unwrap();
    let mut changed = desk.attributes();
    changed["language"] = json!("ja-JP");
    changed["plugin"] = json!({ "of": "somebody" });
    desk.demo.twilio.set_ui_attributes(changed);
    let plan = back(&desk, true).await;
    assert_eq!(plan.other_keys, ["plugin", "language"]);
    desk.carry_out(plan).await.unwrap();
    assert_eq!(desk.attributes(), before);
}

#[tokio::test]
async fn an_account_that_had_no_locations_gets_none_again() {
    for before in [
        Value::Null,
        json!({}),
        json!({ "a": 1 }),
        json!({ "locations": null, "a": 1 }),
    ] {
        let desk = Desk::new().await;
        desk.demo.twilio.set_ui_attributes(before.clone());
        desk.apply(&wanted()).await.unwrap();
        let plan = back(&desk, false).await;
        desk.carry_out(plan).await.unwrap();
        let after = desk.attributes();
        assert_eq!(after.get("locations"), before.get("locations"), "{before}");
        assert_eq!(after.get("a"), before.get("a"));
    }
}

#[tokio::test]
async fn what_is_no_backup_of_this_account_is_refused() {
    let desk = Desk::new().await;
    let applied = desk.apply(&wanted()).await.unwrap();
    let text = fs::read_to_string(&applied.backup).unwrap();
    let newer = text.replace("\"version\": 1", "\"version\": 2");
    for damaged in [&text[..text.len() / 2], "", "{}", newer.as_str()] {
        let path = desk.site.file("damaged.json");
        fs::write(&path, damaged).unwrap();
        assert_eq!(Backup::read(&path).unwrap_err().code, "locations.backup");
    }
    let other = desk.site.file("other.json");
    let sid = flexbridge_account();
    fs::write(&other, text.replace(sid, &sid.replace('0', "f"))).unwrap();
    let backup = Backup::read(&other).unwrap();
    let now = SystemClock.now();
    let failed = restoration(desk.account(), backup, false, now)
        .await
        .unwrap_err();
    assert_eq!(failed.code, "locations.other_account");
}

fn flexbridge_account() -> &'static str {
    crate::support::twilio::ACCOUNT
}

#[tokio::test]
async fn the_newest_fifty_stay_and_what_is_no_backup_is_left_alone() {
    let desk = Desk::new().await;
    desk.apply(&wanted()).await.unwrap();
    let directory = desk.backups();
    for number in 0..60 {
        let name = format!("2020-01-01T00-00-{number:02}.000Z.json");
        fs::write(directory.join(name), "{}").unwrap();
    }
    fs::write(directory.join("notes.txt"), "mine").unwrap();
    desk.apply(&json!([])).await.unwrap();
    let kept = files(&directory);
    assert_eq!(kept.len(), 51);
    assert!(kept.contains(&"notes.txt".to_owned()));
    assert_eq!(kept[0], "2020-01-01T00-00-12.000Z.json", "the oldest went");
    let listed = backups(desk.account()).unwrap();
    assert_eq!(listed.len(), 50);
    assert!(listed.is_sorted_by(|newer, older| newer.taken_at >= older.taken_at));
}

#[tokio::test]
async fn without_a_backup_nothing_is_written() {
    let desk = Desk::new().await;
    fs::create_dir_all(desk.site.file("store")).unwrap();
    fs::write(desk.site.file("store/backups"), "in the way").unwrap();
    desk.demo.twilio.start_recording();
    let before = desk.attributes();
    let failed = desk.apply(&wanted()).await.unwrap_err();
    assert_eq!(failed.code, "locations.backup");
    assert_eq!((desk.written(), desk.attributes()), (0, before));
}
