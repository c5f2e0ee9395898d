//! Requests: what Flex sends, and what somebody in its place might.

use url::Url;

use crate::{
    identity::RefusalCode as Code,
    saml::{
        binding::{IncomingRequest, Outgoing, Parameters, post, redirect},
        idp::{DownstreamRequest, FlexSp, receive},
        signature::SignatureMethod,
        testing::{EC, FOREIGN, Pair, RSA, certificates, sign, signature_template},
    },
};

const SSO: &str = "https://sso.example/saml/idp/production/sso";

fn legacy() -> FlexSp {
    FlexSp {
        entity_id: "https://iam.twilio.com/v1/Accounts/AC1/saml2/metadata".to_owned(),
        acs_url: "https://iam.twilio.com/v1/Accounts/AC1/saml2"
            .parse()
            .unwrap(),
    }
}

fn enhanced() -> FlexSp {
    FlexSp {
        entity_id: "urn:flex:JQ1".to_owned(),
        acs_url: "https://login.flex.us1.twilio.com/login/callback?connection=JQ1"
            .parse()
            .unwrap(),
    }
}

/// A request as the legacy Flex really sends it.
fn legacy_xml() -> String {
    format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"ONELOGIN_4678628e-7eaf-43e6-9197-783819a4730d\" Version=\"2.0\" IssueInstant=\"2022-01-30T22:14:51Z\" ProviderName=\"Twilio\" Destination=\"{SSO}\" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" AssertionConsumerServiceURL=\"https://iam.twilio.com/v1/Accounts/AC1/saml2\"><saml:Issuer>https://iam.twilio.com/v1/Accounts/AC1/saml2/metadata</saml:Issuer><samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\" AllowCreate=\"true\" /><samlp:RequestedAuthnContext Comparison=\"exact\"><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></samlp:RequestedAuthnContext></samlp:AuthnRequest>"
    )
}

/// A request as Auth0 writes it.
fn enhanced_xml() -> String {
    format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" Destination=\"{SSO}\" ID=\"_d3adb33f\" IssueInstant=\"2026-03-01T10:00:00Z\" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Version=\"2.0\"><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:flex:JQ1</saml:Issuer></samlp:AuthnRequest>"
    )
}

fn bare(xml: &str) -> IncomingRequest {
    IncomingRequest {
        xml: xml.to_owned(),
        relay_state: None,
        query_signature: None,
        login_hint: None,
    }
}

fn ask(xml: &str) -> Result<DownstreamRequest, Code> {
    receive(bare(xml), &legacy(), SSO, None).map_err(|refusal| refusal.code)
}

#[track_caller]
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` is not in {text}");
    text.replacen(from, to, 1)
}

/// A query, by redirect, unsigned.
fn query(xml: &str, relay_state: &str) -> String {
    let location: Url = SSO.parse().unwrap();
    match redirect::encode(&location, xml, relay_state, None).unwrap() {
        Outgoing::Redirect(url) => url.query().unwrap().to_owned(),
        Outgoing::Post { .. } => panic!("a redirect"),
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[test]
fn what_flex_sends_is_understood() {
    let relay = "AAAAAS5GQVNfUzNfS01TX3YxOjo6+/=%26&amp;<\"'> é東\t";
    for (xml, flex, id) in [
        (
            legacy_xml(),
            legacy(),
            "ONELOGIN_4678628e-7eaf-43e6-9197-783819a4730d",
        ),
        (enhanced_xml(), enhanced(), "_d3adb33f"),
    ] {
        let by_redirect = redirect::decode(&query(&xml, relay)).unwrap();
        let Outgoing::Post { fields, .. } =
            post::encode(&SSO.parse().unwrap(), "SAMLRequest", &xml, Some(relay))
        else {
            panic!("a form");
        };
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&fields)
            .finish();
        let by_post = post::decode_request(body.as_bytes()).unwrap();
        for incoming in [by_redirect, by_post] {
            let request = receive(incoming, &flex, SSO, None).unwrap();
            assert_eq!(request.id, id);
            assert_eq!(request.relay_state.as_deref(), Some(relay));
        }
    }
}

#[test]
fn what_need_not_be_there_does_not_disturb() {
    let xml = legacy_xml();
    for (from, to) in [
        (
            " AssertionConsumerServiceURL=\"https://iam.twilio.com/v1/Accounts/AC1/saml2\"",
            "",
        ),
        (
            " ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\"",
            "",
        ),
        (
            " Version",
            " ForceAuthn=\"true\" IsPassive=\"false\" Version",
        ),
        (" Version", " AssertionConsumerServiceIndex=\"7\" Version"),
        (
            "<samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\" AllowCreate=\"true\" />",
            "",
        ),
        (
            "<saml:Issuer>",
            "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">\n  ",
        ),
        (
            "<samlp:AuthnRequest",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<samlp:AuthnRequest",
        ),
        (
            "</saml:Issuer>",
            "</saml:Issuer><samlp:Extensions><x xmlns=\"urn:x\"/></samlp:Extensions>",
        ),
    ] {
        assert!(ask(&replaced(&xml, from, to)).is_ok(), "{to}");
    }
    let without = replaced(&xml, &format!(" Destination=\"{SSO}\""), "");
    assert!(ask(&without).is_ok());
}

#[test]
fn the_longest_id_is_echoed() {
    let xml = legacy_xml();
    let longest = format!("ID=\"_{}\"", "a".repeat(255));
    let own = "ID=\"ONELOGIN_4678628e-7eaf-43e6-9197-783819a4730d\"";
    assert!(ask(&replaced(&xml, own, &longest)).is_ok());
}

#[test]
fn each_thing_that_is_wrong_has_its_code() {
    let xml = legacy_xml();
    let long = format!("ID=\"_{}\"", "a".repeat(256));
    for (from, to, code) in [
        (
            "AC1/saml2/metadata</saml:Issuer>",
            "AC2/saml2/metadata</saml:Issuer>",
            Code::RequestUnknownIssuer,
        ),
        (
            "<saml:Issuer>",
            "<saml:Issuer>x</saml:Issuer><saml:Issuer>",
            Code::RequestUnknownIssuer,
        ),
        (
            "saml:Issuer>https://iam.twilio.com/v1/Accounts/AC1/saml2/metadata</saml:Issuer>",
            "saml:Issuer/>",
            Code::RequestUnknownIssuer,
        ),
        (
            "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
            "xmlns:saml=\"urn:x\"",
            Code::RequestUnknownIssuer,
        ),
        ("production/sso", "other/sso", Code::RequestDestination),
        (
            "production/sso\"",
            "production/sso/\"",
            Code::RequestDestination,
        ),
        (
            "AssertionConsumerServiceURL=\"https://iam.twilio.com",
            "AssertionConsumerServiceURL=\"https://evil.example",
            Code::RequestAcs,
        ),
        (
            "Accounts/AC1/saml2\"",
            "Accounts/AC1/saml2/\"",
            Code::RequestAcs,
        ),
        ("HTTP-POST", "HTTP-Artifact", Code::RequestAcs),
        ("HTTP-POST", "HTTP-Redirect", Code::RequestAcs),
        ("Version=\"2.0\"", "Version=\"1.1\"", Code::RequestMalformed),
        (" Version=\"2.0\"", "", Code::RequestMalformed),
        (
            "urn:oasis:names:tc:SAML:2.0:protocol",
            "urn:x",
            Code::RequestMalformed,
        ),
        ("ID=\"ONELOGIN_", "ID=\"<b>", Code::RequestMalformed),
        ("ID=\"ONELOGIN_", "ID=\"&lt;script>", Code::RequestMalformed),
        ("ID=\"ONELOGIN_", "ID=\"a&quot; b", Code::RequestMalformed),
        ("ID=\"ONELOGIN_", "ID=\"4", Code::RequestMalformed),
        (
            "ID=\"ONELOGIN_4678628e-7eaf-43e6-9197-783819a4730d\"",
            "ID=\"\"",
            Code::RequestMalformed,
        ),
        (
            "ID=\"ONELOGIN_4678628e-7eaf-43e6-9197-783819a4730d\"",
            &long,
            Code::RequestMalformed,
        ),
        (
            " ID=\"ONELOGIN_4678628e-7eaf-43e6-9197-783819a4730d\"",
            "",
            Code::RequestMalformed,
        ),
        (
            "<samlp:AuthnRequest",
            "<!DOCTYPE x [<!ENTITY y \"z\">]><samlp:AuthnRequest",
            Code::RequestMalformed,
        ),
        (
            "<saml:Issuer>",
            "<!-- x --><saml:Issuer>",
            Code::RequestMalformed,
        ),
        (
            "</samlp:AuthnRequest>",
            "</samlp:AuthnRequest><x/>",
            Code::RequestMalformed,
        ),
        ("</samlp:AuthnRequest>", "", Code::RequestMalformed),
    ] {
        assert_eq!(ask(&replaced(&xml, from, to)), Err(code), "{to}");
    }
}

#[test]
fn a_request_is_bounded_and_of_its_kind() {
    let xml = legacy_xml();
    let padded = |with: &str| replaced(&xml, "</saml:Issuer>", &format!("</saml:Issuer>{with}"));
    let malformed = Err(Code::RequestMalformed);
    assert_eq!(ask(&padded(&"<x/>".repeat(300))), malformed);
    assert_eq!(ask(&padded(&"<x>".repeat(40))), malformed);
    let huge = padded(&" ".repeat(70_000));
    assert_eq!(ask(&huge), Err(Code::RequestTooLarge));
    let other = xml.replace("AuthnRequest", "LogoutRequest");
    assert_eq!(ask(&other), malformed);
}

/// A signed query: parameters already encoded, in the order of the binding.
fn signed_query(pair: &Pair, method: SignatureMethod, xml: &str, relay: &str) -> String {
    let request = Parameters::read(&query(xml, ""), &["SAMLRequest"])
        .unwrap()
        .raw("SAMLRequest")
        .unwrap()
        .to_owned();
    let signed = format!(
        "SAMLRequest={request}&RelayState={relay}&SigAlg={}",
        encoded(method.uri())
    );
    let value = base64::Engine::encode(
        &base64::prelude::BASE64_STANDARD,
        pair.sign(method, signed.as_bytes()),
    );
    format!("{signed}&Signature={}", encoded(&value))
}

fn ask_signed(query: &str, trusted: &[&Pair]) -> Result<DownstreamRequest, Code> {
    let incoming = redirect::decode(query).map_err(|refusal| refusal.code)?;
    receive(incoming, &legacy(), SSO, Some(&certificates(trusted))).map_err(|refusal| refusal.code)
}

#[test]
fn a_signed_redirect_holds_over_the_bytes_as_they_were_sent() {
    let xml = legacy_xml();
    for method in [
        SignatureMethod::RsaSha256,
        SignatureMethod::RsaSha384,
        SignatureMethod::RsaSha512,
    ] {
        for relay in ["", "a%2fb%2Fc+d%20e", "x%c3%a9", "%41"] {
            let good = signed_query(&RSA, method, &xml, relay);
            assert!(ask_signed(&good, &[&EC, &RSA]).is_ok(), "{relay}");
            assert_eq!(ask_signed(&good, &[&FOREIGN]), Err(Code::RequestSignature));
            // The order in the address does not matter, only that of the binding.
            let mut parts: Vec<&str> = good.split('&').collect();
            parts.reverse();
            assert!(ask_signed(&format!("x=1&{}", parts.join("&")), &[&RSA]).is_ok());
        }
    }
    let good = signed_query(&RSA, SignatureMethod::RsaSha256, &xml, "a%2fb");
    for (from, to) in [
        ("a%2fb", "a%2Fb"),
        ("a%2fb", "a/b"),
        ("a%2fb", "other"),
        ("&RelayState=a%2fb", ""),
        ("rsa-sha256", "rsa-sha512"),
        ("rsa-sha256", "hmac-sha256"),
        ("rsa-sha256", "ecdsa-sha256"),
        ("&Signature=", "&Signature=AAAA"),
        ("&Signature=", "&Signature=&x="),
        ("&Signature=", "&x="),
        ("&SigAlg=", "&x="),
        ("&Signature=", "&Signature=%2A"),
    ] {
        assert_eq!(
            ask_signed(&replaced(&good, from, to), &[&RSA]),
            Err(Code::RequestSignature),
            "{to}"
        );
    }
    let sha1 = replaced(
        &good,
        &encoded(SignatureMethod::RsaSha256.uri()),
        &encoded("http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
    );
    assert_eq!(ask_signed(&sha1, &[&RSA]), Err(Code::RequestSignature));
    assert_eq!(
        ask_signed(&query(&xml, "r"), &[&RSA]),
        Err(Code::RequestSignature)
    );
    let other = replaced(&query(&enhanced_xml(), ""), "SAMLRequest=", "");
    let request = good.split('&').next().unwrap();
    let swapped = replaced(
        &good,
        request,
        &format!("SAMLRequest={}", other.split('&').next().unwrap()),
    );
    assert!(ask_signed(&swapped, &[&RSA]).is_err());
}

/// A request signed in itself, as the POST binding has it.
fn enveloped(xml: &str) -> String {
    let id = "ONELOGIN_4678628e-7eaf-43e6-9197-783819a4730d";
    replaced(
        xml,
        "</saml:Issuer>",
        &format!("</saml:Issuer>{}", signature_template(id)),
    )
}

#[test]
fn a_signed_form_holds_over_the_request() {
    let ask_posted = |xml: &str| {
        receive(bare(xml), &legacy(), SSO, Some(&certificates(&[&RSA])))
            .map_err(|refusal| refusal.code)
    };
    let good = sign(&enveloped(&legacy_xml()), &RSA);
    assert!(ask_posted(&good).is_ok());
    // Where no certificate is configured a signature is neither needed nor in the way.
    assert!(ask(&good).is_ok());
    assert_eq!(ask_posted(&legacy_xml()), Err(Code::RequestSignature));
    assert_eq!(
        ask_posted(&sign(&enveloped(&legacy_xml()), &FOREIGN)),
        Err(Code::RequestSignature)
    );
    for (from, to) in [
        ("ProviderName=\"Twilio\"", "ProviderName=\"Other\""),
        (
            "2001/04/xmldsig-more#rsa-sha256",
            "2000/09/xmldsig#rsa-sha1",
        ),
        ("<samlp:NameIDPolicy", "<samlp:IDPList/><samlp:NameIDPolicy"),
        ("URI=\"#ONELOGIN", "URI=\"#TWOLOGIN"),
        ("</ds:SignatureValue>", "</ds:SignatureValue><ds:Object/>"),
    ] {
        assert_eq!(
            ask_posted(&replaced(&good, from, to)),
            Err(Code::RequestSignature),
            "{to}"
        );
    }
    // Wrapped: the signed request inside another one.
    let inner = replaced(
        &good,
        "<samlp:AuthnRequest ",
        "<samlp:AuthnRequest xmlns:y=\"urn:y\" ",
    );
    let outer = replaced(
        &replaced(&legacy_xml(), "ONELOGIN_", "_evil"),
        "</saml:Issuer>",
        &format!("</saml:Issuer><samlp:Extensions>{inner}</samlp:Extensions>"),
    );
    assert_eq!(ask_posted(&outer), Err(Code::RequestSignature));
    // Signed for nobody in particular.
    let addressed_to_nobody = replaced(&legacy_xml(), &format!(" Destination=\"{SSO}\""), "");
    let signed = sign(&enveloped(&addressed_to_nobody), &RSA);
    assert_eq!(ask_posted(&signed), Err(Code::RequestDestination));
}
