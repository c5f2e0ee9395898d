//! Responses that are moved aside whole, and genuine signatures of something else.

use flexbridge::identity::RefusalCode as Code;

use super::{CLASS, honest, parts};
use crate::attacks::{
    bench::Bench,
    paper::{
        END, Paper, STATUS, SUBJECT, Signs, assertion, evil, sign, signature, signature_of, swap,
        unsigned,
    },
};

/// The response as the attacker wants it, with this before its status.
fn evil_response(honest: &str, more: &str) -> String {
    let outer = swap(&evil(&unsigned(honest)), "ID=\"_response\"", "ID=\"_evil\"");
    let outer = swap(&outer, "ID=\"_assertion", "ID=\"_evil-assertion");
    swap(&outer, STATUS, &format!("{more}{STATUS}"))
}

#[tokio::test]
async fn responses_that_change_places() {
    let mut bench = Bench::start_with(CLASS, "response", |_| {}).await;
    for (signs, kind) in [(Signs::Response, "response"), (Signs::Both, "both")] {
        let wrapped = |more: fn(&str, &str) -> String| {
            move |paper: &Paper<'_>| {
                let honest = paper.signed(signs);
                let (signature, original) = (signature(&honest), unsigned(&honest));
                evil_response(&honest, &more(&signature, &original))
            }
        };
        let inside = |signature: &str, original: &str| {
            let object = format!("<ds:Object>{original}</ds:Object></ds:Signature>");
            swap(signature, "</ds:Signature>", &object)
        };
        bench
            .attack(
                &format!("XSW1 of {kind}: the original in the signature"),
                Code::ResponseShape,
                wrapped(inside),
            )
            .await;
        bench
            .attack(
                &format!("XSW2 of {kind}: the original before the signature"),
                Code::ResponseShape,
                wrapped(|signature, original| format!("{original}{signature}")),
            )
            .await;
        bench
            .attack(
                &format!("of {kind}: the original in Extensions"),
                Code::ResponseShape,
                wrapped(|signature, original| {
                    format!("<samlp:Extensions>{original}</samlp:Extensions>{signature}")
                }),
            )
            .await;
    }
    bench
        .attack(
            "a response in a response",
            Code::ResponseForbidden,
            |paper| {
                let honest = paper.signed(Signs::Both);
                swap(&honest, END, &format!("{honest}{END}"))
            },
        )
        .await;
    bench
        .attack("the root is something else", Code::ResponseShape, |paper| {
            format!("<x>{}</x>", paper.signed(Signs::Both))
        })
        .await;
    bench
        .attack("an assertion alone", Code::ResponseShape, |paper| {
            let names = "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
            swap(
                &assertion(&paper.signed(Signs::Assertion)),
                "<saml:Assertion",
                names,
            )
        })
        .await;
    honest(&mut bench).await;
    bench.finish();
}

/// What the identity provider itself has signed elsewhere is no more believed there.
#[tokio::test]
async fn genuine_signatures_of_something_else() {
    let mut bench = Bench::start_with(CLASS, "elsewhere", |_| {}).await;
    for signs in [Signs::Nothing, Signs::Assertion, Signs::Response] {
        let case = format!("a signed extension, and {signs:?} besides");
        bench
            .attack(&case, Code::SignaturePlace, |paper| {
                let template = swap(
                    &paper.template(Signs::Nothing),
                    STATUS,
                    &format!(
                        "<samlp:Extensions ID=\"_x\">{}</samlp:Extensions>{STATUS}",
                        signature_of("_x")
                    ),
                );
                let done = sign(paper.idp, &template);
                let signature = match signs {
                    Signs::Response => signature(&paper.signed(Signs::Response)),
                    Signs::Assertion => {
                        return swap(
                            &done,
                            SUBJECT,
                            &format!("{}{SUBJECT}", signature(&paper.signed(Signs::Assertion))),
                        );
                    }
                    _ => return done,
                };
                swap(
                    &done,
                    "</saml:Issuer>",
                    &format!("</saml:Issuer>{signature}"),
                )
            })
            .await;
    }
    bench
        .attack(
            "two signatures of one assertion",
            Code::SignaturePlace,
            |paper| {
                let parts = parts(paper);
                swap(&parts.honest, &parts.signature, &parts.signature.repeat(2))
            },
        )
        .await;
    bench
        .attack(
            "the assertion's signature moved to the response",
            Code::SignaturePlace,
            |paper| {
                let parts = parts(paper);
                let bare = parts.instead(&parts.evil);
                swap(
                    &bare,
                    "</saml:Issuer>",
                    &format!("</saml:Issuer>{}", parts.signature),
                )
            },
        )
        .await;
    bench
        .attack(
            "another login's signed assertion in this response",
            Code::AssertionConfirmation,
            |paper| {
                let mut other = paper.says.clone();
                other.assertion = "_captured-before".to_owned();
                other.request = Some("_another-request".to_owned());
                let theirs = Paper {
                    says: other,
                    ..*paper
                };
                swap(
                    &parts(&theirs).honest,
                    "InResponseTo=\"_another-request\"",
                    &format!("InResponseTo=\"{}\"", paper.asked.id),
                )
            },
        )
        .await;
    honest(&mut bench).await;
    bench.finish();
}
