//! `docs/reference/` says what the code says: settings, commands, metrics, log fields, API.
//! `make reference` writes what has changed; the tests hold it current. `book` looks whether
//! all pages hang together.
//!
//! Must never: say anything that isn't in the code already.

mod api;
mod book;
mod commands;
mod configuration;
mod telemetry;

use std::{fs, path::Path};

/// Compares a generated document with the one that is kept, or writes it when told to.
#[expect(
    clippy::disallowed_methods,
    reason = "whether to write the document is said by the environment"
)]
fn current(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var("FLEXBRIDGE_WRITE_DOCS").is_ok() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == text, "{path} is not current; run: make reference");
}

/// A cell of a table.
fn cell(text: &str) -> String {
    text.replace("\n\n", "<br>")
        .replace('\n', " ")
        .replace('|', "\\|")
}
