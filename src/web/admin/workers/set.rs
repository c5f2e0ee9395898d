//! Setting one worker, or each of a table: looked at first, then begun by whoever says the token.
//!
//! Must never: begin anything without the plan having been shown, and the token said again.

use askama::Template;
use axum::{extract::State, response::Response};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use http::StatusCode;

use super::{SHOWN, job::address_of};
use crate::{
    admin::{
        Trouble, WorkersPlan, account,
        workers::{BadRow, PlannedChange, Row, read_rows},
    },
    identity::FlexName,
    web::admin::{
        Admin, Shared,
        access::Caller,
        asked::{Asked, Sent},
        forms::Fields,
        frame::{self, Frame, Tab},
        sign_in::see_other,
        words,
    },
};

#[derive(Template)]
#[template(path = "admin/workers_set.html")]
struct SetPage {
    frame: Frame,
    accounts: Vec<(String, bool)>,
    locations: Vec<String>,
    worker: String,
}

/// `GET /workers/set?flex=…`
pub(in crate::web::admin) async fn ask(
    State(admin): Shared,
    Asked { caller, fields }: Asked,
) -> Response {
    let bridge = admin.desk.bridge();
    let found = fields
        .read::<FlexName>("flex")
        .and_then(|wanted| account(&bridge, wanted.as_ref()));
    let account = match found {
        Ok(account) => account,
        Err(trouble) => return frame::trouble(Tab::Workers, &caller, &trouble),
    };
    let snapshot = account.locations.snapshot();
    let locations = snapshot.as_deref().map(|list| {
        let all = list.locations.iter();
        all.map(|location| location.name.clone()).collect()
    });
    let accounts = bridge.flex.keys();
    let template = SetPage {
        frame: Frame::new(Tab::Workers, &caller),
        accounts: accounts
            .map(|name| (name.to_string(), *name == account.name))
            .collect(),
        locations: locations.unwrap_or_default(),
        worker: fields.get("worker").unwrap_or_default().to_owned(),
    };
    frame::page(StatusCode::OK, &template)
}

#[derive(Template)]
#[template(path = "admin/workers_plan.html")]
struct PlanPage {
    frame: Frame,
    plan: WorkersPlan,
    changes: Vec<PlannedChange>,
    bad: Vec<BadRow>,
    /// The rows, byte for byte: a browser changes line breaks in what it sends.
    rows: String,
    leave_out: bool,
    problem: Option<String>,
}

/// `POST /workers/plan`: shows what would be set.
pub(in crate::web::admin) async fn plan(
    State(admin): Shared,
    Sent { caller, fields, .. }: Sent,
) -> Response {
    let planned = async {
        let rows = rows_of(&fields)?;
        planned(&admin, &caller, &fields, &rows, None).await
    };
    planned
        .await
        .unwrap_or_else(|trouble| frame::trouble(Tab::Workers, &caller, &trouble))
}

async fn planned(
    admin: &Admin,
    caller: &Caller,
    fields: &Fields,
    rows: &[Row],
    problem: Option<String>,
) -> Result<Response, Trouble> {
    let leave_out = fields.get("leave_out").is_some();
    let plan = admin
        .desk
        .plan_workers(&flex_of(fields)?, rows, leave_out)
        .await?;
    let status = if problem.is_some() {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::OK
    };
    let to_do = plan.plan.changes.iter().filter(|one| !one.unchanged);
    let template = PlanPage {
        frame: Frame::new(Tab::Workers, caller),
        changes: to_do.take(SHOWN).cloned().collect(),
        bad: plan.plan.bad.iter().take(SHOWN).cloned().collect(),
        rows: carried(rows)?,
        leave_out,
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

/// The rows that a form brings: one worker, a table, or those of the page before.
fn rows_of(fields: &Fields) -> Result<Vec<Row>, Trouble> {
    if let Some(carried) = fields.get("rows") {
        let rows = BASE64.decode(carried).ok();
        let rows = rows.and_then(|rows| serde_json::from_slice(&rows).ok());
        return rows
            .ok_or_else(|| Trouble::invalid("the rows can't be read", "Open the page anew."));
    }
    if let Some(worker) = fields.get("worker") {
        return Ok(vec![Row {
            line: 1,
            worker: worker.to_owned(),
            // A name is never trimmed: it is compared byte for byte.
            location: fields.exact("location").to_owned(),
        }]);
    }
    let table = fields.get("file").map(|_| fields.exact("file"));
    let table = table.or_else(|| fields.get("table").map(|_| fields.exact("table")));
    let table = table.ok_or_else(|| {
        Trouble::invalid(
            "there is neither a worker nor a table",
            "Name a worker, choose a file, or paste its rows.",
        )
    })?;
    let rows = read_rows(table.as_bytes());
    rows.map_err(|told| Trouble::invalid(told.problem, told.mend))
}

fn carried(rows: &[Row]) -> Result<String, Trouble> {
    let text = serde_json::to_vec(rows);
    let text = text.map_err(|error| Trouble::invalid(error.to_string(), "Report it."))?;
    Ok(BASE64.encode(text))
}

/// `POST /workers/set`: begins what was shown, if the token is said again.
pub(in crate::web::admin) async fn begin(
    State(admin): Shared,
    Sent {
        caller,
        address,
        fields,
    }: Sent,
) -> Response {
    let begun = async {
        let (flex, rows) = (flex_of(&fields)?, rows_of(&fields)?);
        if !admin.is_token(fields.exact("token"), address)? {
            let problem = "That is not the token; nothing was written.".to_owned();
            return planned(&admin, &caller, &fields, &rows, Some(problem)).await;
        }
        let leave_out = fields.get("leave_out").is_some();
        let fingerprint = fields.exact("fingerprint");
        let job = admin
            .desk
            .set_workers(&flex, rows, leave_out, fingerprint)
            .await?;
        Ok(see_other(&address_of(&job)))
    };
    begun
        .await
        .unwrap_or_else(|trouble| frame::trouble(Tab::Workers, &caller, &trouble))
}

/// A location as the plan shows it.
fn shown(location: Option<&str>) -> &str {
    match location {
        None => "none",
        Some("") => "empty",
        Some(name) => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs);
        Fields::of_query(Some(&query.finish()))
    }

    #[test]
    fn rows_come_from_one_worker_a_table_or_the_page_before() {
        let one = rows_of(&fields(&[("worker", " ann "), ("location", " A ")])).unwrap();
        assert_eq!(
            (one[0].worker.as_str(), one[0].location.as_str()),
            ("ann", " A ")
        );
        let table = "worker,flex_location\nann,\"A\nB\"\n";
        let rows = rows_of(&fields(&[("table", table)])).unwrap();
        assert_eq!(rows[0].location, "A\nB");
        let again = rows_of(&fields(&[("rows", &carried(&rows).unwrap())])).unwrap();
        assert_eq!(again, rows);
        for wrong in [
            &[][..],
            &[("rows", "?")],
            &[("table", "a,b\n")],
            &[("worker", " ")],
        ] {
            assert!(rows_of(&fields(wrong)).is_err(), "{wrong:?}");
        }
    }
}
