//! The one place that prints.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use serde::Serialize;

use super::Exit;
use crate::config::Report;

/// How data is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// The longest answer to a question that is read, in bytes.
const LONGEST_ANSWER: u64 = 1_000;
/// How a table is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum TableFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For spreadsheets; a text that one would take for a formula has an apostrophe before it.
    Csv,
}

/// `--format`, for commands that print data.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct FormatArgs {
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Standard output and standard error; colours only where a terminal shows them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Output;

impl Output {
    /// Prints text, line break included, to standard output.
    pub fn text(self, text: &str) {
        finish(writeln!(
            anstream::stdout().lock(),
            "{}",
            text.trim_end_matches('\n')
        ));
    }

    /// Prints data as JSON to standard output.
    pub fn json(self, data: &impl Serialize) {
        match serde_json::to_string_pretty(data) {
            Ok(text) => self.text(&text),
            Err(error) => self.error(&format!("the data can't be written as JSON: {error}"), ""),
        }
    }

    /// Prints a table as CSV (RFC 4180) to standard output.
    pub fn csv<const COLUMNS: usize>(
        self,
        header: [&str; COLUMNS],
        rows: impl IntoIterator<Item = [String; COLUMNS]>,
    ) {
        let mut table = csv::Writer::from_writer(Vec::new());
        // Writing to memory can't fail, and the number of columns is the type's.
        let _ = table.write_record(header);
        for row in rows {
            let _ = table.write_record(row.map(harmless));
        }
        let bytes = table.into_inner().unwrap_or_default();
        self.text(&String::from_utf8_lossy(&bytes));
    }

    /// Says to standard error what went wrong and how to mend it.
    pub fn error(self, message: &str, mend: &str) {
        let style = anstyle::AnsiColor::BrightRed.on_default().bold();
        let mut stderr = anstream::stderr().lock();
        finish(writeln!(stderr, "{style}error{style:#}: {message}"));
        if !mend.is_empty() {
            finish(writeln!(stderr, "  {mend}"));
        }
    }

    /// Says to standard error what the administrator should know all the same.
    pub fn warning(self, message: &str, mend: &str) {
        let style = anstyle::AnsiColor::BrightYellow.on_default().bold();
        let mut stderr = anstream::stderr().lock();
        finish(writeln!(stderr, "{style}warning{style:#}: {message}"));
        if !mend.is_empty() {
            finish(writeln!(stderr, "  {mend}"));
        }
    }

    /// Asks at the terminal, on standard error; `None` when nobody sits there. Only `y` and
    /// `yes` are a yes.
    #[must_use]
    pub fn ask(self, question: &str) -> Option<bool> {
        let stdin = io::stdin();
        if !stdin.is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        let mut stderr = anstream::stderr().lock();
        finish(write!(stderr, "{question} [y/N] "));
        finish(stderr.flush());
        let mut answer = String::new();
        let read = stdin.lock().take(LONGEST_ANSWER).read_line(&mut answer);
        let yes = ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
        Some(read.is_ok() && yes)
    }

    /// Asks something on standard error; the answer is typed behind it.
    pub fn question(self, text: &str) {
        let mut stderr = anstream::stderr().lock();
        finish(write!(stderr, "{text}").and_then(|()| stderr.flush()));
    }

    /// Shows the problems of a configuration on standard error.
    pub fn report(self, report: &Report) {
        finish(write!(anstream::stderr().lock(), "{}", report.render(true)));
    }

    /// Shows what clap has to say: help, the version, or what is wrong with the words.
    #[must_use]
    pub fn usage(self, error: &clap::Error) -> Exit {
        finish(error.print());
        if error.use_stderr() {
            Exit::Wrong
        } else {
            Exit::Fine
        }
    }
}

/// What somebody else wrote must not be a formula where it is opened.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    }
}

/// Whoever listened has gone, as in `flexbridge … | head`: nobody is left to be told.
fn finish(written: io::Result<()>) {
    drop(written);
}
