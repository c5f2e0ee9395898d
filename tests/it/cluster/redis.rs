//! Redis is stopped, slow, and started again, with and without what it knew: logins are refused
//! while it can't be relied upon, come back by themselves, and none is ever used twice.

use std::time::Duration;

use flexbridge::{clock::Stopwatch, identity::RefusalCode};

use super::party::{Cluster, Done, Load};
use crate::support::{chaos::Fault, child::free_port, peers, redis::Redis};

/// Where the server knows of the use, and where it may have forgotten.
const USED: &[RefusalCode] = &[RefusalCode::LoginReplayed];
const NEVER_AGAIN: &[RefusalCode] = &[RefusalCode::LoginReplayed, RefusalCode::StoreUnavailable];
/// The longest that somebody waits to be told that it can't be done, on a busy machine.
const SOON: Duration = Duration::from_secs(10);

/// Everybody is refused, within a bounded time, for the store.
async fn is_away(fault: &mut Fault, cluster: &Cluster, what: &str) {
    let person = cluster.person();
    for _ in 0..3 {
        let (browser, form, _) = person.begin().await.unwrap();
        let since = Stopwatch::start();
        let page = browser.clone().submit_once(&form).await;
        let took = since.elapsed();
        let code = cluster.code_of(&page);
        let right = code == RefusalCode::StoreUnavailable.as_str() && page.status == 503;
        fault.holds(
            what,
            right && took < SOON,
            &format!("{code} {} after {took:?}", page.status),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_and_empty_again_it_is_not_believed() {
    if !peers::require("cluster") {
        return;
    }
    let redis = Redis::start();
    let cluster = Cluster::start(|site| redis.store(&site.file("redis.url")));
    let mut fault = Fault::new("Redis stopped, and back empty", "");
    let person = cluster.person();
    let mut done: Vec<Done> = Vec::new();
    for _ in 0..4 {
        done.push(person.login().await.unwrap());
    }
    let (left_open, form, begun) = person.begin().await.unwrap();

    let port = redis.port;
    drop(redis);
    fault.case("no node is ready", cluster.until_ready(false).await);
    is_away(&mut fault, &cluster, "refused while it is away").await;
    for login in &done {
        let again = cluster.refused_everywhere(login, NEVER_AGAIN).await;
        fault.case("nothing is used twice while it is away", again);
    }

    let _redis = Redis::start_at(port);
    fault.case(
        "each node is ready by itself",
        cluster.until_ready(true).await,
    );
    for login in &done {
        let again = cluster.refused_everywhere(login, NEVER_AGAIN).await;
        fault.case("nothing is used twice, though it forgot", again);
    }
    let late = person.end(left_open, form, begun).await;
    fault.holds(
        "who began before it is told to begin again",
        late.is_err(),
        &"let in",
    );
    let works = cluster.until_it_works().await;
    fault.case(
        "whoever begins now signs in",
        works.as_ref().map(drop).map_err(Clone::clone),
    );
    let again = cluster.refused_everywhere(&works.unwrap(), USED).await;
    fault.case("and that once", again);
    fault.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_with_its_file_kept_nothing_is_used_twice() {
    if !peers::require("cluster") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let redis = Redis::start_kept(folder.path(), free_port());
    let cluster = Cluster::start(|site| redis.store(&site.file("redis.url")));
    let mut fault = Fault::new("Redis killed under load, and back", "");
    let load = Load::start(&cluster);
    load.go_on().await;
    let port = redis.port;
    redis.signal("KILL");
    drop(redis);
    load.go_on().await;
    let _redis = Redis::start_kept(folder.path(), port);
    fault.case(
        "each node is ready by itself",
        cluster.until_ready(true).await,
    );
    load.go_on().await;
    load.go_on().await;
    let all = load.end().await;
    let failed = all.iter().filter(|one| one.is_err()).count();
    fault.holds("logins were refused meanwhile", failed > 0, &"none was");
    for done in all.iter().filter_map(|one| one.as_ref().ok()) {
        let again = cluster.refused_everywhere(done, USED).await;
        fault.case("what was used stays used", again);
    }
    fault.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_it_is_waited_for_a_little_and_no_longer() {
    if !peers::require("cluster") {
        return;
    }
    let redis = Redis::start();
    let cluster = Cluster::start(|site| redis.store(&site.file("redis.url")));
    let mut fault = Fault::new("Redis slow, and stuck", "");
    let person = cluster.person();
    // A pause that is shorter than the patience with it costs time only.
    let paused = redis.ask("CLIENT PAUSE 300 ALL");
    assert!(paused.contains("ok"), "{paused}");
    let slow = person.login().await;
    fault.case(
        "a third of a second is waited for",
        slow.as_ref().map(drop).map_err(Clone::clone),
    );

    redis.signal("STOP");
    is_away(&mut fault, &cluster, "refused while it is stuck").await;
    fault.case("no node is ready", cluster.until_ready(false).await);
    let again = cluster
        .refused_everywhere(slow.as_ref().unwrap(), NEVER_AGAIN)
        .await;
    fault.case("nothing is used twice while it is stuck", again);
    let (left_open, form, begun) = person.begin().await.unwrap();
    redis.signal("CONT");
    fault.case(
        "each node is ready by itself",
        cluster.until_ready(true).await,
    );
    let late = person.end(left_open, form, begun).await;
    // It forgot nothing, so that who began meanwhile can go on.
    fault.case(
        "who began meanwhile ends",
        late.as_ref().map(drop).map_err(Clone::clone),
    );
    for done in [slow, late].iter().flatten() {
        let again = cluster.refused_everywhere(done, USED).await;
        fault.case("what was used stays used", again);
    }
    fault.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn emptied_while_it_runs_it_is_not_believed() {
    if !peers::require("cluster") {
        return;
    }
    let redis = Redis::start();
    let cluster = Cluster::start(|site| redis.store(&site.file("redis.url")));
    let mut fault = Fault::new("Redis emptied by somebody", "");
    let done = cluster.person().login().await.unwrap();
    let emptied = redis.ask("FLUSHALL");
    assert!(emptied.contains("ok"), "{emptied}");
    for _ in 0..3 {
        let again = cluster.refused_everywhere(&done, NEVER_AGAIN).await;
        fault.case("nothing is used twice, though it forgot", again);
    }
    let works = cluster.until_it_works().await;
    fault.case("whoever begins now signs in", works.map(drop));
    let again = cluster.refused_everywhere(&done, NEVER_AGAIN).await;
    fault.case("nor later", again);
    fault.finish();
}
