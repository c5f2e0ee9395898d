//! Names that XML fixes.

/// Whether a text is an `xs:ID`: no space, colon, mark-up or `XPointer` expression,
/// and it begins with a letter or underscore (XML Schema 2 §3.3.8).
#[must_use]
pub fn is_id(text: &str) -> bool {
    let begins = |first: char| first.is_alphabetic() || first == '_';
    text.starts_with(begins)
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_told_from_expressions() {
        for id in ["_a", "a.b-c_1", "ONELOGIN_4678628e-7eaf", "é1"] {
            assert!(is_id(id), "{id}");
        }
        for other in [
            "",
            "1a",
            "-a",
            "a b",
            "a:b",
            "xpointer(/)",
            "element(/1)",
            "a\"b",
            "<a",
        ] {
            assert!(!is_id(other), "{other}");
        }
    }
}
