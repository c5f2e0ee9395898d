//! What a serving process keeps from its own machine.

use std::{
    fs,
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    process::Command,
};

use crate::{
    login::process::Company,
    support::{bridge::Site, peers, serve::Serve},
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

/// The packaged unit, by its own words and by systemd's judgement of them.
#[test]
fn the_unit_is_locked_down() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let unit = fs::read_to_string(root.join("packaging/debian/service")).unwrap();
    for line in [
        "User=flexbridge",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
        "ProtectSystem=strict",
        "MemoryDenyWriteExecute=yes",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@privileged @resources",
        "SystemCallArchitectures=native",
        "MemorySwapMax=0",
        "UMask=0077",
    ] {
        assert!(unit.lines().any(|known| known == line), "{line}");
    }
    if !peers::require("systemd") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flexbridge.service");
    fs::write(&file, unit).unwrap();
    // Tenths, from 0 (shut) to 100 (open). What is left is what a network service needs: sockets,
    // its user, a port below 1024.
    let judged = Command::new("systemd-analyze")
        .args(["security", "--offline=yes", "--no-pager", "--threshold=16"])
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&judged.stdout);
    assert!(judged.status.success(), "{said}");
    assert!(said.contains("Overall exposure level"), "{said}");
}
