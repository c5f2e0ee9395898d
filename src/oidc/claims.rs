//! From claims to attributes, and from a proven ID token to an identity.
//!
//! A claim is found by its name; what is inside an object by a path with dots. Where a
//! claim's own name has dots in it, as names that are URLs do, the name wins over a path.

use serde_json::{Map, Value};
use url::Url;

use super::{id_token::VerifiedIdToken, json};
use crate::{
    clock::Timestamp,
    identity::{Attributes, Authentication, Identity, IdpName, NameId, Refusal, RefusalCode},
};

/// More claims than any provider sends; further ones make the login fail rather than vanish.
const MOST_VALUES: usize = 10_000;

/// Claims that only protect the login itself.
const PRIVATE: [&str; 3] = ["nonce", "at_hash", "c_hash"];

/// Which claim becomes the NameID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameIdRule {
    /// The claim, or a path.
    pub claim: String,
    /// The NameID's Format, if it gets one.
    pub format: Option<String>,
}

impl VerifiedIdToken {
    /// Who it is about, at this provider.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// When the person signed in there, if the provider says so (`auth_time`).
    #[must_use]
    pub const fn auth_time(&self) -> Option<Timestamp> {
        self.auth_time
    }

    /// How the person signed in there, if the provider says so (`acr`).
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        json::text(&self.claims, "acr")
    }

    /// Adds what the userinfo endpoint said; what the ID token itself says stays, as it is signed.
    ///
    /// # Errors
    /// `oidc.userinfo` when it is about somebody else (Core §5.3.2).
    pub fn with_userinfo(mut self, userinfo: Map<String, Value>) -> Result<Self, Refusal> {
        if json::text(&userinfo, "sub") != Some(self.subject.as_str()) {
            let detail = "its `sub` is missing, or not that of the ID token";
            return Err(Refusal::new(RefusalCode::OidcUserinfo, detail));
        }
        for (name, value) in userinfo {
            self.claims.entry(name).or_insert(value);
        }
        Ok(self)
    }

    /// From here on, SAML and OpenID Connect look the same.
    ///
    /// # Errors
    /// `release.missing` when the claim of the NameID has not exactly one value,
    /// `oidc.id_token` when there are too many claims.
    pub fn into_identity(self, idp: IdpName, rule: &NameIdRule) -> Result<Identity, Refusal> {
        identity(&self.claims, self.instant, idp, rule)
    }
}

/// Who claims are about. Whether they are proven is the caller's to know.
pub(super) fn identity(
    claims: &Map<String, Value>,
    instant: Timestamp,
    idp: IdpName,
    rule: &NameIdRule,
) -> Result<Identity, Refusal> {
    let attributes = attributes(claims)?;
    let name_id = match attributes.values(&rule.claim) {
        [value] if !value.trim().is_empty() => value.clone(),
        values => {
            let detail = format!(
                "the claim `{}`, which `name_id_claim` makes the NameID, came with {} usable values instead of one",
                rule.claim,
                values
                    .iter()
                    .filter(|value| !value.trim().is_empty())
                    .count()
            );
            return Err(Refusal::new(RefusalCode::ReleaseMissing, detail));
        }
    };
    // SAML wants a URI here (Core §2.7.2.2), and "0" or "1" say nothing.
    let context_class = json::text(claims, "acr")
        .filter(|acr| acr.parse::<Url>().is_ok())
        .map(str::to_owned);
    Ok(Identity {
        idp,
        name_id: NameId {
            value: name_id,
            format: rule.format.clone(),
        },
        attributes,
        authentication: Authentication {
            instant,
            context_class,
        },
    })
}

/// Every claim as an attribute: each value of a list, numbers and booleans as text, null as
/// absent, objects by paths.
///
/// # Errors
/// `oidc.id_token` when there are too many.
pub fn attributes(claims: &Map<String, Value>) -> Result<Attributes, Refusal> {
    let mut found: Vec<(usize, String, Option<String>)> = Vec::new();
    for (name, value) in claims {
        if !PRIVATE.contains(&name.as_str()) {
            flatten(0, name.clone(), value, &mut found)?;
        }
    }
    // A name wins over a path, and a path with longer names over one with shorter ones.
    found.sort_by_key(|(depth, ..)| *depth);
    let mut depths = std::collections::HashMap::new();
    let mut attributes = Attributes::new();
    for (depth, name, value) in found {
        if *depths.entry(name.clone()).or_insert(depth) == depth {
            attributes.add(&name, None, value);
        }
    }
    Ok(attributes)
}

fn flatten(
    depth: usize,
    name: String,
    value: &Value,
    found: &mut Vec<(usize, String, Option<String>)>,
) -> Result<(), Refusal> {
    if found.len() >= MOST_VALUES {
        let detail = format!("there are more than {MOST_VALUES} values");
        return Err(Refusal::new(RefusalCode::OidcIdToken, detail));
    }
    match value {
        Value::Null => {}
        Value::Bool(value) => found.push((depth, name, Some(value.to_string()))),
        Value::Number(value) => found.push((depth, name, Some(value.to_string()))),
        Value::String(value) => found.push((depth, name, Some(value.clone()))),
        Value::Array(items) => {
            // An empty list is a claim without values, which is not the same as no claim.
            if items.is_empty() {
                found.push((depth, name.clone(), None));
            }
            for item in items {
                flatten(depth, name.clone(), item, found)?;
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                flatten(depth + 1, format!("{name}.{member}"), value, found)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(claims: &str) -> Attributes {
        attributes(&json::object(claims.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn claims_are_found_by_name_and_by_path() {
        let found = read(
            r#"{"sub":"u","groups":["a","b"],"age":41,"ratio":1.5,"active":true,"gone":null,
            "none":[],"mixed":["x",null,2,false],"https://flex.example/location":"Singapore",
            "address":{"locality":"Berlin","geo":{"lat":52}},"teams":[{"name":"t1"},{"name":"t2"}],
            "a.b":"name","a":{"b":"path","c":"in a"},"x":{"y.z":"longer","y":{"z":"shorter"}},
            "nonce":"n","at_hash":"h"}"#,
        );
        for (name, values) in [
            ("sub", &["u"][..]),
            ("groups", &["a", "b"]),
            ("age", &["41"]),
            ("ratio", &["1.5"]),
            ("active", &["true"]),
            ("none", &[]),
            ("mixed", &["x", "2", "false"]),
            ("https://flex.example/location", &["Singapore"]),
            ("address.locality", &["Berlin"]),
            ("address.geo.lat", &["52"]),
            ("teams.name", &["t1", "t2"]),
            ("a.b", &["name"]),
            ("a.c", &["in a"]),
            ("x.y.z", &["longer"]),
        ] {
            assert_eq!(found.values(name), values, "{name}");
            assert!(found.get(name).is_some(), "{name}");
        }
        for absent in [
            "gone",
            "address",
            "address.geo",
            "teams",
            "nonce",
            "at_hash",
            "a",
        ] {
            assert!(found.get(absent).is_none(), "{absent}");
        }
    }

    #[test]
    fn too_many_are_refused() {
        let claims = format!(r#"{{"g":[{}"x"]}}"#, "\"x\",".repeat(MOST_VALUES));
        let claims = json::object(claims.as_bytes()).unwrap();
        let refused = attributes(&claims).unwrap_err();
        assert_eq!(refused.code, RefusalCode::OidcIdToken);
    }
}
