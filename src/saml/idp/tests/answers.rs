//! Our answer, read back: by our own verifier, by xmlsec, by value.

use std::collections::HashSet;

use chrono::TimeDelta;
use proptest::prelude::*;

use crate::{
    clock::SystemRandom,
    identity::{Authentication, Identity, NameId},
    saml::{
        encryption::Decryption,
        idp::{DownstreamResponse, FlexSp, ResponseFailed},
        sp::{Check, Expected, Trust, verify},
        testing::{EC, IDP, Pair, REQUEST, RSA, at, certificates, encode, now},
        xml::xml_can_carry,
    },
};

fn flex() -> FlexSp {
    FlexSp {
        entity_id: "urn:flex:JQ1&<\">".to_owned(),
        acs_url: "https://login.flex.us1.twilio.com/login/callback?connection=JQ1&x=1"
            .parse()
            .unwrap(),
    }
}

fn answer(name_id: &NameId, attributes: &[(&str, &[String])]) -> Result<String, ResponseFailed> {
    answer_to(&flex(), name_id, attributes)
}

fn answer_to(
    flex: &FlexSp,
    name_id: &NameId,
    attributes: &[(&str, &[String])],
) -> Result<String, ResponseFailed> {
    let authentication = Authentication {
        instant: at("2026-03-01T09:00:00Z"),
        context_class: None,
    };
    let response = DownstreamResponse {
        issuer: IDP,
        flex,
        in_response_to: REQUEST,
        name_id,
        attributes,
        authentication: &authentication,
        now: now(),
    };
    response.sign(&RSA.signing_key(), &SystemRandom)
}

/// Read as a strict service provider reads it, both verifiers agreeing.
fn read(xml: &str, trusted: &Pair) -> Result<Identity, String> {
    let flex = flex();
    let trust = Trust {
        entity_id: IDP.to_owned(),
        certificates: certificates(&[trusted]),
        second_opinion: true,
        decryption: Decryption::default(),
    };
    let expected = Expected {
        sp_entity_id: &flex.entity_id,
        acs_url: flex.acs_url.as_str(),
        request_id: REQUEST,
        downstream_audience: "",
        skew: TimeDelta::zero(),
    };
    let mut passed = Vec::new();
    let verified = verify(&encode(xml), &trust, &expected, now(), &mut |check| {
        passed.push(check);
    })
    .map_err(|refusal| refusal.to_string())?;
    assert!(passed.contains(&Check::SecondOpinion));
    Ok(verified.into_identity("hq".parse().unwrap()))
}

fn ann() -> NameId {
    NameId {
        value: " ann+1@example.com ".to_owned(),
        format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".to_owned()),
    }
}

#[test]
fn what_is_meant_is_what_is_read() {
    let location = ["AT&T <b>Singapore</b> \"Office\"".to_owned()];
    let roles = ["agent".to_owned(), "wfo.full_access".to_owned()];
    let cleared = [String::new()];
    let attributes: [(&str, &[String]); 4] = [
        ("flex_location", &location),
        ("roles", &roles),
        ("cleared", &cleared),
        ("none", &[]),
    ];
    let xml = answer(&ann(), &attributes).unwrap();
    let identity = read(&xml, &RSA).unwrap();
    assert_eq!(identity.name_id, ann());
    for (name, values) in attributes {
        assert_eq!(identity.attributes.values(name), values, "{name}");
    }
    assert_eq!(xml.matches("Name=\"flex_location\"").count(), 1);
    assert_eq!(xml.matches("<ds:Signature ").count(), 2);
    assert_eq!(xml.matches("#rsa-sha256\"").count(), 2);
    assert!(!xml.contains("SessionNotOnOrAfter"));
    assert!(!xml.contains("<b>"));
    assert_eq!(identity.authentication.instant, at("2026-03-01T09:00:00Z"));
    // Nobody else's key, and not a byte changed.
    assert!(read(&xml, &EC).is_err());
    assert!(read(&xml.replacen("agent", "admin", 1), &RSA).is_err());
}

#[test]
fn the_acs_url_is_sent_as_it_is_written() {
    let mut flex = flex();
    flex.acs_url = "https://Flex.Example.com:443".parse().unwrap();
    let xml = answer_to(&flex, &ann(), &[]).unwrap();
    for attribute in ["Destination", "Recipient"] {
        let written = format!(" {attribute}=\"https://Flex.Example.com:443\"");
        assert!(xml.contains(&written), "{written}: {xml}");
    }
}

#[test]
fn without_attributes_there_is_no_empty_statement() {
    let xml = answer(&ann(), &[]).unwrap();
    assert!(!xml.contains("AttributeStatement"));
    assert!(read(&xml, &RSA).unwrap().attributes.is_empty());
}

#[test]
fn it_lives_for_minutes_and_names_its_reader() {
    let xml = answer(&ann(), &[]).unwrap();
    for part in [
        "NotBefore=\"2026-03-01T09:59:00.000Z\"",
        "NotOnOrAfter=\"2026-03-01T10:05:00.000Z\"",
        "IssueInstant=\"2026-03-01T10:00:00.000Z\"",
        "<saml:Audience>urn:flex:JQ1&amp;&lt;\"&gt;</saml:Audience>",
        "Recipient=\"https://login.flex.us1.twilio.com/login/callback?connection=JQ1&amp;x=1\"",
        "Destination=\"https://login.flex.us1.twilio.com/login/callback?connection=JQ1&amp;x=1\"",
    ] {
        assert!(xml.contains(part), "{part} is not in {xml}");
    }
}

#[test]
fn identifiers_are_fresh() {
    let mut seen = HashSet::new();
    for _ in 0..20 {
        let xml = answer(&ann(), &[]).unwrap();
        for mark in [" ID=\"", "SessionIndex=\""] {
            for (at, _) in xml.match_indices(mark) {
                let id: String = xml[at + mark.len()..]
                    .chars()
                    .take_while(|c| *c != '"')
                    .collect();
                assert!(id.len() >= 33 && id.starts_with('_'), "{id}");
                assert!(seen.insert(id.clone()), "{id} twice");
            }
        }
    }
    assert_eq!(seen.len(), 60);
}

#[test]
fn what_xml_cannot_carry_is_not_sent() {
    for text in ["\u{0}", "a\u{b}", "\u{fffe}", "\u{1b}[31m"] {
        let name_id = NameId {
            value: text.to_owned(),
            format: None,
        };
        assert!(matches!(
            answer(&name_id, &[]),
            Err(ResponseFailed::Unwritable(_))
        ));
        let values = [text.to_owned()];
        assert!(matches!(
            answer(&ann(), &[("full_name", &values)]),
            Err(ResponseFailed::Unwritable(_))
        ));
        assert!(matches!(
            answer(&ann(), &[(text, &[])]),
            Err(ResponseFailed::Unwritable(_))
        ));
    }
}

fn carried() -> impl Strategy<Value = String> {
    let markup = "[<>&'\"\\]a \t\r\n\u{e9}\u{6771}\u{1f469}]{0,30}";
    prop_oneof![any::<String>(), markup.prop_map(String::from)]
        .prop_map(|text: String| text.chars().filter(|c| xml_can_carry(*c)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn any_value_arrives_byte_for_byte(
        name in carried(),
        values in prop::collection::vec(carried(), 0..4),
        who in carried(),
    ) {
        prop_assume!(!name.is_empty() && !who.trim().is_empty());
        let name_id = NameId { value: who, format: None };
        let xml = answer(&name_id, &[(&name, &values)]).unwrap();
        let identity = read(&xml, &RSA).unwrap();
        prop_assert_eq!(identity.name_id, name_id);
        prop_assert_eq!(identity.attributes.values(&name), &values[..]);
    }
}
