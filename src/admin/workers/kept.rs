//! Jobs that the page or the API began, kept on disk: the rows of each, how far it is, and its
//! report. Whatever becomes of the process, a job can go on where it was.

use std::{
    collections::HashSet,
    fs::{self, DirBuilder, File, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Report, ReportFormat, Row, Totals, state::Step};
use crate::{clock::Timestamp, identity::FlexName};

/// The form of the files.
const VERSION: u32 = 1;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 128 * 1024 * 1024;
/// How many finished jobs of an account are kept.
const MOST_FINISHED: usize = 10;
/// How many jobs are listed.
const MOST_LISTED: usize = 50;
/// The part of a plan's `job` that names it.
const NAME: usize = 32;

/// A job's name: it stands for the account, the workspace and every row as written.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[0-9a-f]{32}$"))]
pub struct JobName(String);

impl JobName {
    /// The name of a plan's job.
    pub(crate) fn of(job: &str) -> Self {
        Self(job.chars().take(NAME).collect())
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for JobName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let right = text.len() == NAME && text.bytes().all(hex);
        right.then_some(Self(text)).ok_or("this names no job")
    }
}

impl From<JobName> for String {
    fn from(name: JobName) -> Self {
        name.0
    }
}

impl std::fmt::Display for JobName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What is known of a job from its beginning on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Begun {
    version: u32,
    pub(crate) began_at: Timestamp,
    /// How many workers it is for.
    pub(crate) workers: u64,
    /// How many wrong rows were left out.
    pub(crate) left_out: u64,
    /// Whether wrong rows may be left out.
    pub(crate) leave_out_bad_rows: bool,
}

impl Begun {
    pub(crate) const fn new(began_at: Timestamp, workers: u64, left_out: Option<u64>) -> Self {
        Self {
            version: VERSION,
            began_at,
            workers,
            left_out: match left_out {
                Some(count) => count,
                None => 0,
            },
            leave_out_bad_rows: left_out.is_some(),
        }
    }
}

/// How a job ended, or why it stopped.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) at: Timestamp,
    pub(crate) totals: Totals,
    /// Whether nothing is left to do or to look at.
    pub(crate) finished: bool,
    /// Why it stopped before its end, and what to do.
    pub(crate) why: Option<(String, String)>,
}

/// The jobs of one Flex account.
#[derive(Debug, Clone)]
pub(crate) struct Shelf(PathBuf);

impl Shelf {
    pub(crate) fn of(store: &Path, flex: &FlexName) -> Self {
        Self(store.join("workers").join(flex.as_str()))
    }

    fn file(&self, job: &JobName, what: &str) -> PathBuf {
        self.0.join(format!("{job}.{what}"))
    }

    /// Where what is done is remembered.
    pub(crate) fn state(&self, job: &JobName) -> PathBuf {
        self.file(job, "state")
    }

    /// Puts a job down before it begins. Of an earlier one of the same rows nothing is believed:
    /// what was written then may have been overwritten by logins since.
    pub(crate) fn put(&self, job: &JobName, begun: &Begun, rows: &[Row]) -> io::Result<()> {
        let mut folder = DirBuilder::new();
        folder.recursive(true).mode(0o700).create(&self.0)?;
        self.forget_oldest()?;
        self.write(job, "rows.json", &rows)?;
        self.write(job, "job.json", begun)?;
        for earlier in ["end.json", "report.json", "state"] {
            self.remove(job, earlier)?;
        }
        Ok(())
    }

    fn write(&self, job: &JobName, what: &str, content: &impl Serialize) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        file.write_all(&serde_json::to_vec(content)?)?;
        file.as_file()
            .set_permissions(Permissions::from_mode(0o600))?;
        file.as_file().sync_all()?;
        file.persist(self.file(job, what))
            .map_err(|error| error.error)?;
        File::open(&self.0)?.sync_all()
    }

    fn read<T: DeserializeOwned>(&self, job: &JobName, what: &str) -> io::Result<T> {
        let mut bytes = Vec::new();
        let file = File::open(self.file(job, what))?;
        file.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    fn remove(&self, job: &JobName, what: &str) -> io::Result<()> {
        match fs::remove_file(self.file(job, what)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// What is known of a job; not found where there is none.
    pub(crate) fn begun(&self, job: &JobName) -> io::Result<Begun> {
        let begun: Begun = self.read(job, "job.json")?;
        if begun.version == VERSION {
            Ok(begun)
        } else {
            Err(io::Error::other("another version's file"))
        }
    }

    /// The rows of a job.
    pub(crate) fn rows(&self, job: &JobName) -> io::Result<Vec<Row>> {
        self.read(job, "rows.json")
    }

    /// How it ended, if it has.
    pub(crate) fn end(&self, job: &JobName) -> Option<End> {
        self.read(job, "end.json").ok()
    }

    /// Keeps how a job ended, and its report.
    pub(crate) fn finish(&self, job: &JobName, report: &Report, end: &End) -> io::Result<()> {
        report.write(&self.file(job, "report.json"), ReportFormat::Json)?;
        self.write(job, "end.json", end)
    }

    /// Keeps why a job could not go on.
    pub(crate) fn stopped(&self, job: &JobName, end: &End) -> io::Result<()> {
        self.write(job, "end.json", end)
    }

    /// Goes on: what was said of its end no longer holds.
    pub(crate) fn go_on(&self, job: &JobName) -> io::Result<()> {
        self.remove(job, "end.json")
    }

    /// The report of a job that ended or stopped.
    pub(crate) fn report(&self, job: &JobName) -> io::Result<Report> {
        self.read(job, "report.json")
    }

    /// How many workers are done, of a job that nobody is at.
    pub(crate) fn done(&self, job: &JobName) -> u64 {
        done_in(&self.state(job)).unwrap_or(0)
    }

    /// The jobs, the newest first.
    pub(crate) fn list(&self) -> io::Result<Vec<(JobName, Begun)>> {
        let files = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files?,
        };
        let mut jobs = Vec::new();
        for file in files {
            let name = file?.file_name();
            let name = name
                .to_str()
                .and_then(|name| name.strip_suffix(".job.json"));
            let name = name.and_then(|name| JobName::try_from(name.to_owned()).ok());
            // What can't be read is no job of this version.
            if let Some(name) = name
                && let Ok(begun) = self.begun(&name)
            {
                jobs.push((name, begun));
            }
        }
        jobs.sort_by_key(|(_, begun)| std::cmp::Reverse(begun.began_at));
        jobs.truncate(MOST_LISTED);
        Ok(jobs)
    }

    /// Names of people stand in rows and reports: what is done with is not kept for ever.
    fn forget_oldest(&self) -> io::Result<()> {
        let finished = self.list()?.into_iter();
        let finished = finished.filter(|(job, _)| self.end(job).is_some_and(|end| end.finished));
        for (job, _) in finished.skip(MOST_FINISHED - 1) {
            for what in ["job.json", "rows.json", "end.json", "report.json", "state"] {
                self.remove(&job, what)?;
            }
        }
        Ok(())
    }
}

/// How many workers a state says are done. The file may end in the middle of a line.
fn done_in(state: &Path) -> io::Result<u64> {
    let mut text = Vec::new();
    File::open(state)?.take(LARGEST).read_to_end(&mut text)?;
    let mut done = HashSet::new();
    for line in text.split(|byte| *byte == b'\n') {
        if let Ok(Step::Done { worker, .. }) = serde_json::from_slice(line) {
            done.insert(worker);
        }
    }
    Ok(done.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn name(number: u32) -> JobName {
        JobName::try_from(format!("{number:032x}")).unwrap()
    }

    fn put(shelf: &Shelf, number: u32) {
        let at = Timestamp::UNIX_EPOCH + TimeDelta::days(i64::from(number));
        let row = Row {
            line: 2,
            worker: "ann".to_owned(),
            location: "東\n京 ".to_owned(),
        };
        let begun = Begun::new(at, 1, Some(3));
        shelf.put(&name(number), &begun, &[row]).unwrap();
    }

    fn finish(shelf: &Shelf, number: u32, finished: bool) {
        let end = End {
            at: Timestamp::UNIX_EPOCH,
            totals: Totals::default(),
            finished,
            why: None,
        };
        let report = Report { rows: Vec::new() };
        shelf.finish(&name(number), &report, &end).unwrap();
    }

    #[test]
    fn a_job_is_kept_as_it_was_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::of(folder.path(), &"production".parse().unwrap());
        assert!(shelf.list().unwrap().is_empty());
        put(&shelf, 1);
        let begun = shelf.begun(&name(1)).unwrap();
        assert_eq!(
            (begun.workers, begun.left_out, begun.leave_out_bad_rows),
            (1, 3, true)
        );
        assert_eq!(shelf.rows(&name(1)).unwrap()[0].location, "東\n京 ");
        assert!(shelf.end(&name(1)).is_none());
        finish(&shelf, 1, true);
        assert!(shelf.end(&name(1)).unwrap().finished);
        for file in fs::read_dir(&shelf.0).unwrap() {
            let mode = file.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(shelf.begun(&name(2)).is_err());
        // The same rows again begin anew.
        let state = "{\"step\":\"done\",\"worker\":\"WK1\",\"outcome\":\"changed\",\"before\":null,\"detail\":null}\n{\"ste";
        fs::write(shelf.state(&name(1)), state).unwrap();
        assert_eq!(shelf.done(&name(1)), 1);
        put(&shelf, 1);
        assert_eq!(shelf.done(&name(1)), 0);
        assert!(shelf.end(&name(1)).is_none());
        for wrong in [
            "../../../etc/passwd",
            "",
            "ABCDEF0123456789abcdef0123456789",
        ] {
            assert!(JobName::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn finished_jobs_are_forgotten_and_others_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::of(folder.path(), &"production".parse().unwrap());
        put(&shelf, 0);
        finish(&shelf, 0, false);
        for number in 1..=12 {
            put(&shelf, number);
            finish(&shelf, number, true);
        }
        let kept = shelf.list().unwrap();
        assert_eq!(kept.len(), MOST_FINISHED + 1);
        assert_eq!(kept[0].0, name(12));
        assert!(kept.iter().any(|(job, _)| *job == name(0)));
        assert!(kept.iter().all(|(job, _)| *job != name(1)));
    }
}
