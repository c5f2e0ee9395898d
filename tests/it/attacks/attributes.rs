//! Attributes that an identity provider, or somebody who may write in it, smuggles
//! towards Flex. Nobody is refused for them: nothing of them arrives. An attack
//! is met when Flex receives exactly what the honest login gives.

use super::{
    bench::{ANN, Bench, handed_over},
    paper::{Signs, swap},
};

const STATEMENT_ENDS: &str = "</saml:AttributeStatement>";

/// An attribute as it is written.
fn attribute(more: &str, values: &[&str]) -> String {
    let value = |value: &&str| format!("<saml:AttributeValue>{value}</saml:AttributeValue>");
    let values = values.iter().map(value).collect::<Vec<_>>().concat();
    format!("<saml:Attribute {more}>{values}</saml:Attribute>")
}

fn named(name: &str) -> String {
    format!("Name=\"{name}\"")
}

impl Bench {
    /// An attribute is added, and Flex receives what it would have without.
    async fn smuggled(&mut self, case: &str, more: &str, location: &str) {
        let got = self
            .received(|xml| swap(xml, STATEMENT_ENDS, &format!("{more}{STATEMENT_ENDS}")))
            .await;
        let verdict = got.and_then(|got| {
            let usual: [(&str, &[&str]); 4] = [
                ("email", &[ANN]),
                ("full_name", &["Ann Tan"]),
                ("roles", &["agent", "supervisor"]),
                ("flex_location", &[location]),
            ];
            let same = got.name_id == ANN
                && got.attributes.len() == usual.len()
                && usual
                    .iter()
                    .all(|(name, values)| got.values(name).is_some_and(|found| found == *values));
            same.then_some(()).ok_or_else(|| format!("{got:?}"))
        });
        self.class.attack(case, verdict);
    }

    async fn received(
        &mut self,
        change: impl FnOnce(&str) -> String,
    ) -> Result<crate::support::flex::Received, String> {
        let (mut browser, asked) = self.begin().await;
        let xml = self.paper(&asked).resigned(Signs::Response, change);
        let page = browser.submit_once(&super::bench::post(&asked, &xml)).await;
        let xml = page.forms().first().and_then(|form| {
            let response = form.field("SAMLResponse")?;
            Some(crate::support::flex::decoded(response))
        });
        let xml = xml.unwrap_or_default();
        if xml.matches("flex_location").count() > 1 {
            return Err(format!("twice: {xml}"));
        }
        handed_over(&page).map_err(|why| {
            let line = self.log.of_login(&crate::login::witness::reference(&page));
            format!("{why}: {line}")
        })
    }
}

/// Names that are, or look like, Flex's.
fn spoofed() -> Vec<(&'static str, String)> {
    let mut names: Vec<(&str, String)> = [
        ("as it is", "flex_location"),
        ("capitals", "FLEX_LOCATION"),
        ("mixed letters", "Flex_Location"),
        ("a type", "flex_location.string"),
        ("an array", "flex_location.stringarray"),
        ("a type in capitals", "flex_location.STRING"),
        ("a number", "flex_location.int"),
        ("two types", "flex_location.string.string"),
        ("blanks around", " flex_location "),
        ("a URI", "http://schemas.example/claims/flex_location"),
        ("a URN", "urn:oid:flex_location"),
        ("another separator", "flex-location"),
        ("no separator", "flexlocation"),
        ("a dot", "flex.location"),
        ("an escaped letter", "flex&#95;location"),
        ("with a tab", "flex_location&#9;"),
    ]
    .map(|(case, name)| (case, name.to_owned()))
    .to_vec();
    for (case, name) in [
        ("a Cyrillic letter", "fl\u{435}x_location"),
        ("another Cyrillic letter", "flex_l\u{43e}cation"),
        ("a Greek letter", "flex_l\u{3bf}cation"),
        ("wide letters", "\u{ff46}\u{ff4c}\u{ff45}\u{ff58}_location"),
        (
            "mathematical letters",
            "\u{1d41f}\u{1d425}\u{1d41e}\u{1d431}_location",
        ),
        ("a capital I for l", "fIex_Iocation"),
        ("a one for l", "f1ex_1ocation"),
        ("a wide separator", "flex\u{ff3f}location"),
        ("a zero-width space", "flex\u{200b}_location"),
        ("a zero-width joiner", "flex_\u{200d}location"),
        ("a soft hyphen", "flex_lo\u{ad}cation"),
        ("a word joiner", "\u{2060}flex_location"),
        ("a byte order mark", "\u{feff}flex_location"),
        ("a direction mark", "\u{202e}flex_location"),
        ("a variation selector", "flex_location\u{fe0f}"),
        ("a combining mark", "flex_location\u{301}"),
        ("a dotless i", "flex_locat\u{131}on"),
    ] {
        names.push((case, name.to_owned()));
    }
    names
}

const ELSEWHERE: &[&str] = &["San Francisco Office"];

#[tokio::test]
async fn no_location_of_the_identity_providers_own() {
    let mut bench = Bench::start_with("spoofed flex_location", "", |_| {}).await;
    for (case, name) in spoofed() {
        bench
            .smuggled(
                case,
                &attribute(&named(&name), ELSEWHERE),
                "Singapore Office",
            )
            .await;
    }
    for format in ["basic", "uri", "unspecified"] {
        let name = format!(
            "Name=\"flex_location\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:{format}\""
        );
        bench
            .smuggled(
                &format!("NameFormat {format}"),
                &attribute(&name, ELSEWHERE),
                "Singapore Office",
            )
            .await;
    }
    let friendly = "Name=\"urn:oid:1.2.3\" FriendlyName=\"flex_location\"";
    for (case, more) in [
        ("FriendlyName", attribute(friendly, ELSEWHERE)),
        (
            "twice",
            attribute(&named("flex_location"), ELSEWHERE).repeat(2),
        ),
        (
            "two values",
            attribute(
                &named("flex_location"),
                &["Singapore Office", "San Francisco Office"],
            ),
        ),
        ("empty", attribute(&named("flex_location"), &[""])),
        (
            "in a statement of its own",
            format!(
                "{STATEMENT_ENDS}<saml:AttributeStatement>{}",
                attribute(&named("flex_location"), ELSEWHERE)
            ),
        ),
    ] {
        bench.smuggled(case, &more, "Singapore Office").await;
    }
    // Values that only look like a defined name are none of them; those that are one in
    // another spelling give the name as it is defined, byte for byte.
    for (case, value, location) in [
        (
            "a Cyrillic letter in the value",
            "Singap\u{43e}re Office",
            "",
        ),
        (
            "a zero-width space in the value",
            "Singapore\u{200b} Office",
            "",
        ),
        (
            "a direction mark in the value",
            "\u{202e}Singapore Office",
            "",
        ),
        (
            "a name and more",
            "Singapore Office, San Francisco Office",
            "",
        ),
        ("an edge's name", "singapore-ix", ""),
        (
            "mark-up in the value",
            "&lt;b&gt;Singapore Office&lt;/b&gt;",
            "",
        ),
        ("a template", "${city} Office", ""),
        ("an empty value", "", ""),
    ] {
        let got = bench
            .received(|xml| swap(xml, "Singapore Office", value))
            .await;
        let right = got
            .clone()
            .is_ok_and(|got| got.location() == Some(location));
        bench
            .class
            .attack(case, right.then_some(()).ok_or_else(|| format!("{got:?}")));
    }
    for (case, value) in [
        ("as it is defined", "Singapore Office"),
        ("in other letters", "SINGAPORE office"),
        ("blanks", "  Singapore \u{a0} Office "),
        ("wide letters", "\u{ff33}ingapore Office"),
    ] {
        let got = bench
            .received(|xml| swap(xml, "Singapore Office", value))
            .await;
        let right = got
            .clone()
            .is_ok_and(|got| got.location() == Some("Singapore Office"));
        bench
            .class
            .honest(case, right.then_some(()).ok_or_else(|| format!("{got:?}")));
    }
    bench.finish();
}

#[tokio::test]
async fn what_is_not_listed_is_not_sent() {
    let mut bench = Bench::start_with("attribute injection, smuggling", "", |_| {}).await;
    for name in [
        "full_name",
        "Email",
        "EMAIL",
        "email.string",
        "roles.stringarray",
        "Roles",
        "role",
        "contact_uri",
        "department",
        "location",
        "team_id",
        "team_name",
        "channel.voice.capacity",
        "routing.skills",
        "routing.skills.stringarray",
        "disabled_skills",
        "sid",
        "worker_sid",
        "attributes",
        "__proto__",
        "constructor",
        "em\u{430}il",
        "email\u{200b}",
        "http://x/claims/email",
    ] {
        bench
            .smuggled(
                name,
                &attribute(&named(name), &["admin"]),
                "Singapore Office",
            )
            .await;
    }
    bench
        .smuggled(
            "FriendlyName roles",
            &attribute("Name=\"urn:oid:1.2\" FriendlyName=\"roles\"", &["admin"]),
            "Singapore Office",
        )
        .await;
    let other_location = attribute(
        "Name=\"physicalDeliveryOfficeName\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\"",
        ELSEWHERE,
    );
    bench
        .smuggled("the source twice, and not of one mind", &other_location, "")
        .await;
    bench
        .smuggled(
            "a second source that says otherwise",
            &attribute(&named("department"), ELSEWHERE),
            "Singapore Office",
        )
        .await;
    // Mark-up in a value is text, and stays it.
    for (case, written, read) in [
        (
            "the end of a value",
            "&lt;/saml:AttributeValue&gt;&lt;saml:AttributeValue&gt;admin",
            "</saml:AttributeValue><saml:AttributeValue>admin",
        ),
        (
            "an attribute in a value",
            "&lt;/saml:AttributeValue&gt;&lt;/saml:Attribute&gt;&lt;saml:Attribute Name=\"roles\"&gt;",
            "</saml:AttributeValue></saml:Attribute><saml:Attribute Name=\"roles\">",
        ),
        ("CDATA", "<![CDATA[<x>&amp;]]>", "<x>&amp;"),
        ("the end of CDATA", "a]]&gt;b", "a]]>b"),
        ("an entity, escaped twice", "&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        (
            "a script",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "<script>alert(1)</script>",
        ),
        ("quotes", "O'Neill &quot;Ann&quot;", "O'Neill \"Ann\""),
        ("a comma", "Tan, Ann", "Tan, Ann"),
        (
            "a name in Thai, Arabic and with a face",
            "อันน์ آن 🙂",
            "อันน์ آن 🙂",
        ),
        ("a line break", "Ann&#10;Tan", "Ann\nTan"),
    ] {
        let got = bench.received(|xml| swap(xml, "Ann Tan", written)).await;
        let whole = got.clone().is_ok_and(|got| {
            got.attributes.len() == 4 && got.values("full_name") == Some(&[read.to_owned()])
        });
        bench
            .class
            .attack(case, whole.then_some(()).ok_or_else(|| format!("{got:?}")));
    }
    bench
        .honest("the listed ones", |paper| paper.signed(Signs::Both))
        .await;
    bench.finish();
}
