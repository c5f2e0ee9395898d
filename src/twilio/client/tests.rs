use super::*;
use crate::{
    clock::{SystemClock, SystemRandom},
    settings::SecretSource,
};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const KEY: &str = "SK0123456789abcdef0123456789abcdef";

fn settings(json: serde_json::Value) -> Settings {
    serde_json::from_value(json).unwrap()
}

fn client(settings: &Settings) -> Result<Client, Vec<Problem>> {
    Client::new(
        settings,
        ACCOUNT,
        Limits::default(),
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    )
}

fn secret_file() -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hush-hush").unwrap();
    file
}

#[test]
fn every_problem_is_told_with_its_place() {
    let nowhere = serde_json::json!({ "env": "FLEXBRIDGE_TEST_THAT_NOBODY_SETS" });
    let file = secret_file();
    let there = serde_json::json!({ "file": file.path() });
    let cases = [
        (serde_json::json!({}), vec!["api_key"]),
        (serde_json::json!({ "api_key": KEY }), vec!["api_secret"]),
        (serde_json::json!({ "api_secret": there }), vec!["api_key"]),
        (
            serde_json::json!({ "api_key": KEY, "api_secret": there, "auth_token": there }),
            vec!["auth_token"],
        ),
        (
            serde_json::json!({ "api_key": "SKx", "api_secret": nowhere }),
            vec!["api_key", "api_secret"],
        ),
        (
            serde_json::json!({ "auth_token": nowhere, "flex_api_url": "http://example.com" }),
            vec!["flex_api_url", "auth_token"],
        ),
        (
            serde_json::json!({ "auth_token": there, "flex_api_url": "https://u:p@example.com",
                "taskrouter_url": "https://example.com/?a=b" }),
            vec!["flex_api_url", "taskrouter_url"],
        ),
    ];
    for (written, places) in cases {
        let problems = client(&settings(written.clone())).unwrap_err();
        let seen: Vec<_> = problems.iter().map(|one| one.path.to_string()).collect();
        assert_eq!(seen, places, "{written}");
        assert!(problems.iter().all(|one| !one.mend.is_empty()), "{written}");
    }
}

#[test]
fn a_client_is_shown_without_its_secret() {
    let file = secret_file();
    let settings = Settings {
        api_key: Some(KEY.to_owned()),
        api_secret: Some(SecretSource::File(file.path().to_owned())),
        ..settings(serde_json::json!({}))
    };
    let client = client(&settings).unwrap();
    let shown = format!("{client:?} {:?}", client.credentials);
    assert!(!shown.contains("hush"), "{shown}");
    assert!(shown.contains(ACCOUNT), "{shown}");
}

#[test]
fn http_is_for_loopback_only() {
    for (url, fine) in [
        ("http://127.0.0.1:8080", true),
        ("http://[::1]:8080/base", true),
        ("http://localhost", true),
        ("https://flex-api.twilio.com", true),
        ("http://flex-api.twilio.com", false),
        ("http://127.0.0.1.example.com", false),
        ("ftp://127.0.0.1", false),
    ] {
        let found = check_url("flex_api_url", &url.parse().unwrap());
        assert_eq!(found.is_none(), fine, "{url}");
    }
}
