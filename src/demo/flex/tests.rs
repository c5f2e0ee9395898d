//! What the demo Flex refuses, each for its own reason, and what it makes of what it accepts.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

use super::*;
use crate::{
    clock::{FixedClock, SystemRandom},
    saml::testing::{ACS, FOREIGN, IDP, Pair, REQUEST, RSA, SP, Sample, Signed, now},
};

fn connection() -> Connection {
    Connection {
        entity_id: SP.to_owned(),
        acs_url: ACS.to_owned(),
        issuer: IDP.to_owned(),
        sso_url: "http://localhost:1/saml/idp/demo/sso".to_owned(),
        certificate: RSA.certificate.clone(),
    }
}

const REQUIRED: &str = "<saml:Attribute Name=\"email\"><saml:AttributeValue>ann@example.com</saml:AttributeValue></saml:Attribute>\
    <saml:Attribute Name=\"full_name\"><saml:AttributeValue>Ann &lt;Ang&gt;</saml:AttributeValue></saml:Attribute>\
    <saml:Attribute Name=\"roles\"><saml:AttributeValue>agent</saml:AttributeValue><saml:AttributeValue>admin</saml:AttributeValue></saml:Attribute>";

fn sample(attributes: &str) -> Sample {
    Sample {
        signed: Signed::Both,
        attributes: format!(
            "<saml:AttributeStatement>{REQUIRED}{attributes}</saml:AttributeStatement>"
        ),
        ..Sample::default()
    }
}

fn located(name: &str) -> Sample {
    sample(&format!(
        "<saml:Attribute Name=\"flex_location\"><saml:AttributeValue>{name}</saml:AttributeValue></saml:Attribute>"
    ))
}

fn verify_xml(xml: &str) -> Result<Said, Refused> {
    verify::verify(&BASE64_STANDARD.encode(xml), &connection(), now())
}

fn rule_of(sample: &Sample, pair: &Pair) -> Rule {
    verify_xml(&sample.xml(pair)).unwrap_err().rule
}

#[test]
fn what_is_said_is_read_byte_for_byte() {
    let said = verify_xml(&located(" São  Paulo &amp; 東京 ").xml(&RSA)).unwrap();
    assert_eq!(said.in_response_to, REQUEST);
    assert_eq!(said.name_id, "ann@example.com");
    let location = &said.claims[3];
    assert_eq!(location.0, "flex_location");
    assert_eq!(location.1, [" São  Paulo & 東京 "]);
    assert_eq!(said.claims[2].1, ["agent", "admin"]);
}

#[test]
fn each_rule_holds() {
    type Change = fn(&mut Sample);
    let cases: [(&str, Rule, Change); 21] = [
        ("another issuer", Rule::Issuer, |s| {
            s.issuer = s.issuer.replace("entity", "other");
        }),
        ("another response issuer", Rule::Issuer, |s| {
            s.response_issuer = s.response_issuer.replace("entity", "other");
        }),
        ("not a success", Rule::Status, |s| {
            s.status = s.status.replace("Success", "Responder");
        }),
        ("another destination", Rule::Destination, |s| {
            s.response_attributes = s.response_attributes.replace("/acs\"", "/else\"");
        }),
        ("no destination", Rule::Destination, |s| {
            s.response_attributes = s.response_attributes.replace("Destination", "Consent");
        }),
        ("another recipient", Rule::Recipient, |s| {
            s.subject = s.subject.replace("/acs\"", "/x\"");
        }),
        ("another audience", Rule::Audience, |s| {
            s.conditions = s.conditions.replace(SP, "urn:x");
        }),
        ("a second audience restriction", Rule::Audience, |s| {
            let other = "<saml:AudienceRestriction><saml:Audience>x</saml:Audience></saml:AudienceRestriction></saml:Conditions>";
            s.conditions = s.conditions.replace("</saml:Conditions>", other);
        }),
        ("no audience", Rule::Audience, |s| {
            let end = s.conditions.find("<saml:AudienceRestriction>").unwrap();
            s.conditions = format!("{}</saml:Conditions>", &s.conditions[..end]);
        }),
        ("no conditions", Rule::Time, |s| s.conditions.clear()),
        ("expired", Rule::Time, |s| {
            s.conditions = s.conditions.replace("10:05:00Z", "10:00:00Z");
        }),
        ("too early", Rule::Time, |s| {
            s.conditions = s.conditions.replace("09:59:00Z", "10:00:01Z");
        }),
        ("confirmation expired", Rule::Time, |s| {
            s.subject = s.subject.replace("10:05:00Z", "10:00:00Z");
        }),
        ("issued tomorrow", Rule::Time, |s| {
            s.assertion_attributes = s.assertion_attributes.replace("03-01T", "03-02T");
        }),
        ("issued long ago", Rule::Time, |s| {
            s.response_attributes = s.response_attributes.replace("T09:59:59Z", "T09:49:59Z");
        }),
        ("a session that is over", Rule::Time, |s| {
            let ended = "SessionIndex=\"s\" SessionNotOnOrAfter=\"2026-03-01T10:00:00Z\"";
            s.statements = s.statements.replace("SessionIndex=\"s\"", ended);
        }),
        ("two answers", Rule::InResponseTo, |s| {
            s.subject = s.subject.replace(REQUEST, "_other");
        }),
        ("answers nothing", Rule::InResponseTo, |s| {
            s.response_attributes = s.response_attributes.replace("InResponseTo", "Consent");
        }),
        ("not bearer", Rule::Subject, |s| {
            s.subject = s.subject.replace("cm:bearer", "cm:other");
        }),
        ("no statement", Rule::Subject, |s| s.statements.clear()),
        ("an attribute twice", Rule::DuplicateAttribute, |s| {
            s.attributes = s.attributes.replace("\"full_name\"", "\"email\"");
        }),
    ];
    for (name, rule, change) in cases {
        let mut sample = located("Singapore Office");
        change(&mut sample);
        assert_eq!(rule_of(&sample, &RSA), rule, "{name}");
    }
}

#[test]
fn both_signatures_hold_or_nothing_is_read() {
    for signed in [Signed::Assertion, Signed::Response, Signed::Nothing] {
        let sample = Sample {
            signed,
            ..located("Singapore Office")
        };
        assert_eq!(rule_of(&sample, &RSA), Rule::Signature, "{signed:?}");
    }
    assert_eq!(
        rule_of(&located("x"), &FOREIGN),
        Rule::Signature,
        "another key"
    );
    let xml = located("Singapore Office").xml(&RSA);
    for (from, to) in [
        ("Singapore Office", "San Francisco Office"),
        ("ann@example.com", "eve@example.com"),
        ("10:05:00Z", "11:05:00Z"),
        ("InResponseTo=\"_request\"", "InResponseTo=\"_another\""),
    ] {
        assert!(xml.contains(from), "{from}");
        let refused = verify_xml(&xml.replace(from, to)).unwrap_err();
        assert_eq!(refused.rule, Rule::Signature, "{from}");
    }
}

#[test]
fn the_shape_is_fixed() {
    let xml = located("Singapore Office").xml(&RSA);
    let start = xml.find("<saml:Assertion").unwrap();
    let end = xml.find("</saml:Assertion>").unwrap() + "</saml:Assertion>".len();
    let assertion = &xml[start..end];
    let evil = assertion
        .replace("Singapore", "Evil")
        .replace("\"_a\"", "\"_e\"");
    let unsigned = |text: &str| {
        let from = text.find("<ds:Signature ").unwrap();
        let to = text.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
        format!("{}{}", &text[..from], &text[to..])
    };
    for (name, wrapped) in [
        (
            "two",
            xml.replace(assertion, &format!("{}{assertion}", unsigned(&evil))),
        ),
        ("one within the other", {
            let inner = format!(
                "<samlp:Extensions>{assertion}</samlp:Extensions>{}",
                unsigned(&evil)
            );
            xml.replace(assertion, &inner)
        }),
        ("none", xml.replace(assertion, "")),
    ] {
        assert_eq!(
            verify_xml(&wrapped).unwrap_err().rule,
            Rule::Shape,
            "{name}"
        );
    }
    let elsewhere = xml.replace("URI=\"#_a\"", "URI=\"http://127.0.0.1:1/\"");
    assert_eq!(verify_xml(&elsewhere).unwrap_err().rule, Rule::Signature);
    // A third signature is never given to xmlsec, which would go wherever it refers to.
    let from = xml.find("<ds:Signature ").unwrap();
    let to = xml.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let third = xml[from..to].replace("URI=\"#_r\"", "URI=\"file:///etc/passwd\"");
    let third = format!("<samlp:Extensions>{third}</samlp:Extensions><samlp:Status>");
    let refused = verify_xml(&xml.replace("<samlp:Status>", &third)).unwrap_err();
    assert_eq!(refused.rule, Rule::Signature);
    assert!(refused.detail.contains("once each"), "{refused}");
    let weak = xml.replace("xmldsig-more#rsa-sha256", "xmldsig-more#rsa-sha512");
    assert_eq!(verify_xml(&weak).unwrap_err().rule, Rule::Signature);
    for broken in ["", "<a/", "<!DOCTYPE a><a/>", "x"] {
        assert_eq!(verify_xml(broken).unwrap_err().rule, Rule::Xml, "{broken}");
    }
    let refused = verify::verify("%%%", &connection(), now()).unwrap_err();
    assert_eq!(refused.rule, Rule::Form);
}

fn flex() -> DemoFlex {
    let clock = Arc::new(FixedClock(now()));
    let twilio = DemoTwilio::new("AC1", Vec::new(), clock.clone(), Arc::new(SystemRandom));
    let admin = "http://localhost:2".to_owned();
    DemoFlex::new(
        connection(),
        twilio.unwrap(),
        admin,
        clock,
        Arc::new(SystemRandom),
    )
}

/// Lets Ann sign in, answering a fresh request.
fn sign_in(flex: &DemoFlex, sample: &Sample) -> Result<Worker, Refused> {
    let request = flex.shared.requests.open(now(), &SystemRandom).unwrap();
    let mut sample = sample.clone();
    for part in [&mut sample.response_attributes, &mut sample.subject] {
        *part = part.replace(REQUEST, &request.id);
    }
    flex.accept(&sample.parameter(&RSA), &request.relay_state)?;
    Ok(flex.shared.twilio.worker_named("ann@example.com").unwrap())
}

#[test]
fn a_response_lets_in_once() {
    let flex = flex();
    let request = flex.shared.requests.open(now(), &SystemRandom).unwrap();
    let mut sample = located("Singapore Office");
    sample.response_attributes = sample.response_attributes.replace(REQUEST, &request.id);
    sample.subject = sample.subject.replace(REQUEST, &request.id);
    let response = sample.parameter(&RSA);
    let secret = flex.accept(&response, &request.relay_state).unwrap();
    assert!(flex.shared.sessions.find(&secret).is_some());
    let again = flex.accept(&response, &request.relay_state).unwrap_err();
    assert_eq!(again.rule, Rule::InResponseTo);
    let never_asked = flex.accept(&located("x").parameter(&RSA), "").unwrap_err();
    assert_eq!(never_asked.rule, Rule::InResponseTo);
}

#[test]
fn a_login_is_merged_into_the_worker() {
    let flex = flex();
    let worker = sign_in(&flex, &located("Singapore Office")).unwrap();
    assert_eq!(worker.friendly_name, "ann@example.com");
    let attributes = worker.attributes();
    assert_eq!(attributes["full_name"], "Ann <Ang>");
    assert_eq!(attributes["roles"], json!(["agent", "admin"]));
    assert_eq!(attributes["contact_uri"], "client:ann_40example_2Ecom");
    assert_eq!(
        flex.voice(&worker).edges(),
        ["singapore-ix", "singapore", "roaming"]
    );

    let by_hand = flex.write_by_hand(&worker.sid, "singapore office").unwrap();
    assert!(matches!(flex.voice(&by_hand), Voice::Degraded { .. }));
    let kept = sign_in(&flex, &sample("")).unwrap();
    assert_eq!(kept.attributes()["flex_location"], "singapore office");
    let cleared = sign_in(&flex, &located("")).unwrap();
    assert_eq!(cleared.attributes()["flex_location"], "");
    assert_eq!(flex.voice(&cleared), Voice::Default);
    assert_eq!(cleared.sid, worker.sid);
    assert_eq!(flex.shared.twilio.workers().len(), 1);
}

#[test]
fn without_roles_nobody_becomes_a_worker() {
    let flex = flex();
    let mut sample = located("Singapore Office");
    sample.attributes = sample.attributes.replace("\"roles\"", "\"role\"");
    let refused = sign_in(&flex, &sample).unwrap_err();
    assert_eq!(refused.rule.twilio_code(), 45050);
    assert!(flex.shared.twilio.workers().is_empty());
}
