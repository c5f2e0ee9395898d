//! What Flex asks beyond "sign somebody in", and how much of it is passed on
//! to the company's identity provider (Core §3.4.1, §3.3.2.2.1).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{PassContext, PassOnSettings, ReportContext, names::UNSPECIFIED_CONTEXT};
use crate::identity::Authentication;

/// The most classes that are asked for: what a login asked for rides in its cookie.
pub const MOST_CLASSES: usize = 4;

impl ReportContext {
    /// What is reported of this authentication.
    #[must_use]
    pub fn report<'a>(&self, upstream: &'a Authentication) -> Cow<'a, Authentication> {
        let class = match &*self.0 {
            "upstream" => return Cow::Borrowed(upstream),
            "unspecified" => UNSPECIFIED_CONTEXT,
            class => class,
        };
        Cow::Owned(Authentication {
            context_class: Some(class.to_owned()),
            ..upstream.clone()
        })
    }
}

/// How the classes that are asked for bind (Core §3.3.2.2.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Comparison {
    /// One of them.
    #[default]
    Exact,
    /// One of them, or a stronger one.
    Minimum,
    /// As strong as possible without being stronger than one of them.
    Maximum,
    /// Stronger than each of them.
    Better,
}

impl Comparison {
    /// As SAML writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::Better => "better",
        }
    }

    /// As SAML writes it; nothing is `exact`.
    #[must_use]
    pub fn parse(text: Option<&str>) -> Option<Self> {
        match text {
            None | Some("exact") => Some(Self::Exact),
            Some("minimum") => Some(Self::Minimum),
            Some("maximum") => Some(Self::Maximum),
            Some("better") => Some(Self::Better),
            Some(_) => None,
        }
    }
}

/// What one party asks of another beyond signing somebody in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asks {
    /// `ForceAuthn`.
    #[serde(rename = "f", skip_serializing_if = "std::ops::Not::not")]
    pub force_authn: bool,
    /// `IsPassive`.
    #[serde(rename = "p", skip_serializing_if = "std::ops::Not::not")]
    pub is_passive: bool,
    /// The authentication context classes; none: any.
    #[serde(rename = "c", skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// How they bind.
    #[serde(rename = "b")]
    pub comparison: Comparison,
}

impl PassOnSettings {
    /// What of these is passed on.
    #[must_use]
    pub fn pass(&self, asked: &Asks) -> Asks {
        let mut classes: Vec<String> = Vec::new();
        if let PassContext::Map(map) = &self.authn_context {
            for class in asked.classes.iter().filter_map(|class| map.get(class)) {
                if classes.len() < MOST_CLASSES && !classes.contains(class) {
                    classes.push(class.clone());
                }
            }
        }
        Asks {
            force_authn: asked.force_authn && self.force_authn,
            is_passive: asked.is_passive && self.is_passive,
            classes,
            comparison: asked.comparison,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::{LONGEST_CLASS, is_acr, testing::now};

    const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
    const MFA: &str = "https://refeds.org/profile/mfa";

    fn asked() -> Asks {
        Asks {
            force_authn: true,
            is_passive: true,
            classes: vec![PASSWORD.to_owned(), "urn:x".to_owned()],
            comparison: Comparison::Minimum,
        }
    }

    fn settings(json: serde_json::Value) -> PassOnSettings {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn force_and_passive_pass_and_the_context_does_not() {
        let passed = settings(serde_json::json!({})).pass(&asked());
        assert!(passed.force_authn && passed.is_passive);
        assert!(passed.classes.is_empty(), "Flex's Password would break MFA");
        let off = serde_json::json!({ "force_authn": false, "is_passive": false, "authn_context": "drop" });
        let passed = settings(off).pass(&asked());
        assert!(!passed.force_authn && !passed.is_passive && passed.classes.is_empty());
        let quiet = settings(serde_json::json!({})).pass(&Asks::default());
        assert_eq!(quiet, Asks::default(), "nothing is invented");
    }

    #[test]
    fn listed_classes_are_translated_and_the_others_dropped() {
        let map =
            settings(serde_json::json!({ "authn_context": { PASSWORD: MFA, "urn:y": "urn:z" } }));
        let passed = map.pass(&asked());
        assert_eq!(passed.classes, [MFA]);
        assert_eq!(passed.comparison, Comparison::Minimum);
    }

    #[test]
    fn a_class_is_asked_for_once_and_not_too_many_are() {
        let class = |number: usize| format!("urn:{number}");
        let map: serde_json::Map<_, _> = (0..9).map(|n| (class(n), class(n / 2).into())).collect();
        let map = settings(serde_json::json!({ "authn_context": map }));
        for (asked, passed) in [(2, 1), (3, 2), (8, 4), (9, MOST_CLASSES)] {
            let asks = Asks {
                classes: (0..asked).map(class).collect(),
                ..Asks::default()
            };
            let expected: Vec<String> = (0..passed).map(class).collect();
            assert_eq!(map.pass(&asks).classes, expected, "{asked}");
        }
    }

    #[test]
    fn a_class_has_a_length() {
        for (length, fits) in [
            (0, false),
            (1, true),
            (LONGEST_CLASS, true),
            (LONGEST_CLASS + 1, false),
        ] {
            assert_eq!(is_acr(&"x".repeat(length)), fits, "{length}");
        }
    }

    #[test]
    fn flex_is_told_what_is_configured() {
        let upstream = Authentication {
            instant: now(),
            context_class: Some(MFA.to_owned()),
        };
        for (word, told) in [
            ("upstream", MFA),
            ("unspecified", UNSPECIFIED_CONTEXT),
            (PASSWORD, PASSWORD),
        ] {
            let report = ReportContext(word.to_owned());
            assert!(report.is_usable());
            let reported = report.report(&upstream);
            assert_eq!(reported.context_class.as_deref(), Some(told), "{word}");
            assert_eq!(reported.instant, now());
        }
        for word in ["", "Upstream", "password", "urn:a b", "urn:\u{e9}"] {
            assert!(!ReportContext(word.to_owned()).is_usable(), "{word}");
        }
    }
}
