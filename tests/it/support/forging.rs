//! An identity provider of the test's own: it signs whatever the test wants to
//! hear, with bergshamra and a real key.
//!
//! Must never: be believed without its metadata, or read anything of the bridge
//! but what a browser would bring.

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bergshamra::{DsigContext, KeysManager, keys::loader};
use chrono::{SecondsFormat, TimeDelta};
use flate2::read::DeflateDecoder;
use flexbridge::clock::Timestamp;

use super::{browser::Page, forms::Form, identity::SigningIdentity};

/// Where it takes requests; nobody listens there, the test reads the redirect.
const SSO: &str = "https://idp.company.example/sso";

/// An identity provider that says what it is told to.
pub struct ForgingIdp {
    identity: SigningIdentity,
    /// Its entity ID.
    pub entity_id: String,
}

/// What the bridge asked it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The request, XML.
    pub xml: String,
    /// Its ID.
    pub id: String,
    /// Who asks.
    pub issuer: String,
    /// Where the answer goes.
    pub acs: String,
    /// The RelayState.
    pub relay_state: String,
}

/// What it says of somebody.
#[derive(Debug, Clone)]
pub struct Says {
    /// The assertion's ID.
    pub assertion: String,
    /// The NameID.
    pub name_id: String,
    /// Its Format.
    pub format: String,
    /// The attributes: names and values.
    pub attributes: Vec<(String, Vec<String>)>,
    /// When.
    pub issued: Timestamp,
    /// When the person signed in there.
    pub signed_in: Timestamp,
    /// In which way: the authentication context class.
    pub context: String,
    /// How long its conditions hold from then on.
    pub holds: TimeDelta,
    /// Which request it answers.
    pub request: Option<String>,
    /// For whom.
    pub audience: String,
    /// Where it goes.
    pub acs: String,
}

impl ForgingIdp {
    /// One with a key of its own.
    pub fn new(name: &str) -> Self {
        Self {
            identity: SigningIdentity::generate(name),
            entity_id: format!("https://{name}.company.example/entity"),
        }
    }

    /// One with this key and certificate.
    pub fn with(name: &str, identity: SigningIdentity) -> Self {
        Self {
            identity,
            ..Self::new(name)
        }
    }

    /// The same identity provider, for another task.
    pub fn twin(&self) -> Self {
        Self {
            identity: SigningIdentity {
                certificate: self.identity.certificate.clone(),
                private_key: self.identity.private_key.clone(),
            },
            entity_id: self.entity_id.clone(),
        }
    }

    /// Its metadata.
    pub fn metadata(&self) -> String {
        let certificate = self.certificate();
        format!(
            r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{SSO}"/></md:IDPSSODescriptor></md:EntityDescriptor>"#,
            self.entity_id
        )
    }

    /// Writes its metadata beside the configuration and gives the value behind `metadata =`.
    pub fn metadata_file(&self, path: &std::path::Path) -> String {
        std::fs::write(path, self.metadata()).unwrap();
        format!(r#"{{ file = "{}" }}"#, path.display())
    }

    /// What Ann's right answer would say.
    pub fn says(asked: &Asked, issued: Timestamp) -> Says {
        let of = |name: &str, values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            (name.to_owned(), values)
        };
        Says {
            assertion: format!("_assertion-{}", asked.id),
            name_id: "ann@company.example".to_owned(),
            format: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".to_owned(),
            attributes: vec![
                of("email", &["ann@company.example"]),
                of("displayName", &["Ann Tan"]),
                of("roles", &["agent", "supervisor"]),
                of("physicalDeliveryOfficeName", &["Singapore Office"]),
            ],
            issued,
            signed_in: issued,
            context: "urn:oasis:names:tc:SAML:2.0:ac:classes:Password".to_owned(),
            holds: TimeDelta::minutes(5),
            request: Some(asked.id.clone()),
            audience: asked.issuer.clone(),
            acs: asked.acs.clone(),
        }
    }

    /// The signed response as the form that the browser would post.
    pub fn form(&self, asked: &Asked, says: &Says) -> Form {
        Form {
            action: asked.acs.parse().unwrap(),
            post: true,
            fields: vec![
                ("SAMLResponse".to_owned(), BASE64.encode(self.sign(says))),
                ("RelayState".to_owned(), asked.relay_state.clone()),
            ],
        }
    }

    /// No, for these reasons, outermost first; unsigned, as most of them come.
    pub fn says_no(&self, asked: &Asked, statuses: &[&str]) -> Form {
        let codes = statuses.iter().rev().fold(String::new(), |inner, status| {
            format!(r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{status}">{inner}</samlp:StatusCode>"#)
        });
        let xml = format!(
            r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_no" Version="2.0" IssueInstant="2026-01-01T00:00:00Z" Destination="{}" InResponseTo="{}"><saml:Issuer>{}</saml:Issuer><samlp:Status>{codes}</samlp:Status></samlp:Response>"#,
            asked.acs, asked.id, self.entity_id
        );
        Form {
            action: asked.acs.parse().unwrap(),
            post: true,
            fields: vec![
                ("SAMLResponse".to_owned(), BASE64.encode(xml)),
                ("RelayState".to_owned(), asked.relay_state.clone()),
            ],
        }
    }

    /// The signed response, XML.
    pub fn sign(&self, says: &Says) -> String {
        self.sign_template(&self.template(says))
    }

    /// Its certificate, as messages carry it.
    pub fn certificate(&self) -> String {
        let pem = self.identity.certificate.lines();
        pem.filter(|line| !line.starts_with("-----")).collect()
    }

    /// Fills in the first signature of a document that somebody else wrote.
    pub fn sign_template(&self, template: &str) -> String {
        let key = loader::load_rsa_private_pem(self.identity.private_key.as_bytes()).unwrap();
        let mut keys = KeysManager::new();
        keys.add_key(key);
        let context = DsigContext::new_permissive(keys);
        bergshamra::sign(&context, template).unwrap()
    }

    /// The response with a place for its signature, XML.
    pub fn template(&self, says: &Says) -> String {
        let time = |time: Timestamp| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let issuer = format!("<saml:Issuer>{}</saml:Issuer>", self.entity_id);
        let request = says
            .request
            .as_ref()
            .map_or_else(String::new, |id| format!(r#"InResponseTo="{id}""#));
        let attributes: String = says.attributes.iter().map(attribute).collect();
        format!(
            r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_response" Version="2.0" IssueInstant="{issued}" Destination="{acs}" {request}>{issuer}{SIGNATURE}<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="{assertion}" Version="2.0" IssueInstant="{issued}">{issuer}<saml:Subject><saml:NameID Format="{format}">{name_id}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{ends}" Recipient="{acs}" {request}/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{begins}" NotOnOrAfter="{over}"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{signed_in}" SessionIndex="_s"><saml:AuthnContext><saml:AuthnContextClassRef>{context}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion></samlp:Response>"#,
            issued = time(says.issued),
            signed_in = time(says.signed_in),
            context = says.context,
            ends = time(says.issued + TimeDelta::minutes(5)),
            begins = time(says.issued - TimeDelta::minutes(5)),
            over = time(says.issued + says.holds),
            acs = says.acs,
            assertion = says.assertion,
            format = says.format,
            name_id = escaped(&says.name_id),
            audience = says.audience,
        )
    }
}

/// A signature of the response that is still to be made.
pub const SIGNATURE: &str = r##"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_response"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>"##;

fn attribute((name, values): &(String, Vec<String>)) -> String {
    let value = |text: &String| {
        let text = escaped(text);
        format!("<saml:AttributeValue>{text}</saml:AttributeValue>")
    };
    let values: Vec<String> = values.iter().map(value).collect();
    let values = values.concat();
    format!(
        r#"<saml:Attribute Name="{}">{values}</saml:Attribute>"#,
        escaped(name)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// What the bridge asks, out of its redirect or its self-submitting form.
pub fn asked(page: &Page) -> Asked {
    let (xml, relay_state) = if let Some(location) = page.headers.get("location") {
        let url: url::Url = location.to_str().unwrap().parse().unwrap();
        let of = |wanted: &str| {
            let mut pairs = url.query_pairs();
            let found = pairs.find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.into_owned()).unwrap()
        };
        let deflated = BASE64.decode(of("SAMLRequest")).unwrap();
        let mut xml = String::new();
        DeflateDecoder::new(&*deflated)
            .read_to_string(&mut xml)
            .unwrap();
        (xml, of("RelayState"))
    } else {
        let form = page.form_with("SAMLRequest");
        let xml = super::flex::decoded(form.field("SAMLRequest").unwrap());
        (xml, form.field("RelayState").unwrap().to_owned())
    };
    let document = roxmltree::Document::parse(&xml).unwrap();
    let request = document.root_element();
    let attribute = |name: &str| request.attribute(name).unwrap().to_owned();
    let issuer = request
        .children()
        .find(|child| child.has_tag_name(("urn:oasis:names:tc:SAML:2.0:assertion", "Issuer")));
    Asked {
        id: attribute("ID"),
        issuer: issuer.unwrap().text().unwrap().to_owned(),
        acs: attribute("AssertionConsumerServiceURL"),
        relay_state,
        xml: xml.clone(),
    }
}
