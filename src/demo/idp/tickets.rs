//! Requests that wait until somebody has said who they are.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use chrono::TimeDelta;

use crate::{
    clock::{Random, RandomUnavailable, Timestamp, random_bytes},
    saml::idp::{DownstreamRequest, FlexSp},
};

/// How long somebody may look at the page.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);
/// How many wait at most; the oldest goes.
const MOST: usize = 1_000;

/// A request, and whom it is answered to.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub(super) request: DownstreamRequest,
    pub(super) partner: FlexSp,
    pub(super) at: Timestamp,
}

/// The waiting requests, by the secret in the page's forms.
#[derive(Default)]
pub(super) struct Tickets(Mutex<VecDeque<(String, Ticket)>>);

impl Tickets {
    pub(super) fn keep(
        &self,
        ticket: Ticket,
        random: &dyn Random,
    ) -> Result<String, RandomUnavailable> {
        let secret = hex::encode(random_bytes::<16>(random)?);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_back((secret.clone(), ticket));
        if all.len() > MOST {
            all.pop_front();
        }
        Ok(secret)
    }

    /// The request of that secret, once, while it is fresh.
    pub(super) fn take(&self, secret: &str, now: Timestamp) -> Option<Ticket> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = all.iter().position(|(known, _)| known == secret)?;
        let (_, ticket) = all.remove(place)?;
        Some(ticket).filter(|ticket| ticket.at + PATIENCE > now)
    }
}
