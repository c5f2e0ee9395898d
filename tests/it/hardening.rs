//! What a serving process keeps from its own machine.

use std::{
    fs,
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    process::Command,
};

use crate::{
    login::process::Company,
    support::{bridge::Site, serve::Serve},
};

/// Whether a process that is made to crash here is dumped at all.
fn crashes_are_dumped() -> bool {
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        "ulimit -c unlimited; cd \"$(mktemp -d)\"; kill -ABRT $$",
    ]);
    shell.process_group(0);
    shell.status().is_ok_and(|status| status.core_dumped())
}

#[tokio::test]
async fn a_serving_process_leaves_no_core_dump() {
    let site = Site::new();
    let company = Company::at(&site);
    let serve = Serve::start(site, &company.plan);
    let limits = fs::read_to_string(format!("/proc/{}/limits", serve.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    let words: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
    serve.signal("ABRT");
    let (status, _) = serve.wait();
    assert_eq!(status.signal(), Some(6));
    assert!(!status.core_dumped());
    if !crashes_are_dumped() {
        eprintln!("this machine dumps nobody; only the limit was looked at");
    }
}
