//! Everything is replaced under people who sign in all the while: each node, the key of the
//! cookies, the key that signs for Flex. Not one login fails.

use std::fs;

use flexbridge::{clock::SystemRandom, identity::RefusalCode, keys::generate_cookie_key};

use super::party::{Cluster, Load};
use crate::support::{
    bridge::{Site, write_secret},
    chaos::Fault,
    identity::SigningIdentity,
    peers,
    redis::Redis,
    serve::Serve,
};

const USED: &[RefusalCode] = &[RefusalCode::LoginReplayed];
const READ: &str = "the configuration was read again";

/// No login of these failed, and none can be used again.
async fn none_failed(
    fault: &mut Fault,
    cluster: &Cluster,
    all: Vec<Result<super::party::Done, String>>,
) -> Vec<super::party::Done> {
    let mut done = Vec::new();
    for login in all {
        fault.case(
            "no login fails",
            login.as_ref().map(drop).map_err(Clone::clone),
        );
        done.extend(login.ok());
    }
    for login in done.iter().step_by(7) {
        let again = cluster.refused_everywhere(login, USED).await;
        fault.case("what was used stays used", again);
    }
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_fails_no_login() {
    if !peers::require("cluster") {
        return;
    }
    let redis = Redis::start();
    let mut cluster = Cluster::start(|site| redis.store(&site.file("redis.url")));
    let mut fault = Fault::new("cluster: rolling restart", "");
    let load = Load::start(&cluster);
    load.go_on().await;
    let ports = cluster.ports();
    for place in 0..ports.len() {
        // As an administrator does it: out of the balancer, stopped, started, back in.
        let others: Vec<u16> = ports
            .iter()
            .copied()
            .filter(|port| *port != ports[place])
            .collect();
        cluster.balancer.send_to(&others);
        load.go_on().await;
        let node = cluster.nodes.remove(place);
        node.signal("TERM");
        let (status, site) = node.wait();
        fault.holds("a node ends in order", status.code() == Some(0), &status);
        let plan = plan_of(&cluster, &site, &redis);
        cluster.nodes.insert(place, Serve::start(site, &plan));
        cluster.until_ready(true).await.unwrap();
        cluster.balancer.send_to(&ports);
        load.go_on().await;
    }
    let all = load.end().await;
    none_failed(&mut fault, &cluster, all).await;
    fault.finish();
}

fn plan_of(cluster: &Cluster, site: &Site, redis: &Redis) -> crate::support::bridge::Plan {
    let mut plan = cluster.company.plan.clone();
    plan.store = redis.store(&site.file("redis.url"));
    plan
}

/// Writes another line behind `cookie =` or `assertion =` at each node, one after another.
async fn roll(cluster: &mut Cluster, load: &Load, name: &str, value: impl Fn(&Site) -> String) {
    for node in &mut cluster.nodes {
        let text = fs::read_to_string(node.site.config()).unwrap();
        let begins = format!("{name} = [");
        assert_eq!(
            text.lines()
                .filter(|line| line.starts_with(&begins))
                .count(),
            1
        );
        let lines = text.lines().map(|line| {
            let ours = line.starts_with(&begins);
            if ours {
                format!("{name} = [{}]", value(&node.site))
            } else {
                line.to_owned()
            }
        });
        let text: Vec<String> = lines.collect();
        fs::write(node.site.config(), text.join("\n")).unwrap();
        node.signal_and_wait("HUP", READ);
        // The others have not heard of it yet.
        load.go_on().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_roll_over_all_nodes_and_no_login_fails() {
    if !peers::require("cluster") {
        return;
    }
    let redis = Redis::start();
    let mut cluster = Cluster::start(|site| redis.store(&site.file("redis.url")));
    let mut fault = Fault::new("cluster: rolling change of keys", "");
    let cookie = generate_cookie_key(&SystemRandom).unwrap();
    let signing = SigningIdentity::generate("flexbridge next");
    for node in &cluster.nodes {
        write_secret(&node.file("cookie-next.key"), cookie.expose());
        write_secret(&node.file("next.key"), &signing.private_key);
        fs::write(node.file("next.pem"), &signing.certificate).unwrap();
    }
    let load = Load::start(&cluster);
    load.go_on().await;
    let (left_open, form, begun) = cluster.person().begin().await.unwrap();

    let cookies = |site: &Site, names: &[&str]| {
        let files = names
            .iter()
            .map(|name| format!("{{ file = \"{}\" }}", site.file(name).display()));
        files.collect::<Vec<_>>().join(", ")
    };
    let (old, next) = ("cookie.key", "cookie-next.key");
    for order in [&[old, next][..], &[next, old]] {
        roll(&mut cluster, &load, "cookie", |site| cookies(site, order)).await;
    }
    let pair = |site: &Site, name: &str| {
        format!(
            "{{ certificate = \"{0}.pem\", private_key = {{ file = \"{0}.key\" }} }}",
            site.file(name).display()
        )
    };
    for order in [["assertion", "next"], ["next", "assertion"]] {
        let pairs = |site: &Site| order.map(|name| pair(site, name)).join(", ");
        roll(&mut cluster, &load, "assertion", pairs).await;
    }
    // A login that began before all of it is ended after it.
    let late = cluster.person().end(left_open, form, begun).await;
    fault.case("a login that began with the old keys", late.map(drop));
    let (left_open, form, begun) = {
        let all = load.end().await;
        let done = none_failed(&mut fault, &cluster, all).await;
        let next = &signing.certificate.lines().nth(2).unwrap();
        let signed = |one: &super::party::Done| one.xml.contains(*next);
        fault.holds(
            "some were signed with the old key",
            !done.iter().all(signed),
            &done.len(),
        );
        fault.holds(
            "some were signed with the next key",
            done.iter().any(signed),
            &done.len(),
        );
        cluster.person().begin().await.unwrap()
    };

    // Without the old keys: what was sealed with the next one opens, and nothing else is left.
    let load = Load::start(&cluster);
    roll(&mut cluster, &load, "cookie", |site| cookies(site, &[next])).await;
    roll(&mut cluster, &load, "assertion", |site| pair(site, "next")).await;
    let all = load.end().await;
    none_failed(&mut fault, &cluster, all).await;
    let last = cluster.person().end(left_open, form, begun).await;
    fault.case("a login that began with the next keys", last.map(drop));
    fault.finish();
}
