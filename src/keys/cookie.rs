//! The keys that seal the cookie of a login under way.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

use crate::{
    clock::{Random, RandomUnavailable, random_bytes},
    settings::Secret,
};

/// The length of a cookie key, in bytes.
pub const COOKIE_KEY_BYTES: usize = 32;

/// AES-256-GCM-SIV's tag, in bytes (RFC 8452 §5).
const TAG_LEN: usize = 16;

/// Why a text is not a cookie key. Never contains the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CookieKeyError {
    /// Neither hexadecimal digits nor base64.
    #[error("the cookie key is neither hex nor base64")]
    Encoding,
    /// Not 32 bytes.
    #[error("the cookie key has {0} bytes instead of 32")]
    Length(usize),
    /// One byte over and over is nobody's random key.
    #[error("the cookie key is one byte over and over")]
    Guessable,
    /// There is no key at all.
    #[error("there is no cookie key")]
    None,
}

/// Seals what a browser keeps for us, so that nobody else can read or change it.
///
/// AES-256-GCM-SIV (RFC 8452): even a repeated nonce gives away no more than
/// that two cookies are equal. The nonce stands in front of what is sealed.
pub struct CookieKeys {
    first: LessSafeKey,
    older: Vec<LessSafeKey>,
}

impl CookieKeys {
    /// Takes the keys; the first seals, all open.
    ///
    /// # Errors
    /// [`CookieKeyError`] when there is none.
    pub fn new(
        keys: impl IntoIterator<Item = Zeroizing<[u8; COOKIE_KEY_BYTES]>>,
    ) -> Result<Self, CookieKeyError> {
        let mut keys = keys.into_iter().map(|key| {
            UnboundKey::new(&AES_256_GCM_SIV, key.as_slice())
                .map(LessSafeKey::new)
                .map_err(|_| CookieKeyError::Length(key.len()))
        });
        let first = keys.next().ok_or(CookieKeyError::None)??;
        let older = keys.collect::<Result<_, _>>()?;
        Ok(Self { first, older })
    }

    /// Seals `plain` with the first key. `aad` is bound to it: opening needs the same.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when there is no random nonce to be had.
    pub fn seal(
        &self,
        plain: &[u8],
        aad: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, RandomUnavailable> {
        let nonce: [u8; NONCE_LEN] = random_bytes(random)?;
        let mut body = Vec::with_capacity(plain.len() + TAG_LEN);
        body.extend_from_slice(plain);
        // Besides, sealing fails only beyond 2^36 bytes (RFC 8452 §6), which no cookie reaches.
        self.first
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                &mut body,
            )
            .map_err(|_| RandomUnavailable)?;
        Ok([nonce.as_slice(), &body].concat())
    }

    /// Opens what [`CookieKeys::seal`] made with any of the keys and the same `aad`.
    #[must_use]
    pub fn open(&self, sealed: &[u8], aad: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>()?;
        std::iter::once(&self.first)
            .chain(&self.older)
            .find_map(|key| {
                let mut body = Zeroizing::new(body.to_vec());
                let nonce = Nonce::assume_unique_for_key(*nonce);
                let length = key
                    .open_in_place(nonce, Aad::from(aad), &mut body)
                    .ok()?
                    .len();
                body.truncate(length);
                Some(body)
            })
    }

    /// How many keys there are.
    #[must_use]
    pub fn count(&self) -> usize {
        1 + self.older.len()
    }
}

impl fmt::Debug for CookieKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CookieKeys({} keys)", self.count())
    }
}

/// Reads a key as people write one: 64 hexadecimal digits, base64 or base64url.
pub(super) fn parse(secret: &Secret) -> Result<Zeroizing<[u8; COOKIE_KEY_BYTES]>, CookieKeyError> {
    let bytes = decode(secret.expose().trim())?;
    let key: [u8; COOKIE_KEY_BYTES] = bytes
        .as_slice()
        .try_into()
        .map_err(|_| CookieKeyError::Length(bytes.len()))?;
    let key = Zeroizing::new(key);
    if key.iter().all(|byte| *byte == key[0]) {
        return Err(CookieKeyError::Guessable);
    }
    Ok(key)
}

fn decode(text: &str) -> Result<Zeroizing<Vec<u8>>, CookieKeyError> {
    // Digits that are valid hex and 64 long can't be a 32-byte key in base64, which has 43 or 44.
    if let Ok(bytes) = hex::decode(text) {
        return Ok(Zeroizing::new(bytes));
    }
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())
        .map(Zeroizing::new)
        .ok_or(CookieKeyError::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemRandom;
    use proptest::prelude::*;

    fn keys(first_bytes: &[u8]) -> CookieKeys {
        let key = |seed: u8| {
            Zeroizing::new(std::array::from_fn(|at| {
                seed ^ u8::try_from(at).unwrap_or(0)
            }))
        };
        CookieKeys::new(first_bytes.iter().copied().map(key)).unwrap()
    }

    struct Broken;
    impl Random for Broken {
        fn fill(&self, _: &mut [u8]) -> Result<(), RandomUnavailable> {
            Err(RandomUnavailable)
        }
    }

    #[test]
    fn what_is_sealed_opens_with_any_key_and_only_the_same_words() {
        let old = keys(&[1]);
        let sealed = old.seal(b"relay", b"login", &SystemRandom).unwrap();
        assert_eq!(**old.open(&sealed, b"login").unwrap(), *b"relay");
        let rotated = keys(&[2, 1]);
        assert_eq!(**rotated.open(&sealed, b"login").unwrap(), *b"relay");
        assert!(rotated.open(&sealed, b"other").is_none());
        assert!(keys(&[2]).open(&sealed, b"login").is_none());
        let again = rotated.seal(b"relay", b"login", &SystemRandom).unwrap();
        assert!(keys(&[1]).open(&again, b"login").is_none(), "first seals");
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let keys = keys(&[7]);
        let sealed = keys.seal(b"x", b"", &SystemRandom).unwrap();
        assert_eq!(sealed.len(), NONCE_LEN + 1 + TAG_LEN);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.open(&changed, b"").is_none(), "byte {at}");
        }
    }

    #[test]
    fn no_randomness_means_no_cookie() {
        assert_eq!(keys(&[1]).seal(b"x", b"", &Broken), Err(RandomUnavailable));
    }

    #[test]
    fn reads_hex_and_both_base64s() {
        let bytes: [u8; 32] = std::array::from_fn(|at| 0xe0 | u8::try_from(at).unwrap());
        let standard = base64::engine::general_purpose::STANDARD.encode(bytes);
        let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
        let capital = hex::encode_upper(bytes);
        for text in [
            hex::encode(bytes),
            capital,
            standard,
            url,
            format!(" {} ", hex::encode(bytes)),
        ] {
            let key = parse(&Secret::new(text.clone())).unwrap();
            assert_eq!(key.as_slice(), bytes, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_key() {
        for (text, error) in [
            ("hello world!", CookieKeyError::Encoding),
            ("00112233", CookieKeyError::Length(4)),
            ("QUJD", CookieKeyError::Length(3)),
            (&"00".repeat(32), CookieKeyError::Guessable),
            (&"0f".repeat(33), CookieKeyError::Length(33)),
        ] {
            assert_eq!(parse(&Secret::new(text.to_owned())), Err(error), "{text}");
        }
        assert_eq!(CookieKeys::new([]).err(), Some(CookieKeyError::None));
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", keys(&[1, 2])), "CookieKeys(2 keys)");
    }

    proptest! {
        #[test]
        fn strangers_bytes_never_open(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(keys(&[9, 8]).open(&bytes, b"login").is_none());
        }

        #[test]
        fn any_text_is_carried(plain in proptest::collection::vec(any::<u8>(), 0..4096)) {
            let keys = keys(&[9]);
            let sealed = keys.seal(&plain, b"a", &SystemRandom).unwrap();
            prop_assert_eq!(keys.open(&sealed, b"a"), Some(Zeroizing::new(plain)));
        }
    }
}
