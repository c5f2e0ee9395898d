//! The workers against the rules, and what their last login was told.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{SHOWN, location, standing};
use crate::{
    admin::{
        AuditOf, Trouble, WorkersAudit,
        workers::{AttributeTable, Findings, Judged, LastLogin, Listed},
    },
    identity::{FlexName, LocationOutcome},
    web::admin::{
        Admin, Shared,
        access::Caller,
        asked::{Asked, Sent, came_of},
        forms::Fields,
        frame::{self, Frame, Tab},
        setup::{Pair, pairs},
        words,
    },
};

#[derive(Template)]
#[template(path = "admin/workers_audit.html")]
struct AuditPage {
    frame: Frame,
    pairs: Vec<Pair>,
    worker_attributes: String,
    address: String,
    problem: Option<Trouble>,
    told: Option<Told>,
}

struct Told {
    flex: String,
    findings: Findings,
    against_rules: bool,
    workers: Vec<Listed>,
    more: usize,
}

/// `GET /workers/audit`
pub(in crate::web::admin) async fn ask(
    State(admin): Shared,
    Asked { caller, fields }: Asked,
) -> Response {
    show(&admin, &caller, &fields, None)
}

/// `POST /workers/audit`: nothing is changed by it.
pub(in crate::web::admin) async fn tell(
    State(admin): Shared,
    Sent { caller, fields, .. }: Sent,
) -> Response {
    let told = audit(&admin, &fields).await;
    show(&admin, &caller, &fields, Some(told))
}

async fn audit(admin: &Admin, fields: &Fields) -> Result<Told, Trouble> {
    let unknown = |_| Trouble::invalid("there is no such login", "Choose one from the list.");
    let pair = fields.get("login").and_then(|pair| pair.split_once('/'));
    let (flex, idp) = pair
        .ok_or_else(|| Trouble::invalid("no Flex account is named", "Choose one from the list."))?;
    let flex: FlexName = flex.parse().map_err(unknown)?;
    let rules = source(fields)?;
    let against_rules = !matches!(rules, AuditOf::Nothing);
    let wanted = WorkersAudit {
        rules,
        idp: Some(idp.parse().map_err(unknown)?),
        address: fields.read("address")?,
    };
    let mut list = admin.desk.audit_workers(&flex, &wanted).await?;
    list.workers.retain(Listed::deserves_a_look);
    let more = list.workers.len().saturating_sub(SHOWN);
    list.workers.truncate(SHOWN);
    Ok(Told {
        flex: flex.to_string(),
        findings: list.findings,
        against_rules,
        workers: list.workers,
        more,
    })
}

/// Where the form says that the values come from.
fn source(fields: &Fields) -> Result<AuditOf, Trouble> {
    let table = fields.get("file").map(|_| fields.exact("file"));
    let pairs = fields.get("worker_attributes");
    match (table, pairs) {
        (None, None) => Ok(AuditOf::Nothing),
        (Some(_), Some(_)) => Err(Trouble::invalid(
            "there are worker attributes, and there is a table as well",
            "Give one of the two.",
        )),
        (Some(table), None) => AttributeTable::people(table.as_bytes())
            .map(AuditOf::Directory)
            .map_err(|told| Trouble::invalid(told.problem, told.mend)),
        (None, Some(pairs)) => {
            let lines = pairs.lines().map(str::trim).filter(|line| !line.is_empty());
            let pairs: BTreeMap<String, String> = lines
                .map(|line| {
                    let (name, key) = line.split_once('=').unwrap_or((line, line));
                    (name.trim().to_owned(), key.trim().to_owned())
                })
                .collect();
            Ok(AuditOf::WorkerAttributes(pairs))
        }
    }
}

fn show(
    admin: &Admin,
    caller: &Caller,
    fields: &Fields,
    told: Option<Result<Told, Trouble>>,
) -> Response {
    let (told, problem, status) = came_of(told);
    let pair = fields.get("login").and_then(|pair| pair.split_once('/'));
    let flex = pair.map(|(flex, _)| flex).or_else(|| fields.get("flex"));
    let template = AuditPage {
        frame: Frame::new(Tab::Workers, caller),
        pairs: pairs(
            &admin.desk.bridge(),
            flex.unwrap_or_default(),
            pair.map(|(_, idp)| idp).unwrap_or_default(),
        ),
        worker_attributes: fields.exact("worker_attributes").to_owned(),
        address: fields.exact("address").to_owned(),
        problem,
        told,
    };
    frame::page(status, &template)
}

/// What the rules would give, in words.
fn rules(worker: &Listed) -> String {
    let Some(Judged::Known {
        outcome,
        rule,
        no_match,
        agrees,
    }) = &worker.rules
    else {
        return "not known".to_owned();
    };
    let what = match outcome {
        LocationOutcome::Assign(_) if *agrees => "the same".to_owned(),
        LocationOutcome::Assign(name) => name.as_str().to_owned(),
        LocationOutcome::Clear => "cleared".to_owned(),
        LocationOutcome::Omit => "left as it is".to_owned(),
        LocationOutcome::Refuse => "the login refused".to_owned(),
    };
    match (no_match, rule) {
        (Some(cause), _) => format!("{what}; no match: {}", cause.as_str()),
        (None, Some(rule)) => format!("{what}, by rule {rule}"),
        (None, None) => what,
    }
}

/// What the last login told, in words.
fn last(login: Option<&LastLogin>) -> String {
    let Some(login) = login else {
        return "not known".to_owned();
    };
    let told = match login.location.as_deref() {
        None => "left as it was",
        Some("") => "cleared",
        Some(name) => name,
    };
    format!("{told}, {}", words::day(login.at))
}
