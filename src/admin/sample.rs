//! What somebody wants to try, as the page and the API say it.

use std::{collections::BTreeMap, net::IpAddr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};

use super::{LARGEST_SAMPLE, Sample, SampleTime, Trouble, pasted};
use crate::{
    clock::Timestamp,
    identity::{Attributes, FlexName, IdpName, NameId},
};

/// Who typed attributes are of, if it is not said.
const SOMEONE: &str = "someone@example.com";

/// As of when a sample is judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AsOf {
    /// Now.
    #[default]
    Now,
    /// When the sample says it was issued.
    Own,
    /// At this time.
    At(Timestamp),
}

impl std::str::FromStr for AsOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "now" => Ok(Self::Now),
            "own" => Ok(Self::Own),
            time => time
                .parse()
                .map(Self::At)
                .map_err(|_| "write now, own, or a time such as 2026-03-01T10:00:00Z".to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for AsOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for AsOf {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AsOf".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Now, the sample's own time, or another one.",
            "anyOf": [
                { "type": "string", "enum": ["now", "own"] },
                { "type": "string", "format": "date-time" },
            ],
        })
    }
}

/// A sample, and as which login it is tried. Give `sample` or `attributes`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("not" = {
    "required": ["sample", "attributes"],
    "properties": {
        "sample": { "type": "string" },
        "attributes": { "type": "object", "minProperties": 1 },
    },
}))]
pub struct Try {
    /// The Flex account; the first if it is not said.
    #[serde(default)]
    pub flex: Option<FlexName>,
    /// The identity provider; the account's first if it is not said.
    #[serde(default)]
    pub idp: Option<IdpName>,
    /// A SAMLResponse (base64, XML, or the posted form), an ID token, or claims as a JSON object.
    #[serde(default)]
    pub sample: Option<String>,
    /// Attributes as typed, taken as if they were proven.
    #[serde(default)]
    pub attributes: Option<BTreeMap<String, Vec<String>>>,
    /// The NameID that goes with typed attributes.
    #[serde(default)]
    pub name_id: Option<String>,
    /// The address the agent signs in from, for rules with `network`; 127.0.0.1 if it is not said.
    #[serde(default)]
    #[schemars(with = "Option<Address>")]
    pub address: Option<IpAddr>,
    /// As of when.
    #[serde(default)]
    pub as_of: AsOf,
}

/// An address as its schema says it.
pub(super) struct Address;

impl JsonSchema for Address {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string", "format": "ipv4" },
            { "type": "string", "format": "ipv6" },
        ] })
    }
}

impl Try {
    /// What is to be explained.
    ///
    /// # Errors
    /// `admin.invalid` when there is nothing, both, or too much.
    pub fn sample(&self) -> Result<Sample, Trouble> {
        let typed = self.attributes.as_ref().filter(|typed| !typed.is_empty());
        match (&self.sample, typed) {
            (Some(_), Some(_)) => Err(Trouble::invalid(
                "there is a sample, and there are attributes as well",
                "Give one of the two.",
            )),
            (Some(text), None) if text.len() > LARGEST_SAMPLE => Err(Trouble::invalid(
                "the sample is larger than 2 MiB",
                "No response is larger than 512 KiB; paste only one.",
            )),
            (Some(text), None) => Ok(pasted(text)),
            (None, typed) => Ok(self.typed(typed)),
        }
    }

    fn typed(&self, typed: Option<&BTreeMap<String, Vec<String>>>) -> Sample {
        let mut attributes = Attributes::new();
        for (name, values) in typed.into_iter().flatten() {
            attributes.add(name, None, values.iter().cloned());
        }
        let name_id = self.name_id.clone().filter(|name_id| !name_id.is_empty());
        Sample::Attributes {
            name_id: NameId {
                value: name_id.unwrap_or_else(|| SOMEONE.to_owned()),
                format: None,
            },
            attributes,
        }
    }

    /// As of when it is judged.
    #[must_use]
    pub fn time(&self, now: Timestamp) -> SampleTime {
        match self.as_of {
            AsOf::Now => SampleTime::At(now),
            AsOf::Own => SampleTime::Own,
            AsOf::At(at) => SampleTime::At(at),
        }
    }
}
