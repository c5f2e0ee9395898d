//! Documents as real identity providers lay them out: prefixes, white space, extras.

use super::*;

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXC: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// How one product writes.
struct Style {
    name: &'static str,
    /// The prefix of the protocol, with its colon, or nothing.
    samlp: &'static str,
    /// The prefix of the assertion.
    saml: &'static str,
    /// The prefix of the signature.
    ds: &'static str,
    signed: Signed,
    /// Between elements.
    space: &'static str,
    /// `InclusiveNamespaces`, if written.
    prefixes: Option<&'static str>,
    /// On each value.
    value: &'static str,
    name_format: &'static str,
    time: &'static str,
}

const XS: &str = " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\"";

const STYLES: [Style; 9] = [
    Style {
        name: "Okta",
        samlp: "saml2p:",
        saml: "saml2:",
        ds: "ds:",
        signed: Signed::Both,
        space: "",
        prefixes: Some("xs"),
        value: XS,
        name_format: "unspecified",
        time: "2026-03-01T09:59:59.742Z",
    },
    Style {
        name: "Entra ID",
        samlp: "samlp:",
        saml: "",
        ds: "",
        signed: Signed::Assertion,
        space: "",
        prefixes: None,
        value: "",
        name_format: "",
        time: "2026-03-01T09:59:59.7421234Z",
    },
    Style {
        name: "AD FS",
        samlp: "samlp:",
        saml: "",
        ds: "ds:",
        signed: Signed::Assertion,
        space: "",
        prefixes: None,
        value: "",
        name_format: "",
        time: "2026-03-01T09:59:59.742Z",
    },
    Style {
        name: "Google",
        samlp: "saml2p:",
        saml: "saml2:",
        ds: "ds:",
        signed: Signed::Response,
        space: "",
        prefixes: None,
        value: XS,
        name_format: "",
        time: "2026-03-01T09:59:59.742Z",
    },
    Style {
        name: "Shibboleth",
        samlp: "saml2p:",
        saml: "saml2:",
        ds: "ds:",
        signed: Signed::Both,
        space: "\n    ",
        prefixes: Some("xsd"),
        value: "",
        name_format: "uri",
        time: "2026-03-01T09:59:59.742Z",
    },
    Style {
        name: "Keycloak",
        samlp: "samlp:",
        saml: "saml:",
        ds: "dsig:",
        signed: Signed::Both,
        space: "",
        prefixes: None,
        value: XS,
        name_format: "basic",
        time: "2026-03-01T09:59:59.742Z",
    },
    Style {
        name: "SimpleSAMLphp",
        samlp: "samlp:",
        saml: "saml:",
        ds: "ds:",
        signed: Signed::Both,
        space: "",
        prefixes: None,
        value: XS,
        name_format: "basic",
        time: "2026-03-01T09:59:59Z",
    },
    Style {
        name: "pysaml2",
        samlp: "ns0:",
        saml: "ns1:",
        ds: "ns2:",
        signed: Signed::Both,
        space: "\r\n",
        prefixes: None,
        value: XS,
        name_format: "uri",
        time: "2026-03-01T09:59:59Z",
    },
    Style {
        name: "all by default",
        samlp: "",
        saml: "",
        ds: "",
        signed: Signed::Both,
        space: "\n\t",
        prefixes: Some("#default samlp xs"),
        value: "",
        name_format: "",
        time: "2026-03-01T09:59:59Z",
    },
];

/// The declaration of a prefix such as `saml:`, or of the default namespace.
fn declares(prefix: &str, namespace: &str) -> String {
    match prefix.strip_suffix(':') {
        Some(prefix) => format!(" xmlns:{prefix}=\"{namespace}\""),
        None => format!(" xmlns=\"{namespace}\""),
    }
}

impl Style {
    fn signature(&self, wanted: bool, id: &str) -> String {
        if !wanted {
            return String::new();
        }
        let Self { ds, space, .. } = self;
        let own = declares(ds, DSIG);
        let end = match self.prefixes {
            Some(list) => format!(
                "><ec:InclusiveNamespaces xmlns:ec=\"{EXC}\" PrefixList=\"{list}\"/></{ds}Transform>"
            ),
            None => "/>".to_owned(),
        };
        let certificate = RSA.certificate_base64();
        format!(
            "<{ds}Signature{own}>{space}<{ds}SignedInfo>{space}<{ds}CanonicalizationMethod Algorithm=\"{EXC}\"/>{space}<{ds}SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>{space}<{ds}Reference URI=\"#{id}\">{space}<{ds}Transforms>{space}<{ds}Transform Algorithm=\"{DSIG}enveloped-signature\"/>{space}<{ds}Transform Algorithm=\"{EXC}\"{end}{space}</{ds}Transforms>{space}<{ds}DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>{space}<{ds}DigestValue>{DIGEST}</{ds}DigestValue>{space}</{ds}Reference>{space}</{ds}SignedInfo>{space}<{ds}SignatureValue>{space}{VALUE}{space}</{ds}SignatureValue>{space}<{ds}KeyInfo>{space}<{ds}X509Data>{space}<{ds}X509Certificate>{certificate}</{ds}X509Certificate>{space}</{ds}X509Data>{space}</{ds}KeyInfo>{space}</{ds}Signature>"
        )
    }

    fn issuer(&self, declared: bool) -> String {
        let Self { saml, .. } = self;
        let own = if declared {
            String::new()
        } else {
            declares(saml, "urn:oasis:names:tc:SAML:2.0:assertion")
        };
        format!(
            "<{saml}Issuer{own} Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">{IDP}</{saml}Issuer>"
        )
    }

    fn attribute(&self, name: &str, values: &[&str]) -> String {
        let Self {
            saml, space, value, ..
        } = self;
        let format = match self.name_format {
            "" => String::new(),
            format => {
                format!(" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:{format}\"")
            }
        };
        let values = several(values.len(), |n| {
            let text = values[n];
            format!("{space}<{saml}AttributeValue{value}>{text}</{saml}AttributeValue>")
        });
        format!(
            "{space}<{saml}Attribute Name=\"{name}\"{format} FriendlyName=\"x\">{values}{space}</{saml}Attribute>"
        )
    }

    fn assertion(&self) -> String {
        let Self {
            saml, space, time, ..
        } = self;
        let own = declares(saml, "urn:oasis:names:tc:SAML:2.0:assertion");
        let issuer = self.issuer(true);
        let signature = self.signature(self.signed != Signed::Response, "_a1b2-c3.d4");
        let attributes = self.attribute(
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
            &["ann@example.com"],
        ) + &self.attribute("urn:oid:2.5.4.11", &["R&amp;D", " 東京 "]);
        format!(
            "<{saml}Assertion{own} ID=\"_a1b2-c3.d4\" IssueInstant=\"{time}\" Version=\"2.0\">{space}{issuer}{space}{signature}{space}<{saml}Subject>{space}<{saml}NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\" SPNameQualifier=\"{SP}\">Ann_01==</{saml}NameID>{space}<{saml}SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">{space}<{saml}SubjectConfirmationData Address=\"192.0.2.1\" InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2026-03-01T10:05:00.123Z\" Recipient=\"{ACS}\"/>{space}</{saml}SubjectConfirmation>{space}</{saml}Subject>{space}<{saml}Conditions NotBefore=\"{time}\" NotOnOrAfter=\"2026-03-01T10:59:59.742Z\">{space}<{saml}AudienceRestriction>{space}<{saml}Audience>{SP}</{saml}Audience>{space}</{saml}AudienceRestriction>{space}</{saml}Conditions>{space}<{saml}AuthnStatement AuthnInstant=\"{time}\" SessionIndex=\"_s\" SessionNotOnOrAfter=\"2026-03-01T17:59:59.742Z\">{space}<{saml}AuthnContext>{space}<{saml}AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</{saml}AuthnContextClassRef>{space}</{saml}AuthnContext>{space}</{saml}AuthnStatement>{space}<{saml}AttributeStatement>{attributes}{space}</{saml}AttributeStatement>{space}</{saml}Assertion>"
        )
    }

    fn template(&self) -> String {
        let Self {
            samlp, space, time, ..
        } = self;
        let own = declares(samlp, "urn:oasis:names:tc:SAML:2.0:protocol");
        let issuer = self.issuer(false);
        let signature = self.signature(self.signed != Signed::Assertion, "_r1");
        let assertion = self.assertion();
        format!(
            "<{samlp}Response{own} Destination=\"{ACS}\" ID=\"_r1\" InResponseTo=\"{REQUEST}\" IssueInstant=\"{time}\" Version=\"2.0\">{space}{issuer}{space}{signature}{space}<{samlp}Status>{space}<{samlp}StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>{space}</{samlp}Status>{space}{assertion}{space}</{samlp}Response>"
        )
    }
}

#[test]
fn each_product_is_understood() {
    for style in STYLES {
        let xml = sign(&style.template(), &RSA);
        for declaration in ["", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"] {
            let verified = judge(&format!("{declaration}{xml}"))
                .unwrap_or_else(|refusal| panic!("{}: {refusal}\n{xml}", style.name));
            let attributes = verified.attributes();
            assert_eq!(attributes.values("urn:oid:2.5.4.11"), ["R&D", " 東京 "]);
            assert_eq!(attributes.len(), 2);
            let identity = verified.into_identity("hq".parse().unwrap());
            assert_eq!(identity.name_id.value, "Ann_01==");
            assert_eq!(
                identity.authentication.context_class.as_deref(),
                Some("urn:oasis:names:tc:SAML:2.0:ac:classes:Password")
            );
        }
        let touched = replaced(&xml, "Ann_01==", "Bob_01==");
        refused(&touched, Code::SignatureInvalid);
    }
}

/// The assertion keeps its meaning when the response around it declares the
/// prefixes that it uses, as long as exclusive canonicalisation keeps them apart.
#[test]
fn prefixes_may_mean_something_else_outside() {
    let style = Style {
        samlp: "saml:",
        saml: "samlp:",
        ..STYLES[6]
    };
    accepted(&sign(&style.template(), &RSA));
}
