//! What must not be found, and where it is looked for.

use std::{fs, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// Everything that must not be found, and what it is.
#[derive(Default)]
pub struct Secrets(Vec<(String, String)>);

impl Secrets {
    pub fn add(&mut self, what: &str, text: &str) {
        assert!(
            text.len() >= 8,
            "{what} is too short to be looked for: {text:?}"
        );
        self.0.push((what.to_owned(), text.to_owned()));
    }

    /// A long text, by pieces from its middle, as it is and in base64.
    pub fn add_long(&mut self, what: &str, text: &str) {
        let bytes = text.as_bytes();
        for start in [bytes.len() / 4, bytes.len() / 2] {
            let piece = &bytes[start..(start + 40).min(bytes.len())];
            if let Ok(piece) = std::str::from_utf8(piece) {
                self.add(what, piece);
            }
        }
    }

    /// A response of ours as it is posted, by the piece of it that holds its own fresh ID:
    /// others hold the same certificate.
    pub fn add_response(&mut self, what: &str, parameter: &str) {
        let xml = BASE64_STANDARD.decode(parameter).unwrap();
        let mark = b" ID=\"_";
        let id = xml.windows(mark.len()).position(|window| window == mark);
        let id = id.unwrap() + mark.len();
        let start = id.div_ceil(3) * 4;
        self.add(what, &parameter[start..start + 36]);
    }

    pub fn look_in(&self, place: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        for (what, secret) in &self.0 {
            let found = text.find(secret.as_str());
            let around = found.map(|at| {
                text.chars()
                    .skip(at.saturating_sub(300))
                    .take(600)
                    .collect::<String>()
            });
            assert!(
                found.is_none(),
                "{what} ({secret}) stands in {place}: {around:?}"
            );
        }
    }
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
