//! Agents who sign in by OpenID Connect arrive in Flex.

use serde_json::json;

use super::company::{Company, FLEX_REQUEST, RELAY_STATE, Wish, peers_are_there, received};
use crate::support::{
    downstream::{self, Question},
    flex::ENHANCED,
    identity::SigningIdentity,
    peers,
};

#[tokio::test]
async fn an_agent_arrives_with_the_right_location() {
    if !peers_are_there() {
        return;
    }
    let company = Company::start(Wish::default()).await;
    let page = company.login("bob").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let form = page.form_with("SAMLResponse");
    assert_eq!(form.action.as_str(), ENHANCED.1);
    assert_eq!(form.field("RelayState"), Some(RELAY_STATE));
    let got = received(&page);
    assert_eq!((got.name_id.as_str(), got.format), ("bob", None));
    assert_eq!(got.request.as_deref(), Some(FLEX_REQUEST));

    let response = form.field("SAMLResponse").unwrap().to_owned();
    downstream::xmlsec1(&response, &company.bridge.certificate).unwrap();
    let question = Question {
        response,
        sp_entity_id: ENHANCED.0.to_owned(),
        acs_url: ENHANCED.1.to_owned(),
        idp_entity_id: company.bridge.idp_entity_id(),
        idp_certificate: company.bridge.certificate.clone(),
        request_id: Some(FLEX_REQUEST.to_owned()),
        now: None,
    };
    let verdict = downstream::python3_saml(&question);
    assert!(verdict.ok, "{:?}", verdict.errors);
    for (name, values) in [
        ("flex_location", json!(["Singapore Office"])),
        ("email", json!(["bob@partner.example"])),
        ("full_name", json!(["bob O'Neill & <Söhne>"])),
        ("roles", json!(["agent", "supervisor"])),
    ] {
        assert_eq!(verdict.attributes[name], values, "{name}");
    }
    let verdict = downstream::passport_wsfed(&question);
    assert!(verdict.ok, "{:?}", verdict.errors);
}

#[tokio::test]
async fn each_way_of_the_protocol_works() {
    if !peers::require("node") {
        return;
    }
    let secret = Wish::default().idp;
    for (client, options, more) in [
        (
            json!({ "token_endpoint_auth_method": "client_secret_post" }),
            json!({}),
            "client_auth = \"client_secret_post\"",
        ),
        (
            json!({ "id_token_signed_response_alg": "ES256" }),
            json!({}),
            "name_id_claim = \"email\"\nname_id_format = \"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\"",
        ),
        (
            json!({ "id_token_signed_response_alg": "PS256" }),
            json!({ "userinfo": true }),
            "userinfo = true",
        ),
    ] {
        let by_email = more.contains("email");
        let company = Company::start(Wish {
            client,
            options,
            idp: format!("{secret}\n{more}"),
        })
        .await;
        let got = received(&company.login("ann").await);
        let name_id = if by_email {
            "ann@partner.example"
        } else {
            "ann"
        };
        assert_eq!(got.name_id, name_id, "{more}");
        assert_eq!(got.format.is_some(), by_email);
        let location = got
            .attributes
            .iter()
            .find(|(name, _)| name == "flex_location");
        assert_eq!(location.unwrap().1, ["San Francisco Office"], "{more}");
    }
}

#[tokio::test]
async fn the_client_may_prove_itself_by_its_key() {
    if !peers::require("node") {
        return;
    }
    let pair = SigningIdentity::generate("client");
    let key = jsonwebtoken::EncodingKey::from_rsa_pem(pair.private_key.as_bytes()).unwrap();
    let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&key, jsonwebtoken::Algorithm::RS256);
    let files = tempfile::tempdir().unwrap();
    std::fs::write(files.path().join("client.pem"), &pair.certificate).unwrap();
    crate::support::bridge::write_secret(&files.path().join("client.key"), &pair.private_key);
    let folder = files.path().display();
    let company = Company::start(Wish {
        client: json!({
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "RS256",
            "jwks": { "keys": [jwk.unwrap()] },
        }),
        idp: format!(
            "client_key = {{ certificate = \"{folder}/client.pem\", private_key = {{ file = \"{folder}/client.key\" }} }}"
        ),
        ..Wish::default()
    })
    .await;
    assert_eq!(received(&company.login("bob").await).name_id, "bob");
}

#[tokio::test]
async fn keys_roll_under_logins_that_are_under_way() {
    if !peers::require("node") {
        return;
    }
    let company = Company::start(Wish::default()).await;
    let mut browsers = Vec::new();
    for user in ["ann", "bob", "eve", "joe"] {
        let mut browser = crate::support::browser::Browser::new();
        let back = company.sign_in(&mut browser, user).await;
        browsers.push((browser, back, user));
    }
    company.roll_keys().await;
    let finish = browsers
        .iter_mut()
        .map(|(browser, back, user)| async move { (browser.open_once(back).await, *user) });
    for (page, user) in futures_util::future::join_all(finish).await {
        assert_eq!(received(&page).name_id, user);
    }
}
