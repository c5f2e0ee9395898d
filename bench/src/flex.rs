//! Flex: asks for somebody to be signed in, and looks hard at what comes back.

use std::{io::Write, path::Path, process::Command};

use anyhow::{Context, Result, bail, ensure};
use aws_lc_rs::rand;
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{SecondsFormat, Utc};
use roxmltree::{Document, Node};

use crate::{
    company::{NAME_ID, fresh_id},
    deflate::deflated,
};

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// The location that everybody must arrive with.
pub const LOCATION: &str = "Singapore Office";

/// The Flex account as a SAML service provider.
pub struct Flex {
    pub entity_id: String,
    pub acs_url: String,
    random: rand::SystemRandom,
}

/// A request that was sent.
pub struct Sent {
    pub id: String,
    pub relay_state: String,
    /// The query string for the bridge's SSO URL.
    pub query: String,
}

impl Flex {
    pub fn new() -> Self {
        Self {
            entity_id: "urn:flex:JQ0123456789".to_owned(),
            acs_url: "https://login.flex.example/login/callback?connection=JQ0123456789".to_owned(),
            random: rand::SystemRandom::new(),
        }
    }

    /// A fresh AuthnRequest for HTTP-Redirect, to `destination`.
    pub fn ask(&self, destination: &str) -> Result<Sent> {
        let id = fresh_id(&self.random)?;
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let xml = format!(
            r#"<samlp:AuthnRequest xmlns:samlp="{SAMLP}" Destination="{destination}" AssertionConsumerServiceURL="{}" ID="{id}" IssueInstant="{now}" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Version="2.0"><saml:Issuer xmlns:saml="{SAML}">{}</saml:Issuer></samlp:AuthnRequest>"#,
            self.acs_url.replace('&', "&amp;"),
            self.entity_id
        );
        let request = BASE64_STANDARD.encode(deflated(xml.as_bytes())?);
        let relay_state = format!("https://flex.example/agent-desktop?state={id}");
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("SAMLRequest", &request)
            .append_pair("RelayState", &relay_state)
            .finish();
        Ok(Sent {
            id,
            relay_state,
            query,
        })
    }

    /// Checks what came back to the ACS for `sent`.
    pub fn accept(&self, sent: &Sent, response: &str, relay_state: Option<&str>) -> Result<String> {
        ensure!(
            relay_state == Some(&*sent.relay_state),
            "RelayState is {relay_state:?}"
        );
        let xml = BASE64_STANDARD.decode(response.trim())?;
        let xml = String::from_utf8(xml)?;
        self.look(sent, &xml)?;
        Ok(xml)
    }

    fn look(&self, sent: &Sent, xml: &str) -> Result<()> {
        let document = Document::parse(xml)?;
        let response = document.root_element();
        ensure!(
            response.has_tag_name((SAMLP, "Response")),
            "not a response: {:?}",
            response.tag_name()
        );
        ensure!(
            response.attribute("InResponseTo") == Some(&*sent.id),
            "InResponseTo is another request"
        );
        let status = one(response, SAMLP, "StatusCode")?.attribute("Value");
        ensure!(
            status == Some("urn:oasis:names:tc:SAML:2.0:status:Success"),
            "status {status:?}"
        );
        let assertion = one(response, SAML, "Assertion")?;
        let confirmation = one(assertion, SAML, "SubjectConfirmationData")?;
        ensure!(
            confirmation.attribute("InResponseTo") == Some(&*sent.id)
                && confirmation.attribute("Recipient") == Some(&*self.acs_url),
            "the confirmation is for something else"
        );
        let audience = one(assertion, SAML, "Audience")?.text();
        ensure!(
            audience == Some(&*self.entity_id),
            "the audience is {audience:?}"
        );
        ensure!(
            one(assertion, SAML, "NameID")?.text() == Some(NAME_ID),
            "the NameID is another"
        );
        let location = value_of(assertion, "flex_location")?;
        ensure!(location == LOCATION, "flex_location is {location:?}");
        ensure!(
            value_of(assertion, "email")? == NAME_ID,
            "the e-mail is another"
        );
        Ok(())
    }
}

/// Whether xmlsec1 finds each signature good, by this certificate alone.
pub fn verify_with_xmlsec1(xml: &str, certificate: &Path, signed: &[&str]) -> Result<()> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(xml.as_bytes())?;
    for element in signed {
        let found = Document::parse(xml)?
            .descendants()
            .find(|node| node.tag_name().name() == *element)
            .and_then(|node| node.attribute("ID"))
            .map(str::to_owned)
            .with_context(|| format!("there is no {element}"))?;
        let verdict = Command::new("xmlsec1")
            .arg("--verify")
            .args(["--id-attr:ID", &format!("{SAMLP}:Response")])
            .args(["--id-attr:ID", &format!("{SAML}:Assertion")])
            .arg("--node-xpath")
            .arg(format!("//*[@ID='{found}']/*[local-name()='Signature']"))
            .arg("--pubkey-cert-pem")
            .arg(certificate)
            .arg(file.path())
            .output()
            .context("xmlsec1")?;
        if !verdict.status.success() {
            bail!(
                "xmlsec1 rejects the signature of {element}: {}",
                String::from_utf8_lossy(&verdict.stderr)
            );
        }
    }
    Ok(())
}

fn one<'a, 'i>(below: Node<'a, 'i>, namespace: &str, name: &str) -> Result<Node<'a, 'i>> {
    let mut found = below
        .descendants()
        .filter(|node| node.has_tag_name((namespace, name)));
    match (found.next(), found.next()) {
        (Some(node), None) => Ok(node),
        (None, _) => bail!("there is no {name}"),
        _ => bail!("there is more than one {name}"),
    }
}

fn value_of<'a>(assertion: Node<'a, '_>, name: &str) -> Result<&'a str> {
    let attribute = |node: &Node<'_, '_>| {
        node.has_tag_name((SAML, "Attribute")) && node.attribute("Name") == Some(name)
    };
    let mut found = assertion.descendants().filter(attribute);
    let node = found
        .next()
        .with_context(|| format!("no attribute {name}"))?;
    ensure!(found.next().is_none(), "{name} comes twice");
    Ok(one(node, SAML, "AttributeValue")?.text().unwrap_or(""))
}
