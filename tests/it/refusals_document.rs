//! `docs/refusals.md` says what the code says.
//!
//! To bring it up to date: `FLEXBRIDGE_WRITE_DOCS=1 cargo test refusals_document`.

use std::{fmt::Write, fs, path::Path};

use flexbridge::identity::RefusalCode;

const HEAD: &str = "\
# Refusals

Every reason for which a sign-in can be refused. The code is the same word in the log, the metrics, the journal, the administrator's page and here. The agent sees one plain sentence and a reference; look the reference up with `flexbridge logins show REFERENCE` to learn the code and exactly what was expected and seen.

Several codes share a sentence on purpose: what an attacker could learn from is told to administrators only. A form beyond all bounds is answered with HTTP 413 instead of 400.

This page is written by a test from the code itself (`tests/it/refusals_document.rs`).

";

fn document() -> String {
    let mut text = HEAD.to_owned();
    let mut area = "";
    for &code in RefusalCode::ALL {
        let this = code.as_str().split('.').next().unwrap_or_default();
        if this != area {
            area = this;
            let _ = write!(
                text,
                "\n## {area}\n\n| code | what the agent sees | cause | what to do |\n| --- | --- | --- | --- |\n"
            );
        }
        let public = code.public();
        let _ = writeln!(
            text,
            "| `{code}` | {} (HTTP {}) | {} | {} |",
            public.sentence(),
            public.status(),
            cell(code.cause()),
            cell(code.mend()),
        );
    }
    text.replace("\n\n\n", "\n\n")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "whether to write the document is said by the environment"
)]
fn the_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/refusals.md");
    if std::env::var("FLEXBRIDGE_WRITE_DOCS").is_ok() {
        fs::write(&path, document()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == document(),
        "docs/refusals.md is not current; run FLEXBRIDGE_WRITE_DOCS=1 cargo test refusals_document"
    );
}
