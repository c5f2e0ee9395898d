//! The demo company, with the real bridge in the middle: everybody's login ends
//! as it must, and nobody else gets in.

use std::sync::Arc;

use flexbridge::{
    clock::{SystemClock, SystemRandom},
    demo::{Company, Options, idp::PEOPLE, story},
    saml::binding::{Outgoing, redirect},
};
use reqwest::{Client, StatusCode, redirect::Policy};
use url::Url;

async fn company() -> Company {
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let options = Options {
        port_base: Some(0),
        ..Options::default()
    };
    Company::start(options, clock, random).await.unwrap()
}

fn client() -> Client {
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

/// Where an answer sends the browser.
async fn led_to(http: &Client, url: Url) -> Url {
    let answer = http.get(url.clone()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let location = answer.headers()["location"].to_str().unwrap();
    url.join(location).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_ends_where_they_belong() {
    let company = company().await;
    for person in PEOPLE {
        let arrival = company.sign_in(person).await.unwrap();
        assert!(arrival.holds(), "{}", story(&arrival));
    }
    // A second time too: the worker is there already.
    let arrival = company.sign_in(PEOPLE[0]).await.unwrap();
    assert!(arrival.holds(), "{}", story(&arrival));
    company.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_stay_outside_and_are_told_so_harmlessly() {
    let (company, http) = (company().await, client());
    let at = |path: &str| company.flex_url.join(path).unwrap();
    let bridge = led_to(&http, at("/login")).await;
    let acs = at(&format!(
        "/login/callback?connection={}",
        "JQ".to_owned() + &"deadbeef".repeat(4)
    ));
    for (url, response, status) in [
        (acs, "<script>x</script>", StatusCode::UNAUTHORIZED),
        (
            at("/login/callback?connection=JQ0"),
            "x",
            StatusCode::NOT_FOUND,
        ),
        (
            at("/login/callback?connection="),
            "x",
            StatusCode::NOT_FOUND,
        ),
    ] {
        let form = [("SAMLResponse", response), ("RelayState", "<b>")];
        let answer = http.post(url).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert!(
            answer.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("default-src 'none'")
        );
        let page = answer.text().await.unwrap();
        assert!(
            !page.contains("<b>") && !page.contains("<script>x"),
            "{page}"
        );
    }
    assert_eq!(led_to(&http, at("/agent")).await, at("/"));

    // The company's identity provider answers the bridge, at the bridge's address.
    let idp = led_to(&http, bridge.clone()).await;
    let honest = http.get(idp.clone()).send().await.unwrap();
    assert_eq!(honest.status(), StatusCode::OK);
    let sent = redirect::decode(idp.query().unwrap()).unwrap().xml;
    let mut endpoint = idp.clone();
    endpoint.set_query(None);
    for (from, to) in [
        ("/saml/sp/company/acs", "/saml/sp/company/other"),
        ("/saml/sp/company</", "/saml/sp/elsewhere</"),
        ("/saml/sso", "/saml/else"),
    ] {
        assert!(sent.contains(from), "{from} in {sent}");
        let forged = redirect::encode(&endpoint, &sent.replace(from, to), "state", None).unwrap();
        let Outgoing::Redirect(url) = forged else {
            panic!("a redirect")
        };
        let answer = http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{to}");
    }
    company.stop().await.unwrap();
}
