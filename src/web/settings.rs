//! `[listen]` and `[pages]` as written.

use std::{net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::settings::SecretSource;

/// `[listen]`: where the bridge listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address that browsers reach.
    #[schemars(with = "String", extend("format" = "socket-address"))]
    pub public: SocketAddr,
    /// The administrator's address: page, API, metrics. Never the public one.
    #[serde(default = "loopback")]
    #[schemars(with = "String", extend("format" = "socket-address"))]
    pub admin: SocketAddr,
    /// What the administrator's address asks for, as `Authorization: Bearer TOKEN`. Needed where
    /// it isn't loopback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_token: Option<SecretSource>,
    /// TLS of the public address; leave out behind a proxy that ends TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSettings>,
    /// Proxies whose `X-Forwarded-For` is believed.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("items" = {"type": "string", "format": "network"}))]
    pub trusted_proxies: Vec<IpNet>,
}

/// TLS of the public address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// The certificate chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub private_key: SecretSource,
}

/// The shortest token, in characters: 128 bits as base64 are 22, as hex 32.
pub const SHORTEST_ADMIN_TOKEN: usize = 20;

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9443))
}

/// `[pages]`: what agents see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PagesSettings {
    /// Whom agents ask for help: a line of text, or an https, mailto or tel link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// The language for browsers that ask for none of `en`, `es`, `pt`, `fr`, `de`, `ja`.
    #[serde(default)]
    pub language: Language,
}

/// A language of the agents' pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
    /// Portuguese.
    #[serde(rename = "pt")]
    Portuguese,
    /// French.
    #[serde(rename = "fr")]
    French,
    /// German.
    #[serde(rename = "de")]
    German,
    /// Japanese.
    #[serde(rename = "ja")]
    Japanese,
}

impl Language {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::English,
        Self::Spanish,
        Self::Portuguese,
        Self::French,
        Self::German,
        Self::Japanese,
    ];

    /// Its tag (BCP 47), as in `lang="de"`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
            Self::Portuguese => "pt",
            Self::French => "fr",
            Self::German => "de",
            Self::Japanese => "ja",
        }
    }

    /// The language of a primary tag, in any case.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|language| language.tag().eq_ignore_ascii_case(tag))
    }
}

/// The longest contact line, in characters.
const LONGEST_CONTACT: usize = 200;

/// Whom agents ask for help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contact {
    /// A line of text.
    Text(String),
    /// A link.
    Link {
        /// Where it leads: https, mailto or tel.
        url: Url,
        /// What is shown of it.
        shown: String,
    },
}

impl Contact {
    /// Reads `pages.contact`.
    ///
    /// # Errors
    /// What is wrong with it, in words that follow "the contact line".
    pub fn parse(written: &str) -> Result<Self, String> {
        if written.trim().is_empty() {
            return Err("is empty".to_owned());
        }
        let length = written.chars().count();
        if length > LONGEST_CONTACT {
            return Err(format!(
                "has {length} characters, and {LONGEST_CONTACT} are the most"
            ));
        }
        if written.chars().any(char::is_control) {
            return Err("holds a line break or another control character".to_owned());
        }
        let Some(scheme) = scheme(written) else {
            return Ok(Self::Text(written.trim().to_owned()));
        };
        let scheme = scheme.to_ascii_lowercase();
        if !["https", "mailto", "tel"].contains(&scheme.as_str()) {
            return Err(format!("is a link that begins with {scheme}:"));
        }
        let written = written.trim();
        let url = Url::parse(written).map_err(|error| format!("is a link and none: {error}"))?;
        let shown = shown(&url).ok_or_else(|| "is a link that leads nowhere".to_owned())?;
        Ok(Self::Link { url, shown })
    }
}

/// The scheme, where the line is a link: no space follows the colon.
fn scheme(line: &str) -> Option<&str> {
    let (scheme, rest) = line.trim().split_once(':')?;
    let letters = |one: char| one.is_ascii_alphanumeric() || "+.-".contains(one);
    let named = scheme.starts_with(|one: char| one.is_ascii_alphabetic());
    let link = named && scheme.chars().all(letters) && !rest.starts_with(char::is_whitespace);
    link.then_some(scheme)
}

/// What people read of a link: the host and path, the address, the number.
fn shown(url: &Url) -> Option<String> {
    let text = match url.host_str() {
        Some(host) => format!("{host}{}", url.path().trim_end_matches('/')),
        None => url.path().to_owned(),
    };
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_a_line_or_one_of_three_links() {
        let link = |url: &str, shown: &str| {
            Ok(Contact::Link {
                url: url.parse().unwrap(),
                shown: shown.to_owned(),
            })
        };
        let text = |text: &str| Ok(Contact::Text(text.to_owned()));
        let long = "x".repeat(201);
        for (written, expected) in [
            (
                "Service desk: +49 30 1234",
                text("Service desk: +49 30 1234"),
            ),
            (" IT, 3rd floor ", text("IT, 3rd floor")),
            ("<b>IT</b> & co", text("<b>IT</b> & co")),
            (
                "https://help.example.com/flex/",
                link("https://help.example.com/flex/", "help.example.com/flex"),
            ),
            (
                "mailto:it@example.com?subject=Flex",
                link("mailto:it@example.com?subject=Flex", "it@example.com"),
            ),
            ("TEL:+49301234", link("tel:+49301234", "+49301234")),
            ("", Err("is empty".to_owned())),
            (" \u{a0}", Err("is empty".to_owned())),
            (
                "a\nb",
                Err("holds a line break or another control character".to_owned()),
            ),
            (
                long.as_str(),
                Err("has 201 characters, and 200 are the most".to_owned()),
            ),
            (
                "javascript:alert(1)",
                Err("is a link that begins with javascript:".to_owned()),
            ),
            (
                "http://help.example.com",
                Err("is a link that begins with http:".to_owned()),
            ),
            ("tel:", Err("is a link that leads nowhere".to_owned())),
            ("https://", Err("is a link and none: empty host".to_owned())),
        ] {
            assert_eq!(Contact::parse(written), expected, "{written}");
        }
    }
}
