//! Which identity provider, where a Flex account has several: by a hint, by what
//! the browser remembers, or by one small page.
//!
//! While the agent chooses, Flex's request is in the browser's keeping: sealed,
//! in a cookie of this one choice. The page holds that cookie's name alone, so
//! that nobody else's page can choose for this browser.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{
    clock::{Random, Timestamp},
    identity::{EmailDomain, FlexName, Refusal, RefusalCode},
    saml::{Asks, binding::Parameters, idp::DownstreamRequest},
};

use super::{
    Answer, BrowserStep, ChoicePage, ChoiceProblem, LoginCookie, RequestContext,
    begin::{self, Wanted},
    bridge::{Bridge, FlexAccount, Idp},
    logins::{Known, Logins},
    memory,
    pending::{LIFETIME, LoginId, find_cookie},
};

/// How much the cookies of earlier choices may take up, in bytes.
const MOST_LEFT: usize = 3_000;
/// How many of them are looked at.
const MOST_LOOKED_AT: usize = 64;

/// What Flex asked, while it is not known yet of whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Choosing {
    #[serde(rename = "f")]
    flex: FlexName,
    #[serde(rename = "d")]
    downstream_request: String,
    #[serde(rename = "s")]
    relay_state: Option<String>,
    #[serde(rename = "q", default)]
    asks: Asks,
    /// In seconds since 1970.
    #[serde(rename = "t")]
    began: i64,
}

/// Where to, when nobody needs to be asked.
///
/// # Errors
/// `login.switched_off` when the hint names a company whose identity provider is off.
pub(super) fn by_itself<'b>(
    bridge: &'b Bridge,
    account: &FlexAccount,
    hint: Option<&str>,
    cookies: &str,
) -> Result<Option<&'b Idp>, Refusal> {
    let providers = bridge.providers(account);
    if account.idp.len() < 2 {
        return Ok(providers.first().copied());
    }
    let domain = hint.and_then(EmailDomain::of_address);
    if let Some(idp) = domain.and_then(|domain| account.email_domains.get(&domain)) {
        return bridge.account(&account.name, idp).map(|(_, idp)| Some(idp));
    }
    if let [only] = *providers {
        return Ok(Some(only));
    }
    let remembered = memory::remembered(bridge, &account.name, cookies);
    Ok(remembered.and_then(|name| providers.into_iter().find(|idp| idp.name == name)))
}

/// The page that asks, with Flex's request put aside.
pub(super) fn ask(
    logins: &Logins,
    bridge: &Bridge,
    account: &FlexAccount,
    asked: DownstreamRequest,
    cookies: &str,
) -> Result<Answer, Refusal> {
    let random = &*logins.random;
    let id = LoginId::fresh(random)?;
    let choosing = Choosing {
        flex: account.name.clone(),
        downstream_request: asked.id,
        relay_state: asked.relay_state,
        asks: asked.asks,
        began: logins.clock.now().timestamp(),
    };
    let cookie = choosing.seal(&id, bridge, random)?;
    let mut cookies = make_room(cookies, bridge.https);
    cookies.push(cookie);
    Ok(Answer {
        cookies,
        step: page(bridge, account, &id, None),
    })
}

/// The agent has chosen, with this form.
pub(super) async fn chosen(
    logins: &Logins,
    bridge: &Arc<Bridge>,
    flex: &FlexName,
    form: &[u8],
    context: &RequestContext,
    known: &mut Known,
) -> Result<Answer, Refusal> {
    if bridge.flex.contains_key(flex) {
        known.flex = Some(flex.clone());
    }
    let account = bridge.open_account(flex)?;
    let form = ChoiceForm::read(form)?;
    let choosing = Choosing::unseal(&form.id, bridge, &context.cookies)?;
    if choosing.flex != *flex {
        let detail = "the choice was put to the agent of another Flex account";
        return Err(Refusal::new(RefusalCode::LoginUnknown, detail));
    }
    let now = logins.clock.now();
    let began = Timestamp::from_timestamp(choosing.began, 0).unwrap_or(Timestamp::MIN_UTC);
    if now >= began + LIFETIME {
        return Err(RefusalCode::LoginExpired.into());
    }
    let idp = match form.pick(bridge, account)? {
        Ok(idp) => idp,
        Err(problem) => {
            return Ok(Answer {
                cookies: Vec::new(),
                step: page(bridge, account, &form.id, Some(problem)),
            });
        }
    };
    let wanted = Wanted {
        request: Some(choosing.downstream_request),
        relay_state: choosing.relay_state,
        login_hint: None,
        asks: choosing.asks,
    };
    let cookies = &context.cookies;
    let mut answer = begin::start(logins, bridge, flex, idp, wanted, cookies, known).await?;
    answer.cookies.push(removal(&form.id, bridge.https));
    Ok(answer)
}

/// `/login/{flex}`: on to Flex, with what its query says of the company kept in mind.
pub(super) fn link(
    bridge: &Bridge,
    flex: &FlexName,
    query: &str,
    random: &dyn Random,
) -> Option<Answer> {
    let account = bridge.flex.get(flex)?;
    let onward = account.login_url.clone().map(BrowserStep::Redirect);
    let plain = |step| Answer {
        cookies: Vec::new(),
        step,
    };
    if account.idp.len() < 2 {
        return onward.map(plain);
    }
    let parameters = Parameters::read(query, &["choose", "login_hint"]).unwrap_or_default();
    if parameters.get("choose").is_some() {
        return Some(Answer {
            cookies: vec![memory::forget(bridge, flex)],
            step: onward.unwrap_or(BrowserStep::StartFromFlex),
        });
    }
    let hint = parameters.get("login_hint");
    let domain = hint.and_then(EmailDomain::of_address);
    let idp = domain.and_then(|domain| account.email_domains.get(&domain));
    let cookie = idp.and_then(|idp| memory::remember(bridge, flex, idp, random).ok());
    Some(Answer {
        cookies: cookie.into_iter().collect(),
        step: onward?,
    })
}

/// What the page sends.
struct ChoiceForm {
    id: LoginId,
    email: Option<String>,
    idp: Option<String>,
}

impl ChoiceForm {
    fn read(form: &[u8]) -> Result<Self, Refusal> {
        let refused = |detail: String| Refusal::new(RefusalCode::RequestParameter, detail);
        let form =
            std::str::from_utf8(form).map_err(|_| refused("the form is not UTF-8".to_owned()))?;
        let found = Parameters::read(form, &["login", "email", "idp"])
            .map_err(|twice| refused(twice.to_string()))?;
        let id = found.get("login").and_then(LoginId::parse);
        Ok(Self {
            id: id.ok_or_else(|| refused("`login` is not one of ours".to_owned()))?,
            email: found.get("email").map(str::to_owned),
            idp: found.get("idp").map(str::to_owned),
        })
    }

    /// The identity provider, or what to tell the agent.
    fn pick<'b>(
        &self,
        bridge: &'b Bridge,
        account: &FlexAccount,
    ) -> Result<Result<&'b Idp, ChoiceProblem>, Refusal> {
        let name = if let Some(name) = &self.idp {
            let known = account.idp.iter().find(|known| known.as_str() == name);
            let detail = "`idp` is none of this account's identity providers";
            known.ok_or_else(|| Refusal::new(RefusalCode::RequestParameter, detail))?
        } else {
            let typed = self.email.as_deref().unwrap_or_default();
            let Some(domain) = EmailDomain::of_address(typed) else {
                return Ok(Err(ChoiceProblem::NoAddress));
            };
            let Some(name) = account.email_domains.get(&domain) else {
                return Ok(Err(ChoiceProblem::UnknownDomain(domain)));
            };
            name
        };
        let (_, idp) = bridge.account(&account.name, name)?;
        Ok(Ok(idp))
    }
}

/// Companies are listed only where no address tells them apart: a stranger need not read of them.
fn page(
    bridge: &Bridge,
    account: &FlexAccount,
    id: &LoginId,
    problem: Option<ChoiceProblem>,
) -> BrowserStep {
    let by_email = !account.email_domains.is_empty();
    let listed = !by_email || matches!(problem, Some(ChoiceProblem::UnknownDomain(_)));
    let providers = bridge.providers(account).into_iter();
    let listing = providers.map(|idp| (idp.name.to_string(), idp.display.clone()));
    BrowserStep::Choose(ChoicePage {
        action: format!("/saml/idp/{}/choose", account.name),
        login: id.as_str().to_owned(),
        by_email,
        problem,
        providers: if listed {
            listing.collect()
        } else {
            Vec::new()
        },
    })
}

/// Removes what earlier choices left behind once it is much: a browser that
/// brings too many cookies can't sign in at all.
fn make_room(cookies: &str, https: bool) -> Vec<LoginCookie> {
    let prefix = cookie_prefix(https);
    let left = cookies.split(';').filter_map(|pair| {
        let (name, _) = pair.trim().split_once('=')?;
        Some((LoginId::parse(name.strip_prefix(&prefix)?)?, pair.len()))
    });
    let left: Vec<_> = left.take(MOST_LOOKED_AT).collect();
    let size: usize = left.iter().map(|(_, size)| size).sum();
    if size <= MOST_LEFT {
        return Vec::new();
    }
    left.iter().map(|(id, _)| removal(id, https)).collect()
}

fn cookie_prefix(https: bool) -> String {
    let prefix = if https { "__Host-" } else { "" };
    format!("{prefix}flexbridge-choice-")
}

fn cookie_name(id: &LoginId, https: bool) -> String {
    format!("{}{}", cookie_prefix(https), id.as_str())
}

fn removal(id: &LoginId, https: bool) -> LoginCookie {
    LoginCookie {
        name: cookie_name(id, https),
        value: String::new(),
        max_age: 0,
    }
}

impl Choosing {
    fn seal(
        &self,
        id: &LoginId,
        bridge: &Bridge,
        random: &dyn Random,
    ) -> Result<LoginCookie, Refusal> {
        let name = cookie_name(id, bridge.https);
        let plain = serde_json::to_vec(self)
            .map_err(|error| Refusal::new(RefusalCode::RequestMalformed, error.to_string()))?;
        let sealed = bridge.cookie.seal(&plain, name.as_bytes(), random)?;
        Ok(LoginCookie {
            name,
            value: BASE64_URL_SAFE_NO_PAD.encode(sealed),
            max_age: LIFETIME.num_seconds().unsigned_abs(),
        })
    }

    fn unseal(id: &LoginId, bridge: &Bridge, cookies: &str) -> Result<Self, Refusal> {
        let name = cookie_name(id, bridge.https);
        let sealed = find_cookie(cookies, &name)
            .and_then(|sealed| BASE64_URL_SAFE_NO_PAD.decode(sealed).ok());
        let plain = sealed.and_then(|sealed| bridge.cookie.open(&sealed, name.as_bytes()));
        plain
            .and_then(|plain| serde_json::from_slice(&plain).ok())
            .ok_or_else(|| {
                let detail = "the browser brought no cookie of this choice that opens";
                Refusal::new(RefusalCode::LoginUnknown, detail)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_that_were_left_make_room_when_they_are_much() {
        let id = |letter: &str| LoginId::parse(&letter.repeat(32)).unwrap();
        let left = |letter: &str, size: usize, https: bool| {
            let name = cookie_name(&id(letter), https);
            format!("{name}={}", "v".repeat(size - name.len() - 1))
        };
        for (https, name) in [
            (true, "__Host-flexbridge-choice-"),
            (false, "flexbridge-choice-"),
        ] {
            // Exactly as much as may be left, the space before each with it.
            let few = format!(
                "other=1; {}; {}",
                left("a", 999, https),
                left("b", 1_999, https)
            );
            assert!(make_room(&few, https).is_empty(), "{https}");
            let much = format!("{few}; {}", left("c", 100, https));
            let removed: Vec<_> = make_room(&much, https)
                .into_iter()
                .map(|one| one.name)
                .collect();
            let all = ["a", "b", "c"].map(|letter| format!("{name}{}", letter.repeat(32)));
            assert_eq!(removed, all);
            // The other kind's are none of this bridge's.
            assert!(make_room(&much, !https).is_empty(), "{https}");
        }
    }
}
