//! Peers that are not Rust: found, or the test says what to install.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The Python that has the packages of `tests/peers/requirements.txt`.
///
/// `FLEXBRIDGE_PEERS_PYTHON`, or `tests/peers/.venv/bin/python`. Where there is
/// none, the test fails if `CI` or `FLEXBRIDGE_REQUIRE_PEERS` is set; else this
/// says what to install and gives `None`.
#[expect(
    clippy::disallowed_methods,
    reason = "tests find their peers by the environment"
)]
pub fn python() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = env::var("FLEXBRIDGE_PEERS_PYTHON")
        .map_or_else(|_| root.join("tests/peers/.venv/bin/python"), PathBuf::from);
    if python.is_file() {
        return Some(python);
    }
    let advice = format!(
        "PEER MISSING: {} is not there. Make it with: python3 -m venv tests/peers/.venv && \
         tests/peers/.venv/bin/pip install -r tests/peers/requirements.txt",
        python.display()
    );
    assert!(
        env::var("CI").is_err() && env::var("FLEXBRIDGE_REQUIRE_PEERS").is_err(),
        "{advice}"
    );
    eprintln!("{advice}");
    None
}

/// The directory of Twilio's `OpenAPI` documents: `FLEXBRIDGE_TWILIO_OPENAPI`, or
/// `../shared/twilio-openapi` beside the checkout; they are never part of it.
#[expect(
    clippy::disallowed_methods,
    reason = "tests find their peers by the environment"
)]
pub fn twilio_openapi() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directory = env::var("FLEXBRIDGE_TWILIO_OPENAPI")
        .map_or_else(|_| root.join("../shared/twilio-openapi"), PathBuf::from);
    if directory.join("twilio_flex_v1.json").is_file() {
        return Some(directory);
    }
    eprintln!(
        "NOT CHECKED AGAINST TWILIO'S DESCRIPTION: {} does not hold twilio_flex_v1.json and \
         twilio_taskrouter_v1.json; get them from github.com/twilio/twilio-oai (spec/json) and \
         set FLEXBRIDGE_TWILIO_OPENAPI to their directory",
        directory.display()
    );
    None
}
