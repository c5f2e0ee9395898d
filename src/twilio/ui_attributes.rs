//! `ui_attributes` of a Flex Configuration, as written and as read.

use serde_json::{Value, value::RawValue};

/// `ui_attributes` byte for byte as Twilio wrote it, with what it says.
///
/// Both, because a JSON value that was taken apart and written again is not always the same:
/// `1.0`, `1e3` and numbers beyond 64 bits come out otherwise. What belongs to others is
/// sent back as it came.
#[derive(Debug, Clone)]
pub struct UiAttributes {
    text: Box<RawValue>,
    value: Value,
}

impl UiAttributes {
    /// Takes the text apart.
    ///
    /// # Errors
    /// When it nests deeper than is read (128).
    pub fn new(text: Box<RawValue>) -> serde_json::Result<Self> {
        let value = serde_json::from_str(text.get())?;
        Ok(Self { text, value })
    }

    /// As Twilio wrote it.
    #[must_use]
    pub const fn text(&self) -> &RawValue {
        &self.text
    }

    /// What it says.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.value
    }
}

impl Default for UiAttributes {
    /// Null.
    fn default() -> Self {
        Self {
            text: RawValue::NULL.to_owned(),
            value: Value::Null,
        }
    }
}

impl PartialEq for UiAttributes {
    fn eq(&self, other: &Self) -> bool {
        self.text.get() == other.text.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_stays_as_it_came() {
        let written = "{ \"a\":1.0, \"b\" : 123456789012345678901234567890,\"a\":\"\\u00e9\" }";
        let raw = RawValue::from_string(written.to_owned()).unwrap();
        let read = UiAttributes::new(raw).unwrap();
        assert_eq!(read.text().get(), written);
        assert_eq!(read.value()["a"], "é");
        assert_eq!(UiAttributes::default().text().get(), "null");
    }

    #[test]
    fn too_deep_a_text_is_refused_and_never_overflows() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let raw = RawValue::from_string(deep);
        assert!(raw.and_then(UiAttributes::new).is_err());
    }
}
