//! Signature exclusion: what is not signed, or only looks as if it were.

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::Bench,
    paper::{SUBJECT, Signs, cut, evil, signature, swap, unsigned},
};

#[tokio::test]
async fn what_is_not_signed_is_not_read() {
    let mut bench = Bench::start("signature exclusion").await;
    for (case, forge) in [
        (
            "no signature at all",
            (|xml| evil(&unsigned(xml))) as fn(&str) -> String,
        ),
        ("a signature of another namespace", |xml| {
            swap(
                xml,
                "http://www.w3.org/2000/09/xmldsig#",
                "http://www.w3.org/2000/09/xmldsig",
            )
        }),
        ("a signature of no namespace", |xml| {
            let own = signature(xml).replace("ds:", "").replace(
                " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"",
                " xmlns=\"\"",
            );
            evil(&swap(xml, &signature(xml), &own))
        }),
    ] {
        for signs in [Signs::Assertion, Signs::Response] {
            bench
                .attack(
                    &format!("{case}, {signs:?}"),
                    Code::SignatureMissing,
                    |paper| forge(&paper.signed(signs)),
                )
                .await;
        }
    }
    for (case, forge) in [
        (
            "an empty signature",
            (|xml| {
                let empty = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>";
                swap(&evil(xml), &signature(xml), empty)
            }) as fn(&str) -> String,
        ),
        ("nothing in SignedInfo", |xml| {
            swap(
                &evil(xml),
                &cut(xml, "<ds:SignedInfo>", "</ds:SignedInfo>").1,
                "<ds:SignedInfo/>",
            )
        }),
        ("no reference", |xml| {
            cut(&evil(xml), "<ds:Reference ", "</ds:Reference>").0
        }),
        ("no value", |xml| {
            cut(&evil(xml), "<ds:SignatureValue>", "</ds:SignatureValue>").0
        }),
        ("no digest", |xml| {
            cut(&evil(xml), "<ds:DigestValue>", "</ds:DigestValue>").0
        }),
        ("a stray SignedInfo", |xml| {
            let stray = cut(xml, "<ds:SignedInfo>", "</ds:SignedInfo>").1;
            let stray = swap(
                &stray,
                "<ds:SignedInfo>",
                "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
            );
            swap(&evil(&unsigned(xml)), SUBJECT, &format!("{stray}{SUBJECT}"))
        }),
    ] {
        bench
            .attack(case, Code::SignaturePlace, |paper| {
                forge(&paper.signed(Signs::Assertion))
            })
            .await;
    }
    for (case, forge) in [
        (
            "an empty value",
            (|xml| {
                let value = cut(xml, "<ds:SignatureValue>", "</ds:SignatureValue>").1;
                swap(xml, &value, "<ds:SignatureValue></ds:SignatureValue>")
            }) as fn(&str) -> String,
        ),
        ("an empty digest", |xml| {
            let value = cut(xml, "<ds:DigestValue>", "</ds:DigestValue>").1;
            swap(&evil(xml), &value, "<ds:DigestValue></ds:DigestValue>")
        }),
        ("the NameID changed after signing", evil),
        ("an attribute changed after signing", |xml| {
            swap(xml, ">agent<", ">admin<")
        }),
        ("white space added after signing", |xml| {
            swap(xml, SUBJECT, &format!(" {SUBJECT}"))
        }),
    ] {
        for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
            bench
                .attack(
                    &format!("{case}, {signs:?}"),
                    Code::SignatureInvalid,
                    |paper| forge(&paper.signed(signs)),
                )
                .await;
        }
    }
    // One signature that holds does not excuse another that doesn't.
    bench
        .attack(
            "a good response around a touched assertion",
            Code::SignatureInvalid,
            |paper| {
                let touched = evil(&paper.signed(Signs::Assertion));
                let outer = swap(&touched, "</saml:Issuer>", "</saml:Issuer>{outer}");
                super::paper::sign(paper.idp, &outer)
            },
        )
        .await;
    bench
        .attack(
            "a good assertion in a touched response",
            Code::SignatureInvalid,
            |paper| {
                swap(
                    &paper.signed(Signs::Both),
                    "<samlp:Status>",
                    "<samlp:Status> ",
                )
            },
        )
        .await;
    for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
        bench
            .honest(&format!("{signs:?}"), |paper| paper.signed(signs))
            .await;
    }
    bench.finish();
}
