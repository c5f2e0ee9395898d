//! What a response says, taken one thing at a time: missing, doubled, wrong, a second too late.

use super::*;

#[test]
fn version_id_and_time_of_issue() {
    each_is_refused(
        Code::ResponseVersion,
        &[
            |s| {
                swap(
                    &mut s.response_attributes,
                    "Version=\"2.0\"",
                    "Version=\"1.1\"",
                );
            },
            |s| swap(&mut s.response_attributes, "Version=\"2.0\"", ""),
            |s| {
                swap(
                    &mut s.response_attributes,
                    "2026-03-01T09:59:59Z",
                    "yesterday",
                );
            },
            |s| {
                swap(
                    &mut s.response_attributes,
                    "IssueInstant=\"2026-03-01T09:59:59Z\"",
                    "",
                );
            },
            |s| {
                swap(
                    &mut s.assertion_attributes,
                    "Version=\"2.0\"",
                    "Version=\"1.1\"",
                );
            },
        ],
    );
    each_is_refused(
        Code::ResponseShape,
        &[
            |s| swap(&mut s.assertion_attributes, "Version=\"2.0\"", ""),
            |s| {
                swap(
                    &mut s.assertion_attributes,
                    "2026-03-01T09:59:59Z",
                    "yesterday",
                );
            },
        ],
    );
    // Each of the two may be the one from the future: a second beyond the skew.
    each_is_refused(
        Code::AssertionNotYetValid,
        &[
            |s| swap(&mut s.response_attributes, "09:59:59Z", "10:01:01Z"),
            |s| swap(&mut s.assertion_attributes, "09:59:59Z", "10:01:01Z"),
        ],
    );
    let mut sample = Sample::default();
    swap(&mut sample.response_attributes, "ID=\"_r\"", "");
    sample_refused(&sample, Code::ResponseVersion);
}

/// Whatever else may hold an assertion: it is no answer to a login.
#[test]
fn only_a_response() {
    for other in [
        "samlp:LogoutResponse",
        "samlp:ArtifactResponse",
        "saml:Response",
    ] {
        let template = Sample::default().template();
        let renamed = template
            .replace("<samlp:Response ", &format!("<{other} "))
            .replace("</samlp:Response>", &format!("</{other}>"));
        refused(&sign(&renamed, &RSA), Code::ResponseShape);
    }
}

#[test]
fn confirmations() {
    let begins = |s: &mut Sample, time: &str| {
        let with = format!("NotBefore=\"{time}\" NotOnOrAfter=\"2026-03-01T10:05:00Z\" Recipient");
        swap(
            &mut s.subject,
            "NotOnOrAfter=\"2026-03-01T10:05:00Z\" Recipient",
            &with,
        );
    };
    for time in ["2026-03-01T09:59:00Z", "2026-03-01T10:01:00Z"] {
        let mut sample = Sample::default();
        begins(&mut sample, time);
        accepted(&sample.xml(&RSA));
    }
    let mut early = Sample::default();
    begins(&mut early, "2026-03-01T10:01:01Z");
    sample_refused(&early, Code::AssertionConfirmation);
    each_is_refused(
        Code::AssertionConfirmation,
        &[
            |s| swap(&mut s.subject, "cm:bearer", "cm:holder-of-key"),
            |s| swap(&mut s.subject, "cm:bearer", "cm:sender-vouches"),
        ],
    );
}

#[test]
fn issuers() {
    each_is_refused(
        Code::ResponseIssuer,
        &[
            |s| s.response_issuer = "<saml:Issuer>https://other.example</saml:Issuer>".to_owned(),
            |s| s.response_issuer = format!("<saml:Issuer>{IDP}/</saml:Issuer>"),
            |s| s.response_issuer = "<saml:Issuer/>".to_owned(),
            |s| s.response_issuer = s.response_issuer.repeat(2),
            |s| s.response_issuer = format!("<saml:Issuer><x>{IDP}</x></saml:Issuer>"),
            |s| {
                s.response_issuer = format!(
                    "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">{IDP}</saml:Issuer>"
                );
            },
        ],
    );
    each_is_refused(
        Code::AssertionIssuer,
        &[
            |s| s.issuer = "<saml:Issuer>https://other.example</saml:Issuer>".to_owned(),
            |s| s.issuer = format!("<saml:Issuer>{}</saml:Issuer>", IDP.to_uppercase()),
            |s| s.issuer = "<saml:Issuer/>".to_owned(),
        ],
    );
    each_is_refused(
        Code::ResponseShape,
        &[
            |s| s.issuer = String::new(),
            |s| {
                s.issuer = s.issuer.repeat(2);
            },
        ],
    );
}

#[test]
fn destination_and_request() {
    each_is_refused(
        Code::ResponseDestination,
        &[
            |s| swap(&mut s.response_attributes, ACS, "https://other.example/acs"),
            |s| {
                swap(
                    &mut s.response_attributes,
                    ACS,
                    "https://sso.example/saml/sp/hq/acs/",
                );
            },
            |s| {
                swap(
                    &mut s.response_attributes,
                    ACS,
                    "https://SSO.example/saml/sp/hq/acs",
                );
            },
            |s| swap(&mut s.response_attributes, ACS, ""),
            |s| swap(&mut s.response_attributes, "Destination=", "Somewhere="),
        ],
    );
    each_is_refused(
        Code::ResponseInResponseTo,
        &[
            |s| swap(&mut s.response_attributes, REQUEST, "_other"),
            |s| swap(&mut s.response_attributes, REQUEST, ""),
        ],
    );
    each_is_refused(
        Code::ResponseUnsolicited,
        &[|s| swap(&mut s.response_attributes, "InResponseTo=", "Other=")],
    );
}

#[test]
fn status() {
    each_is_refused(
        Code::StatusNotSuccess,
        &[
            |s| swap(&mut s.status, "status:Success", "status:Responder"),
            |s| swap(&mut s.status, "status:Success", "status:success"),
            |s| {
                swap(
                    &mut s.status,
                    "Success\"/>",
                    "Requester\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:StatusCode>",
                );
            },
            |s| {
                swap(
                    &mut s.status,
                    "Success\"/>",
                    "Success\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:AuthnFailed\"/></samlp:StatusCode>",
                );
            },
        ],
    );
    each_is_refused(
        Code::ResponseShape,
        &[
            |s| s.status = String::new(),
            |s| s.status = s.status.repeat(2),
            |s| s.status = "<samlp:Status/>".to_owned(),
            |s| swap(&mut s.status, "Value=", "Other="),
            |s| {
                s.status = "<Status><StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></Status>".to_owned();
            },
        ],
    );
    // Without an assertion the status is the news, signed or not.
    let no = "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"><samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:NoPassive\"/></samlp:StatusCode></samlp:Status></samlp:Response>";
    refused(no, Code::StatusNoPassive);
    refused(
        &replaced(no, "Responder", "Success"),
        Code::StatusNotSuccess,
    );
    let success = replaced(
        no,
        ":Responder\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:NoPassive\"/></samlp:StatusCode>",
        ":Success\"/>",
    );
    refused(&success, Code::ResponseShape);
}

#[test]
fn audience() {
    let audience = |names: &[&str]| {
        let names = several(names.len(), |n| {
            format!("<saml:Audience>{}</saml:Audience>", names[n])
        });
        format!("<saml:AudienceRestriction>{names}</saml:AudienceRestriction>")
    };
    let with = |restrictions: String| {
        let mut sample = Sample::default();
        swap(&mut sample.conditions, &audience(&[SP]), &restrictions);
        sample.xml(&RSA)
    };
    let other = "https://other.example";
    for restrictions in [
        String::new(),
        audience(&[other]),
        audience(&[other]) + &audience(&[SP]),
        audience(&[SP]) + &audience(&[other]),
        audience(&[&format!("{SP}/")]),
        audience(&[&format!("{SP} {other}")]),
    ] {
        refused(&with(restrictions), Code::AssertionAudience);
    }
    for restrictions in [
        audience(&[other, SP]),
        audience(&[SP]) + &audience(&[other, SP]),
        audience(&[&format!("\n  {SP}\n")]),
    ] {
        accepted(&with(restrictions));
    }
}

#[test]
fn conditions() {
    const END: &str = "</saml:Conditions>";
    each_is_refused(
        Code::AssertionConditions,
        &[
            |s| s.conditions = String::new(),
            |s| {
                swap(
                    &mut s.conditions,
                    "NotOnOrAfter=\"2026-03-01T10:05:00Z\"",
                    "",
                );
            },
            |s| {
                swap(
                    &mut s.conditions,
                    END,
                    &format!("<saml:Condition xmlns:x=\"urn:x\" xsi:type=\"x:y\"/>{END}"),
                );
            },
            |s| {
                swap(
                    &mut s.conditions,
                    END,
                    &format!("<saml:ProxyRestriction Count=\"0\"/>{END}"),
                );
            },
            |s| {
                swap(
                    &mut s.conditions,
                    END,
                    &format!(
                        "<saml:ProxyRestriction><saml:Audience>urn:other</saml:Audience></saml:ProxyRestriction>{END}"
                    ),
                );
            },
        ],
    );
    each_is_refused(
        Code::ResponseShape,
        &[
            |s| s.conditions = s.conditions.repeat(2),
            |s| swap(&mut s.conditions, "10:05:00Z", "soon"),
            |s| {
                swap(
                    &mut s.conditions,
                    END,
                    &format!("<x:OneTimeUse xmlns:x=\"urn:x\"/>{END}"),
                );
            },
            |s| {
                swap(
                    &mut s.conditions,
                    &format!("<saml:Audience>{SP}</saml:Audience>"),
                    "",
                );
            },
        ],
    );
    for proxying in [
        "<saml:ProxyRestriction Count=\"1\"/>".to_owned(),
        format!(
            "<saml:ProxyRestriction><saml:Audience>{FLEX}</saml:Audience></saml:ProxyRestriction>"
        ),
    ] {
        let mut sample = Sample::default();
        swap(&mut sample.conditions, END, &format!("{proxying}{END}"));
        accepted(&sample.xml(&RSA));
    }
}

#[test]
fn statements() {
    each_is_refused(
        Code::AssertionAuthnStatement,
        &[|s| s.statements = String::new()],
    );
    each_is_refused(
        Code::AssertionExpired,
        &[
            |s| {
                swap(
                    &mut s.statements,
                    "SessionIndex",
                    "SessionNotOnOrAfter=\"2026-03-01T09:59:00Z\" SessionIndex",
                );
            },
            |s| {
                s.statements = s.statements.clone()
                    + &replaced(
                        &s.statements,
                        "SessionIndex",
                        "SessionNotOnOrAfter=\"2026-03-01T09:00:00Z\" SessionIndex",
                    );
            },
        ],
    );
    each_is_refused(
        Code::AssertionNotYetValid,
        &[|s| swap(&mut s.statements, "09:59:58", "10:01:01")],
    );
}

/// Readers that go by another writing of a name would take these for what they look like.
#[test]
fn elements_that_saml_does_not_know() {
    each_is_refused(
        Code::ResponseShape,
        &[
            |s| {
                swap(
                    &mut s.subject,
                    "</saml:Subject>",
                    "<saml:subjectConfirmation/></saml:Subject>",
                );
            },
            |s| s.attributes.push_str("<saml:attributeStatement/>"),
            |s| {
                swap(
                    &mut s.statements,
                    "<saml:AuthnContext>",
                    "<saml:Advice2/><saml:AuthnContext>",
                );
            },
        ],
    );
}
