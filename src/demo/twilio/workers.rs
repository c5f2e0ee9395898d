//! `/v1/Workspaces/{sid}/Workers` of TaskRouter: the workers, and in `routes` how they are asked for.
//!
//! Must never: merge attributes; Twilio replaces them whole, and merging is for whoever asks.

mod routes;

use std::collections::HashMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

pub(super) use routes::{create, fetch, list, update};

use super::{Fault, workspace::Workspace, written};
use crate::clock::Timestamp;

/// The most characters of a worker's attributes, white space included.
const LONGEST_ATTRIBUTES: usize = 4096;

/// The most characters of a friendly name.
const LONGEST_NAME: usize = 64;

/// The most workers of a workspace.
const MOST_WORKERS: usize = 15_000;

/// An agent as TaskRouter knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// The worker's SID, `WK…`.
    pub sid: String,
    /// The name, unique in the workspace, case folded. Flex makes it of the NameID.
    pub friendly_name: String,
    /// The attributes, the JSON text as it was given.
    pub attributes_json: String,
    /// The SID of the activity.
    pub activity_sid: String,
    /// Counts the changes; the `ETag`.
    pub version: u64,
    created: Timestamp,
    updated: Timestamp,
    status_changed: Timestamp,
}

impl Worker {
    /// The attributes.
    #[must_use]
    pub fn attributes(&self) -> Map<String, Value> {
        // Only JSON objects are ever taken in.
        serde_json::from_str(&self.attributes_json).unwrap_or_default()
    }

    /// The worker as an HTTP answer shows it.
    pub(super) fn written(&self, workspace: &Workspace, base: &str) -> Value {
        let home = format!("{base}/v1/Workspaces/{}", workspace.sid);
        let url = format!("{home}/Workers/{}", self.sid);
        let activity = workspace
            .activity(&self.activity_sid)
            .unwrap_or_else(|| workspace.offline());
        json!({
            "account_sid": workspace.account_sid,
            "activity_name": activity.name,
            "activity_sid": activity.sid,
            "attributes": self.attributes_json,
            "available": activity.available,
            "date_created": written(self.created),
            "date_status_changed": written(self.status_changed),
            "date_updated": written(self.updated),
            "friendly_name": self.friendly_name,
            "sid": self.sid,
            "workspace_sid": workspace.sid,
            "url": url,
            "links": { "workspace": home },
        })
    }
}

/// What a caller wants a worker to be; what is left out stays, or takes its default.
#[derive(Debug, Clone, Default)]
pub(super) struct Wish {
    pub(super) friendly_name: Option<String>,
    pub(super) attributes: Option<String>,
    pub(super) activity_sid: Option<String>,
}

/// The workers of the workspace, the oldest first.
#[derive(Default)]
pub(super) struct Workers {
    all: Vec<Worker>,
    by_sid: HashMap<String, usize>,
    /// By the name, case folded.
    by_name: HashMap<String, usize>,
}

impl Workers {
    pub(super) fn all(&self) -> &[Worker] {
        &self.all
    }

    pub(super) fn named(&self, friendly_name: &str) -> Option<&Worker> {
        let place = self.by_name.get(&friendly_name.to_lowercase())?;
        self.all.get(*place)
    }

    pub(super) fn of(&self, sid: &str) -> Result<&Worker, Fault> {
        self.place(sid).map(|place| &self.all[place])
    }

    /// Where the worker of this SID stands in the list.
    fn place(&self, sid: &str) -> Result<usize, Fault> {
        let place = self.by_sid.get(sid).copied();
        place.ok_or_else(|| Fault::not_found(&format!("/Workers/{sid}")))
    }

    pub(super) fn create(
        &mut self,
        workspace: &Workspace,
        sid: String,
        wish: Wish,
        now: Timestamp,
    ) -> Result<&Worker, Fault> {
        self.check(workspace, &wish, None)?;
        let friendly_name = wish.friendly_name.ok_or_else(|| {
            Fault::parameter("Missing required parameter FriendlyName in the post body")
        })?;
        if self.all.len() >= MOST_WORKERS {
            return Err(Fault::new(
                StatusCode::BAD_REQUEST,
                20001,
                "The workspace has as many workers as it may have.",
            ));
        }
        let place = self.all.len();
        self.by_sid.insert(sid.clone(), place);
        self.by_name.insert(friendly_name.to_lowercase(), place);
        self.all.push(Worker {
            sid,
            friendly_name,
            attributes_json: wish.attributes.unwrap_or_else(|| "{}".to_owned()),
            activity_sid: wish
                .activity_sid
                .unwrap_or_else(|| workspace.offline().sid.clone()),
            version: 0,
            created: now,
            updated: now,
            status_changed: now,
        });
        Ok(&self.all[place])
    }

    pub(super) fn update(
        &mut self,
        workspace: &Workspace,
        sid: &str,
        wish: Wish,
        now: Timestamp,
    ) -> Result<&Worker, Fault> {
        let place = self.place(sid)?;
        self.check(workspace, &wish, Some(sid))?;
        let worker = &mut self.all[place];
        if let Some(friendly_name) = wish.friendly_name {
            self.by_name.remove(&worker.friendly_name.to_lowercase());
            self.by_name.insert(friendly_name.to_lowercase(), place);
            worker.friendly_name = friendly_name;
        }
        if let Some(attributes) = wish.attributes {
            worker.attributes_json = attributes;
        }
        if let Some(activity_sid) = wish.activity_sid.filter(|sid| *sid != worker.activity_sid) {
            worker.activity_sid = activity_sid;
            worker.status_changed = now;
        }
        worker.updated = now;
        worker.version += 1;
        Ok(worker)
    }

    fn check(&self, workspace: &Workspace, wish: &Wish, own: Option<&str>) -> Result<(), Fault> {
        if let Some(name) = &wish.friendly_name {
            self.check_name(workspace, name, own)?;
        }
        if let Some(attributes) = &wish.attributes {
            check_attributes(attributes)?;
        }
        match &wish.activity_sid {
            Some(sid) if workspace.activity(sid).is_none() => {
                let message = format!(
                    "Activity {sid} does not exist in workspace {}",
                    workspace.sid
                );
                Err(Fault::parameter(message))
            }
            _ => Ok(()),
        }
    }

    fn check_name(
        &self,
        workspace: &Workspace,
        name: &str,
        own: Option<&str>,
    ) -> Result<(), Fault> {
        if name.trim().is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(Fault::parameter(
                "FriendlyName must have 1 to 64 characters.",
            ));
        }
        match self.named(name) {
            Some(worker) if Some(worker.sid.as_str()) != own => Err(Fault::parameter(format!(
                "Worker named {name} already exists for workspace {} for account {}",
                workspace.sid, workspace.account_sid
            ))),
            _ => Ok(()),
        }
    }
}

fn check_attributes(text: &str) -> Result<(), Fault> {
    if text.chars().count() > LONGEST_ATTRIBUTES {
        return Err(Fault::parameter(
            "Attributes must not have more than 4096 characters.",
        ));
    }
    serde_json::from_str::<Map<String, Value>>(text)
        .map(drop)
        .map_err(|_| Fault::parameter("Attributes must be a valid JSON object."))
}
