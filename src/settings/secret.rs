//! Secrets: referred to by environment variable or file, held in memory that
//! is wiped, never shown.

use std::{
    fmt,
    io::Read,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::PathBuf,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Problem, SettingPath};

/// The largest secret that is read, in bytes: room for a 16,384-bit key in PEM.
const LARGEST: u64 = 64 * 1024;

/// A secret's text; wiped when dropped, and `Debug` never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes `text` as a secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret itself, for the one call that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// Where a secret is to be found; the configuration never holds the secret itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretSource {
    /// The name of an environment variable.
    Env(String),
    /// The path of a file; a trailing line break does not count.
    File(PathBuf),
}

/// Why a secret could not be read. Never contains the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is not set, empty, or not Unicode.
    #[error("the environment variable {0} is not set, or is empty")]
    Env(String),
    /// The file can't be read.
    #[error("{path}: {cause}", path = .0.display(), cause = .1)]
    File(PathBuf, std::io::Error),
    /// The file is empty or larger than 64 KiB.
    #[error("{path} is empty or larger than 64 KiB", path = .0.display())]
    Size(PathBuf),
}

impl SecretSource {
    /// Reads the secret.
    ///
    /// # Errors
    /// [`SecretError`] when it is not there, empty or larger than 64 KiB.
    pub fn read(&self) -> Result<Secret, SecretError> {
        match self {
            Self::Env(name) => read_env(name),
            Self::File(path) => read_file(path),
        }
    }

    /// What to tell of a secret that can't be read, with the mend that fits where it should be.
    #[must_use]
    pub fn problem(&self, at: SettingPath, error: &SecretError) -> Problem {
        let mend = match self {
            Self::Env(name) => {
                format!("Set {name} in the environment of the process, or use {{ file = \"…\" }}.")
            }
            Self::File(_) => {
                "Check the path, seen from the working directory, and that this user may read it."
                    .to_owned()
            }
        };
        Problem::error(at, error.to_string(), mend)
    }

    /// What to tell of a secret's file that others may read or change; `None` for an environment
    /// variable, for a file of its owner alone, and for one that is not there.
    ///
    /// What every user may read, or the group may change, is an error: it is no secret any more.
    /// Reading by the group is how Kubernetes hands a secret to a process that is not root
    /// (`fsGroup`), and nothing to tell where the file is another's; on a file of our own
    /// that bit serves others only, which is a warning.
    #[must_use]
    pub fn exposed(&self, at: SettingPath) -> Option<Problem> {
        let Self::File(path) = self else {
            return None;
        };
        let about = std::fs::metadata(path).ok()?;
        let mode = about.permissions().mode() & 0o777;
        let ours = about.uid() == rustix::process::geteuid().as_raw();
        let path = path.display();
        let mend = format!(
            "Let it belong to the user that runs the bridge, and run `chmod 600 {path}`; in Kubernetes set `defaultMode: 0400` for the volume."
        );
        if mode & 0o027 != 0 {
            let message =
                format!("every user of this machine may read or change {path} (mode {mode:04o})");
            return Some(Problem::error(at, message, mend));
        }
        (ours && mode & 0o070 != 0).then(|| {
            let message = format!("the group of {path} may read it (mode {mode:04o})");
            Problem::warning(at, message, mend)
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads secrets from the environment"
)]
fn read_env(name: &str) -> Result<Secret, SecretError> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .map(Secret::new)
        .ok_or_else(|| SecretError::Env(name.to_owned()))
}

fn read_file(path: &PathBuf) -> Result<Secret, SecretError> {
    let failed = |cause| SecretError::File(path.clone(), cause);
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = Zeroizing::new(String::new());
    file.take(LARGEST + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    let trimmed = text.trim_end_matches(['\r', '\n']);
    if trimmed.is_empty() || text.len() as u64 > LARGEST {
        return Err(SecretError::Size(path.clone()));
    }
    Ok(Secret::new(trimmed.to_owned()))
}

impl fmt::Display for SecretSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(formatter, "environment variable {name}"),
            Self::File(path) => write!(formatter, "file {}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_without_its_last_line_break() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "s3cret\r\n").unwrap();
        let secret = SecretSource::File(file.path().into()).read().unwrap();
        assert_eq!(secret.expose(), "s3cret");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn nothing_is_not_a_secret() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(
            SecretSource::File(file.path().into()).read(),
            Err(SecretError::Size(_))
        ));
        assert!(matches!(
            SecretSource::Env("FLEXBRIDGE_TEST_THAT_NOBODY_SETS".into()).read(),
            Err(SecretError::Env(_))
        ));
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use crate::settings::Severity::{Error, Warning};
        let file = tempfile::NamedTempFile::new().unwrap();
        let source = SecretSource::File(file.path().into());
        for (mode, told) in [
            (0o600, None),
            (0o400, None),
            (0o440, Some(Warning)),
            (0o640, Some(Warning)),
            (0o620, Some(Error)),
            (0o660, Some(Error)),
            (0o604, Some(Error)),
            (0o602, Some(Error)),
            (0o601, Some(Error)),
            (0o644, Some(Error)),
            (0o777, Some(Error)),
        ] {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(file.path(), permissions).unwrap();
            let problem = source.exposed(SettingPath::root().join("x"));
            let severity = problem.as_ref().map(|problem| problem.severity);
            assert_eq!(severity, told, "{mode:o}");
            if let Some(problem) = problem {
                assert!(problem.message.contains(&format!("{mode:04o}")));
                assert!(problem.mend.contains("chmod 600"));
            }
        }
        let at = SettingPath::root;
        assert_eq!(SecretSource::Env("PATH".into()).exposed(at()), None);
        assert_eq!(SecretSource::File("/nowhere".into()).exposed(at()), None);
    }

    /// As Kubernetes hands secrets over: root's, and readable by our group.
    #[test]
    fn a_file_of_another_that_our_group_may_read_is_fine() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let permissions = std::fs::Permissions::from_mode(0o440);
        std::fs::set_permissions(file.path(), permissions).unwrap();
        // Only root can give a file away.
        if std::os::unix::fs::chown(file.path(), Some(12_345), None).is_err() {
            return;
        }
        let source = SecretSource::File(file.path().into());
        assert_eq!(source.exposed(SettingPath::root()), None);
    }

    #[test]
    fn too_much_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "x".repeat(70_000)).unwrap();
        assert!(matches!(
            SecretSource::File(file.path().into()).read(),
            Err(SecretError::Size(_))
        ));
    }
}
