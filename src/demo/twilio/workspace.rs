//! `/v1/Workspaces/{sid}` of TaskRouter: the one workspace and its activities.

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use serde_json::{Value, json};

use super::{DemoTwilio, Fault, answers, fresh_sid, written};
use crate::clock::{Random, RandomUnavailable, Timestamp};

/// What an agent is doing.
pub(super) struct Activity {
    pub(super) sid: String,
    pub(super) name: &'static str,
    pub(super) available: bool,
}

/// The TaskRouter workspace of the account's agents.
pub(super) struct Workspace {
    pub(super) sid: String,
    pub(super) account_sid: String,
    activities: [Activity; 3],
    created: Timestamp,
}

impl Workspace {
    pub(super) fn fresh(
        account_sid: &str,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self, RandomUnavailable> {
        let activity = |name, available| {
            Ok(Activity {
                sid: fresh_sid("WA", random)?,
                name,
                available,
            })
        };
        Ok(Self {
            sid: fresh_sid("WS", random)?,
            account_sid: account_sid.to_owned(),
            activities: [
                activity("Offline", false)?,
                activity("Available", true)?,
                activity("Unavailable", false)?,
            ],
            created: now,
        })
    }

    /// What a worker does before anything else is known.
    pub(super) fn offline(&self) -> &Activity {
        &self.activities[0]
    }

    pub(super) fn activity(&self, sid: &str) -> Option<&Activity> {
        self.activities.iter().find(|activity| activity.sid == sid)
    }

    fn written(&self, base: &str) -> Value {
        let offline = self.offline();
        let url = format!("{base}/v1/Workspaces/{}", self.sid);
        json!({
            "account_sid": self.account_sid,
            "date_created": written(self.created),
            "date_updated": written(self.created),
            "default_activity_name": offline.name,
            "default_activity_sid": offline.sid,
            "event_callback_url": null,
            "events_filter": null,
            "friendly_name": "Flex Task Assignment",
            "multi_task_enabled": true,
            "sid": self.sid,
            "timeout_activity_name": offline.name,
            "timeout_activity_sid": offline.sid,
            "prioritize_queue_order": "FIFO",
            "url": url,
            "links": { "workers": format!("{url}/Workers") },
        })
    }
}

/// `GET /v1/Workspaces/{workspace}`.
pub(super) async fn fetch(
    State(twilio): State<DemoTwilio>,
    Path(workspace): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Fault> {
    let state = twilio.state();
    if state.workspace.sid != workspace {
        return Err(Fault::not_found(&format!("/Workspaces/{workspace}")));
    }
    Ok(Json(state.workspace.written(&answers::base(&headers))))
}
