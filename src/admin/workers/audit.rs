//! Who has which `flex_location`, what Flex makes of it, and what the rules would give.

use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Judge, Judged, LastLogin, LastLogins, Pace, Progress, plan::shown};
use crate::{
    identity::{DefinedLocations, Lookup},
    mapping::nearest,
    twilio::{
        Error,
        taskrouter::{CurrentLocation, Worker, WorkerAttributes, Workspace},
    },
};

/// For how many different names the nearest defined one is looked for.
const MOST_SUGGESTIONS: usize = 50;

/// What Flex makes of the `flex_location` that a worker has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Standing {
    /// It is defined: the agent's voice goes by its edges.
    Defined,
    /// There is none, or an empty one: Flex takes its default edge.
    None,
    /// It is not defined: the agent's voice fails.
    Undefined {
        /// What was probably meant.
        #[serde(skip_serializing_if = "Option::is_none")]
        meant: Option<String>,
    },
    /// It is no text and never equals a name: the agent's voice fails.
    NoText,
    /// Flex defines no locations and ignores it.
    Ignored,
    /// The list of defined locations could not be read.
    Unknown,
}

impl Standing {
    /// Whether the agent's voice fails with it.
    #[must_use]
    pub const fn breaks_voice(&self) -> bool {
        matches!(self, Self::Undefined { .. } | Self::NoText)
    }
}

/// One worker as listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ListedWorker")]
pub struct Listed {
    /// The worker's SID.
    pub worker: String,
    /// The worker's name.
    pub friendly_name: String,
    /// The worker attribute `email`, if it is text.
    pub email: Option<String>,
    /// The `flex_location`; JSON where it is no text, `None` where there is none.
    pub flex_location: Option<String>,
    /// What Flex makes of it.
    pub standing: Standing,
    /// What the rules would give, where they were asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Judged>,
    /// What the last login told Flex, where it was asked for and can be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_login: Option<LastLogin>,
}

impl Listed {
    /// Whether somebody should look at this worker.
    #[must_use]
    pub fn deserves_a_look(&self) -> bool {
        let disagrees = |rules: &Judged| rules.agrees() == Some(false);
        self.standing.breaks_voice() || self.rules.as_ref().is_some_and(disagrees)
    }
}

/// How often what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "WorkerFindings")]
pub struct Findings {
    /// How many workers there are.
    pub workers: usize,
    /// How many have a defined location.
    pub defined: usize,
    /// How many have none.
    pub none: usize,
    /// How many have one that is not defined, or is no text.
    pub broken: usize,
    /// How many have what the rules would give.
    pub agree: usize,
    /// How many have something else than the rules would give.
    pub disagree: usize,
    /// Of how many it can't be known what the rules would give.
    pub unknown: usize,
    /// How many workers have each location, also those that nobody has, in the list's order;
    /// behind them those that are not defined.
    pub by_location: Vec<(String, usize)>,
}

/// The workers, each with its standing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WorkerList {
    /// Each worker, in Twilio's order.
    pub workers: Vec<Listed>,
    /// How often what was found.
    pub findings: Findings,
}

/// What a survey goes by.
#[derive(Clone, Copy)]
pub struct Survey<'a> {
    /// The defined locations, if the list could be read.
    pub defined: Option<&'a DefinedLocations>,
    /// What the rules would give, if that is asked.
    pub judge: Option<&'a Judge<'a>>,
    /// What the last logins told Flex, if that is asked.
    pub logins: Option<&'a LastLogins>,
    /// How fast Twilio is asked.
    pub pace: &'a Pace,
    /// Who watches.
    pub progress: &'a dyn Progress,
}

/// Lists every worker with its standing.
///
/// # Errors
/// What Twilio said.
pub async fn survey(workspace: &Workspace, survey: Survey<'_>) -> Result<WorkerList, Error> {
    let mut pages = workspace.workers();
    let mut workers = Vec::new();
    let mut meant = Meant::default();
    loop {
        survey.pace.turn().await;
        let Some(listed) = pages.next().await? else {
            break;
        };
        let whole = with_attributes(workspace, listed, survey.pace).await?;
        survey.progress.advanced(whole.len() as u64);
        workers.extend(whole.iter().map(|one| seen(one, &survey, &mut meant)));
    }
    let findings = findings(&workers, survey.defined);
    Ok(WorkerList { workers, findings })
}

/// How many workers have each `flex_location`; those without one are not counted.
///
/// # Errors
/// What Twilio said.
pub async fn count_by_location(
    workspace: &Workspace,
    pace: &Pace,
) -> Result<BTreeMap<String, u64>, Error> {
    let mut pages = workspace.workers();
    let mut counts = BTreeMap::new();
    loop {
        pace.turn().await;
        let Some(listed) = pages.next().await? else {
            return Ok(counts);
        };
        for worker in with_attributes(workspace, listed, pace).await? {
            if let Some(CurrentLocation::Named(name)) = location(&worker) {
                *counts.entry(name).or_default() += 1;
            }
        }
    }
}

/// Fetches singly those whose attributes the list left out.
pub(super) async fn with_attributes(
    workspace: &Workspace,
    listed: Vec<Worker>,
    pace: &Pace,
) -> Result<Vec<Worker>, Error> {
    let whole = listed.into_iter().map(|worker| async {
        if worker.attributes.is_some() {
            return Ok(worker);
        }
        pace.turn().await;
        let fetched = workspace.worker(&worker.sid).await?;
        Ok(Worker {
            attributes: Some(fetched.attributes),
            ..worker
        })
    });
    let whole = stream::iter(whole).buffered(pace.at_once);
    whole.try_collect().await
}

fn location(worker: &Worker) -> Option<CurrentLocation> {
    worker.attributes.as_ref().map(WorkerAttributes::location)
}

fn seen(worker: &Worker, survey: &Survey<'_>, meant: &mut Meant) -> Listed {
    let current = location(worker).unwrap_or(CurrentLocation::Absent);
    let judged = |judge: &Judge<'_>| judge.judge(worker, &current);
    Listed {
        worker: worker.sid.clone(),
        friendly_name: worker.friendly_name.clone(),
        email: worker.attributes.as_ref().and_then(|one| one.text("email")),
        flex_location: shown(&current),
        standing: standing(&current, survey.defined, meant),
        rules: survey.judge.map(judged),
        last_login: survey
            .logins
            .and_then(|logins| logins.of(&worker.friendly_name).cloned()),
    }
}

fn standing(
    current: &CurrentLocation,
    defined: Option<&DefinedLocations>,
    meant: &mut Meant,
) -> Standing {
    let name = match current {
        CurrentLocation::Absent | CurrentLocation::Empty => return Standing::None,
        CurrentLocation::Named(name) => Some(name),
        CurrentLocation::NoText(_) => None,
    };
    match (defined, name) {
        (None, _) => Standing::Unknown,
        (Some(defined), _) if defined.is_empty() => Standing::Ignored,
        (Some(_), None) => Standing::NoText,
        (Some(defined), Some(name)) if defined.permit(name).is_some() => Standing::Defined,
        (Some(defined), Some(name)) => Standing::Undefined {
            meant: meant.by(name, defined),
        },
    }
}

/// What undefined names were probably meant to be, each looked for once.
#[derive(Default)]
struct Meant(HashMap<String, Option<String>>);

impl Meant {
    fn by(&mut self, name: &str, defined: &DefinedLocations) -> Option<String> {
        if let Lookup::Folded(location) = defined.find(name) {
            return Some(location.as_str().to_owned());
        }
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        let room = self.0.len() < MOST_SUGGESTIONS;
        let near = room.then(|| nearest(name, defined).map(str::to_owned));
        let near = near?;
        self.0.insert(name.to_owned(), near.clone());
        near
    }
}

fn findings(workers: &[Listed], defined: Option<&DefinedLocations>) -> Findings {
    let mut found = Findings {
        workers: workers.len(),
        ..Findings::default()
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for worker in workers {
        match worker.standing {
            Standing::Defined => found.defined += 1,
            Standing::None => found.none += 1,
            Standing::Undefined { .. } | Standing::NoText => found.broken += 1,
            Standing::Ignored | Standing::Unknown => {}
        }
        match worker.rules.as_ref().map(Judged::agrees) {
            Some(Some(true)) => found.agree += 1,
            Some(Some(false)) => found.disagree += 1,
            Some(None) => found.unknown += 1,
            None => {}
        }
        if let Some(name) = worker
            .flex_location
            .as_deref()
            .filter(|one| !one.is_empty())
        {
            *counts.entry(name).or_default() += 1;
        }
    }
    for location in defined.into_iter().flat_map(DefinedLocations::iter) {
        let count = counts.remove(&*location.name).unwrap_or(0);
        found.by_location.push((location.name.clone(), count));
    }
    let rest = counts.into_iter();
    found
        .by_location
        .extend(rest.map(|(name, count)| (name.to_owned(), count)));
    found
}
