//! What the demo writes down: keys made here and now, and the configuration
//! that the bridge is started with, as an administrator would write it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{
    clock::{Random, RandomUnavailable, Timestamp},
    keys::{
        GenerateError, PairError, RsaBits, SigningKey, generate_cookie_key, generate_pair,
        write_cookie_key, write_pair,
    },
    settings::{Secret, SecretError, SecretSource},
};

/// The demo's Twilio account.
pub(super) const ACCOUNT_SID: &str = "ACdeadbeefdeadbeefdeadbeefdeadbeef";
/// The API key of the bridge in that account.
pub(super) const API_KEY: &str = "SKdeadbeefdeadbeefdeadbeefdeadbeef";
/// The single sign-on connection of that account.
pub(super) const CONNECTION: &str = "JQdeadbeefdeadbeefdeadbeefdeadbeef";

/// The demo's directory can't be made, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file or directory.
    #[error("{path}: {cause}", path = .0.display(), cause = .1)]
    File(PathBuf, std::io::Error),
    /// A new key.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// A key from an earlier time.
    #[error("{path}: {cause}", path = .0.display(), cause = .1)]
    Pair(PathBuf, PairError),
    /// A secret from an earlier time.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The random source failed.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

/// The demo's directory. A temporary one goes when this does.
pub(super) struct StateDir {
    path: PathBuf,
    _temporary: Option<TempDir>,
}

impl StateDir {
    /// Uses `chosen`, which stays, or a temporary directory.
    pub(super) fn open(chosen: Option<PathBuf>) -> Result<Self, StateError> {
        let Some(path) = chosen else {
            let failed = |error| StateError::File(std::env::temp_dir(), error);
            let temporary = tempfile::Builder::new()
                .prefix("flexbridge-demo-")
                .tempdir()
                .map_err(failed)?;
            return Ok(Self {
                path: temporary.path().to_owned(),
                _temporary: Some(temporary),
            });
        };
        fs::create_dir_all(&path).map_err(|error| StateError::File(path.clone(), error))?;
        Ok(Self {
            path,
            _temporary: None,
        })
    }

    /// A file of it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The pair `name.pem` and `name.key`; made if it is not there yet.
    pub(super) fn pair(
        &self,
        name: &str,
        common_name: &str,
        now: Timestamp,
    ) -> Result<SigningKey, StateError> {
        let certificate = self.file(&format!("{name}.pem"));
        let private_key = self.file(&format!("{name}.key"));
        if certificate.exists() && private_key.exists() {
            let pem = fs::read(&certificate)
                .map_err(|error| StateError::File(certificate.clone(), error))?;
            let secret = SecretSource::File(private_key).read()?;
            return SigningKey::from_pem(&pem, &secret)
                .map_err(|error| StateError::Pair(certificate, error));
        }
        let pair = generate_pair(common_name, RsaBits::Rsa2048, now)?;
        write_pair(&pair, &certificate, &private_key)?;
        Ok(pair.key)
    }

    /// A secret of 32 random bytes in a file; made if it is not there yet.
    pub(super) fn secret(&self, name: &str, random: &dyn Random) -> Result<Secret, StateError> {
        let path = self.file(name);
        if !path.exists() {
            write_cookie_key(&generate_cookie_key(random)?, &path)?;
        }
        Ok(SecretSource::File(path).read()?)
    }

    /// Writes the bridge's configuration: where it is.
    pub(super) fn write_configuration(&self, addresses: &Addresses) -> Result<PathBuf, StateError> {
        let path = self.file("flexbridge.toml");
        fs::write(&path, configuration(&self.path, addresses))
            .map_err(|error| StateError::File(path.clone(), error))?;
        Ok(path)
    }
}

/// Where everybody is.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    pub(super) bridge: String,
    pub(super) bridge_port: u16,
    pub(super) admin_port: u16,
    pub(super) idp: String,
    pub(super) flex: String,
    pub(super) twilio: String,
}

impl Addresses {
    /// Who is met on the way of a login.
    pub(super) fn names(&self) -> [(String, &'static str); 3] {
        [
            (self.flex.clone(), "Flex"),
            (self.bridge.clone(), "bridge"),
            (self.idp.clone(), "company"),
        ]
    }

    /// The demo Flex's entity ID, like the ones of Flex.
    pub(super) fn flex_entity_id() -> String {
        format!("urn:flex:{CONNECTION}")
    }

    /// The demo Flex's assertion consumer service, like the ones of Flex.
    pub(super) fn flex_acs_url(&self) -> String {
        format!("{}/login/callback?connection={CONNECTION}", self.flex)
    }
}

/// The configuration, as an administrator of the demo company would write it.
fn configuration(state: &Path, addresses: &Addresses) -> String {
    let Addresses {
        bridge,
        bridge_port,
        admin_port,
        idp,
        twilio,
        ..
    } = addresses;
    let file = |name: &str| quoted(&state.join(name).to_string_lossy());
    format!(
        include_str!("../../templates/demo/flexbridge.toml.in"),
        public_url = quoted(bridge),
        bridge_port = bridge_port,
        admin_port = admin_port,
        cookie_key = file("cookie.key"),
        certificate = file("assertion.pem"),
        private_key = file("assertion.key"),
        metadata = quoted(&format!("{idp}/metadata")),
        account_sid = quoted(ACCOUNT_SID),
        entity_id = quoted(&Addresses::flex_entity_id()),
        acs_url = quoted(&addresses.flex_acs_url()),
        login_url = quoted(&format!("{flex}/login", flex = addresses.flex)),
        api_key = quoted(API_KEY),
        api_secret = file("twilio.secret"),
        twilio_url = quoted(twilio),
        store = file("store"),
    )
}

/// A TOML string; JSON's escapes are TOML's as well.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;

    #[test]
    fn what_was_made_once_is_used_again() {
        let directory = tempfile::tempdir().unwrap();
        let open = || StateDir::open(Some(directory.path().join("a \"b\" \\c"))).unwrap();
        let now = "2026-03-01T10:00:00Z".parse().unwrap();
        let pair = || open().pair("assertion", "demo", now).unwrap();
        assert_eq!(pair().fingerprint(), pair().fingerprint());
        let secret = || open().secret("cookie.key", &SystemRandom).unwrap();
        assert_eq!(secret().expose(), secret().expose());
    }

    #[test]
    fn a_temporary_directory_goes() {
        let state = StateDir::open(None).unwrap();
        let path = state.file("");
        assert!(path.is_dir());
        drop(state);
        assert!(!path.exists());
    }
}
