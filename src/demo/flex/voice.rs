//! What Flex makes of `flex_location` when its voice client starts: the chosen
//! edges, the default edge, or a voice client in degraded mode.

use serde_json::Value;

/// The edge that Flex takes when nothing says otherwise.
pub const DEFAULT_EDGE: &str = "roaming";

/// How an agent's calls reach Twilio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voice {
    /// The account defines no locations, so `flex_location` is not looked at.
    Ignored,
    /// The agent has no location: the default edge.
    Default,
    /// The agent's location is defined: its edges, the first is the default, the others follow.
    Edges {
        /// The location's name.
        location: String,
        /// Its edges, in order.
        edges: Vec<String>,
    },
    /// The agent's location is not defined: no calls.
    Degraded {
        /// What the worker has instead.
        location: String,
    },
}

impl Voice {
    /// Decides as Flex UI does: locations by the account's configuration, the
    /// location by the worker's attribute.
    #[must_use]
    pub fn of(locations: &Value, flex_location: Option<&Value>) -> Self {
        let Some(locations) = locations.as_array().filter(|list| !list.is_empty()) else {
            return Self::Ignored;
        };
        let Some(wanted) = flex_location.filter(|value| is_truthy(value)) else {
            return Self::Default;
        };
        // Of equal names the first counts, like JavaScript's `find`.
        let found = locations
            .iter()
            .find(|location| strictly_equal(&location["name"], wanted));
        match found {
            Some(location) => Self::Edges {
                location: shown(wanted),
                edges: edges(&location["edge"]),
            },
            None => Self::Degraded {
                location: shown(wanted),
            },
        }
    }

    /// The edges in the order they are tried; none in degraded mode.
    #[must_use]
    pub fn edges(&self) -> Vec<String> {
        match self {
            Self::Edges { edges, .. } => edges.clone(),
            Self::Ignored | Self::Default => vec![DEFAULT_EDGE.to_owned()],
            Self::Degraded { .. } => Vec::new(),
        }
    }

    /// What Flex says when it can't start the voice client.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        match self {
            Self::Degraded { location } => Some(format!(
                "Invalid edge - Worker's flex_location {location} is not registered in edges config"
            )),
            _ => None,
        }
    }
}

/// JavaScript's idea of what counts as there.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// JavaScript's `===` of two values that came from different JSON documents:
/// text byte for byte, no trimming, no folding, and a list equals nothing.
fn strictly_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one == other,
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Null, Value::Null) => true,
        _ => false,
    }
}

/// Text as it is, anything else as JSON.
fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// `edge`: one name, or several in order.
fn edges(edge: &Value) -> Vec<String> {
    match edge {
        Value::String(one) => vec![one.clone()],
        Value::Array(several) => several.iter().map(shown).collect(),
        _ => vec![DEFAULT_EDGE.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn locations() -> Value {
        json!([
            { "name": "Singapore Office", "edge": ["singapore-ix", "singapore", "roaming"] },
            { "name": "São Paulo", "edge": "sao-paulo" },
            { "name": "Singapore Office", "edge": ["never"] },
        ])
    }

    #[test]
    fn a_location_is_found_by_three_equals_signs() {
        let edges = |flex_location: Value| Voice::of(&locations(), Some(&flex_location)).edges();
        assert_eq!(
            edges(json!("Singapore Office")),
            ["singapore-ix", "singapore", "roaming"]
        );
        assert_eq!(edges(json!("São Paulo")), ["sao-paulo"]);
        for other in [
            json!("singapore office"),
            json!("Singapore Office "),
            json!(" Singapore Office"),
            json!("Ｓｉｎｇａｐｏｒｅ　Ｏｆｆｉｃｅ"),
            json!("Sa\u{303}o Paulo"),
            json!(["Singapore Office"]),
            json!({ "name": "Singapore Office" }),
            json!(true),
            json!(1),
        ] {
            let voice = Voice::of(&locations(), Some(&other));
            assert!(matches!(voice, Voice::Degraded { .. }), "{other}");
            assert!(
                voice
                    .complaint()
                    .is_some_and(|words| words.contains("is not registered"))
            );
            assert!(voice.edges().is_empty());
        }
    }

    #[test]
    fn nothing_is_the_default_edge() {
        for nothing in [
            None,
            Some(json!("")),
            Some(json!(null)),
            Some(json!(0)),
            Some(json!(false)),
        ] {
            let voice = Voice::of(&locations(), nothing.as_ref());
            assert_eq!(voice, Voice::Default, "{nothing:?}");
            assert_eq!(voice.edges(), [DEFAULT_EDGE]);
        }
    }

    #[test]
    fn without_locations_the_attribute_is_ignored() {
        for locations in [json!(null), json!([]), json!("x")] {
            let voice = Voice::of(&locations, Some(&json!("Anywhere")));
            assert_eq!(voice, Voice::Ignored, "{locations}");
            assert_eq!(voice.complaint(), None);
        }
    }
}
