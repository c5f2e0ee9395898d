//! TaskRouter's workers: listed in pages (`pages`), fetched and changed one by one (`worker`),
//! and the text that is their attributes (`attributes`).
//!
//! Must never: create a worker (one that Flex did not make has no Flex user), write without
//! the version that was read, or write attributes that were not read first.

mod attributes;
mod pages;
mod worker;

use http::Method;
use serde::Deserialize;
use url::Url;

pub use attributes::{
    AttributesNotAnObject, CurrentLocation, LONGEST_ATTRIBUTES, WorkerAttributes,
};
pub use pages::WorkerPages;
pub use worker::{Version, Worker, WorkerAtVersion};

use super::{
    Client, Error, ErrorCode,
    client::{Answered, Body, Call, under},
    credentials::is_sid,
    error::plain,
};

/// A TaskRouter workspace: where a Flex account's workers are.
#[derive(Debug, Clone)]
pub struct Workspace {
    client: Client,
    sid: String,
}

/// The fields of a worker that are looked at. Twilio describes each as nullable.
#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    sid: Option<String>,
    #[serde(default)]
    account_sid: Option<String>,
    #[serde(default)]
    friendly_name: Option<String>,
    #[serde(default)]
    attributes: Option<String>,
}

impl Client {
    /// The workspace of this SID; nobody is asked yet.
    ///
    /// # Errors
    /// `twilio.malformed` when `sid` is not `WS` and 32 hexadecimal digits.
    pub fn workspace(&self, sid: &str) -> Result<Workspace, Error> {
        if is_sid("WS", sid) {
            Ok(Workspace {
                client: self.clone(),
                sid: sid.to_owned(),
            })
        } else {
            let detail = format!("{} is not the SID of a workspace", plain(sid, 40));
            Err(Error::new(ErrorCode::Malformed, detail))
        }
    }

    /// The workspace that the account's Flex Configuration names.
    ///
    /// # Errors
    /// Those of [`Client::fetch_configuration`]; `twilio.malformed` when it names none.
    pub async fn flex_workspace(&self) -> Result<Workspace, Error> {
        let configuration = self.fetch_configuration().await?;
        let sid = configuration.taskrouter_workspace_sid.ok_or_else(|| {
            let detail = "the Flex configuration names no TaskRouter workspace";
            Error::new(ErrorCode::Malformed, detail)
        })?;
        self.workspace(&sid)
    }
}

impl Workspace {
    /// Its SID, `WS…`.
    #[must_use]
    pub fn sid(&self) -> &str {
        &self.sid
    }

    /// The SID of the account that it is of, `AC…`.
    #[must_use]
    pub fn account_sid(&self) -> &str {
        &self.client.account_sid
    }

    /// Every worker, page by page.
    #[must_use]
    pub fn workers(&self) -> WorkerPages {
        WorkerPages::new(self.clone(), self.workers_url(&[]))
    }

    /// The workers of this friendly name, which TaskRouter compares without case: one or none.
    #[must_use]
    pub fn workers_named(&self, friendly_name: &str) -> WorkerPages {
        let mut url = self.workers_url(&[]);
        url.query_pairs_mut()
            .append_pair("FriendlyName", friendly_name);
        WorkerPages::new(self.clone(), url)
    }

    fn workers_url(&self, more: &[&str]) -> Url {
        let mut segments = vec!["v1", "Workspaces", &self.sid, "Workers"];
        segments.extend(more);
        under(&self.client.taskrouter_url, &segments)
    }

    /// The SID of a worker as part of an address: whatever else it holds never becomes a path.
    fn worker_url(&self, sid: &str) -> Result<Url, Error> {
        if is_sid("WK", sid) {
            Ok(self.workers_url(&[sid]))
        } else {
            let detail = format!("{} is not the SID of a worker", plain(sid, 40));
            Err(Error::new(ErrorCode::Malformed, detail))
        }
    }

    async fn get(&self, url: &Url) -> Result<Answered, Error> {
        self.client.get_json(url).await
    }

    async fn post(
        &self,
        url: &Url,
        form: &[(&'static str, String)],
        version: &Version,
    ) -> Result<Answered, Error> {
        self.client
            .call(&Call {
                method: Method::POST,
                url,
                body: Body::Form(form),
                if_match: Some(version.as_str()),
            })
            .await
    }

    fn read_worker(&self, wire: Wire) -> Result<Worker, Error> {
        let missing = |what: &str| {
            let detail = format!("a worker in the answer has no {what}");
            Error::new(ErrorCode::Malformed, detail)
        };
        let sid = wire.sid.filter(|sid| is_sid("WK", sid));
        let sid = sid.ok_or_else(|| missing("SID"))?;
        let account_sid = wire.account_sid.ok_or_else(|| missing("account"))?;
        if account_sid != self.client.account_sid {
            let detail = format!("the worker {sid} is of another account");
            return Err(Error::new(ErrorCode::OtherAccount, detail));
        }
        let attributes = wire.attributes.map(|text| {
            WorkerAttributes::read(text).map_err(|_| {
                let detail = format!("the attributes of the worker {sid} are no JSON object");
                Error::new(ErrorCode::Malformed, detail)
            })
        });
        Ok(Worker {
            attributes: attributes.transpose()?,
            friendly_name: wire.friendly_name.unwrap_or_default(),
            sid,
        })
    }
}

/// The JSON of an answer; what is wrong is told by its place, never by what stands there.
fn read<'a, T: Deserialize<'a>>(answered: &'a Answered, what: &str) -> Result<T, Error> {
    serde_json::from_slice(&answered.body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let detail = format!("not {what}, at line {line}, column {column}");
        Error::new(ErrorCode::Malformed, detail)
    })
}
