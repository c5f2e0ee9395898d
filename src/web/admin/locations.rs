//! The defined locations: seen, judged, changed in two steps, put back.
//!
//! Must never: write without the plan having been shown, and the token said again.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;

use super::{
    Admin, Shared,
    access::Caller,
    asked::{Asked, Sent},
    forms::Fields,
    frame::{self, Frame, Tab},
    words,
};
use crate::{
    admin::{
        NewList, Trouble,
        locations::{
            Applied, Change, Dependent, Finding, Findings, Linted, Listed, Plan, Report,
            WorkersThere,
        },
    },
    identity::FlexName,
    settings::Severity,
};

#[derive(Template)]
#[template(path = "admin/locations.html")]
struct LocationsPage {
    frame: Frame,
    flex: FlexName,
    accounts: Vec<(String, bool)>,
    listed: Listed,
    linted: Option<Linted>,
    between: Findings,
    backups: Vec<BackupLine>,
    can_change: bool,
    applied: Option<Applied>,
}

struct BackupLine {
    name: String,
    taken: String,
}

/// `GET /locations?flex=…`
pub(super) async fn show(State(admin): Shared, Asked { caller, fields }: Asked) -> Response {
    match page(&admin, &caller, &fields, None).await {
        Ok(page) => page,
        Err(trouble) => frame::trouble(Tab::Locations, &caller, &trouble),
    }
}

async fn page(
    admin: &Admin,
    caller: &Caller,
    fields: &Fields,
    applied: Option<Applied>,
) -> Result<Response, Trouble> {
    let wanted = fields.read::<FlexName>("flex")?;
    let listed = admin.desk.locations(wanted.as_ref())?;
    let flex = listed.status.flex.clone();
    let Report { accounts, between } = admin.desk.lint_locations().await;
    let bridge = admin.desk.bridge();
    let backups = admin.desk.location_backups(Some(&flex))?;
    let backups = backups.into_iter().map(|backup| BackupLine {
        name: backup
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        taken: words::time(backup.taken_at),
    });
    let template = LocationsPage {
        frame: Frame::new(Tab::Locations, caller),
        accounts: bridge
            .flex
            .keys()
            .map(|name| (name.to_string(), *name == flex))
            .collect(),
        can_change: bridge
            .flex
            .get(&flex)
            .is_some_and(|account| account.twilio.is_some()),
        linted: accounts.into_iter().find(|one| one.flex == flex),
        backups: backups.collect(),
        flex,
        listed,
        between,
        applied,
    };
    Ok(frame::page(StatusCode::OK, &template))
}

#[derive(Template)]
#[template(path = "admin/plan.html")]
struct PlanPage {
    frame: Frame,
    plan: Plan,
    document: String,
    backup: String,
    everything: bool,
    problem: Option<String>,
    read_at: String,
}

/// `POST /locations/plan`: shows what would change.
pub(super) async fn plan(State(admin): Shared, Sent { caller, fields, .. }: Sent) -> Response {
    planned(&admin, &caller, &fields, None)
        .await
        .unwrap_or_else(|trouble| frame::trouble(Tab::Locations, &caller, &trouble))
}

async fn planned(
    admin: &Admin,
    caller: &Caller,
    fields: &Fields,
    problem: Option<String>,
) -> Result<Response, Trouble> {
    let plan = admin
        .desk
        .plan_locations(&flex_of(fields)?, new_list(fields)?)
        .await?;
    let status = if problem.is_some() {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::OK
    };
    let template = PlanPage {
        frame: Frame::new(Tab::Locations, caller),
        read_at: words::time(plan.read_at),
        document: fields.exact("document").to_owned(),
        backup: fields.exact("backup").to_owned(),
        everything: fields.get("everything").is_some(),
        plan,
        problem,
    };
    Ok(frame::page(status, &template))
}

fn flex_of(fields: &Fields) -> Result<FlexName, Trouble> {
    fields
        .read("flex")?
        .ok_or_else(|| Trouble::invalid("no Flex account is named", "Open the page anew."))
}

fn new_list(fields: &Fields) -> Result<NewList, Trouble> {
    if let Some(name) = fields.get("backup") {
        return Ok(NewList::Backup {
            name: name.to_owned(),
            everything: fields.get("everything").is_some(),
        });
    }
    let document = fields.get("document").map(|text| text.as_bytes().to_vec());
    let document = document
        .ok_or_else(|| Trouble::invalid("there is no list", "Paste the locations as JSON."));
    document.map(NewList::Document)
}

/// `POST /locations/apply`: writes what was shown, if the token is said again.
pub(super) async fn apply(
    State(admin): Shared,
    Sent {
        caller,
        address,
        fields,
    }: Sent,
) -> Response {
    let applied = async {
        if !admin.is_token(fields.exact("token"), address)? {
            let problem = "That is not the token; nothing was written.".to_owned();
            return planned(&admin, &caller, &fields, Some(problem)).await;
        }
        let (flex, new) = (flex_of(&fields)?, new_list(&fields)?);
        let fingerprint = fields.exact("fingerprint");
        let applied = admin.desk.change_locations(&flex, new, fingerprint).await?;
        page(&admin, &caller, &fields, Some(applied)).await
    };
    applied
        .await
        .unwrap_or_else(|trouble| frame::trouble(Tab::Locations, &caller, &trouble))
}

/// A finding's class and word.
const fn severity(finding: &Finding) -> (&'static str, &'static str) {
    match finding.severity {
        Severity::Error => ("bad", "error"),
        Severity::Warning => ("warn", "warning"),
    }
}

/// A change in words: its class, what it is, and to what.
fn change(change: &Change) -> (&'static str, &'static str, String) {
    let edges = |edges: &[String]| match edges {
        [] => "no edge".to_owned(),
        edges => edges.join(", then "),
    };
    match change {
        Change::Added { location } => (
            "good",
            "added",
            format!("“{}”, by {}", location.name, edges(&location.edges)),
        ),
        Change::Removed { location } => (
            "bad",
            "removed",
            format!("“{}”, by {}", location.name, edges(&location.edges)),
        ),
        Change::Renamed { from, to } => (
            "warn",
            "renamed",
            format!("“{}” to “{}”, by {}", from.name, to.name, edges(&to.edges)),
        ),
        Change::Edges {
            name,
            before,
            after,
        } => (
            "warn",
            "edges",
            format!("“{name}” from {} to {}", edges(before), edges(after)),
        ),
    }
}

/// Who depends on a location that goes, in words.
fn dependent(dependent: &Dependent) -> String {
    let rules = dependent.rules.iter().map(|rule| rule.setting.as_str());
    let rules = rules.collect::<Vec<_>>().join(", ");
    let rules = if rules.is_empty() {
        "no rule assigns it".to_owned()
    } else {
        format!("assigned by {rules}")
    };
    let workers = match &dependent.workers {
        WorkersThere::Counted(0) => "no worker has it".to_owned(),
        WorkersThere::Counted(1) => "1 worker has it".to_owned(),
        WorkersThere::Counted(count) => format!("{} workers have it", words::count(*count)),
        WorkersThere::Unknown(why) => format!("how many workers have it is not known: {why}"),
    };
    format!("{rules}; {workers}")
}
