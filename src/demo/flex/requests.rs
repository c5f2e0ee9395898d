//! The requests that the demo Flex has sent and that nobody has answered yet.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::TimeDelta;

use crate::clock::{Random, RandomUnavailable, Timestamp, random_bytes};

use super::{Refused, Rule};

/// How long a login may take.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);
/// How many logins may be under way.
const MOST: usize = 1_000;

/// A request on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its ID.
    pub id: String,
    /// What must come back with the answer, byte for byte.
    pub relay_state: String,
    /// When it was made.
    pub at: Timestamp,
}

/// The open requests. Each can be answered once.
#[derive(Default)]
pub struct Requests(Mutex<HashMap<String, Request>>);

impl Requests {
    /// A new request, remembered.
    ///
    /// # Errors
    /// [`RandomUnavailable`].
    pub fn open(&self, now: Timestamp, random: &dyn Random) -> Result<Request, RandomUnavailable> {
        let request = Request {
            id: format!("_{}", hex::encode(random_bytes::<16>(random)?)),
            relay_state: relay_state(random)?,
            at: now,
        };
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, request| request.at + PATIENCE > now);
        if open.len() >= MOST {
            let oldest = open.values().min_by_key(|request| request.at);
            let oldest = oldest.map(|request| request.id.clone());
            oldest.and_then(|id| open.remove(&id));
        }
        open.insert(request.id.clone(), request.clone());
        Ok(request)
    }

    /// Closes the request that an answer names, so that no second answer finds it.
    ///
    /// # Errors
    /// [`Rule::InResponseTo`] when there is no such request, or no more;
    /// [`Rule::RelayState`] when what came back is not what was sent.
    pub fn close(&self, id: &str, relay_state: &str, now: Timestamp) -> Result<(), Refused> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let request = open
            .remove(id)
            .filter(|request| request.at + PATIENCE > now);
        drop(open);
        let Some(request) = request else {
            let detail = format!(
                "The InResponseTo of the Response: {id}, does not match the ID of an AuthnRequest that is waiting; it was answered before, or never sent"
            );
            return Err(Refused::new(Rule::InResponseTo, detail));
        };
        if request.relay_state == relay_state {
            return Ok(());
        }
        let detail = "The RelayState is not the one that was sent";
        Err(Refused::new(Rule::RelayState, detail))
    }
}

/// Opaque and awkward, like Flex's own: long, with characters that forms and URLs must escape.
fn relay_state(random: &dyn Random) -> Result<String, RandomUnavailable> {
    let bytes = hex::encode(random_bytes::<32>(random)?);
    Ok(format!("AAAAAS5GQVNfUzNf:::{bytes}+/=&\"<é> %20"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    fn now() -> Timestamp {
        "2026-03-01T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn each_request_is_answered_once() {
        let requests = Requests::default();
        let request = requests.open(now(), &SystemRandom).unwrap();
        let close = |id: &str, state: &str| requests.close(id, state, now()).map_err(|no| no.rule);
        assert_eq!(close("_other", ""), Err(Rule::InResponseTo));
        assert_eq!(close(&request.id, &request.relay_state), Ok(()));
        let again = close(&request.id, &request.relay_state);
        assert_eq!(again, Err(Rule::InResponseTo));
    }

    #[test]
    fn the_relay_state_must_come_back_exactly() {
        let requests = Requests::default();
        let request = requests.open(now(), &SystemRandom).unwrap();
        let changed = request.relay_state.replace('+', " ");
        let refused = requests.close(&request.id, &changed, now()).unwrap_err();
        assert_eq!(refused.rule, Rule::RelayState);
    }

    #[test]
    fn a_request_is_not_open_for_ever_and_there_are_not_endlessly_many() {
        let requests = Requests::default();
        let request = requests.open(now(), &SystemRandom).unwrap();
        let late = now() + PATIENCE;
        let refused = requests.close(&request.id, &request.relay_state, late);
        assert_eq!(refused.unwrap_err().rule, Rule::InResponseTo);
        for seconds in 0..=1_000 {
            let at = now() + TimeDelta::milliseconds(seconds);
            requests.open(at, &SystemRandom).unwrap();
        }
        assert_eq!(requests.0.lock().unwrap().len(), MOST);
    }
}
