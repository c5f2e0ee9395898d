//! Reading an identity provider's metadata.
//!
//! Read from the tree, element by element, rather than by samael's types: those
//! refuse a `cacheDuration` or interleaved key descriptors that are valid, and
//! take an aggregate for an entity without certificates.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Wanted, lasting::cache_duration};
use crate::{
    clock::Timestamp,
    saml::{
        WrittenUrl,
        names::{DSIG_NS, HTTP_POST, HTTP_REDIRECT, METADATA_NS, PROTOCOL_NS},
        signature::{TrustError, TrustedCertificates},
        xml::{Limits, Node, Tree, XmlError, normalised},
    },
    settings::is_loopback,
};

/// The most certificates that are taken from one metadata document.
const MOST_CERTIFICATES: usize = 16;

/// What is wrong with an identity provider's metadata.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// It is not acceptable XML.
    #[error("the metadata can't be read: {0}")]
    Xml(#[from] XmlError),
    /// It is not the metadata of one SAML 2.0 identity provider.
    #[error("{0}")]
    Entity(String),
    /// It is over.
    #[error("the metadata was valid until {0}")]
    Expired(Timestamp),
    /// Its certificates can't be trusted.
    #[error(transparent)]
    Certificates(#[from] TrustError),
    /// Its endpoints can't be used.
    #[error("{0}")]
    Endpoint(String),
    /// It is not signed as it must be.
    #[error("the metadata's signature: {0}")]
    Signature(String),
}

/// Where an identity provider takes requests, and how. Redirect where it takes both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SsoEndpoint {
    /// By HTTP-Redirect.
    Redirect(WrittenUrl),
    /// By HTTP-POST.
    Post(WrittenUrl),
}

/// An identity provider, as its metadata describes it.
#[derive(Debug, Clone)]
pub struct IdpMetadata {
    /// Its entity ID.
    pub entity_id: String,
    /// Where it takes our requests.
    pub sso: SsoEndpoint,
    /// Whether it wants our requests signed.
    pub want_authn_requests_signed: bool,
    /// Its signing certificates: at least one.
    pub certificates: TrustedCertificates,
    /// Until when this document may be used, if it says.
    pub valid_until: Option<Timestamp>,
    /// How long it may be kept without asking again, if it says.
    pub cache_duration: Option<Duration>,
}

impl IdpMetadata {
    /// Reads the metadata of one identity provider, as of `now`.
    ///
    /// # Errors
    /// [`MetadataError`], naming what is missing or wrong.
    pub fn read(text: &str, now: Timestamp) -> Result<Self, MetadataError> {
        Self::read_wanted(text, &Wanted::default(), now)
    }

    /// Reads the metadata of the identity provider that is wanted, as of `now`.
    /// Where somebody must have signed it, nothing is read but what the signature covers.
    ///
    /// # Errors
    /// [`MetadataError`], naming what is missing or wrong.
    pub fn read_wanted(text: &str, wanted: &Wanted, now: Timestamp) -> Result<Self, MetadataError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = wanted.believed(normalised(text))?;
        let tree = Tree::parse(&text, &Limits::METADATA)?;
        let entity = find_entity(tree.root(), wanted.entity_id.as_deref())?;
        let role = find_role(entity)?;
        let valid_until = valid_until(role, now)?;
        let entity_id = entity
            .attribute("entityID")
            .filter(|id| !id.is_empty() && id.len() <= 1024)
            .ok_or_else(|| MetadataError::Entity("there is no entityID".to_owned()))?;
        let sso = match sso_location(role, HTTP_REDIRECT)? {
            Some(location) => SsoEndpoint::Redirect(location),
            None => SsoEndpoint::Post(sso_location(role, HTTP_POST)?.ok_or_else(|| {
                let detail = "no SingleSignOnService takes HTTP-Redirect or HTTP-POST";
                MetadataError::Endpoint(detail.to_owned())
            })?),
        };
        let wants = role.attribute("WantAuthnRequestsSigned");
        Ok(Self {
            entity_id: entity_id.to_owned(),
            sso,
            want_authn_requests_signed: matches!(wants, Some("true" | "1")),
            certificates: TrustedCertificates::usable(signing_certificates(role)?)?,
            valid_until,
            cache_duration: cache_duration(role),
        })
    }
}

fn entity_error<T>(detail: &str) -> Result<T, MetadataError> {
    Err(MetadataError::Entity(detail.to_owned()))
}

/// The one entity that is wanted; where none is named, the one identity provider.
fn find_entity<'d, 'a>(
    root: Node<'d, 'a>,
    wanted: Option<&str>,
) -> Result<Node<'d, 'a>, MetadataError> {
    if root.is(METADATA_NS, "EntityDescriptor") {
        return match (wanted, root.attribute("entityID")) {
            (Some(wanted), found) if found != Some(wanted) => {
                entity_error("it describes another entity than `entity_id` names")
            }
            _ => Ok(root),
        };
    }
    if !root.is(METADATA_NS, "EntitiesDescriptor") {
        return entity_error("this is not SAML 2.0 metadata: no EntityDescriptor");
    }
    let mut providers = root.descendants().filter(|node| {
        node.is(METADATA_NS, "EntityDescriptor")
            && node
                .children_named(METADATA_NS, "IDPSSODescriptor")
                .next()
                .is_some()
            && wanted.is_none_or(|wanted| node.attribute("entityID") == Some(wanted))
    });
    match (providers.next(), providers.next()) {
        (Some(one), None) => Ok(one),
        (None, _) if wanted.is_some() => {
            entity_error("no identity provider in it has the entity ID that `entity_id` names")
        }
        (None, _) => entity_error("no entity in it is an identity provider"),
        (Some(_), Some(_)) if wanted.is_some() => {
            entity_error("it describes the entity that `entity_id` names more than once")
        }
        (Some(_), Some(_)) => entity_error(
            "it describes several identity providers; name the one that is meant with `entity_id`",
        ),
    }
}

fn find_role<'d, 'a>(entity: Node<'d, 'a>) -> Result<Node<'d, 'a>, MetadataError> {
    let mut roles = entity
        .children_named(METADATA_NS, "IDPSSODescriptor")
        .filter(|role| {
            role.attribute("protocolSupportEnumeration")
                .is_some_and(|list| list.split_ascii_whitespace().any(|one| one == PROTOCOL_NS))
        });
    match (roles.next(), roles.next()) {
        (Some(role), None) => Ok(role),
        (None, _) => entity_error(
            "there is no IDPSSODescriptor for SAML 2.0; is this the metadata of the identity provider?",
        ),
        (Some(_), Some(_)) => entity_error("there are several IDPSSODescriptors for SAML 2.0"),
    }
}

/// The earliest end of the role and of everything around it: what holds a thing
/// that is over is over too (Metadata §2.3.1).
fn valid_until(role: Node<'_, '_>, now: Timestamp) -> Result<Option<Timestamp>, MetadataError> {
    let mut earliest: Option<Timestamp> = None;
    let around = std::iter::successors(Some(role), |node| node.parent());
    for text in around.filter_map(|node| node.attribute("validUntil")) {
        let Ok(until) = chrono::DateTime::parse_from_rfc3339(text) else {
            return entity_error("validUntil is not a time");
        };
        let until = until.to_utc();
        if until <= now {
            return Err(MetadataError::Expired(until));
        }
        earliest = Some(earliest.map_or(until, |known| known.min(until)));
    }
    Ok(earliest)
}

fn sso_location(role: Node<'_, '_>, binding: &str) -> Result<Option<WrittenUrl>, MetadataError> {
    let service = role
        .children_named(METADATA_NS, "SingleSignOnService")
        .find(|service| service.attribute("Binding") == Some(binding));
    let Some(location) = service.and_then(|service| service.attribute("Location")) else {
        return Ok(None);
    };
    let refused = |why: &str| MetadataError::Endpoint(format!("SingleSignOnService: {why}"));
    let written: WrittenUrl = location
        .parse()
        .map_err(|_| refused("Location is not a URL"))?;
    let url = written.url();
    if url.scheme() == "https" || url.scheme() == "http" && is_loopback(url) {
        return Ok(Some(written));
    }
    Err(refused("Location is not https"))
}

/// Certificates for signing; a descriptor without `use` serves for both (Metadata §2.4.1.1).
///
/// Of the certificates in one `X509Data` the first counts. Further ones are its
/// chain, and who trusts an identity provider does not trust its authority's key.
fn signing_certificates(role: Node<'_, '_>) -> Result<Vec<Vec<u8>>, MetadataError> {
    let mut certificates: Vec<Vec<u8>> = Vec::new();
    for descriptor in role.children_named(METADATA_NS, "KeyDescriptor") {
        if descriptor
            .attribute("use")
            .is_some_and(|usage| usage != "signing")
        {
            continue;
        }
        let first_of_each = descriptor
            .descendants()
            .filter(|node| node.is(DSIG_NS, "X509Data"))
            .filter_map(|data| data.children_named(DSIG_NS, "X509Certificate").next());
        for node in first_of_each {
            let text = node.text().unwrap_or_default();
            let compact: Vec<u8> = text
                .bytes()
                .filter(|byte| !byte.is_ascii_whitespace())
                .collect();
            let Ok(der) = BASE64_STANDARD.decode(compact) else {
                return entity_error("an X509Certificate is not base64");
            };
            if !certificates.contains(&der) {
                certificates.push(der);
            }
        }
    }
    if certificates.len() > MOST_CERTIFICATES {
        return entity_error("there are more than 16 signing certificates");
    }
    Ok(certificates)
}
