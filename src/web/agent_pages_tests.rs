use super::*;
use crate::web::{Language, PagesSettings, pages::hash};
use crate::{
    clock::SystemRandom,
    identity::{EmailDomain, LoginReference, Refusal, RefusalCode},
};

fn en() -> Voice {
    Voice::english()
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await;
    String::from_utf8(bytes.unwrap().to_vec()).unwrap()
}

fn policy_of(response: &Response) -> String {
    let value = &response.headers()[header::CONTENT_SECURITY_POLICY];
    value.to_str().unwrap().to_owned()
}

fn hand_over_page(value: &str) -> Response {
    answer(
        &en(),
        &Answer {
            cookies: Vec::new(),
            step: BrowserStep::Post {
                action: "https://login.example.com/callback?connection=JQ1&a=\"><b>"
                    .parse()
                    .unwrap(),
                fields: vec![
                    ("SAMLResponse", "PHNhbWw+".to_owned()),
                    ("RelayState", value.to_owned()),
                ],
            },
        },
    )
}

/// What stands between each opening and closing tag of that name.
fn contents<'a>(html: &'a str, tag: &str) -> Vec<&'a str> {
    html.split(&format!("<{tag}>"))
        .skip(1)
        .map(|rest| rest.split(&format!("</{tag}>")).next().unwrap())
        .collect()
}

#[tokio::test]
async fn each_inline_text_is_the_one_whose_hash_is_in_the_header() {
    let refusal = a_refusal(RefusalCode::SignatureInvalid, None);
    for (response, scripts) in [
        (hand_over_page("x"), 1),
        (refused(&en(), &refusal), 0),
        (not_found(&en()), 0),
    ] {
        let policy = policy_of(&response);
        let html = text(response).await;
        let inline = contents(&html, "script");
        assert_eq!(inline.len(), scripts);
        for text in inline.into_iter().chain(contents(&html, "style")) {
            assert!(policy.contains(&hash(text)), "{text}");
        }
        for outside in [
            " src=",
            "<link",
            "@import",
            "url(",
            " style=",
            "onload",
            "http-equiv",
        ] {
            assert!(!html.contains(outside), "{outside}");
        }
        assert_eq!(html.matches("<script").count(), scripts);
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"));
        assert!(html.contains("<html lang=\"en\">") && html.matches("<h1>").count() == 1);
    }
}

#[test]
fn a_hash_is_what_browsers_compute() {
    // The example of CSP Level 2, §5.1.
    assert_eq!(
        hash("alert('Hello, world.');"),
        "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    );
}

/// The value of the field as a browser reads it.
fn field_value(html: &str) -> String {
    let field = html.split("name=\"RelayState\" value=\"").nth(1).unwrap();
    let mut value = field.split('"').next().unwrap().to_owned();
    assert!(!value.contains(['<', '>', '\'']), "{value}");
    for (entity, character) in [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ] {
        value = value.replace(entity, character);
    }
    value
}

fn in_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(work)
}

proptest::proptest! {
    #[test]
    fn what_is_handed_over_arrives_exactly_and_never_as_markup(value in ".*|(?s)[\"'<>&;#0-9a-z\r\n\t ]*") {
        let page = in_runtime(async { text(hand_over_page(&value)).await });
        if is_carried_exactly(&value) {
            assert_eq!(field_value(&page), value);
        } else {
            assert!(page.contains("our mistake"));
        }
    }
}

#[test]
fn line_breaks_that_browsers_would_change_are_not_handed_over() {
    for (value, carried) in [
        ("", true),
        ("a\tb \u{1}", true),
        ("a\r\nb\r\n", true),
        ("a\nb", false),
        ("a\rb", false),
        ("a\r\r\nb", false),
        ("a\0b", false),
    ] {
        assert_eq!(is_carried_exactly(value), carried, "{value:?}");
    }
}

fn a_refusal(code: RefusalCode, retry: Option<&str>) -> Refused {
    Refused {
        reference: LoginReference::fresh(&SystemRandom).unwrap(),
        refusal: Refusal::new(code, "the <secret> detail"),
        retry: retry.map(|url| url.parse().unwrap()),
        choose: None,
    }
}

#[tokio::test]
async fn a_refusal_shows_its_sentence_and_reference_and_nothing_of_its_cause() {
    for &code in RefusalCode::ALL {
        let refusal = a_refusal(code, Some("https://flex.example.com/a?b=\"'><script>"));
        let response = refused(&en(), &refusal);
        assert_eq!(response.status().as_u16(), code.public().status());
        let html = text(response).await;
        let shown = html.replace("&#39;", "'");
        assert!(shown.contains(code.public().sentence()), "{code}");
        assert!(html.contains(refusal.reference.as_str()));
        assert!(html.contains("Try again"));
        assert!(!html.contains("secret") && !html.contains(code.cause()));
        assert!(!html.contains(&format!(">{code}<")) && !html.contains("<script"));
    }
}

#[tokio::test]
async fn causes_of_one_sentence_make_one_page() {
    let of = async |code| {
        let refusal = a_refusal(code, None);
        let response = refused(&en(), &refusal);
        let status = response.status();
        let html = text(response).await;
        (
            status,
            html.replace(refusal.reference.as_str(), "REFERENCE"),
        )
    };
    let invalid = of(RefusalCode::SignatureInvalid).await;
    for code in [
        RefusalCode::SignatureMissing,
        RefusalCode::ResponseMalformed,
        RefusalCode::AssertionAudience,
        RefusalCode::ResponseEncrypted,
    ] {
        assert_eq!(of(code).await, invalid, "{code}");
    }
}

#[test]
fn a_cookie_is_written_exactly_so() {
    let cookie = LoginCookie {
        name: "__Host-fb-1".to_owned(),
        value: "abc".to_owned(),
        max_age: 600,
    };
    assert_eq!(
        set_cookie(&cookie),
        "__Host-fb-1=abc; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=600"
    );
}

#[test]
fn a_cookie_can_not_split_the_header() {
    let response = answer(
        &en(),
        &Answer {
            cookies: vec![LoginCookie {
                name: "a".to_owned(),
                value: "b\r\nSet-Cookie: c=d".to_owned(),
                max_age: 1,
            }],
            step: BrowserStep::Redirect("https://example.com/".parse().unwrap()),
        },
    );
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!response.headers().contains_key(header::SET_COOKIE));
}

#[tokio::test]
async fn the_page_that_asks_for_the_company_is_harmless() {
    let choice = ChoicePage {
        action: "/saml/idp/production/choose".to_owned(),
        login: "0a".repeat(16),
        by_email: true,
        problem: Some(ChoiceProblem::UnknownDomain(
            EmailDomain::parse("other.example").unwrap(),
        )),
        providers: vec![("hq".to_owned(), "\"><script>alert(1)</script>".to_owned())],
    };
    let response = answer(
        &en(),
        &Answer {
            cookies: Vec::new(),
            step: BrowserStep::Choose(choice),
        },
    );
    let policy = policy_of(&response);
    assert!(policy.starts_with("default-src 'none'") && policy.contains("script-src 'none'"));
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let html = text(response).await;
    assert!(!html.contains("<script") && html.contains("@other.example"));
    // Each field has its words, and the problem is told with it.
    assert!(html.contains("<label for=\"email\">") && html.contains("role=\"alert\""));
    assert!(html.contains("aria-describedby=\"problem use\""));
}

#[tokio::test]
async fn another_company_is_offered_only_where_there_is_one() {
    let mut refusal = a_refusal(RefusalCode::LoginOtherIdp, None);
    assert!(
        !text(refused(&en(), &refusal))
            .await
            .contains("Not your company")
    );
    refusal.choose = Some("/login/production?choose".to_owned());
    let html = text(refused(&en(), &refusal)).await;
    assert!(html.contains("href=\"/login/production?choose\""), "{html}");
}

fn voice_of(language: Language, contact: Option<&str>) -> Voice {
    let mut headers = http::HeaderMap::new();
    let asked = format!("zh, {}-XX;q=0.7", language.tag());
    headers.insert(header::ACCEPT_LANGUAGE, asked.parse().unwrap());
    let settings = PagesSettings {
        contact: contact.map(str::to_owned),
        language: Language::English,
    };
    Voice::new(&headers, &settings)
}

#[tokio::test]
async fn each_page_is_in_the_language_that_it_says_it_is() {
    for &language in Language::ALL {
        let voice = voice_of(language, None);
        let (tag, words) = (language.tag(), voice.words());
        let refusal = a_refusal(RefusalCode::SignatureInvalid, Some("https://x.example/"));
        let reason = RefusalCode::SignatureInvalid.public();
        let step = BrowserStep::StartFromFlex;
        let cookies = Vec::new();
        for (response, said) in [
            (refused(&voice, &refusal), (words.sentence)(reason)),
            (refused(&voice, &refusal), words.try_again),
            (
                not_found(&voice),
                (words.trouble)(Trouble::NotFound).sentence,
            ),
            (
                answer(&voice, &Answer { cookies, step }),
                (words.trouble)(Trouble::ChooseAgain).title,
            ),
        ] {
            assert_eq!(response.headers()[header::CONTENT_LANGUAGE], tag);
            assert_eq!(response.headers()[header::VARY], "Accept-Language");
            let html = text(response).await.replace("&#39;", "'");
            assert!(html.contains(&format!("<html lang=\"{tag}\">")), "{html}");
            assert!(html.contains(said), "{language:?} {said}\n{html}");
        }
    }
}

#[tokio::test]
async fn the_contact_line_is_text_or_a_link_and_never_markup() {
    let refusal = a_refusal(RefusalCode::SignatureInvalid, None);
    for (contact, shown) in [
        (None, None),
        (
            Some("<b>IT</b> & co"),
            Some("Hilfe: &#60;b&#62;IT&#60;/b&#62; &#38; co"),
        ),
        (
            Some("mailto:it@example.com?a=\"b"),
            Some("Hilfe: <a href=\"mailto:it@example.com?a=%22b\">it@example.com</a>"),
        ),
        (Some("javascript:alert(1)"), None),
    ] {
        let voice = voice_of(Language::German, contact);
        for response in [refused(&voice, &refusal), not_found(&voice)] {
            let html = text(response).await;
            match shown {
                Some(shown) => assert!(html.contains(shown), "{shown}\n{html}"),
                None => assert!(!html.contains("Hilfe") && !html.contains("javascript")),
            }
        }
    }
}
