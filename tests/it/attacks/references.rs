//! Duplicate IDs, and what a reference and its transforms may be: anything but
//! the enclosing element, whole, is refused before it is looked up.

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::Bench,
    paper::{STATUS, Signs, assertion, cut, evil, evil_assertion, swap},
};

#[tokio::test]
async fn identifiers_are_there_once() {
    let mut bench = Bench::start("duplicate IDs").await;
    for (case, place, with) in [
        ("an Id", STATUS, "<samlp:Status Id=\"{}\">"),
        ("an id", STATUS, "<samlp:Status id=\"{}\">"),
        ("an xml:id", STATUS, "<samlp:Status xml:id=\"{}\">"),
        (
            "an ID of another namespace",
            STATUS,
            "<samlp:Status xmlns:q=\"urn:q\" q:ID=\"{}\">",
        ),
        (
            "an AssertionID",
            STATUS,
            "<samlp:Status AssertionID=\"{}\">",
        ),
        ("a ResponseID", STATUS, "<samlp:Status ResponseID=\"{}\">"),
        ("the response's own", "ID=\"_response\"", "ID=\"{}\""),
        (
            "in an extension",
            STATUS,
            "<samlp:Extensions><x:y xmlns:x=\"urn:x\" ID=\"{}\"/></samlp:Extensions><samlp:Status>",
        ),
    ] {
        bench
            .attack(case, Code::ResponseForbidden, |paper| {
                swap(
                    &paper.signed(Signs::Assertion),
                    place,
                    &with.replace("{}", paper.id()),
                )
            })
            .await;
    }
    bench
        .attack("of two assertions", Code::ResponseForbidden, |paper| {
            let honest = paper.signed(Signs::Assertion);
            let original = assertion(&honest);
            let twin = swap(&evil_assertion(paper, &original), "_evil", paper.id());
            swap(&honest, &original, &format!("{twin}{original}"))
        })
        .await;
    bench
        .attack("as a second attribute", Code::ResponseMalformed, |paper| {
            let id = format!("ID=\"{}\"", paper.id());
            swap(&paper.signed(Signs::Assertion), &id, &format!("{id} {id}"))
        })
        .await;
    bench
        .attack(
            "two prefixes of one namespace",
            Code::ResponseMalformed,
            |paper| {
                swap(
                    &paper.signed(Signs::Assertion),
                    STATUS,
                    "<samlp:Status xmlns:p=\"urn:p\" xmlns:q=\"urn:p\" p:ID=\"_1\" q:ID=\"_2\">",
                )
            },
        )
        .await;
    for id in ["", "1a", "a b", "xpointer(id('_response'))", "element(/1)"] {
        bench
            .attack(
                &format!("{id:?}, which is none"),
                Code::ResponseShape,
                |paper| {
                    swap(
                        &paper.signed(Signs::Assertion),
                        "ID=\"_response\"",
                        &format!("ID=\"{id}\""),
                    )
                },
            )
            .await;
    }
    bench
        .honest("others elsewhere", |paper| {
            swap(
                &paper.signed(Signs::Assertion),
                STATUS,
                "<samlp:Status Id=\"_other\">",
            )
        })
        .await;
    bench.finish();
}

#[tokio::test]
async fn a_reference_is_to_the_enclosing_element() {
    let mut bench = Bench::start_with("references", "", |_| {}).await;
    for uri in [
        "",
        "#",
        "_response",
        "#_other",
        "#_response ",
        "#xpointer(/)",
        "#xpointer(id('_response'))",
        "#_response#_response",
        "http://127.0.0.1:9/x#_response",
        "file:///etc/passwd",
        "Cargo.toml",
        "cid:x",
        "data:text/plain,x",
        "#%5Fresponse",
    ] {
        bench
            .attack(&format!("to {uri:?}"), Code::SignaturePlace, |paper| {
                swap(
                    &evil(&paper.signed(Signs::Response)),
                    "URI=\"#_response\"",
                    &format!("URI=\"{uri}\""),
                )
            })
            .await;
    }
    bench
        .attack(
            "to the assertion, of the response",
            Code::SignaturePlace,
            |paper| {
                swap(
                    &paper.signed(Signs::Response),
                    "URI=\"#_response\"",
                    &format!("URI=\"#{}\"", paper.id()),
                )
            },
        )
        .await;
    bench
        .attack("to nothing", Code::SignaturePlace, |paper| {
            swap(&paper.signed(Signs::Response), " URI=\"#_response\"", "")
        })
        .await;
    for (case, change) in [
        ("two", (|one: &str| one.repeat(2)) as fn(&str) -> String),
        ("a manifest", |one| {
            format!("<ds:Manifest>{one}</ds:Manifest>")
        }),
        ("two, one of them to something else", |one| {
            format!("{one}{}", swap(one, "#_response", "#_other"))
        }),
    ] {
        bench
            .attack(case, Code::SignaturePlace, |paper| {
                let xml = paper.signed(Signs::Response);
                let (_, reference) = cut(&xml, "<ds:Reference ", "</ds:Reference>");
                swap(&xml, &reference, &change(&reference))
            })
            .await;
    }
    // Who looks attributes up by their local names reads the first.
    for (case, before, name, value) in [
        (
            "another URI by prefix",
            "URI=\"#_response\"",
            "URI",
            "#_other",
        ),
        (
            "a file by prefix",
            "URI=\"#_response\"",
            "URI",
            "Cargo.toml",
        ),
        (
            "SHA-1 by prefix",
            "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"",
            "Algorithm",
            "http://www.w3.org/2000/09/xmldsig#sha1",
        ),
    ] {
        bench
            .attack(case, Code::SignaturePlace, |paper| {
                swap(
                    &paper.signed(Signs::Response),
                    before,
                    &format!("xmlns:q=\"urn:q\" q:{name}=\"{value}\" {before}"),
                )
            })
            .await;
    }
    bench
        .honest("to the response", |paper| paper.signed(Signs::Response))
        .await;
    bench
        .honest("to the assertion", |paper| paper.signed(Signs::Assertion))
        .await;
    bench.finish();
}

const ENVELOPED: &str =
    "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
const EXC: &str = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";

#[tokio::test]
async fn transforms_are_exactly_two() {
    let mut bench = Bench::start_with("transforms", "", |_| {}).await;
    let other = |algorithm: &str, inside: &str| {
        format!("<ds:Transform Algorithm=\"{algorithm}\">{inside}</ds:Transform>")
    };
    let xpath = other(
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "<ds:XPath>not(ancestor-or-self::saml:NameID)</ds:XPath>",
    );
    let filter = other(
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "<f:XPath xmlns:f=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"subtract\">//saml:NameID</f:XPath>",
    );
    let xslt = other(
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"><xsl:template match=\"/\"><xsl:value-of select=\"document('file:///etc/passwd')\"/></xsl:template></xsl:stylesheet>",
    );
    let base64 = other("http://www.w3.org/2000/09/xmldsig#base64", "");
    let decrypt = other("http://www.w3.org/2002/07/decrypt#XML", "");
    let both = format!("{ENVELOPED}{EXC}");
    for (case, steps) in [
        ("none", String::new()),
        ("the first alone", ENVELOPED.to_owned()),
        ("the second alone", EXC.to_owned()),
        ("in the other order", format!("{EXC}{ENVELOPED}")),
        ("the first twice", format!("{ENVELOPED}{ENVELOPED}")),
        ("one more", format!("{both}{EXC}")),
        ("XPath", format!("{ENVELOPED}{xpath}{EXC}")),
        ("XPath in place of the first", format!("{xpath}{EXC}")),
        ("XPath Filter 2", format!("{ENVELOPED}{filter}{EXC}")),
        ("XSLT", format!("{ENVELOPED}{xslt}")),
        ("XSLT behind", format!("{both}{xslt}")),
        ("base64", format!("{both}{base64}")),
        ("decryption", format!("{ENVELOPED}{decrypt}{EXC}")),
        (
            "of another namespace",
            both.replacen("<ds:Transform ", "<x:Transform xmlns:x=\"urn:x\" ", 1),
        ),
        (
            "with a child",
            both.replacen(
                "signature\"/>",
                "signature\"><ds:XPath>1</ds:XPath></ds:Transform>",
                1,
            ),
        ),
    ] {
        bench
            .attack(case, Code::SignatureAlgorithm, |paper| {
                swap(&evil(&paper.signed(Signs::Response)), &both, &steps)
            })
            .await;
    }
    bench
        .attack("no list of them", Code::SignaturePlace, |paper| {
            swap(
                &paper.signed(Signs::Response),
                &format!("<ds:Transforms>{both}</ds:Transforms>"),
                "",
            )
        })
        .await;
    bench
        .honest("enveloped, then exclusive", |paper| {
            paper.signed(Signs::Both)
        })
        .await;
    bench.finish();
}
