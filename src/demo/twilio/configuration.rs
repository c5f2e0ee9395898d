//! `/v1/Configuration` of the Flex API.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{DemoTwilio, Fault, answers, fresh_sid, workspace::Workspace, written};
use crate::clock::{Random, RandomUnavailable, Timestamp};

/// What belongs to Twilio alone: a POST that names one of these is refused whole.
const READ_ONLY: &[&str] = &[
    "date_created",
    "date_updated",
    "status",
    "taskrouter_workspace_sid",
    "runtime_domain",
    "messaging_service_instance_sid",
    "chat_service_instance_sid",
    "flex_service_instance_sid",
    "flex_instance_sid",
    "service_version",
    "serverless_service_sids",
    "url",
    "flex_url",
];

/// `GET /v1/Configuration`. `UiVersion` is taken and, with one version only, changes nothing.
pub(super) async fn fetch(State(twilio): State<DemoTwilio>, headers: HeaderMap) -> Response {
    answer(twilio.configuration(), &headers)
}

/// `POST /v1/Configuration`: each property that is named is replaced whole.
pub(super) async fn update(
    State(twilio): State<DemoTwilio>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Fault> {
    if answers::content_type(&headers).as_deref() != Some("application/json") {
        return Err(Fault::configuration(
            "Content-Type must be application/json.",
        ));
    }
    let Ok(Value::Object(changes)) = serde_json::from_slice(&body) else {
        return Err(Fault::configuration("The body must be a JSON object."));
    };
    if changes.get("account_sid").and_then(Value::as_str) != Some(twilio.account_sid()) {
        return Err(Fault::configuration(
            "account_sid is missing or is not this account's.",
        ));
    }
    let now = twilio.now();
    let mut state = twilio.state();
    for property in changes.keys() {
        if READ_ONLY.contains(&property.as_str()) {
            return Err(Fault::configuration(format!(
                "You are not allowed to modify property for [{property}]."
            )));
        }
        if !state.configuration.contains_key(property) {
            return Err(Fault::configuration(format!(
                "There is no property [{property}]."
            )));
        }
    }
    state.configuration.extend(changes);
    touch(&mut state.configuration, now);
    let configuration = state.configuration.clone();
    drop(state);
    Ok(answer(configuration, &headers))
}

fn answer(mut configuration: Map<String, Value>, headers: &HeaderMap) -> Response {
    let url = format!("{}/v1/Configuration", answers::base(headers));
    configuration.insert("url".to_owned(), url.into());
    Json(configuration).into_response()
}

/// Marks the configuration as changed.
pub(super) fn touch(configuration: &mut Map<String, Value>, now: Timestamp) {
    configuration.insert("date_updated".to_owned(), written(now).into());
}

/// The two locations of Twilio's article "How to Set up Flex Locations", edges as written there.
fn ui_attributes() -> Value {
    json!({
        "warmTransfers": { "enabled": true },
        "notifications": { "browser": true },
        "locations": [
            { "name": "Singapore Office", "edge": ["singapore-ix", "singapore", "roaming"] },
            { "name": "San Francisco Office", "edge": ["sanjose-ix", "ashburn-ix", "ashburn"] }
        ],
        "language": "en-US"
    })
}

/// Each property that Twilio's description knows, in its order.
const PROPERTIES: &[&str] = &[
    "account_sid",
    "date_created",
    "date_updated",
    "attributes",
    "status",
    "taskrouter_workspace_sid",
    "taskrouter_target_workflow_sid",
    "taskrouter_target_taskqueue_sid",
    "taskrouter_taskqueues",
    "taskrouter_skills",
    "taskrouter_worker_channels",
    "taskrouter_worker_attributes",
    "taskrouter_offline_activity_sid",
    "runtime_domain",
    "messaging_service_instance_sid",
    "chat_service_instance_sid",
    "flex_service_instance_sid",
    "flex_instance_sid",
    "ui_language",
    "ui_attributes",
    "ui_dependencies",
    "ui_version",
    "service_version",
    "call_recording_enabled",
    "call_recording_webhook_url",
    "crm_enabled",
    "crm_type",
    "crm_callback_url",
    "crm_fallback_url",
    "crm_attributes",
    "public_attributes",
    "plugin_service_enabled",
    "plugin_service_attributes",
    "integrations",
    "outbound_call_flows",
    "serverless_service_sids",
    "queue_stats_configuration",
    "notifications",
    "markdown",
    "url",
    "flex_insights_hr",
    "flex_insights_drilldown",
    "flex_url",
    "channel_configs",
    "debugger_integration",
    "flex_ui_status_report",
    "agent_conv_end_methods",
    "citrix_voice_vdi",
    "offline_config",
];

/// A new account's configuration: each property is there, most of them null.
pub(super) fn initial(
    account_sid: &str,
    workspace: &Workspace,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Map<String, Value>, RandomUnavailable> {
    let known = json!({
        "account_sid": account_sid,
        "date_created": written(now),
        "date_updated": written(now),
        "status": "ok",
        "taskrouter_workspace_sid": workspace.sid,
        "taskrouter_target_workflow_sid": fresh_sid("WW", random)?,
        "taskrouter_target_taskqueue_sid": fresh_sid("WQ", random)?,
        "taskrouter_offline_activity_sid": workspace.offline().sid,
        "runtime_domain": "demo-flexbridge-1234.twil.io",
        "messaging_service_instance_sid": fresh_sid("MG", random)?,
        "chat_service_instance_sid": fresh_sid("IS", random)?,
        "flex_service_instance_sid": fresh_sid("IS", random)?,
        "flex_instance_sid": fresh_sid("GO", random)?,
        "ui_language": "en",
        "ui_attributes": ui_attributes(),
        "ui_dependencies": {},
        "ui_version": "2.17.1",
        "service_version": "1.0",
        "call_recording_enabled": false,
        "crm_enabled": false,
        "plugin_service_enabled": true,
        "integrations": [],
        "outbound_call_flows": {},
        "serverless_service_sids": [],
        "flex_insights_drilldown": false,
        "flex_url": "https://flex.twilio.com/demo-flexbridge-1234",
        "channel_configs": [],
    });
    let blank = PROPERTIES
        .iter()
        .map(|name| ((*name).to_owned(), Value::Null));
    let mut properties: Map<String, Value> = blank.collect();
    if let Value::Object(known) = known {
        properties.extend(known);
    }
    Ok(properties)
}
