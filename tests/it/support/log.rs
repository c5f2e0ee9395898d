//! The log lines of the bridge in this process.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

/// What is logged on this thread while it lives.
pub struct Log {
    lines: Lines,
    _here: tracing::subscriber::DefaultGuard,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Begins to listen.
    pub fn listen() -> Self {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            // As the bridge writes its lines.
            .with_current_span(false)
            .with_span_list(false)
            .with_max_level(tracing::Level::INFO)
            .with_writer(lines.clone())
            .finish();
        Self {
            lines,
            _here: tracing::subscriber::set_default(subscriber),
        }
    }

    /// Everything so far.
    pub fn text(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }

    /// The newest line of the login with this reference.
    pub fn of_login(&self, reference: &str) -> Value {
        newest_of_login(&self.text(), reference)
    }
}

/// Each line with this reference: one for each answer that the login was given.
pub fn all_of_login(text: &str, reference: &str) -> Vec<Value> {
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &Value| line["reference"] == reference)
        .collect()
}

/// The newest line with this reference.
pub fn newest_of_login(text: &str, reference: &str) -> Value {
    let newest = all_of_login(text, reference).pop();
    newest.unwrap_or_else(|| panic!("no line for {reference}: {text}"))
}
