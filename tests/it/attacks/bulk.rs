//! Doubled parameters, bombs by deflate and base64, bulk and depth: everything
//! that costs the receiver more than the sender, or is read differently by two.

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use flate2::{Compression, write::DeflateEncoder};
use flexbridge::identity::RefusalCode as Code;
use url::Url;

use super::{
    bench::{Bench, is_ann, post},
    paper::{Signs, swap},
};
use crate::support::{
    browser::Browser,
    flex::{enhanced_request, posted, redirect},
    forms::Form,
};

fn deflated(bytes: &[u8]) -> String {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    deflate.write_all(bytes).unwrap();
    BASE64.encode(deflate.finish().unwrap())
}

fn with_query(sso: &str, pairs: &[(&str, &str)]) -> Url {
    let mut url: Url = sso.parse().unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    url
}

#[tokio::test]
async fn nothing_comes_twice() {
    let mut bench = Bench::start_with("parameter duplication", "", |_| {}).await;
    let sso = bench.company.bridge.sso_url();
    let xml = enhanced_request("_1", &sso);
    let message = deflated(xml.as_bytes());
    for (case, pairs) in [
        (
            "the request",
            &[("SAMLRequest", &*message), ("SAMLRequest", &message)][..],
        ),
        (
            "RelayState",
            &[
                ("SAMLRequest", &message),
                ("RelayState", "a"),
                ("RelayState", "b"),
            ],
        ),
        (
            "RelayState, the same",
            &[
                ("SAMLRequest", &message),
                ("RelayState", "a"),
                ("RelayState", "a"),
            ],
        ),
        (
            "an encoding that is not known",
            &[("SAMLRequest", &message), ("SAMLEncoding", "urn:x")],
        ),
        ("no request", &[("RelayState", "a")]),
    ] {
        bench
            .by_query(case, Code::RequestParameter, &with_query(&sso, pairs))
            .await;
    }
    let spelt: Url = format!(
        "{}&%53AMLRequest=x",
        with_query(&sso, &[("SAMLRequest", &message)])
    )
    .parse()
    .unwrap();
    bench
        .by_query(
            "the request, spelt in another way",
            Code::RequestParameter,
            &spelt,
        )
        .await;
    for (case, change) in [
        (
            "the response",
            (|form: &mut Form| {
                form.fields
                    .push(("SAMLResponse".to_owned(), "PHg+".to_owned()));
            }) as fn(&mut Form),
        ),
        ("the response, first another", |form| {
            form.fields
                .insert(0, ("SAMLResponse".to_owned(), "PHg+".to_owned()));
        }),
        ("the response, the same", |form| {
            let field = form.fields[0].clone();
            form.fields.push(field);
        }),
        ("RelayState of the response", |form| {
            form.fields.push(("RelayState".to_owned(), String::new()));
        }),
        ("no response", |form| drop(form.fields.remove(0))),
    ] {
        bench
            .attack_by(case, Code::ResponseParameter, |paper| {
                let mut form = post(paper.asked, &paper.signed(Signs::Response));
                change(&mut form);
                form
            })
            .await;
    }
    let (mut browser, asked) = bench.begin().await;
    let mut form = post(&asked, &bench.paper(&asked).signed(Signs::Response));
    form.fields.push(("SAMLart".to_owned(), "x".to_owned()));
    form.action
        .set_query(Some("SAMLResponse=PHg%2B&RelayState=x"));
    let page = browser.submit_once(&form).await;
    bench.class.honest(
        "what else stands in the form, or in the address",
        is_ann(&page),
    );
    bench.finish();
}

#[tokio::test]
async fn bombs_and_bulk() {
    let mut bench = Bench::start_with("bombs, bulk, depth", "", |_| {}).await;
    let sso = bench.company.bridge.sso_url();
    let xml = enhanced_request("_1", &sso);
    let zeros = |megabytes: usize| vec![b' '; megabytes * 1024 * 1024];
    for (case, message, code) in [
        (
            "a deflate bomb",
            deflated(&[xml.as_bytes(), &zeros(16)].concat()),
            Code::RequestTooLarge,
        ),
        (
            "a deflate bomb of nothing else",
            deflated(&zeros(8)),
            Code::RequestTooLarge,
        ),
        (
            "deflate that breaks off",
            BASE64.encode(&BASE64.decode(deflated(xml.as_bytes())).unwrap()[..40]),
            Code::RequestMalformed,
        ),
        (
            "no deflate",
            BASE64.encode(b"hello, this is no deflate"),
            Code::RequestMalformed,
        ),
        ("no base64", "****".to_owned(), Code::RequestMalformed),
    ] {
        bench
            .by_query(case, code, &with_query(&sso, &[("SAMLRequest", &message)]))
            .await;
    }
    let page = Browser::new()
        .submit_once(&posted(
            &sso,
            &format!("{xml}{}", " ".repeat(70 * 1024)),
            None,
        ))
        .await;
    bench.page("a request over its bound", &page, Code::RequestTooLarge);
    let page = Browser::new()
        .submit_once(&posted(&sso, &" ".repeat(600 * 1024), None))
        .await;
    bench.page_as(
        "a request over all bounds",
        &page,
        Code::RequestTooLarge,
        413,
    );
    for (case, bytes, status) in [
        ("base64 over its bound", 520 * 1024, 400),
        ("a form over all bounds", 600 * 1024, 413),
    ] {
        let (mut browser, asked) = bench.begin().await;
        let form = post(&asked, "<x/>").fill("SAMLResponse", &"A".repeat(bytes));
        let page = browser.submit_once(&form).await;
        bench.page_as(case, &page, Code::ResponseTooLarge, status);
    }
    let several =
        |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    for (case, bulk, code) in [
        (
            "nested 70 deep",
            format!("{}{}", "<x>".repeat(70), "</x>".repeat(70)),
            Code::ResponseForbidden,
        ),
        (
            "9,000 elements",
            "<x/>".repeat(9_000),
            Code::ResponseForbidden,
        ),
        (
            "65 attributes",
            format!("<x{}/>", several(65, &|n| format!(" a{n}=\"\""))),
            Code::ResponseForbidden,
        ),
        (
            "5,000 namespaces",
            several(90, &|n| {
                format!(
                    "<x{}/>",
                    several(60, &|m| format!(" xmlns:p{n}p{m}=\"urn:x\""))
                )
            }),
            Code::ResponseForbidden,
        ),
        (
            "a long namespace",
            format!("<x xmlns:p=\"urn:{}\"/>", "x".repeat(300)),
            Code::ResponseForbidden,
        ),
        (
            "a text over the bound",
            "x".repeat(260 * 1024),
            Code::ResponseTooLarge,
        ),
        (
            "300 attributes of the person",
            several(300, &|n| {
                format!(
                    "</saml:AttributeValue></saml:Attribute><saml:Attribute Name=\"a{n}\"><saml:AttributeValue>"
                )
            }),
            Code::AssertionAttributes,
        ),
    ] {
        bench
            .attack(case, code, |paper| {
                paper.resigned(Signs::Response, |xml| swap(xml, "Singapore Office", &bulk))
            })
            .await;
    }
    bench
        .attack(
            "60,000 deep, and nothing else",
            Code::ResponseForbidden,
            |_| "<x>".repeat(60_000),
        )
        .await;
    bench
        .honest("a thousand groups", |paper| {
            let groups = several(1_000, &|n| format!("<saml:AttributeValue>CN=group-{n},OU=x,DC=company</saml:AttributeValue>"));
            let more = format!("<saml:Attribute Name=\"groups\">{groups}</saml:Attribute></saml:AttributeStatement>");
            paper.resigned(Signs::Response, |xml| swap(xml, "</saml:AttributeStatement>", &more))
        })
        .await;
    let mut browser = Browser::new();
    let page = browser.open_once(&redirect(&sso, &xml, "s")).await;
    bench
        .begins("a request of the usual size", browser, &page, Some("s"))
        .await;
    bench.finish();
}
