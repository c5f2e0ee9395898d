//! A server, its replica, and a Sentinel: when the server dies its replica takes its place. What
//! was acknowledged is known to both by then, or was never called used.

use flexbridge::identity::RefusalCode;

use super::party::{Cluster, Done, Load};
use crate::support::{chaos::Fault, peers, redis::Pair};

const NEVER_AGAIN: &[RefusalCode] = &[RefusalCode::LoginReplayed, RefusalCode::StoreUnavailable];

async fn none_again(fault: &mut Fault, cluster: &Cluster, done: &[Done]) {
    for login in done {
        let again = cluster.refused_everywhere(login, NEVER_AGAIN).await;
        fault.case("what was used stays used", again);
    }
}

fn went_well(all: Vec<Result<Done, String>>) -> Vec<Done> {
    all.into_iter().filter_map(Result::ok).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failover_under_load_is_followed_and_nothing_is_used_twice() {
    if !peers::require("cluster") {
        return;
    }
    let pair = Pair::start();
    let cluster = Cluster::start(|site| pair.store(&site.file("redis.url")));
    let mut fault = Fault::new("Redis fails over (Sentinel)", "");
    let load = Load::start(&cluster);
    load.go_on().await;
    pair.master.signal("KILL");
    pair.until(|pair| {
        pair.replica
            .try_ask("ROLE")
            .is_ok_and(|told| told.contains("master"))
    });
    // The new server has no replica of its own yet: nobody is let in.
    load.go_on().await;
    let all = load.end().await;
    let refused = all.iter().filter(|one| one.is_err()).count();
    fault.holds("logins were refused meanwhile", refused > 0, &"none was");
    let before = went_well(all);
    fault.holds("logins went well before", !before.is_empty(), &"none did");
    fault.case(
        "without a replica no node is ready",
        cluster.until_ready(false).await,
    );
    none_again(&mut fault, &cluster, &before).await;

    let mut pair = pair;
    pair.restart_master();
    fault.case(
        "with one again each is, by itself",
        cluster.until_ready(true).await,
    );
    none_again(&mut fault, &cluster, &before).await;
    let works = cluster.until_it_works().await;
    fault.case(
        "whoever begins now signs in",
        works.as_ref().map(drop).map_err(Clone::clone),
    );
    none_again(&mut fault, &cluster, &[works.unwrap()]).await;
    fault.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_replica_does_not_have_is_not_called_used() {
    if !peers::require("cluster") {
        return;
    }
    let pair = Pair::start();
    let cluster = Cluster::start(|site| pair.store(&site.file("redis.url")));
    let mut fault = Fault::new("Redis fails over with writes not copied", "");
    let done = cluster.person().login().await.unwrap();
    // The replica stands still: what is written now would be lost with the server.
    pair.replica.signal("STOP");
    let (browser, form, _) = cluster.person().begin().await.unwrap();
    let page = browser.clone().submit_once(&form).await;
    let code = cluster.code_of(&page);
    fault.holds("nobody is let in", code == "store.unavailable", &code);
    pair.master.signal("KILL");
    pair.replica.signal("CONT");
    pair.until(|pair| {
        pair.replica
            .try_ask("ROLE")
            .is_ok_and(|told| told.contains("master"))
    });
    let mut pair = pair;
    pair.restart_master();
    fault.case(
        "each node is ready by itself",
        cluster.until_ready(true).await,
    );
    // The new server has never heard of it, and still nobody is let in with it.
    for page in cluster.at_each_node(&browser, &form).await {
        let code = cluster.code_of(&page);
        let right = NEVER_AGAIN.iter().any(|one| one.as_str() == code);
        fault.holds("nor afterwards", right, &code);
    }
    none_again(&mut fault, &cluster, &[done]).await;
    fault.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_deposed_unawares_lets_nobody_in() {
    if !peers::require("cluster") {
        return;
    }
    let pair = Pair::start();
    let cluster = Cluster::start(|site| pair.store(&site.file("redis.url")));
    let mut fault = Fault::new("Redis split in two", "");
    let before = cluster.person().login().await.unwrap();
    // Cut off from the Sentinel, which sees the replica take over; the nodes still reach the
    // first server, which knows of nothing.
    pair.sentinel.signal("STOP");
    let told = pair.replica.ask("REPLICAOF NO ONE");
    assert!(told.contains("ok"), "{told}");
    pair.until(|pair| {
        pair.replica
            .try_ask("ROLE")
            .is_ok_and(|told| told.contains("master"))
    });
    assert!(pair.master.ask("ROLE").contains("master"), "there are two");
    for _ in 0..3 {
        let refused = cluster.person().login().await;
        fault.holds(
            "nobody is let in by the first one",
            refused.is_err(),
            &"let in",
        );
    }
    fault.case("no node is ready", cluster.until_ready(false).await);
    none_again(&mut fault, &cluster, &[before]).await;
    fault.finish();
}
