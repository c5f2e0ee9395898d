//! The answer to Flex when nobody may be asked and nobody is signed in: a
//! status without an assertion (Core §3.4.1.2, Profiles §4.1.4.2).

use super::{FlexSp, ResponseFailed};
use crate::{
    clock::{Random, Timestamp},
    keys::SigningKey,
    saml::{
        fresh_id,
        names::{ASSERTION_NS, ENTITY, NO_PASSIVE, PROTOCOL_NS, RESPONDER},
        signature::sign_enveloped,
        time,
        xml::Element,
    },
};

const SAMLP: (&str, &str) = ("samlp", PROTOCOL_NS);

/// "The person can't be signed in without being asked."
#[derive(Debug, Clone)]
pub struct NoPassiveResponse<'a> {
    /// Our entity ID as Flex's identity provider.
    pub issuer: &'a str,
    /// Whom we tell, and where.
    pub flex: &'a FlexSp,
    /// The ID of Flex's request.
    pub in_response_to: &'a str,
    /// When this is said.
    pub now: Timestamp,
}

impl NoPassiveResponse<'_> {
    /// The signed response as XML.
    ///
    /// # Errors
    /// [`ResponseFailed`].
    pub fn sign(&self, key: &SigningKey, random: &dyn Random) -> Result<String, ResponseFailed> {
        let id = fresh_id(random)?;
        let issuer = Element::new(("saml", ASSERTION_NS), "Issuer")
            .attribute("Format", ENTITY)
            .text(self.issuer);
        let why = Element::new(SAMLP, "StatusCode").attribute("Value", NO_PASSIVE);
        let code = Element::new(SAMLP, "StatusCode")
            .attribute("Value", RESPONDER)
            .child(why);
        let response = Element::new(SAMLP, "Response")
            .attribute("ID", &*id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", time(self.now))
            .attribute("Destination", self.flex.acs_url.as_str())
            .attribute("InResponseTo", self.in_response_to)
            .child(issuer)
            .child(Element::new(SAMLP, "Status").child(code));
        Ok(sign_enveloped(&response, &id, key)?)
    }
}
