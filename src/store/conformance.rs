//! What every [`Store`] must do, whichever it is.

use std::sync::Arc;

use chrono::TimeDelta;

use super::{ConsumeKey, Consumed, Store};
use crate::clock::{Clock, SystemClock, random_bytes};

/// A key that no other run of a test uses.
fn fresh_key() -> ConsumeKey {
    let bytes: [u8; 16] = random_bytes(&crate::clock::SystemRandom).unwrap();
    ConsumeKey::of(&[b"conformance", &bytes])
}

pub(super) async fn holds(store: impl Store) {
    let store: Arc<dyn Store> = Arc::new(store);
    assert_eq!(store.ping().await, Ok(()));
    the_first_use_is_the_only_one(&*store).await;
    keys_do_not_meet(&*store).await;
    of_a_thousand_at_once_one_is_first(Arc::clone(&store)).await;
    an_expired_identifier_is_still_used(&*store).await;
    a_clock_a_little_back_changes_nothing(&*store).await;
}

async fn the_first_use_is_the_only_one(store: &dyn Store) {
    let (key, now) = (fresh_key(), SystemClock.now());
    let expiry = now + TimeDelta::minutes(10);
    assert_eq!(
        store.consume(&key, now, expiry, now).await,
        Ok(Consumed::First)
    );
    for _ in 0..3 {
        assert_eq!(
            store.consume(&key, now, expiry, now).await,
            Ok(Consumed::Again)
        );
    }
}

async fn keys_do_not_meet(store: &dyn Store) {
    let now = SystemClock.now();
    for _ in 0..100 {
        let first = store
            .consume(&fresh_key(), now, now + TimeDelta::minutes(1), now)
            .await;
        assert_eq!(first, Ok(Consumed::First));
    }
}

async fn of_a_thousand_at_once_one_is_first(store: Arc<dyn Store>) {
    let (key, now) = (fresh_key(), SystemClock.now());
    let tasks: Vec<_> = (0..1_000)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                store
                    .consume(&key, now, now + TimeDelta::minutes(10), now)
                    .await
            })
        })
        .collect();
    let (mut first, mut again) = (0, 0);
    for task in tasks {
        match task.await.unwrap().unwrap() {
            Consumed::First => first += 1,
            Consumed::Again => again += 1,
        }
    }
    assert_eq!((first, again), (1, 999));
}

/// The caller checks times; the store must not make room for a mistake there.
async fn an_expired_identifier_is_still_used(store: &dyn Store) {
    let (key, now) = (fresh_key(), SystemClock.now());
    let expiry = now - TimeDelta::seconds(1);
    assert_eq!(
        store.consume(&key, now, expiry, now).await,
        Ok(Consumed::First)
    );
    assert_eq!(
        store.consume(&key, now, expiry, now).await,
        Ok(Consumed::Again)
    );
}

async fn a_clock_a_little_back_changes_nothing(store: &dyn Store) {
    let (key, now) = (fresh_key(), SystemClock.now());
    let expiry = now + TimeDelta::minutes(10);
    assert_eq!(
        store.consume(&key, now, expiry, now).await,
        Ok(Consumed::First)
    );
    let back = now - TimeDelta::minutes(50);
    assert_eq!(
        store.consume(&key, now, expiry, back).await,
        Ok(Consumed::Again)
    );
}
