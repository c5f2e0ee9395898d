//! The locations there are.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    identity::Location,
    locations::{Status, Watch},
};

/// One Flex account's list, where it comes from and how old it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Listed {
    /// Where the list comes from, and its age.
    #[serde(flatten)]
    pub status: Status,
    /// The usable locations in the account's order; of the edges the default is first.
    pub locations: Vec<Location>,
}

/// The list as logins see it now; asks nobody.
#[must_use]
pub fn list(watch: &Watch) -> Listed {
    let snapshot = watch.snapshot();
    let locations = snapshot.map(|list| list.locations.iter().cloned().collect());
    Listed {
        status: watch.status(),
        locations: locations.unwrap_or_default(),
    }
}
