//! Metadata that somebody has tampered with: nobody signs in by it. (What a
//! private address or a slow server of metadata does, `upstream::tests` show.)

use std::fs;

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::Bench,
    paper::{Signs, cut, swap},
};
use crate::{login::walk::flex_asks, support::browser::Browser};

/// A key that can be factored: RSA with 1,024 bits.
const SMALL: &str = "MIIB/DCCAWWgAwIBAgIUU6AC3G5zlmwmJgC4o2HdnX2xOS4wDQYJKoZIhvcNAQELBQAwEDEOMAwGA1UEAwwFc21hbGwwHhcNMjYxMTIyMTM0MzU5WhcNMzYxMTE5MTM0MzU5WjAQMQ4wDAYDVQQDDAVzbWFsbDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAsscNnH3QH0X9C+UAw0Lp8q2YjfuesoNEsF3oTEoUw/H6e++CciDAbVVh/af4cfnZTkf6taT+jwKlC8W/xXRKGgkZVPkuIR3u6Mkr0eUT7obK9EGeWUiGGuRabEMyIRg/LiYIFMKIlS3Xr9bnAjwKViRp36fjyjiQYvGVruKmpS0CAwEAAaNTMFEwHQYDVR0OBBYEFCMD0jFYZ1so1bBsL+N59S4kSREQMB8GA1UdIwQYMBaAFCMD0jFYZ1so1bBsL+N59S4kSREQMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEAiBVY8V3RtLwfX7kcPexPxD1if8aBlV/ueEFJ9LJ95L3kBpOJtIds2nWfPlITofRHC86yrSX+Lx1xUQK9Uke3xe/X5iT5tGe7xQFH5FN9fPAtvltraLSKkQRTThT5YG3/G+aKJS4KNmXe9OwbHGLmB9b8k3PmXQvYeJAjbdIdnBk=";

type Change = fn(&str) -> String;

const CHANGES: [(&str, Change); 17] = [
    ("a DOCTYPE", |xml| format!("<!DOCTYPE x>{xml}")),
    ("an external entity", |xml| {
        format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{xml}")
    }),
    ("a style sheet", |xml| {
        format!("<?xml-stylesheet href=\"x\"?>{xml}")
    }),
    ("another encoding", |xml| {
        format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>{xml}")
    }),
    ("no key", |xml| {
        cut(xml, "<md:KeyDescriptor", "</md:KeyDescriptor>").0
    }),
    ("a key for something else", |xml| {
        swap(xml, "use=\"signing\"", "use=\"encryption\"")
    }),
    ("a key of 1,024 bits", |xml| {
        let (_, key) = cut(xml, "<ds:X509Certificate>", "</ds:X509Certificate>");
        swap(
            xml,
            &key,
            &format!("<ds:X509Certificate>{SMALL}</ds:X509Certificate>"),
        )
    }),
    ("a key that is none", |xml| {
        swap(xml, "<ds:X509Certificate>", "<ds:X509Certificate>AAAA")
    }),
    ("an address without TLS", |xml| {
        swap(xml, "Location=\"https://", "Location=\"http://")
    }),
    ("a script as an address", |xml| {
        let (_, place) = cut(xml, "Location=\"", "\"");
        swap(xml, &place, "Location=\"javascript:alert(1)\"")
    }),
    ("a file as an address", |xml| {
        let (_, place) = cut(xml, "Location=\"", "\"");
        swap(xml, &place, "Location=\"file:///etc/passwd\"")
    }),
    ("one that is over", |xml| {
        swap(
            xml,
            " entityID=",
            " validUntil=\"2020-01-01T00:00:00Z\" entityID=",
        )
    }),
    ("a time that is none", |xml| {
        swap(xml, " entityID=", " validUntil=\"never\" entityID=")
    }),
    ("two identity providers", |xml| {
        format!(
            "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{xml}{}</md:EntitiesDescriptor>",
            swap(xml, "entityID=\"https://hq", "entityID=\"https://hq2")
        )
    }),
    ("another protocol", |xml| {
        swap(xml, "SAML:2.0:protocol", "SAML:1.1:protocol")
    }),
    ("the same ID twice", |xml| {
        swap(xml, " entityID=", " ID=\"x\" id=\"x\" entityID=")
    }),
    ("no XML", |_| "<html>".to_owned()),
];

#[tokio::test]
async fn nobody_signs_in_by_tampered_metadata() {
    let mut bench = Bench::start_with("metadata", "", |_| {}).await;
    let good = bench.company.idp.metadata();
    let plan = bench.company.plan.clone();
    for (number, (case, change)) in CHANGES.into_iter().enumerate() {
        // A place of its own: the last good document of the old place stays good there.
        let file = bench.company.bridge.file(&format!("bad-{number}.xml"));
        fs::write(&file, change(&good)).unwrap();
        let mut bad = plan.clone();
        bad.metadata = format!("{{ file = \"{}\" }}", file.display());
        bench.company.bridge.reload(&bad).await;
        let page = Browser::new()
            .open_once(&flex_asks(&bench.company.bridge))
            .await;
        bench.page(case, &page, Code::MetadataUnavailable);
    }
    // A stranger's whole document, where the entity ID is written down.
    let file = bench.company.bridge.file("stranger.xml");
    let other = crate::support::forging::ForgingIdp::new("stranger").metadata();
    fs::write(&file, other).unwrap();
    let mut pinned = plan.clone();
    pinned.metadata = format!(
        "{{ file = \"{}\", entity_id = \"{}\" }}",
        file.display(),
        bench.company.idp.entity_id
    );
    bench.company.bridge.reload(&pinned).await;
    let page = Browser::new()
        .open_once(&flex_asks(&bench.company.bridge))
        .await;
    bench.page(
        "a stranger's, where the name is written down",
        &page,
        Code::MetadataUnavailable,
    );

    bench.company.bridge.reload(&plan).await;
    bench
        .honest("the good one again", |paper| paper.signed(Signs::Both))
        .await;
    for (case, change) in [
        (
            "a comment and a declaration",
            (|xml: &str| {
                format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- exported -->{xml}")
            }) as Change,
        ),
        ("a key without a use", |xml| {
            swap(xml, " use=\"signing\"", "")
        }),
        ("a time to come", |xml| {
            swap(
                xml,
                " entityID=",
                " validUntil=\"2099-01-01T00:00:00Z\" entityID=",
            )
        }),
    ] {
        let file = bench
            .company
            .bridge
            .file(&format!("good-{}.xml", case.len()));
        fs::write(&file, change(&good)).unwrap();
        let mut other = plan.clone();
        other.metadata = format!("{{ file = \"{}\" }}", file.display());
        bench.company.bridge.reload(&other).await;
        bench.honest(case, |paper| paper.signed(Signs::Both)).await;
    }
    bench.finish();
}
