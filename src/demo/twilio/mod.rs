//! A demo of Twilio's API: the Flex Configuration and TaskRouter workers of one
//! account, in memory, with Twilio's paths, words, limits and error bodies.
//!
//! It is held to the real one by Twilio's `OpenAPI` documents and Twilio's own
//! Python SDK (`tests/it/demo_twilio.rs`). It must never offer by HTTP what
//! Twilio does not; what the demo Flex and the tests need beyond goes by the
//! Rust handle.

mod answers;
mod configuration;
mod fault;
mod misbehaviour;
mod pages;
mod recording;
mod workers;
mod workspace;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use serde_json::{Map, Value};

pub use fault::Fault;
pub use misbehaviour::Misbehaviour;
pub use recording::Exchange;
pub use workers::Worker;

use crate::{
    clock::{Clock, Random, RandomUnavailable, Timestamp, random_bytes},
    settings::Secret,
};

/// The largest request body, in bytes.
const LARGEST_BODY: usize = 2 * 1024 * 1024;

/// A demo of Twilio's API for one account. Clones share their state.
#[derive(Clone)]
pub struct DemoTwilio {
    shared: Arc<Shared>,
}

struct Shared {
    account_sid: String,
    credentials: Vec<(String, Secret)>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    state: Mutex<State>,
}

struct State {
    configuration: Map<String, Value>,
    workspace: workspace::Workspace,
    workers: workers::Workers,
    attributes_left_out: bool,
    misbehaviour: misbehaviour::Plan,
    recording: recording::Tape,
}

impl DemoTwilio {
    /// A fresh account with the two locations of Twilio's own article and no agents.
    ///
    /// `credentials` are the user names and secrets that HTTP Basic accepts: API
    /// keys with their secrets, or the account's SID with its auth token.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when no identifiers can be made.
    pub fn new(
        account_sid: &str,
        credentials: Vec<(String, Secret)>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, RandomUnavailable> {
        let now = clock.now();
        let workspace = workspace::Workspace::fresh(account_sid, now, &*random)?;
        let state = State {
            configuration: configuration::initial(account_sid, &workspace, now, &*random)?,
            workspace,
            workers: workers::Workers::default(),
            attributes_left_out: false,
            misbehaviour: misbehaviour::Plan::default(),
            recording: recording::Tape::default(),
        };
        Ok(Self {
            shared: Arc::new(Shared {
                account_sid: account_sid.to_owned(),
                credentials,
                clock,
                random,
                state: Mutex::new(state),
            }),
        })
    }

    /// The routes of the Flex API and of TaskRouter, on one address.
    pub fn router(&self) -> Router {
        Router::new()
            .route(
                "/v1/Configuration",
                get(configuration::fetch).post(configuration::update),
            )
            .route("/v1/Workspaces/{workspace}", get(workspace::fetch))
            .route(
                "/v1/Workspaces/{workspace}/Workers",
                get(workers::list).post(workers::create),
            )
            .route(
                "/v1/Workspaces/{workspace}/Workers/{worker}",
                post(workers::update).get(workers::fetch),
            )
            .fallback(answers::no_such_resource)
            .method_not_allowed_fallback(answers::no_such_method)
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .layer(middleware::from_fn_with_state(
                self.clone(),
                answers::authenticate,
            ))
            .layer(middleware::from_fn_with_state(
                self.clone(),
                recording::record,
            ))
            .layer(middleware::from_fn_with_state(
                self.clone(),
                misbehaviour::misbehave,
            ))
            .with_state(self.clone())
    }

    /// The account's SID.
    #[must_use]
    pub fn account_sid(&self) -> &str {
        &self.shared.account_sid
    }

    /// The SID of the TaskRouter workspace of the account's agents.
    #[must_use]
    pub fn workspace_sid(&self) -> String {
        self.state().workspace.sid.clone()
    }

    /// The whole Flex Configuration, as `GET /v1/Configuration` answers.
    #[must_use]
    pub fn configuration(&self) -> Map<String, Value> {
        self.state().configuration.clone()
    }

    /// `ui_attributes.locations`; null when there is none.
    #[must_use]
    pub fn locations(&self) -> Value {
        self.state().configuration["ui_attributes"]["locations"].clone()
    }

    /// Replaces `ui_attributes.locations`, as an administrator's careful POST would.
    pub fn set_locations(&self, locations: Value) {
        let now = self.now();
        let mut state = self.state();
        if let Some(Value::Object(attributes)) = state.configuration.get_mut("ui_attributes") {
            attributes.insert("locations".to_owned(), locations);
        } else {
            let attributes = serde_json::json!({ "locations": locations });
            state
                .configuration
                .insert("ui_attributes".to_owned(), attributes);
        }
        configuration::touch(&mut state.configuration, now);
    }

    /// Replaces `ui_attributes` whole, as any POST does.
    pub fn set_ui_attributes(&self, attributes: Value) {
        let now = self.now();
        let mut state = self.state();
        let configuration = &mut state.configuration;
        configuration.insert("ui_attributes".to_owned(), attributes);
        configuration::touch(configuration, now);
    }

    /// Each worker, the oldest first.
    #[must_use]
    pub fn workers(&self) -> Vec<Worker> {
        self.state().workers.all().to_vec()
    }

    /// The worker of that friendly name, case folded as TaskRouter does.
    #[must_use]
    pub fn worker_named(&self, friendly_name: &str) -> Option<Worker> {
        self.state().workers.named(friendly_name).cloned()
    }

    /// Creates a worker, as Flex does at an agent's first login.
    ///
    /// # Errors
    /// What TaskRouter would answer: a name that is taken or too long, attributes too long.
    pub fn create_worker(
        &self,
        friendly_name: &str,
        attributes: &Map<String, Value>,
    ) -> Result<Worker, Fault> {
        let sid = self.fresh_sid("WK")?;
        let now = self.now();
        let wish = workers::Wish {
            friendly_name: Some(friendly_name.to_owned()),
            attributes: Some(Value::Object(attributes.clone()).to_string()),
            activity_sid: None,
        };
        let mut state = self.state();
        let State {
            workspace, workers, ..
        } = &mut *state;
        workers.create(workspace, sid, wish, now).cloned()
    }

    /// Changes a worker's attributes in one step, as Flex does at each login.
    ///
    /// # Errors
    /// What TaskRouter would answer: no such worker, attributes too long.
    pub fn edit_worker(
        &self,
        sid: &str,
        edit: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<Worker, Fault> {
        let now = self.now();
        let mut state = self.state();
        let State {
            workspace, workers, ..
        } = &mut *state;
        let mut attributes = workers.of(sid)?.attributes();
        edit(&mut attributes);
        let wish = workers::Wish {
            attributes: Some(Value::Object(attributes).to_string()),
            ..workers::Wish::default()
        };
        workers.update(workspace, sid, wish, now).cloned()
    }

    /// Leaves the attributes out of lists, as Twilio's description says that they may be.
    pub fn leave_attributes_out_of_lists(&self) {
        self.state().attributes_left_out = true;
    }

    /// Lets the next `times` answers go wrong in this way, after those asked for before.
    pub fn misbehave(&self, times: usize, how: &Misbehaviour) {
        self.state().misbehaviour.add(times, how);
    }

    /// Behaves again from here on.
    pub fn behave(&self) {
        self.state().misbehaviour.clear();
    }

    /// How many requests came in, misbehaved ones too.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.state().misbehaviour.seen()
    }

    /// Keeps requests and answers from here on, the last few hundred. Credentials are never kept.
    pub fn start_recording(&self) {
        self.state().recording.start();
    }

    /// What was kept since [`DemoTwilio::start_recording`].
    #[must_use]
    pub fn recorded(&self) -> Vec<Exchange> {
        self.state().recording.exchanges()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing here leaves a half-made state behind when it panics.
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn fresh_sid(&self, prefix: &str) -> Result<String, Fault> {
        fresh_sid(prefix, &*self.shared.random).map_err(|_| Fault::internal())
    }
}

/// Two letters and 32 random hexadecimal digits.
fn fresh_sid(prefix: &str, random: &dyn Random) -> Result<String, RandomUnavailable> {
    let bytes: [u8; 16] = random_bytes(random)?;
    Ok(format!("{prefix}{}", hex::encode(bytes)))
}

/// A time as Twilio writes it.
fn written(time: Timestamp) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
