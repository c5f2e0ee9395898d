//! Login CSRF and swapped logins: a genuine answer in a browser, at an address
//! or for an account that did not ask for it.

use flexbridge::identity::RefusalCode as Code;

use super::{
    bench::{Bench, is_ann, post},
    paper::Signs,
};
use crate::support::{
    bridge::Site,
    browser::Browser,
    flex::{enhanced_request, redirect},
    forging::{ForgingIdp, asked},
    forms::Form,
};

#[tokio::test]
async fn an_answer_belongs_to_the_browser_that_asked() {
    let mut bench = Bench::start_with("login CSRF, swapped logins", "browsers", |_| {}).await;
    let (mut victim, asked) = bench.begin().await;
    let (mut stranger, other) = bench.begin().await;
    let right = post(&asked, &bench.paper(&asked).signed(Signs::Response));
    let theirs = post(&other, &bench.paper(&other).signed(Signs::Response));
    let response = |form: &Form| form.field("SAMLResponse").unwrap().to_owned();
    let forced = right.clone().fill("SAMLResponse", &response(&theirs));
    let stolen = theirs.clone().fill("SAMLResponse", &response(&right));
    for (case, browser, form, code) in [
        (
            "no browser asked",
            &mut Browser::new(),
            &right,
            Code::LoginUnknown,
        ),
        (
            "another browser asked",
            &mut stranger.clone(),
            &right,
            Code::LoginUnknown,
        ),
        (
            "the stranger's login, forced on the victim",
            &mut victim.clone(),
            &theirs,
            Code::LoginUnknown,
        ),
        (
            "the stranger's answer in the victim's login",
            &mut victim.clone(),
            &forced,
            Code::ResponseInResponseTo,
        ),
        (
            "the victim's answer in the stranger's login",
            &mut stranger.clone(),
            &stolen,
            Code::ResponseInResponseTo,
        ),
    ] {
        let page = browser.submit_once(form).await;
        bench.page(case, &page, code);
    }
    for state in [
        "",
        "x",
        "00000000000000000000000000000000",
        &other.relay_state,
        "../x",
        &"a".repeat(3_000),
    ] {
        let form = right.clone().fill("RelayState", state);
        let page = victim.clone().submit_once(&form).await;
        bench.page(
            &format!("RelayState {state:.20}"),
            &page,
            Code::LoginUnknown,
        );
    }
    let mut none = right.clone();
    none.fields.truncate(1);
    let page = victim.clone().submit_once(&none).await;
    bench.page("no RelayState", &page, Code::LoginUnknown);
    cookies(&mut bench, &victim, &right).await;
    let page = victim.submit_once(&right).await;
    bench.class.honest("the victim", is_ann(&page));
    let page = stranger.submit_once(&theirs).await;
    bench.class.honest("the stranger", is_ann(&page));
    bench.finish();
}

/// A cookie that was touched, swapped or made up is none.
async fn cookies(bench: &mut Bench, victim: &Browser, right: &Form) {
    let sent = victim.cookies(&right.action);
    let (name, value) = sent.split_once('=').unwrap();
    let (browser, _) = bench.begin().await;
    let foreign = browser.cookies(&right.action);
    let foreign = foreign.split_once('=').unwrap().1.to_owned();
    let middle = value.len() / 2;
    let flipped: String = value
        .char_indices()
        .map(|(at, letter)| match letter {
            'A' if at == middle => 'B',
            _ if at == middle => 'A',
            _ => letter,
        })
        .collect();
    for (case, cookie) in [
        ("cut", value[..value.len() - 4].to_owned()),
        ("one letter changed", flipped),
        ("longer", format!("{value}AAAA")),
        ("empty", String::new()),
        ("of another login", foreign),
    ] {
        let mut browser = Browser::new();
        browser.say([("cookie".to_owned(), format!("{name}={cookie}"))]);
        let page = browser.submit_once(right).await;
        bench.page(&format!("a cookie, {case}"), &page, Code::LoginUnknown);
    }
}

#[tokio::test]
async fn an_answer_belongs_to_the_idp_and_account_that_were_asked() {
    let site = Site::new();
    let partner = ForgingIdp::new("partner");
    let metadata = partner.metadata_file(&site.file("partner.xml"));
    let locations = site.file("locations.json").display().to_string();
    let mut bench = Bench::start_at(site, "login CSRF, swapped logins", "parties", |plan| {
        plan.more = format!(
            r#"[idp.partner]
protocol = "saml"
metadata = {metadata}
[flex.staging]
idp = "partner"
account_sid = "AC11111111111111111111111111111111"
sso = {{ profile = "enhanced", connection = "JQ9999999999" }}
[flex.staging.claims]
email = ["email"]
full_name = ["displayName"]
roles = ["roles"]
[flex.staging.location]
attribute = ["physicalDeliveryOfficeName"]
defined = {{ from = "file", path = "{locations}" }}
"#
        );
    })
    .await;
    let site_url = bench.company.bridge.url.clone();
    let (mut browser, asked_hq) = bench.begin().await;
    let right = post(&asked_hq, &bench.paper(&asked_hq).signed(Signs::Response));

    // The partner, with its own genuine signature, in hq's login.
    let mut says = bench.paper(&asked_hq).says;
    says.acs = format!("{site_url}/saml/sp/partner/acs");
    says.audience = format!("{site_url}/saml/sp/partner");
    let mut at_its_own = partner.form(&asked_hq, &says);
    at_its_own.action = says.acs.parse().unwrap();
    let page = browser.submit_once(&at_its_own).await;
    bench.page("another IdP at its own address", &page, Code::LoginOtherIdp);
    let page = browser
        .submit_once(&partner.form(&asked_hq, &bench.paper(&asked_hq).says))
        .await;
    bench.page(
        "another IdP at the asked one's address",
        &page,
        Code::ResponseIssuer,
    );
    let mut impostor = partner.twin();
    impostor.entity_id.clone_from(&bench.company.idp.entity_id);
    let page = browser
        .submit_once(&impostor.form(&asked_hq, &bench.paper(&asked_hq).says))
        .await;
    bench.page(
        "another IdP under the asked one's name",
        &page,
        Code::SignatureInvalid,
    );
    let mut elsewhere = right.clone();
    elsewhere.action = says.acs.parse().unwrap();
    let page = browser.submit_once(&elsewhere).await;
    bench.page(
        "the right answer at another address",
        &page,
        Code::LoginOtherIdp,
    );

    // Flex's two accounts: what one began, the other does not end.
    let sso = bench.company.bridge.at("/saml/idp/staging/sso").to_string();
    let ask = enhanced_request("_staging", &sso);
    let page = browser.open_once(&redirect(&sso, &ask, "s")).await;
    bench.page(
        "one account's request at another's address",
        &page,
        Code::RequestUnknownIssuer,
    );
    let ask = ask.replace("JQ0123456789", "JQ9999999999");
    let page = browser.open_once(&redirect(&sso, &ask, "s")).await;
    let staging = asked(&page);
    let crossed = right.clone().fill("RelayState", &staging.relay_state);
    let page = browser.submit_once(&crossed).await;
    bench.page(
        "one account's answer in another's login",
        &page,
        Code::LoginOtherIdp,
    );
    let theirs = partner.form(
        &staging,
        &ForgingIdp::says(&staging, crate::login::walk::now()),
    );
    let page = browser.submit_once(&theirs).await;
    let there = page
        .form_with("SAMLResponse")
        .action
        .to_string()
        .contains("JQ9999999999");
    bench.class.honest(
        "the other account's login ends there",
        there.then_some(()).ok_or("elsewhere".to_owned()),
    );
    let page = browser.submit_once(&right).await;
    bench
        .class
        .honest("the first account's login ends here", is_ann(&page));
    bench.finish();
}
