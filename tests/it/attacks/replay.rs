//! Replay and login CSRF: a genuine answer, brought by another browser, to
//! another address, another node, another account, or once more.

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::{Bench, is_ann, post},
    paper::Signs,
};
use crate::{
    login::{unasked::unasked, witness::reference},
    support::{
        bridge::{Bridge, Plan, Site},
        browser::Browser,
        forging::ForgingIdp,
        log::{all_of_login, newest_of_login},
        peers,
        redis::Redis,
        serve::Serve,
    },
};

#[tokio::test]
async fn an_answer_is_used_once() {
    let mut bench = Bench::start_with("replay", "browsers", |plan| {
        plan.idp = "idp_initiated = true\n".to_owned();
    })
    .await;
    let (mut browser, asked) = bench.begin().await;
    let jar = browser.clone();
    let form = post(&asked, &bench.paper(&asked).signed(Signs::Response));
    let first = browser.submit_once(&form).await;
    bench.class.honest("the first time", is_ann(&first));
    let anew = {
        let mut paper = bench.paper(&asked);
        paper.says.assertion = "_anew".to_owned();
        post(&asked, &paper.signed(Signs::Response))
    };
    for (case, mut browser, form, code) in [
        (
            "in the same browser",
            browser.clone(),
            &form,
            Code::LoginUnknown,
        ),
        (
            "in another browser",
            Browser::new(),
            &form,
            Code::LoginUnknown,
        ),
        (
            "with the cookie that a thief copied",
            jar.clone(),
            &form,
            Code::LoginReplayed,
        ),
        (
            "the thief with a new answer",
            jar.clone(),
            &anew,
            Code::LoginReplayed,
        ),
    ] {
        let page = browser.submit_once(form).await;
        bench.page(case, &page, code);
    }
    // The same assertion, in another login and in none.
    let (mut browser, other) = bench.begin().await;
    let mut paper = bench.paper(&other);
    paper
        .says
        .assertion
        .clone_from(&format!("_assertion-{}", asked.id));
    let again = post(&other, &paper.signed(Signs::Response));
    let page = browser.submit_once(&again).await;
    bench.page(
        "the assertion in another login",
        &page,
        Code::AssertionReplayed,
    );
    let portal = unasked(&bench.company.bridge, &bench.company.idp, "_portal", |_| {});
    let page = Browser::new().submit_once(&portal).await;
    bench.class.honest("from a portal, once", is_ann(&page));
    let page = Browser::new().submit_once(&portal).await;
    bench.page("from a portal, twice", &page, Code::AssertionReplayed);
    let used = unasked(&bench.company.bridge, &bench.company.idp, &asked.id, |_| {});
    let page = Browser::new().submit_once(&used).await;
    bench.page(
        "a login's assertion, as from a portal",
        &page,
        Code::AssertionReplayed,
    );
    bench.finish();
}

/// Two browsers at once: one of them gets in.
#[tokio::test]
async fn a_race_has_one_winner() {
    let mut bench = Bench::start_with("replay", "race", |_| {}).await;
    for round in 0..3 {
        let (browser, asked) = bench.begin().await;
        let form = post(&asked, &bench.paper(&asked).signed(Signs::Response));
        let ask = |_| {
            let (mut browser, form) = (browser.clone(), form.clone());
            async move { browser.submit_once(&form).await }
        };
        let pages = futures_util::future::join_all((0..8).map(ask)).await;
        let (won, lost): (Vec<_>, Vec<_>) = pages.iter().partition(|page| is_ann(page).is_ok());
        let one = if won.len() == 1 {
            Ok(())
        } else {
            Err(format!("{} got in", won.len()))
        };
        bench
            .class
            .honest(&format!("one of eight, round {round}"), one);
        // One reference for all of them: each has a line of its own in the log.
        let lines = all_of_login(&bench.log.text(), &reference(lost[0]));
        let replayed = lines
            .iter()
            .filter(|line| line["code"] == Code::LoginReplayed.as_str());
        let mut replayed = replayed.count();
        for page in lost {
            let told = replayed > 0 && page.status == 400 && page.forms().is_empty();
            replayed = replayed.saturating_sub(1);
            let verdict = told.then_some(()).ok_or_else(|| format!("{lines:?}"));
            bench.class.attack("another of eight", verdict);
        }
    }
    bench.finish();
}

#[tokio::test]
async fn used_at_one_node_and_before_a_restart() {
    if !peers::require("redis") {
        return;
    }
    let redis = Redis::start();
    let site = Site::new();
    let store = redis.store(&site.file("redis.url"));
    let twin = site.twin();
    let mut bench = Bench::start_at(site, "replay", "nodes", |plan| plan.store = store).await;
    let there = Bridge::start_at(twin, bench.company.plan.clone()).await;
    let (mut browser, asked) = bench.begin().await;
    let form = post(&asked, &bench.paper(&asked).signed(Signs::Response));
    let mut at_twin = form.clone();
    at_twin.action.set_port(Some(there.port)).unwrap();
    let jar = browser.clone();
    let page = browser.submit_once(&at_twin).await;
    bench.class.honest("begun here, ended there", is_ann(&page));
    for (case, form) in [("here, used there", &form), ("there, used there", &at_twin)] {
        let page = jar.clone().submit_once(form).await;
        bench.page(case, &page, Code::LoginReplayed);
    }
    drop(there);
    restart(&mut bench).await;
    bench.finish();
}

/// A process that was killed and started again still knows.
async fn restart(bench: &mut Bench) {
    let site = Site::new();
    let idp = ForgingIdp::new("hq");
    let plan = Plan {
        metadata: idp.metadata_file(&site.file("hq.xml")),
        idp: "idp_initiated = true\n".to_owned(),
        ..Plan::default()
    };
    let form = unasked(&site, &idp, "_once", |_| {});
    let serve = Serve::start(site, &plan);
    let page = Browser::new().submit_once(&form).await;
    bench.class.honest("before the kill", is_ann(&page));
    serve.signal("KILL");
    let (_, site) = serve.wait();
    let serve = Serve::start(site, &plan);
    let page = Browser::new().submit_once(&form).await;
    let line = newest_of_login(&serve.log(), &reference(&page));
    let right = line["code"] == Code::AssertionReplayed.as_str();
    bench.class.attack(
        "after the kill",
        right.then_some(()).ok_or_else(|| line.to_string()),
    );
}
