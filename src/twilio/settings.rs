//! `twilio` of `[flex.NAME]` as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::settings::SecretSource;

/// How to reach Twilio's API: an API key with its secret, or the account's auth token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The SID of a Standard API key, `SK…`. Restricted keys can't read the Flex configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "twilio-api-key"))]
    pub api_key: Option<String>,
    /// The API key's secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_secret: Option<SecretSource>,
    /// The account's auth token, instead of an API key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_token: Option<SecretSource>,
    /// The base URL of the Flex API; `https://flex-api.twilio.com` unless testing.
    #[serde(default = "flex_api")]
    pub flex_api_url: Url,
    /// The base URL of the TaskRouter API; `https://taskrouter.twilio.com` unless testing.
    #[serde(default = "taskrouter")]
    pub taskrouter_url: Url,
}

fn fixed(url: &str) -> Url {
    #[expect(clippy::expect_used, reason = "two constants, held by a test")]
    url.parse().expect("a constant URL")
}

fn flex_api() -> Url {
    fixed("https://flex-api.twilio.com")
}

fn taskrouter() -> Url {
    fixed("https://taskrouter.twilio.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constants_are_urls() {
        assert_eq!(flex_api().scheme(), "https");
        assert_eq!(taskrouter().scheme(), "https");
    }
}
