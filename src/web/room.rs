//! The memory that forms take while they arrive and are worked on.
//!
//! Must never: count what was announced. Only bytes that are there take room, so
//! a sender holds no more than it has really sent.

use std::{net::IpAddr, sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::{PerAddress, Share, TURN};
use crate::clock::Stopwatch;

/// Room is taken in steps of so many bytes.
pub(super) const STEP: usize = 16 * 1024;
/// A form's first steps, which are all that an ordinary one needs, come from room that no more than this much of
/// each form can take. Large ones wait for one another, and nobody waits for them.
const SMALL: usize = 4;
/// How many steps there are for the first part of all forms, and for what is beyond it: 32 MiB each.
const SMALL_ROOM: usize = 2 * 1024;
const LARGE_ROOM: usize = 2 * 1024;
/// How many steps one address (one IPv6 network of 64 bits) has, 4 MiB, and how many forms at once.
const STEPS_PER_ADDRESS: usize = 256;
const FORMS_PER_ADDRESS: usize = 64;

/// The room for all forms.
#[derive(Debug)]
pub(super) struct Rooms {
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
    forms: Arc<PerAddress>,
    steps: Arc<PerAddress>,
}

impl Rooms {
    pub(super) fn new() -> Self {
        Self {
            small: Arc::new(Semaphore::new(SMALL_ROOM)),
            large: Arc::new(Semaphore::new(LARGE_ROOM)),
            forms: PerAddress::new(FORMS_PER_ADDRESS, &[]),
            steps: PerAddress::new(STEPS_PER_ADDRESS, &[]),
        }
    }

    /// A form begins to arrive; it takes no room yet. `None` when its address sends as many as it may.
    /// One connection of HTTP/2 can send many forms at once, so the bound on
    /// connections does not bound them.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Room> {
        Some(Room {
            address,
            _form: self.forms.enter(address)?,
            steps: Vec::new(),
            patience: TURN,
            of: Arc::clone(self),
        })
    }
}

/// The room for one form, held until its login has ended.
#[derive(Debug)]
pub(super) struct Room {
    address: IpAddr,
    _form: Share,
    steps: Vec<(Share, OwnedSemaphorePermit)>,
    /// How long this form may still wait for room, in all.
    patience: Duration,
    of: Arc<Rooms>,
}

impl Room {
    /// How many bytes there is room for.
    pub(super) fn bytes(&self) -> usize {
        self.steps.len() * STEP
    }

    /// Takes room until `bytes` fit, waiting a little; `None` is "overloaded".
    pub(super) async fn hold(&mut self, bytes: usize) -> Option<()> {
        while self.bytes() < bytes {
            let share = self.of.steps.enter(self.address)?;
            let pool = if self.steps.len() < SMALL {
                &self.of.small
            } else {
                &self.of.large
            };
            let waiting = Stopwatch::start();
            let permit = Arc::clone(pool).acquire_owned();
            let permit = tokio::time::timeout(self.patience, permit)
                .await
                .ok()?
                .ok()?;
            self.patience = self.patience.saturating_sub(waiting.elapsed());
            self.steps.push((share, permit));
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    async fn held(rooms: &Arc<Rooms>, from: IpAddr, bytes: usize) -> Option<Room> {
        let mut room = rooms.enter(from)?;
        room.hold(bytes).await?;
        Some(room)
    }

    /// As many forms of so many bytes as get room, from as many addresses as it takes.
    async fn fill(rooms: &Arc<Rooms>, bytes: usize) -> Vec<Room> {
        let mut all = Vec::new();
        for number in 0.. {
            let from = IpAddr::V4((0x0a00_0000_u32 + number).into());
            let Some(room) = held(rooms, from, bytes).await else {
                break;
            };
            all.push(room);
        }
        all
    }

    #[tokio::test]
    async fn forms_take_only_so_much_memory_and_small_ones_never_wait_for_large_ones() {
        let rooms = Arc::new(Rooms::new());
        let large = fill(&rooms, 544 * 1024).await;
        assert_eq!(large.len(), LARGE_ROOM / (34 - SMALL));
        let stranger = address("198.51.100.1");
        assert!(held(&rooms, stranger, 544 * 1024).await.is_none());
        let small = held(&rooms, stranger, SMALL * STEP).await;
        assert!(small.is_some());
        drop((large, small));

        let small = fill(&rooms, SMALL * STEP).await;
        assert_eq!(small.len(), SMALL_ROOM / SMALL);
        assert!(held(&rooms, stranger, 1).await.is_none());
        drop(small);
        assert!(held(&rooms, stranger, 544 * 1024).await.is_some());
    }

    #[tokio::test]
    async fn one_address_and_one_ipv6_network_have_a_share() {
        for (one, same, other) in [
            ("203.0.113.9", "::ffff:203.0.113.9", "203.0.113.10"),
            ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"),
        ] {
            let rooms = Arc::new(Rooms::new());
            let mut large = Vec::new();
            while let Some(room) = held(&rooms, address(one), 544 * 1024).await {
                large.push(room);
            }
            let bytes: usize = large.iter().map(Room::bytes).sum();
            assert!(bytes <= STEPS_PER_ADDRESS * STEP, "{bytes}");
            assert!(held(&rooms, address(same), 544 * 1024).await.is_none());
            assert!(held(&rooms, address(other), 544 * 1024).await.is_some());
            drop(large);
            assert!(held(&rooms, address(same), 544 * 1024).await.is_some());
        }
    }

    #[tokio::test]
    async fn a_form_without_bytes_takes_no_room_and_there_are_only_so_many() {
        let rooms = Arc::new(Rooms::new());
        let forms: Vec<_> = std::iter::from_fn(|| rooms.enter(address("203.0.113.9"))).collect();
        assert_eq!(forms.len(), FORMS_PER_ADDRESS);
        assert_eq!(rooms.small.available_permits(), SMALL_ROOM);
        assert!(rooms.enter(address("198.51.100.1")).is_some());
    }
}
