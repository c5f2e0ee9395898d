//! Whether the secrets that the file refers to can be read, and by this user alone. What they say is not looked at.

use super::{IdpFile, Parts};
use crate::{
    settings::{Problem, Secret, SecretSource, SettingPath},
    store, web,
};

fn admin_token_path() -> SettingPath {
    SettingPath::root().join("listen").join("admin_token")
}

/// Long enough not to be guessed, and fit for a header.
fn is_token(secret: &Secret) -> bool {
    let token = secret.expose();
    token.len() >= web::SHORTEST_ADMIN_TOKEN && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The secrets outside of `[keys]`, whose loading says it itself.
pub(super) fn check(parts: &Parts) -> Vec<Problem> {
    let root = SettingPath::root();
    let mut sources: Vec<(SettingPath, &SecretSource)> = Vec::new();
    if let Some(token) = parts
        .listen
        .as_ref()
        .and_then(|listen| listen.admin_token.as_ref())
    {
        sources.push((admin_token_path(), token));
    }
    if let Some(tls) = parts.listen.as_ref().and_then(|listen| listen.tls.as_ref()) {
        let at = root.join("listen").join("tls").join("private_key");
        sources.push((at, &tls.private_key));
    }
    if let Some(store::Settings::Redis {
        url,
        client,
        sentinel,
        ..
    }) = &parts.store
    {
        let at = root.join("store");
        sources.push((at.join("url"), url));
        let key = client.as_ref().map(|pair| &pair.private_key);
        sources.extend(key.map(|key| (at.join("client").join("private_key"), key)));
        let password = sentinel.as_ref().and_then(|one| one.password.as_ref());
        sources.extend(password.map(|one| (at.join("sentinel").join("password"), one)));
    }
    if let Some(otlp) = parts.telemetry.as_ref().and_then(|one| one.otlp.as_ref()) {
        let at = root.join("telemetry").join("otlp").join("headers");
        let headers = otlp.headers.iter();
        sources.extend(headers.map(|(name, source)| (at.join(name.as_str()), source)));
    }
    for (name, idp) in &parts.idp {
        let Some(IdpFile::Oidc(idp)) = idp else {
            continue;
        };
        let at = root.join("idp").join(name.as_str());
        let secret = idp.client_secret.as_ref();
        sources.extend(secret.map(|source| (at.join("client_secret"), source)));
        let key = idp.client_key.as_ref().map(|key| &key.private_key);
        sources.extend(key.map(|source| (at.join("client_key").join("private_key"), source)));
    }
    for (name, flex) in &parts.flex {
        let Some(twilio) = &flex.twilio else { continue };
        let at = root.join("flex").join(name.as_str()).join("twilio");
        let secrets = [
            ("api_secret", &twilio.api_secret),
            ("auth_token", &twilio.auth_token),
        ];
        for (key, source) in secrets {
            sources.extend(source.as_ref().map(|source| (at.join(key), source)));
        }
    }
    sources
        .into_iter()
        .filter_map(|(at, source)| match source.read() {
            Ok(secret) if at == admin_token_path() && !is_token(&secret) => Some(Problem::error(
                at,
                "the administrator's token is too short, or holds more than letters, digits and signs",
                "Make one with `openssl rand -hex 32`.",
            )),
            Ok(_) => source.exposed(at),
            Err(error) => Some(source.problem(at, &error)),
        })
        .collect()
}
