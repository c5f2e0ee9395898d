//! Which words are shown to Twilio, and where they come from.

use std::fmt;

use super::Settings;
use crate::settings::{Problem, Secret, SecretSource, SettingPath};

/// A user name and its secret for HTTP Basic.
#[derive(Clone)]
pub(super) struct Credentials {
    /// An API key's SID or the account's.
    pub(super) username: String,
    /// The API key's secret or the account's auth token.
    pub(super) password: Secret,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Credentials({})", self.username)
    }
}

impl Credentials {
    /// Reads what the settings refer to.
    pub(super) fn read(settings: &Settings, account_sid: &str) -> Result<Self, Vec<Problem>> {
        match (
            &settings.api_key,
            &settings.api_secret,
            &settings.auth_token,
        ) {
            (Some(key), Some(secret), None) => Self::of_key(key, secret),
            (None, None, Some(token)) => {
                let password = read(token, "auth_token").map_err(|problem| vec![problem])?;
                Ok(Self {
                    username: account_sid.to_owned(),
                    password,
                })
            }
            (Some(_), None, None) => Err(missing(
                "api_secret",
                "`api_key` is given without `api_secret`",
            )),
            (None, Some(_), None) => Err(missing(
                "api_key",
                "`api_secret` is given without `api_key`",
            )),
            (None, None, None) => Err(missing(
                "api_key",
                "there are no credentials for Twilio's API",
            )),
            (_, _, Some(_)) => Err(vec![Problem::error(
                SettingPath::root().join("auth_token"),
                "an API key and an auth token are both given",
                "keep the API key and remove `auth_token`",
            )]),
        }
    }

    fn of_key(key: &str, secret: &SecretSource) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        if !is_sid("SK", key) {
            problems.push(Problem::error(
                SettingPath::root().join("api_key"),
                "this is not the SID of an API key",
                "write the SID that Twilio Console shows: SK and 32 hexadecimal digits",
            ));
        }
        match read(secret, "api_secret") {
            Ok(password) if problems.is_empty() => {
                return Ok(Self {
                    username: key.to_owned(),
                    password,
                });
            }
            Ok(_) => {}
            Err(problem) => problems.push(problem),
        }
        Err(problems)
    }
}

fn missing(key: &str, message: &str) -> Vec<Problem> {
    vec![Problem::error(
        SettingPath::root().join(key),
        message,
        "give `api_key` and `api_secret` of a Standard API key; Twilio Console makes one under Account > API keys & tokens",
    )]
}

fn read(source: &SecretSource, key: &str) -> Result<Secret, Problem> {
    source.read().map_err(|error| {
        Problem::error(
            SettingPath::root().join(key),
            error.to_string(),
            format!("put the secret there: {source}"),
        )
    })
}

/// Whether `text` is a SID: two letters and 32 hexadecimal digits.
pub(super) fn is_sid(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|digits| {
        digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
