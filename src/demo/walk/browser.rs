//! A small browser: real requests over real sockets, cookies, redirects and
//! forms. It runs no script, so a page that needs one leaves it standing there.

use std::{collections::BTreeMap, time::Duration};

use cookie::Cookie;
use reqwest::{Client, Method, RequestBuilder, Response, header, redirect::Policy};
use url::Url;

use super::{
    WalkError,
    forms::{self, Form, Page},
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest page that is read, in bytes.
const LARGEST: usize = 2 * 1024 * 1024;
/// How many redirects may follow each other.
const MOST_REDIRECTS: usize = 10;

/// A browser with its cookies. They know hosts and no ports (RFC 6265 §8.5).
pub(super) struct Browser {
    http: Client,
    cookies: BTreeMap<(String, String), String>,
    /// Each request, as it went out, and the status of its answer.
    pub(super) history: Vec<Hop>,
}

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// GET or POST.
    pub method: String,
    /// Where, without the query.
    pub url: String,
    /// The status of the answer.
    pub status: u16,
}

/// Where the browser stands.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) page: Page,
}

impl Browser {
    pub(super) fn new() -> Result<Self, WalkError> {
        let http = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .build()?;
        Ok(Self {
            http,
            cookies: BTreeMap::new(),
            history: Vec::new(),
        })
    }

    /// Opens an address.
    pub(super) async fn open(&mut self, url: Url) -> Result<Standing, WalkError> {
        let request = self.http.get(url.clone());
        self.follow(Method::GET, url, request).await
    }

    /// Sends a form, with what its button adds.
    pub(super) async fn send(
        &mut self,
        from: &Standing,
        form: &Form,
        button: Option<(String, String)>,
    ) -> Result<Standing, WalkError> {
        let mut url = from.url.clone();
        if !form.action.is_empty() {
            url = from.url.join(&form.action)?;
        }
        let mut fields = form.fields.clone();
        fields.extend(button);
        let (method, request) = if form.post {
            (Method::POST, self.http.post(url.clone()).form(&fields))
        } else {
            url.query_pairs_mut().clear().extend_pairs(&fields);
            (Method::GET, self.http.get(url.clone()))
        };
        self.follow(method, url, request).await
    }

    /// Sends a request and goes where it leads, until a page comes.
    async fn follow(
        &mut self,
        mut method: Method,
        mut url: Url,
        mut request: RequestBuilder,
    ) -> Result<Standing, WalkError> {
        for _ in 0..MOST_REDIRECTS {
            if let Some(cookies) = self.cookies_for(&url) {
                request = request.header(header::COOKIE, cookies);
            }
            let answer = request.send().await?;
            self.keep_cookies(&url, &answer);
            self.history.push(hop(&method, &url, &answer));
            if !answer.status().is_redirection() {
                return standing(url, answer).await;
            }
            let location = answer.headers().get(header::LOCATION);
            let location = location.and_then(|location| location.to_str().ok());
            url = url.join(location.ok_or(WalkError::Nowhere)?)?;
            method = Method::GET;
            request = self.http.get(url.clone());
        }
        Err(WalkError::TooFar)
    }

    fn cookies_for(&self, url: &Url) -> Option<String> {
        let host = url.host_str()?;
        let own = self.cookies.iter().filter(|((known, _), _)| known == host);
        let pairs: Vec<String> = own
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn keep_cookies(&mut self, url: &Url, answer: &Response) {
        let host = url.host_str().unwrap_or_default();
        let lines = answer.headers().get_all(header::SET_COOKIE);
        let cookies = lines
            .iter()
            .filter_map(|line| Cookie::parse(line.to_str().ok()?).ok());
        for cookie in cookies {
            let key = (host.to_owned(), cookie.name().to_owned());
            let gone = cookie.max_age().is_some_and(|age| !age.is_positive());
            if gone {
                self.cookies.remove(&key);
            } else {
                self.cookies.insert(key, cookie.value().to_owned());
            }
        }
    }
}

fn hop(method: &Method, url: &Url, answer: &Response) -> Hop {
    let mut shown = url.clone();
    shown.set_query(None);
    Hop {
        method: method.to_string(),
        url: shown.into(),
        status: answer.status().as_u16(),
    }
}

async fn standing(url: Url, mut answer: Response) -> Result<Standing, WalkError> {
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err(WalkError::TooLarge(url.into()));
        }
    }
    let page = forms::read(&String::from_utf8_lossy(&body));
    Ok(Standing { url, status, page })
}
