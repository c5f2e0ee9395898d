//! Three nodes behind a balancer, a company, and people who sign in all the while.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use flexbridge::{clock::Stopwatch, identity::RefusalCode};
use tokio::task::JoinSet;
use url::Url;

use crate::{
    login::{
        process::Company,
        walk::{flex_asks, now, received},
        witness::reference,
    },
    support::{
        balancer::{Balancer, node_of},
        bridge::{Plan, Site},
        browser::{Browser, Page},
        child::free_port,
        flex::decoded,
        forging::{ForgingIdp, asked},
        forms::Form,
        log::newest_of_login,
        serve::Serve,
    },
};

/// How many nodes there are.
pub const NODES: usize = 3;
/// How long a cluster may take to get over something, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// One bridge of three processes.
pub struct Cluster {
    pub nodes: Vec<Serve>,
    pub balancer: Balancer,
    pub company: Company,
    /// A site with the balancer's URL; no process is there.
    front: Site,
}

/// A login that went well, with everything that somebody would need to try it again.
pub struct Done {
    pub form: Form,
    pub browser: Browser,
    /// What Flex was told, XML.
    pub xml: String,
    /// The ports of the nodes that began and ended it.
    pub nodes: [u16; 2],
}

impl Cluster {
    /// Starts three nodes with the lines of `[store]` that are given for each site.
    pub fn start(store: impl Fn(&Site) -> String) -> Self {
        Self::start_with(store, |_| {})
    }

    /// The same with changes of the configuration.
    pub fn start_with(store: impl Fn(&Site) -> String, change: impl FnOnce(&mut Plan)) -> Self {
        let mut sites: Vec<Site> = Vec::new();
        let mut front = Site::new();
        let ports: Vec<u16> = (0..NODES).map(|_| free_port()).collect();
        let balancer = Balancer::start(&ports);
        front.url = format!("http://localhost:{}", balancer.port);
        front.port = balancer.port;
        for port in &ports {
            let mut site = front.twin();
            site.port = *port;
            sites.push(site);
        }
        let mut company = Company::at(&front);
        "trusted_proxies = [\"127.0.0.1/32\"]".clone_into(&mut company.plan.listen);
        change(&mut company.plan);
        let nodes = sites.into_iter().map(|site| {
            let mut plan = company.plan.clone();
            plan.store = store(&site);
            Serve::start(site, &plan)
        });
        Self {
            nodes: nodes.collect(),
            balancer,
            company,
            front,
        }
    }

    /// The ports of all nodes.
    pub fn ports(&self) -> Vec<u16> {
        self.nodes.iter().map(|node| node.port).collect()
    }

    /// A person of this bridge, for a task of their own.
    pub fn person(&self) -> Person {
        Person {
            ask: flex_asks(&self.front),
            idp: self.company.idp.twin(),
        }
    }

    /// The form again, straight to each node: what each of them says.
    pub async fn at_each_node(&self, browser: &Browser, form: &Form) -> Vec<Page> {
        let mut pages = Vec::new();
        for node in &self.nodes {
            let mut there = form.clone();
            there.action.set_port(Some(node.port)).unwrap();
            pages.push(browser.clone().submit_once(&there).await);
        }
        pages
    }

    /// Why a page refuses, whichever node's it is.
    pub fn code_of(&self, page: &Page) -> String {
        if !page.body.contains("<dd>") {
            return format!("no refusal: {} {:.300}", page.status, page.body);
        }
        let reference = reference(page);
        let logs: String = self.nodes.iter().map(Serve::log).collect();
        let of_node: Vec<&str> = logs
            .lines()
            .filter(|line| line.contains(&reference))
            .collect();
        newest_of_login(&of_node.join("\n"), &reference)["code"]
            .as_str()
            .map_or_else(|| "accepted".to_owned(), str::to_owned)
    }

    /// What is wrong when a login that was done is tried again at each node: nothing, if each
    /// refuses it for one of these reasons.
    pub async fn refused_everywhere(
        &self,
        done: &Done,
        codes: &[RefusalCode],
    ) -> Result<(), String> {
        for page in self.at_each_node(&done.browser, &done.form).await {
            let code = self.code_of(&page);
            let known = codes.iter().any(|one| one.as_str() == code);
            if !known || page.status == 200 {
                return Err(format!("answered: {} {code}", page.status));
            }
        }
        Ok(())
    }

    /// The statuses of `/readyz`.
    pub async fn readiness(&self) -> Vec<u16> {
        let mut seen = Vec::new();
        for node in &self.nodes {
            let page = Browser::new().open(&node.admin_at("/readyz")).await;
            seen.push(page.status.as_u16());
        }
        seen
    }

    /// Waits until each node is ready, or none is.
    pub async fn until_ready(&self, ready: bool) -> Result<(), String> {
        let wanted = if ready { 200 } else { 503 };
        let since = Stopwatch::start();
        loop {
            let seen = self.readiness().await;
            if seen.iter().all(|status| *status == wanted) {
                return Ok(());
            }
            if since.elapsed() > PATIENCE {
                return Err(format!("readiness stays {seen:?}, not {wanted}"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until a fresh login goes well, whoever serves it.
    pub async fn until_it_works(&self) -> Result<Done, String> {
        let person = self.person();
        let since = Stopwatch::start();
        loop {
            match person.login().await {
                Ok(done) => return Ok(done),
                Err(why) if since.elapsed() > PATIENCE => {
                    return Err(format!("logins never work again: {why}"));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

/// Somebody who signs in through the balancer.
pub struct Person {
    ask: Url,
    idp: ForgingIdp,
}

impl Person {
    /// A whole login, or why it was none.
    pub async fn login(&self) -> Result<Done, String> {
        let (browser, form, begun) = self.begin().await?;
        self.end(browser, form, begun).await
    }

    /// Up to the form that the identity provider would let the browser post.
    pub async fn begin(&self) -> Result<(Browser, Form, u16), String> {
        let mut browser = Browser::new();
        let page = browser.open_once(&self.ask).await;
        if page.status != 303 {
            return Err(format!("not begun: {} {:.300}", page.status, page.body));
        }
        let asked = asked(&page);
        let form = self.idp.form(&asked, &ForgingIdp::says(&asked, now()));
        Ok((browser, form, node_of(&page)))
    }

    /// The rest.
    pub async fn end(&self, browser: Browser, form: Form, begun: u16) -> Result<Done, String> {
        let page = browser.clone().submit_once(&form).await;
        if page.status != 200 {
            return Err(format!("not ended: {} {:.300}", page.status, page.body));
        }
        received(&page);
        Ok(Done {
            xml: decoded(
                page.form_with("SAMLResponse")
                    .field("SAMLResponse")
                    .unwrap(),
            ),
            form,
            browser,
            nodes: [begun, node_of(&page)],
        })
    }
}

/// People who sign in all the while, each again and again.
pub struct Load {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    people: JoinSet<Vec<Result<Done, String>>>,
}

/// How many people there are.
pub const PEOPLE: usize = 4;

impl Load {
    pub fn start(cluster: &Cluster) -> Self {
        let (stop, done) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicUsize::new(0)),
        );
        let mut people = JoinSet::new();
        for _ in 0..PEOPLE {
            let (person, stop, done) = (cluster.person(), stop.clone(), done.clone());
            people.spawn(async move {
                let mut logins = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    let login = person.login().await;
                    let failed = login.is_err();
                    logins.push(login);
                    done.fetch_add(1, Ordering::SeqCst);
                    if failed {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
                logins
            });
        }
        Self { stop, done, people }
    }

    /// Waits until each of them has probably signed in once more.
    pub async fn go_on(&self) {
        let from = self.done.load(Ordering::SeqCst);
        let since = Stopwatch::start();
        while self.done.load(Ordering::SeqCst) < from + 2 * PEOPLE {
            assert!(since.elapsed() < PATIENCE, "nobody signs in any more");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// All logins, in no order.
    pub async fn end(mut self) -> Vec<Result<Done, String>> {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = Vec::new();
        while let Some(logins) = self.people.join_next().await {
            all.extend(logins.unwrap());
        }
        all
    }
}
