//! Flex's place, taken by somebody else: forged requests, relay states that are
//! more than opaque.

use flexbridge::identity::RefusalCode as Code;
use url::Url;

use super::{
    bench::{Bench, is_ann, post},
    paper::{Signs, swap},
};
use crate::support::{
    browser::{Browser, Page},
    flex::{ENHANCED, enhanced_request, posted, redirect},
    forging::asked,
};

impl Bench {
    pub async fn by_query(&mut self, case: &str, code: Code, url: &Url) {
        let page = Browser::new().open_once(url).await;
        self.page(case, &page, code);
    }

    /// A request leads to an identity provider, and at its end Ann arrives.
    pub async fn begins(
        &mut self,
        case: &str,
        mut browser: Browser,
        page: &Page,
        state: Option<&str>,
    ) {
        if !page.headers.contains_key("location") {
            self.class
                .honest(case, Err(format!("{} {:.200}", page.status, page.body)));
            return;
        }
        let asked = asked(page);
        let form = post(&asked, &self.paper(&asked).signed(Signs::Response));
        let page = browser.submit_once(&form).await;
        let verdict = is_ann(&page).and_then(|()| {
            let form = page.form_with("SAMLResponse");
            let there = form.action.as_str() == ENHANCED.1;
            let echoed = form.field("RelayState") == state;
            (there && echoed)
                .then_some(())
                .ok_or_else(|| format!("{form:?}"))
        });
        self.class.honest(case, verdict);
    }
}

#[tokio::test]
async fn requests_in_flexs_place() {
    let mut bench = Bench::start_with("forged requests", "", |_| {}).await;
    let sso = bench.company.bridge.sso_url();
    let right = enhanced_request("_1", &sso);
    for (case, xml, code) in [
        (
            "an unknown issuer",
            swap(&right, "JQ0123456789<", "JQ9876543210<"),
            Code::RequestUnknownIssuer,
        ),
        (
            "an issuer that begins alike",
            swap(&right, "JQ0123456789<", "JQ0123456789.evil<"),
            Code::RequestUnknownIssuer,
        ),
        (
            "no issuer",
            swap(&right, "urn:flex:JQ0123456789<", "<"),
            Code::RequestUnknownIssuer,
        ),
        (
            "an ACS of the attacker's",
            swap(&right, ENHANCED.1, "https://evil.example/acs"),
            Code::RequestAcs,
        ),
        (
            "an ACS behind the right host",
            swap(&right, ENHANCED.1, &format!("{}#@evil.example", ENHANCED.1)),
            Code::RequestAcs,
        ),
        (
            "an ACS with another user",
            swap(&right, "https://login.flex", "https://evil@login.flex"),
            Code::RequestAcs,
        ),
        (
            "an answer by artifact",
            swap(&right, "HTTP-POST", "HTTP-Artifact"),
            Code::RequestAcs,
        ),
        (
            "another destination",
            swap(
                &right,
                &format!("Destination=\"{sso}\""),
                "Destination=\"https://evil.example/\"",
            ),
            Code::RequestDestination,
        ),
        (
            "another message",
            right.replace("AuthnRequest", "LogoutRequest"),
            Code::RequestMalformed,
        ),
        (
            "a DOCTYPE",
            format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{right}"),
            Code::RequestMalformed,
        ),
        (
            "a comment in the issuer",
            swap(&right, "JQ0123456789<", "JQ0123456789<!-- -->.evil<"),
            Code::RequestMalformed,
        ),
        (
            "an ID with mark-up",
            swap(&right, "ID=\"_1\"", "ID=\"&quot;&gt;&lt;x\""),
            Code::RequestMalformed,
        ),
        (
            "an ID of a kilobyte",
            swap(
                &right,
                "ID=\"_1\"",
                &format!("ID=\"_{}\"", "x".repeat(1_024)),
            ),
            Code::RequestMalformed,
        ),
        (
            "no ID",
            swap(&right, " ID=\"_1\"", ""),
            Code::RequestMalformed,
        ),
        (
            "another version",
            swap(&right, "Version=\"2.0\"", "Version=\"2.1\""),
            Code::RequestMalformed,
        ),
        (
            "nested deeply",
            swap(
                &right,
                "</samlp:AuthnRequest>",
                &format!(
                    "{}{}</samlp:AuthnRequest>",
                    "<x>".repeat(60),
                    "</x>".repeat(60)
                ),
            ),
            Code::RequestMalformed,
        ),
        (
            "many elements",
            swap(
                &right,
                "</samlp:AuthnRequest>",
                &format!("{}</samlp:AuthnRequest>", "<x/>".repeat(1_000)),
            ),
            Code::RequestMalformed,
        ),
        ("no XML", "hello".to_owned(), Code::RequestMalformed),
    ] {
        bench.by_query(case, code, &redirect(&sso, &xml, "s")).await;
        let page = Browser::new()
            .submit_once(&posted(&sso, &xml, Some("s")))
            .await;
        bench.page(&format!("{case}, posted"), &page, code);
    }
    for (case, change) in [
        (
            "without what may be left out",
            (|xml: &str| {
                swap(
                    xml,
                    " ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\"",
                    "",
                )
            }) as fn(&str) -> String,
        ),
        ("as it comes", str::to_owned),
    ] {
        let mut browser = Browser::new();
        let page = browser
            .open_once(&redirect(&sso, &change(&right), "s"))
            .await;
        bench.begins(case, browser, &page, Some("s")).await;
    }
    bench.finish();
}

#[tokio::test]
async fn relay_states_are_opaque() {
    let mut bench = Bench::start_with("RelayState", "", |_| {}).await;
    let sso = bench.company.bridge.sso_url();
    let xml = enhanced_request("_1", &sso);
    for (case, state, code) in [
        ("over its bound", "x".repeat(2_049), Code::RequestTooLarge),
        ("over it in bytes", "é".repeat(1_025), Code::RequestTooLarge),
        (
            "a line break",
            "a\r\nSet-Cookie: x=y".to_owned(),
            Code::RequestMalformed,
        ),
        ("NUL", "a\0b".to_owned(), Code::RequestMalformed),
        (
            "an escape sequence",
            "\u{1b}[2J".to_owned(),
            Code::RequestMalformed,
        ),
        ("DEL", "\u{7f}".to_owned(), Code::RequestMalformed),
        (
            "a control of the second kind",
            "\u{85}".to_owned(),
            Code::RequestMalformed,
        ),
    ] {
        bench
            .by_query(case, code, &redirect(&sso, &xml, &state))
            .await;
        let page = Browser::new()
            .submit_once(&posted(&sso, &xml, Some(&state)))
            .await;
        bench.page(&format!("{case}, posted"), &page, code);
    }
    bench
        .by_query(
            "not UTF-8",
            Code::RequestParameter,
            &format!(
                "{}&RelayState=%ff",
                swap(redirect(&sso, &xml, "").as_str(), "&RelayState=", "")
            )
            .parse()
            .unwrap(),
        )
        .await;
    let long = "+/=é".repeat(409) + "abc";
    for state in [
        "https://evil.example/",
        "javascript:alert(1)",
        "//evil.example",
        "\"><script>alert(1)</script>",
        "' onload='alert(1)",
        "%20+%2B &amp; &#65;",
        "../../etc/passwd",
        "a=b&SAMLResponse=c#d",
        "São Paulo 東京 🙂 \u{202e}",
        "{{7*7}}${7*7}",
        &long,
    ] {
        let mut browser = Browser::new();
        let page = browser.open_once(&redirect(&sso, &xml, state)).await;
        bench
            .begins(&format!("{state:.24}"), browser, &page, Some(state))
            .await;
    }
    bench.finish();
}
