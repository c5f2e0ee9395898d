//! What everybody must agree on when a login is refused: the page, the log
//! line, the metric and the journal.

use flexbridge::identity::{LoginOutcome, LoginRecord, RefusalCode};
use serde_json::Value;

use crate::support::{
    bridge::{Bridge, Site},
    browser::{Browser, Page},
    log::Log,
};

/// The reference that a page shows.
pub fn reference(page: &Page) -> String {
    let after = page.body.split("<dd>").nth(1);
    let found = after.and_then(|rest| rest.split("</dd>").next());
    found
        .unwrap_or_else(|| panic!("no reference on the page: {}", page.body))
        .trim()
        .to_owned()
}

/// Page, log, metric and journal say that the login was refused for `code`.
pub async fn is_refused(bridge: &Bridge, log: &Log, page: &Page, code: RefusalCode) -> LoginRecord {
    let status = code.public().status();
    is_refused_as(bridge, log, page, code, status).await
}

/// The same with a status of its own.
pub async fn is_refused_as(
    bridge: &Bridge,
    log: &Log,
    page: &Page,
    code: RefusalCode,
    status: u16,
) -> LoginRecord {
    let reference = reference(page);
    let line = log.of_login(&reference);
    assert_eq!(line["code"], code.as_str(), "{line}");
    check_page(page, code, status, &line);
    let record = journal_agrees(&bridge.site, &reference, &line).await;
    let metrics = Browser::new().open(&bridge.admin_at("/metrics")).await;
    let lines = log.text();
    let logged = lines
        .lines()
        .filter(|other| {
            let other: Value = serde_json::from_str(other).unwrap();
            ["code", "flex", "idp"].map(|field| &other[field])
                == ["code", "flex", "idp"].map(|field| &line[field])
        })
        .count();
    assert_eq!(count(&metrics.body, &line), logged, "{}", metrics.body);
    record
}

/// The page says one sentence and the reference, and nothing that only administrators may know.
pub fn check_page(page: &Page, code: RefusalCode, status: u16, line: &Value) {
    assert_eq!(page.status, status, "{line}: {}", page.body);
    let sentence = code.public().sentence().replace('\'', "&#39;");
    assert!(
        page.body.contains(&sentence),
        "{sentence:?} is not on {}",
        page.body
    );
    let mut secrets = vec![code.as_str(), "SAMLResponse", "ann@", "bob@", "/saml/sp/"];
    secrets.extend(line["detail"].as_str());
    for secret in secrets {
        assert!(
            !page.body.contains(secret),
            "{secret:?} is on {}",
            page.body
        );
    }
    let fields = page.forms();
    assert!(fields.is_empty(), "nothing is handed over: {fields:?}");
}

/// The journal's record of this login is the log's.
pub async fn journal_agrees(site: &Site, reference: &str, line: &Value) -> LoginRecord {
    let record = site.record(reference, line["code"].as_str()).await;
    let record = record.expect("it is in the journal");
    let word = |field: &str| line[field].as_str().map(str::to_owned);
    assert_eq!(
        record.code.map(|code| code.as_str().to_owned()),
        word("code")
    );
    assert_eq!(record.outcome.as_str(), line["outcome"]);
    assert_eq!(
        record.flex.as_ref().map(ToString::to_string),
        word("flex"),
        "{line}"
    );
    assert_eq!(
        record.idp.as_ref().map(ToString::to_string),
        word("idp"),
        "{line}"
    );
    assert_eq!(record.location, word("location"), "{line}");
    assert_eq!(
        record.outcome == LoginOutcome::Refused,
        record.code.is_some()
    );
    record
}

/// How many logins the metrics count that ended as this line says.
pub fn count(metrics: &str, line: &Value) -> usize {
    let label = |field: &str, missing: &str| {
        let value = line[field].as_str().unwrap_or(missing);
        format!("{field}=\"{value}\"")
    };
    let labels = [
        label("flex", "unknown"),
        label("idp", "unknown"),
        label("outcome", ""),
        label("code", "none"),
    ];
    let counted = metrics
        .lines()
        .filter(|line| line.starts_with("flexbridge_logins_total{"))
        .find(|line| labels.iter().all(|label| line.contains(label.as_str())));
    counted.map_or(0, |line| {
        line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()
    })
}
