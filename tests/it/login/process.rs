//! The built binary at work: signals, restarts, its log, its two addresses.

use flexbridge::identity::RefusalCode;
use serde_json::Value;

use super::{
    walk::{begin, now, received, set},
    witness::{check_page, count, journal_agrees, reference},
};
use crate::support::{
    bridge::{Plan, Site},
    browser::{Browser, Page},
    forging::{Asked, ForgingIdp, Says},
    forms::Form,
    log::{all_of_login, newest_of_login},
    peers,
    redis::Redis,
    serve::Serve,
};

struct Company {
    idp: ForgingIdp,
    plan: Plan,
}

impl Company {
    fn at(site: &Site) -> Self {
        let idp = ForgingIdp::new("hq");
        let plan = Plan {
            metadata: idp.metadata_file(&site.file("hq.xml")),
            ..Plan::default()
        };
        Self { idp, plan }
    }

    fn answer(&self, asked: &Asked, change: impl FnOnce(&mut Says)) -> Form {
        let mut says = ForgingIdp::says(asked, now());
        change(&mut says);
        self.idp.form(asked, &says)
    }

    async fn login(&self, site: &Site, change: impl FnOnce(&mut Says)) -> Page {
        let mut browser = Browser::new();
        let asked = begin(site, &mut browser).await;
        browser.submit_once(&self.answer(&asked, change)).await
    }
}

async fn get(url: url::Url) -> Page {
    Browser::new().open(&url).await
}

/// Page, log line, metric and journal of a refusal by the process.
async fn is_refused(serve: &Serve, page: &Page, code: RefusalCode) {
    let line = newest_of_login(&serve.log(), &reference(page));
    assert_eq!(line["code"], code.as_str(), "{line}");
    check_page(page, code, code.public().status(), &line);
    journal_agrees(&serve.site, &reference(page), &line).await;
    let metrics = get(serve.admin_at("/metrics")).await.body;
    assert!(count(&metrics, &line) > 0, "{metrics}");
}

#[tokio::test]
async fn one_line_a_login_and_nothing_personal_in_it() {
    const NAME: &str = "Ann-Sophie Tan-Müller";
    let site = Site::new();
    let company = Company::at(&site);
    let mut plan = company.plan.clone();
    plan.location.push_str("no_match = \"refuse\"\n");
    let serve = Serve::start(site, &plan);
    let personal = |says: &mut Says| {
        "asophie@company.example".clone_into(&mut says.name_id);
        set(says, "email", &["asophie@company.example"]);
        set(says, "displayName", &[NAME]);
    };
    let mut browser = Browser::new();
    let asked = begin(&serve, &mut browser).await;
    let form = company.answer(&asked, personal);
    let page = browser.clone().submit_once(&form).await;
    let out = page.form_with("SAMLResponse");
    received(&page);
    let line = serve.log();
    let line: Value = line
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .find(|line| line["outcome"] == "accepted")
        .unwrap();
    for (field, value) in [
        ("level", "INFO"),
        ("idp", "hq"),
        ("flex", "production"),
        ("location", "Singapore Office"),
    ] {
        assert_eq!(line[field], value, "{line}");
    }
    assert!(line["duration_ms"].as_f64().unwrap() > 0.0 && line["code"].is_null());
    journal_agrees(&serve.site, line["reference"].as_str().unwrap(), &line).await;
    let metrics = get(serve.admin_at("/metrics")).await.body;
    assert_eq!(count(&metrics, &line), 1, "{metrics}");

    let replayed = browser.submit_once(&form).await;
    is_refused(&serve, &replayed, RefusalCode::LoginReplayed).await;
    assert_eq!(
        reference(&replayed),
        line["reference"].as_str().unwrap(),
        "the same login"
    );
    let nowhere = company
        .login(&serve, |says| {
            personal(says);
            set(says, "physicalDeliveryOfficeName", &["Secret Lair"]);
        })
        .await;
    is_refused(&serve, &nowhere, RefusalCode::LocationNoMatch).await;
    let tampered = company
        .login(&serve, |says| {
            personal(says);
            says.audience = "https://other.example".to_owned();
        })
        .await;
    assert_eq!(tampered.status, 400);
    let nameless = company
        .login(&serve, |says| {
            personal(says);
            says.attributes.retain(|(name, _)| name != "roles");
        })
        .await;
    is_refused(&serve, &nameless, RefusalCode::ReleaseMissing).await;

    let log = serve.log();
    for page in [&replayed, &nowhere, &nameless] {
        let lines = all_of_login(&log, &reference(page));
        assert!(lines.len() <= 2, "one for each answer: {lines:?}");
    }
    let sent = out.field("SAMLResponse").unwrap();
    let came = form.field("SAMLResponse").unwrap();
    for secret in [
        "asophie",
        "Sophie Tan",
        "Secret Lair",
        "agent",
        &sent[200..240],
        &came[200..240],
    ] {
        assert!(!log.contains(secret), "{secret:?} is in {log}");
        assert!(!metrics.contains(secret), "{secret:?} is in {metrics}");
    }
}

#[tokio::test]
async fn the_administrators_address_is_not_the_public_one() {
    let site = Site::new();
    let company = Company::at(&site);
    let serve = Serve::start(site, &company.plan);
    for (path, there) in [
        ("/healthz", 200),
        ("/", 404),
        ("/metrics", 404),
        ("/readyz", 404),
    ] {
        assert_eq!(get(serve.at(path)).await.status, there, "{path}");
        assert_eq!(get(serve.admin_at(path)).await.status, 200, "{path}");
    }
    for path in ["/saml/idp/production/metadata", "/saml/sp/hq/metadata"] {
        assert_eq!(get(serve.at(path)).await.status, 200, "{path}");
        assert_eq!(get(serve.admin_at(path)).await.status, 404, "{path}");
    }
    let ready: Value = serde_json::from_str(&get(serve.admin_at("/readyz")).await.body).unwrap();
    assert_eq!(ready["ready"], true);
}

#[tokio::test]
async fn a_reload_takes_a_good_file_and_leaves_a_bad_one_aside() {
    let site = Site::new();
    let company = Company::at(&site);
    let mut serve = Serve::start(site, &company.plan);
    let office = |says: &mut Says| set(says, "physicalDeliveryOfficeName", &["SG-01"]);
    assert_eq!(
        received(&company.login(&serve, office).await).location(),
        Some("")
    );

    let mut plan = company.plan.clone();
    plan.location.push_str(
        "[[flex.production.location.rule]]\nwhen = { one_of = [\"SG-01\"] }\nassign = \"Singapore Office\"\n",
    );
    let mut browser = Browser::new();
    let asked = begin(&serve, &mut browser).await;
    serve.write(&plan);
    serve.signal("HUP");
    serve.wait_for_line("the configuration was read again");
    // A login under way ends by the new rules.
    let page = browser.submit_once(&company.answer(&asked, office)).await;
    assert_eq!(received(&page).location(), Some("Singapore Office"));

    for (bad, why) in [
        ("no_such_key = 1\n", "flexbridge config check"),
        ("[[", "flexbridge config check"),
    ] {
        let mut plan = plan.clone();
        plan.location.push_str(bad);
        serve.write(&plan);
        let before = serve.log().len();
        serve.signal("HUP");
        let said = loop {
            let log = serve.log();
            if log.len() > before && log[before..].contains("the running one goes on") {
                break log[before..].to_owned();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        };
        assert!(said.contains("ERROR") && said.contains(why), "{said}");
        let page = company.login(&serve, office).await;
        assert_eq!(received(&page).location(), Some("Singapore Office"));
    }
}

#[tokio::test]
async fn told_to_stop_it_ends_the_login_under_way() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let site = Site::new();
    let company = Company::at(&site);
    let mut serve = Serve::start(site, &company.plan);
    let mut browser = Browser::new();
    let asked = begin(&serve, &mut browser).await;
    let form = company.answer(&asked, |_| {});
    let cookies = browser.cookies(&form.action);
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form.fields)
        .finish();
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", serve.port))
        .await
        .unwrap();
    let head = format!(
        "POST /saml/sp/hq/acs HTTP/1.1\r\nHost: localhost:{}\r\nCookie: {cookies}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        serve.port,
        body.len()
    );
    let (first, rest) = body.split_at(body.len() / 2);
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(first.as_bytes()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    serve.signal("TERM");
    serve.wait_for_line("draining");
    stream.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("SAMLResponse"),
        "{answer}"
    );
    let (status, site) = serve.wait();
    assert_eq!(status.code(), Some(0));
    let log = std::fs::read_to_string(site.file("log")).unwrap();
    let line = log
        .lines()
        .find(|line| line.contains("login accepted"))
        .unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    journal_agrees(&site, line["reference"].as_str().unwrap(), &line).await;
}

#[tokio::test]
async fn killed_and_started_again_it_still_knows_what_was_used() {
    let site = Site::new();
    let company = Company::at(&site);
    let serve = Serve::start(site, &company.plan);
    let mut browser = Browser::new();
    let asked = begin(&serve, &mut browser).await;
    let later = begin(&serve, &mut browser).await;
    let form = company.answer(&asked, |_| {});
    received(&browser.clone().submit_once(&form).await);
    serve.signal("KILL");
    let (status, site) = serve.wait();
    assert_eq!(status.code(), None, "killed");

    let serve = Serve::start(site, &company.plan);
    let page = browser.submit_once(&form).await;
    is_refused(&serve, &page, RefusalCode::LoginReplayed).await;
    let mut again = company.answer(&later, |says| {
        says.assertion = format!("_assertion-{}", asked.id);
    });
    let page = browser.submit_once(&again).await;
    is_refused(&serve, &page, RefusalCode::AssertionReplayed).await;
    // What was only begun is finished by the new process.
    let fresh = begin(&serve, &mut browser).await;
    again = company.answer(&fresh, |_| {});
    received(&browser.submit_once(&again).await);
}

#[tokio::test]
async fn two_nodes_are_one_bridge() {
    if !peers::require("redis") {
        return;
    }
    let redis = Redis::start();
    let site = Site::new();
    let company = Company::at(&site);
    let mut plan = company.plan.clone();
    plan.store = redis.store(&site.file("redis.url"));
    let twin = site.twin();
    let (here, there) = (Serve::start(site, &plan), Serve::start(twin, &plan));

    let mut browser = Browser::new();
    let asked = begin(&here, &mut browser).await;
    let form = company.answer(&asked, |_| {});
    let mut at_twin = form.clone();
    at_twin.action.set_port(Some(there.port)).unwrap();
    received(&browser.clone().submit_once(&at_twin).await);
    let page = browser.clone().submit_once(&form).await;
    is_refused(&here, &page, RefusalCode::LoginReplayed).await;
    let page = browser.clone().submit_once(&at_twin).await;
    is_refused(&there, &page, RefusalCode::LoginReplayed).await;
    // The same assertion in another login, begun here, ended there.
    let other = begin(&here, &mut browser).await;
    let mut form = company.answer(&other, |says| {
        says.assertion = format!("_assertion-{}", asked.id);
    });
    form.action.set_port(Some(there.port)).unwrap();
    let page = browser.submit_once(&form).await;
    is_refused(&there, &page, RefusalCode::AssertionReplayed).await;
}
