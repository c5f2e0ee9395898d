//! The one log line of a login.

use super::fields;
use crate::identity::{FlexName, IdpName, LoginOutcome, LoginRecord, NoMatchCause, RefusalCode};

/// The longest detail, in characters after escaping.
const LONGEST_DETAIL: usize = 2_000;

/// Writes the one log line of a login. `detail` is a refusal's detail.
///
/// A refusal is a warning, an accepted login is information.
pub fn login_line(record: &LoginRecord, detail: Option<&str>) {
    macro_rules! line {
        ($level:ident, $words:literal) => {
            tracing::$level!(
                target: "flexbridge::login",
                {{ fields::REFERENCE } = record.reference.as_str(),
                { fields::IDP } = record.idp.as_ref().map(IdpName::as_str),
                { fields::FLEX } = record.flex.as_ref().map(FlexName::as_str),
                { fields::OUTCOME } = record.outcome.as_str(),
                { fields::CODE } = record.code.map(RefusalCode::as_str),
                { fields::LOCATION } = record.location.as_deref().map(escaped),
                { fields::NO_MATCH } = record.no_match.map(NoMatchCause::as_str),
                { fields::RULE } = record.rule,
                { fields::DURATION_MS } = milliseconds(record.duration_us),
                { fields::DETAIL } = detail.map(escaped)},
                $words
            )
        };
    }
    match record.outcome {
        LoginOutcome::Accepted => line!(info, "login accepted"),
        LoginOutcome::Refused => line!(warn, "login refused"),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to 285 years; read by people and graphs"
)]
fn milliseconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1_000.0
}

/// `text` fit for a log line: control characters and everything that could
/// reorder a line escaped, and cut off at 2,000 characters with an ellipsis.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(LONGEST_DETAIL));
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST_DETAIL || line.len() >= LONGEST_DETAIL * 4 {
            line.push('…');
            break;
        }
        if character.is_control() || reorders(character) {
            line.extend(character.escape_unicode());
        } else {
            line.push(character);
        }
    }
    line
}

/// Line and paragraph separators, and the marks that turn the writing direction.
const fn reorders(character: char) -> bool {
    matches!(
        character,
        '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::{
        clock::{SystemRandom, Timestamp},
        identity::LoginReference,
    };

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn line_of(record: &LoginRecord, detail: Option<&str>) -> serde_json::Value {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || login_line(record, detail));
        let bytes = lines.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.trim_end().lines().count(), 1, "one line a login");
        serde_json::from_str(&text).unwrap()
    }

    fn record() -> LoginRecord {
        LoginRecord {
            at: Timestamp::UNIX_EPOCH,
            reference: LoginReference::fresh(&SystemRandom).unwrap(),
            idp: Some("hq".parse().unwrap()),
            flex: Some("production".parse().unwrap()),
            agent: None,
            reading: None,
            outcome: LoginOutcome::Refused,
            code: Some(RefusalCode::SignatureInvalid),
            location: Some("São Paulo".to_owned()),
            no_match: Some(NoMatchCause::NoRule),
            rule: Some(2),
            duration_us: 1_500,
        }
    }

    #[test]
    fn a_line_has_the_documented_fields_and_no_others() {
        let line = line_of(&record(), Some("expected\nthis"));
        for (field, _) in fields::ALL {
            assert!(line.get(field).is_some(), "{field}");
        }
        let usual = ["timestamp", "level", "target", "message"];
        for field in line.as_object().unwrap().keys() {
            let known = fields::ALL.iter().any(|(name, _)| name == field);
            assert!(known || usual.contains(&field.as_str()), "{field}");
        }
        assert_eq!(line["duration_ms"], 1.5);
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["detail"], "expected\\u{a}this");
    }

    #[test]
    fn what_is_not_known_is_absent() {
        let line = line_of(
            &LoginRecord {
                idp: None,
                code: None,
                location: None,
                no_match: None,
                rule: None,
                outcome: LoginOutcome::Accepted,
                ..record()
            },
            None,
        );
        for field in ["idp", "code", "location", "no_match", "rule", "detail"] {
            assert!(line.get(field).is_none(), "{field}");
        }
        assert_eq!(line["level"], "INFO");
    }

    #[test]
    fn nothing_can_forge_a_line_or_fill_the_log() {
        for (text, line) in [
            ("plain – 東京", "plain – 東京"),
            ("a\r\nb", "a\\u{d}\\u{a}b"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("a\u{202e}b\u{2028}", "a\\u{202e}b\\u{2028}"),
        ] {
            assert_eq!(escaped(text), line);
        }
        assert_eq!(escaped(&"é".repeat(9_999)).chars().count(), 2_001);
        assert!(escaped(&"\n".repeat(9_999)).len() < 9_000);
    }
}
