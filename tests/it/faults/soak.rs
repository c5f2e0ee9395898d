//! The short form of `make soak`: some thousand logins through one process, with reloads and new
//! metadata on the way. Memory, file descriptors, threads and journal stay flat.

use std::{fs, sync::Arc, time::Duration};

use tokio::task::JoinSet;

use super::{
    moody::{Moody, saying},
    person::begin,
};
use crate::{
    login::process::Company,
    support::{bridge::Site, browser::Browser, chaos::Fault, serve::Serve},
};

/// Logins of one round, and how many rounds: the first ones warm up.
const ROUND: usize = 250;
const ROUNDS: usize = 8;
const PEOPLE: usize = 4;
/// What the journal may hold.
const ROWS: usize = 200;

#[derive(Debug, Clone, Copy)]
struct Seen {
    /// Memory, resident, in kilobytes.
    resident: u64,
    descriptors: usize,
    threads: usize,
    journal: u64,
}

fn look(serve: &Serve) -> Seen {
    let of = |what: &str| format!("/proc/{}/{what}", serve.id());
    let status = fs::read_to_string(of("status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let count = |what: &str| fs::read_dir(of(what)).unwrap().count();
    Seen {
        resident: line
            .unwrap()
            .split_whitespace()
            .next()
            .unwrap()
            .parse()
            .unwrap(),
        descriptors: count("fd"),
        threads: count("task"),
        journal: ["journal.db", "journal.db-wal"]
            .iter()
            .map(|name| {
                fs::metadata(serve.site.file("store").join(name)).map_or(0, |file| file.len())
            })
            .sum(),
    }
}

async fn round(serve: &Arc<Serve>, company: &Arc<Company>) -> Vec<String> {
    let mut people = JoinSet::new();
    for _ in 0..PEOPLE {
        let (serve, company) = (serve.clone(), company.clone());
        people.spawn(async move {
            let mut failed = Vec::new();
            for _ in 0..ROUND / PEOPLE {
                failed.extend(begin(&serve, &company).await.end().await.err());
            }
            failed
        });
    }
    people.join_all().await.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_logins_leave_nothing_behind() {
    let site = Site::new();
    let mut company = Company::at(&site);
    let moody = Moody::start("/metadata").await;
    moody.stand_before(saying(company.idp.metadata()).await);
    company.plan.metadata = format!(r#"{{ url = "{}/metadata", refresh = "1s" }}"#, moody.url);
    company.plan.more = format!("[journal]\nmax_rows = {ROWS}\n");
    let mut serve = Arc::new(Serve::start(site, &company.plan));
    let company = Arc::new(company);
    let mut fault = Fault::new("thousands of logins, with reloads and refreshes", "");
    let mut seen = Vec::new();
    for number in 0..ROUNDS {
        let failed = round(&serve, &company).await;
        fault.holds(
            &format!("round {number}: no login fails"),
            failed.is_empty(),
            &failed.join("\n"),
        );
        let mut plan = company.plan.clone();
        if number % 2 == 0 {
            plan.location.push_str("[[flex.production.location.rule]]\nwhen = { one_of = [\"SG-01\"] }\nassign = \"Singapore Office\"\n");
        }
        serve.write(&plan);
        let only = Arc::get_mut(&mut serve).expect("everybody has gone");
        only.signal_and_wait("HUP", "the configuration was read again");
        tokio::time::sleep(Duration::from_millis(200)).await;
        seen.push(look(&serve));
    }
    let url = serve.admin_at("/metrics");
    let metrics = Browser::new().open(&url).await.body;
    let all = (ROUND / PEOPLE * PEOPLE * ROUNDS).to_string();
    let counted = metrics
        .lines()
        .any(|line| line.contains("outcome=\"accepted\"") && line.ends_with(&format!(" {all}")));
    fault.holds("the metric counts them all", counted, &metrics);
    fault.holds(
        "metadata were read again",
        moody.asked() > 2,
        &moody.asked(),
    );
    let (early, late) = (seen[ROUNDS / 2 - 1], seen[ROUNDS - 1]);
    let told = format!("{seen:?}");
    fault.holds(
        "memory is flat",
        late.resident <= early.resident + 6 * 1_024,
        &told,
    );
    fault.holds(
        "descriptors are flat",
        late.descriptors <= early.descriptors + 8,
        &told,
    );
    fault.holds("threads are flat", late.threads <= early.threads + 8, &told);
    fault.holds("the journal is bounded", late.journal <= 10 << 20, &told);
    let log = serve.log();
    fault.holds("no error in the log", !log.contains("\"ERROR\""), &log);
    fault.finish();
}
