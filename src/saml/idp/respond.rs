//! The answer to Flex: one assertion, signed, in a response, signed (Profiles §4.1.4.2).

use chrono::TimeDelta;

use crate::{
    clock::{Random, RandomUnavailable, Timestamp},
    identity::{Authentication, NameId},
    keys::SigningKey,
    saml::{
        fresh_id,
        names::{ASSERTION_NS, BASIC, BEARER, ENTITY, PROTOCOL_NS, SUCCESS, UNSPECIFIED_CONTEXT},
        signature::{SignFailed, sign_enveloped},
        time,
        xml::{Element, Unwritable},
    },
};

use super::FlexSp;

const SAML: (&str, &str) = ("saml", ASSERTION_NS);
const SAMLP: (&str, &str) = ("samlp", PROTOCOL_NS);

/// How long Flex may take to use the assertion.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// How far Flex's clock may be behind ours.
const BEFORE: TimeDelta = TimeDelta::minutes(1);

/// What Flex is told of a person who has been signed in.
#[derive(Debug, Clone)]
pub struct DownstreamResponse<'a> {
    /// Our entity ID as Flex's identity provider.
    pub issuer: &'a str,
    /// Whom we tell, and where.
    pub flex: &'a FlexSp,
    /// The ID of Flex's request; `None` when Flex did not ask (Profiles §4.1.5).
    pub in_response_to: Option<&'a str>,
    /// Who it is.
    pub name_id: &'a NameId,
    /// What is released: name and values, in order.
    pub attributes: &'a [(&'a str, &'a [String])],
    /// How the person was signed in.
    pub authentication: &'a Authentication,
    /// When this is said.
    pub now: Timestamp,
}

/// The response could not be made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ResponseFailed {
    /// A value holds a character that XML cannot carry.
    #[error(transparent)]
    Unwritable(Unwritable),
    /// The key could not sign.
    #[error("the key could not sign")]
    Signing,
    /// The random source failed.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

impl From<SignFailed> for ResponseFailed {
    fn from(error: SignFailed) -> Self {
        match error {
            SignFailed::Unwritable(character) => Self::Unwritable(character),
            SignFailed::Key => Self::Signing,
        }
    }
}

impl DownstreamResponse<'_> {
    /// The signed response as XML. Both signatures are RSA-SHA256 over exclusive C14N.
    ///
    /// # Errors
    /// [`ResponseFailed`].
    pub fn sign(&self, key: &SigningKey, random: &dyn Random) -> Result<String, ResponseFailed> {
        let assertion_id = fresh_id(random)?;
        let assertion = self.assertion(&assertion_id, &fresh_id(random)?);
        let signed = sign_enveloped(&assertion, &assertion_id, key)?;
        let response_id = fresh_id(random)?;
        let response = self.response(&response_id, signed);
        Ok(sign_enveloped(&response, &response_id, key)?)
    }

    /// The assertion as it will be sent, without its signature: for explaining.
    ///
    /// # Errors
    /// [`Unwritable`].
    pub fn preview(&self) -> Result<String, Unwritable> {
        self.assertion("_preview", "_preview-session").write()
    }

    fn issuer(&self) -> Element {
        Element::new(SAML, "Issuer")
            .attribute("Format", ENTITY)
            .text(self.issuer)
    }

    fn response(&self, id: &str, signed_assertion: String) -> Element {
        let code = Element::new(SAMLP, "StatusCode").attribute("Value", SUCCESS);
        Element::new(SAMLP, "Response")
            .attribute("ID", id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", time(self.now))
            .attribute("Destination", self.flex.acs_url.as_str())
            .maybe("InResponseTo", self.in_response_to)
            .child(self.issuer())
            .child(Element::new(SAMLP, "Status").child(code))
            .canonical(signed_assertion)
    }

    fn assertion(&self, id: &str, session_index: &str) -> Element {
        let element = Element::new(SAML, "Assertion")
            .attribute("ID", id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", time(self.now))
            .child(self.issuer())
            .child(self.subject())
            .child(self.conditions())
            .child(self.authn_statement(session_index));
        if self.attributes.is_empty() {
            return element;
        }
        let attributes = self
            .attributes
            .iter()
            .map(|(name, values)| attribute(name, values));
        element.child(Element::new(SAML, "AttributeStatement").children(attributes))
    }

    fn subject(&self) -> Element {
        let name_id = Element::new(SAML, "NameID")
            .maybe("Format", self.name_id.format.as_deref())
            .text(&*self.name_id.value);
        let data = Element::new(SAML, "SubjectConfirmationData")
            .maybe("InResponseTo", self.in_response_to)
            .attribute("NotOnOrAfter", time(self.now + LIFETIME))
            .attribute("Recipient", self.flex.acs_url.as_str());
        let confirmation = Element::new(SAML, "SubjectConfirmation")
            .attribute("Method", BEARER)
            .child(data);
        Element::new(SAML, "Subject")
            .child(name_id)
            .child(confirmation)
    }

    fn conditions(&self) -> Element {
        let audience = Element::new(SAML, "Audience").text(&*self.flex.entity_id);
        Element::new(SAML, "Conditions")
            .attribute("NotBefore", time(self.now - BEFORE))
            .attribute("NotOnOrAfter", time(self.now + LIFETIME))
            .child(Element::new(SAML, "AudienceRestriction").child(audience))
    }

    /// No `SessionNotOnOrAfter`: with it Flex would end the agent's session in mid-shift.
    fn authn_statement(&self, session_index: &str) -> Element {
        let class = self
            .authentication
            .context_class
            .as_deref()
            .unwrap_or(UNSPECIFIED_CONTEXT);
        let reference = Element::new(SAML, "AuthnContextClassRef").text(class);
        Element::new(SAML, "AuthnStatement")
            .attribute("AuthnInstant", time(self.authentication.instant))
            .attribute("SessionIndex", session_index)
            .child(Element::new(SAML, "AuthnContext").child(reference))
    }
}

fn attribute(name: &str, values: &[String]) -> Element {
    let value = |text: &String| Element::new(SAML, "AttributeValue").text(&**text);
    Element::new(SAML, "Attribute")
        .attribute("Name", name)
        .attribute("NameFormat", BASIC)
        .children(values.iter().map(value))
}
