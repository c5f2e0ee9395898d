//! `/v1/Configuration` of the Flex API.
//!
//! Must never: send anything but `account_sid` and `ui_attributes`; Twilio refuses a POST that
//! names what it keeps for itself.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use url::Url;

use super::{
    Client, Error, ErrorCode, UiAttributes,
    client::{Body, Call, under},
};

/// What is read of a Flex Configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct FlexConfiguration {
    /// The account, checked to be the configured one.
    pub account_sid: String,
    /// The TaskRouter workspace of the account's agents, `WS…`.
    pub taskrouter_workspace_sid: Option<String>,
    /// When it was changed last, as Twilio writes it: the only mark of a change that Twilio gives.
    pub date_updated: Option<String>,
    /// What Flex's user interface is configured with; null when Twilio has nothing.
    pub ui_attributes: UiAttributes,
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
    ui_attributes: Option<Box<RawValue>>,
}

/// What is sent: the account, as Twilio demands, and the one property that is replaced.
#[derive(Serialize)]
struct Wish<'a> {
    account_sid: &'a str,
    ui_attributes: &'a RawValue,
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

    /// Replaces `ui_attributes` of the account's Flex Configuration whole.
    ///
    /// Twilio offers no `If-Match` here: whoever calls has read what is there, and reads
    /// again what has become of it.
    ///
    /// # Errors
    /// [`Error`] with its stable code. It is sent once, whatever happens: before sending again
    /// somebody must look. Without [`Error::did_nothing`] it may have been carried out.
    pub async fn replace_ui_attributes(&self, attributes: &RawValue) -> Result<(), Error> {
        let wish = Wish {
            account_sid: &self.account_sid,
            ui_attributes: attributes,
        };
        let body = to_raw_value(&wish)
            .map_err(|error| Error::new(ErrorCode::Rejected, error.to_string()))?;
        let url = self.configuration_url();
        let call = Call {
            method: Method::POST,
            url: &url,
            body: Body::Json(&body),
            if_match: None,
        };
        let answered = self.once().call(&call).await?;
        self.read_configuration(&answered.body).map(drop)
    }

    fn configuration_url(&self) -> Url {
        under(&self.flex_api_url, &["v1", "Configuration"])
    }

    fn read_configuration(&self, body: &[u8]) -> Result<FlexConfiguration, Error> {
        let malformed = |error: serde_json::Error| {
            // serde_json's own sentence may quote what it read; the place says enough.
            let (line, column) = (error.line(), error.column());
            let detail = format!("not a Flex configuration, at line {line}, column {column}");
            Error::new(ErrorCode::Malformed, detail)
        };
        let wire: Wire = serde_json::from_slice(body).map_err(malformed)?;
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
            ui_attributes: wire
                .ui_attributes
                .map_or_else(|| Ok(UiAttributes::default()), UiAttributes::new)
                .map_err(malformed)?,
        })
    }
}
