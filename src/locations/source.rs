//! Where the list comes from: Twilio or a file.

use std::{path::PathBuf, time::Duration};

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::io::AsyncReadExt;

use super::parse::{NotAList, Parsed, in_ui_attributes, parse};
use crate::twilio;

/// The largest file that is read, in bytes.
const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// Why the list could not be obtained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct SourceError {
    /// A stable code: Twilio's (`twilio.…`) or `locations.…`.
    pub code: &'static str,
    /// What exactly was seen.
    pub detail: String,
    /// What the administrator can do.
    pub mend: &'static str,
    /// How long the source asked to be left alone.
    pub retry_after: Option<Duration>,
}

impl SourceError {
    /// An error of the source's own.
    #[must_use]
    pub fn new(code: &'static str, detail: impl Into<String>, mend: &'static str) -> Self {
        Self {
            code,
            detail: detail.into(),
            mend,
            retry_after: None,
        }
    }
}

impl From<twilio::Error> for SourceError {
    fn from(error: twilio::Error) -> Self {
        Self {
            retry_after: error.retry_after,
            mend: error.mend(),
            code: error.code.as_str(),
            detail: error.detail,
        }
    }
}

impl From<NotAList> for SourceError {
    fn from(error: NotAList) -> Self {
        Self::new(
            "locations.not_a_list",
            error.to_string(),
            "Write the locations as an array of { \"name\": \"…\", \"edge\": [\"…\"] }; Flex can't use anything else either.",
        )
    }
}

/// Where the list of defined locations comes from.
pub trait LocationSource: Send + Sync + 'static {
    /// Obtains the list.
    ///
    /// # Errors
    /// [`SourceError`] when there is none to be had; the last known good list then stays.
    fn fetch(&self) -> BoxFuture<'_, Result<Parsed, SourceError>>;

    /// The source in a few words, such as `Twilio` or `file config/locations.json`.
    fn describe(&self) -> String;
}

/// Twilio's Flex Configuration API.
#[derive(Debug)]
pub struct TwilioSource(pub twilio::Client);

impl TwilioSource {
    pub(super) const WORD: &str = "Twilio";
}

impl LocationSource for TwilioSource {
    fn fetch(&self) -> BoxFuture<'_, Result<Parsed, SourceError>> {
        Box::pin(async {
            let configuration = self.0.fetch_configuration().await?;
            let attributes = configuration.ui_attributes;
            Ok(aside(move || in_ui_attributes(attributes.value())).await??)
        })
    }

    fn describe(&self) -> String {
        Self::WORD.to_owned()
    }
}

/// Twilio, for whoever only wants to know what it said the last time.
#[derive(Debug)]
pub struct Unasked;

impl LocationSource for Unasked {
    fn fetch(&self) -> BoxFuture<'_, Result<Parsed, SourceError>> {
        let unasked = SourceError::new(
            "locations.unasked",
            "Twilio is not asked here",
            "Use a command that asks, such as `flexbridge config check --online`.",
        );
        Box::pin(std::future::ready(Err(unasked)))
    }

    fn describe(&self) -> String {
        TwilioSource::WORD.to_owned()
    }
}

fn read_document(bytes: &[u8], place: &str) -> Result<Parsed, SourceError> {
    let document: Value = serde_json::from_slice(bytes).map_err(|error| {
        SourceError::new(
            "locations.malformed",
            format!("{place} is not JSON: {error}"),
            "Correct the file; `python3 -m json.tool` shows the place too.",
        )
    })?;
    Ok(parse(&document)?)
}

/// Does `work` aside from the threads that logins run on: a list of many
/// thousands takes longer than any login should wait.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SourceError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        SourceError::new(
            "locations.interrupted",
            error.to_string(),
            "Nothing, if the bridge is being shut down; otherwise report it.",
        )
    })
}

/// A JSON file.
#[derive(Debug)]
pub struct FileSource(pub PathBuf);

impl FileSource {
    async fn read(&self) -> Result<Vec<u8>, SourceError> {
        let failed = |error: std::io::Error| {
            SourceError::new(
                "locations.unreadable",
                format!("{}: {error}", self.0.display()),
                "Check that the file of `defined` is there and that the bridge may read it.",
            )
        };
        // Opening a pipe would wait for whoever writes to it.
        let kind = tokio::fs::metadata(&self.0).await.map_err(failed)?;
        if !kind.is_file() {
            return Err(failed(std::io::Error::other("this is not a file")));
        }
        let file = tokio::fs::File::open(&self.0).await.map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(LARGEST_FILE + 1)
            .read_to_end(&mut bytes)
            .await
            .map_err(failed)?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(SourceError::new(
                "locations.too_large",
                format!("{} is larger than 8 MiB", self.0.display()),
                "Keep only `locations` in the file.",
            ));
        }
        Ok(bytes)
    }
}

impl LocationSource for FileSource {
    fn fetch(&self) -> BoxFuture<'_, Result<Parsed, SourceError>> {
        Box::pin(async {
            let bytes = self.read().await?;
            let place = self.0.display().to_string();
            aside(move || read_document(&bytes, &place)).await?
        })
    }

    fn describe(&self) -> String {
        format!("file {}", self.0.display())
    }
}
