//! What the commands say of an identity provider that speaks OpenID Connect.

use std::process::Command;

use serde_json::Value;
use url::Url;

use super::company::{Company, Wish};
use crate::support::{bridge::Site, browser::Browser, peers};

fn flexbridge(site: &Site, words: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
        .arg("--config")
        .arg(site.config())
        .args(words)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// An ID token as an administrator might have captured it: asked for with a code of our own.
async fn captured(company: &Company) -> String {
    let redirect_uri = format!("{}/oidc/rp/hq/callback", company.bridge.url);
    let mut start: Url = format!("{}/auth", company.issuer).parse().unwrap();
    start
        .query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", "bridge")
        .append_pair("redirect_uri", &redirect_uri)
        .append_pair("scope", "openid email profile flex")
        .append_pair(
            "code_challenge",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        )
        .append_pair("code_challenge_method", "S256");
    let back = company.walk(&mut Browser::new(), &start, "bob").await;
    let code = back
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &redirect_uri),
        (
            "code_verifier",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        ),
        ("client_id", "bridge"),
        ("client_secret", "s3cret:&% of the client"),
    ];
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client
        .post(format!("{}/token", company.issuer))
        .form(&form)
        .send();
    let answer: Value = answer.await.unwrap().json().await.unwrap();
    answer["id_token"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned()
}

fn explained(site: &Site, sample: &str, more: &[&str]) -> (i32, Value) {
    let file = site.file("sample.txt");
    std::fs::write(&file, sample).unwrap();
    let file = file.display().to_string();
    let mut words = vec!["explain", "--format", "json", &file];
    words.extend(more);
    let (code, out, err) = flexbridge(site, &words);
    let told = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    (code, told)
}

// The commands block, and the bridge serves on another thread meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn commands_know_the_protocol() {
    if !peers::require("node") {
        return;
    }
    let wish = Wish {
        client: serde_json::json!({ "token_endpoint_auth_method": "client_secret_post" }),
        idp: format!(
            "{}\nclient_auth = \"client_secret_post\"",
            Wish::default().idp
        ),
        ..Wish::default()
    };
    let company = Company::start(wish).await;
    let site = &company.bridge.site;
    let redirect_uri = format!("{}/oidc/rp/hq/callback", site.url);

    let (code, out, err) = flexbridge(site, &["metadata", "sp", "hq"]);
    assert_eq!((code, out.trim()), (2, redirect_uri.as_str()), "{err}");
    assert!(err.contains("OpenID Connect"), "{err}");
    let (code, out, _) = flexbridge(site, &["setup", "production"]);
    assert!(code == 0 && out.contains(&redirect_uri), "{out}");
    let (code, out, err) = flexbridge(site, &["config", "check", "--online"]);
    assert_eq!(code, 0, "{out}{err}");
    let ready = Browser::new()
        .open(&company.bridge.admin_at("/readyz"))
        .await;
    assert_eq!(ready.status, 200, "{}", ready.body);
    assert!(ready.body.contains("idp.hq.provider"), "{}", ready.body);
    let status = Browser::new().open(&company.bridge.admin_at("/")).await;
    assert!(status.body.contains(&redirect_uri), "{}", status.body);

    let token = captured(&company).await;
    let (code, told) = explained(site, &token, &[]);
    assert_eq!(code, 0, "{told}");
    assert_eq!(told["name_id"]["value"], "bob");
    assert_eq!(told["flex_would"]["location"], "Singapore Office");
    let passed = told["stages"].as_array().unwrap();
    assert!(
        passed.len() == 5 && passed.iter().all(|stage| stage["passed"] == true),
        "{told}"
    );
    let (code, told) = explained(site, &token, &["--as-of", "2020-01-01T00:00:00Z"]);
    assert_eq!(
        (code, &told["refusal"]["code"]),
        (1, &"oidc.time".into()),
        "{told}"
    );
    let (code, told) = explained(site, &token, &["--as-of", "own"]);
    assert_eq!(code, 0, "{told}");
    let middle = token.len() / 2;
    let changed = if &token[middle..=middle] == "A" {
        "B"
    } else {
        "A"
    };
    let forged = format!("{}{changed}{}", &token[..middle], &token[middle + 1..]);
    let (code, _) = explained(site, &forged, &[]);
    assert_eq!(code, 1);
    let typed = r#"{"sub":"ann","email":"a@b.example","name":"Ann","roles":["agent"],"https://partner.example/claims/office":"san francisco office"}"#;
    let (code, told) = explained(site, typed, &[]);
    assert_eq!(code, 0, "{told}");
    assert_eq!(told["flex_would"]["location"], "San Francisco Office");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_not_there_is_told() {
    if !peers::require("node") {
        return;
    }
    let company = Company::start(Wish::default()).await;
    let text = std::fs::read_to_string(company.bridge.config()).unwrap();
    let elsewhere = text.replace(&company.issuer, "http://127.0.0.1:1");
    std::fs::write(company.bridge.config(), elsewhere).unwrap();
    let (code, out, err) = flexbridge(&company.bridge, &["config", "check", "--online"]);
    assert_eq!(code, 2, "{out}{err}");
    assert!(err.contains("provider.unreachable"), "{out}{err}");
    let slash = text.replace(&company.issuer, &format!("{}/", company.issuer));
    std::fs::write(company.bridge.config(), slash).unwrap();
    let (_, out, err) = flexbridge(&company.bridge, &["config", "check", "--online"]);
    assert!(err.contains("provider.issuer"), "{out}{err}");
}
