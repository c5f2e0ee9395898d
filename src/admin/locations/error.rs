//! Why an operation on the locations ended without its result.

use std::borrow::Cow;

use serde::Serialize;

use crate::{login::FlexAccount, twilio};

/// What has become of Twilio's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// Nothing was written.
    No,
    /// It is not known.
    Unknown,
    /// Something was written, and is not what was meant.
    Otherwise,
}

/// An operation that ended without its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Failed {
    /// The stable code: `twilio.…` or `locations.…`.
    pub code: &'static str,
    /// What exactly was seen.
    pub detail: String,
    /// What the administrator can do.
    pub mend: Cow<'static, str>,
    /// What has become of Twilio's configuration.
    pub written: Written,
}

impl Failed {
    /// A failure before anything was written; `mend` is what the administrator can do.
    #[must_use]
    pub fn new(
        code: &'static str,
        detail: impl Into<String>,
        mend: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code,
            detail: detail.into(),
            mend: mend.into(),
            written: Written::No,
        }
    }
}

impl From<twilio::Error> for Failed {
    fn from(error: twilio::Error) -> Self {
        let mend = error.mend();
        Self::new(error.code.as_str(), error.detail, mend)
    }
}

/// The account's client of Twilio's API.
pub(super) fn client(account: &FlexAccount) -> Result<&twilio::Client, Failed> {
    account.twilio.as_ref().ok_or_else(|| {
        Failed::new(
            "locations.no_credentials",
            format!("the Flex account `{}` has no credentials for Twilio's API", account.name),
            format!(
                "Add twilio = {{ api_key = \"SK…\", api_secret = {{ env = \"…\" }} }} to [flex.{}].",
                account.name
            ),
        )
    })
}

/// Work on long lists, aside from the threads that logins run on.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failed> + Send + 'static,
) -> Result<T, Failed> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| {
            let mend = "Nothing, if the bridge is being shut down; otherwise report it.";
            Err(Failed::new(
                "locations.interrupted",
                error.to_string(),
                mend,
            ))
        })
}
