//! What an `EncryptedAssertion` may look like, before anyone computes anything
//! (SAML Core §2.3.4, §6.2; XML Encryption 1.1 §3).
//!
//! Two forms are common, and no other is accepted: the key inside the data's
//! `KeyInfo`, or beside the data and pointed to by a `RetrievalMethod`.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    keys::{Oaep, OaepHash},
    saml::{
        names::{DSIG_NS, ENC_NS, ENC11_NS, SHA256},
        xml::{Node, is_id},
    },
};

use super::Cipher;

const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";
const ENCRYPTED_KEY: &str = "http://www.w3.org/2001/04/xmlenc#EncryptedKey";
const OAEP_MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
const OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
/// The key transports that are accepted, by identifier.
pub const TRANSPORTS: [&str; 2] = [OAEP_MGF1P, OAEP];

const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const MGF1_SHA1: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha1";
const MGF1_SHA256: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha256";

/// The largest RSA key that is loaded has 8,192 bits.
const LARGEST_WRAPPED: usize = 1024;

/// What is wrong with the shape or an algorithm: nothing that depends on a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EncryptionProblem(String);

/// An encrypted element whose shape is acceptable. Whether it opens is another question.
#[derive(Debug, Clone)]
pub struct EncryptedShape {
    /// The content cipher.
    pub cipher: Cipher,
    /// How the content key is wrapped.
    pub transport: Oaep,
    /// The wrapped content key.
    pub(super) wrapped_key: Vec<u8>,
    /// The encrypted content.
    pub(super) content: Vec<u8>,
}

type Checked<T> = Result<T, EncryptionProblem>;

fn wrong<T>(what: impl Into<String>) -> Checked<T> {
    Err(EncryptionProblem(what.into()))
}

/// Checks the children of an `EncryptedAssertion`.
///
/// # Errors
/// [`EncryptionProblem`]: the first thing that is not as it must be.
pub fn check_encrypted(encrypted: Node<'_, '_>) -> Checked<EncryptedShape> {
    // As with signatures: to a reader that goes by local names, `x:Algorithm` is the algorithm.
    if encrypted
        .descendants()
        .any(Node::has_attributes_of_namespaces)
    {
        return wrong("an attribute of a foreign namespace stands in the encrypted assertion");
    }
    let mut children = encrypted.children();
    let Some(data) = children
        .next()
        .filter(|data| data.is(ENC_NS, "EncryptedData"))
    else {
        return wrong("the encrypted assertion does not begin with EncryptedData");
    };
    let beside = children.next();
    if children.next().is_some() {
        return wrong("the encrypted assertion holds more than data and one key");
    }
    if data.attribute("Type").is_some_and(|kind| kind != ELEMENT)
        || data.attribute("Encoding").is_some()
    {
        return wrong("EncryptedData is not of the type Element");
    }
    let [method, key_info, cipher_data] = exactly(data, "EncryptedData")?;
    let cipher = read_cipher(method)?;
    let key = find_key(data, key_info, beside)?;
    let (transport, wrapped_key) = read_key(key)?;
    Ok(EncryptedShape {
        cipher,
        transport,
        wrapped_key,
        content: read_value(cipher_data)?,
    })
}

fn exactly<'d, 'a, const N: usize>(node: Node<'d, 'a>, name: &str) -> Checked<[Node<'d, 'a>; N]> {
    let children: Vec<_> = node.children().take(N + 1).collect();
    children.try_into().map_err(|_| {
        EncryptionProblem(format!(
            "{name} does not hold exactly the {N} parts it must"
        ))
    })
}

fn read_cipher(method: Node<'_, '_>) -> Checked<Cipher> {
    if !method.is(ENC_NS, "EncryptionMethod") || method.children().next().is_some() {
        return wrong("the EncryptionMethod of the data is missing or has parameters");
    }
    let uri = method.attribute("Algorithm").unwrap_or_default();
    Cipher::from_uri(uri)
        .ok_or_else(|| EncryptionProblem(format!("content is encrypted with {uri:.100}")))
}

/// The one `EncryptedKey`: in the data's `KeyInfo`, or beside the data and pointed to.
fn find_key<'d, 'a>(
    data: Node<'d, 'a>,
    key_info: Node<'d, 'a>,
    beside: Option<Node<'d, 'a>>,
) -> Checked<Node<'d, 'a>> {
    if !key_info.is(DSIG_NS, "KeyInfo") {
        return wrong("EncryptedData has no KeyInfo");
    }
    let [inside] = exactly(key_info, "the KeyInfo of the data")?;
    match beside {
        None if inside.is(ENC_NS, "EncryptedKey") => Ok(inside),
        Some(key) if key.is(ENC_NS, "EncryptedKey") && points_to(inside, key) => {
            // A key beside the data may say what it is for: it must be this.
            match key.children_named(ENC_NS, "ReferenceList").next() {
                Some(list) if !lists_only(list, data) => {
                    wrong("the key beside the data is for something else")
                }
                _ => Ok(key),
            }
        }
        _ => wrong("the key is neither in the KeyInfo of the data nor beside it and pointed to"),
    }
}

fn points_to(method: Node<'_, '_>, key: Node<'_, '_>) -> bool {
    method.is(DSIG_NS, "RetrievalMethod")
        && method.children().next().is_none()
        && method.attribute("Type") == Some(ENCRYPTED_KEY)
        && is_reference(method, key)
}

fn lists_only(list: Node<'_, '_>, data: Node<'_, '_>) -> bool {
    let mut listed = list.children();
    match (listed.next(), listed.next()) {
        (Some(one), None) => {
            one.is(ENC_NS, "DataReference")
                && one.children().next().is_none()
                && is_reference(one, data)
        }
        _ => false,
    }
}

/// Whether `URI` is `#` and the plain identifier of `target`, and nothing cleverer.
fn is_reference(node: Node<'_, '_>, target: Node<'_, '_>) -> bool {
    target
        .attribute("Id")
        .filter(|id| is_id(id))
        .is_some_and(|id| node.attribute("URI") == Some(&format!("#{id}")))
}

fn read_key(key: Node<'_, '_>) -> Checked<(Oaep, Vec<u8>)> {
    let mut parts = key.children().peekable();
    let transport = match parts.next() {
        Some(method) if method.is(ENC_NS, "EncryptionMethod") => read_transport(method)?,
        _ => return wrong("the key has no EncryptionMethod"),
    };
    if let Some(info) = parts.next_if(|part| part.is(DSIG_NS, "KeyInfo")) {
        check_hint(info)?;
    }
    let wrapped = match parts.next() {
        Some(value) => read_value(value)?,
        None => return wrong("the key has no CipherData"),
    };
    let _ = parts.next_if(|part| part.is(ENC_NS, "ReferenceList"));
    if parts.next().is_some() {
        return wrong("the key holds more than method, hint, value and what it is for");
    }
    if wrapped.len() > LARGEST_WRAPPED {
        return wrong("the wrapped key is larger than any RSA key of ours");
    }
    Ok((transport, wrapped))
}

/// For whom the key is wrapped decides nothing; but it may not say where to fetch one.
fn check_hint(info: Node<'_, '_>) -> Checked<()> {
    let known = |hint: Node<'_, '_>| {
        hint.is(DSIG_NS, "X509Data") || hint.is(DSIG_NS, "KeyName") || hint.is(DSIG_NS, "KeyValue")
    };
    let own = |node: Node<'_, '_>| node.namespace() == Some(DSIG_NS);
    if info.children().all(known) && info.descendants().all(own) {
        return Ok(());
    }
    wrong("the KeyInfo of the key holds more than a hint")
}

/// RSA-OAEP with SHA-1 or SHA-256, for the label and for MGF1 each.
///
/// Left out, the digest and the mask generation of both identifiers are of
/// SHA-1 (XML Encryption 1.1 §5.5.2).
fn read_transport(method: Node<'_, '_>) -> Checked<Oaep> {
    let uri = method.attribute("Algorithm").unwrap_or_default();
    if uri != OAEP_MGF1P && uri != OAEP {
        return wrong(format!("the key is wrapped with {uri:.100}"));
    }
    let (mut digest, mut mask) = (None, None);
    for part in method.children() {
        let place = if part.is(DSIG_NS, "DigestMethod") {
            &mut digest
        } else if part.is(ENC11_NS, "MGF") && uri == OAEP {
            &mut mask
        } else {
            return wrong("the EncryptionMethod of the key has unknown parameters");
        };
        let algorithm = part.attribute("Algorithm").unwrap_or_default();
        if part.children().next().is_some() || place.replace(algorithm).is_some() {
            return wrong("the EncryptionMethod of the key has a parameter twice");
        }
    }
    let (digest, mask) = (digest.unwrap_or(SHA1), mask.unwrap_or(MGF1_SHA1));
    let label = match digest {
        SHA1 => Some(OaepHash::Sha1),
        SHA256 => Some(OaepHash::Sha256),
        _ => None,
    };
    let masks = match mask {
        MGF1_SHA1 => Some(OaepHash::Sha1),
        MGF1_SHA256 => Some(OaepHash::Sha256),
        _ => None,
    };
    match (label, masks) {
        (Some(label), Some(mask)) => Ok(Oaep { label, mask }),
        _ => wrong(format!("RSA-OAEP with {digest:.100} and {mask:.100}")),
    }
}

/// The bytes of `CipherData`: a `CipherValue`, never a `CipherReference`.
fn read_value(cipher_data: Node<'_, '_>) -> Checked<Vec<u8>> {
    if !cipher_data.is(ENC_NS, "CipherData") {
        return wrong("there is no CipherData where one must be");
    }
    let [value] = exactly(cipher_data, "CipherData")?;
    let text = value.text().filter(|_| value.is(ENC_NS, "CipherValue"));
    let Some(text) = text else {
        return wrong("CipherData does not hold a CipherValue");
    };
    let compact: String = text.split_ascii_whitespace().collect();
    BASE64_STANDARD
        .decode(compact)
        .map_err(|_| EncryptionProblem("a CipherValue is not base64".to_owned()))
}
