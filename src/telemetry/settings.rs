//! `[telemetry]` as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::settings::SecretSource;

/// `[telemetry]`: what is told to other systems.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the steps of logins are told to, by OpenTelemetry; off if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otlp: Option<OtlpSettings>,
}

/// An OpenTelemetry collector that is spoken to by OTLP over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtlpSettings {
    /// The collector, such as `http://127.0.0.1:4318`; `/v1/traces` is added. https, except on loopback.
    pub endpoint: Url,
    /// What it asks for, such as `authorization`: names of headers and their secret values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, SecretSource>,
}
