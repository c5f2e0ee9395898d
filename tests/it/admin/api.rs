//! The JSON API: the same operations as elsewhere, strictly read, problems told.

use http::Method;
use serde_json::{Value, json};

use super::desk::{Desk, TOKEN};

#[tokio::test]
async fn what_the_journal_holds_is_listed_counted_and_found() {
    let desk = Desk::start().await;
    let all = desk.logins().await;
    let list = desk.json("/api/v1/logins").await;
    let logins = list["records"].as_array().unwrap();
    assert_eq!(logins.len() as u64, all);
    assert_eq!(list["next"], Value::Null);
    let refused = desk
        .json("/api/v1/logins?outcome=refused&code=assertion.audience")
        .await;
    assert_eq!(refused["records"].as_array().unwrap().len(), 1, "{refused}");
    let nowhere = desk.json("/api/v1/logins?no_match=true").await;
    assert_eq!(nowhere["records"].as_array().unwrap().len(), 3, "{nowhere}");

    let first = desk.json("/api/v1/logins?limit=4").await;
    let older = first["next"].as_str().unwrap();
    let rest = desk
        .json(&format!("/api/v1/logins?limit=4&after={older}"))
        .await;
    let pages = [&first["records"], &rest["records"]];
    let pages: Vec<&Value> = pages
        .iter()
        .flat_map(|page| page.as_array().unwrap())
        .collect();
    assert_eq!(pages, logins.iter().collect::<Vec<_>>());

    let reference = refused["records"][0]["reference"].as_str().unwrap();
    let one = desk.json(&format!("/api/v1/logins/{reference}")).await;
    assert_eq!(one, refused["records"][0]);
    let coverage = desk.json("/api/v1/coverage/production").await;
    let unmatched = coverage["unmatched"].as_array().unwrap();
    assert!(
        unmatched.iter().any(|one| one["value"] == "Atlantis"),
        "{coverage}"
    );
    let history = desk.json("/api/v1/history?span=7d").await;
    assert_eq!(history["accepted"], 5, "{history}");
    assert_eq!(history["refused"], 1, "{history}");
    assert_eq!(history["no_match"], 3, "{history}");
    assert_eq!(history["stretches"].as_array().unwrap().len(), 28);
}

#[tokio::test]
async fn a_sample_is_explained_and_nothing_is_used_up() {
    let desk = Desk::start().await;
    let body = json!({ "attributes": {
        "office": ["SG-01"], "email": ["ann@company.example"], "displayName": ["Ann"], "roles": ["agent"],
    } });
    let (status, told) = desk.post("/api/v1/explain", &body).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(told["flex_would"]["location"], "Singapore Office");
    assert_eq!(told["decision"]["rule"], 1);
    let (status, told) = desk
        .post("/api/v1/explain", &json!({ "sample": "<a/>" }))
        .await;
    assert_eq!(status, 200);
    assert_eq!(told["refusal"]["code"], "response.shape", "{told}");
    assert_eq!(told["stages"][0]["passed"], true);
    let both = json!({ "sample": "<a/>", "attributes": { "a": ["b"] } });
    let (status, told) = desk.post("/api/v1/explain", &both).await;
    assert_eq!(
        (status.as_u16(), told["code"].as_str()),
        (400, Some("admin.invalid"))
    );
    let list = desk.json("/api/v1/logins").await;
    assert_eq!(list["records"], json!([]));
}

#[tokio::test]
async fn what_is_not_asked_for_is_refused_and_said() {
    let desk = Desk::start().await;
    for (path, status, code) in [
        ("/api/v1/nowhere", 404, "admin.not_found"),
        ("/api/v1/logins/7KQ2M-X9RTD", 404, "admin.not_found"),
        ("/api/v1/logins/x", 404, "admin.not_found"),
        ("/api/v1/logins?after=here", 400, "admin.invalid"),
        ("/api/v1/logins?limit=1&limit=2", 400, "admin.invalid"),
        ("/api/v1/logins?colour=red", 400, "admin.invalid"),
        ("/api/v1/logins?code=no.such", 400, "admin.invalid"),
        ("/api/v1/history?span=1y", 400, "admin.invalid"),
        ("/api/v1/setup/elsewhere", 404, "admin.not_found"),
        (
            "/api/v1/setup/production?idp=partner",
            404,
            "admin.not_found",
        ),
        ("/api/v1/explain", 405, "admin.invalid"),
    ] {
        let response = desk.get(path).await;
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json",
            "{path}"
        );
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["code"], code, "{path}: {problem}");
        assert_eq!(problem["status"], status, "{path}");
        assert!(
            problem["mend"]
                .as_str()
                .is_some_and(|mend| mend.ends_with('.')),
            "{problem}"
        );
    }
    for (kind, body, status) in [
        ("text/plain", "{}", 415),
        ("application/json", "{", 400),
        ("application/json", r#"{"as_of":"now","as_of":"own"}"#, 400),
        ("application/json", r#"{"colour":"red"}"#, 400),
        ("application/json; charset=utf-8", "{}", 200),
    ] {
        let request = desk.ask(Method::POST, "/api/v1/explain").bearer_auth(TOKEN);
        let request = request.header("content-type", kind).body(body);
        assert_eq!(
            request.send().await.unwrap().status(),
            status,
            "{kind} {body}"
        );
    }
    let huge = json!({ "sample": "A".repeat(3 << 20) });
    let (status, problem) = desk.post("/api/v1/explain", &huge).await;
    assert_eq!(
        (status.as_u16(), problem["code"].as_str()),
        (413, Some("admin.too_large"))
    );
}
