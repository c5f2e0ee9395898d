//! `GET /v1/Configuration` of the Flex API.

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{Client, Error, ErrorCode, client::under};

/// What is read of a Flex Configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct FlexConfiguration {
    /// The account, checked to be the configured one.
    pub account_sid: String,
    /// The TaskRouter workspace of the account's agents, `WS…`.
    pub taskrouter_workspace_sid: Option<String>,
    /// When it was changed last, as Twilio writes it: the only mark of a change that Twilio gives.
    pub date_updated: Option<String>,
    /// `ui_attributes` exactly as read, keys in their order; null when Twilio has none.
    pub ui_attributes: Value,
}

/// The fields that are looked at; `account_sid` is nullable in Twilio's own description.
#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    account_sid: Option<String>,
    #[serde(default)]
    taskrouter_workspace_sid: Option<String>,
    #[serde(default)]
    date_updated: Option<String>,
    #[serde(default)]
    ui_attributes: Value,
}

impl Client {
    /// Fetches the account's Flex Configuration.
    ///
    /// # Errors
    /// [`Error`] with its stable code; passing failures were tried again within the limits.
    pub async fn fetch_configuration(&self) -> Result<FlexConfiguration, Error> {
        let answered = self.get_json(&self.configuration_url()).await?;
        self.read_configuration(&answered.body)
    }

    fn configuration_url(&self) -> Url {
        under(&self.flex_api_url, &["v1", "Configuration"])
    }

    fn read_configuration(&self, body: &[u8]) -> Result<FlexConfiguration, Error> {
        let wire: Wire = serde_json::from_slice(body).map_err(|error| {
            // serde_json's own sentence may quote what it read; the place says enough.
            let (line, column) = (error.line(), error.column());
            let detail = format!("not a Flex configuration, at line {line}, column {column}");
            Error::new(ErrorCode::Malformed, detail)
        })?;
        let Some(account_sid) = wire.account_sid else {
            let detail = "the configuration does not say which account it belongs to";
            return Err(Error::new(ErrorCode::Malformed, detail));
        };
        if account_sid != self.account_sid {
            let seen = super::error::plain(&account_sid, 40);
            let detail = format!(
                "the configuration is of {seen}, not of {}",
                self.account_sid
            );
            return Err(Error::new(ErrorCode::OtherAccount, detail));
        }
        Ok(FlexConfiguration {
            account_sid,
            taskrouter_workspace_sid: wire.taskrouter_workspace_sid,
            date_updated: wire.date_updated,
            ui_attributes: wire.ui_attributes,
        })
    }
}
