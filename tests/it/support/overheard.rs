//! What every bridge of the suite has written, when the test that ran it ends: none of its secrets stand in it, no
//! message in full, and no person.
//!
//! Must never: replace `tests/it/privacy`, which knows what it sent and looks for all of that. Here each test's own
//! kinds of logins and troubles are looked at, with what can be known of all of them.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

/// What no log, journal or store holds, whatever was sent: keys, whole messages in XML, base64 or a query, tokens.
const NEVER: [(&str, &str); 8] = [
    ("a private key", "PRIVATE KEY-----"),
    ("a message", "<samlp:"),
    ("an assertion", "<saml:Assertion"),
    ("a message in base64", "PHNhbWxw"),
    ("a document in base64", "PD94bWwg"),
    ("a posted response", "SAMLResponse="),
    ("a query with a request", "SAMLRequest="),
    ("a token", "eyJhbGciOi"),
];
/// Whoever signs in where a test does not say who.
const PERSONS: [&str; 2] = ["ann@company.example", "Ann Tan"];
/// What is shorter is no secret, but may well be a word.
const SHORTEST: usize = 16;

/// Looks at everything that was written at a bridge's place. Does nothing where the test has failed already.
pub fn look_over(folder: &Path) {
    if std::thread::panicking() {
        return;
    }
    let secrets = secrets(folder);
    let store = folder.join("store");
    for path in [
        folder.join("log"),
        store.join("journal.db"),
        store.join("journal.db-wal"),
        store.join("consumed.db"),
        store.join("consumed.db-wal"),
    ] {
        let Ok(bytes) = fs::read(&path) else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        let persons = PERSONS.iter().map(|person| ("a person", *person));
        let own = secrets.iter().map(|(file, line)| (&**file, &**line));
        for (what, secret) in NEVER.into_iter().chain(persons).chain(own) {
            let Some(at) = text.find(secret) else {
                continue;
            };
            let before: String = text[..at].chars().rev().take(200).collect();
            let before: String = before.chars().rev().collect();
            let after: String = text[at..].chars().take(200).collect();
            panic!("{what} stands in {}: …{before}{after}…", path.display());
        }
    }
}

/// The lines of each file that nobody else may read.
fn secrets(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let private = entry
            .metadata()
            .is_ok_and(|meta| meta.is_file() && meta.permissions().mode().trailing_zeros() >= 6);
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        // What a test may have closed to others though it is no secret.
        let known = ["toml", "xml", "json", "pem"];
        let known = path
            .extension()
            .is_some_and(|kind| known.iter().any(|one| kind == *one));
        if !private || known || path.ends_with("log") {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for line in text.lines().map(str::trim) {
            if line.len() >= SHORTEST && !line.starts_with("-----") {
                found.push((name.clone().into_owned(), line.to_owned()));
            }
        }
    }
    found
}

#[test]
#[should_panic(expected = "the.secret stands in")]
fn a_secret_in_a_log_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    super::bridge::write_secret(&folder.path().join("the.secret"), "0123456789abcdef-hush");
    fs::write(
        folder.path().join("log"),
        "all is well, 0123456789abcdef-hush\n",
    )
    .unwrap();
    look_over(folder.path());
}
