//! What was found wrong, on its way to the report.

use std::{fmt::Write, ops::Range};

use crate::settings::{Problem, SettingPath};

/// A problem with what the report has to know beside it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) problem: Problem,
    /// Whether to point at the key and not at its value.
    pub(super) on_key: bool,
    /// Where exactly, if that is known better than by the path.
    pub(super) span: Option<Range<usize>>,
}

impl From<Problem> for Found {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            on_key: false,
            span: None,
        }
    }
}

impl Found {
    /// A problem with a value.
    pub(super) fn value(
        path: &SettingPath,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Problem::error(path.clone(), message, mend).into()
    }

    /// A problem with a key.
    pub(super) fn key(
        path: &SettingPath,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            on_key: true,
            ..Self::value(path, message, mend)
        }
    }
}

/// The known name that `written` most likely means.
pub(super) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let folded = fold(written);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&folded, &fold(name)), name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).max(1))
        .min()
        .map(|(_, name)| name)
}

/// At most 64 characters, so that comparing stays cheap whatever a file holds.
fn fold(name: &str) -> String {
    let plain = name
        .chars()
        .take(64)
        .map(|c| if c == '-' { '_' } else { c });
    plain.flat_map(char::to_lowercase).collect()
}

/// `"a", "b" or "c"`, in back quotes.
pub(super) fn either<S: AsRef<str>>(names: &[S]) -> String {
    let mut text = String::new();
    for (position, name) in names.iter().enumerate() {
        let before = match position {
            0 => "",
            _ if position + 1 == names.len() => " or ",
            _ => ", ",
        };
        // Writing to a String does not fail.
        let _ = write!(text, "{before}`{}`", name.as_ref());
    }
    text
}

/// `text` fit for one line of a terminal: control characters escaped, at most 80 characters.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::new();
    for (position, character) in text.chars().enumerate() {
        if position == 80 {
            out.push('…');
            break;
        }
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}
