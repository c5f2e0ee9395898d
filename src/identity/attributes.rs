//! What the company's identity provider says of a person.

use serde::{Deserialize, Serialize};

/// One attribute or claim, with its values in the order they came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// The name, byte for byte as it came.
    pub name: String,
    /// SAML's FriendlyName, a hint for people; nothing is decided by it (SAML Core §2.7.3.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
    /// The values, byte for byte.
    pub values: Vec<String>,
}

/// All attributes of one person. Names are compared whole and exactly.
///
/// A name that an identity provider repeats is one attribute with all the values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
}
