//! Flex as a service provider, as far as it asks: requests as Twilio's two stacks write them.

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chrono::SecondsFormat;
use flate2::{Compression, write::DeflateEncoder};
use flexbridge::clock::{Clock as _, SystemClock};
use url::Url;

/// The entity ID and ACS of the enhanced profile in the tests' configuration.
pub const ENHANCED: (&str, &str) = (
    "urn:flex:JQ0123456789",
    "https://login.flex.us1.twilio.com/login/callback?connection=JQ0123456789",
);

/// The entity ID and ACS of the legacy profile in the tests' configuration.
pub const LEGACY: (&str, &str) = (
    "https://iam.twilio.com/v1/Accounts/AC00000000000000000000000000000000/saml2/metadata",
    "https://iam.twilio.com/v1/Accounts/AC00000000000000000000000000000000/saml2",
);

fn now() -> String {
    SystemClock.now().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// As the enhanced service (Auth0's family) asks.
pub fn enhanced_request(id: &str, sso_url: &str) -> String {
    let (issuer, acs) = ENHANCED;
    format!(
        r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Destination="{sso_url}" AssertionConsumerServiceURL="{acs}" ID="{id}" IssueInstant="{}" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Version="2.0"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</saml:Issuer></samlp:AuthnRequest>"#,
        now()
    )
}

/// As the legacy service (`OneLogin`'s family) asks, `NameIDPolicy` and context included.
pub fn legacy_request(id: &str, sso_url: &str) -> String {
    let (issuer, acs) = LEGACY;
    format!(
        r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0" IssueInstant="{}" ProviderName="Twilio" Destination="{sso_url}" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" AssertionConsumerServiceURL="{acs}"><saml:Issuer>{issuer}</saml:Issuer><samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress" AllowCreate="true" /><samlp:RequestedAuthnContext Comparison="exact"><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></samlp:RequestedAuthnContext></samlp:AuthnRequest>"#,
        now()
    )
}

/// By HTTP-Redirect, unsigned (Bindings §3.4).
pub fn redirect(sso_url: &str, xml: &str, relay_state: &str) -> Url {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
    deflate.write_all(xml.as_bytes()).unwrap();
    let mut url: Url = sso_url.parse().unwrap();
    url.query_pairs_mut()
        .append_pair("SAMLRequest", &BASE64.encode(deflate.finish().unwrap()))
        .append_pair("RelayState", relay_state);
    url
}

/// The XML of a posted message.
pub fn decoded(parameter: &str) -> String {
    String::from_utf8(BASE64.decode(parameter).unwrap()).unwrap()
}

/// What Flex would read of a response, without judging it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The NameID.
    pub name_id: String,
    /// Its Format.
    pub format: Option<String>,
    /// Every attribute in order: name and values.
    pub attributes: Vec<(String, Vec<String>)>,
    /// Which request it answers.
    pub request: String,
}

impl Received {
    /// Reads the form field.
    pub fn read(parameter: &str) -> Self {
        let xml = decoded(parameter);
        let document = roxmltree::Document::parse(&xml).unwrap();
        let all = |name: &'static str| {
            document
                .descendants()
                .filter(move |node| node.tag_name().name() == name)
        };
        let text = |node: roxmltree::Node<'_, '_>| node.text().unwrap_or_default().to_owned();
        let name_id = all("NameID").next().unwrap();
        let attributes = all("Attribute").map(|attribute| {
            let values = attribute.children().filter(roxmltree::Node::is_element);
            let name = attribute.attribute("Name").unwrap().to_owned();
            (name, values.map(text).collect())
        });
        let root = document.root_element();
        Self {
            name_id: text(name_id),
            format: name_id.attribute("Format").map(str::to_owned),
            attributes: attributes.collect(),
            request: root.attribute("InResponseTo").unwrap().to_owned(),
        }
    }

    /// The values of the attribute, if it is there.
    pub fn values(&self, name: &str) -> Option<&[String]> {
        let found = self.attributes.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }

    /// `flex_location`: its one value.
    pub fn location(&self) -> Option<&str> {
        let values = self.values("flex_location")?;
        assert_eq!(values.len(), 1);
        Some(&values[0])
    }

    /// The names, in order.
    pub fn names(&self) -> Vec<&str> {
        let names = self.attributes.iter().map(|(name, _)| &**name);
        names.collect()
    }
}

/// By HTTP-POST (Bindings §3.5).
pub fn posted(sso_url: &str, xml: &str, relay_state: Option<&str>) -> super::forms::Form {
    let mut fields = vec![("SAMLRequest".to_owned(), BASE64.encode(xml))];
    fields.extend(relay_state.map(|state| ("RelayState".to_owned(), state.to_owned())));
    super::forms::Form {
        action: sso_url.parse().unwrap(),
        post: true,
        fields,
    }
}
