//! One whole login through a bridge, whichever it is: from Flex's request to Flex's ACS, by
//! whatever redirects and forms of its own the bridge puts between.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use base64::{Engine, prelude::BASE64_STANDARD};
use roxmltree::Document;
use url::Url;

use crate::{
    browser::{Browser, Form, Page},
    company::{Asked, Company},
    deflate::inflated,
    flex::Flex,
};

/// How many pages a login may take.
const MOST_PAGES: usize = 12;

/// What stands between Flex and the company.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Where Flex sends its requests.
    pub sso_url: Url,
    /// The bridge as the company's service provider.
    pub sp_entity_id: String,
    pub sp_acs_url: String,
}

/// Both ends of a login.
pub struct Ends {
    pub company: Company,
    pub flex: Flex,
}

/// Signs one person in; the answer's XML.
pub async fn log_in(browser: &mut Browser, ends: &Arc<Ends>, subject: &Subject) -> Result<String> {
    browser.forget();
    let sent = ends.flex.ask(subject.sso_url.as_str())?;
    let mut url = subject.sso_url.clone();
    url.set_query(Some(&sent.query));
    let mut page = browser.get(&url).await?;
    for _ in 0..MOST_PAGES {
        page = match page {
            Page::Redirect(to) if to.as_str().starts_with(&ends.company.sso_url) => {
                let (response, relay_state) = asked_by_redirect(ends, subject, &to)?;
                hand_in(browser, subject, &response, relay_state.as_deref()).await?
            }
            Page::Redirect(to) => browser.get(&to).await?,
            Page::Form(form) if form.action == ends.company.sso_url => {
                let request = form.field("SAMLRequest").context("no SAMLRequest")?;
                let xml = BASE64_STANDARD.decode(request)?;
                let response = answered(ends, subject, &xml)?;
                let relay_state = form.field("RelayState").map(str::to_owned);
                hand_in(browser, subject, &response, relay_state.as_deref()).await?
            }
            Page::Form(form) if form.action == ends.flex.acs_url => {
                let response = form.field("SAMLResponse").context("no SAMLResponse")?;
                return ends.flex.accept(&sent, response, form.field("RelayState"));
            }
            Page::Form(form) => submit(browser, &subject.sso_url, &form).await?,
        };
    }
    bail!("more than {MOST_PAGES} pages, and no end")
}

fn asked_by_redirect(ends: &Ends, subject: &Subject, to: &Url) -> Result<(String, Option<String>)> {
    let parameter = |name: &str| {
        let found = to.query_pairs().find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned())
    };
    let request = parameter("SAMLRequest").context("no SAMLRequest")?;
    let xml = inflated(&BASE64_STANDARD.decode(request)?)?;
    Ok((answered(ends, subject, &xml)?, parameter("RelayState")))
}

fn answered(ends: &Ends, subject: &Subject, request: &[u8]) -> Result<String> {
    let text = std::str::from_utf8(request)?;
    let document = Document::parse(text)?;
    let request_id = document
        .root_element()
        .attribute("ID")
        .context("a request without an ID")?;
    ends.company.answer(&Asked {
        request_id,
        audience: &subject.sp_entity_id,
        acs_url: &subject.sp_acs_url,
    })
}

async fn hand_in(
    browser: &mut Browser,
    subject: &Subject,
    response: &str,
    relay_state: Option<&str>,
) -> Result<Page> {
    let acs = Url::parse(&subject.sp_acs_url)?;
    let mut fields = vec![("SAMLResponse", response)];
    fields.extend(relay_state.map(|value| ("RelayState", value)));
    browser.post(&acs, &fields).await
}

async fn submit(browser: &mut Browser, base: &Url, form: &Form) -> Result<Page> {
    let url = base.join(&form.action)?;
    let fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    browser.post(&url, &fields).await
}
