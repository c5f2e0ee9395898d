//! A running bridge says what it sees, to whoever holds the same cookie key: `doctor` asks
//! through the public URL, and learns what scheme, host and address arrived behind the proxy.
//!
//! Question and answer are sealed with the cookie key, so a stranger can neither ask nor read.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    clock::{Random, RandomUnavailable, Timestamp, random_bytes},
    keys::CookieKeys,
    store::{ConsumeKey, Consumed, Store},
    web::Seen,
};

const QUESTION: &[u8] = b"flexbridge doctor question 1";
const ANSWER: &[u8] = b"flexbridge doctor answer 1";
/// The largest question or answer that is looked at, in bytes.
const LARGEST: usize = 4_096;
/// How old a question may be; clocks of nodes differ.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// What `doctor` asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    nonce: [u8; 16],
    /// In seconds since 1970.
    at: i64,
}

/// What a running bridge answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answer {
    nonce: [u8; 16],
    /// Its version.
    pub version: String,
    /// What arrived.
    pub seen: Seen,
    /// What is wrong with its store, tried there and then.
    pub store: Result<(), String>,
}

impl Question {
    pub(super) fn new(now: Timestamp, random: &dyn Random) -> Result<Self, RandomUnavailable> {
        Ok(Self {
            nonce: random_bytes(random)?,
            at: now.timestamp(),
        })
    }

    /// The question, fit for a header.
    pub(super) fn seal(&self, keys: &CookieKeys, random: &dyn Random) -> Option<String> {
        seal(self, QUESTION, keys, random)
    }

    /// A question that was sealed with one of our keys, not long ago.
    pub(super) fn open(text: &str, keys: &CookieKeys, now: Timestamp) -> Option<Self> {
        let question: Self = open(text, QUESTION, keys)?;
        let age = now - Timestamp::from_timestamp(question.at, 0)?;
        (age.abs() < FRESH).then_some(question)
    }

    /// The answer to this question and to no other.
    pub(super) fn read_answer(&self, text: &str, keys: &CookieKeys) -> Option<Answer> {
        let answer: Answer = open(text, ANSWER, keys)?;
        (answer.nonce == self.nonce).then_some(answer)
    }
}

impl Answer {
    /// What this process sees: the request, and whether its store works.
    pub(super) async fn to(
        question: &Question,
        seen: Seen,
        store: &dyn Store,
        now: Timestamp,
    ) -> Self {
        Self {
            nonce: question.nonce,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seen,
            store: try_store(store, &question.nonce, now).await,
        }
    }

    pub(super) fn seal(&self, keys: &CookieKeys, random: &dyn Random) -> Option<String> {
        seal(self, ANSWER, keys, random)
    }
}

/// Whether the store says `First` once and `Again` after that, and will remember.
pub(super) async fn try_store(
    store: &dyn Store,
    nonce: &[u8],
    now: Timestamp,
) -> Result<(), String> {
    let told = |error: crate::store::StoreUnavailable| error.to_string();
    store.ping().await.map_err(told)?;
    if let Some(concern) = store.concern().await {
        return Err(concern);
    }
    let key = ConsumeKey::of(&[b"doctor", nonce]);
    let expiry = now + TimeDelta::minutes(1);
    // A fresh nonce can't have been used at any time, so that none is too early.
    let first = store
        .consume(&key, expiry, expiry, now)
        .await
        .map_err(told)?;
    let again = store
        .consume(&key, expiry, expiry, now)
        .await
        .map_err(told)?;
    match (first, again) {
        (Consumed::First, Consumed::Again) => Ok(()),
        (Consumed::Again, _) => Err("it said that a new identifier was used before".to_owned()),
        (_, Consumed::First) => Err("it forgot at once that an identifier was used".to_owned()),
    }
}

fn seal(
    what: &impl Serialize,
    aad: &[u8],
    keys: &CookieKeys,
    random: &dyn Random,
) -> Option<String> {
    let plain = serde_json::to_vec(what).ok()?;
    let sealed = keys.seal(&plain, aad, random).ok()?;
    let text = BASE64_URL_SAFE_NO_PAD.encode(sealed);
    (text.len() <= LARGEST).then_some(text)
}

fn open<T: for<'de> Deserialize<'de>>(text: &str, aad: &[u8], keys: &CookieKeys) -> Option<T> {
    if text.len() > LARGEST {
        return None;
    }
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&keys.open(&sealed, aad)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    fn keys(byte: u8) -> CookieKeys {
        let mut key = [byte; 32];
        key[0] = 0;
        CookieKeys::new([key.into()]).unwrap()
    }

    fn now() -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    #[test]
    fn only_who_holds_the_key_asks_and_only_the_question_is_answered() {
        let (ours, theirs) = (keys(1), keys(2));
        let question = Question::new(now(), &SystemRandom).unwrap();
        let asked = question.seal(&ours, &SystemRandom).unwrap();
        assert_eq!(Question::open(&asked, &ours, now()), Some(question.clone()));
        assert_eq!(Question::open(&asked, &theirs, now()), None);
        let later = now() + TimeDelta::minutes(11);
        assert_eq!(Question::open(&asked, &ours, later), None);
        assert_eq!(Question::open(&"A".repeat(5_000), &ours, now()), None);

        let answer = Answer {
            nonce: question.nonce,
            version: "1".to_owned(),
            seen: Seen::default(),
            store: Err("full".to_owned()),
        };
        let sealed = answer.seal(&ours, &SystemRandom).unwrap();
        assert_eq!(question.read_answer(&sealed, &ours), Some(answer));
        // A question is no answer, and an answer to another question is none.
        assert_eq!(question.read_answer(&asked, &ours), None);
        let other = Question::new(now(), &SystemRandom).unwrap();
        assert_eq!(other.read_answer(&sealed, &ours), None);
    }
}
