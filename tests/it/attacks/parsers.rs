//! Parser differentials: what two readers of one text read differently. The
//! families of CVE-2025-25291 and -25292 (a verifier and a reader with parsers
//! of their own), of void canonicalisation and namespace confusion of the same
//! year, of doubled SignedInfo (CVE-2025-29774), and of mark-up that does not
//! survive a round trip (CVE-2020-29509 to -29511).

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::Bench,
    paper::{END, STATUS, SUBJECT, Signs, cut, evil, swap},
};

/// SHA-256 of nothing: what a canonicaliser that failed has digested.
const EMPTY_DIGEST: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/// The document with every digest that of nothing.
fn void(xml: &str) -> String {
    let (_, digest) = cut(xml, "<ds:DigestValue>", "</ds:DigestValue>");
    swap(
        xml,
        &digest,
        &format!("<ds:DigestValue>{EMPTY_DIGEST}</ds:DigestValue>"),
    )
}

#[tokio::test]
async fn every_reader_reads_the_same() {
    let mut bench = Bench::start_with("parser differentials", "", |_| {}).await;
    for name in [
        "1",
        "x",
        "../x",
        "a/b",
        "//h/x",
        "?x",
        "#x",
        "1:x",
        ":x",
        "http://h:p/x",
        "urn:a b",
        "urn:a&amp;b",
    ] {
        bench
            .attack(
                &format!("the namespace {name:?}, no absolute URI, and the digest of nothing"),
                Code::ResponseForbidden,
                |paper| {
                    let with = format!("<saml:Subject xmlns:ns=\"{name}\">");
                    swap(
                        &void(&evil(&paper.signed(Signs::Assertion))),
                        SUBJECT,
                        &with,
                    )
                },
            )
            .await;
    }
    bench
        .attack(
            "a character that XML does not know, where a parser does not look",
            Code::ResponseMalformed,
            |paper| {
                let honest = paper.signed(Signs::Assertion);
                swap(&honest, SUBJECT, "<saml:Subject x=\"\0&#13;\">")
            },
        )
        .await;
    bench
        .attack(
            "the digest of nothing alone",
            Code::SignatureInvalid,
            |paper| void(&evil(&paper.signed(Signs::Assertion))),
        )
        .await;
    for (case, from, to) in [
        (
            "two SignedInfo",
            "</ds:SignedInfo>",
            "</ds:SignedInfo><ds:SignedInfo/>",
        ),
        (
            "SignedInfo inside SignedInfo",
            "<ds:SignedInfo>",
            "<ds:SignedInfo><ds:SignedInfo/>",
        ),
        (
            "an element in a digest",
            "<ds:DigestValue>",
            "<ds:DigestValue><x/>",
        ),
        (
            "an element in the value",
            "<ds:SignatureValue>",
            "<ds:SignatureValue><x/>",
        ),
        (
            "two digests",
            "<ds:DigestValue>",
            "<ds:DigestValue>x</ds:DigestValue><ds:DigestValue>",
        ),
        (
            "two values",
            "<ds:SignatureValue>",
            "<ds:SignatureValue>x</ds:SignatureValue><ds:SignatureValue>",
        ),
    ] {
        bench
            .attack(case, Code::SignaturePlace, |paper| {
                swap(&evil(&paper.signed(Signs::Assertion)), from, to)
            })
            .await;
    }
    // The same local names under other namespaces, by prefix, default and redefinition.
    for (case, from, to, code) in [
        (
            "an assertion of another namespace",
            STATUS,
            "<x:Assertion xmlns:x=\"urn:x\"/><samlp:Status>",
            Code::ResponseShape,
        ),
        (
            "a response of another namespace",
            STATUS,
            "<x:Response xmlns:x=\"urn:x\"/><samlp:Status>",
            Code::ResponseShape,
        ),
        (
            "an assertion of no namespace",
            STATUS,
            "<Assertion xmlns=\"\"/><samlp:Status>",
            Code::ResponseShape,
        ),
        (
            "a redefined prefix on the assertion",
            "<saml:Assertion ",
            "<saml:Assertion xmlns:saml=\"urn:evil\" ",
            Code::ResponseShape,
        ),
        (
            "SAML 1.0's namespace",
            "urn:oasis:names:tc:SAML:2.0:protocol",
            "urn:oasis:names:tc:SAML:1.0:protocol",
            Code::ResponseShape,
        ),
        (
            "a namespace in other letters",
            "SAML:2.0:protocol",
            "saml:2.0:protocol",
            Code::ResponseShape,
        ),
        (
            "a namespace with a blank",
            "SAML:2.0:protocol",
            "SAML:2.0:protocol ",
            Code::ResponseForbidden,
        ),
        (
            "a NameID of another namespace, first",
            "<saml:NameID ",
            "<x:NameID xmlns:x=\"urn:x\">boss</x:NameID><saml:NameID ",
            Code::SignatureInvalid,
        ),
        (
            "an undeclared prefix",
            SUBJECT,
            "<undeclared:x/><saml:Subject>",
            Code::ResponseMalformed,
        ),
        (
            "the xml prefix redefined",
            SUBJECT,
            "<saml:Subject xmlns:xml=\"urn:x\">",
            Code::ResponseMalformed,
        ),
        (
            "the xmlns prefix declared",
            SUBJECT,
            "<saml:Subject xmlns:xmlns=\"urn:x\">",
            Code::ResponseMalformed,
        ),
        (
            "a prefix undeclared again",
            SUBJECT,
            "<saml:Subject xmlns:x=\"\">",
            Code::ResponseMalformed,
        ),
    ] {
        bench
            .attack(case, code, |paper| {
                swap(&paper.signed(Signs::Assertion), from, to)
            })
            .await;
    }
    for (case, from, to) in [
        ("two colons", STATUS, "<a:b:c/><samlp:Status>"),
        ("an empty prefix", STATUS, "<:a/><samlp:Status>"),
        (
            "an attribute of an empty prefix",
            STATUS,
            "<samlp:Status ::a=\"\">",
        ),
        ("an attribute without quotes", STATUS, "<samlp:Status a=b>"),
        ("an attribute without a value", STATUS, "<samlp:Status a>"),
        (
            "an attribute twice",
            STATUS,
            "<samlp:Status a=\"1\" a=\"2\">",
        ),
        (
            "less-than in an attribute",
            STATUS,
            "<samlp:Status a=\"<\">",
        ),
        ("a blank before the name", STATUS, "< samlp:Status>"),
        ("the end of CDATA in a text", "Ann Tan", "]]>"),
        ("CDATA that does not end", "Ann Tan", "<![CDATA["),
        ("a loose ampersand", "Ann Tan", "Ann & Tan"),
        ("tags that cross", STATUS, "<a><b></a></b><samlp:Status>"),
        ("a second root", END, "</samlp:Response><x/>"),
        ("text behind the root", END, "</samlp:Response>x"),
        (
            "CDATA behind the root",
            END,
            "</samlp:Response><![CDATA[x]]>",
        ),
        ("an end too many", END, "</samlp:Response></x>"),
        ("no end", END, ""),
        (
            "a second declaration",
            END,
            "</samlp:Response><?xml version=\"1.0\"?>",
        ),
        (
            "an end tag in other letters",
            "</saml:NameID>",
            "</saml:NameId>",
        ),
    ] {
        bench
            .attack(case, Code::ResponseMalformed, |paper| {
                swap(&paper.signed(Signs::Assertion), from, to)
            })
            .await;
    }
    // Signed by the identity provider itself, and still not read as something else.
    for (case, from, to, code) in [
        (
            "conditions of another namespace",
            "<saml:Conditions ",
            "<x:Conditions xmlns:x=\"urn:x\" NotOnOrAfter=\"2099-01-01T00:00:00Z\"/><saml:Conditions ",
            Code::ResponseShape,
        ),
        (
            "a statement of another namespace",
            "<saml:AuthnStatement ",
            "<x:AuthnStatement xmlns:x=\"urn:x\"/><saml:AuthnStatement ",
            Code::ResponseShape,
        ),
        (
            "a name in other letters",
            "<saml:Conditions ",
            "<saml:conditions/><saml:Conditions ",
            Code::ResponseShape,
        ),
    ] {
        bench
            .attack(case, code, |paper| {
                paper.resigned(Signs::Response, |xml| swap(xml, from, to))
            })
            .await;
    }
    bench
        .honest("other prefixes", |paper| {
            paper.resigned(Signs::Response, |xml| {
                let xml = xml
                    .replace("saml:", "a:")
                    .replace("xmlns:saml=", "xmlns:a=");
                xml.replace("samlp:", "p:")
                    .replace("xmlns:samlp=", "xmlns:p=")
            })
        })
        .await;
    bench
        .honest("a namespace that nobody uses", |paper| {
            paper.resigned(Signs::Response, |xml| {
                swap(xml, SUBJECT, "<saml:Subject xmlns:x=\"urn:x\">")
            })
        })
        .await;
    bench
        .honest("CDATA that looks like an assertion", |paper| {
            paper.resigned(Signs::Response, |xml| {
                swap(
                    xml,
                    "Ann Tan",
                    "<![CDATA[<saml:Assertion ID=\"_x\"><!DOCTYPE x>]]>",
                )
            })
        })
        .await;
    bench
        .honest("an attribute in other quotes", |paper| {
            paper
                .signed(Signs::Assertion)
                .replace("Version=\"2.0\"", "Version='2.0'")
        })
        .await;
    bench.finish();
}
