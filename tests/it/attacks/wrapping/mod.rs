//! Signature wrapping: what is signed is moved aside, and something else stands
//! where it is read (Somorovsky et al., "On Breaking SAML", XSW1 to XSW8; the
//! Extensions, Object and Advice variants of the years since).
//!
//! Must never: count on the second verifier; all of this ends before cryptography.

mod responses;

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::Bench,
    paper::{
        END, Paper, STATUS, SUBJECT, Signs, assertion, evil_assertion, signature, swap, unsigned,
    },
};

const CLASS: &str = "signature wrapping";

/// The honest document's parts as the attacker wants them.
struct Parts {
    honest: String,
    /// The signed assertion.
    original: String,
    /// The same without its signature.
    bare: String,
    /// Its signature.
    signature: String,
    /// The assertion of the attacker's choice, unsigned.
    evil: String,
}

fn parts(paper: &Paper<'_>) -> Parts {
    let honest = paper.signed(Signs::Assertion);
    let original = assertion(&honest);
    Parts {
        bare: unsigned(&original),
        signature: signature(&original),
        evil: evil_assertion(paper, &original),
        honest,
        original,
    }
}

impl Parts {
    /// These in place of the assertion.
    fn instead(&self, assertions: &str) -> String {
        swap(&self.honest, &self.original, assertions)
    }

    /// The attacker's assertion with this signature in its place.
    fn evil_with(&self, signature: &str) -> String {
        swap(&self.evil, SUBJECT, &format!("{signature}{SUBJECT}"))
    }

    /// The signature with this at its end.
    fn enclosing(&self, more: &str) -> String {
        swap(
            &self.signature,
            "</ds:Signature>",
            &format!("{more}</ds:Signature>"),
        )
    }
}

type Forge = fn(&Parts) -> String;

const OF_ASSERTIONS: [(&str, Forge, Code); 14] = [
    (
        "XSW3: the forged one before the original",
        |p| p.instead(&format!("{}{}", p.evil, p.original)),
        Code::ResponseShape,
    ),
    (
        "the forged one behind the original",
        |p| p.instead(&format!("{}{}", p.original, p.evil)),
        Code::ResponseShape,
    ),
    (
        "XSW4: the original inside the forged one",
        |p| {
            p.instead(&swap(
                &p.evil,
                "</saml:Assertion>",
                &format!("{}</saml:Assertion>", p.original),
            ))
        },
        Code::ResponseShape,
    ),
    (
        "the forged one inside the original",
        |p| {
            p.instead(&swap(
                &p.original,
                "</saml:Assertion>",
                &format!("{}</saml:Assertion>", p.evil),
            ))
        },
        Code::ResponseShape,
    ),
    (
        "XSW5: the signature in the forged one, the original behind it",
        |p| p.instead(&format!("{}{}", p.evil_with(&p.signature), p.bare)),
        Code::ResponseShape,
    ),
    (
        "XSW6: the original inside the forged one's signature",
        |p| p.instead(&p.evil_with(&p.enclosing(&p.bare))),
        Code::ResponseShape,
    ),
    (
        "XSW8: the original in an Object of the signature",
        |p| p.instead(&p.evil_with(&p.enclosing(&format!("<ds:Object>{}</ds:Object>", p.bare)))),
        Code::ResponseShape,
    ),
    (
        "the original in KeyInfo",
        |p| p.instead(&p.evil_with(&p.enclosing(&format!("<ds:KeyInfo>{}</ds:KeyInfo>", p.bare)))),
        Code::ResponseShape,
    ),
    (
        "XSW7: the forged one in Extensions",
        |p| {
            swap(
                &p.honest,
                STATUS,
                &format!("<samlp:Extensions>{}</samlp:Extensions>{STATUS}", p.evil),
            )
        },
        Code::ResponseShape,
    ),
    (
        "the original in Extensions, the forged one in its place",
        |p| {
            swap(
                &p.instead(&p.evil),
                STATUS,
                &format!(
                    "<samlp:Extensions>{}</samlp:Extensions>{STATUS}",
                    p.original
                ),
            )
        },
        Code::ResponseShape,
    ),
    (
        "the original in StatusDetail",
        |p| {
            swap(
                &p.instead(&p.evil),
                "</samlp:Status>",
                &format!(
                    "<samlp:StatusDetail>{}</samlp:StatusDetail></samlp:Status>",
                    p.original
                ),
            )
        },
        Code::ResponseShape,
    ),
    (
        "the original in an AttributeValue",
        |p| p.instead(&swap(&p.evil, "Ann Tan", &p.original)),
        Code::ResponseShape,
    ),
    (
        "the signature alone in Extensions",
        |p| {
            swap(
                &p.instead(&p.bare),
                STATUS,
                &format!(
                    "<samlp:Extensions>{}</samlp:Extensions>{STATUS}",
                    p.signature
                ),
            )
        },
        Code::SignaturePlace,
    ),
    (
        "the signature at the end of the response",
        |p| swap(&p.instead(&p.evil), END, &format!("{}{END}", p.signature)),
        Code::SignaturePlace,
    ),
];

#[tokio::test]
async fn assertions_that_change_places() {
    let mut bench = Bench::start_with(CLASS, "assertion", |_| {}).await;
    for (case, forge, code) in OF_ASSERTIONS {
        bench.attack(case, code, |paper| forge(&parts(paper))).await;
    }
    for (case, before, after) in [
        (
            "the original in Advice",
            SUBJECT,
            "<saml:Advice>{}</saml:Advice><saml:Subject>",
        ),
        ("the original in Subject", SUBJECT, "<saml:Subject>{}"),
        (
            "the original in Conditions",
            "<saml:AudienceRestriction>",
            "{}<saml:AudienceRestriction>",
        ),
        (
            "the original in AuthnContext",
            "<saml:AuthnContextClassRef>",
            "{}<saml:AuthnContextClassRef>",
        ),
    ] {
        bench
            .attack(case, Code::ResponseShape, |paper| {
                let parts = parts(paper);
                let around = after.replace("{}", &parts.original);
                parts.instead(&swap(&parts.evil, before, &around))
            })
            .await;
    }
    bench
        .attack("the same ID twice", Code::ResponseForbidden, |paper| {
            let parts = parts(paper);
            let twin = swap(
                &parts.evil,
                "ID=\"_evil\"",
                &format!("ID=\"{}\"", paper.id()),
            );
            parts.instead(&format!("{twin}{}", parts.original))
        })
        .await;
    bench
        .attack(
            "a reference that leads nowhere",
            Code::SignaturePlace,
            |paper| {
                let parts = parts(paper);
                parts.instead(&parts.evil_with(&parts.signature))
            },
        )
        .await;
    honest(&mut bench).await;
    bench.finish();
}

async fn honest(bench: &mut Bench) {
    for signs in [Signs::Response, Signs::Assertion, Signs::Both] {
        bench
            .honest(&format!("{signs:?} signed"), |paper| paper.signed(signs))
            .await;
    }
    bench
        .honest("white space between elements", |paper| {
            paper.resigned(Signs::Both, |xml| {
                swap(
                    &xml.replace("><saml:", ">\n  <saml:"),
                    STATUS,
                    "\n<samlp:Status>",
                )
            })
        })
        .await;
    bench
        .honest("unsigned extensions that say somebody else", |paper| {
            let more = "<samlp:Extensions><x:NameID xmlns:x=\"urn:x\">boss@company.example</x:NameID></samlp:Extensions>";
            swap(&paper.signed(Signs::Assertion), STATUS, &format!("{more}{STATUS}"))
        })
        .await;
}
