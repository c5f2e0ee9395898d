//! Looks at what a login has left in Twilio, by the API.

use serde_json::{Map, Value};

use super::WalkError;
use crate::settings::Secret;

/// What is found about an agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The worker's attributes; none when there is no worker of that name.
    pub attributes: Option<Map<String, Value>>,
    /// The account's locations.
    pub locations: Value,
}

/// Asks the Flex API for the configuration, and TaskRouter for the worker `name`.
///
/// # Errors
/// [`WalkError`].
pub async fn look(api: &str, key: &str, secret: &Secret, name: &str) -> Result<Found, WalkError> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let ask = async |url: String| -> Result<Value, WalkError> {
        let request = http.get(url).basic_auth(key, Some(secret.expose()));
        Ok(request.send().await?.error_for_status()?.json().await?)
    };
    let configuration = ask(format!("{api}/v1/Configuration")).await?;
    let workspace = configuration["taskrouter_workspace_sid"]
        .as_str()
        .ok_or_else(|| WalkError::Twilio("no workspace".to_owned()))?;
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("FriendlyName", name)
        .finish();
    let workers = ask(format!("{api}/v1/Workspaces/{workspace}/Workers?{query}")).await?;
    let worker = workers["workers"].as_array().and_then(|list| list.first());
    let attributes = worker.and_then(|worker| worker["attributes"].as_str());
    let unreadable = |error: serde_json::Error| WalkError::Twilio(error.to_string());
    Ok(Found {
        attributes: attributes
            .map(serde_json::from_str)
            .transpose()
            .map_err(unreadable)?,
        locations: configuration["ui_attributes"]["locations"].clone(),
    })
}
