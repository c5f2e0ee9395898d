//! The operations on the defined locations: looked at, and changed in two calls.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    call::Nothing,
    operation::{Call, Operations},
    routes::{OneAccount, about},
};
use crate::admin::{
    NewList, Trouble,
    locations::{Applied, BackupFile, LARGEST_DOCUMENT, Linted, Listed, Plan, Report},
};

/// The largest body with a document, and what stands around it.
const LARGEST: usize = LARGEST_DOCUMENT + 4 * 1024;

/// A list of locations as Flex has it, byte for byte as it came.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Document(Box<RawValue>);

impl JsonSchema for Document {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LocationsDocument".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let list = json_schema!({
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": { "type": "string" },
                    "edge": { "anyOf": [
                        { "type": "string" },
                        { "type": "array", "items": { "type": "string" } },
                    ] },
                },
            },
        });
        json_schema!({
            "description": "The array of locations, or an object that holds it.",
            "anyOf": [
                list,
                { "type": "object", "required": ["locations"], "properties": { "locations": list } },
            ],
        })
    }
}

impl Document {
    fn bytes(&self) -> Vec<u8> {
        self.0.get().as_bytes().to_vec()
    }
}

/// The list that is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The list.
    document: Document,
}

/// The list that is to be, as it was shown.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WantedAsShown {
    /// The list.
    document: Document,
    /// The plan's fingerprint.
    fingerprint: String,
}

/// A backup that is to be put back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PutBack {
    /// The backup's file name.
    backup: String,
    /// All of `ui_attributes`, not only the locations.
    #[serde(default)]
    everything: bool,
}

/// A backup that is to be put back, as it was shown.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PutBackAsShown {
    /// The backup's file name.
    backup: String,
    /// All of `ui_attributes`, not only the locations.
    #[serde(default)]
    everything: bool,
    /// The plan's fingerprint.
    fingerprint: String,
}

/// What only looks.
pub(super) fn looking(all: Operations) -> Operations {
    all.get(
        about("/locations/{flex}", "listLocations", "The defined locations as logins see them, edges in order."),
        async |call: Call<OneAccount, Nothing, ()>| -> Result<Listed, Trouble> {
            call.admin.desk.locations(Some(&call.path.flex))
        },
    )
    .get(
        about("/lint/locations", "lintLocations", "What is wrong with the defined locations of all accounts, and between them."),
        async |call: Call<Nothing, Nothing, ()>| -> Result<Report, Trouble> {
            Ok(call.admin.desk.lint_locations().await)
        },
    )
    .get(
        about("/locations/{flex}/backups", "listLocationBackups", "The backups that changes have kept, the newest first."),
        async |call: Call<OneAccount, Nothing, ()>| -> Result<Vec<BackupFile>, Trouble> {
            call.admin.desk.location_backups(Some(&call.path.flex))
        },
    )
    .post(
        about("/locations/{flex}/lint", "lintDocument", "What is wrong with a list, before it is applied."),
        LARGEST,
        async |call: Call<OneAccount, (), Wanted>| -> Result<Linted, Trouble> {
            let document = call.body.document.bytes();
            call.admin.desk.lint_document(&call.path.flex, document).await
        },
    )
    .post(
        about("/locations/{flex}/diff", "diffLocations", "What applying a list would change, who depends on it, and the plan's fingerprint. Nothing is written."),
        LARGEST,
        async |call: Call<OneAccount, (), Wanted>| -> Result<Plan, Trouble> {
            let new = NewList::Document(call.body.document.bytes());
            call.admin.desk.plan_locations(&call.path.flex, new).await
        },
    )
    .post(
        about("/locations/{flex}/restoration", "planRestoration", "What putting a backup back would change, and the plan's fingerprint. Nothing is written."),
        4 * 1024,
        async |call: Call<OneAccount, (), PutBack>| -> Result<Plan, Trouble> {
            let PutBack { backup, everything } = call.body;
            let new = NewList::Backup { name: backup, everything };
            call.admin.desk.plan_locations(&call.path.flex, new).await
        },
    )
}

/// What changes something.
pub(super) fn changing(all: Operations) -> Operations {
    all.change(
        about(
            "/locations/{flex}/apply",
            "applyLocations",
            "Writes a list to Twilio, if what would be written is still what was shown.",
        ),
        LARGEST,
        async |call: Call<OneAccount, (), WantedAsShown>| -> Result<Applied, Trouble> {
            let WantedAsShown {
                document,
                fingerprint,
            } = call.body;
            let new = NewList::Document(document.bytes());
            call.admin
                .desk
                .change_locations(&call.path.flex, new, &fingerprint)
                .await
        },
    )
    .change(
        about(
            "/locations/{flex}/restore",
            "restoreLocations",
            "Puts a backup back, if what would be written is still what was shown.",
        ),
        4 * 1024,
        async |call: Call<OneAccount, (), PutBackAsShown>| -> Result<Applied, Trouble> {
            let PutBackAsShown {
                backup,
                everything,
                fingerprint,
            } = call.body;
            let new = NewList::Backup {
                name: backup,
                everything,
            };
            call.admin
                .desk
                .change_locations(&call.path.flex, new, &fingerprint)
                .await
        },
    )
}
