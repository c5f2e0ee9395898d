//! What the company's identity provider says of a person.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One attribute or claim, with its values in the order they came.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attribute {
    /// The name, byte for byte as it came.
    pub name: String,
    /// SAML's FriendlyName, a hint for people; nothing is decided by it (SAML Core §2.7.3.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
    /// The values, byte for byte.
    pub values: Vec<String>,
}

impl fmt::Debug for Attribute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {} values", self.name, self.values.len())
    }
}

/// All attributes of one person. Names are compared whole and exactly.
///
/// A name that an identity provider repeats is one attribute with all the values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Attributes(Vec<Attribute>);

impl Attributes {
    /// No attributes.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds values under `name`, to the attribute of that name if there is one.
    pub fn add(
        &mut self,
        name: &str,
        friendly_name: Option<&str>,
        values: impl IntoIterator<Item = String>,
    ) {
        if let Some(known) = self.0.iter_mut().find(|attribute| attribute.name == name) {
            known.values.extend(values);
            return;
        }
        self.0.push(Attribute {
            name: name.to_owned(),
            friendly_name: friendly_name.map(str::to_owned),
            values: values.into_iter().collect(),
        });
    }

    /// The attribute of exactly that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.0.iter().find(|attribute| attribute.name == name)
    }

    /// The values of exactly that name; empty when there is none.
    #[must_use]
    pub fn values(&self, name: &str) -> &[String] {
        self.get(name).map_or(&[], |attribute| &attribute.values)
    }

    /// A name that did arrive and is probably the one meant by `wanted`, which
    /// did not: it differs only in case, its FriendlyName is `wanted`, or it
    /// ends in the same last segment after `/`, `:` or `.`.
    ///
    /// For messages to the administrator only; nothing is decided by it.
    #[must_use]
    pub fn similar(&self, wanted: &str) -> Option<&str> {
        type Likeness = fn(&Attribute, &str) -> bool;
        const LIKENESSES: [Likeness; 3] = [
            |attribute, wanted| same_but_for_case(&attribute.name, wanted),
            |attribute, wanted| {
                let friendly = attribute.friendly_name.as_deref();
                friendly.is_some_and(|friendly| same_but_for_case(friendly, wanted))
            },
            |attribute, wanted| same_but_for_case(last_part(&attribute.name), last_part(wanted)),
        ];
        LIKENESSES.iter().find_map(|alike| {
            let arrived = self.0.iter().filter(|arrived| arrived.name != wanted);
            let mut alike = arrived.filter(|arrived| alike(arrived, wanted));
            alike.next().map(|arrived| arrived.name.as_str())
        })
    }

    /// Each attribute, in the order of its first appearance.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Attribute> {
        self.0.iter()
    }

    /// How many different names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn same_but_for_case(left: &str, right: &str) -> bool {
    let lower = |text: &'_ str| text.trim().to_lowercase();
    !right.trim().is_empty() && lower(left) == lower(right)
}

/// What stands behind the last `/`, `:` or `.`, unless that is only a number,
/// as at the end of an OID.
fn last_part(name: &str) -> &str {
    match name.rsplit(['/', ':', '.']).next() {
        Some(part) if !part.bytes().all(|byte| byte.is_ascii_digit()) => part,
        _ => name,
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut attributes = Self::new();
        for (name, value) in pairs {
            attributes.add(name.as_ref(), None, [value.into()]);
        }
        attributes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_name_is_one_attribute() {
        let attributes: Attributes = [("groups", "a"), ("mail", "x"), ("groups", "b")]
            .into_iter()
            .collect();
        assert_eq!(attributes.values("groups"), ["a", "b"]);
        assert_eq!(attributes.len(), 2);
    }

    #[test]
    fn names_are_exact() {
        let attributes: Attributes = [("Department", "x")].into_iter().collect();
        assert!(attributes.get("department").is_none());
        assert!(attributes.values("department").is_empty());
    }

    #[test]
    fn suggests_what_was_probably_meant() {
        let mut attributes: Attributes = [
            ("http://schemas.example/claims/Department", "x"),
            ("MAIL", "x"),
            ("urn:oid:2.5.4.11", "x"),
        ]
        .into_iter()
        .collect();
        attributes.add("urn:oid:2.5.4.3", Some("cn"), ["x".to_owned()]);
        for (wanted, similar) in [
            (
                "department",
                Some("http://schemas.example/claims/Department"),
            ),
            ("mail", Some("MAIL")),
            ("urn:custom:mail", Some("MAIL")),
            ("cn", Some("urn:oid:2.5.4.3")),
            ("urn:oid:1.2.3.11", None),
            ("11", None),
            ("office", None),
            (" ", None),
            ("", None),
        ] {
            assert_eq!(attributes.similar(wanted), similar, "{wanted}");
        }
    }
}
