//! The operations, one after the other.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    call::Nothing,
    changes,
    operation::{About, Call, Operations},
    workers,
};
use crate::{
    admin::{
        Against, Coverage, Diagnosis, Explanation, Glance, History, JournalPage, LARGEST_SAMPLE,
        LoginSearch, Setup, Span, Trouble, Try,
    },
    identity::{FlexName, IdpName, LoginRecord, LoginReference},
    settings::HumanDuration,
    web::{Check, Readiness},
};

/// The largest body with a sample: JSON escapes add to it.
const LARGEST: usize = LARGEST_SAMPLE + LARGEST_SAMPLE / 4;

/// The largest body with a configuration of at most 1 MiB.
const LARGEST_CONFIGURATION: usize = 3 * 1024 * 1024 / 2;

/// The rules to compare with.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AgainstWhat {
    /// The whole configuration, TOML.
    configuration: String,
    /// How far back; 7d if it is not said.
    #[serde(default, deserialize_with = "HumanDuration::back")]
    last: Option<HumanDuration>,
}

/// The state at a glance.
#[derive(Serialize, JsonSchema)]
struct Status {
    /// Whether logins can be served.
    ready: bool,
    /// Each thing that was looked at.
    checks: Vec<Check>,
    /// What is configured, and how fresh it is.
    #[serde(flatten)]
    glance: Glance,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HistoryQuery {
    /// How far back; 24h if it is not said.
    span: Option<Span>,
}

#[derive(Deserialize, JsonSchema)]
struct OneLogin {
    /// The reference, as the agent's page shows it.
    reference: LoginReference,
}

#[derive(Deserialize, JsonSchema)]
pub(super) struct OneAccount {
    /// The Flex account.
    pub(super) flex: FlexName,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CoverageQuery {
    /// How far back, in whole days; 7d if it is not said.
    #[serde(default, deserialize_with = "HumanDuration::back")]
    last: Option<HumanDuration>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetupQuery {
    /// The identity provider; the account's first if it is not said.
    idp: Option<IdpName>,
}

pub(super) const fn about(path: &'static str, id: &'static str, summary: &'static str) -> About {
    About { path, id, summary }
}

pub(super) fn all() -> Operations {
    let looking = workers::looking(changes::looking(looking()));
    workers::changing(changes::changing(looking))
}

fn looking() -> Operations {
    Operations::new()
        .get(
            about("/status", "status", "The state at a glance: whether logins can be served, accounts, identity providers, certificates."),
            async |call: Call<Nothing, Nothing, ()>| status(&call).await,
        )
        .get(
            about("/history", "history", "Logins over time."),
            async |call: Call<Nothing, HistoryQuery, ()>| -> Result<History, Trouble> {
                call.admin.desk.history(call.query.span.unwrap_or_default()).await
            },
        )
        .get(
            about("/logins", "listLogins", "The newest logins that fit, newest first."),
            async |call: Call<Nothing, LoginSearch, ()>| -> Result<JournalPage, Trouble> {
                call.admin.desk.logins(&call.query).await
            },
        )
        .get(
            about("/logins/{reference}", "showLogin", "The login of a reference."),
            async |call: Call<OneLogin, Nothing, ()>| -> Result<LoginRecord, Trouble> {
                call.admin.desk.login(&call.path.reference).await
            },
        )
        .post(
            about("/explain", "explain", "What a login with this would come to, every step of it. Nothing is consumed, sent or kept."),
            LARGEST,
            async |call: Call<Nothing, (), Try>| -> Result<Explanation, Trouble> {
                call.admin.desk.explain(call.body).await
            },
        )
        .post(
            about("/against/{flex}", "against", "Who would move: the logins of the last time, decided anew under the rules of another configuration. Nothing else of it is used."),
            LARGEST_CONFIGURATION,
            async |call: Call<OneAccount, (), AgainstWhat>| -> Result<Against, Trouble> {
                let AgainstWhat { configuration, last } = call.body;
                let service = Arc::clone(&call.admin.service);
                let read = move || service.rules_of(configuration.into_bytes());
                let last = last.unwrap_or(HumanDuration::from_secs(7 * 86_400));
                call.admin.desk.against(read, Some(&call.path.flex), last).await
            },
        )
        .get(
            about("/coverage/{flex}", "coverage", "What matched nothing with the rules to paste, locations nobody gets, rules that never decide."),
            async |call: Call<OneAccount, CoverageQuery, ()>| -> Result<Coverage, Trouble> {
                let last = call.query.last.unwrap_or(HumanDuration::from_secs(7 * 86_400));
                call.admin.desk.coverage(Some(&call.path.flex), last).await
            },
        )
        .post(
            about("/doctor", "doctor", "Each thing that a login needs, looked at live, with what to do. Nothing is written; it takes half a minute at most."),
            1024,
            async |call: Call<Nothing, (), Nothing>| -> Result<Diagnosis, Trouble> {
                call.admin.service.examine().await
            },
        )
        .get(
            about("/setup/{flex}", "setup", "The exact values for Twilio Console and the identity provider."),
            async |call: Call<OneAccount, SetupQuery, ()>| -> Result<Setup, Trouble> {
                call.admin.desk.setup(Some(&call.path.flex), call.query.idp.as_ref())
            },
        )
}

async fn status(call: &Call<Nothing, Nothing, ()>) -> Result<Status, Trouble> {
    let readiness: Readiness = call.admin.service.readiness().await;
    Ok(Status {
        ready: readiness.ready(),
        checks: readiness.checks,
        glance: call.admin.desk.glance(),
    })
}
