//! What happened to each worker, to keep and to show.

use std::{
    fs::Permissions,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Outcome, PlannedChange, change::Ended};

/// What happened to one worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportRow {
    /// The row's line in the table, from 1.
    pub line: u64,
    /// The worker's SID.
    pub worker: String,
    /// The worker's name.
    pub friendly_name: String,
    /// The `flex_location` from before; `None` where there was none, or it was not read.
    pub before: Option<String>,
    /// What it was to be.
    pub flex_location: String,
    /// How it ended.
    pub outcome: Outcome,
    /// More about it, for people.
    pub detail: Option<String>,
}

impl ReportRow {
    pub(super) fn new(planned: &PlannedChange, ended: Ended) -> Self {
        Self {
            line: planned.line,
            worker: planned.sid.clone(),
            friendly_name: planned.friendly_name.clone(),
            before: ended.before,
            flex_location: planned.target.as_str().to_owned(),
            outcome: ended.outcome,
            detail: ended.detail,
        }
    }
}

/// How often each outcome came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Written.
    pub changed: usize,
    /// So already.
    pub unchanged: usize,
    /// Not written.
    pub failed: usize,
    /// To be looked at.
    pub unclear: usize,
    /// Not reached.
    pub not_reached: usize,
}

/// What happened to each worker, in the order of the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "WorkersReport")]
pub struct Report {
    /// One row for each worker.
    pub rows: Vec<ReportRow>,
}

/// The form of a report on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// Comma-separated, with a header.
    Csv,
    /// A JSON object.
    Json,
}

impl ReportFormat {
    /// JSON for a file that is called so, otherwise CSV.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let extension = path.extension().and_then(|one| one.to_str());
        match extension {
            Some(json) if json.eq_ignore_ascii_case("json") => Self::Json,
            _ => Self::Csv,
        }
    }
}

impl Report {
    /// How often each outcome came.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for row in &self.rows {
            let count = match row.outcome {
                Outcome::Changed => &mut totals.changed,
                Outcome::Unchanged => &mut totals.unchanged,
                Outcome::Failed => &mut totals.failed,
                Outcome::Unclear => &mut totals.unclear,
                Outcome::NotReached => &mut totals.not_reached,
            };
            *count += 1;
        }
        totals
    }

    /// Whether every worker has what it was to have.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        let fine = |row: &ReportRow| matches!(row.outcome, Outcome::Changed | Outcome::Unchanged);
        self.rows.iter().all(fine)
    }

    /// Writes the report whole or not at all, for this user only.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write(&self, path: &Path, format: ReportFormat) -> io::Result<()> {
        let directory = path.parent().filter(|one| !one.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
        let text = match format {
            ReportFormat::Csv => self.csv()?,
            ReportFormat::Json => serde_json::to_vec_pretty(self)?,
        };
        file.write_all(&text)?;
        let file = file.into_temp_path();
        std::fs::set_permissions(&file, Permissions::from_mode(0o600))?;
        std::fs::File::open(&file)?.sync_all()?;
        file.persist(path).map_err(|error| error.error)
    }

    /// The report as CSV, with a header.
    ///
    /// # Errors
    /// Never, as it is written to memory.
    pub fn csv(&self) -> io::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in &self.rows {
            writer.serialize(row)?;
        }
        writer
            .into_inner()
            .map_err(|error| io::Error::other(error.to_string()))
    }
}
