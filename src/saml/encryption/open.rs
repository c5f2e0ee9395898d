//! Opening what has the accepted shape.

use bergshamra::crypto::cipher;
use zeroize::Zeroizing;

use crate::keys::{DecryptionKey, DecryptionKeys};

use super::EncryptedShape;

/// Decrypts the content; `None` whenever that fails, for whatever reason.
///
/// Every key is tried, also behind the one that fits, and the content is
/// decrypted even when none did: so that the time it takes does not say which
/// of the two would not open. (What nothing unwrapped is thrown away, however
/// it decrypts: a key of zeros is one that anybody can encrypt with.)
#[must_use]
pub fn open(shape: &EncryptedShape, keys: &DecryptionKeys) -> Option<Zeroizing<Vec<u8>>> {
    let size = shape.cipher.key_bytes();
    let unwrap = |key: &DecryptionKey| key.unwrap_key(shape.transport, &shape.wrapped_key);
    let mut content_key = None;
    for unwrapped in keys.all().iter().map(unwrap) {
        let fitting = unwrapped.filter(|key| key.len() == size);
        content_key = content_key.or(fitting);
    }
    let unwrapped = content_key.is_some();
    let content_key = content_key.unwrap_or_else(|| Zeroizing::new(vec![0; size]));
    let content = cipher::from_uri(shape.cipher.uri())
        .and_then(|cipher| cipher.decrypt(&content_key, &shape.content));
    content.ok().filter(|_| unwrapped).map(Zeroizing::new)
}
