//! DTDs and entities: what makes a parser open files and connections, or grow
//! without end, before any signature was looked at.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::Bench,
    paper::{Signs, swap},
};

/// Somebody who notices whoever is made to call.
fn listener() -> (String, Arc<AtomicUsize>) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    std::thread::spawn(move || {
        for _ in socket.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, calls)
}

#[tokio::test]
async fn nothing_is_opened_and_nothing_grows() {
    let mut bench = Bench::start("DTD, entities, XInclude").await;
    let (there, calls) = listener();
    let laughs = (1..10).fold("<!ENTITY l0 \"lol\">".to_owned(), |dtd, level| {
        let inner = format!("&l{};", level - 1).repeat(10);
        format!("{dtd}<!ENTITY l{level} \"{inner}\">")
    });
    for (case, dtd, used) in [
        ("a DOCTYPE alone", "<!DOCTYPE x>".to_owned(), ""),
        (
            "an external subset",
            format!("<!DOCTYPE x SYSTEM \"{there}/x.dtd\">"),
            "",
        ),
        (
            "a public subset",
            format!("<!DOCTYPE x PUBLIC \"-//x\" \"{there}/x.dtd\">"),
            "",
        ),
        (
            "a file by entity",
            "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>".to_owned(),
            "&e;",
        ),
        (
            "a connection by entity",
            format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"{there}/e\">]>"),
            "&e;",
        ),
        (
            "a parameter entity",
            format!("<!DOCTYPE x [<!ENTITY % e SYSTEM \"{there}/p\"> %e;]>"),
            "",
        ),
        (
            "a billion laughs",
            format!("<!DOCTYPE x [{laughs}]>"),
            "&l9;",
        ),
        (
            "quadratic growth",
            format!("<!DOCTYPE x [<!ENTITY q \"{}\">]>", "x".repeat(20_000)),
            "&q;&q;&q;&q;",
        ),
        (
            "a NameID by entity",
            "<!DOCTYPE x [<!ENTITY e \"boss@company.example\">]>".to_owned(),
            "&e;",
        ),
        (
            "an ID attribute by DTD",
            "<!DOCTYPE x [<!ATTLIST saml:NameID Format ID #IMPLIED>]>".to_owned(),
            "",
        ),
        (
            "a default attribute by DTD",
            "<!DOCTYPE x [<!ATTLIST saml:NameID Format CDATA \"urn:x\">]>".to_owned(),
            "",
        ),
        (
            "a notation",
            "<!DOCTYPE x [<!NOTATION n SYSTEM \"file:///bin/sh\">]>".to_owned(),
            "",
        ),
        ("other letters", "<!doctype x>".to_owned(), ""),
    ] {
        for signs in [Signs::Assertion, Signs::Response] {
            bench
                .attack(
                    &format!("{case}, {signs:?}"),
                    Code::ResponseForbidden,
                    |paper| {
                        let honest = paper.signed(signs);
                        let honest = if used.is_empty() {
                            honest
                        } else {
                            swap(&honest, "Ann Tan", used)
                        };
                        format!("{dtd}{honest}")
                    },
                )
                .await;
        }
    }
    for (case, used) in [
        ("an entity that nobody declared", "&evil;"),
        ("an HTML entity", "&nbsp;"),
        ("a character that is none", "&#0;"),
        ("half a surrogate pair", "&#xD800;"),
        ("a character beyond Unicode", "&#x110000;"),
    ] {
        bench
            .attack(case, Code::ResponseMalformed, |paper| {
                swap(&paper.signed(Signs::Assertion), "Ann Tan", used)
            })
            .await;
    }
    for (case, before) in [
        (
            "a style sheet",
            format!("<?xml-stylesheet href=\"{there}/s.xsl\" type=\"text/xsl\"?>"),
        ),
        ("PHP", "<?php system('id'); ?>".to_owned()),
    ] {
        bench
            .attack(case, Code::ResponseForbidden, |paper| {
                format!("{before}{}", paper.signed(Signs::Assertion))
            })
            .await;
    }
    // Changed content, whatever an XInclude processor would have made of it.
    bench
        .attack("XInclude of a file", Code::SignatureInvalid, |paper| {
            let include = "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\" parse=\"text\"/>";
            swap(&paper.signed(Signs::Assertion), "Ann Tan", include)
        })
        .await;
    bench
        .attack("a schema elsewhere", Code::SignatureInvalid, |paper| {
            let with = format!("<saml:Subject xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"urn:x {there}/x.xsd\">");
            swap(&paper.signed(Signs::Assertion), "<saml:Subject>", &with)
        })
        .await;
    for (case, from, to) in [
        (
            "the five that XML has",
            "Ann Tan",
            "Ann &amp; &lt;Tan&gt; &quot;&apos;",
        ),
        ("characters by number", "Ann Tan", "&#65;nn &#x54;an"),
        ("a section of CDATA", "Ann Tan", "<![CDATA[Ann <Tan>]]>"),
    ] {
        bench
            .honest(case, |paper| {
                paper.resigned(Signs::Response, |xml| swap(xml, from, to))
            })
            .await;
    }
    bench
        .honest("a declaration", |paper| {
            format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n{}",
                paper.signed(Signs::Response)
            )
        })
        .await;
    assert_eq!(calls.load(Ordering::SeqCst), 0, "somebody was called");
    bench.finish();
}
