//! A running bridge and a browser in the middle of a login, for each case anew.
//!
//! Must never: let a case pass for its status alone.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use flexbridge::identity::{PublicReason, RefusalCode};

use super::{
    paper::{Paper, Signs},
    table::Class,
};
use crate::{
    login::{walk::Forged, witness::reference},
    support::{
        bridge::{Plan, Site},
        browser::{Browser, Page},
        flex::Received,
        forging::{Asked, ForgingIdp},
        forms::Form,
        log::Log,
    },
};

/// What the person of every honest login is called.
pub const ANN: &str = "ann@company.example";

/// One class, its bridge, and everything a browser was shown.
pub struct Bench {
    pub company: Forged,
    pub foreign: ForgingIdp,
    pub log: Log,
    pub class: Class,
    pub alike: Alike,
}

impl Bench {
    /// With the usual configuration.
    pub async fn start(class: &'static str) -> Self {
        Self::start_with(class, "", |_| {}).await
    }

    /// With changes to it, as a part of a class.
    pub async fn start_with(
        class: &'static str,
        part: &'static str,
        change: impl FnOnce(&mut Plan),
    ) -> Self {
        Self::start_at(Site::new(), class, part, change).await
    }

    /// At a place that was prepared.
    pub async fn start_at(
        site: Site,
        class: &'static str,
        part: &'static str,
        change: impl FnOnce(&mut Plan),
    ) -> Self {
        let log = Log::listen();
        Self {
            company: Forged::start_at(site, change).await,
            foreign: ForgingIdp::new("hq"),
            log,
            class: Class::new(class, part),
            alike: Alike::default(),
        }
    }

    /// A login that has just begun, and its browser.
    pub async fn begin(&self) -> (Browser, Asked) {
        let mut browser = Browser::new();
        let asked = self.company.begin(&mut browser).await;
        (browser, asked)
    }

    /// What a forger has at hand for this login.
    pub fn paper<'a>(&'a self, asked: &'a Asked) -> Paper<'a> {
        Paper {
            idp: &self.company.idp,
            foreign: &self.foreign,
            asked,
            says: ForgingIdp::says(asked, self.company.plan.clock.now()),
        }
    }

    /// A forged response comes back by the browser that began; the honest one
    /// comes after it and still lets Ann in.
    pub async fn attack(
        &mut self,
        case: &str,
        code: RefusalCode,
        forge: impl FnOnce(&Paper<'_>) -> String,
    ) {
        self.attack_by(case, code, |paper| post(paper.asked, &forge(paper)))
            .await;
    }

    /// The same by any form.
    pub async fn attack_by(
        &mut self,
        case: &str,
        code: RefusalCode,
        forge: impl FnOnce(&Paper<'_>) -> Form,
    ) {
        let (mut browser, asked) = self.begin().await;
        let paper = self.paper(&asked);
        let (forged, honest) = (forge(&paper), post(&asked, &paper.signed(Signs::Response)));
        let page = browser.submit_once(&forged).await;
        let mut verdict = self.judge(&page, code);
        if verdict.is_ok() {
            verdict = is_ann(&browser.submit_once(&honest).await)
                .map_err(|why| format!("the honest answer after it: {why}"));
        }
        self.class.attack(case, verdict);
    }

    /// An honest variant lets Ann in.
    pub async fn honest(&mut self, case: &str, write: impl FnOnce(&Paper<'_>) -> String) {
        let (mut browser, asked) = self.begin().await;
        let form = post(&asked, &write(&self.paper(&asked)));
        let page = browser.submit_once(&form).await;
        self.class.honest(
            case,
            is_ann(&page).map_err(|why| self.explained(&page, why)),
        );
    }

    /// A page that must refuse for `code`, as an attack of its own.
    pub fn page(&mut self, case: &str, page: &Page, code: RefusalCode) {
        let verdict = self.judge(page, code);
        self.class.attack(case, verdict);
        // Of strangers' refusals the log writes twenty in a second, and the code is read there.
        std::thread::sleep(std::time::Duration::from_millis(55));
    }

    /// The same with a status of its own, for what is too large for any form.
    pub fn page_as(&mut self, case: &str, page: &Page, code: RefusalCode, status: u16) {
        if status == code.public().status() {
            return self.page(case, page, code);
        }
        let line = self.log.of_login(&reference(page));
        let right = page.status == status && line["code"] == code.as_str();
        let verdict = right
            .then_some(())
            .ok_or_else(|| format!("{} {line}", page.status));
        self.class.attack(case, verdict);
    }

    /// What is wrong with how a page refuses, if it must be for `code`.
    pub fn judge(&mut self, page: &Page, code: RefusalCode) -> Result<(), String> {
        self.alike.refused(&self.log, page, code)
    }

    fn explained(&self, page: &Page, why: String) -> String {
        if !page.body.contains("<dd>") {
            return why;
        }
        let line = self.log.of_login(&reference(page));
        format!("{why}: {} {}", line["code"], line["detail"])
    }

    /// Ends the class.
    pub fn finish(self) {
        self.class.finish();
    }
}

/// Every refusal page so far, by its public reason: an attacker may not tell two apart.
#[derive(Default)]
pub struct Alike {
    seen: BTreeMap<&'static str, String>,
}

impl Alike {
    /// What is wrong with how a page refuses: another code, another page than
    /// its neighbours' got, or something handed over.
    pub fn refused(&mut self, log: &Log, page: &Page, code: RefusalCode) -> Result<(), String> {
        if !page.body.contains("<dd>") {
            return Err(format!("not refused: {} {:.300}", page.status, page.body));
        }
        let reference = reference(page);
        let line = log.of_login(&reference);
        if line["code"] != code.as_str() {
            return Err(format!("refused for {} ({})", line["code"], line["detail"]));
        }
        if !page.forms().is_empty() {
            return Err("something is handed over".to_owned());
        }
        if page.status != code.public().status() {
            return Err(format!("status {}", page.status));
        }
        self.compare(page, code.public(), &reference)
    }

    fn compare(
        &mut self,
        page: &Page,
        public: PublicReason,
        reference: &str,
    ) -> Result<(), String> {
        let mut headers: Vec<String> = page
            .headers
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();
        let seen = format!(
            "{}\n{}",
            headers.join("\n"),
            page.body.replace(reference, "…")
        );
        let first = self
            .seen
            .entry(public.sentence())
            .or_insert_with(|| seen.clone());
        if *first == seen {
            return Ok(());
        }
        Err(format!(
            "told apart from other refusals: {seen}\nand\n{first}"
        ))
    }
}

/// XML as the browser would post it.
pub fn post(asked: &Asked, xml: &str) -> Form {
    post_bytes(asked, xml.as_bytes())
}

/// Bytes as the browser would post them.
pub fn post_bytes(asked: &Asked, bytes: &[u8]) -> Form {
    Form {
        action: asked.acs.parse().unwrap(),
        post: true,
        fields: vec![
            ("SAMLResponse".to_owned(), BASE64.encode(bytes)),
            ("RelayState".to_owned(), asked.relay_state.clone()),
        ],
    }
}

/// What Flex receives, if anything.
pub fn handed_over(page: &Page) -> Result<Received, String> {
    let forms = page.forms();
    let response = forms.iter().find_map(|form| form.field("SAMLResponse"));
    let received = response.map(Received::read);
    received.ok_or_else(|| format!("refused: {}", page.status))
}

/// What is wrong with a page that must hand Ann over to Flex, and nobody else.
pub fn is_ann(page: &Page) -> Result<(), String> {
    let got = handed_over(page)?;
    if got.name_id != ANN || got.location() != Some("Singapore Office") {
        return Err(format!("somebody else arrives: {got:?}"));
    }
    Ok(())
}
