//! schemathesis reads the API's own document and asks a running bridge whatever it allows and
//! whatever it doesn't: answers must be as documented, and what is not allowed refused.

use std::{process::Command, time::Duration};

use super::desk::{Desk, TOKEN};
use crate::support::peers::{in_checkout, require};

/// How many examples of each operation.
const EXAMPLES: &str = "25";

#[tokio::test]
async fn schemathesis_finds_no_violation() {
    if !require("python") {
        return;
    }
    let desk = Desk::start().await;
    desk.logins().await;
    let document = desk.url("/api/v1/openapi.json");
    let program = in_checkout("tests/peers/.venv/bin/schemathesis");
    let folder = tempfile::tempdir().unwrap();
    let run = tokio::task::spawn_blocking(move || {
        Command::new(program)
            .current_dir(folder.path())
            .args([
                "run",
                &document,
                "--checks",
                "all",
                "--seed",
                "1",
                "--no-color",
            ])
            .args(["--max-examples", EXAMPLES, "--workers", "1"])
            // Its wrong tokens would make this address wait; `session.rs` tries those.
            .args(["--exclude-checks", "ignored_auth"])
            .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
            .output()
            .unwrap()
    });
    let run = tokio::time::timeout(Duration::from_mins(5), run)
        .await
        .unwrap()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let operations = desk.json("/api/v1/openapi.json").await["paths"]
        .as_object()
        .unwrap()
        .len();
    assert!(said.contains(&format!("Selected: {operations}/")), "{said}");
}
