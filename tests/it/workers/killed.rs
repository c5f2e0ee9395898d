//! Fifteen thousand rows, killed with -9 and run again: nothing is written twice, nothing is lost.

use std::{
    fmt::Write as _,
    path::Path,
    process::{Child, Stdio},
    time::Duration,
};

use super::{Company, exists};
use flexbridge::clock::Stopwatch;

/// As many as a workspace may have.
const WORKERS: usize = 15_000;

/// A child that never outlives its test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const SET: [&str; 8] = [
    "set",
    "--csv",
    "agents.csv",
    "--yes",
    "--rate",
    "10000",
    "--at-once",
    "8",
];

fn start(company: &Company) -> Started {
    let mut command = company.command(&SET);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Started(command.spawn().unwrap())
}

/// Lets a run come as far as so many requests more, and kills it.
async fn run_and_kill(company: &Company, requests: u64) {
    let began = company.demo.twilio.requests();
    let mut child = start(company);
    let watch = Stopwatch::start();
    while company.demo.twilio.requests() - began < requests {
        assert!(child.0.try_wait().unwrap().is_none(), "it ended too early");
        assert!(watch.elapsed() < Duration::from_mins(5));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // SIGKILL, in the middle of whatever it is doing.
    child.0.kill().unwrap();
    child.0.wait().unwrap();
}

fn hire(company: &Company) {
    let mut rows = "worker,flex_location\n".to_owned();
    for number in 0..WORKERS {
        let name = format!("agent{number}");
        let location = before(number);
        let attributes = serde_json::json!({
            "roles": ["agent"], "number": number, "flex_location": location,
            "email": format!("agent{number}@example.com"),
        });
        company.hire(&name, attributes);
        let target = target(number);
        writeln!(rows, "{name},{target}").unwrap();
    }
    company.file("agents.csv", &rows);
}

fn before(number: usize) -> &'static str {
    ["Old Office", "Singapore Office", ""][number % 3]
}

fn target(number: usize) -> &'static str {
    // Nobody has it already, but one in 150.
    match number % 150 {
        1 => "Singapore Office",
        other if other % 2 == 0 => "San Francisco Office",
        other if other % 3 == 0 => "",
        other if other % 3 == 1 => "San Francisco Office",
        _ => "Singapore Office",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifteen_thousand_rows_survive_being_killed() {
    let company = Company::new().await;
    hire(&company);
    let watch = Stopwatch::start();
    let before_all = company.demo.twilio.requests();
    for requests in [500, 6_000, 9_000] {
        run_and_kill(&company, requests).await;
    }
    let written = company.demo.twilio.workers();
    let done = written.iter().filter(|one| one.version > 0).count();
    assert!((1_000..WORKERS).contains(&done), "{done}");
    let last = company
        .run(&[&SET[..], &["--format", "json"]].concat())
        .await;
    assert_eq!(last.code, 0, "{}", last.err);
    let took = watch.elapsed();
    assert!(last.err.contains("are done already"), "{}", last.err);

    let changed = (0..WORKERS)
        .filter(|&one| before(one) != target(one))
        .count();
    let told = last.json();
    assert_eq!(told["totals"]["changed"], changed);
    assert_eq!(told["totals"]["unchanged"], WORKERS - changed);
    for (number, worker) in company.demo.twilio.workers().iter().enumerate() {
        let writes = u64::from(before(number) != target(number));
        assert_eq!(worker.version, writes, "{}", worker.friendly_name);
        assert_eq!(
            worker.attributes_json,
            format!(
                r#"{{"roles":["agent"],"number":{number},"flex_location":"{}","email":"agent{number}@example.com"}}"#,
                target(number)
            )
        );
        assert_eq!(told["rows"][number]["before"], before(number), "{number}");
    }
    assert_report(company.site.folder.path());

    // Each run lists the workers; nobody who was done is even read again.
    let requests = company.demo.twilio.requests() - before_all;
    let needed = 2 * changed as u64 + 4 * (2 + 60);
    assert!(requests <= needed + 4 * 3 * 8, "{requests} for {needed}");
    eprintln!("{changed} of {WORKERS} workers written in {took:?}, {requests} requests");
}

fn assert_report(folder: &Path) {
    assert!(!exists(folder, "agents.report.csv.state"));
    let report = std::fs::read_to_string(folder.join("agents.report.csv")).unwrap();
    assert_eq!(report.lines().count(), WORKERS + 1);
    let failed = report.lines().filter(|line| line.contains(",failed,"));
    assert_eq!(failed.count(), 0);
}
