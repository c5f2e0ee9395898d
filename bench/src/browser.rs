//! An agent's browser, as little of one as a login needs: one connection that stays, cookies
//! of one login, redirects and forms.

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use html5gum::{Token, Tokenizer};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response,
    body::Incoming,
    client::conn::http1::{self, SendRequest},
    header,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Url;

/// The largest page that is read, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;

/// One browser.
pub struct Browser {
    address: String,
    connection: Option<SendRequest<Full<Bytes>>>,
    cookies: Vec<(String, String)>,
}

/// What a page leads to.
pub enum Page {
    /// Somewhere else, by GET.
    Redirect(Url),
    /// Somewhere else, by a form.
    Form(Form),
}

/// The first form of a page.
#[derive(Debug, Default)]
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| &**value)
    }
}

impl Browser {
    /// One that talks to `address`, `host:port`.
    pub fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            connection: None,
            cookies: Vec::new(),
        }
    }

    /// A new person sits down.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    /// Opens a page of the bridge.
    pub async fn get(&mut self, url: &Url) -> Result<Page> {
        let request = self.request("GET", url).body(Full::default())?;
        self.send(request, url).await
    }

    /// Posts a form to the bridge.
    pub async fn post(&mut self, url: &Url, fields: &[(&str, &str)]) -> Result<Page> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self
            .request("POST", url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(body))?;
        self.send(request, url).await
    }

    fn request(&self, method: &str, url: &Url) -> hyper::http::request::Builder {
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let builder = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.address);
        if self.cookies.is_empty() {
            return builder;
        }
        let pairs: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        builder.header(header::COOKIE, pairs.join("; "))
    }

    async fn send(&mut self, request: Request<Full<Bytes>>, url: &Url) -> Result<Page> {
        let mut connection = match self.connection.take() {
            Some(connection) if !connection.is_closed() => connection,
            _ => connect(&self.address).await?,
        };
        connection.ready().await?;
        let response = connection.send_request(request).await?;
        self.keep_cookies(&response)?;
        let status = response.status();
        let location = response.headers().get(header::LOCATION).cloned();
        let body = Limited::new(response.into_body(), LARGEST);
        let body = body
            .collect()
            .await
            .map_err(|error| anyhow::anyhow!("the body of {}: {error}", url.path()))?
            .to_bytes();
        self.connection = Some(connection);
        if status.is_redirection() {
            let location = location.context("a redirect to nowhere")?;
            return Ok(Page::Redirect(url.join(location.to_str()?)?));
        }
        ensure!(
            status.is_success(),
            "{} answers {status}: {}",
            url.path(),
            String::from_utf8_lossy(&body[..body.len().min(2_000)])
        );
        Ok(Page::Form(form_of(&body)?))
    }

    fn keep_cookies(&mut self, response: &Response<Incoming>) -> Result<()> {
        for line in response.headers().get_all(header::SET_COOKIE) {
            let line = line.to_str()?;
            let pair = line.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie without a value")?;
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() && value != "deleted" {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(())
    }
}

async fn connect(address: &str) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        // Whoever sends next notices that it has ended.
        let _ = connection.await;
    });
    Ok(sender)
}

fn form_of(body: &[u8]) -> Result<Form> {
    let mut form: Option<Form> = None;
    for token in Tokenizer::new(body) {
        let Ok(Token::StartTag(tag)) = token else {
            continue;
        };
        let attribute = |name: &[u8]| {
            let found = tag.attributes.get(name)?;
            Some(String::from_utf8_lossy(found.as_ref()).into_owned())
        };
        match (&**tag.name, &mut form) {
            (b"form", None) => {
                form = Some(Form {
                    action: attribute(b"action").unwrap_or_default(),
                    fields: Vec::new(),
                });
            }
            (b"form", Some(_)) => break,
            (b"input", Some(form)) => {
                if let Some(name) = attribute(b"name") {
                    form.fields
                        .push((name, attribute(b"value").unwrap_or_default()));
                }
            }
            _ => {}
        }
    }
    match form {
        Some(form) if !form.action.is_empty() => Ok(form),
        _ => bail!(
            "a page without a form: {}",
            String::from_utf8_lossy(&body[..body.len().min(2_000)])
        ),
    }
}
