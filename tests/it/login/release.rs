//! What Flex receives besides the location, and what it never does.

use flexbridge::identity::RefusalCode;

use super::{
    walk::{Forged, received, set},
    witness::is_refused,
};
use crate::support::{forging::Says, log::Log};

const CLAIMS: &str = r#"email = ["mail", "email"]
full_name = ["displayName"]
roles = ["roles"]
language = ["preferredLanguage"]
"seats.int" = ["seats"]
"#;

#[tokio::test]
async fn only_what_is_listed_is_released_and_no_name_twice() {
    let company = Forged::start(|plan| plan.claims = CLAIMS.to_owned()).await;
    let page = company
        .login(|says| {
            for (name, values) in [
                ("mail", &["ann@company.example"][..]),
                ("preferredLanguage", &["en-SG"]),
                ("seats", &["5"]),
                ("contact_uri", &["sip:evil@example"]),
                ("department", &["Sales"]),
                ("team_id", &["7"]),
                ("full_name", &["Somebody Else"]),
                ("Roles", &["admin"]),
                ("roles.stringarray", &["admin"]),
                ("email.string", &["eve@company.example"]),
                ("language", &["xx"]),
            ] {
                set(says, name, values);
            }
        })
        .await;
    let got = received(&page);
    let mut names = got.names();
    names.sort_unstable();
    let listed = [
        "email",
        "flex_location",
        "full_name",
        "language",
        "roles",
        "seats.int",
    ];
    assert_eq!(names, listed);
    for (name, values) in [
        ("email", &["ann@company.example"][..]),
        ("full_name", &["Ann Tan"]),
        ("roles", &["agent", "supervisor"]),
        ("language", &["en-SG"]),
        ("seats.int", &["5"]),
    ] {
        assert_eq!(got.values(name).unwrap(), values, "{name}");
    }
}

#[tokio::test]
async fn a_location_of_the_identity_providers_own_never_passes() {
    let company = Forged::start(|_| {}).await;
    for name in [
        "flex_location",
        "flex_location.string",
        "Flex_Location",
        "FLEX_LOCATION.stringarray",
        " flex_location ",
        "http://schemas.example/claims/flex_location",
        "fl\u{435}x_location",
    ] {
        let page = company
            .login(|says| {
                set(says, name, &["San Francisco Office"]);
                set(says, "physicalDeliveryOfficeName", &["Singapore Office"]);
            })
            .await;
        let got = received(&page);
        assert_eq!(got.location(), Some("Singapore Office"), "{name}");
        let form = page.form_with("SAMLResponse");
        let xml = crate::support::flex::decoded(form.field("SAMLResponse").unwrap());
        assert_eq!(xml.matches("flex_location").count(), 1, "{name}");
        assert!(!xml.contains("San Francisco"), "{name}");
    }
}

#[tokio::test]
async fn the_name_id_passes_as_it_came() {
    let company = Forged::start(|_| {}).await;
    for (format, value) in [
        (
            "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            "Ann.Tan@Company.example",
        ),
        (
            "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "_a1B2/+=x",
        ),
        (
            "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
            "COMPANY\\ann & <bob> 東京",
        ),
        (
            "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName",
            "C\\ann",
        ),
    ] {
        let page = company
            .login(|says| {
                format.clone_into(&mut says.format);
                value.clone_into(&mut says.name_id);
            })
            .await;
        let got = received(&page);
        assert_eq!(got.name_id, value);
        assert_eq!(got.format.as_deref(), Some(format));
    }
}

#[tokio::test]
async fn a_claim_can_be_the_name_id() {
    let claims = format!("{CLAIMS}name_id = [\"employeeNumber\"]\n");
    let company = Forged::start(|plan| plan.claims = claims).await;
    let page = company
        .login(|says| set(says, "employeeNumber", &["0042"]))
        .await;
    let got = received(&page);
    assert_eq!(got.name_id, "0042");
    assert!(got.values("name_id").is_none());
}

#[tokio::test]
async fn who_lacks_what_flex_needs_is_refused_and_only_the_administrator_is_told_why() {
    let log = Log::listen();
    let company = Forged::start(|plan| plan.claims = CLAIMS.to_owned()).await;
    let without = |name: &'static str| {
        move |says: &mut Says| says.attributes.retain(|(known, _)| known != name)
    };
    for (attribute, claim) in [
        ("email", "`email`"),
        ("displayName", "`full_name`"),
        ("roles", "`roles`"),
    ] {
        let page = company.login(without(attribute)).await;
        let record = is_refused(&company.bridge, &log, &page, RefusalCode::ReleaseMissing).await;
        let line = log.of_login(record.reference.as_str());
        let detail = line["detail"].as_str().unwrap();
        assert!(
            detail.contains(claim) && detail.contains(attribute),
            "{detail}"
        );
        assert!(!page.body.contains(attribute), "{}", page.body);
        let page = company.login(|says| set(says, attribute, &["  "])).await;
        is_refused(&company.bridge, &log, &page, RefusalCode::ReleaseMissing).await;
    }
    for (change, code) in [
        (
            (|says: &mut Says| says.name_id.clear()) as fn(&mut Says),
            RefusalCode::AssertionSubject,
        ),
        (
            |says| {
                "urn:oasis:names:tc:SAML:2.0:nameid-format:transient".clone_into(&mut says.format);
            },
            RefusalCode::ReleaseValue,
        ),
        (
            |says| set(says, "seats", &["many"]),
            RefusalCode::ReleaseValue,
        ),
        (
            |says| set(says, "preferredLanguage", &[&"x".repeat(5_000)]),
            RefusalCode::ReleaseValue,
        ),
    ] {
        let page = company.login(change).await;
        is_refused(&company.bridge, &log, &page, code).await;
    }
}
