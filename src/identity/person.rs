//! Who was signed in, by whom, and how.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Attributes, IdpName};
use crate::clock::Timestamp;

/// The subject's name identifier (SAML Core §2.2.3).
///
/// To Flex it *is* the agent: one changed byte makes a new, billed worker. It
/// is carried untouched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NameId {
    /// The identifier, byte for byte.
    pub value: String,
    /// The `Format` attribute, if there was one.
    pub format: Option<String>,
}

/// How and when the company's identity provider signed the person in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Authentication {
    /// When the person was signed in.
    pub instant: Timestamp,
    /// The authentication context class, such as `urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport`.
    pub context_class: Option<String>,
}

/// A person whom an identity provider has vouched for. SAML and OpenID Connect end here alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Who vouches.
    pub idp: IdpName,
    /// Who it is.
    pub name_id: NameId,
    /// What is said of the person.
    pub attributes: Attributes,
    /// How the person was signed in.
    pub authentication: Authentication,
}
