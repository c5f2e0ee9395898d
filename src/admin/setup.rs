//! The exact values to type into Twilio Console and into the identity provider.

use base64::{Engine, prelude::BASE64_STANDARD};
use schemars::JsonSchema;
use serde::Serialize;

use crate::login::{FlexAccount, Idp, Upstream};

/// A field of a form on the other side, and what goes into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Field {
    /// What the field is called there.
    pub name: &'static str,
    /// What goes into it.
    pub value: String,
}

/// What is to be entered for one Flex account, on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Setup {
    /// The Flex account.
    pub flex: String,
    /// The identity provider.
    pub idp: String,
    /// Twilio Console › Flex › Users and access › Single sign-on.
    pub twilio_console: Vec<Field>,
    /// The application at the identity provider.
    pub identity_provider: Vec<Field>,
    /// Attributes that the identity provider must release: of each group, one.
    pub release: Vec<Vec<String>>,
}

/// The values for one Flex account and its identity provider.
#[must_use]
pub fn setup(account: &FlexAccount, idp: &Idp) -> Setup {
    let field = |name, value: &str| Field {
        name,
        value: value.to_owned(),
    };
    let key = account.assertion.signing();
    let link = account.login_url.as_ref().map_or_else(
        || "the account's Flex login link, https://flex.twilio.com/…".to_owned(),
        ToString::to_string,
    );
    let origin = account.entity_id.split("/saml/").next().unwrap_or_default();
    Setup {
        flex: account.name.to_string(),
        idp: idp.name.to_string(),
        twilio_console: vec![
            field("Friendly name", "Flexbridge"),
            field("X.509 certificate", &pem(key.certificate_der())),
            field("Identity provider issuer", &account.entity_id),
            field("Single Sign-On URL", &account.sso_url),
            field("Default redirect URL", &link),
            field("Trusted URLs", origin),
        ],
        identity_provider: identity_provider(idp),
        release: account
            .claims
            .sources()
            .chain(std::iter::once(account.mapping.attributes()))
            .map(<[String]>::to_vec)
            .collect(),
    }
}

/// What the identity provider must know of the bridge.
fn identity_provider(idp: &Idp) -> Vec<Field> {
    let field = |name, value: &str| Field {
        name,
        value: value.to_owned(),
    };
    let same_agent = "exactly what Flex gets today, value and format: another one makes a new, billed worker of each agent";
    match &idp.upstream {
        Upstream::Saml(saml) => vec![
            field(
                "ACS URL (Reply URL, Single sign-on URL)",
                &saml.endpoints.acs_url,
            ),
            field(
                "Entity ID (Audience, Identifier)",
                &saml.endpoints.entity_id,
            ),
            field(
                "Metadata, instead of both",
                &format!("{}/metadata", saml.endpoints.entity_id),
            ),
            field("NameID", same_agent),
            field("Signature", "the assertion, the response, or both; SHA-256"),
        ],
        Upstream::Oidc(provider) => {
            let mut fields = vec![
                field(
                    "Redirect URI (Callback URL)",
                    provider.redirect_uri.as_str(),
                ),
                field(
                    "Kind of client",
                    "confidential (web), authorization code with PKCE S256",
                ),
                field("ID token signature", "RS256, PS256 or ES256"),
                field("The claim of `name_id_claim`", same_agent),
            ];
            let portal = idp
                .initiates
                .as_ref()
                .map(|_| provider.initiate_login_uri());
            fields.extend(portal.map(|uri| field("Initiate login URI", &uri)));
            fields
        }
    }
}

/// A certificate as consoles want it: with its lines of dashes, 64 characters a line.
fn pem(der: &[u8]) -> String {
    let body = BASE64_STANDARD.encode(der);
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for (place, character) in body.chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str("\n-----END CERTIFICATE-----");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_has_short_lines() {
        let text = pem(&[7; 100]);
        assert!(text.lines().all(|line| line.len() <= 64));
        assert_eq!(text.lines().count(), 5);
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        assert_eq!(BASE64_STANDARD.decode(body).unwrap(), [7; 100]);
    }
}
