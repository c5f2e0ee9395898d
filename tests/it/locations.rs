//! The list of locations over time: refreshed, failing, restarted, damaged.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use flexbridge::{
    clock::{Clock, Stopwatch, SystemClock, SystemRandom, Timestamp},
    demo::twilio::Misbehaviour,
    locations::{FileSource, LocationSource, Plan, Registry, State, TwilioSource, Watch},
    twilio::Limits,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch::Receiver;

use crate::support::twilio::{ACCOUNT, Running, quick, start};

/// A clock that a test sets.
#[derive(Clone)]
struct Hands(Arc<Mutex<Timestamp>>);

impl Hands {
    fn at(text: &str) -> Self {
        Self(Arc::new(Mutex::new(text.parse().unwrap())))
    }

    fn forward(&self, seconds: i64) {
        *self.0.lock().unwrap() += chrono::Duration::seconds(seconds);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Tries once: what a test wants to see fail should fail soon.
fn once() -> Limits {
    Limits {
        tries: 1,
        ..quick()
    }
}

fn plan(store: &Path, refresh: Duration) -> Plan {
    Plan {
        flex: "production".parse().unwrap(),
        account_sid: ACCOUNT.to_owned(),
        refresh,
        store: store.to_owned(),
    }
}

fn open_with(plan: Plan, source: impl LocationSource, clock: impl Clock) -> Watch {
    let (clock, random) = (Arc::new(clock), Arc::new(SystemRandom));
    Watch::open(plan, Box::new(source), clock, random)
}

fn open(demo: &Running, store: &TempDir, clock: impl Clock) -> Watch {
    let source = TwilioSource(demo.client(once()));
    let plan = plan(store.path(), Duration::from_mins(5));
    open_with(plan, source, clock)
}

fn names(watch: &Watch) -> Option<Vec<String>> {
    let snapshot = watch.snapshot()?;
    let locations = snapshot.locations.iter();
    Some(locations.map(|location| location.name.clone()).collect())
}

const BOTH: [&str; 2] = ["Singapore Office", "San Francisco Office"];

#[tokio::test]
async fn a_failed_refresh_keeps_the_last_good_list_and_says_since_when() {
    let (demo, store) = (start().await, TempDir::new().unwrap());
    let clock = Hands::at("2026-01-01T08:00:00Z");
    let watch = open(&demo, &store, clock.clone());
    assert!(watch.snapshot().is_none());
    assert!(watch.status().stale);

    // Never obtained, twice.
    demo.twilio.misbehave(2, &Misbehaviour::Refused(500, 20500));
    for times in 1..=2 {
        assert_eq!(watch.refresh_now().await.unwrap_err().code, "twilio.server");
        assert_eq!(watch.status().failure.unwrap().times, times);
        assert!(watch.snapshot().is_none());
        clock.forward(10);
    }

    // Obtained.
    watch.refresh_now().await.unwrap();
    assert_eq!(names(&watch).unwrap(), BOTH);
    let status = watch.status();
    assert_eq!((status.count, status.age_seconds), (Some(2), Some(0)));
    assert_eq!((status.failure, status.disk_problem), (None, None));
    assert!(!status.stale);

    // Lost again: the list stays, its age grows, the first failure's time is kept.
    demo.twilio.misbehave(9, &Misbehaviour::Refused(401, 20003));
    clock.forward(300);
    watch.refresh_now().await.unwrap_err();
    clock.forward(600);
    watch.refresh_now().await.unwrap_err();
    assert_eq!(names(&watch).unwrap(), BOTH);
    let status = watch.status();
    assert_eq!((status.age_seconds, status.stale), (Some(900), false));
    let failure = status.failure.unwrap();
    assert_eq!((failure.code, failure.times), ("twilio.unauthorized", 2));
    assert_eq!(failure.since.to_rfc3339(), "2026-01-01T08:05:20+00:00");
    assert_eq!(failure.last.to_rfc3339(), "2026-01-01T08:15:20+00:00");
    assert!(!failure.mend.is_empty());
    clock.forward(1);
    assert!(watch.status().stale, "more than three times the refresh");
}

#[tokio::test]
async fn what_flex_could_not_use_either_does_not_replace_the_list() {
    let (demo, store) = (start().await, TempDir::new().unwrap());
    let watch = open(&demo, &store, SystemClock);
    watch.refresh_now().await.unwrap();
    demo.twilio.set_locations(json!("Singapore Office"));
    let error = watch.refresh_now().await.unwrap_err();
    assert_eq!(error.code, "locations.not_a_list");
    assert_eq!(names(&watch).unwrap(), BOTH);

    // No list at all is a list.
    demo.twilio
        .misbehave(1, &Misbehaviour::Property("ui_attributes", Value::Null));
    watch.refresh_now().await.unwrap();
    assert_eq!(names(&watch).unwrap(), [""; 0]);

    demo.twilio
        .set_locations(json!([{ "name": "A" }, { "name": "A" }]));
    watch.refresh_now().await.unwrap();
    assert_eq!(
        (names(&watch).unwrap().len(), watch.status().oddities),
        (1, 2)
    );
}

#[tokio::test]
async fn a_restart_without_twilio_still_knows_the_names_and_their_age() {
    let (demo, store) = (start().await, TempDir::new().unwrap());
    let clock = Hands::at("2026-01-01T08:00:00Z");
    open(&demo, &store, clock.clone())
        .refresh_now()
        .await
        .unwrap();
    let seen = demo.twilio.requests();

    clock.forward(3_600);
    let watch = open(&demo, &store, clock.clone());
    assert_eq!(demo.twilio.requests(), seen, "nobody is asked at the start");
    assert_eq!(names(&watch).unwrap(), BOTH);
    assert_eq!(watch.status().age_seconds, Some(3_600));
    assert!(watch.status().stale);
    let snapshot = watch.snapshot().unwrap();
    let edges = snapshot.locations.edges("Singapore Office").unwrap();
    assert_eq!(edges, ["singapore-ix", "singapore", "roaming"]);

    // The clock jumped back: the list counts as fresh, nothing breaks.
    clock.forward(-7_200);
    assert_eq!(watch.status().age_seconds, Some(0));

    // Another account's bridge on the same directory never sees these names.
    let other = Plan {
        account_sid: "ACffffffffffffffffffffffffffffffff".to_owned(),
        ..plan(store.path(), Duration::from_mins(5))
    };
    let watch = open_with(other, TwilioSource(demo.client(once())), SystemClock);
    assert!(watch.snapshot().is_none());
    assert!(
        watch
            .status()
            .disk_problem
            .unwrap()
            .contains("another account")
    );
}

#[tokio::test]
async fn a_damaged_copy_is_told_left_aside_and_mended() {
    let (demo, store) = (start().await, TempDir::new().unwrap());
    let file = store.path().join("locations/production.json");
    open(&demo, &store, SystemClock)
        .refresh_now()
        .await
        .unwrap();
    std::fs::write(&file, b"{\"version\":1,").unwrap();
    let watch = open(&demo, &store, SystemClock);
    assert!(watch.snapshot().is_none());
    assert!(watch.status().disk_problem.unwrap().contains("damaged"));
    watch.refresh_now().await.unwrap();
    assert_eq!(watch.status().disk_problem, None);
    assert_eq!(names(&open(&demo, &store, SystemClock)).unwrap(), BOTH);
}

#[tokio::test]
async fn a_disk_that_takes_nothing_does_not_keep_the_list_from_logins() {
    let (demo, store) = (start().await, TempDir::new().unwrap());
    std::fs::write(store.path().join("locations"), b"in the way").unwrap();
    let watch = open(&demo, &store, SystemClock);
    watch.refresh_now().await.unwrap();
    assert_eq!(names(&watch).unwrap(), BOTH);
    assert!(watch.status().disk_problem.is_some());
}

#[tokio::test]
async fn a_file_serves_and_an_unreadable_one_keeps_the_last_good_list() {
    let store = TempDir::new().unwrap();
    let file = store.path().join("list.json");
    let plan = || plan(store.path(), Duration::from_mins(1));
    let watch = open_with(plan(), FileSource(file.clone()), SystemClock);
    let code = watch.refresh_now().await.unwrap_err().code;
    assert_eq!(code, "locations.unreadable");

    std::fs::write(&file, br#"[{ "name": "Lisbon", "edge": "dublin" }]"#).unwrap();
    watch.refresh_now().await.unwrap();
    assert_eq!(names(&watch).unwrap(), ["Lisbon"]);

    let large = vec![b' '; 8 * 1024 * 1024 + 1];
    for (content, code) in [
        (&b"[{ \"name\": "[..], "locations.malformed"),
        (b"\xff\xfe[\0]\0", "locations.malformed"),
        (b"\"Lisbon\"", "locations.not_a_list"),
        (&large, "locations.too_large"),
    ] {
        std::fs::write(&file, content).unwrap();
        let error = watch.refresh_now().await.unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert_eq!(names(&watch).unwrap(), ["Lisbon"]);
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    watch.refresh_now().await.unwrap_err();
    let again = open_with(plan(), FileSource(file), SystemClock);
    assert_eq!(names(&again).unwrap(), ["Lisbon"], "after a restart too");
}

#[tokio::test]
async fn the_background_refresh_brings_changes_and_ends_when_dropped() {
    let (demo, store) = (start().await, TempDir::new().unwrap());
    let plan = plan(store.path(), Duration::from_millis(20));
    let flex = plan.flex.clone();
    let watch = open_with(plan, TwilioSource(demo.client(once())), SystemClock);
    let registry: Registry = [watch].into_iter().collect();
    let watch = registry.get(&flex).unwrap();
    let mut told = watch.subscribe();
    let refreshing = registry.start();
    assert_eq!(refreshing.count(), 1);

    let wait_for = async |told: &mut Receiver<Arc<State>>, wanted: &str| {
        let has = |state: &Arc<State>| {
            let list = state.snapshot.as_ref();
            list.is_some_and(|list| list.locations.permit(wanted).is_some())
        };
        let there = tokio::time::timeout(Duration::from_secs(10), told.wait_for(has)).await;
        assert!(there.is_ok(), "{wanted} never came");
    };
    wait_for(&mut told, "Singapore Office").await;
    demo.twilio.misbehave(2, &Misbehaviour::Truncated);
    demo.twilio
        .set_locations(json!([{ "name": "Lisbon", "edge": "dublin" }]));
    wait_for(&mut told, "Lisbon").await;

    drop(refreshing);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let seen = demo.twilio.requests();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(demo.twilio.requests(), seen);

    demo.twilio.misbehave(1, &Misbehaviour::WebPage);
    let failed = registry.refresh_all().await;
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (failed[0].0.as_str(), failed[0].1.code),
        ("production", "twilio.malformed")
    );
}

#[tokio::test]
async fn a_reader_never_waits_for_a_refresh() {
    let (demo, store) = (start().await, TempDir::new().unwrap());
    let watch = Arc::new(open(&demo, &store, SystemClock));
    watch.refresh_now().await.unwrap();
    demo.twilio
        .misbehave(1, &Misbehaviour::Slow(Duration::from_secs(1)));
    let slow = tokio::spawn({
        let watch = Arc::clone(&watch);
        async move { watch.refresh_now().await.map(drop) }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let time = Stopwatch::start();
    assert_eq!(names(&watch).unwrap(), BOTH);
    assert!(time.elapsed() < Duration::from_millis(100));
    assert!(!slow.is_finished());
    slow.await.unwrap().unwrap();
}
