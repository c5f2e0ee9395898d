//! What is wrong with a setting, where, and how to mend it.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// One step into the configuration: a key of a table or an index of an array.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Segment {
    /// A key of a table.
    Key(String),
    /// An index of an array, from 0.
    Index(usize),
}

impl From<&str> for Segment {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<String> for Segment {
    fn from(key: String) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// The place of a setting, such as `flex.production.location.rule[2].assign`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SettingPath(pub Vec<Segment>);

impl SettingPath {
    /// The path of the whole configuration, or of a part as seen from itself.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// This path, one step further in.
    #[must_use]
    pub fn join(&self, segment: impl Into<Segment>) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment.into());
        Self(segments)
    }

    /// This path with `inner` behind it.
    #[must_use]
    pub fn append(&self, inner: &Self) -> Self {
        Self(self.0.iter().chain(&inner.0).cloned().collect())
    }
}

impl fmt::Display for SettingPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(formatter, "[{index}]")?,
                Segment::Key(key) if position == 0 => write!(formatter, "{key}")?,
                Segment::Key(key) => write!(formatter, ".{key}")?,
            }
        }
        Ok(())
    }
}

/// Whether a problem stops the bridge from starting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The configuration can't be used.
    Error,
    /// It can be used; the administrator should know.
    Warning,
}

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Which setting, as seen from the part that found the problem.
    pub path: SettingPath,
    /// Whether it stops the start.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub mend: String,
}

impl Problem {
    /// A problem that stops the start.
    #[must_use]
    pub fn error(path: SettingPath, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            path,
            severity: Severity::Error,
            message: message.into(),
            mend: mend.into(),
        }
    }

    /// A problem that the administrator should know of.
    #[must_use]
    pub fn warning(path: SettingPath, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            path,
            severity: Severity::Warning,
            message: message.into(),
            mend: mend.into(),
        }
    }

    /// The same problem, seen from further out.
    #[must_use]
    pub fn under(mut self, outer: &SettingPath) -> Self {
        self.path = outer.append(&self.path);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} ({})", self.path, self.message, self.mend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_like_the_file() {
        let inner = SettingPath::root().join("rule").join(2).join("assign");
        let path = SettingPath::root()
            .join("flex")
            .join("production")
            .append(&inner);
        assert_eq!(path.to_string(), "flex.production.rule[2].assign");
    }
}
