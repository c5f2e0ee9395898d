//! Forms as they arrive: bounded in size, in time, and in the memory they hold meanwhile.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::body::{Body, Bytes};
use http::{HeaderMap, header};
use http_body_util::BodyExt;

use super::room::{Room, Rooms};
use crate::clock::Stopwatch;

/// The largest form: a response of 512 KiB, and the names and escapes around it.
pub(super) const LARGEST_FORM: usize = (512 + 32) * 1024;
/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long before it has to come at a rate, and how many bytes a second that is.
const GRACE: Duration = Duration::from_secs(3);
const LOWEST_RATE: usize = 4 * 1024;

/// A form, and the room it takes.
pub(super) struct Form {
    pub(super) body: Bytes,
    pub(super) room: Room,
}

/// Why there is no form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadForm {
    NotOne,
    TooLarge,
    TooSlow,
    CutOff,
    NoRoom,
}

/// The whole form, unless it is none, too large, too slow, or there is no room for it.
pub(super) async fn read(
    rooms: &Arc<Rooms>,
    address: IpAddr,
    headers: &HeaderMap,
    body: Body,
) -> Result<Form, BadForm> {
    if !is_form(headers) {
        return Err(BadForm::NotOne);
    }
    if announced_length(headers).is_some_and(|length| length > LARGEST_FORM) {
        return Err(BadForm::TooLarge);
    }
    let room = rooms.enter(address).ok_or(BadForm::NoRoom)?;
    collect(body, room).await
}

async fn collect(mut body: Body, mut room: Room) -> Result<Form, BadForm> {
    let mut bytes = Vec::new();
    // Only the sender's time counts, not ours.
    let mut waited = Duration::ZERO;
    loop {
        let left = patience(bytes.len()).saturating_sub(waited);
        let waiting = Stopwatch::start();
        let frame = tokio::time::timeout(left, body.frame()).await;
        waited += waiting.elapsed();
        let data = match frame {
            Err(_) => return Err(BadForm::TooSlow),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(BadForm::CutOff),
            Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
        };
        if bytes.len() + data.len() > LARGEST_FORM {
            return Err(BadForm::TooLarge);
        }
        room.hold(bytes.len() + data.len())
            .await
            .ok_or(BadForm::NoRoom)?;
        // No more is set aside than there is room for.
        bytes.reserve_exact(room.bytes() - bytes.len());
        bytes.extend_from_slice(&data);
    }
    Ok(Form {
        body: bytes.into(),
        room,
    })
}

/// How long a sender may have taken before the next bytes come, when it has sent so many.
fn patience(received: usize) -> Duration {
    let earned = received / LOWEST_RATE;
    let earned = Duration::from_secs(u64::try_from(earned).unwrap_or(u64::MAX));
    PATIENCE.min(GRACE.saturating_add(earned))
}

/// What `Content-Length` says; it is the HTTP library that holds the sender to it.
fn announced_length(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Exactly one `Content-Type`, and it is a form's.
fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return false;
    };
    only.to_str()
        .ok()
        .and_then(|text| text.split(';').next())
        .is_some_and(|essence| {
            essence
                .trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sends_more_may_take_longer_but_not_for_ever() {
        for (received, seconds) in [
            (0, 3),
            (1, 3),
            (4 * 1024, 4),
            (20 * 1024, 8),
            (28 * 1024, 10),
            (LARGEST_FORM, 10),
        ] {
            assert_eq!(
                patience(received),
                Duration::from_secs(seconds),
                "{received}"
            );
        }
    }
}
