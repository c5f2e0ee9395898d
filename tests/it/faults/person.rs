//! Somebody who signs in at one process, and tries the same answer again.

use flexbridge::identity::RefusalCode;

use crate::{
    login::{
        process::Company,
        walk::{flex_asks, received},
        witness::reference,
    },
    support::{
        browser::{Browser, Page},
        forging::asked,
        forms::Form,
        log::newest_of_login,
        serve::Serve,
    },
};

/// A login that has come as far as the answer.
pub struct Begun {
    pub browser: Browser,
    pub form: Form,
}

/// Flex asks, and the identity provider has answered; the browser has not sent it yet.
pub async fn begin(serve: &Serve, company: &Company) -> Begun {
    let mut browser = Browser::new();
    let asked = asked(&browser.open_once(&flex_asks(&serve.site)).await);
    let form = company.answer(&asked, |_| {});
    Begun { browser, form }
}

impl Begun {
    /// Sends the answer.
    pub async fn send(&self) -> Page {
        self.browser.clone().submit_once(&self.form).await
    }

    /// Sends the answer; why nobody is let in, if so.
    pub async fn end(&self) -> Result<(), String> {
        let page = self.send().await;
        if page.status != 200 {
            return Err(format!("{} {:.300}", page.status, page.body));
        }
        received(&page);
        Ok(())
    }

    /// Sends the answer, which must be refused for one of these reasons.
    pub async fn refused(&self, serve: &Serve, codes: &[RefusalCode]) -> Result<(), String> {
        let page = self.send().await;
        let code = code_of(serve, &page);
        let known = codes.iter().find(|one| one.as_str() == code);
        known
            .filter(|one| page.status == one.public().status())
            .map(drop)
            .ok_or_else(|| format!("answered: {} {code}", page.status))
    }
}

/// Why a page refuses, as the log says.
pub fn code_of(serve: &Serve, page: &Page) -> String {
    if !page.body.contains("<dd>") {
        return format!("no refusal: {} {:.300}", page.status, page.body);
    }
    let line = newest_of_login(&serve.log(), &reference(page));
    line["code"].as_str().unwrap_or("accepted").to_owned()
}

/// The status and the text of `/readyz`.
pub async fn readiness(serve: &Serve) -> (u16, String) {
    let page = Browser::new().open(&serve.admin_at("/readyz")).await;
    (page.status.as_u16(), page.body)
}
