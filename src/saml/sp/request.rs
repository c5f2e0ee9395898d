//! The AuthnRequest that we send to the company's identity provider (Core §3.4.1).

use crate::{
    clock::Timestamp,
    keys::SigningKey,
    saml::{
        Asks, WrittenUrl,
        binding::{self, Outgoing},
        metadata::{IdpMetadata, SsoEndpoint},
        names::{ASSERTION_NS, HTTP_POST, PROTOCOL_NS},
        signature::{SignFailed, sign_enveloped},
        time,
        xml::Element,
    },
};

/// Our addresses towards one identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Our entity ID as its service provider.
    pub entity_id: String,
    /// Our assertion consumer service.
    pub acs_url: String,
}

/// A request for a person to be signed in.
#[derive(Debug, Clone)]
pub struct AuthnRequest<'a> {
    /// Its ID, of 128 random bits.
    pub id: &'a str,
    /// When it is made.
    pub now: Timestamp,
    /// Who asks, and where the answer goes.
    pub endpoints: &'a Endpoints,
    /// Our name for the login, at most 80 bytes (Bindings §3.4.3).
    pub relay_state: &'a str,
    /// What is asked beyond signing somebody in.
    pub asks: &'a Asks,
}

impl AuthnRequest<'_> {
    /// The request as a step for the browser: by redirect where the identity
    /// provider takes that, else by POST; signed when its metadata wants that.
    ///
    /// # Errors
    /// [`SignFailed`].
    pub fn send(&self, idp: &IdpMetadata, key: &SigningKey) -> Result<Outgoing, SignFailed> {
        let signs = idp.want_authn_requests_signed.then_some(key);
        match &idp.sso {
            SsoEndpoint::Redirect(location) => {
                let xml = self.element(location).write()?;
                binding::redirect::encode(location.url(), &xml, self.relay_state, signs)
            }
            SsoEndpoint::Post(location) => {
                let element = self.element(location);
                let xml = match signs {
                    Some(key) => sign_enveloped(&element, self.id, key)?,
                    None => element.write()?,
                };
                let relay_state = Some(self.relay_state);
                Ok(binding::post::encode(
                    location.url(),
                    "SAMLRequest",
                    &xml,
                    relay_state,
                ))
            }
        }
    }

    fn element(&self, destination: &WrittenUrl) -> Element {
        let issuer =
            Element::new(("saml", ASSERTION_NS), "Issuer").text(&*self.endpoints.entity_id);
        Element::new(("samlp", PROTOCOL_NS), "AuthnRequest")
            .attribute("ID", self.id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", time(self.now))
            .attribute("Destination", destination.as_str())
            .maybe("ForceAuthn", self.asks.force_authn.then_some("true"))
            .maybe("IsPassive", self.asks.is_passive.then_some("true"))
            .attribute("ProtocolBinding", HTTP_POST)
            .attribute("AssertionConsumerServiceURL", &*self.endpoints.acs_url)
            .child(issuer)
            .children(self.context())
    }

    fn context(&self) -> Option<Element> {
        let Asks {
            classes,
            comparison,
            ..
        } = self.asks;
        let class = |name: &String| {
            Element::new(("saml", ASSERTION_NS), "AuthnContextClassRef").text(&**name)
        };
        (!classes.is_empty()).then(|| {
            Element::new(("samlp", PROTOCOL_NS), "RequestedAuthnContext")
                .attribute("Comparison", comparison.as_str())
                .children(classes.iter().map(class))
        })
    }
}
