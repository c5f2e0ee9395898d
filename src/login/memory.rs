//! Which identity provider somebody used last, where a Flex account has several:
//! its configured name, sealed, in a cookie of that account. Nothing personal.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::{
    clock::Random,
    identity::{FlexName, IdpName, Refusal},
};

use super::{LoginCookie, bridge::Bridge, pending::find_cookie};

/// How long a browser remembers, in seconds: half a year after the last login.
const LIFETIME: u64 = 180 * 24 * 60 * 60;

fn cookie_name(flex: &FlexName, https: bool) -> String {
    let prefix = if https { "__Host-" } else { "" };
    format!("{prefix}flexbridge-idp-{flex}")
}

/// The cookie that remembers.
pub(super) fn remember(
    bridge: &Bridge,
    flex: &FlexName,
    idp: &IdpName,
    random: &dyn Random,
) -> Result<LoginCookie, Refusal> {
    let name = cookie_name(flex, bridge.https);
    let plain = idp.as_str().as_bytes();
    let sealed = bridge.cookie.seal(plain, name.as_bytes(), random)?;
    Ok(LoginCookie {
        name,
        value: BASE64_URL_SAFE_NO_PAD.encode(sealed),
        max_age: LIFETIME,
    })
}

/// What the browser remembers, if we said it.
pub(super) fn remembered(bridge: &Bridge, flex: &FlexName, cookies: &str) -> Option<IdpName> {
    let name = cookie_name(flex, bridge.https);
    let sealed = find_cookie(cookies, &name)?;
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let plain = bridge.cookie.open(&sealed, name.as_bytes())?;
    std::str::from_utf8(&plain).ok()?.parse().ok()
}

/// The cookie that makes the browser forget.
pub(super) fn forget(bridge: &Bridge, flex: &FlexName) -> LoginCookie {
    LoginCookie {
        name: cookie_name(flex, bridge.https),
        value: String::new(),
        max_age: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_of_one_host_and_one_account() {
        let flex: FlexName = "production".parse().unwrap();
        assert_eq!(cookie_name(&flex, true), "__Host-flexbridge-idp-production");
        assert_eq!(cookie_name(&flex, false), "flexbridge-idp-production");
    }
}
