//! Rules at work in whole logins: every condition, and what they may not assign.

use serde_json::json;

use super::walk::{Forged, begin, received, set};
use crate::support::{
    browser::Browser,
    forging::{Asked, ForgingIdp, Says},
    log::Log,
};

const PROXIES: &str = r#"trusted_proxies = ["127.0.0.0/8", "10.0.0.0/8"]"#;
const RULES: &str = r#"
attribute = ["office"]

[[flex.production.location.rule]]
when = { network = ["203.0.113.0/24", "2001:db8::/32"], one_of = ["HQ"] }
assign = "On the network"

[[flex.production.location.rule]]
when = { one_of = ["SG-01", "Singapore HQ"] }
assign = "Singapore Office"

[[flex.production.location.rule]]
when = { matches = '^US-(?<city>[A-Z][a-z]+)-\d+$', group = "Field Sales", idp = "hq" }
assign = "${city} Office"

[[flex.production.location.rule]]
when = { starts_with = "eu-", ends_with = "-north" }
assign = "Stockholm"

[[flex.production.location.rule]]
when = { contains = "remote", attribute = "kind" }
assign = "At home"

[[flex.production.location.rule]]
when = { email_domain = "partner.example" }
assign = "At the partner's"

[[flex.production.location.rule]]
when = { idp = "another" }
assign = "Never"

[[flex.production.location.rule]]
when = { one_of = ["moon"] }
assign = "Moon Office"
"#;

fn names(names: &[&str]) -> String {
    let list: Vec<_> = names
        .iter()
        .map(|name| json!({ "name": name, "edge": ["roaming"] }))
        .collect();
    serde_json::Value::from(list).to_string()
}

async fn company() -> Forged {
    let site = crate::support::bridge::Site::new();
    let another = ForgingIdp::new("another");
    let metadata = another.metadata_file(&site.file("another.xml"));
    Forged::start_at(site, |plan| {
        RULES.clone_into(&mut plan.location);
        PROXIES.clone_into(&mut plan.listen);
        plan.more = format!("[idp.another]\nprotocol = \"saml\"\nmetadata = {metadata}\n");
        plan.locations = names(&[
            "On the network",
            "Singapore Office",
            "Boston Office",
            "Stockholm",
            "At home",
            "At the partner's",
            "Never",
        ]);
    })
    .await
}

/// A login whose answer comes by way of a proxy that says this `X-Forwarded-For`.
async fn login_from(
    company: &Forged,
    forwarded: &[&str],
    change: impl FnOnce(&mut Says),
) -> Option<String> {
    let mut browser = Browser::new();
    browser.say(
        forwarded
            .iter()
            .map(|line| ("x-forwarded-for".to_owned(), (*line).to_owned())),
    );
    let asked: Asked = begin(&company.bridge, &mut browser).await;
    let mut says = ForgingIdp::says(&asked, super::walk::now());
    change(&mut says);
    let page = browser.submit_once(&company.idp.form(&asked, &says)).await;
    received(&page).location().map(str::to_owned)
}

type Person = &'static [(&'static str, &'static [&'static str])];

#[tokio::test]
async fn the_first_rule_that_holds_decides() {
    let company = company().await;
    let cases: [(Person, &str); 17] = [
        (&[("office", &["SG-01"])], "Singapore Office"),
        (&[("office", &[" singapore hq"])], "Singapore Office"),
        (&[("office", &["ＳＧ－０１"])], "Singapore Office"),
        (&[("office", &["SG-02"])], ""),
        (
            &[
                ("office", &["US-Boston-7"]),
                ("groups", &["x", "Field Sales"]),
            ],
            "Boston Office",
        ),
        (
            &[
                ("office", &["US-Boston-7 "]),
                ("memberOf", &["Field Sales"]),
            ],
            "Boston Office",
        ),
        (
            &[("office", &["US-Boston-7"]), ("groups", &["field sales"])],
            "",
        ),
        (&[("office", &["US-Boston-7"])], ""),
        (
            &[("office", &["US-Denver-7"]), ("groups", &["Field Sales"])],
            "",
        ),
        (&[("office", &["EU-1-North"])], "Stockholm"),
        (&[("office", &["EU-1-South"])], ""),
        (&[("office", &["x"]), ("kind", &["half Remote"])], "At home"),
        (
            &[("office", &["x"]), ("email", &["ann@Partner.example"])],
            "At the partner's",
        ),
        (
            &[("office", &["x"]), ("email", &["ann@not-partner.example"])],
            "",
        ),
        (&[("office", &["stockholm"])], "Stockholm"),
        (&[("office", &["SG-01", "EU-1-North"])], ""),
        (
            &[("office", &["SG-01", "Singapore HQ"])],
            "Singapore Office",
        ),
    ];
    for (person, wanted) in cases {
        let page = company
            .login(|says| {
                for (name, values) in person {
                    set(says, name, values);
                }
            })
            .await;
        assert_eq!(received(&page).location(), Some(wanted), "{person:?}");
    }
}

#[tokio::test]
async fn the_network_is_the_one_that_trusted_proxies_saw() {
    let company = company().await;
    let cases: [(&[&str], &str); 9] = [
        (&["203.0.113.7"], "On the network"),
        (&["203.0.113.7:4711"], "On the network"),
        (&["203.0.113.7, 10.1.2.3"], "On the network"),
        (&["1.2.3.4", "203.0.113.7"], "On the network"),
        (&["2001:db8::1"], "On the network"),
        (&["198.51.100.1"], ""),
        // What the browser itself put there is not believed.
        (&["203.0.113.7, 198.51.100.1"], ""),
        (&["203.0.113.7", "198.51.100.1, 10.1.2.3"], ""),
        (&[], ""),
    ];
    for (forwarded, wanted) in cases {
        let hq = |says: &mut Says| set(says, "office", &["HQ"]);
        let location = login_from(&company, forwarded, hq).await;
        assert_eq!(location.as_deref(), Some(wanted), "{forwarded:?}");
    }
    // Without trusted proxies nobody's word about the address counts.
    let mut plan = company.plan.clone();
    plan.listen = String::new();
    let company = Forged {
        bridge: crate::support::bridge::Bridge::start_at(company.bridge.stop().await, plan.clone())
            .await,
        plan,
        idp: company.idp,
    };
    let hq = |says: &mut Says| set(says, "office", &["HQ"]);
    let location = login_from(&company, &["203.0.113.7"], hq).await;
    assert_eq!(location.as_deref(), Some(""));
}

#[tokio::test]
async fn a_name_that_is_not_defined_never_reaches_flex_and_is_warned_of() {
    let log = Log::listen();
    let company = company().await;
    let warned = log.text();
    let warning = warned
        .lines()
        .find(|line| line.contains("Moon Office"))
        .unwrap_or_else(|| panic!("no warning: {warned}"));
    assert!(warning.contains("\"WARN\""), "{warning}");
    let moon = |says: &mut Says| set(says, "office", &["moon"]);
    let page = company.login(moon).await;
    assert_eq!(received(&page).location(), Some(""));
    assert!(!company_says(&page).contains("Moon"));
    let line = log.text();
    let line = line.lines().last().unwrap();
    assert!(line.contains("\"no_match\":\"undefined\""), "{line}");
    // Once it is defined, it is assigned.
    let company = Forged::start(|plan| {
        plan.location = RULES.to_owned();
        plan.locations = names(&["Moon Office"]);
        let another = company.bridge.file("another.xml");
        plan.more = format!(
            "[idp.another]\nprotocol = \"saml\"\nmetadata = {{ file = \"{}\" }}\n",
            another.display()
        );
    })
    .await;
    let page = company.login(moon).await;
    assert_eq!(received(&page).location(), Some("Moon Office"));
}

fn company_says(page: &crate::support::browser::Page) -> String {
    let form = page.form_with("SAMLResponse");
    crate::support::flex::decoded(form.field("SAMLResponse").unwrap())
}
