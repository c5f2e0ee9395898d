//! How well the rules cover who signs in, with the rules to paste.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;

use super::{
    Shared,
    asked::Asked,
    frame::{self, Frame, Tab},
    words,
};
use crate::{
    admin::{Coverage, Trouble, Unmatched},
    identity::FlexName,
    settings::HumanDuration,
};

#[derive(Template)]
#[template(path = "admin/coverage.html")]
struct CoveragePage {
    frame: Frame,
    coverage: Coverage,
    accounts: Vec<(String, bool)>,
    last: String,
    spans: [(&'static str, &'static str); 3],
    since: String,
}

/// How far back, unless it is said.
const LAST: &str = "7d";
const SPANS: [(&str, &str); 3] = [("1d", "1 day"), ("7d", "7 days"), ("30d", "30 days")];

/// `GET /coverage?flex=…&last=7d`
pub(super) async fn show(State(admin): Shared, Asked { caller, fields }: Asked) -> Response {
    let last = fields.get("last").unwrap_or(LAST);
    let found = async {
        let period: HumanDuration = last
            .parse()
            .map_err(|_| Trouble::invalid("that is no period", "Write 7d or 24h."))?;
        let flex = fields.read::<FlexName>("flex")?;
        admin.desk.coverage(flex.as_ref(), period).await
    };
    let coverage = match found.await {
        Ok(coverage) => coverage,
        Err(trouble) => return frame::trouble(Tab::Coverage, &caller, &trouble),
    };
    let bridge = admin.desk.bridge();
    let accounts = bridge.flex.keys();
    let accounts = accounts.map(|name| (name.to_string(), name.as_str() == coverage.flex));
    let template = CoveragePage {
        frame: Frame::new(Tab::Coverage, &caller),
        accounts: accounts.collect(),
        last: last.to_owned(),
        spans: SPANS,
        since: words::time(coverage.since),
        coverage,
    };
    frame::page(StatusCode::OK, &template)
}

/// What matched nothing, in words.
fn value(one: &Unmatched) -> String {
    match (&one.value, one.hashed) {
        (Some(value), false) => value.clone(),
        (Some(hash), true) => format!("hash {hash}"),
        (None, _) => "no value".to_owned(),
    }
}
