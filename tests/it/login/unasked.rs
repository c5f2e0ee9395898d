//! Logins that begin at the identity provider.

use flexbridge::identity::RefusalCode;

use super::{
    process::Company as Process,
    walk::{Forged, Real, now, received},
    witness::{check_page, is_refused, journal_agrees, reference},
};
use crate::support::{
    bridge::{Bridge, Plan, Site},
    browser::{Browser, Page},
    downstream::{self, Question},
    flex::{ENHANCED, decoded},
    forging::{Asked, ForgingIdp, Says},
    forms::Form,
    log::Log,
    peers,
    redis::Redis,
    serve::Serve,
};

const ON: &str = "idp_initiated = true\n";

/// What nobody asked: an answer to no request, with a RelayState of the portal's own.
pub fn unasked(site: &Site, idp: &ForgingIdp, id: &str, change: impl FnOnce(&mut Says)) -> Form {
    let asked = Asked {
        xml: String::new(),
        id: id.to_owned(),
        issuer: format!("{}/saml/sp/hq", site.url),
        acs: site.acs_url(),
        relay_state: "https://elsewhere.example/portal".to_owned(),
    };
    let mut says = ForgingIdp::says(&asked, now());
    says.request = None;
    change(&mut says);
    idp.form(&asked, &says)
}

async fn sent(form: &Form) -> Page {
    Browser::new().submit_once(form).await
}

/// Nothing of a request and nothing of the portal reaches Flex.
fn arrives_unasked(page: &Page) -> Form {
    let got = received(page);
    assert_eq!(got.request, None);
    assert_eq!(got.location(), Some("Singapore Office"));
    assert_eq!(got.name_id, "ann@company.example");
    let form = page.form_with("SAMLResponse");
    assert_eq!(form.action.as_str(), ENHANCED.1);
    assert_eq!(form.fields.len(), 1, "no RelayState: {form:?}");
    let xml = decoded(form.field("SAMLResponse").unwrap());
    assert!(!xml.contains("InResponseTo"), "{xml}");
    assert!(!page.body.contains("elsewhere.example"), "{}", page.body);
    assert!(!page.headers.contains_key("set-cookie"), "nothing to keep");
    form
}

#[tokio::test]
async fn an_unasked_response_becomes_an_unasked_response() {
    let log = Log::listen();
    let company = Forged::start(|plan| plan.idp = ON.to_owned()).await;
    let bridge = &company.bridge;
    for (number, state) in [
        Some("https://elsewhere.example/portal"),
        None,
        Some(""),
        Some("0123456789abcdef0123456789abcdef"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut form = unasked(bridge, &company.idp, &format!("_{number}"), |_| {});
        form.fields.truncate(1);
        form.fields
            .extend(state.map(|state| ("RelayState".to_owned(), state.to_owned())));
        let form = arrives_unasked(&sent(&form).await);
        let question = Question {
            response: form.field("SAMLResponse").unwrap().to_owned(),
            sp_entity_id: ENHANCED.0.to_owned(),
            acs_url: ENHANCED.1.to_owned(),
            idp_entity_id: bridge.idp_entity_id(),
            idp_certificate: bridge.certificate.clone(),
            request_id: None,
            now: None,
        };
        if peers::require("python") {
            let verdict = downstream::python3_saml(&question);
            assert!(verdict.ok, "{:?}", verdict.errors);
        }
        if peers::require("node") {
            let verdict = downstream::passport_wsfed(&question);
            assert!(verdict.ok, "{:?}", verdict.errors);
        }
    }
    let text = log.text();
    let accepted = text.lines().map(serde_json::from_str::<serde_json::Value>);
    let line = accepted
        .map(Result::unwrap)
        .find(|line| line["outcome"] == "accepted" && line["flex"] == "production")
        .unwrap();
    journal_agrees(&bridge.site, line["reference"].as_str().unwrap(), &line).await;
}

#[tokio::test]
async fn a_real_portal_signs_in() {
    if !peers::require("simplesamlphp") {
        return;
    }
    let company = Real::start(|plan| plan.idp = ON.to_owned()).await;
    let entity_id = format!("{}/saml/sp/hq", company.bridge.url);
    let start = company
        .idp
        .idp_initiated_url(&entity_id, "https://elsewhere.example/portal");
    let mut browser = Browser::new();
    let signed_in = company.idp.sign_in(&mut browser, &start, "ann").await;
    let page = browser.submit_once(&signed_in.form).await;
    let got = received(&page);
    assert_eq!(
        (got.request.as_deref(), &*got.name_id),
        (None, "ann@company.example")
    );
    assert!(!page.body.contains("elsewhere.example"));
}

#[tokio::test]
async fn only_where_it_is_switched_on_and_only_what_answers_nothing() {
    let log = Log::listen();
    let company = Forged::start(|plan| plan.idp = ON.to_owned()).await;
    let (bridge, idp) = (&company.bridge, &company.idp);
    let refused =
        async |form: &Form, code| drop(is_refused(bridge, &log, &sent(form).await, code).await);

    // An answer to a request, without the browser that asked.
    let answer = unasked(bridge, idp, "_a", |says| {
        says.request = Some("_x".to_owned());
    });
    refused(&answer, RefusalCode::LoginUnknown).await;
    // The login under way in this browser wants an answer to its own request.
    let mut browser = Browser::new();
    let asked = company.begin(&mut browser).await;
    let form = unasked(bridge, idp, "_b", |_| {}).fill("RelayState", &asked.relay_state);
    let page = browser.submit_once(&form).await;
    is_refused(bridge, &log, &page, RefusalCode::ResponseUnsolicited).await;
    // Everything else is checked as ever.
    let stranger = ForgingIdp::new("hq");
    refused(
        &unasked(bridge, &stranger, "_c", |_| {}),
        RefusalCode::SignatureInvalid,
    )
    .await;
    let other = unasked(bridge, idp, "_d", |says| {
        says.audience = "https://x.example".to_owned();
    });
    refused(&other, RefusalCode::AssertionAudience).await;

    // What was made while it was on is of no use once something is off.
    let switched_off = RefusalCode::LoginSwitchedOff;
    for (idp_lines, flex_lines, code) in [
        ("", "", RefusalCode::ResponseUnsolicited),
        ("idp_initiated = true\nenabled = false\n", "", switched_off),
        (ON, "enabled = false\n", switched_off),
    ] {
        let form = unasked(bridge, idp, "_e", |_| {});
        let mut plan = company.plan.clone();
        (plan.idp, plan.flex) = (idp_lines.to_owned(), flex_lines.to_owned());
        bridge.reload(&plan).await;
        refused(&form, code).await;
    }
    bridge.reload(&company.plan).await;
    arrives_unasked(&sent(&unasked(bridge, idp, "_e", |_| {})).await);
}

#[tokio::test]
async fn used_once_is_used_up_even_for_a_process_that_was_killed() {
    let site = Site::new();
    let mut company = Process::at(&site);
    company.plan.idp = ON.to_owned();
    let form = unasked(&site, &company.idp, "_once", |_| {});
    let mut serve = Serve::start(site, &company.plan);
    arrives_unasked(&sent(&form).await);
    super::process::is_refused(&serve, &sent(&form).await, RefusalCode::AssertionReplayed).await;
    serve.signal("KILL");
    let (_, site) = serve.wait();
    serve = Serve::start(site, &company.plan);
    super::process::is_refused(&serve, &sent(&form).await, RefusalCode::AssertionReplayed).await;
    // Nor as the answer to a login, which has its own one-time use besides.
    let mut browser = Browser::new();
    let asked = super::walk::begin(&serve, &mut browser).await;
    let answer = company.answer(&asked, |says| {
        says.assertion = "_assertion-_once".to_owned();
    });
    let page = browser.submit_once(&answer).await;
    super::process::is_refused(&serve, &page, RefusalCode::AssertionReplayed).await;
}

#[tokio::test]
async fn used_at_one_node_is_used_up_at_all() {
    if !peers::require("redis") {
        return;
    }
    let log = Log::listen();
    let redis = Redis::start();
    let site = Site::new();
    let idp = ForgingIdp::new("hq");
    let plan = Plan {
        metadata: idp.metadata_file(&site.file("hq.xml")),
        idp: format!("{ON}\nclock_skew = \"0s\""),
        store: redis.store(&site.file("redis.url")),
        ..Plan::default()
    };
    let twin = site.twin();
    let here = Bridge::start_at(site, plan.clone()).await;
    let there = Bridge::start_at(twin, plan).await;
    // What may be older than the server's knowledge is refused, so the server comes first.
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    let form = unasked(&here, &idp, "_once", |_| {});
    let mut at_twin = form.clone();
    at_twin.action.set_port(Some(there.port)).unwrap();
    arrives_unasked(&sent(&at_twin).await);
    for (bridge, form) in [(&here, &form), (&there, &at_twin)] {
        let page = sent(form).await;
        let line = log.of_login(&reference(&page));
        let code = RefusalCode::AssertionReplayed;
        assert_eq!(line["code"], code.as_str(), "{line}");
        check_page(&page, code, code.public().status(), &line);
        journal_agrees(&bridge.site, &reference(&page), &line).await;
    }
}
