//! A login under way: all that is remembered of it, sealed into a cookie of its own.
//!
//! Nothing is kept on our side. Any node can finish what another began, and a
//! stranger who begins a million logins leaves nothing behind.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    clock::{Random, RandomUnavailable, Timestamp, random_bytes},
    identity::{FlexName, IdpName, LoginReference, Refusal, RefusalCode},
    keys::CookieKeys,
    saml::Asks,
    settings::Secret,
};

use super::{LoginCookie, sealed};

/// How long an agent may take to sign in at the company's identity provider.
pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// The largest cookie, name and value, in bytes: browsers drop larger ones (RFC 6265 §6.1).
const LARGEST_COOKIE: usize = 4_000;
/// All logins under way of one browser together, in bytes.
const MOST_IN_ALL: usize = 6_000;
/// Logins under way of one browser that are looked at.
const MOST_LOOKED_AT: usize = 64;

/// Our name for one login: 128 random bits. Travels upstream as the RelayState.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct LoginId(String);

impl TryFrom<String> for LoginId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no name of a login")
    }
}

impl LoginId {
    pub(super) fn fresh(random: &dyn Random) -> Result<Self, RandomUnavailable> {
        Ok(Self(hex::encode(random_bytes::<16>(random)?)))
    }

    /// Takes a RelayState for a login's name, if it can be one.
    pub(super) fn parse(relay_state: &str) -> Option<Self> {
        let fits = relay_state.len() == 32
            && relay_state
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self(relay_state.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What must be remembered between Flex's request and the identity provider's answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PendingLogin {
    /// Our name for it; bound to the cookie's name.
    #[serde(rename = "i")]
    pub id: LoginId,
    /// What log, journal and agent call it.
    #[serde(rename = "r")]
    pub reference: LoginReference,
    /// The Flex account that asked.
    #[serde(rename = "f")]
    pub flex: FlexName,
    /// The identity provider that was asked.
    #[serde(rename = "p")]
    pub idp: IdpName,
    /// The ID of Flex's request; `None` where the login began at the provider.
    #[serde(rename = "d")]
    pub downstream_request: Option<String>,
    /// Flex's RelayState. Sealed behind the rest as it is: escaped, a long one
    /// would not fit into a cookie.
    #[serde(skip)]
    pub relay_state: Option<String>,
    /// What our own request must be answered with.
    #[serde(rename = "u")]
    pub upstream: Asked,
    /// What the identity provider was asked beyond signing in.
    #[serde(rename = "q", default)]
    pub asks: Asks,
    /// When it began, in seconds since 1970.
    #[serde(rename = "t")]
    pub began: i64,
}

/// What our own request upstream must be answered with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Asked {
    /// By SAML.
    #[serde(rename = "s")]
    Saml {
        /// The ID of our request.
        #[serde(rename = "r")]
        request_id: String,
    },
    /// By OpenID Connect; the `LoginId` is the `state`.
    #[serde(rename = "o")]
    Oidc {
        /// What the ID token must repeat.
        #[serde(rename = "n", with = "sealed")]
        nonce: Secret,
        /// What proves that the code is redeemed by whom it was asked for (RFC 7636).
        #[serde(rename = "v", with = "sealed")]
        pkce_verifier: Secret,
    },
}

impl fmt::Debug for PendingLogin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PendingLogin({}, …)", self.reference)
    }
}

impl PendingLogin {
    /// When it began.
    pub(super) fn began(&self) -> Timestamp {
        Timestamp::from_timestamp(self.began, 0).unwrap_or(Timestamp::MIN_UTC)
    }

    /// When it is too late to finish it.
    pub(super) fn ends(&self) -> Timestamp {
        self.began() + LIFETIME
    }

    /// Seals it into its cookie.
    pub(super) fn seal(
        &self,
        keys: &CookieKeys,
        https: bool,
        random: &dyn Random,
    ) -> Result<LoginCookie, Refusal> {
        let name = cookie_name(&self.id, https);
        let sealed = keys.seal(&self.to_bytes()?, name.as_bytes(), random)?;
        let value = BASE64_URL_SAFE_NO_PAD.encode(sealed);
        if name.len() + value.len() > LARGEST_COOKIE {
            let detail = "its ID and RelayState together don't fit into a cookie";
            return Err(Refusal::new(RefusalCode::RequestTooLarge, detail));
        }
        Ok(LoginCookie {
            name,
            value,
            max_age: LIFETIME.num_seconds().unsigned_abs(),
        })
    }

    /// The login of this name that this browser began.
    ///
    /// # Errors
    /// `login.unknown` when the browser brings no cookie of that name that opens.
    pub(super) fn unseal(
        id: &LoginId,
        cookies: &str,
        keys: &CookieKeys,
        https: bool,
    ) -> Result<Self, Refusal> {
        let name = cookie_name(id, https);
        let unknown = |detail: &str| Refusal::new(RefusalCode::LoginUnknown, detail);
        let sealed = find_cookie(cookies, &name)
            .ok_or_else(|| unknown("the browser brought no cookie of this login"))?;
        let sealed = BASE64_URL_SAFE_NO_PAD
            .decode(sealed)
            .map_err(|_| unknown("the cookie of this login is not what we sealed"))?;
        let plain = keys.open(&sealed, name.as_bytes());
        plain
            .and_then(|plain| Self::from_bytes(&plain))
            .filter(|pending| pending.id == *id)
            .ok_or_else(|| unknown("the cookie of this login does not open with our keys"))
    }
}

impl PendingLogin {
    /// Its own fields as JSON, a NUL, which JSON never holds, and the RelayState as it is.
    pub(super) fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        // No cookie holds more, so that it never moves and leaves a copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(LARGEST_COOKIE));
        serde_json::to_writer(&mut *bytes, self)
            .map_err(|error| Refusal::new(RefusalCode::Internal, error.to_string()))?;
        if let Some(relay_state) = &self.relay_state {
            bytes.push(0);
            bytes.extend_from_slice(relay_state.as_bytes());
        }
        Ok(bytes)
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|&byte| byte == 0);
        let mut pending: Self =
            serde_json::from_slice(&bytes[..end.unwrap_or(bytes.len())]).ok()?;
        if let Some(end) = end {
            pending.relay_state = Some(String::from_utf8(bytes[end + 1..].to_vec()).ok()?);
        }
        Some(pending)
    }
}

/// Removes the oldest logins under way of this browser, as many as it takes for
/// the rest to stay within what proxies let through in one header.
///
/// An agent who opens Flex again and again, or a page that does it for them,
/// would otherwise be locked out by their own cookies.
pub(super) fn make_room(
    cookies: &str,
    fresh: &LoginCookie,
    keys: &CookieKeys,
    https: bool,
) -> Vec<LoginCookie> {
    let prefix = cookie_name_prefix(https);
    let mut known: Vec<(i64, LoginId, usize)> = cookies
        .split(';')
        .filter_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            let id = LoginId::parse(name.strip_prefix(&prefix)?)?;
            // What does not open is of no use to anybody and goes first.
            let began = PendingLogin::unseal(&id, cookies, keys, https)
                .map_or(i64::MIN, |pending| pending.began);
            Some((began, id, name.len() + value.len()))
        })
        .take(MOST_LOOKED_AT)
        .collect();
    known.sort_by_key(|(began, ..)| std::cmp::Reverse(*began));
    let mut room = MOST_IN_ALL.saturating_sub(fresh.name.len() + fresh.value.len());
    known.retain(|(began, _, size)| {
        let fits = *began != i64::MIN && *size <= room;
        room = if fits { room - size } else { room };
        !fits
    });
    known.iter().map(|(_, id, _)| removal(id, https)).collect()
}

/// The cookie's name: with the prefix that ties it to this host, where https allows that.
fn cookie_name(id: &LoginId, https: bool) -> String {
    format!("{}{}", cookie_name_prefix(https), id.as_str())
}

fn cookie_name_prefix(https: bool) -> String {
    let prefix = if https { "__Host-" } else { "" };
    format!("{prefix}flexbridge-")
}

/// A cookie that removes the one of this login.
pub(super) fn removal(id: &LoginId, https: bool) -> LoginCookie {
    LoginCookie {
        name: cookie_name(id, https),
        value: String::new(),
        max_age: 0,
    }
}

pub(super) fn find_cookie<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    cookies.split(';').find_map(|pair| {
        let (known, value) = pair.split_once('=')?;
        (known.trim() == name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::SystemRandom,
        saml::{Comparison, LONGEST_CLASS, MOST_CLASSES},
    };

    fn keys(byte: u8) -> CookieKeys {
        CookieKeys::new([Zeroizing::new([byte; 32])]).unwrap()
    }

    fn pending() -> PendingLogin {
        PendingLogin {
            id: LoginId::fresh(&SystemRandom).unwrap(),
            reference: LoginReference::fresh(&SystemRandom).unwrap(),
            flex: "production".parse().unwrap(),
            idp: "hq".parse().unwrap(),
            downstream_request: Some("ONELOGIN_1".to_owned()),
            relay_state: Some("\"".repeat(2_048)),
            upstream: Asked::Oidc {
                nonce: Secret::new("n".repeat(43)),
                pkce_verifier: Secret::new("v".repeat(43)),
            },
            asks: Asks {
                force_authn: true,
                is_passive: true,
                classes: vec!["u".repeat(LONGEST_CLASS); MOST_CLASSES],
                comparison: Comparison::Maximum,
            },
            began: 1_770_000_000,
        }
    }

    #[test]
    fn what_is_sealed_is_unsealed_and_fits_a_cookie() {
        let pending = pending();
        let cookie = pending.seal(&keys(1), true, &SystemRandom).unwrap();
        assert!(cookie.name.starts_with("__Host-flexbridge-"));
        assert!(cookie_name(&pending.id, false).starts_with("flexbridge-"));
        assert!(cookie.name.len() + cookie.value.len() < 4_000);
        let header = format!("a=b; {}={}; c=d", cookie.name, cookie.value);
        let again = PendingLogin::unseal(&pending.id, &header, &keys(1), true).unwrap();
        assert_eq!(again, pending);
    }

    #[test]
    fn nothing_else_opens() {
        let pending = pending();
        let cookie = pending.seal(&keys(1), true, &SystemRandom).unwrap();
        let header = format!("{}={}", cookie.name, cookie.value);
        let other = LoginId::fresh(&SystemRandom).unwrap();
        let renamed = header.replace(pending.id.as_str(), other.as_str());
        // Another last letter, whichever it was: the text has no spare bits.
        let last = if header.ends_with('A') { 'B' } else { 'A' };
        let changed = format!("{}{last}", &header[..header.len() - 1]);
        for (id, header, key) in [
            (&pending.id, "", 1),
            (&pending.id, &*header, 2),
            (&pending.id, &format!("{}=", cookie.name), 1),
            (&pending.id, &format!("{}=%%%", cookie.name), 1),
            (&other, &header, 1),
            (&other, &renamed, 1),
            (&pending.id, &changed, 1),
        ] {
            let refused = PendingLogin::unseal(id, header, &keys(key), true).unwrap_err();
            assert_eq!(refused.code, RefusalCode::LoginUnknown);
        }
    }

    #[test]
    fn the_oldest_logins_under_way_make_room() {
        let keys = keys(1);
        let seal = |began, size: usize| {
            let pending = PendingLogin {
                began,
                relay_state: Some("x".repeat(size)),
                asks: Asks::default(),
                ..pending()
            };
            pending.seal(&keys, true, &SystemRandom).unwrap()
        };
        let header = |cookies: &[&LoginCookie]| {
            let pairs: Vec<_> = cookies
                .iter()
                .map(|c| format!("{}={}", c.name, c.value))
                .collect();
            format!("a=b; {}; c=d", pairs.join("; "))
        };
        let (old, middle, new) = (seal(1, 1_100), seal(2, 1_100), seal(3, 1_100));
        let fresh = seal(4, 1_100);
        let room = make_room(&header(&[&middle, &new, &old]), &fresh, &keys, true);
        let names: Vec<_> = room.iter().map(|cookie| &cookie.name).collect();
        assert_eq!(names, [&old.name]);
        let gone = |cookie: &LoginCookie| cookie.max_age == 0 && cookie.value.is_empty();
        assert!(room.iter().all(gone));
        assert!(make_room(&header(&[&new]), &fresh, &keys, true).is_empty());
        // What does not open any more goes, too.
        let broken = LoginCookie {
            value: "x".to_owned(),
            ..old
        };
        assert_eq!(make_room(&header(&[&broken]), &fresh, &keys, true).len(), 1);
    }

    #[test]
    fn what_does_not_fit_a_cookie_is_refused() {
        let pending = PendingLogin {
            downstream_request: Some("x".repeat(1_500)),
            ..pending()
        };
        let refused = pending.seal(&keys(1), true, &SystemRandom).unwrap_err();
        assert_eq!(refused.code, RefusalCode::RequestTooLarge);
    }

    #[test]
    fn a_relay_state_is_a_login_only_if_it_looks_like_one() {
        assert!(LoginId::parse(&"0a".repeat(16)).is_some());
        for text in [
            "",
            "0a",
            &"0A".repeat(16),
            &"0g".repeat(16),
            &"0a".repeat(17),
        ] {
            assert!(LoginId::parse(text).is_none(), "{text}");
            assert!(
                serde_json::from_value::<LoginId>(text.into()).is_err(),
                "{text}"
            );
        }
    }
}
