//! Rules as they stand in the configuration, to be pasted.

use std::fmt::Write as _;

/// The rule of this account that assigns `name` to whoever has one of `values`. Without a name
/// there is a gap to be filled; until it is, `config check` refuses it.
pub(super) fn rule(flex: &str, values: &[&str], name: Option<&str>) -> String {
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    let mut text = format!("[[flex.{flex}.location.rule]]\n");
    let _ = writeln!(text, "when   = {{ one_of = [{}] }}", values.join(", "));
    let _ = match name {
        Some(name) => writeln!(text, "assign = {}", quoted(name)),
        None => writeln!(
            text,
            "assign = \"\"   # no defined name is like it: write the one that is meant"
        ),
    };
    text
}

/// A text as a TOML basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::Settings;

    #[test]
    fn whatever_arrived_is_the_rules_value() {
        for value in [
            "SG-01",
            "Köln \"Süd\" \\ 1",
            "a\tb\u{7f}\u{85}\n",
            "東京 🌏 = [x] # no",
            "'''",
        ] {
            let text = rule("x", &[value, "two"], Some("A $$ \"B\""));
            let text = text.replace("[[flex.x.location.rule]]", "[[rule]]");
            let text = format!("attribute = [\"a\"]\n{text}");
            let settings: Settings =
                toml::from_str(&text).unwrap_or_else(|error| panic!("{error} {text}"));
            let rule = &settings.rule[0];
            assert_eq!(rule.when.one_of.as_ref().unwrap(), &[value, "two"]);
            assert_eq!(rule.assign, "A $$ \"B\"");
        }
    }
}
