//! What Twilio gave us to write down: SIDs and credentials.

use super::net::https;
use crate::{
    config::leaf::is_sid,
    saml::{SsoProfile, SsoSettings},
    settings::{Problem, SettingPath},
    twilio::Settings,
};

/// `account_sid` of a Flex account.
pub(super) fn account_sid(text: &str, at: &SettingPath) -> Option<Problem> {
    (!is_sid(text, "AC")).then(|| {
        Problem::error(
            at.clone(),
            "this is not the SID of a Twilio account",
            "Copy it from Twilio Console: AC and 32 of 0-9 and a-f.",
        )
    })
}

/// `twilio` of a Flex account.
pub(super) fn check(settings: &Settings, at: &SettingPath, problems: &mut Vec<Problem>) {
    let key = settings.api_key.is_some() || settings.api_secret.is_some();
    let token = settings.auth_token.is_some();
    match (key, token) {
        (true, true) => problems.push(Problem::error(
            at.clone(),
            "there is an API key and an auth token",
            "Keep the API key and leave out `auth_token`: a key can be revoked alone.",
        )),
        (false, false) => problems.push(Problem::error(
            at.clone(),
            "there are no credentials",
            "Write `api_key` and `api_secret` of a Standard API key.",
        )),
        (true, false) => {
            let missing = match (&settings.api_key, &settings.api_secret) {
                (None, _) => Some("api_key"),
                (_, None) => Some("api_secret"),
                _ => None,
            };
            problems.extend(missing.map(|name| {
                Problem::error(
                    at.clone(),
                    format!("`{name}` is missing"),
                    "Write both `api_key` and `api_secret`; Twilio shows the secret once, when the key is made.",
                )
            }));
        }
        (false, true) => {}
    }
    problems.extend(https(&settings.flex_api_url, &at.join("flex_api_url")));
    problems.extend(https(&settings.taskrouter_url, &at.join("taskrouter_url")));
}

/// `sso` of a Flex account.
pub(super) fn sso(settings: &SsoSettings, at: &SettingPath, problems: &mut Vec<Problem>) {
    match settings {
        SsoSettings::Profile(SsoProfile::Enhanced { connection }) => {
            let fine = connection.strip_prefix("JQ").is_some_and(|rest| {
                (1..=64).contains(&rest.len())
                    && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
            if !fine {
                problems.push(Problem::error(
                    at.join("connection"),
                    "this is not a connection",
                    "Copy it from Twilio Console, Flex, Single Sign-On: JQ and letters and digits, as in its ACS URL `…?connection=JQ…`.",
                ));
            }
        }
        SsoSettings::Profile(SsoProfile::Custom { entity_id, acs_url }) => {
            problems.extend(https(acs_url.url(), &at.join("acs_url")));
            // SAML Core §8.3.6: an entity identifier is a URI of at most 1,024 characters.
            if entity_id.chars().count() > 1024 || entity_id.chars().any(char::is_whitespace) {
                problems.push(Problem::error(
                    at.join("entity_id"),
                    "this is not an entity ID",
                    "Copy the audience that the service provider's documentation names, without spaces.",
                ));
            }
        }
        SsoSettings::Profile(SsoProfile::Legacy {}) | SsoSettings::Word(_) => {}
    }
}
