//! Recipient, audience, issuer, InResponseTo and Destination: a genuine response,
//! signed by the identity provider itself, that is meant for somebody else.

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::Bench,
    paper::{Paper, Signs, swap},
};

/// Names that are not ours and look as if they were.
fn look_alikes(ours: &str) -> Vec<(&'static str, String)> {
    vec![
        ("other letters", ours.replacen("http", "HTTP", 1)),
        ("a slash behind", format!("{ours}/")),
        ("something behind", format!("{ours}x")),
        ("cut", ours[..ours.len() - 1].to_owned()),
        ("a query behind", format!("{ours}?x")),
        ("a fragment behind", format!("{ours}#x")),
        ("a name before", ours.replacen("//", "//evil@", 1)),
        (
            "another host",
            ours.replacen("localhost", "localhost.evil.example", 1),
        ),
        ("another IdP's", ours.replacen("/hq", "/other", 1)),
        ("escaped", ours.replacen("/saml/", "/%73aml/", 1)),
        ("a way around", ours.replacen("/saml/", "/x/../saml/", 1)),
        ("nothing", String::new()),
    ]
}

#[tokio::test]
async fn what_is_meant_for_others_is_refused() {
    let mut bench = Bench::start_with("recipient, audience, destination", "", |_| {}).await;
    let site = &bench.company.bridge.site;
    let (acs, audience) = (site.acs_url(), format!("{}/saml/sp/hq", site.url));
    let written = |name: &str| name.replace('&', "&amp;");
    for (case, other) in look_alikes(&acs) {
        for (field, code, signs) in [
            ("Destination", Code::ResponseDestination, Signs::Response),
            ("Destination", Code::ResponseDestination, Signs::Assertion),
            ("Recipient", Code::AssertionConfirmation, Signs::Both),
        ] {
            bench
                .attack(&format!("{field}, {case}, {signs:?}"), code, |paper| {
                    let with = format!("{field}=\"{}\"", written(&other));
                    paper.resigned(signs, |xml| swap(xml, &format!("{field}=\"{acs}\""), &with))
                })
                .await;
        }
    }
    for (case, other) in look_alikes(&audience) {
        bench
            .attack(
                &format!("audience, {case}"),
                Code::AssertionAudience,
                |paper| {
                    paper.resigned(Signs::Response, |xml| {
                        swap(
                            xml,
                            &format!(">{audience}<"),
                            &format!(">{}<", written(&other)),
                        )
                    })
                },
            )
            .await;
    }
    let restriction = |name: &str| {
        format!(
            "<saml:AudienceRestriction><saml:Audience>{name}</saml:Audience></saml:AudienceRestriction>"
        )
    };
    let ours = restriction(&audience);
    for (case, with) in [
        (
            "two restrictions, one of them to others",
            format!("{ours}{}", restriction("urn:other")),
        ),
        (
            "the other way round",
            format!("{}{ours}", restriction("urn:other")),
        ),
        ("no restriction", String::new()),
        ("Flex's own name", restriction("urn:flex:JQ0123456789")),
        ("the ACS in its place", restriction(&acs)),
        (
            "both names in one",
            restriction(&format!("{audience} urn:other")),
        ),
    ] {
        bench
            .attack(
                &format!("audience: {case}"),
                Code::AssertionAudience,
                |paper| paper.resigned(Signs::Response, |xml| swap(xml, &ours, &with)),
            )
            .await;
    }
    bench
        .attack(
            "audience: an empty restriction",
            Code::ResponseShape,
            |paper| {
                let with = "<saml:AudienceRestriction></saml:AudienceRestriction>";
                paper.resigned(Signs::Response, |xml| swap(xml, &ours, with))
            },
        )
        .await;
    for (field, code) in [
        ("Destination", Code::ResponseDestination),
        ("Recipient", Code::AssertionConfirmation),
    ] {
        bench
            .attack(&format!("no {field}"), code, |paper| {
                paper.resigned(Signs::Response, |xml| {
                    swap(xml, &format!(" {field}=\"{acs}\""), "")
                })
            })
            .await;
    }
    bench
        .honest("one of several audiences", |paper| {
            let with = ours.replace(
                "<saml:Audience>",
                "<saml:Audience>urn:other</saml:Audience><saml:Audience>",
            );
            paper.resigned(Signs::Response, |xml| swap(xml, &ours, &with))
        })
        .await;
    bench
        .honest("the same audience twice", |paper| {
            paper.resigned(Signs::Response, |xml| swap(xml, &ours, &ours.repeat(2)))
        })
        .await;
    bench
        .honest("white space around the audience", |paper| {
            paper.resigned(Signs::Response, |xml| {
                swap(xml, &format!(">{audience}<"), &format!(">\n {audience} <"))
            })
        })
        .await;
    bench.finish();
}

#[tokio::test]
async fn the_answer_is_to_this_logins_request() {
    let mut bench = Bench::start_with("InResponseTo", "", |_| {}).await;
    for (case, id) in [
        ("another", "_other"),
        ("nothing", ""),
        ("Flex's", "_flex-request"),
    ] {
        bench
            .attack(
                &format!("{case}, of the response"),
                Code::ResponseInResponseTo,
                |paper| {
                    let right = format!("InResponseTo=\"{}\"", paper.asked.id);
                    paper.resigned(Signs::Response, |xml| {
                        swap(xml, &right, &format!("InResponseTo=\"{id}\""))
                    })
                },
            )
            .await;
        bench
            .attack(
                &format!("{case}, of the confirmation"),
                Code::AssertionConfirmation,
                |paper| {
                    let right = format!("InResponseTo=\"{}\"/>", paper.asked.id);
                    paper.resigned(Signs::Response, |xml| {
                        swap(xml, &right, &format!("InResponseTo=\"{id}\"/>"))
                    })
                },
            )
            .await;
    }
    for (case, change) in [
        (
            "in other letters",
            (|id: &str| id.to_uppercase()) as fn(&str) -> String,
        ),
        ("cut", |id| id[..id.len() - 1].to_owned()),
        ("longer", |id| format!("{id}0")),
        ("with a blank", |id| format!("{id} ")),
    ] {
        bench
            .attack(case, Code::ResponseInResponseTo, |paper| {
                let id = &paper.asked.id;
                paper.resigned(Signs::Response, |xml| {
                    swap(
                        xml,
                        &format!("InResponseTo=\"{id}\""),
                        &format!("InResponseTo=\"{}\"", change(id)),
                    )
                })
            })
            .await;
    }
    bench
        .attack(
            "of the response left out",
            Code::ResponseUnsolicited,
            |paper| {
                paper.resigned(Signs::Response, |xml| {
                    swap(xml, &format!(" InResponseTo=\"{}\"", paper.asked.id), "")
                })
            },
        )
        .await;
    bench
        .attack(
            "of the confirmation left out",
            Code::AssertionConfirmation,
            |paper| {
                paper.resigned(Signs::Response, |xml| {
                    swap(xml, &format!("InResponseTo=\"{}\"/>", paper.asked.id), "/>")
                })
            },
        )
        .await;
    bench
        .attack("left out of both", Code::ResponseUnsolicited, |paper| {
            let mut says = paper.says.clone();
            says.request = None;
            Paper { says, ..*paper }.signed(Signs::Response)
        })
        .await;
    bench
        .honest("the right one", |paper| paper.signed(Signs::Both))
        .await;
    bench.finish();
}
