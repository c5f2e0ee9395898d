//! A demo of Twilio Flex: it sends agents to the bridge, judges what comes back
//! by rules of its own, writes the worker, and shows what its voice client makes
//! of `flex_location`.
//!
//! Must never: use the bridge's verifier, or know what the bridge decided other
//! than by the response it received.

mod claims;
mod pages;
mod refused;
mod requests;
mod routes;
mod said;
mod sessions;
#[cfg(test)]
mod tests;
mod verify;
mod voice;

use std::sync::Arc;

use axum::Router;
use serde_json::{Map, Value};

pub use claims::Claim;
pub use refused::{Refused, Rule};
pub use verify::{Connection, Said};
pub use voice::{DEFAULT_EDGE, Voice};

use super::twilio::{DemoTwilio, Fault, Worker};
use crate::{
    clock::{Clock, Random, RandomUnavailable},
    saml::{
        binding::{Outgoing, redirect},
        names::{ASSERTION_NS, HTTP_POST, PROTOCOL_NS},
        time,
        xml::Element,
    },
};

use requests::Requests;
use sessions::{Session, Sessions};

/// The demo Flex. Clones share their state.
#[derive(Clone)]
pub struct DemoFlex {
    shared: Arc<Shared>,
}

struct Shared {
    connection: Connection,
    twilio: DemoTwilio,
    admin_url: String,
    requests: Requests,
    sessions: Sessions,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// No login could be begun.
#[derive(Debug, thiserror::Error)]
pub enum CannotBegin {
    /// The random source failed.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// The request can't be written.
    #[error("the request to the bridge can't be written: {0}")]
    Request(String),
}

impl DemoFlex {
    /// A Flex whose agents sign in by `connection` and are workers of `twilio`.
    /// `admin_url` is the bridge's page for administrators, to link to.
    #[must_use]
    pub fn new(
        connection: Connection,
        twilio: DemoTwilio,
        admin_url: String,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                connection,
                twilio,
                admin_url,
                requests: Requests::default(),
                sessions: Sessions::default(),
                clock,
                random,
            }),
        }
    }

    /// The pages, and the assertion consumer service.
    pub fn router(&self) -> Router {
        routes::router(self.clone())
    }

    /// Sends an agent to the bridge: the URL for the browser.
    ///
    /// # Errors
    /// [`CannotBegin`].
    pub fn begin(&self) -> Result<String, CannotBegin> {
        let Shared {
            connection,
            requests,
            clock,
            random,
            ..
        } = &*self.shared;
        let failed = |cause: &dyn std::fmt::Display| CannotBegin::Request(cause.to_string());
        let now = clock.now();
        let request = requests.open(now, &**random)?;
        let issuer = Element::new(("saml", ASSERTION_NS), "Issuer").text(&*connection.entity_id);
        let xml = Element::new(("samlp", PROTOCOL_NS), "AuthnRequest")
            .attribute("ID", &*request.id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", time(now))
            .attribute("Destination", &*connection.sso_url)
            .attribute("AssertionConsumerServiceURL", &*connection.acs_url)
            .attribute("ProtocolBinding", HTTP_POST)
            .child(issuer)
            .write()
            .map_err(|error| failed(&error))?;
        let sso_url = connection.sso_url.parse().map_err(|error| failed(&error))?;
        let sent = redirect::encode(&sso_url, &xml, &request.relay_state, None);
        match sent.map_err(|error| failed(&error))? {
            Outgoing::Redirect(url) => Ok(url.into()),
            Outgoing::Post { action, .. } => Ok(action.into()),
        }
    }

    /// Judges a response and lets the agent in: the new session's secret.
    /// Verifying takes a millisecond of CPU, so call it off the reactor.
    ///
    /// # Errors
    /// [`Refused`] with the first rule that does not hold.
    pub fn accept(&self, response: &str, relay_state: &str) -> Result<String, Refused> {
        let shared = &*self.shared;
        let now = shared.clock.now();
        let said = verify::verify(response, &shared.connection, now)?;
        let requests = &shared.requests;
        requests.close(&said.in_response_to, relay_state, now)?;
        let login = claims::convert(&said.claims)?;
        let worker = self.write_worker(&said.name_id, &login).map_err(|fault| {
            let detail = format!("TaskRouter does not take the worker: {}", fault.message);
            Refused::new(Rule::Worker, detail)
        })?;
        let session = Session {
            worker: worker.sid,
            said,
            at: now,
        };
        shared
            .sessions
            .open(session, &*shared.random)
            .map_err(|error| Refused::new(Rule::Worker, error.to_string()))
    }

    /// Makes the worker at the first login, merges into it at each further one.
    fn write_worker(&self, name_id: &str, login: &Map<String, Value>) -> Result<Worker, Fault> {
        let twilio = &self.shared.twilio;
        if let Some(worker) = twilio.worker_named(name_id) {
            return twilio.edit_worker(&worker.sid, |attributes| claims::merge(attributes, login));
        }
        let mut attributes = login.clone();
        attributes.insert("contact_uri".to_owned(), contact_uri(name_id).into());
        twilio.create_worker(name_id, &attributes)
    }

    /// How that agent's calls reach Twilio, as of now.
    #[must_use]
    pub fn voice(&self, worker: &Worker) -> Voice {
        let attributes = worker.attributes();
        let locations = self.shared.twilio.locations();
        Voice::of(&locations, attributes.get("flex_location"))
    }

    /// Writes a worker's `flex_location` as somebody does by hand, unchecked.
    fn write_by_hand(&self, worker: &str, flex_location: &str) -> Result<Worker, Fault> {
        self.shared.twilio.edit_worker(worker, |attributes| {
            attributes.insert("flex_location".to_owned(), flex_location.into());
        })
    }
}

/// The voice client's address: letters, digits and underscores, the rest as hexadecimal.
fn contact_uri(name_id: &str) -> String {
    use std::fmt::Write as _;
    let mut uri = "client:".to_owned();
    for byte in name_id.bytes() {
        if byte.is_ascii_alphanumeric() {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "_{byte:02X}");
        }
    }
    uri
}
