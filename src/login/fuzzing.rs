//! What fuzzing needs of the cookie of a login under way, which is nobody else's business.

use std::sync::LazyLock;

use zeroize::Zeroizing;

use super::{
    LoginCookie,
    pending::{LoginId, PendingLogin, find_cookie, make_room},
};
use crate::{
    clock::{Random, RandomUnavailable},
    keys::CookieKeys,
};

static KEYS: LazyLock<CookieKeys> =
    LazyLock::new(|| CookieKeys::new([Zeroizing::new([7; 32])]).expect("a key"));

/// The same bytes each time: what is found is found again.
struct Same;

impl Random for Same {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        bytes.fill(1);
        Ok(())
    }
}

/// Takes `data` for a `Cookie` header, and for what is inside of a cookie.
///
/// # Panics
/// When a stranger's cookie opens, or what is written reads otherwise.
pub fn cookie(data: &[u8]) {
    if let Ok(header) = std::str::from_utf8(data) {
        strangers(header);
    }
    let Some(pending) = PendingLogin::from_bytes(data) else {
        return;
    };
    let written = pending.to_bytes().expect("what was read can be written");
    assert!(PendingLogin::from_bytes(&written).is_some_and(|again| again == pending));
    let Ok(cookie) = pending.seal(&KEYS, true, &Same) else {
        return;
    };
    let header = format!("{}={}", cookie.name, cookie.value);
    // A name that no RelayState can say is never looked for.
    let opened = PendingLogin::unseal(&pending.id, &header, &KEYS, true);
    assert!(opened.is_ok_and(|opened| opened == pending));
    assert!(pending.ends() > pending.began() || pending.began < 0);
}

fn strangers(header: &str) {
    let ids = header.split(';').filter_map(|pair| {
        let (name, _) = pair.trim().split_once('=')?;
        LoginId::parse(name.strip_prefix("__Host-flexbridge-")?)
    });
    for id in ids.take(4) {
        assert!(PendingLogin::unseal(&id, header, &KEYS, true).is_err());
    }
    let fresh = LoginCookie {
        name: "__Host-flexbridge-x".to_owned(),
        value: "x".repeat(100),
        max_age: 600,
    };
    // Nothing of it opens, so all of it goes.
    for removed in make_room(header, &fresh, &KEYS, true) {
        assert!(find_cookie(header, &removed.name).is_some());
        assert!(removed.value.is_empty() && removed.max_age == 0);
    }
}
