//! The provider rolls its keys while many people sign in.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use flexbridge::identity::RefusalCode;
use tokio::task::JoinSet;

use super::{
    company::{is_refused, received},
    forged::Forged,
};
use crate::support::log::Log;

/// Logins in flight at once.
const IN_FLIGHT: usize = 24;

/// People who sign in all the while, each again and again.
struct Load {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    people: JoinSet<()>,
}

impl Load {
    fn start(company: &Arc<Forged>) -> Self {
        let (stop, done) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicUsize::new(0)),
        );
        let mut people = JoinSet::new();
        for _ in 0..IN_FLIGHT {
            let (company, stop, done) = (company.clone(), stop.clone(), done.clone());
            people.spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    assert_eq!(received(&company.login().await).name_id, "ann");
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        Self { stop, done, people }
    }

    /// Waits until every one of them has probably signed in once more.
    async fn go_on(&mut self) {
        let from = self.done.load(Ordering::SeqCst);
        while self.done.load(Ordering::SeqCst) < from + 2 * IN_FLIGHT {
            if let Some(ended) = self.people.try_join_next() {
                ended.expect("no login fails");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn end(mut self) {
        self.stop.store(true, Ordering::SeqCst);
        while let Some(ended) = self.people.join_next().await {
            ended.expect("no login fails");
        }
    }
}

#[tokio::test]
async fn keys_roll_under_load_without_one_failed_login() {
    let log = Log::listen();
    let company = Arc::new(Forged::start(|_| {}).await);
    let provider = &company.provider;
    let mut load = Load::start(&company);
    load.go_on().await;
    let asked = provider.asked_for_keys();
    // Providers announce the new key, sign with it, and drop the old one; nobody tells us.
    provider.publish(&["old", "new"]);
    load.go_on().await;
    assert_eq!(provider.asked_for_keys(), asked, "nothing was unknown yet");
    provider.sign_with("new");
    load.go_on().await;
    assert_eq!(
        provider.asked_for_keys(),
        asked + 1,
        "all of them asked once"
    );
    provider.publish(&["new"]);
    load.go_on().await;
    load.end().await;
    assert!(!log.text().contains("\"refused\""), "{}", log.text());
}

#[tokio::test]
async fn keys_that_change_at_once_fail_no_login_and_the_old_one_is_refused() {
    let log = Log::listen();
    let company = Arc::new(Forged::start(|_| {}).await);
    let provider = &company.provider;
    let mut load = Load::start(&company);
    load.go_on().await;
    // Without a word: a restart with fresh keys.
    provider.publish(&["new"]);
    provider.sign_with("new");
    load.go_on().await;
    load.end().await;
    assert!(!log.text().contains("\"refused\""), "{}", log.text());
    provider.sign_with("old");
    is_refused(&log, &company.login().await, RefusalCode::OidcKey);
    provider.sign_with("new");
    received(&company.login().await);
}
