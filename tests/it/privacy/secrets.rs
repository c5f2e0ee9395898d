//! What must not be found, and where it is looked for.

use std::{fs, path::Path};

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
