//! Agents are spoken to in their language, and with the administrator's contact line.

use reqwest::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, VARY};

use super::bridge::{Bridge, client};

const LANGUAGES: [(&str, &str, [&str; 3]); 6] = [
    (
        "en-GB",
        "en",
        [
            "There is nothing here.",
            "That was our mistake",
            "Try again from Flex",
        ],
    ),
    (
        "es-419,es;q=0.9,en;q=0.5",
        "es",
        [
            "Aquí no hay nada.",
            "Ha sido un error nuestro",
            "Volver a intentarlo desde Flex",
        ],
    ),
    (
        "pt-BR",
        "pt",
        [
            "Não há nada aqui.",
            "O erro foi nosso",
            "Tentar de novo a partir do Flex",
        ],
    ),
    (
        "nl, fr;q=0.3",
        "fr",
        [
            "Il n’y a rien ici.",
            "C’est une erreur de notre part",
            "Réessayer depuis Flex",
        ],
    ),
    (
        "de-AT",
        "de",
        [
            "Unter dieser Adresse gibt es nichts.",
            "Das war unser Fehler",
            "In Flex neu beginnen",
        ],
    ),
    (
        "ja,en-US;q=0.9",
        "ja",
        [
            "ここには何もありません。",
            "こちら側の問題です",
            "Flex からもう一度試す",
        ],
    ),
];

async fn page(url: String, accept: &str) -> (String, String) {
    let request = client().get(url).header(ACCEPT_LANGUAGE, accept);
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()[VARY], "Accept-Language");
    let language = response.headers()[CONTENT_LANGUAGE].to_str().unwrap();
    let language = language.to_owned();
    (language, response.text().await.unwrap())
}

#[tokio::test]
async fn each_agent_reads_their_language_even_when_we_fail() {
    let bridge = Bridge::start();
    for (accept, tag, [refused, failed, again]) in LANGUAGES {
        for (path, said) in [
            ("/saml/idp/unknown/sso?SAMLRequest=x", refused),
            ("/saml/idp/unknown/sso?SAMLRequest=x", again),
            ("/saml/idp/panics/sso?SAMLRequest=x", failed),
        ] {
            let (language, html) = page(bridge.url(path), accept).await;
            assert_eq!(language, tag, "{accept}");
            assert!(html.contains(&format!("<html lang=\"{tag}\">")), "{html}");
            assert!(html.contains(said), "{accept} {path}: {said}\n{html}");
            assert!(html.contains("Service desk: +49 30 1234"), "{html}");
        }
    }
    bridge.stop().await;
}

#[tokio::test]
async fn administrators_read_english_and_no_contact_line() {
    let bridge = Bridge::start();
    let request = client().get(bridge.admin_url("/nothing"));
    let response = request.header(ACCEPT_LANGUAGE, "ja").send().await.unwrap();
    assert_eq!(response.status(), 404);
    let html = response.text().await.unwrap();
    assert!(
        html.contains("lang=\"en\"") && !html.contains("Service desk"),
        "{html}"
    );
    bridge.stop().await;
}
