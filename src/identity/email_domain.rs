//! The domain of an e-mail address, as far as it tells companies apart.

use serde::Serialize;
use url::Host;

/// The longest name that DNS knows, in characters (RFC 1035 §3.1).
const LONGEST: usize = 253;

/// A domain, in lower case and as DNS writes it (`müller.example` is `xn--mller-kva.example`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailDomain(String);

impl EmailDomain {
    /// A domain by itself; `None` when this can't be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() || text.len() > 4 * LONGEST || text.contains('%') {
            return None;
        }
        let Ok(Host::Domain(name)) = Host::parse(text) else {
            return None;
        };
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        (name.len() <= LONGEST && name.split('.').all(label)).then_some(Self(name))
    }

    /// What stands behind an address's last `@`; a text without one is taken for a domain.
    #[must_use]
    pub fn of_address(address: &str) -> Option<Self> {
        let domain = address
            .rsplit_once('@')
            .map_or(address, |(_, domain)| domain);
        Self::parse(domain)
    }

    /// The domain as DNS writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_domain_in_every_way_people_write_it() {
        for text in [
            "ann@partner.example",
            " Ann.Tan@Partner.EXAMPLE ",
            "\"a@b\"@partner.example",
            "@partner.example",
            "partner.example.",
            "ann@ｐａｒｔｎｅｒ.example",
        ] {
            let domain = EmailDomain::of_address(text);
            assert_eq!(domain.unwrap().as_str(), "partner.example", "{text}");
        }
        let domain = EmailDomain::of_address("ann@MÜLLER.example").unwrap();
        assert_eq!(domain.as_str(), "xn--mller-kva.example");
    }

    #[test]
    fn what_is_no_domain() {
        let long = "a.".repeat(200);
        for text in [
            "",
            " ",
            "@",
            "ann@",
            "a b.example",
            "10.0.0.1",
            "[::1]",
            "a..b",
            "-a.example",
            "<x>",
            "a%2eexample",
            "a_b.example",
            "a/b",
            &long,
        ] {
            assert_eq!(EmailDomain::of_address(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_plain_or_nothing(text in any::<String>()) {
            if let Some(domain) = EmailDomain::of_address(&text) {
                let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
                prop_assert!(domain.as_str().bytes().all(plain));
            }
        }
    }
}
