//! Foreign keys: signatures that hold, by a key that nobody trusts, which the
//! message itself brings, names, or says where to fetch.

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::Bench,
    paper::{Paper, Signs, evil, swap},
};

fn with_key_info(xml: &str, inside: &str) -> String {
    let value = "<ds:SignatureValue/>";
    swap(
        xml,
        value,
        &format!("{value}<ds:KeyInfo>{inside}</ds:KeyInfo>"),
    )
}

fn x509(certificate: &str) -> String {
    format!("<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>")
}

#[tokio::test]
async fn only_the_keys_of_the_metadata_count() {
    let mut bench = Bench::start("foreign keys, KeyInfo").await;
    let theirs = |paper: &Paper<'_>| x509(&paper.foreign.certificate());
    let ours = |paper: &Paper<'_>| x509(&paper.idp.certificate());
    for signs in [Signs::Response, Signs::Assertion, Signs::Both] {
        bench
            .attack(
                &format!("a stranger's, {signs:?}"),
                Code::SignatureInvalid,
                |paper| paper.by_stranger(signs, evil),
            )
            .await;
    }
    bench
        .attack(
            "a stranger's, with its certificate",
            Code::SignatureInvalid,
            |paper| {
                paper.by_stranger(Signs::Assertion, |xml| {
                    with_key_info(&evil(xml), &theirs(paper))
                })
            },
        )
        .await;
    bench
        .attack(
            "a stranger's, with the trusted certificate",
            Code::SignatureInvalid,
            |paper| {
                paper.by_stranger(Signs::Assertion, |xml| {
                    with_key_info(&evil(xml), &ours(paper))
                })
            },
        )
        .await;
    bench
        .attack(
            "a stranger's, with both certificates",
            Code::SignatureInvalid,
            |paper| {
                let both = format!("{}{}", ours(paper), theirs(paper));
                paper.by_stranger(Signs::Assertion, |xml| with_key_info(&evil(xml), &both))
            },
        )
        .await;
    bench
        .attack(
            "a stranger's assertion in a good response",
            Code::SignatureInvalid,
            |paper| {
                let inner = paper.by_stranger(Signs::Assertion, evil);
                super::paper::sign(
                    paper.idp,
                    &swap(&inner, "</saml:Issuer>", "</saml:Issuer>{outer}"),
                )
            },
        )
        .await;
    bench
        .attack(
            "a good assertion in a stranger's response",
            Code::SignatureInvalid,
            |paper| {
                let inner = paper.signed(Signs::Assertion);
                super::paper::sign(
                    paper.foreign,
                    &swap(&inner, "</saml:Issuer>", "</saml:Issuer>{outer}"),
                )
            },
        )
        .await;
    for (case, inside) in [
        (
            "fetched by http",
            "<ds:RetrievalMethod URI=\"http://127.0.0.1:9/key\"/>",
        ),
        (
            "fetched from a file",
            "<ds:RetrievalMethod URI=\"file:///etc/ssl/certs/ca-certificates.crt\" Type=\"http://www.w3.org/2000/09/xmldsig#rawX509Certificate\"/>",
        ),
        (
            "fetched from this document",
            "<ds:RetrievalMethod URI=\"#_response\"/>",
        ),
        (
            "by KeyInfoReference",
            "<x:KeyInfoReference xmlns:x=\"http://www.w3.org/2009/xmldsig11#\" URI=\"#_response\"/>",
        ),
        (
            "by CipherReference",
            "<x:EncryptedKey xmlns:x=\"http://www.w3.org/2001/04/xmlenc#\"><x:CipherData><x:CipherReference URI=\"file:///etc/passwd\"/></x:CipherData></x:EncryptedKey>",
        ),
    ] {
        bench
            .attack(&format!("a key {case}"), Code::SignaturePlace, |paper| {
                paper.by_stranger(Signs::Assertion, |xml| with_key_info(&evil(xml), inside))
            })
            .await;
    }
    bench
        .honest("no KeyInfo", |paper| paper.signed(Signs::Assertion))
        .await;
    bench
        .honest("the right certificate", |paper| {
            paper.resigned(Signs::Assertion, |xml| with_key_info(xml, &ours(paper)))
        })
        .await;
    bench
        .honest("a stranger's certificate, the right key", |paper| {
            paper.resigned(Signs::Assertion, |xml| with_key_info(xml, &theirs(paper)))
        })
        .await;
    bench
        .honest("a key's name", |paper| {
            paper.resigned(Signs::Assertion, |xml| {
                with_key_info(xml, "<ds:KeyName>idp</ds:KeyName>")
            })
        })
        .await;
    bench.finish();
}
