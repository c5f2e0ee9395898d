//! Agents who are signed in to the demo Flex.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use crate::clock::{Random, RandomUnavailable, Timestamp, random_bytes};

use super::Said;

/// How many sessions are kept; the oldest goes.
const MOST: usize = 200;

/// An agent who is signed in.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// The worker's SID.
    pub(super) worker: String,
    /// What the response said.
    pub(super) said: Said,
    /// When it was accepted.
    pub(super) at: Timestamp,
}

/// The sessions, by the secret in the browser's cookie.
#[derive(Default)]
pub(super) struct Sessions(Mutex<VecDeque<(String, Session)>>);

impl Sessions {
    pub(super) fn open(
        &self,
        session: Session,
        random: &dyn Random,
    ) -> Result<String, RandomUnavailable> {
        let secret = hex::encode(random_bytes::<16>(random)?);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_back((secret.clone(), session));
        if all.len() > MOST {
            all.pop_front();
        }
        Ok(secret)
    }

    pub(super) fn find(&self, secret: &str) -> Option<Session> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter().find(|(known, _)| known == secret);
        found.map(|(_, session)| session.clone())
    }

    pub(super) fn close(&self, secret: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(known, _)| known != secret);
    }
}
