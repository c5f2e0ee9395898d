//! What is to be done, before anything is: each row's worker found, each name checked.

use std::collections::{BTreeMap, HashMap};

use aws_lc_rs::digest::{Context, SHA256};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::{BadRow, Pace, Progress, Row, audit::with_attributes};
use crate::{
    identity::{DefinedLocations, FlexLocation, Lookup},
    mapping::nearest,
    twilio::{
        Error,
        taskrouter::{CurrentLocation, Worker, WorkerAttributes, Workspace},
    },
};

/// For how many rows the nearest defined name is looked for.
const MOST_SUGGESTIONS: usize = 50;

/// What a worker's `flex_location` is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// This defined name.
    Location(FlexLocation),
    /// None: Flex takes its default edge.
    Clear,
}

impl Target {
    /// The value that is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Location(location) => location.as_str(),
            Self::Clear => "",
        }
    }

    /// Whether this is what is there already.
    #[must_use]
    pub fn is_met_by(&self, current: &CurrentLocation) -> bool {
        match (self, current) {
            (Self::Location(location), CurrentLocation::Named(name)) => location.as_str() == name,
            (Self::Clear, CurrentLocation::Absent | CurrentLocation::Empty) => true,
            _ => false,
        }
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One worker's part of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlannedChange {
    /// The row's line in the file, from 1.
    pub line: u64,
    /// The worker's SID.
    pub sid: String,
    /// The worker's name.
    pub friendly_name: String,
    /// The `flex_location` that the list of workers showed, as `shown` writes it; `None`
    /// where there was none or the list did not say.
    pub current: Option<String>,
    /// Whether the list showed that nothing is to be done.
    pub unchanged: bool,
    /// What it is to be.
    #[schemars(with = "String")]
    pub target: Target,
}

/// What is to be done, and which rows can't be.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "WorkersRows")]
pub struct Plan {
    /// Each worker's part, in the order of the rows.
    pub changes: Vec<PlannedChange>,
    /// The rows that can't be carried out, in their order.
    pub bad: Vec<BadRow>,
    /// Stands for the account, the workspace and every row as written.
    pub job: String,
}

/// A plan without bad rows, or whose bad rows somebody chose to leave out.
#[derive(Debug, Clone)]
pub struct ReadyPlan {
    pub(super) changes: Vec<PlannedChange>,
    pub(super) job: String,
}

impl Plan {
    /// The plan, ready to be carried out, if every row is good or the bad ones may be left out.
    ///
    /// # Errors
    /// The plan itself, with its bad rows.
    pub fn ready(self, leave_out_bad_rows: bool) -> Result<ReadyPlan, Box<Self>> {
        if self.bad.is_empty() || leave_out_bad_rows {
            Ok(ReadyPlan {
                changes: self.changes,
                job: self.job,
            })
        } else {
            Err(Box::new(self))
        }
    }
}

impl ReadyPlan {
    /// Each worker's part, in the order of the rows.
    #[must_use]
    pub fn changes(&self) -> &[PlannedChange] {
        &self.changes
    }

    /// Stands for the account, the workspace and every row as written.
    #[must_use]
    pub fn job(&self) -> &str {
        &self.job
    }
}

/// A `flex_location` as reports show it: the name, empty, or JSON that is no text.
pub(super) fn shown(current: &CurrentLocation) -> Option<String> {
    match current {
        CurrentLocation::Absent => None,
        CurrentLocation::Empty => Some(String::new()),
        CurrentLocation::Named(text) | CurrentLocation::NoText(text) => Some(text.clone()),
    }
}

/// Finds out which worker each row means, and checks each name against the defined list.
/// Nothing is written.
///
/// # Errors
/// What Twilio said when the workers could not be listed.
pub async fn plan(
    workspace: &Workspace,
    defined: &DefinedLocations,
    rows: &[Row],
    pace: &Pace,
    progress: &dyn Progress,
) -> Result<Plan, Error> {
    let by_email = rows.iter().any(|row| row.worker.contains('@'));
    let known = Known::read(workspace, by_email, pace, progress).await?;
    let mut plan = Plan {
        changes: Vec::new(),
        bad: Vec::new(),
        job: job(workspace, rows),
    };
    let mut lines: HashMap<&str, u64> = HashMap::new();
    let mut suggestions = 0;
    for row in rows {
        let target = target(defined, &row.location, &mut suggestions);
        let found =
            known
                .find(&row.worker)
                .and_then(|worker| match lines.insert(&worker.sid, row.line) {
                    None => Ok(worker),
                    Some(line) => Err((
                        format!("this is the worker of line {line}"),
                        "leave one row for each worker".to_owned(),
                    )),
                });
        let bad = |(problem, mend)| BadRow {
            line: row.line,
            worker: row.worker.clone(),
            problem,
            mend,
        };
        match (found, target) {
            (Ok(worker), Ok(target)) => plan.changes.push(planned(row.line, worker, target)),
            (found, target) => {
                plan.bad.extend(found.err().map(bad));
                plan.bad.extend(target.err().map(bad));
            }
        }
    }
    Ok(plan)
}

fn planned(line: u64, worker: &Worker, target: Target) -> PlannedChange {
    let current = worker.attributes.as_ref().map(WorkerAttributes::location);
    PlannedChange {
        line,
        sid: worker.sid.clone(),
        friendly_name: worker.friendly_name.clone(),
        current: current.as_ref().and_then(shown),
        unchanged: current.is_some_and(|current| target.is_met_by(&current)),
        target,
    }
}

type Told = (String, String);

/// What is to be written: only the list of defined names makes it.
fn target(
    defined: &DefinedLocations,
    location: &str,
    suggestions: &mut usize,
) -> Result<Target, Told> {
    if location.is_empty() {
        return Ok(Target::Clear);
    }
    match defined.find(location) {
        Lookup::Exact(location) => Ok(Target::Location(location)),
        Lookup::Folded(meant) => Err((
            format!("`{location}` is not spelt as the Flex account spells it"),
            format!("write `{}`", meant.as_str()),
        )),
        Lookup::Ambiguous(names) => Err((
            format!("`{location}` could be any of several defined locations"),
            format!("write one of them exactly: {}", names.join(", ")),
        )),
        Lookup::Unknown => {
            *suggestions += 1;
            let near = (*suggestions <= MOST_SUGGESTIONS).then(|| nearest(location, defined));
            let mend = near.flatten().map_or_else(
                || {
                    "define it first, or write one that is defined (`flexbridge locations list`)"
                        .to_owned()
                },
                |near| format!("did you mean `{near}`?"),
            );
            Err((
                format!("the Flex account defines no location `{location}`"),
                mend,
            ))
        }
    }
}

fn job(workspace: &Workspace, rows: &[Row]) -> String {
    let mut digest = Context::new(&SHA256);
    for part in ["workers set 1", workspace.account_sid(), workspace.sid()] {
        digest.update(part.as_bytes());
        digest.update(&[0]);
    }
    for row in rows {
        for part in [&row.worker, &row.location] {
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
    }
    hex::encode(digest.finish())
}

/// The workspace's workers, by what people call them.
struct Known {
    all: Vec<Worker>,
    by_sid: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    by_email: BTreeMap<String, Vec<usize>>,
}

impl Known {
    async fn read(
        workspace: &Workspace,
        by_email: bool,
        pace: &Pace,
        progress: &dyn Progress,
    ) -> Result<Self, Error> {
        let mut all = Vec::new();
        let mut pages = workspace.workers();
        loop {
            pace.turn().await;
            let Some(listed) = pages.next().await? else {
                break;
            };
            let listed = if by_email {
                with_attributes(workspace, listed, pace).await?
            } else {
                listed
            };
            progress.advanced(listed.len() as u64);
            all.extend(listed);
        }
        let mut known = Self {
            by_sid: HashMap::new(),
            by_name: HashMap::new(),
            by_email: BTreeMap::new(),
            all: Vec::new(),
        };
        for (place, worker) in all.iter().enumerate() {
            known.by_sid.insert(worker.sid.clone(), place);
            known.by_name.insert(fold(&worker.friendly_name), place);
            let email = worker.attributes.as_ref().and_then(|one| one.text("email"));
            if let Some(email) = email {
                known.by_email.entry(fold(&email)).or_default().push(place);
            }
        }
        known.all = all;
        Ok(known)
    }

    /// The worker of this SID, else of this friendly name, else of this e-mail address.
    fn find(&self, written: &str) -> Result<&Worker, Told> {
        let folded = fold(written);
        let place = self.by_sid.get(written).or(self.by_name.get(&folded));
        let by_email = self.by_email.get(&folded).map_or(&[][..], Vec::as_slice);
        match (place, by_email) {
            (Some(place), _) | (None, [place]) => Ok(&self.all[*place]),
            (None, []) if written.is_empty() => Err((
                "it names no worker".to_owned(),
                "write a worker's SID, friendly name or e-mail address".to_owned(),
            )),
            (None, []) => Err((
                "there is no such worker".to_owned(),
                "write a worker's SID, friendly name or e-mail address (`flexbridge workers list`); Flex makes a worker at an agent's first login, and nothing else should".to_owned(),
            )),
            (None, several) => {
                let sids: Vec<_> = several.iter().map(|place| &*self.all[*place].sid).collect();
                Err((
                    "several workers have this e-mail address".to_owned(),
                    format!("write the SID of the one that is meant: {}", sids.join(", ")),
                ))
            }
        }
    }
}

/// TaskRouter compares friendly names without case.
fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}
