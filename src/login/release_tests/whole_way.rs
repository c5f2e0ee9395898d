//! From the response that the identity provider signs to the one that Flex verifies: what is signed
//! there is what is signed here, whatever people are called.

use std::fmt::Write as _;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::{
    clock::SystemRandom,
    saml::{
        idp::{DownstreamResponse, FlexSp},
        sp::{Expected, verify},
        testing::{ACS, IDP, REQUEST, RSA, SP, Sample, encode, now, trust},
        xml::xml_can_carry,
    },
};

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

fn carried() -> impl Strategy<Value = String> {
    let markup = "[<>&'\"\\]a \t\r\n\u{85}\u{2028}\u{e9}\u{301}\u{6771}\u{1f469}\u{202e}]{1,20}";
    prop_oneof![any::<String>(), markup.prop_map(String::from)]
        .prop_map(|text: String| text.chars().filter(|c| xml_can_carry(*c)).collect())
}

/// As another writer than ours would write it: every character by its number.
fn written(text: &str) -> String {
    text.chars().fold(String::new(), |mut written, character| {
        let _ = write!(written, "&#x{:x};", u32::from(character));
        written
    })
}

fn upstream(name_id: &str, note: &str) -> Identity {
    let attribute = |name: &str, value: &str| {
        format!(
            "<saml:Attribute Name=\"{name}\"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
        )
    };
    let attributes = [
        attribute("mail", "ann@a.example"),
        attribute("name", "Ann"),
        attribute("roles", "agent"),
        attribute("note", &written(note)),
        attribute("unlisted", &written(note)),
        attribute("flex_location", &written(note)),
    ];
    let mut sample = Sample {
        attributes: format!(
            "<saml:AttributeStatement>{}</saml:AttributeStatement>",
            attributes.concat()
        ),
        ..Sample::default()
    };
    sample.subject = sample.subject.replace("ann@example.com", &written(name_id));
    let expected = Expected {
        sp_entity_id: SP,
        acs_url: ACS,
        request_id: Some(REQUEST),
        downstream_audience: "urn:flex:JQ1",
        skew: TimeDelta::seconds(60),
    };
    let parameter = encode(&sample.xml(&RSA));
    let verified = verify(&parameter, &trust(&[&RSA]), &expected, now(), &mut |_| {});
    verified.unwrap().into_identity("hq".parse().unwrap())
}

fn told(release: &Release) -> String {
    let attributes: Vec<(&str, &[String])> = release
        .attributes()
        .iter()
        .map(|attribute| (&*attribute.name, &*attribute.values))
        .collect();
    let response = DownstreamResponse {
        issuer: IDP,
        flex: &FlexSp {
            entity_id: "urn:flex:JQ1".to_owned(),
            acs_url: "https://login.example/callback?connection=JQ1"
                .parse()
                .unwrap(),
        },
        in_response_to: None,
        name_id: release.name_id(),
        attributes: &attributes,
        authentication: &Authentication {
            instant: now(),
            context_class: None,
        },
        now: now(),
    };
    response.sign(&RSA.signing_key(), &SystemRandom).unwrap()
}

/// Every `NameID`, and attributes with their values, as a parser reads them that isn't ours.
fn read(xml: &str) -> (Vec<String>, Vec<(String, Vec<String>)>) {
    let document = roxmltree::Document::parse(xml).unwrap();
    let named = |name| {
        let all = document.descendants();
        all.filter(move |node| node.has_tag_name((ASSERTION, name)))
    };
    let text = |node: roxmltree::Node<'_, '_>| node.text().unwrap_or_default().to_owned();
    let attributes = named("Attribute").map(|node| {
        let values = node.children().filter(roxmltree::Node::is_element);
        (
            node.attribute("Name").unwrap().to_owned(),
            values.map(text).collect(),
        )
    });
    (named("NameID").map(text).collect(), attributes.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_the_provider_signs_is_what_flex_is_told(name_id in carried(), note in carried()) {
        prop_assume!(!name_id.trim().is_empty());
        let identity = upstream(&name_id, &note);
        let claims = claims("note = ['note']\n");
        let Ok(release) = claims.release(&identity, &singapore()) else {
            // Carried exactly, or refused: what this holds is that it never is changed.
            return Ok(());
        };
        let (names, attributes) = read(&told(&release));
        prop_assert_eq!(names, [name_id]);
        // A blank value clears what Flex has.
        let note = if note.trim().is_empty() { "" } else { &note };
        let meant = [
            ("email", "ann@a.example"),
            ("full_name", "Ann"),
            ("note", note),
            ("roles", "agent"),
            ("flex_location", "Singapore Office"),
        ];
        let meant: Vec<(String, Vec<String>)> = meant
            .into_iter()
            .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
            .collect();
        prop_assert_eq!(attributes, meant);
    }
}
