//! One thing broken at a time.

use std::{fs, os::unix::fs::PermissionsExt, sync::Arc};

use axum::{Router, http::StatusCode, routing::get};
use chrono::{SecondsFormat, TimeDelta};
use flexbridge::{
    admin::Health,
    clock::{Clock as _, SystemClock},
    keys::{RsaBits, generate_pair},
};
use serde_json::json;

use super::{Clinic, examine, is, worst};
use crate::support::{
    bridge::Site, child::free_port, clock::TestClock, forging::ForgingIdp, peers, redis::Redis,
};

/// Answers like this, until the test's runtime ends; its base URL.
async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn a_clock_that_is_wrong() {
    let clinic = Clinic::open().await;
    for (by, health, seen) in [
        (
            TimeDelta::seconds(40),
            Health::Warning,
            "s ahead of 127.0.0.1",
        ),
        (TimeDelta::minutes(-9), Health::Fails, "s behind"),
    ] {
        let clock = TestClock::now_set();
        clock.advance(by);
        let diagnosis = clinic.examine(|plan| plan.clock = Arc::new(clock)).await;
        is(&diagnosis, "clock", health, seen);
    }
    let diagnosis = clinic.examine(|plan| plan.flex.clear()).await;
    is(&diagnosis, "clock", Health::Warning, "can't be judged");
}

#[tokio::test]
async fn keys_that_others_read_and_a_certificate_that_ends() {
    let clinic = Clinic::open().await;
    let ten_years_ago = SystemClock.now() - TimeDelta::days(3_645);
    let pair = generate_pair("flexbridge test", RsaBits::Rsa2048, ten_years_ago).unwrap();
    let (certificate, key) = (
        clinic.bridge.file("assertion.pem"),
        clinic.bridge.file("assertion.key"),
    );
    fs::remove_file(&certificate).unwrap();
    fs::remove_file(&key).unwrap();
    flexbridge::keys::write_pair(&pair, &certificate, &key).unwrap();
    let cookie = clinic.bridge.file("cookie.key");
    fs::set_permissions(cookie, fs::Permissions::from_mode(0o644)).unwrap();
    let diagnosis = clinic.examine(|_| {}).await;
    let name = "keys.assertion[0].certificate";
    is(&diagnosis, name, Health::Warning, "ends in");
    is(&diagnosis, "keys.cookie[0]", Health::Fails, "mode 0644");
}

#[tokio::test]
async fn metadata_that_is_away_or_over() {
    let clinic = Clinic::open().await;
    let away = format!(r#"{{ url = "http://127.0.0.1:{}/" }}"#, free_port());
    let diagnosis = clinic.examine(|plan| plan.metadata = away).await;
    let name = "idp.hq.metadata";
    is(&diagnosis, name, Health::Fails, "metadata.unreachable");

    for (days, health) in [(-1, Health::Fails), (2, Health::Warning), (9, Health::Ok)] {
        let until = SystemClock.now() + TimeDelta::days(days);
        let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
        let text = ForgingIdp::new("hq").metadata();
        let dated = text.replacen(
            " entityID=",
            &format!(" validUntil=\"{until}\" entityID="),
            1,
        );
        assert_ne!(dated, text);
        fs::write(clinic.bridge.file("dated.xml"), dated).unwrap();
        let path = clinic.bridge.file("dated.xml").display().to_string();
        let diagnosis = clinic
            .examine(|plan| plan.metadata = format!(r#"{{ file = "{path}" }}"#))
            .await;
        let found = &diagnosis.findings;
        let over = found.iter().any(|one| {
            one.name.starts_with(name)
                && one.health == health
                && (health == Health::Ok || one.mend.is_some())
        });
        assert!(over, "{days} {diagnosis:#?}");
    }
}

#[tokio::test]
async fn a_provider_that_is_away_or_has_no_keys() {
    let clinic = Clinic::open().await;
    let partner = |issuer: &str| {
        format!(
            "[idp.partner]\nprotocol = \"oidc\"\nissuer = \"{issuer}\"\nclient_id = \"x\"\nclient_secret = {{ file = \"{}\" }}\n",
            clinic.bridge.file("cookie.key").display()
        )
    };
    let both = |more: String| {
        clinic.examine(|plan| {
            plan.chosen = "[\"hq\", \"partner\"]".to_owned();
            plan.more = more;
        })
    };
    let away = format!("http://127.0.0.1:{}", free_port());
    let diagnosis = both(partner(&away)).await;
    let name = "idp.partner.discovery";
    is(&diagnosis, name, Health::Fails, "provider.unreachable");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    let router = Router::new()
        .route(
            "/.well-known/openid-configuration",
            get(async move || axum::Json(document)),
        )
        .route("/jwks", get(async || axum::Json(json!({ "keys": [] }))));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let diagnosis = both(partner(&issuer)).await;
    is(&diagnosis, name, Health::Ok, &issuer);
    let name = "idp.partner.jwks";
    is(&diagnosis, name, Health::Fails, "provider.keys");
}

#[tokio::test]
async fn credentials_that_are_wrong_or_may_too_little() {
    let clinic = Clinic::open().await;
    let wrong = clinic.bridge.file("wrong");
    fs::write(&wrong, "not the secret").unwrap();
    fs::set_permissions(&wrong, fs::Permissions::from_mode(0o600)).unwrap();
    let settings = clinic.twilio.toml();
    let file = settings.split("file = \"").nth(1).unwrap();
    let right = file.split('"').next().unwrap();
    let other = settings.replace(right, wrong.to_str().unwrap());
    let name = "flex.production.twilio.configuration";
    let from_twilio = |plan: &mut crate::support::bridge::Plan| {
        plan.defined = r#"{ from = "twilio" }"#.to_owned();
        plan.flex = format!("twilio = {other}");
    };
    let diagnosis = clinic.examine(from_twilio).await;
    is(&diagnosis, name, Health::Fails, "twilio.unauthorized");
    // Where the locations come from a file, logins go on.
    let diagnosis = clinic
        .examine(|plan| plan.flex = format!("twilio = {other}"))
        .await;
    is(&diagnosis, name, Health::Warning, "twilio.unauthorized");

    let forbids = serve(Router::new().fallback(async || StatusCode::FORBIDDEN)).await;
    let before = format!("taskrouter_url = \"{}\"", clinic.twilio.url);
    let after = format!("taskrouter_url = \"{forbids}\"");
    let limited = settings.replace(&before, &after);
    assert_ne!(limited, settings);
    let diagnosis = clinic
        .examine(|plan| plan.flex = format!("twilio = {limited}"))
        .await;
    is(&diagnosis, name, Health::Ok, "read the Flex configuration");
    let name = "flex.production.twilio.taskrouter";
    is(&diagnosis, name, Health::Warning, "twilio.forbidden");
}

#[tokio::test]
async fn a_rule_that_assigns_what_is_not_defined_and_no_list_at_all() {
    let clinic = Clinic::open().await;
    let rule = "attribute = [\"department\"]\n[[flex.production.location.rule]]\nwhen = { one_of = [\"SG\"] }\nassign = \"Singapore Offic\"\n";
    let diagnosis = clinic.examine(|plan| plan.location = rule.to_owned()).await;
    let wrong = diagnosis.findings.iter().find(|one| {
        one.name.starts_with("flex.production.location.rule[0]") && one.health != Health::Ok
    });
    assert!(wrong.is_some(), "{diagnosis:#?}");

    let diagnosis = clinic
        .examine(|plan| {
            plan.locations = "[".to_owned();
            plan.location.push_str("unavailable = \"refuse\"\n");
        })
        .await;
    let name = "flex.production.locations";
    is(&diagnosis, name, Health::Warning, "still works");
    fs::remove_dir_all(clinic.bridge.file("store")).unwrap();
    let diagnosis = clinic
        .examine(|plan| {
            plan.locations = "[".to_owned();
            plan.location.push_str("unavailable = \"refuse\"\n");
        })
        .await;
    is(&diagnosis, name, Health::Fails, "logins are refused");
}

#[tokio::test]
async fn a_store_that_forgets_or_is_away() {
    if !peers::require("redis") {
        return;
    }
    let clinic = Clinic::open().await;
    let redis = Redis::start();
    let store = redis.store(&clinic.bridge.file("redis"));
    let url = format!("redis://127.0.0.1:{}", redis.port);
    fs::set_permissions(
        clinic.bridge.file("redis"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    let shared = |plan: &mut crate::support::bridge::Plan| plan.store.clone_from(&store);
    let diagnosis = clinic.examine(shared).await;
    is(&diagnosis, "store.redis", Health::Ok, "once");

    let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
    for (name, value) in [("maxmemory", "100mb"), ("maxmemory-policy", "allkeys-lru")] {
        let mut command = redis::cmd("CONFIG");
        let command = command.arg("SET").arg(name).arg(value);
        command.exec(&mut connection).unwrap();
    }
    let diagnosis = clinic.examine(shared).await;
    is(&diagnosis, "store.redis", Health::Fails, "allkeys-lru");
    drop(redis);
    let diagnosis = clinic.examine(shared).await;
    is(&diagnosis, "store.redis", Health::Fails, "Redis");
}

#[tokio::test]
async fn a_public_url_that_leads_nowhere_elsewhere_or_to_the_administrator() {
    let clinic = Clinic::open().await;
    // Another bridge there, with keys of its own.
    let other = Site::new();
    let mut plan = clinic.plan.clone();
    plan.clock = Arc::new(SystemClock);
    other.write(&plan);
    let text = fs::read_to_string(other.config()).unwrap();
    let there = text.replace(&other.url, &clinic.bridge.url);
    fs::write(other.config(), &there).unwrap();
    let diagnosis = examine(&other, Arc::new(SystemClock)).await;
    let name = "public_url";
    is(
        &diagnosis,
        name,
        Health::Fails,
        "no running bridge with this cookie key",
    );
    is(&diagnosis, "store", Health::Warning, "not tried");

    let nowhere = text.replace(&other.url, &format!("http://localhost:{}", free_port()));
    fs::write(other.config(), nowhere).unwrap();
    let diagnosis = examine(&other, Arc::new(SystemClock)).await;
    is(
        &diagnosis,
        name,
        Health::Fails,
        "can't be reached from here",
    );
    let seen = &worst(&diagnosis, name).seen;
    // It is not about anybody's metadata.
    assert!(!seen.contains("metadata."), "{seen}");

    let admin = format!("http://localhost:{}", clinic.bridge.admin.port());
    fs::write(other.config(), text.replace(&other.url, &admin)).unwrap();
    let diagnosis = examine(&other, Arc::new(SystemClock)).await;
    let name = "public_url.closed";
    is(&diagnosis, name, Health::Fails, "answers by the public URL");
}

#[tokio::test]
async fn an_administrators_address_that_others_reach() {
    let clinic = Clinic::open().await;
    clinic.bridge.write(&clinic.plan);
    let text = fs::read_to_string(clinic.bridge.config()).unwrap();
    let token = clinic.bridge.file("cookie.key");
    let open = format!(
        "admin = \"0.0.0.0:{}\"\nadmin_token = {{ file = \"{}\" }}",
        free_port(),
        token.display()
    );
    let text = text.replace("admin = \"127.0.0.1:0\"", &open);
    fs::write(clinic.bridge.config(), text).unwrap();
    let diagnosis = examine(&clinic.bridge, Arc::new(SystemClock)).await;
    let name = "listen.admin";
    is(&diagnosis, name, Health::Warning, "from other machines");
}
