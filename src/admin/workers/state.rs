//! What was done, on disk: a job that is killed goes on where it was.
//!
//! One line of JSON for each step, appended. Before a write is sent, the line that says so
//! is on the disk; so after a crash there is never a write that nobody remembers.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    change::{Begun, Ended, Outcome},
    journal::Journal,
};
use crate::twilio::taskrouter::Version;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 512 * 1024 * 1024;

/// The form of the file; another number is another program's.
const VERSION: u32 = 1;

/// Why what is done can't be remembered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The file can't be read or written.
    #[error("{path}: {detail}")]
    Io {
        /// The file.
        path: String,
        /// What the operating system says.
        detail: String,
    },
    /// Another process is at this job.
    #[error("{path}: another process is at work on this job")]
    InUse {
        /// The file.
        path: String,
    },
    /// The file is of another table, account or workspace.
    #[error("{path}: this is the state of another job")]
    OtherJob {
        /// The file.
        path: String,
    },
    /// The file is not what this program writes.
    #[error("{path}: line {line} is damaged")]
    Damaged {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
    },
}

impl StateError {
    /// What the administrator can do.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Io { .. } => {
                "Choose a place for the report that this user can write to, with --report."
            }
            Self::InUse { .. } => "Wait until it is done, or end it; then run this again.",
            Self::OtherJob { .. } => {
                "Finish that job with the table it was begun with, choose another place with --report, or remove the file to forget it."
            }
            Self::Damaged { .. } => {
                "Remove the file to begin anew: workers that have their location already are left alone."
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(super) enum Step {
    /// Which job this is of.
    Job { version: u32, job: String },
    /// A write from this version is about to be sent.
    Begin {
        worker: String,
        etag: String,
        before: Option<String>,
    },
    /// The last write was surely not carried out.
    Withdraw { worker: String },
    /// How it ended.
    Done {
        worker: String,
        outcome: Outcome,
        before: Option<String>,
        detail: Option<String>,
    },
}

/// The state of one job on disk; nobody else is at it while this is held.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    file: File,
    begun: HashMap<String, Begun>,
    done: HashMap<String, Ended>,
}

impl StateFile {
    /// Opens the state of `job`, or begins it.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn open(path: &Path, job: &str) -> Result<Self, StateError> {
        let failed = |error: &io::Error| io_error(path, error);
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .map_err(|error| failed(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = path.display().to_string();
                return Err(StateError::InUse { path });
            }
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        let mut state = Self {
            path: path.to_owned(),
            file,
            begun: HashMap::new(),
            done: HashMap::new(),
        };
        let text = state.read_whole().map_err(|error| failed(&error))?;
        if text.is_empty() {
            state.begin(job).map_err(|error| failed(&error))?;
        } else {
            state.take_in(&text, job)?;
        }
        Ok(state)
    }

    /// How many workers are done already.
    #[must_use]
    pub fn done(&self) -> usize {
        self.done.len()
    }

    /// How it ended for this worker, if it has.
    pub(super) fn ended(&self, worker: &str) -> Option<&Ended> {
        self.done.get(worker)
    }

    /// The write to this worker of which nobody knows whether it was carried out.
    pub(super) fn begun(&self, worker: &str) -> Option<&Begun> {
        self.begun.get(worker)
    }

    /// Takes the file away: the job is done and reported.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn remove(self) -> Result<(), StateError> {
        std::fs::remove_file(&self.path).map_err(|error| io_error(&self.path, &error))
    }

    /// The whole lines; what a crash left half-written behind them is cut off.
    fn read_whole(&mut self) -> io::Result<String> {
        if self.file.metadata()?.len() > LARGEST {
            return Err(io::Error::other("the file is too large"));
        }
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut bytes)?;
        let whole = bytes
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |last| last + 1);
        if whole < bytes.len() {
            self.file.set_len(whole as u64)?;
            bytes.truncate(whole);
        }
        String::from_utf8(bytes).map_err(|_| io::Error::other("the file is not UTF-8"))
    }

    fn begin(&mut self, job: &str) -> io::Result<()> {
        let first = line(&Step::Job {
            version: VERSION,
            job: job.to_owned(),
        });
        self.file.write_all(first.as_bytes())?;
        self.file.sync_all()?;
        // The name too has to survive a crash.
        let directory = self.path.parent().filter(|one| !one.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn take_in(&mut self, text: &str, job: &str) -> Result<(), StateError> {
        let path = || self.path.display().to_string();
        let mut steps = text.lines().enumerate().map(|(place, line)| {
            serde_json::from_str::<Step>(line).map_err(|_| StateError::Damaged {
                path: path(),
                line: place + 1,
            })
        });
        match steps.next().transpose()? {
            Some(Step::Job { version, job: of }) if version == VERSION && of == job => {}
            _ => return Err(StateError::OtherJob { path: path() }),
        }
        let (mut begun, mut done) = (HashMap::new(), HashMap::new());
        for (place, step) in steps.enumerate() {
            match step? {
                Step::Job { .. } => {
                    let line = place + 2;
                    return Err(StateError::Damaged { path: path(), line });
                }
                Step::Begin {
                    worker,
                    etag,
                    before,
                } => {
                    let version = Version::kept(etag);
                    begun.insert(worker, Begun { version, before });
                }
                Step::Withdraw { worker } => drop(begun.remove(&worker)),
                Step::Done {
                    worker,
                    outcome,
                    before,
                    detail,
                } => {
                    let ended = Ended {
                        outcome,
                        before,
                        detail,
                    };
                    done.insert(worker, ended);
                }
            }
        }
        (self.begun, self.done) = (begun, done);
        Ok(())
    }

    /// Begins to write down what happens from here on.
    pub(super) fn journal(&self) -> Result<Journal, StateError> {
        let file = self.file.try_clone();
        let file = file.map_err(|error| io_error(&self.path, &error))?;
        Journal::start(self.path.clone(), file)
    }
}

pub(super) fn io_error(path: &Path, error: &io::Error) -> StateError {
    StateError::Io {
        path: path.display().to_string(),
        detail: error.to_string(),
    }
}

pub(super) fn line(step: &Step) -> String {
    // Texts and numbers can always be written as JSON.
    let mut line = serde_json::to_string(step).unwrap_or_default();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(etag: &str) -> Begun {
        Begun {
            version: Version::kept(etag.to_owned()),
            before: Some("A".to_owned()),
        }
    }

    fn ended(outcome: Outcome) -> Ended {
        Ended {
            outcome,
            before: None,
            detail: Some("x".to_owned()),
        }
    }

    async fn filled(path: &Path) -> StateFile {
        let state = StateFile::open(path, "job").unwrap();
        let journal = state.journal().unwrap();
        journal.begin("WK1", &begun("\"1\"")).await.unwrap();
        journal.done("WK1", &ended(Outcome::Changed));
        journal.begin("WK2", &begun("\"2\"")).await.unwrap();
        journal.begin("WK3", &begun("\"3\"")).await.unwrap();
        journal.withdraw("WK3", None);
        journal.begin("WK4", &begun("\"5\"")).await.unwrap();
        journal.withdraw("WK4", Some(&begun("\"4\"")));
        journal.finish().await.unwrap();
        state
    }

    #[tokio::test]
    async fn what_was_begun_and_done_is_known_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        drop(filled(&path).await);
        let state = StateFile::open(&path, "job").unwrap();
        assert_eq!(state.done(), 1);
        assert_eq!(state.ended("WK1"), Some(&ended(Outcome::Changed)));
        assert_eq!(state.begun("WK2"), Some(&begun("\"2\"")));
        assert_eq!(state.begun("WK3"), None);
        assert_eq!(state.begun("WK4"), Some(&begun("\"4\"")));
        state.remove().unwrap();
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_half_written_line_is_cut_off_and_a_damaged_one_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        drop(filled(&path).await);
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{whole}{{\"step\":\"done\",\"wor")).unwrap();
        let state = StateFile::open(&path, "job").unwrap();
        assert_eq!(state.done(), 1);
        let journal = state.journal().unwrap();
        journal.done("WK2", &ended(Outcome::Unchanged));
        journal.finish().await.unwrap();
        drop(state);
        assert_eq!(StateFile::open(&path, "job").unwrap().done(), 2);

        std::fs::write(&path, whole.replace("\"withdraw\"", "\"?\"")).unwrap();
        let error = StateFile::open(&path, "job").unwrap_err();
        assert!(
            matches!(error, StateError::Damaged { line: 6, .. }),
            "{error}"
        );
        assert!(!error.mend().is_empty());
    }

    #[tokio::test]
    async fn one_process_and_one_job_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        let held = filled(&path).await;
        let second = StateFile::open(&path, "job").unwrap_err();
        assert!(matches!(second, StateError::InUse { .. }), "{second}");
        drop(held);
        let other = StateFile::open(&path, "another").unwrap_err();
        assert!(matches!(other, StateError::OtherJob { .. }), "{other}");
        let nowhere = directory.path().join("nowhere/state");
        let error = StateFile::open(&nowhere, "job").unwrap_err();
        assert!(matches!(error, StateError::Io { .. }), "{error}");
    }
}
