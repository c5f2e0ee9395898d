//! An administrator's session in a browser: sealed, short, and over when it is ended.
//!
//! Nothing is kept of a session but that it was ended early; any node of the bridge opens
//! what another sealed. It is bound to the token it was begun with: another token ends all.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;

use crate::{
    clock::{Random, RandomUnavailable, Timestamp, random_bytes},
    keys::CookieKeys,
    settings::Secret,
};

/// How long a session lasts that nobody uses.
pub const IDLE: TimeDelta = TimeDelta::hours(1);
/// How long a session lasts at most.
pub const LONGEST: TimeDelta = TimeDelta::hours(12);
/// How old the cookie gets before it is written anew.
const RENEW_AFTER: TimeDelta = TimeDelta::minutes(5);
/// How many sessions that were ended early are remembered.
const MOST_ENDED: usize = 10_000;

const ID_BYTES: usize = 16;
const SEALED_BYTES: usize = 2 * ID_BYTES + 16;

/// A session, as its cookie says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    id: [u8; ID_BYTES],
    form: [u8; ID_BYTES],
    began: Timestamp,
    used: Timestamp,
}

impl Session {
    /// What every form of this session carries, so that no other site can send one.
    #[must_use]
    pub fn form_token(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.form)
    }

    /// Whether a form came from this session.
    #[must_use]
    pub fn made(&self, form_token: &str) -> bool {
        let expected = self.form_token();
        aws_lc_rs::constant_time::verify_slices_are_equal(
            expected.as_bytes(),
            form_token.as_bytes(),
        )
        .is_ok()
    }

    fn until(&self) -> Timestamp {
        (self.used + IDLE).min(self.began + LONGEST)
    }
}

/// Opens and ends sessions.
#[derive(Debug, Default)]
pub struct Sessions {
    ended: Mutex<BTreeMap<[u8; ID_BYTES], Timestamp>>,
}

impl Sessions {
    /// A fresh session, and its cookie's value.
    ///
    /// # Errors
    /// [`RandomUnavailable`].
    pub fn begin(
        &self,
        keys: &CookieKeys,
        token: &Secret,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<String, RandomUnavailable> {
        let session = Session {
            id: random_bytes(random)?,
            form: random_bytes(random)?,
            began: now,
            used: now,
        };
        seal(&session, keys, token, random)
    }

    /// The session of a cookie's value, if it is one of ours and not over; with it the
    /// value that replaces the cookie's, now and then.
    #[must_use]
    pub fn open(
        &self,
        value: &str,
        keys: &CookieKeys,
        token: &Secret,
        random: &dyn Random,
        now: Timestamp,
    ) -> Option<(Session, Option<String>)> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(value).ok()?;
        let plain = keys.open(&sealed, &bound_to(token))?;
        let mut session = read(&plain)?;
        // A clock that was set back ends sessions rather than prolonging them.
        if now < session.used || now >= session.until() || self.has_ended(&session, now) {
            return None;
        }
        let renewed = if now - session.used < RENEW_AFTER {
            None
        } else {
            session.used = now;
            seal(&session, keys, token, random).ok()
        };
        Some((session, renewed))
    }

    /// Ends a session before its time, on this node.
    pub fn end(&self, session: &Session, now: Timestamp) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.retain(|_, until| *until > now);
        if ended.len() >= MOST_ENDED {
            ended.pop_first();
        }
        // A copy of the cookie can be renewed until this.
        ended.insert(session.id, session.began + LONGEST);
    }

    fn has_ended(&self, session: &Session, now: Timestamp) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.get(&session.id).is_some_and(|until| *until > now)
    }
}

fn bound_to(token: &Secret) -> Vec<u8> {
    let token = digest::digest(&digest::SHA256, token.expose().as_bytes());
    [b"flexbridge administrator 1 ".as_slice(), token.as_ref()].concat()
}

fn seal(
    session: &Session,
    keys: &CookieKeys,
    token: &Secret,
    random: &dyn Random,
) -> Result<String, RandomUnavailable> {
    let plain = [
        session.id.as_slice(),
        &session.form,
        &session.began.timestamp().to_be_bytes(),
        &session.used.timestamp().to_be_bytes(),
    ]
    .concat();
    let sealed = keys.seal(&plain, &bound_to(token), random)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(sealed))
}

fn read(plain: &[u8]) -> Option<Session> {
    if plain.len() != SEALED_BYTES {
        return None;
    }
    let (id, rest) = plain.split_first_chunk()?;
    let (form, rest) = rest.split_first_chunk()?;
    let (began, rest) = rest.split_first_chunk()?;
    let (used, _) = rest.split_first_chunk()?;
    let time = |bytes: &[u8; 8]| Timestamp::from_timestamp(i64::from_be_bytes(*bytes), 0);
    Some(Session {
        id: *id,
        form: *form,
        began: time(began)?,
        used: time(used)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;
    use zeroize::Zeroizing;

    fn keys() -> CookieKeys {
        CookieKeys::new([Zeroizing::new(std::array::from_fn(|at| {
            u8::try_from(at).unwrap_or(0)
        }))])
        .unwrap()
    }

    fn token() -> Secret {
        Secret::new("0123456789abcdef0123".to_owned())
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
    }

    #[test]
    fn a_session_lives_while_it_is_used_and_no_longer_than_half_a_day() {
        let (sessions, keys, token) = (Sessions::default(), keys(), token());
        let open =
            |value: &str, minutes| sessions.open(value, &keys, &token, &SystemRandom, at(minutes));
        let mut value = sessions.begin(&keys, &token, &SystemRandom, at(0)).unwrap();
        assert!(open(&value, 4).unwrap().1.is_none(), "too early to renew");
        assert!(open(&value, 59).is_some());
        assert!(open(&value, 60).is_none(), "idle for too long");
        assert!(open(&value, -1).is_none(), "the clock was set back");
        for minutes in (30..12 * 60).step_by(30) {
            let (session, renewed) = open(&value, minutes).unwrap();
            assert!(session.made(&session.form_token()) && !session.made("x"));
            value = renewed.unwrap();
        }
        assert!(open(&value, 12 * 60 - 1).is_some());
        assert!(open(&value, 12 * 60).is_none(), "longer than the longest");
    }

    #[test]
    fn it_is_bound_to_keys_and_token_and_ends_when_it_is_ended() {
        let (sessions, keys, token) = (Sessions::default(), keys(), token());
        let value = sessions.begin(&keys, &token, &SystemRandom, at(0)).unwrap();
        let open = |value: &str, token: &Secret, keys: &CookieKeys| {
            sessions.open(value, keys, token, &SystemRandom, at(10))
        };
        let other_token = Secret::new("another token, as long".to_owned());
        assert!(open(&value, &other_token, &keys).is_none());
        let other_keys = CookieKeys::new([Zeroizing::new([7; 32])]).unwrap();
        assert!(open(&value, &token, &other_keys).is_none());
        for broken in ["", "x", &value[1..], &format!("{value}A")] {
            assert!(open(broken, &token, &keys).is_none(), "{broken}");
        }
        let (session, renewed) = open(&value, &token, &keys).unwrap();
        sessions.end(&session, at(10));
        assert!(open(&value, &token, &keys).is_none());
        assert!(
            open(&renewed.unwrap(), &token, &keys).is_none(),
            "nor what replaced it"
        );
    }
}
