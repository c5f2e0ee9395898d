//! Where an identity provider's metadata comes from: a URL or a file.

use std::{path::PathBuf, sync::Arc, time::Duration};

use url::Url;

use super::{
    error::{ErrorCode, SourceError},
    fetch::{self, Downloaded, Limits},
    signers,
    validators::Validators,
};
use crate::{
    saml::{MetadataSource, MetadataUrl, metadata::Wanted},
    settings::{Problem, SettingPath, is_loopback, names_private_address},
};

/// A file is read again this often: looking costs next to nothing.
const FILE_REFRESH: Duration = Duration::from_mins(1);

/// Longer than any file system may take to give a file.
const LONGEST_READ: Duration = Duration::from_secs(30);

/// Where one identity provider's metadata comes from.
#[derive(Debug, Clone)]
pub struct Source {
    place: Place,
    refresh: Duration,
    limits: Limits,
    wanted: Arc<Wanted>,
}

/// What the source gave.
pub(super) enum Fetched {
    /// A text, and how to ask for the next one.
    New(String, Option<Validators>),
    /// Nothing new.
    Unchanged,
}

#[derive(Debug, Clone)]
enum Place {
    Url { url: Url, client: reqwest::Client },
    File(PathBuf),
}

impl Source {
    /// Takes the source as configured.
    ///
    /// # Errors
    /// The problem with it, its path as seen from `metadata` of `[idp.NAME]`.
    pub fn new(settings: &MetadataSource, limits: Limits) -> Result<Self, Problem> {
        let (place, refresh) = match settings {
            MetadataSource::File(file) => (Place::File(file.file.clone()), FILE_REFRESH),
            MetadataSource::Url(written) => {
                let url = written.url.clone();
                check(written)?;
                let client = fetch::transport(&url, written.allow_private, &limits).map_err(|error| {
                    Problem::error(
                        SettingPath::root(),
                        format!("TLS towards the metadata's server can't be set up: {error}"),
                        "install the system's certificate authorities, such as the package ca-certificates",
                    )
                })?;
                (Place::Url { url, client }, written.refresh.get())
            }
        };
        let wanted = Wanted {
            entity_id: settings.entity_id().map(str::to_owned),
            signed_by: settings.signed_by().map(signers::load).transpose()?,
        };
        Ok(Self {
            place,
            refresh,
            limits,
            wanted: Arc::new(wanted),
        })
    }

    /// How often it is read again.
    #[must_use]
    pub const fn refresh(&self) -> Duration {
        self.refresh
    }

    /// Whom the text must be about, and who must have signed it.
    pub(super) fn wanted(&self) -> Arc<Wanted> {
        self.wanted.clone()
    }

    /// The source in a few words, fit to be shown: a URL without its query, which may hold a token.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.place {
            Place::File(path) => format!("file {}", path.display()),
            Place::Url { url, .. } => {
                let mut shown = url.clone();
                shown.set_fragment(None);
                shown.set_query(url.query().map(|_| "…"));
                shown.as_str().replace("?%E2%80%A6", "?…")
            }
        }
    }

    /// The whole source: what the copy on disk must have come from. Not to be shown.
    pub(super) fn identify(&self) -> String {
        let place = match &self.place {
            Place::File(path) => format!("file {}", path.display()),
            Place::Url { url, .. } => url.as_str().to_owned(),
        };
        match &self.wanted.entity_id {
            Some(entity_id) => format!("{place} of {entity_id}"),
            None => place,
        }
    }

    /// Whether asking it asks nobody else: it is a file.
    #[must_use]
    pub const fn is_file(&self) -> bool {
        matches!(self.place, Place::File(_))
    }

    /// Reads the text, if it is not the one that `known` came with.
    ///
    /// # Errors
    /// [`SourceError`] when it can't be had, is too large, or is not UTF-8.
    pub(super) async fn fetch(&self, known: Option<&Validators>) -> Result<Fetched, SourceError> {
        let (bytes, validators) = match &self.place {
            Place::Url { url, client } => {
                match fetch::download(client, url, &self.limits, known).await? {
                    Downloaded::New(bytes, validators) => (bytes, validators),
                    Downloaded::Unchanged => return Ok(Fetched::Unchanged),
                }
            }
            Place::File(path) => (read(path.clone(), self.limits.bytes).await?, None),
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let detail = format!("it is not UTF-8 from byte {at} on");
            SourceError::new(ErrorCode::Invalid, detail)
        })?;
        Ok(Fetched::New(text, validators))
    }
}

async fn read(path: PathBuf, most: usize) -> Result<Vec<u8>, SourceError> {
    let failed = |why: &str| SourceError::new(ErrorCode::File, why);
    let task = tokio::task::spawn_blocking(move || fetch::read_file(&path, most));
    match tokio::time::timeout(LONGEST_READ, task).await {
        Ok(Ok(read)) => read,
        Ok(Err(error)) => Err(failed(&error.to_string())),
        Err(_) => Err(failed("the file system gave nothing within 30 seconds")),
    }
}

fn check(written: &MetadataUrl) -> Result<(), Problem> {
    let url = &written.url;
    let bare = url.username().is_empty() && url.password().is_none();
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    // A name is looked at when it is connected to; an address never asks the resolver.
    if names_private_address(url) && !written.allow_private && !is_loopback(url) {
        return Err(Problem::error(
            SettingPath::root().join("url"),
            "this address is one that only your own network reaches",
            "If that is meant, say `allow_private = true` beside the URL.",
        ));
    }
    if bare && safe {
        return Ok(());
    }
    Err(Problem::error(
        SettingPath::root().join("url"),
        "metadata can't be trusted from this URL",
        "write an https URL without user name and password (http for this machine itself only)",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(json: serde_json::Value) -> Result<Source, Problem> {
        let settings: MetadataSource = serde_json::from_value(json).unwrap();
        Source::new(&settings, Limits::default())
    }

    #[test]
    fn only_what_arrives_untouched_is_trusted() {
        for (url, fine) in [
            ("https://idp.example/metadata?x=1", true),
            ("http://127.0.0.1:8080/metadata", true),
            ("http://[::1]/metadata", true),
            ("http://localhost/metadata", true),
            ("http://idp.example/metadata", false),
            ("http://localhost.example/metadata", false),
            ("http://127.0.0.1.example/", false),
            ("https://user:secret@idp.example/metadata", false),
            ("https://user@idp.example/metadata", false),
            ("ftp://localhost/metadata", false),
            ("file:///etc/passwd", false),
        ] {
            let seen = source(serde_json::json!({ "url": url }));
            assert_eq!(seen.is_ok(), fine, "{url}");
            if let Err(problem) = seen {
                assert_eq!(problem.path.to_string(), "url");
            }
        }
    }

    #[test]
    fn a_token_in_the_query_is_not_shown() {
        let url = "https://idp.example/a/metadata?token=secret#part";
        let source = source(serde_json::json!({ "url": url })).unwrap();
        assert_eq!(source.describe(), "https://idp.example/a/metadata?…");
        assert_eq!(source.identify(), url);
        assert_eq!(source.refresh(), Duration::from_hours(12));
    }
}
