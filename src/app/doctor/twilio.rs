//! Twilio's credentials, and what they may do.

use futures_util::future::join_all;

use super::{Finding, Patient, in_time};
use crate::{
    config::FlexConfig,
    identity::FlexName,
    locations,
    twilio::{Client, Error, ErrorCode},
};

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let accounts = patient.config.flex.iter();
    let looked = accounts.map(|(name, settings)| account(patient, name, settings));
    join_all(looked).await.into_iter().flatten().collect()
}

async fn account(patient: &Patient, name: &FlexName, settings: &FlexConfig) -> Vec<Finding> {
    let root = format!("flex.{name}.twilio");
    let account = patient.parts.bridge.flex.get(name);
    let Some(client) = account.and_then(|account| account.twilio.as_ref()) else {
        return vec![Finding::ok(
            root,
            "no credentials, and none needed: the locations come from a file",
        )];
    };
    let needed = matches!(settings.defined, locations::Settings::Twilio { .. });
    let at = format!("{root}.configuration");
    let configuration = match in_time(client.fetch_configuration()).await {
        Some(Ok(configuration)) => configuration,
        Some(Err(error)) => return vec![refused(at, &error, needed)],
        None => return vec![silent(at, needed)],
    };
    let mut found = vec![Finding::ok(
        at,
        format!(
            "the credentials read the Flex configuration of {}",
            configuration.account_sid
        ),
    )];
    let at = format!("{root}.taskrouter");
    found.push(match configuration.taskrouter_workspace_sid {
        Some(workspace) => task_router(at, client, &workspace).await,
        None => Finding::warning(
            at,
            "the Flex configuration names no TaskRouter workspace",
            "Open Flex once in Twilio Console, which sets the account up; only `flexbridge workers` needs it.",
        ),
    });
    found
}

/// Workers are not needed for a login: what is wrong with them is a warning.
async fn task_router(at: String, client: &Client, workspace: &str) -> Finding {
    match in_time(client.may_read_workers(workspace)).await {
        Some(Ok(())) => Finding::ok(
            at,
            format!("the credentials read the workers of {workspace}"),
        ),
        Some(Err(error)) => {
            let mend = match error.code {
                ErrorCode::Forbidden | ErrorCode::Unauthorized => {
                    "Only `flexbridge workers` needs it: use a Standard API key, or one that may read and write workers."
                }
                _ => error.mend(),
            };
            Finding::warning(at, error.to_string(), mend)
        }
        None => silent(at, false),
    }
}

/// Logins need the configuration only where the locations come from Twilio.
fn refused(at: String, error: &Error, needed: bool) -> Finding {
    if needed {
        Finding::fails(at, error.to_string(), error.mend())
    } else {
        Finding::warning(at, error.to_string(), error.mend())
    }
}

fn silent(at: String, needed: bool) -> Finding {
    refused(
        at,
        &Error::new(ErrorCode::Timeout, "no answer in time"),
        needed,
    )
}
