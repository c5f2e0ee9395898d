//! Logins cross nodes, are used once at all of them, and outlast the loss of one.

use std::collections::BTreeSet;

use flexbridge::identity::RefusalCode;

use super::party::{Cluster, Load, PEOPLE};
use crate::{
    login::walk::{flex_asks, now},
    support::{
        browser::Browser,
        chaos::Fault,
        forging::{ForgingIdp, asked},
        peers,
        redis::Redis,
    },
};

const USED: &[RefusalCode] = &[RefusalCode::LoginReplayed];

#[tokio::test(flavor = "multi_thread")]
async fn a_login_crosses_nodes_and_is_used_once_at_all_of_them() {
    if !peers::require("cluster") {
        return;
    }
    let redis = Redis::start();
    let cluster = Cluster::start(|site| redis.store(&site.file("redis.url")));
    let mut fault = Fault::new("cluster: any request to any node", "");
    let person = cluster.person();
    let mut crossed = BTreeSet::new();
    for number in 0..9 {
        let done = person.login().await.unwrap();
        let [begun, ended] = done.nodes;
        let case = format!("login {number}, begun at {begun}, ended at {ended}");
        fault.holds(&case, begun != ended, &"at one node");
        crossed.insert(done.nodes);
        let again = cluster.refused_everywhere(&done, USED).await;
        fault.case(&format!("{case}, again at each node"), again);
    }
    fault.holds("each node begins some", crossed.len() >= 3, &crossed.len());

    // The assertion of one login as the answer to another one.
    let mut browser = Browser::new();
    let first = asked(&browser.open_once(&flex_asks(&cluster.nodes[0])).await);
    let says = ForgingIdp::says(&first, now());
    let form = cluster.company.idp.form(&first, &says);
    assert_eq!(browser.clone().submit_once(&form).await.status, 200);
    let second = asked(&browser.open_once(&flex_asks(&cluster.nodes[0])).await);
    let mut same = ForgingIdp::says(&second, now());
    same.assertion = says.assertion;
    let form = cluster.company.idp.form(&second, &same);
    for page in cluster.at_each_node(&browser, &form).await {
        let code = cluster.code_of(&page);
        // The first of them uses up the login, too.
        let right = [RefusalCode::AssertionReplayed, RefusalCode::LoginReplayed];
        let right = right.iter().any(|one| one.as_str() == code);
        fault.holds("an assertion in another login", right, &code);
    }
    fault.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_killed_takes_its_own_requests_along_and_nothing_else() {
    if !peers::require("cluster") {
        return;
    }
    let redis = Redis::start();
    let mut cluster = Cluster::start(|site| redis.store(&site.file("redis.url")));
    let mut fault = Fault::new("cluster: a node is killed", "");
    let load = Load::start(&cluster);
    load.go_on().await;
    let killed = cluster.nodes.remove(1);
    killed.signal("KILL");
    load.go_on().await;
    load.go_on().await;
    let all = load.end().await;
    let failed: Vec<&String> = all.iter().filter_map(|one| one.as_ref().err()).collect();
    fault.holds(
        "at most what was under way is lost",
        failed.len() <= PEOPLE,
        &format!("{failed:?}"),
    );
    for done in all.iter().filter_map(|one| one.as_ref().ok()) {
        let again = cluster.refused_everywhere(done, USED).await;
        fault.case("used at any node, refused at those that are left", again);
    }
    let works = cluster.until_it_works().await;
    fault.case("the others go on", works.map(drop));
    fault.finish();
}
