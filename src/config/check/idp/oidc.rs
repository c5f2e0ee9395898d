//! `[idp.NAME]` with `protocol = "oidc"`.

use url::Url;

use super::{display_name, much_skew, public};
use crate::{
    config::check::{is_file, net::https, not_zero},
    oidc::{ClientAuthMethod, OidcSettings},
    settings::{Problem, SettingPath},
};

/// A NameID of this Format changes with each login, and each time Flex would make a new worker.
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

pub(super) fn check(settings: &OidcSettings, at: &SettingPath, problems: &mut Vec<Problem>) {
    if let Some(name) = &settings.name {
        problems.extend(display_name(name, &at.join("name")));
    }
    problems.extend(issuer(settings, &at.join("issuer")));
    problems.extend(much_skew(settings.clock_skew, at));
    problems.extend(not_zero(settings.refresh, &at.join("refresh")));
    problems.extend(credentials(settings, at));
    problems.extend(scopes(&settings.scopes, &at.join("scopes")));
    problems.extend(name_id(settings, at));
    if let Some(key) = &settings.client_key {
        let at = at.join("client_key").join("certificate");
        problems.extend(is_file(&key.certificate, &at));
    }
}

fn issuer(settings: &OidcSettings, at: &SettingPath) -> Option<Problem> {
    let issuer = &settings.issuer;
    let Ok(url) = issuer.parse::<Url>() else {
        // The walk by the schema said so.
        return None;
    };
    let bare = url.query().is_none() && url.fragment().is_none();
    let private = || public(&url, settings.allow_private, at);
    https(&url, at).or_else(private).or_else(|| {
        (!bare || issuer.ends_with("/.well-known/openid-configuration")).then(|| {
            Problem::error(
                at.clone(),
                "this is not an issuer: it has a query or fragment, or is the discovery document's address",
                "Copy the value of `issuer` from the provider's discovery document.",
            )
        })
    })
}

fn credentials(settings: &OidcSettings, at: &SettingPath) -> Option<Problem> {
    let error = |at: SettingPath, message: &str, mend: &str| {
        Some(Problem::error(at, message.to_owned(), mend))
    };
    let by_key = match (&settings.client_secret, &settings.client_key) {
        (Some(_), None) => false,
        (None, Some(_)) => true,
        (None, None) => {
            return error(
                at.clone(),
                "the client has neither `client_secret` nor `client_key`",
                "Write client_secret = { env = \"NAME\" }, with the secret that the provider gave to the bridge.",
            );
        }
        (Some(_), Some(_)) => {
            return error(
                at.join("client_key"),
                "the client has both `client_secret` and `client_key`",
                "Keep the one that was agreed with the provider.",
            );
        }
    };
    let method = settings.client_auth?;
    if by_key != (method == ClientAuthMethod::PrivateKeyJwt) {
        return error(
            at.join("client_auth"),
            "this method does not go with what the client has",
            "Leave it out; or use \"private_key_jwt\" with `client_key`, the others with `client_secret`.",
        );
    }
    None
}

fn scopes(scopes: &[String], at: &SettingPath) -> Option<Problem> {
    // RFC 6749 §3.3.
    let token = |scope: &String| {
        let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        !scope.is_empty() && scope.bytes().all(fits)
    };
    if !scopes.iter().any(|scope| scope == "openid") {
        return Some(Problem::error(
            at.clone(),
            "the scope `openid` is missing, without which there is no ID token",
            "Write [\"openid\", \"email\", \"profile\"].",
        ));
    }
    let (index, _) = scopes.iter().enumerate().find(|(_, scope)| !token(scope))?;
    Some(Problem::error(
        at.join(index),
        "this can't be a scope",
        "Write each scope as a string of its own, without white space.",
    ))
}

fn name_id(settings: &OidcSettings, at: &SettingPath) -> Option<Problem> {
    (settings.name_id_format.as_deref() == Some(TRANSIENT)).then(|| {
        Problem::error(
            at.join("name_id_format"),
            "a transient NameID would make a new, billed worker with each login",
            "Leave it out, or name the Format that the agents had before.",
        )
    })
}
