//! The key of the pseudonyms that the journal knows agents by.

use std::{
    fmt,
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt,
    path::Path,
};

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::{
    COOKIE_KEY_BYTES, CookieKeyError, GenerateError, cookie, generate_cookie_key, write_cookie_key,
};
use crate::{
    clock::Random,
    identity::{AgentPseudonym, IdpName, NameId, fold_name},
    settings::{Secret, SecretSource},
};

/// The file of an installation's own key, in the store's directory.
const FILE: &str = "agent.key";

/// How many hexadecimal digits of a value's hash are kept.
const VALUE_DIGITS: usize = 20;

/// Why there is no key for pseudonyms.
#[derive(Debug, thiserror::Error)]
pub enum AgentKeyError {
    /// The file is there and can't be read.
    #[error("the key of the journal's pseudonyms can't be read: {0}")]
    Unreadable(String),
    /// What is written there is no key.
    #[error("the key of the journal's pseudonyms is none: {0}")]
    NotAKey(CookieKeyError),
    /// A new one could not be made.
    #[error("a key for the journal's pseudonyms could not be made: {0}")]
    NotMade(GenerateError),
}

/// What pseudonyms are made with: HMAC-SHA-256 (RFC 2104, FIPS 198-1).
///
/// Whoever holds it can try out names; whoever holds the journal alone can't. It is never
/// written into the journal.
#[derive(Clone)]
pub struct AgentKey(hmac::Key);

impl AgentKey {
    pub(super) fn new(bytes: &Zeroizing<[u8; COOKIE_KEY_BYTES]>) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice()))
    }

    /// The key of this installation, kept beside its store; made, where there is none yet.
    ///
    /// # Errors
    /// [`AgentKeyError`].
    pub fn open_or_make(directory: &Path, random: &dyn Random) -> Result<Self, AgentKeyError> {
        if let Some(key) = Self::open(directory)? {
            return Ok(key);
        }
        let not_made = |cause: std::io::Error| {
            AgentKeyError::NotMade(GenerateError::Write(directory.to_owned(), cause))
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(not_made)?;
        let made = generate_cookie_key(random)
            .map_err(|error| not_made(std::io::Error::other(error.to_string())))?;
        match write_cookie_key(&made, &directory.join(FILE)) {
            // Another process was first.
            Ok(()) | Err(GenerateError::Exists(_)) => {}
            Err(error) => return Err(AgentKeyError::NotMade(error)),
        }
        Self::open(directory)?.ok_or_else(|| not_made(std::io::ErrorKind::NotFound.into()))
    }

    /// The key of this installation, if it has one yet. Makes nothing.
    ///
    /// # Errors
    /// [`AgentKeyError`] when what is there is no key.
    pub fn open(directory: &Path) -> Result<Option<Self>, AgentKeyError> {
        let path = directory.join(FILE);
        if !fs::exists(&path).unwrap_or(true) {
            return Ok(None);
        }
        let secret = SecretSource::File(path).read();
        let secret = secret.map_err(|error| AgentKeyError::Unreadable(error.to_string()))?;
        Self::parse(&secret)
            .map(Some)
            .map_err(AgentKeyError::NotAKey)
    }

    /// A key as people write one: 64 hexadecimal digits, base64 or base64url.
    ///
    /// # Errors
    /// [`CookieKeyError`] when it is none.
    pub fn parse(secret: &Secret) -> Result<Self, CookieKeyError> {
        Ok(Self::new(&cookie::parse(secret)?))
    }

    /// The pseudonym of whom this identity provider calls so. The same NameID of another
    /// identity provider is another person.
    #[must_use]
    pub fn pseudonym(&self, idp: &IdpName, name_id: &NameId) -> AgentPseudonym {
        // A name can't hold a line break, so no two pairs make the same text.
        let text = format!("agent\n{idp}\n{}", name_id.value);
        AgentPseudonym::of_hash(&self.hash(&text))
    }

    /// A hash of an attribute's value, folded as values are when they are compared.
    #[must_use]
    pub fn hash_value(&self, value: &str) -> String {
        let mut text = hex::encode(self.hash(&format!("value\n{}", fold_name(value))));
        text.truncate(VALUE_DIGITS);
        text
    }

    fn hash(&self, text: &str) -> [u8; 32] {
        let tag = hmac::sign(&self.0, text.as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(tag.as_ref());
        hash
    }
}

impl fmt::Debug for AgentKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AgentKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::clock::SystemRandom;

    fn ann() -> NameId {
        NameId {
            value: "ann@company.example".to_owned(),
            format: None,
        }
    }

    #[test]
    fn a_pseudonym_is_one_persons_at_one_provider_under_one_key() {
        let key = |byte: u8| {
            let mut bytes = [byte; COOKIE_KEY_BYTES];
            bytes[0] = 0;
            AgentKey::new(&Zeroizing::new(bytes))
        };
        let (hq, partner) = ("hq".parse().unwrap(), "partner".parse().unwrap());
        let one = key(1).pseudonym(&hq, &ann());
        assert_eq!(one, key(1).pseudonym(&hq, &ann()));
        assert_ne!(one, key(2).pseudonym(&hq, &ann()));
        assert_ne!(one, key(1).pseudonym(&partner, &ann()));
        let mut other = ann();
        other.value.push(' ');
        assert_ne!(one, key(1).pseudonym(&hq, &other));
        assert_eq!(key(1).hash_value(" SG-01"), key(1).hash_value("sg-01"));
        assert_ne!(key(1).hash_value("SG-01"), key(1).hash_value("SG-02"));
    }

    #[test]
    fn an_installation_keeps_its_key_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("new").join("store");
        assert!(AgentKey::open(&store).unwrap().is_none());
        let idp = "hq".parse().unwrap();
        let made = AgentKey::open_or_make(&store, &SystemRandom).unwrap();
        let again = AgentKey::open_or_make(&store, &SystemRandom).unwrap();
        assert_eq!(made.pseudonym(&idp, &ann()), again.pseudonym(&idp, &ann()));
        let bits = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((bits(&store), bits(&store.join(FILE))), (0o700, 0o600));
        fs::write(store.join(FILE), "not a key").unwrap();
        assert!(AgentKey::open_or_make(&store, &SystemRandom).is_err());
    }
}
