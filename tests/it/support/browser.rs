//! A browser without a screen: follows redirects, keeps cookies by the rules
//! (Secure ones on loopback too, as browsers do), reads forms and sends them.
//!
//! Must never: run script, or repair what a real browser would not.

use std::time::Duration;

use cookie_store::CookieStore;
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, Response, StatusCode, redirect};
use url::Url;

use super::{
    forms::{Form, forms},
    mirror,
};

/// What a browser gives up after.
const MOST_REDIRECTS: usize = 20;

/// A page that the browser has arrived at.
#[derive(Debug)]
pub struct Page {
    /// Its address, after all redirects.
    pub url: Url,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Page {
    /// Every form of the page.
    pub fn forms(&self) -> Vec<Form> {
        forms(&self.url, &self.body)
    }

    /// The first form that has a field of this name; panics with the page when none has.
    pub fn form_with(&self, field: &str) -> Form {
        self.forms()
            .into_iter()
            .find(|form| form.field(field).is_some())
            .unwrap_or_else(|| {
                panic!(
                    "no form with {field} at {} ({}): {}",
                    self.url, self.status, self.body
                )
            })
    }
}

/// One person's browser: a cookie jar and a way to ask.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    jar: CookieStore,
    headers: Vec<(String, String)>,
}

impl Browser {
    /// A fresh one, with no cookies.
    pub fn new() -> Self {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            // A server may have been restarted since the last request.
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Self {
            client,
            jar: CookieStore::default(),
            headers: Vec::new(),
        }
    }

    /// Sends these headers with every request, as a proxy on the way would.
    pub fn say(&mut self, headers: impl IntoIterator<Item = (String, String)>) {
        self.headers = headers.into_iter().collect();
    }

    /// Goes to an address and wherever it leads.
    pub async fn open(&mut self, url: &Url) -> Page {
        let mut at = url.clone();
        for _ in 0..MOST_REDIRECTS {
            let mirrored = mirror::hold_up_code(&at, &self.headers);
            let response = self.step(Method::GET, &at, None).await;
            let Some(next) = redirect_target(&response) else {
                return mirror::compare(mirrored, page(response).await).await;
            };
            at = next;
        }
        panic!("more than {MOST_REDIRECTS} redirects from {url}");
    }

    /// Goes to an address without following where it leads.
    pub async fn open_once(&mut self, url: &Url) -> Page {
        let mirrored = mirror::hold_up_code(url, &self.headers);
        let page = page(self.step(Method::GET, url, None).await).await;
        mirror::compare(mirrored, page).await
    }

    /// Sends a form and goes wherever it leads.
    pub async fn submit(&mut self, form: &Form) -> Page {
        let mirrored = mirror::hold_up(form, &self.headers);
        let response = self.send(form).await;
        match redirect_target(&response) {
            Some(next) => self.open(&next).await,
            None => mirror::compare(mirrored, page(response).await).await,
        }
    }

    /// Sends a form without following where it leads.
    pub async fn submit_once(&mut self, form: &Form) -> Page {
        let mirrored = mirror::hold_up(form, &self.headers);
        mirror::compare(mirrored, page(self.send(form).await).await).await
    }

    /// The value of the cookie of this name that would be sent to `url`.
    pub fn cookie(&self, url: &Url, name: &str) -> Option<&str> {
        self.jar
            .get_request_values(url)
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    async fn send(&mut self, form: &Form) -> Response {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&form.fields)
            .finish();
        if form.post {
            return self.step(Method::POST, &form.action, Some(body)).await;
        }
        let mut url = form.action.clone();
        url.set_query(Some(&body));
        self.step(Method::GET, &url, None).await
    }

    async fn step(&mut self, method: Method, url: &Url, body: Option<String>) -> Response {
        let mut request = self.client.request(method, url.clone());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let cookies = self.cookie_header(url);
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body);
        }
        let response = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{url} does not answer: {error:?}"));
        for cookie in response.headers().get_all(SET_COOKIE) {
            // A cookie against the rules is dropped, as a browser drops it.
            let _ = self.jar.parse(cookie.to_str().unwrap(), url);
        }
        response
    }

    /// The `Cookie` header that would be sent to `url`.
    pub fn cookies(&self, url: &Url) -> String {
        self.cookie_header(url)
    }

    fn cookie_header(&self, url: &Url) -> String {
        let pairs: Vec<String> = self
            .jar
            .get_request_values(url)
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }
}

fn redirect_target(response: &Response) -> Option<Url> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().unwrap();
    Some(response.url().join(location).unwrap())
}

async fn page(response: Response) -> Page {
    Page {
        url: response.url().clone(),
        status: response.status(),
        headers: response.headers().clone(),
        body: response.text().await.unwrap(),
    }
}

mod tests {
    use super::*;
    use axum::Router;
    use axum::extract::Request;
    use axum::response::{Html, IntoResponse as _, Redirect, Response as Answer};
    use axum::routing::{get, post};

    const COOKIES: [(&str, &str); 3] = [
        (
            "set-cookie",
            "__Host-login=sealed; Path=/; Secure; HttpOnly; SameSite=None",
        ),
        ("set-cookie", "elsewhere=1; Path=/; Domain=other.example"),
        ("set-cookie", "below=1; Path=/below"),
    ];

    const FORM: &str =
        r#"<form method="post" action="posted"><input name="x" value="é&amp;"></form>"#;

    async fn echo(request: Request) -> String {
        let cookies = request
            .headers()
            .get(COOKIE)
            .map(|value| value.to_str().unwrap());
        format!("{} {}", request.uri(), cookies.unwrap_or("none"))
    }

    async fn begin() -> Answer {
        let cookies = axum::response::AppendHeaders(COOKIES);
        (cookies, Redirect::to("/end?a=b")).into_response()
    }

    async fn forget() -> impl axum::response::IntoResponse {
        [("set-cookie", "__Host-login=; Path=/; Secure; Max-Age=0")]
    }

    async fn site() -> Url {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let routes = Router::new()
            .route("/begin", get(begin))
            .route("/end", get(echo))
            .route("/forget", get(forget))
            .route("/form", get(async || Html(FORM)))
            .route(
                "/posted",
                post(async |body: String| {
                    (
                        StatusCode::SEE_OTHER,
                        [("location", format!("/end?{body}"))],
                    )
                }),
            );
        tokio::spawn(async { axum::serve(listener, routes).await });
        Url::parse(&url).unwrap()
    }

    #[tokio::test]
    async fn it_follows_redirects_and_keeps_cookies_like_a_browser() {
        let site = site().await;
        let at = |path: &str| site.join(path).unwrap();
        let mut browser = Browser::new();
        assert_eq!(
            browser.open_once(&at("begin")).await.status,
            StatusCode::SEE_OTHER
        );
        let page = browser.open(&at("begin")).await;
        assert_eq!(page.body, "/end?a=b __Host-login=sealed");
        assert_eq!(page.url, at("end?a=b"));
        assert_eq!(browser.cookie(&at("below"), "below"), Some("1"));
        browser.open(&at("forget")).await;
        assert_eq!(browser.open(&at("end")).await.body, "/end none");
    }

    #[tokio::test]
    async fn it_sends_forms() {
        let site = site().await;
        let mut browser = Browser::new();
        let form = browser
            .open(&site.join("form").unwrap())
            .await
            .form_with("x");
        let page = browser.submit_once(&form).await;
        assert_eq!(page.headers[LOCATION], "/end?x=%C3%A9%26");
        assert_eq!(browser.submit(&form).await.body, "/end?x=%C3%A9%26 none");
    }
}
