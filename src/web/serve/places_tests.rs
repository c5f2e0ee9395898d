//! Who is let in, and who gives way.

use super::*;

const IDLE: Duration = Duration::from_secs(15);
const STALLED: Duration = Duration::from_mins(1);

fn from(places: &Arc<Places>, seconds: u64, peer: &str) -> Option<Place> {
    places.enter_at(Duration::from_secs(seconds), peer.parse().unwrap())
}

/// Whether somebody was told to leave; a permit is kept until it is looked for.
async fn told_to_leave(place: &Place) -> bool {
    let told = place.asked_to_leave();
    tokio::time::timeout(Duration::ZERO, told).await.is_ok()
}

fn is_full(places: &Arc<Places>, all: usize) {
    let held = places.held();
    let there: usize = held.by_address.values().map(HashMap::len).sum();
    assert_eq!((held.all, there), (all, all));
}

#[test]
fn one_address_can_not_take_every_place() {
    let places = Places::new(&["10.0.0.0/8".parse().unwrap()]);
    let many = |peer: &str| std::iter::from_fn(|| from(&places, 0, peer)).collect::<Vec<_>>();
    let held = many("203.0.113.9");
    assert_eq!(held.len(), CONNECTIONS_PER_ADDRESS);
    let behind_proxy = many("10.0.0.1");
    assert_eq!(behind_proxy.len(), CONNECTIONS - CONNECTIONS_PER_ADDRESS);
    assert!(from(&places, 0, "198.51.100.1").is_none());
    drop(held);
    assert!(from(&places, 0, "198.51.100.1").is_some());
    drop(behind_proxy);
    is_full(&places, 0);
    assert!(places.held().by_address.is_empty());
}

#[tokio::test]
async fn the_longest_idle_of_the_address_gives_way() {
    let places = Places::with_limits(9, 3, &[]);
    let elsewhere = from(&places, 0, "198.51.100.1").unwrap();
    let asks = from(&places, 1, "203.0.113.9").unwrap();
    let second = from(&places, 2, "203.0.113.9").unwrap();
    let third = from(&places, 3, "203.0.113.9").unwrap();
    let request = asks.requests().begin_at(Duration::from_secs(4));
    let _heir = from(&places, 10, "203.0.113.9").unwrap();
    is_full(&places, 4);
    for (place, told) in [
        (&elsewhere, false),
        (&asks, false),
        (&second, true),
        (&third, false),
    ] {
        assert_eq!(told_to_leave(place).await, told, "{place:?}");
    }
    // Each gives its place once.
    let _next = from(&places, 10, "203.0.113.9").unwrap();
    assert!(told_to_leave(&third).await);
    assert!(from(&places, 10, "203.0.113.9").is_none(), "all are busy");
    drop(request);
    let _last = from(&places, 11, "203.0.113.9").unwrap();
    assert!(told_to_leave(&asks).await && !told_to_leave(&elsewhere).await);
    // What leaves takes no place along: others have them.
    drop((asks, second, third));
    is_full(&places, 4);
}

#[tokio::test]
async fn nobody_is_served_before_the_former_one_is_gone() {
    let places = Places::with_limits(9, 1, &[]);
    let former = from(&places, 0, "203.0.113.9").unwrap();
    let mut heir = from(&places, 10, "203.0.113.9").unwrap();
    let early = tokio::time::timeout(Duration::from_millis(20), heir.vacated()).await;
    assert!(early.is_err());
    drop(former);
    heir.vacated().await;
    is_full(&places, 1);
    drop(heir);
    is_full(&places, 0);
}

#[tokio::test]
async fn when_all_are_taken_the_longest_idle_of_everybody_gives_way() {
    let places = Places::with_limits(3, 2, &["10.0.0.0/8".parse().unwrap()]);
    let oldest = from(&places, 1, "10.0.0.1").unwrap();
    let others = [2, 3].map(|second| from(&places, second, "203.0.113.9").unwrap());
    let _heir = from(&places, 9, "198.51.100.1").unwrap();
    assert!(told_to_leave(&oldest).await);
    // A proxy shares nothing but the whole.
    let _proxied = [9, 9].map(|second| from(&places, second, "10.0.0.1").unwrap());
    for other in &others {
        assert!(told_to_leave(other).await);
    }
    is_full(&places, 3);
}

#[test]
fn who_has_just_come_is_not_sent_away() {
    let places = Places::with_limits(9, 1, &[]);
    let first = from(&places, 10, "203.0.113.9").unwrap();
    assert!(from(&places, 11, "203.0.113.9").is_none());
    // Its first request is answered: from now on it is as idle as any other.
    drop(first.requests().begin_at(Duration::from_secs(11)));
    let second = from(&places, 11, "203.0.113.9").unwrap();
    assert!(from(&places, 12, "203.0.113.9").is_none());
    assert!(from(&places, 13, "203.0.113.9").is_some(), "it never asks");
    drop((first, second));
    is_full(&places, 0);
}

#[test]
fn what_is_idle_or_stalled_has_its_time() {
    let places = Places::with_limits(1, 1, &[]);
    let place = from(&places, 0, "203.0.113.9").unwrap();
    let left = |second| place.left(Duration::from_secs(second), IDLE, STALLED);
    let seconds = Duration::from_secs;
    assert_eq!(left(5), (seconds(10), false));
    assert_eq!(left(15), (seconds(0), false));
    let requests = [20, 30].map(|second| place.requests().begin_at(seconds(second)));
    assert_eq!(left(40), (seconds(50), true));
    assert_eq!(left(90), (seconds(0), true));
    let [one, other] = requests;
    drop(one);
    assert!(left(40).1, "the other one is still under way");
    drop(other);
    assert!(!left(1).1 && left(14).0 > seconds(0) && left(17).0.is_zero());
}
