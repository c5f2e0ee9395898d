//! Who says it and what it is: issuer, status, version, subject, confirmation,
//! statements. Genuine signatures of the identity provider, and something missing, doubled or wrong.

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::Bench,
    paper::{Signs, cut, swap},
};

type Change = fn(&str) -> String;

#[tokio::test]
async fn only_the_asked_identity_provider_answers() {
    let mut bench = Bench::start_with("issuer, status, version, subject", "", |_| {}).await;
    let entity = bench.company.idp.entity_id.clone();
    for (case, other) in [
        ("other letters", entity.to_uppercase()),
        ("a slash behind", format!("{entity}/")),
        ("cut", entity[..entity.len() - 1].to_owned()),
        ("another company", "https://other.example/entity".to_owned()),
        ("nothing", String::new()),
    ] {
        let right = format!("<saml:Issuer>{entity}</saml:Issuer>");
        let wrong = format!("<saml:Issuer>{other}</saml:Issuer>");
        bench
            .attack(
                &format!("of the response, {case}"),
                Code::ResponseIssuer,
                |paper| paper.resigned(Signs::Response, |xml| swap(xml, &right, &wrong)),
            )
            .await;
        bench
            .attack(
                &format!("of the assertion, {case}"),
                Code::AssertionIssuer,
                |paper| {
                    paper.resigned(Signs::Response, |xml| {
                        swap(
                            xml,
                            &format!("{right}<saml:Subject>"),
                            &format!("{wrong}<saml:Subject>"),
                        )
                    })
                },
            )
            .await;
    }
    let cases: [(&str, Code, Change); 17] = [
        ("two issuers of the response", Code::ResponseIssuer, |xml| {
            let (_, issuer) = cut(xml, "<saml:Issuer>", "</saml:Issuer>");
            swap(xml, &issuer, &issuer.repeat(2))
        }),
        ("an issuer of another format", Code::ResponseIssuer, |xml| {
            swap(
                xml,
                "<saml:Issuer>",
                "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\">",
            )
        }),
        (
            "a response of another version",
            Code::ResponseVersion,
            |xml| swap(xml, "Version=\"2.0\"", "Version=\"1.1\""),
        ),
        (
            "an assertion of another version",
            Code::ResponseVersion,
            |xml| {
                let at = xml.find("<saml:Assertion").unwrap();
                format!(
                    "{}{}",
                    &xml[..at],
                    swap(&xml[at..], "Version=\"2.0\"", "Version=\"1.1\"")
                )
            },
        ),
        ("a response without a time", Code::ResponseVersion, |xml| {
            let start = xml.find("IssueInstant=\"").unwrap();
            let end = start + "IssueInstant=\"2026-11-26T12:35:59Z\"".len();
            format!("{}{}", &xml[..start], &xml[end..])
        }),
        ("no success", Code::StatusNotSuccess, |xml| {
            swap(xml, "status:Success", "status:Responder")
        }),
        ("success in other letters", Code::StatusNotSuccess, |xml| {
            swap(xml, "status:Success", "status:success")
        }),
        ("success inside a failure", Code::StatusNotSuccess, |xml| {
            let (_, code) = cut(xml, "<samlp:StatusCode ", "/>");
            let outer = code.replace(
                "status:Success\"/>",
                &format!("status:Responder\">{code}</samlp:StatusCode>"),
            );
            swap(xml, &code, &outer)
        }),
        ("two statuses", Code::ResponseShape, |xml| {
            let (_, status) = cut(xml, "<samlp:Status>", "</samlp:Status>");
            swap(xml, &status, &status.repeat(2))
        }),
        ("no status", Code::ResponseShape, |xml| {
            cut(xml, "<samlp:Status>", "</samlp:Status>").0
        }),
        ("no subject", Code::AssertionSubject, |xml| {
            cut(xml, "<saml:Subject>", "</saml:Subject>").0
        }),
        ("two subjects", Code::ResponseShape, |xml| {
            let (_, subject) = cut(xml, "<saml:Subject>", "</saml:Subject>");
            swap(xml, &subject, &subject.repeat(2))
        }),
        ("two NameIDs", Code::AssertionSubject, |xml| {
            let (_, name) = cut(xml, "<saml:NameID ", "</saml:NameID>");
            swap(xml, &name, &name.repeat(2))
        }),
        ("no confirmation", Code::AssertionConfirmation, |xml| {
            cut(
                xml,
                "<saml:SubjectConfirmation ",
                "</saml:SubjectConfirmation>",
            )
            .0
        }),
        (
            "a confirmation of another kind",
            Code::AssertionConfirmation,
            |xml| swap(xml, "cm:bearer", "cm:sender-vouches"),
        ),
        (
            "no statement of signing in",
            Code::AssertionAuthnStatement,
            |xml| cut(xml, "<saml:AuthnStatement ", "</saml:AuthnStatement>").0,
        ),
        (
            "a condition that nobody knows",
            Code::AssertionConditions,
            |xml| {
                swap(
                    xml,
                    "<saml:AudienceRestriction>",
                    "<saml:Condition xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"x\"/><saml:AudienceRestriction>",
                )
            },
        ),
    ];
    for (case, code, change) in cases {
        bench
            .attack(case, code, |paper| paper.resigned(Signs::Response, change))
            .await;
    }
    bench
        .honest("a second confirmation of another kind", |paper| {
            paper.resigned(Signs::Response, |xml| {
                let (_, one) = cut(xml, "<saml:SubjectConfirmation ", "</saml:SubjectConfirmation>");
                let other = "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:sender-vouches\"/>";
                swap(xml, &one, &format!("{other}{one}"))
            })
        })
        .await;
    bench
        .honest("no issuer of the response", |paper| {
            paper.resigned(Signs::Assertion, |xml| {
                cut(xml, "<saml:Issuer>", "</saml:Issuer>").0
            })
        })
        .await;
    bench
        .honest("the issuer's format, said", |paper| {
            paper.resigned(Signs::Response, |xml| {
                swap(
                    xml,
                    "<saml:Issuer>",
                    "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">",
                )
            })
        })
        .await;
    bench.finish();
}
