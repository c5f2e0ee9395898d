//! `[flex.NAME.claims]` as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What Flex receives = where it comes from; the first attribute that is present counts.
///
/// `email`, `full_name` and `roles` must be there. `name_id`, if given, makes
/// an attribute the NameID instead of the one that the identity provider sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ClaimSettings(pub BTreeMap<String, Vec<String>>);
