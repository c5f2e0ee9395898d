//! The one service provider that the demo identity provider answers: the
//! bridge, as its metadata describes it.

use std::time::Duration;

use url::Url;

use crate::saml::{
    idp::FlexSp,
    names::{HTTP_POST, METADATA_NS},
    xml::{Limits, Tree},
};

/// How long the bridge may take to describe itself.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest metadata that is read, in bytes.
const LARGEST: usize = 256 * 1024;

/// The bridge's metadata can't be had or can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PartnerError {
    /// It was not answered.
    #[error("the bridge does not answer with its metadata: {0}")]
    Http(#[from] reqwest::Error),
    /// It is not metadata of a service provider that takes responses by POST.
    #[error("the bridge's metadata can't be used: {0}")]
    Metadata(String),
}

/// A client that follows no redirects and waits for nobody for long.
pub(super) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(PATIENCE)
        .build()
}

/// Asks the bridge who it is: its entity ID, and the one address for answers.
pub(super) async fn describe(http: &reqwest::Client, url: &Url) -> Result<FlexSp, PartnerError> {
    let mut answer = http.get(url.clone()).send().await?.error_for_status()?;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST {
            return Err(PartnerError::Metadata("it is too large".to_owned()));
        }
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| PartnerError::Metadata("it is not UTF-8".to_owned()))?;
    read(&text)
}

fn read(text: &str) -> Result<FlexSp, PartnerError> {
    let unusable = |why: &str| PartnerError::Metadata(why.to_owned());
    let tree =
        Tree::parse(text, &Limits::METADATA).map_err(|error| unusable(&error.to_string()))?;
    let entity = tree.root();
    if !entity.is(METADATA_NS, "EntityDescriptor") {
        return Err(unusable("it describes no single entity"));
    }
    let role = entity
        .only_child(METADATA_NS, "SPSSODescriptor")
        .ok_or_else(|| unusable("it describes no service provider"))?;
    let acs_url = role
        .children_named(METADATA_NS, "AssertionConsumerService")
        .find(|service| service.attribute("Binding") == Some(HTTP_POST))
        .and_then(|service| service.attribute("Location")?.parse().ok())
        .ok_or_else(|| unusable("there is no address for answers by POST"))?;
    let entity_id = entity
        .attribute("entityID")
        .ok_or_else(|| unusable("there is no entityID"))?;
    Ok(FlexSp {
        entity_id: entity_id.to_owned(),
        acs_url,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::{encryption::Decryption, metadata::sp_metadata, sp::Endpoints};

    #[test]
    fn reads_what_the_bridge_writes() {
        let endpoints = Endpoints {
            entity_id: "http://localhost:1/saml/sp/hq".to_owned(),
            acs_url: "http://localhost:1/saml/sp/hq/acs".to_owned(),
        };
        let partner =
            read(&sp_metadata(&endpoints, false, &[], &Decryption::default()).unwrap()).unwrap();
        assert_eq!(partner.entity_id, endpoints.entity_id);
        assert_eq!(partner.acs_url.as_str(), endpoints.acs_url);
        for text in [
            "",
            "<a/>",
            "<md:EntityDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata' entityID='x'/>",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
