//! Who was signed in, by whom, and how.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Attributes, IdpName};
use crate::clock::Timestamp;

/// The subject's name identifier (SAML Core §2.2.3).
///
/// To Flex it *is* the agent: one changed byte makes a new, billed worker. It
/// is carried untouched.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NameId {
    /// The identifier, byte for byte.
    pub value: String,
    /// The `Format` attribute, if there was one.
    pub format: Option<String>,
}

impl fmt::Debug for NameId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = self.format.as_deref().unwrap_or("no format");
        write!(formatter, "NameId(…, {format})")
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Release, ReleasedAttribute};

    #[test]
    fn debug_output_shows_nobody() {
        let mut attributes = Attributes::new();
        attributes.add("mail", None, ["zora@company.example".to_owned()]);
        let name_id = NameId {
            value: "zora".to_owned(),
            format: None,
        };
        let released = ReleasedAttribute {
            name: "email".to_owned(),
            values: vec!["zora@company.example".to_owned()],
        };
        let location = crate::identity::LocationOutcome::Clear;
        let release = Release::new(name_id.clone(), vec![released], &location).unwrap();
        let identity = Identity {
            idp: "hq".parse().unwrap(),
            name_id,
            attributes,
            authentication: Authentication {
                instant: Timestamp::UNIX_EPOCH,
                context_class: None,
            },
        };
        let step = crate::identity::Step::AttributeRead {
            attribute: "mail".to_owned(),
            values: vec!["zora@company.example".to_owned()],
        };
        let shown = format!("{identity:?} {release:?} {step:?}");
        assert!(!shown.contains("zora"), "{shown}");
        assert!(shown.contains("mail") && shown.contains("email"), "{shown}");
    }
}
