//! A demo of the company's identity provider: it asks who you are, believes it,
//! and signs what it knows of that person.
//!
//! Must never: answer anywhere but at the address in the bridge's own metadata,
//! or say anything unsigned.

mod partner;
mod people;
mod routes;
mod tickets;

use std::sync::Arc;

use axum::Router;
use url::Url;

pub use partner::PartnerError;
pub use people::{Expected, PEOPLE, Person};

use crate::{
    clock::{Clock, Random},
    identity::{Authentication, NameId},
    keys::SigningKey,
    saml::{
        binding::{Outgoing, post},
        idp::{DownstreamRequest, DownstreamResponse, FlexSp, ResponseFailed},
        metadata,
        xml::Unwritable,
    },
};

use tickets::{Ticket, Tickets};

const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
/// Nobody gives a password here.
const CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";

/// The demo identity provider. Clones share their state.
#[derive(Clone)]
pub struct DemoIdp {
    shared: Arc<Shared>,
}

struct Shared {
    entity_id: String,
    sso_url: String,
    /// Where the bridge, our one partner, describes itself.
    partner: Url,
    http: reqwest::Client,
    key: SigningKey,
    tickets: Tickets,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl DemoIdp {
    /// An identity provider at `base_url` (without a slash at the end) that answers the service provider
    /// whose metadata is at `partner`.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(
        base_url: &str,
        partner: Url,
        key: SigningKey,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self {
            shared: Arc::new(Shared {
                entity_id: format!("{base_url}/metadata"),
                sso_url: format!("{base_url}/saml/sso"),
                partner,
                http: partner::client()?,
                key,
                tickets: Tickets::default(),
                clock,
                random,
            }),
        })
    }

    /// The page of people, the endpoint for requests, the metadata.
    pub fn router(&self) -> Router {
        routes::router(self.clone())
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// [`Unwritable`], which an ordinary base URL rules out.
    pub fn metadata(&self) -> Result<String, Unwritable> {
        let Shared {
            entity_id,
            sso_url,
            key,
            ..
        } = &*self.shared;
        metadata::idp_metadata(entity_id, sso_url, false, std::slice::from_ref(key))
    }

    /// The signed answer about `person`, as a form.
    fn answer(&self, ticket: &Ticket, person: &Person) -> Result<Outgoing, ResponseFailed> {
        let Shared {
            entity_id,
            key,
            clock,
            random,
            ..
        } = &*self.shared;
        let Ticket {
            request, partner, ..
        } = ticket;
        let attributes = person.attributes();
        let attributes: Vec<(&str, &[String])> = attributes
            .iter()
            .map(|attribute| (&*attribute.name, &*attribute.values))
            .collect();
        let now = clock.now();
        let response = DownstreamResponse {
            issuer: entity_id,
            flex: partner,
            in_response_to: &request.id,
            name_id: &NameId {
                value: person.email(),
                format: Some(EMAIL.to_owned()),
            },
            attributes: &attributes,
            authentication: &Authentication {
                instant: now,
                context_class: Some(CONTEXT.to_owned()),
            },
            now,
        };
        let xml = response.sign(key, &**random)?;
        let relay_state = request.relay_state.as_deref();
        Ok(post::encode(
            partner.acs_url.url(),
            "SAMLResponse",
            &xml,
            relay_state,
        ))
    }

    /// Remembers a request until somebody has said who they are.
    fn remember(&self, request: DownstreamRequest, partner: FlexSp) -> Option<String> {
        let Shared {
            tickets,
            clock,
            random,
            ..
        } = &*self.shared;
        let ticket = Ticket {
            request,
            partner,
            at: clock.now(),
        };
        tickets.keep(ticket, &**random).ok()
    }
}
