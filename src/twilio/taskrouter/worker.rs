//! One worker: fetched with its version, and changed only while it still has that one.

use super::{
    Answered, Error, ErrorCode, LONGEST_ATTRIBUTES, Wire, WorkerAttributes, Workspace, plain, read,
};

/// A worker, as far as it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Its SID, `WK…`.
    pub sid: String,
    /// Its name, unique in the workspace without regard to case. Flex makes it of the NameID.
    pub friendly_name: String,
    /// Its attributes; `None` where Twilio leaves them out of a list.
    pub attributes: Option<WorkerAttributes>,
}

/// A version of a worker, as its `ETag` says. It means nothing but itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// A version that was kept as text.
    #[must_use]
    pub const fn kept(text: String) -> Self {
        Self(text)
    }

    /// As it is sent in `If-Match`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A worker as it is at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerAtVersion {
    /// Its SID, `WK…`.
    pub sid: String,
    /// Its name.
    pub friendly_name: String,
    /// Its attributes.
    pub attributes: WorkerAttributes,
    /// Which version this is.
    pub version: Version,
}

impl Workspace {
    /// Fetches one worker with its version.
    ///
    /// # Errors
    /// [`Error`]; `twilio.malformed` too when the answer has no attributes or no version:
    /// what was not read can't be written.
    pub async fn worker(&self, sid: &str) -> Result<WorkerAtVersion, Error> {
        let answered = self.get(&self.worker_url(sid)?).await?;
        self.at_version(&answered, sid)
    }

    /// Replaces the attributes of a worker, if it still is at the version that was read.
    /// Gives the worker as it is then.
    ///
    /// # Errors
    /// `twilio.changed` when it is at another version; `twilio.rejected` before anything is
    /// sent when Twilio could not take so many characters. After an error without
    /// [`Error::did_nothing`] nobody knows whether it was carried out: fetch and look.
    pub async fn set_attributes(
        &self,
        worker: &WorkerAtVersion,
        attributes: &WorkerAttributes,
    ) -> Result<WorkerAtVersion, Error> {
        let characters = attributes.characters();
        if characters > LONGEST_ATTRIBUTES {
            let detail = format!(
                "the attributes would have {characters} characters; Twilio takes {LONGEST_ATTRIBUTES}"
            );
            return Err(Error {
                did_nothing: true,
                ..Error::new(ErrorCode::Rejected, detail)
            });
        }
        let url = self.worker_url(&worker.sid)?;
        let form = [("Attributes", attributes.as_str().to_owned())];
        let answered = self.post(&url, &form, &worker.version).await?;
        self.at_version(&answered, &worker.sid)
    }

    fn at_version(&self, answered: &Answered, sid: &str) -> Result<WorkerAtVersion, Error> {
        let wire: Wire = read(answered, "a worker")?;
        let worker = self.read_worker(wire)?;
        let malformed = |what: &str| {
            let detail = format!("the answer about the worker {sid} {what}");
            Error::new(ErrorCode::Malformed, detail)
        };
        if worker.sid != sid {
            let seen = plain(&worker.sid, 40);
            return Err(malformed(&format!("is about {seen}")));
        }
        let version = answered.etag.clone().filter(|etag| !etag.is_empty());
        Ok(WorkerAtVersion {
            attributes: worker
                .attributes
                .ok_or_else(|| malformed("has no attributes"))?,
            version: Version(version.ok_or_else(|| malformed("has no version (ETag)"))?),
            friendly_name: worker.friendly_name,
            sid: worker.sid,
        })
    }
}
