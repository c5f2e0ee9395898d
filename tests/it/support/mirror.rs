//! Whatever response or ID token a test's browser brings to a bridge is explained, too, and the
//! explanation must say what the login said: accepted with these attributes, or refused for this
//! reason. It holds where browsers send forms and come back from a provider, so each flow test
//! takes part without knowing.
//!
//! Must never: leave out a flow by its name, or compare what a sample can't show.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use flexbridge::{
    admin::{Explanation, Sample, SampleTime, explain},
    clock::{Clock, Timestamp},
    identity::{IdpName, LoginOutcome, LoginReference, RefusalCode},
    login::{Bridge, FlexAccount, Idp},
    store::{JournalRead as _, JournalReader},
};

use url::Url;

use super::{
    bridge::Site,
    browser::Page,
    flex::{Received, decoded},
    forms::Form,
};

/// Of these a response alone can't tell: they are about the browser, the request, one use, or
/// what the machine can do. [`Explanation::not_tried`] says so to the administrator.
const NOT_TRIED: &[RefusalCode] = &[
    RefusalCode::LoginUnknown,
    RefusalCode::LoginExpired,
    RefusalCode::LoginReplayed,
    RefusalCode::LoginOtherIdp,
    RefusalCode::ResponseUnsolicited,
    RefusalCode::ResponseInResponseTo,
    RefusalCode::ResponseParameter,
    RefusalCode::AssertionReplayed,
    RefusalCode::AssertionNotFresh,
    RefusalCode::AssertionAuthnContext,
    RefusalCode::OidcCallback,
    RefusalCode::OidcTokenEndpoint,
    RefusalCode::OidcNonce,
    RefusalCode::OidcAccessToken,
    RefusalCode::OidcUserinfo,
    RefusalCode::StoreUnavailable,
    RefusalCode::NotFound,
    RefusalCode::Overloaded,
    RefusalCode::Internal,
];

type Look = Box<dyn Fn() -> Option<Arc<Bridge>> + Send + Sync>;

/// A bridge of this process.
struct Known {
    port: u16,
    store: PathBuf,
    clock: Arc<dyn Clock>,
    look: Look,
}

static KNOWN: Mutex<Vec<Arc<Known>>> = Mutex::new(Vec::new());
static COMPARED: AtomicUsize = AtomicUsize::new(0);

/// The ID tokens that were given for codes, by issuer and code.
static TOKENS: Mutex<Vec<(String, String, String)>> = Mutex::new(Vec::new());

/// Takes note of the ID token that a provider of the tests gives for a code.
pub fn token_given(issuer: &str, code: &str, token: &str) {
    let given = (issuer.to_owned(), code.to_owned(), token.to_owned());
    TOKENS.lock().unwrap().push(given);
    let brought = Brought::Code {
        issuer: issuer.to_owned(),
        code: code.to_owned(),
    };
    let all = KNOWN.lock().unwrap().clone();
    for known in all {
        let Some(bridge) = (known.look)() else {
            continue;
        };
        for idp in of_issuer(&bridge, issuer) {
            let mirrored = mirrored(known.clone(), bridge.clone(), idp, brought.clone(), &[]);
            let told = mirrored.before.into_iter();
            let told = told.map(|(account, one)| (brought.clone(), known.port, account, one));
            GIVEN.lock().unwrap().extend(told);
        }
    }
}

fn of_issuer(bridge: &Bridge, issuer: &str) -> Vec<IdpName> {
    let all = bridge.idp.values();
    let of = |idp: &&Idp| {
        let party = idp.oidc();
        party.is_some_and(|party| party.provider.issuer() == issuer)
    };
    all.filter(of).map(|idp| idp.name.clone()).collect()
}

/// What was said of each of them when it was given, by issuer, code, bridge and account: a key
/// may roll while the login goes on.
static GIVEN: Mutex<Vec<(Brought, u16, String, Explanation)>> = Mutex::new(Vec::new());

/// What a browser brings.
#[derive(Clone, PartialEq, Eq)]
enum Brought {
    Response(String),
    /// For a code the bridge gets an ID token that the browser never sees.
    Code {
        issuer: String,
        code: String,
    },
}

impl Brought {
    /// What of it can be explained; `None` for a code of which no token was given.
    fn sample(&self) -> Option<Sample> {
        match self {
            Self::Response(response) => Some(Sample::Response(response.clone())),
            Self::Code { issuer, code } => {
                let tokens = TOKENS.lock().unwrap();
                let mut given = tokens.iter();
                let given = given.find(|(by, of, _)| by == issuer && of == code)?;
                Some(Sample::IdToken(given.2.clone()))
            }
        }
    }
}

/// Takes note of a bridge that was started.
pub fn know(
    site: &Site,
    clock: &Arc<dyn Clock>,
    look: impl Fn() -> Option<Arc<Bridge>> + Send + Sync + 'static,
) {
    let known = Known {
        port: site.port,
        store: site.file("store"),
        clock: clock.clone(),
        look: Box::new(look),
    };
    KNOWN.lock().unwrap().push(Arc::new(known));
}

/// How many logins were compared.
pub fn compared() -> usize {
    COMPARED.load(Ordering::Relaxed)
}

/// A response or a code on its way to a bridge.
pub struct Mirrored {
    known: Arc<Known>,
    bridge: Arc<Bridge>,
    idp: IdpName,
    brought: Brought,
    at: Timestamp,
    addresses: Vec<IpAddr>,
    /// What was said of it before it was sent, by account: keys may roll while it is under way.
    before: Vec<(String, Explanation)>,
}

/// The response that a form brings, if it brings one to a bridge of this process.
pub fn hold_up(form: &Form, headers: &[(String, String)]) -> Option<Mirrored> {
    let idp = form.action.path().strip_prefix("/saml/sp/")?;
    let idp = idp.strip_suffix("/acs")?.parse().ok()?;
    let mut responses = form
        .fields
        .iter()
        .filter(|(name, _)| name == "SAMLResponse");
    let (_, response) = responses.next()?;
    if responses.next().is_some() || !form.post {
        return None;
    }
    held_up(
        &form.action,
        idp,
        Brought::Response(response.clone()),
        headers,
    )
}

/// The code that a browser brings back from a provider to a bridge of this process.
pub fn hold_up_code(url: &Url, headers: &[(String, String)]) -> Option<Mirrored> {
    let idp = url.path().strip_prefix("/oidc/rp/")?;
    let idp = idp.strip_suffix("/callback")?.parse().ok()?;
    let one = |name: &str| {
        let mut all = url.query_pairs().filter(|(known, _)| known == name);
        let (_, value) = all.next()?;
        all.next().is_none().then(|| value.into_owned())
    };
    let (issuer, code) = (one("iss")?, one("code")?);
    held_up(url, idp, Brought::Code { issuer, code }, headers)
}

fn held_up(
    to: &Url,
    idp: IdpName,
    brought: Brought,
    headers: &[(String, String)],
) -> Option<Mirrored> {
    let port = to.port()?;
    let all = KNOWN.lock().unwrap().clone();
    let mut running = all.iter().rev().filter(|known| known.port == port);
    let (known, bridge) = running.find_map(|known| Some((known.clone(), (known.look)()?)))?;
    Some(mirrored(known, bridge, idp, brought, headers))
}

fn mirrored(
    known: Arc<Known>,
    bridge: Arc<Bridge>,
    idp: IdpName,
    brought: Brought,
    headers: &[(String, String)],
) -> Mirrored {
    let forwarded = headers.iter().filter(|(name, _)| name == "x-forwarded-for");
    let forwarded = forwarded.flat_map(|(_, list)| list.split(','));
    let forwarded = forwarded.filter_map(|address| read(address.trim()));
    let own = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let mut mirrored = Mirrored {
        at: known.clock.now(),
        known,
        bridge,
        idp,
        brought,
        addresses: std::iter::once(own).chain(forwarded).collect(),
        before: Vec::new(),
    };
    let accounts = mirrored.bridge.flex.values();
    let accounts = accounts.filter(|account| account.idp.contains(&mirrored.idp));
    let told = accounts.flat_map(|account| {
        let name = account.name.to_string();
        explanations(&mirrored, &mirrored.bridge, &name).map(move |one| (name.clone(), one))
    });
    mirrored.before = told.collect();
    mirrored
}

/// An address, with its port or without.
fn read(address: &str) -> Option<IpAddr> {
    let with_port = || address.parse().ok().map(|known: SocketAddr| known.ip());
    address.parse().ok().or_else(with_port)
}

impl Mirrored {
    /// As of when it is explained: a token is known only afterwards.
    fn time(&self) -> Timestamp {
        match self.brought {
            Brought::Response(_) => self.known.clock.now(),
            Brought::Code { .. } => self.at,
        }
    }
}

/// How a login ended.
#[derive(Debug)]
enum Ended {
    Accepted(Box<Received>),
    Refused(Option<RefusalCode>),
}

/// Holds the explanation against the page that came of it; panics when they disagree.
pub async fn compare(mirrored: Option<Mirrored>, page: Page) -> Page {
    let Some(mirrored) = mirrored else {
        return page;
    };
    // The journal is written a moment later, and may still have an earlier end of the same login.
    let mut disagreement = None;
    for _ in 0..20 {
        match held_against(&mirrored, &page).await {
            Ok(compared) => {
                COMPARED.fetch_add(usize::from(compared), Ordering::Relaxed);
                return page;
            }
            Err(why) => disagreement = Some(why),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{}", disagreement.unwrap_or_default());
}

/// Whether there was something to compare, or how they disagree.
async fn held_against(mirrored: &Mirrored, page: &Page) -> Result<bool, String> {
    if mirrored.brought.sample().is_none() {
        return Ok(false);
    }
    let Some((account, ended)) = ended(mirrored, page).await else {
        return Ok(false);
    };
    if let Ended::Refused(Some(code)) = &ended
        && NOT_TRIED.contains(code)
    {
        return Ok(false);
    }
    // What the bridge knows may have become newer by this very login.
    let newer = (mirrored.known.look)();
    let bridges = [Some(mirrored.bridge.clone()), newer];
    let before = mirrored.before.iter().filter(|(of, _)| *of == account);
    let mut told: Vec<Explanation> = before.map(|(_, one)| one.clone()).collect();
    let given = GIVEN.lock().unwrap();
    let given = given.iter().filter(|(brought, port, of, _)| {
        *brought == mirrored.brought && *port == mirrored.known.port && *of == account
    });
    told.extend(given.map(|(.., one)| one.clone()));
    for bridge in bridges.iter().flatten() {
        if told.iter().any(|one| agrees(one, &ended)) {
            break;
        }
        told.extend(explanations(mirrored, bridge, &account));
    }
    if told.iter().any(|one| agrees(one, &ended)) {
        return Ok(true);
    }
    let told: Vec<_> = told
        .iter()
        .map(|one| (&one.refusal, &one.released))
        .collect();
    Err(format!(
        "the login ended as {ended:#?}, and explain says {told:#?}"
    ))
}

/// What is said of it as a login to this account, from each address that may be meant.
fn explanations<'m>(
    mirrored: &'m Mirrored,
    bridge: &'m Bridge,
    account: &str,
) -> impl Iterator<Item = Explanation> + use<'m> {
    let account = account.parse().ok().and_then(|name| bridge.flex.get(&name));
    let both = account.zip(bridge.idp.get(&mirrored.idp));
    both.into_iter().flat_map(move |(account, idp)| {
        mirrored.addresses.iter().filter_map(move |address| {
            let now = mirrored.time();
            let time = SampleTime::At(now);
            Some(explain(
                bridge,
                account,
                idp,
                mirrored.brought.sample()?,
                *address,
                time,
                now,
            ))
        })
    })
}

fn agrees(told: &Explanation, ended: &Ended) -> bool {
    match (ended, &told.refusal) {
        (Ended::Refused(None), refusal) => refusal.is_some(),
        (Ended::Refused(Some(code)), refusal) => refusal
            .as_ref()
            .is_some_and(|refusal| refusal.code == *code),
        (Ended::Accepted(_), Some(_)) => false,
        (Ended::Accepted(received), None) => {
            let released = told.released.iter();
            let released = released.map(|one| (one.name.clone(), one.values.clone()));
            released.collect::<Vec<_>>() == received.attributes
        }
    }
}

/// The account that a login was bound for, and how it ended; `None` when it was bound for none.
async fn ended(mirrored: &Mirrored, page: &Page) -> Option<(String, Ended)> {
    let mut forms = page.forms().into_iter();
    if let Some(form) = forms.find(|form| form.field("SAMLResponse").is_some()) {
        let of = |account: &&FlexAccount| *account.sp.acs_url.url() == form.action;
        let account = mirrored.bridge.flex.values().find(of)?;
        let response = form.field("SAMLResponse")?;
        let ended = if decoded(response).contains("Assertion ") {
            Ended::Accepted(Box::new(Received::read(response)))
        } else {
            Ended::Refused(None)
        };
        return Some((account.name.to_string(), ended));
    }
    let shown = page.body.split("<dd>").nth(1)?.split("</dd>").next()?;
    let reference = LoginReference::try_from(shown.trim().to_owned()).ok()?;
    let journal = JournalReader::of(&mirrored.known.store);
    for _ in 0..1_000 {
        let record = journal.find(&reference).await.ok().flatten();
        if let Some(record) = record.filter(|record| record.outcome == LoginOutcome::Refused) {
            return Some((record.flex?.to_string(), Ended::Refused(record.code)));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    None
}
