//! New keys, and writing them where nothing was before.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use chrono::Datelike;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256,
    RsaKeySize, date_time_ymd,
};
use zeroize::Zeroizing;

use super::{COOKIE_KEY_BYTES, PairError, SigningKey};
use crate::{
    clock::{Random, RandomUnavailable, Timestamp, random_bytes},
    settings::{Secret, SecretError, SecretSource},
};

/// Flex has one field for our certificate and changing it is a cut-over, so it lasts.
const YEARS: i32 = 10;

/// The size of a new RSA key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RsaBits {
    /// 2,048 bits: what Flex is known to take, and the fastest.
    #[default]
    Rsa2048,
    /// 3,072 bits.
    Rsa3072,
    /// 4,096 bits.
    Rsa4096,
}

/// Why no key was made or written.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The random source failed.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// The library made no key or certificate.
    #[error("no key pair could be made: {0}")]
    Make(#[from] rcgen::Error),
    /// What was made does not load; nothing was written.
    #[error("the new key pair does not load: {0}")]
    Check(#[from] PairError),
    /// The private key that is there can't be read.
    #[error(transparent)]
    Read(#[from] SecretError),
    /// There is a file already; it stays as it is.
    #[error("{path} exists already, and a key is never overwritten", path = .0.display())]
    Exists(PathBuf),
    /// The file can't be written.
    #[error("{path}: {cause}", path = .0.display(), cause = .1)]
    Write(PathBuf, io::Error),
}

/// A new key pair; not written anywhere yet.
#[derive(Debug)]
pub struct GeneratedPair {
    /// The certificate, PEM.
    pub certificate_pem: String,
    /// The private key, PEM (PKCS#8).
    pub private_key_pem: Secret,
    /// The pair, loaded the way the bridge will load it.
    pub key: SigningKey,
}

/// Makes an RSA key with a self-signed certificate that begins today and lasts ten years.
///
/// # Errors
/// [`GenerateError`] when the library fails.
pub fn generate_pair(
    common_name: &str,
    bits: RsaBits,
    now: Timestamp,
) -> Result<GeneratedPair, GenerateError> {
    make(common_name, bits, now, KeyUsagePurpose::DigitalSignature)
}

/// The same for a key that decrypts: its certificate says so, and careful partners look.
///
/// # Errors
/// [`GenerateError`] when the library fails.
pub fn generate_decryption_pair(
    common_name: &str,
    bits: RsaBits,
    now: Timestamp,
) -> Result<GeneratedPair, GenerateError> {
    make(common_name, bits, now, KeyUsagePurpose::KeyEncipherment)
}

fn make(
    common_name: &str,
    bits: RsaBits,
    now: Timestamp,
    usage: KeyUsagePurpose,
) -> Result<GeneratedPair, GenerateError> {
    let size = match bits {
        RsaBits::Rsa2048 => RsaKeySize::_2048,
        RsaBits::Rsa3072 => RsaKeySize::_3072,
        RsaBits::Rsa4096 => RsaKeySize::_4096,
    };
    certify(
        &KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, size)?,
        common_name,
        now,
        usage,
    )
}

/// Makes a new self-signed certificate over a private key (a file, PEM, PKCS#8) that signs already. To
/// whoever pinned the old certificate nothing changes: what verifies is the key.
///
/// # Errors
/// [`GenerateError`] when the key can't be used.
pub fn renew_certificate(
    private_key: &Path,
    common_name: &str,
    now: Timestamp,
) -> Result<GeneratedPair, GenerateError> {
    let private_key = SecretSource::File(private_key.to_owned()).read()?;
    let pair = KeyPair::from_pem_and_sign_algo(private_key.expose(), &PKCS_RSA_SHA256)
        .map_err(|_| PairError::PrivateKey("there is no unencrypted RSA key in PEM in it"))?;
    certify(&pair, common_name, now, KeyUsagePurpose::DigitalSignature)
}

fn certify(
    pair: &KeyPair,
    common_name: &str,
    now: Timestamp,
    usage: KeyUsagePurpose,
) -> Result<GeneratedPair, GenerateError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.key_usages = vec![usage];
    // The 29th of February has no tenth birthday.
    let (month, day) = (u8_of(now.month()), u8_of(now.day()).min(28));
    params.not_before = date_time_ymd(now.year(), month, day);
    params.not_after = date_time_ymd(now.year() + YEARS, month, day);
    let certificate_pem = params.self_signed(pair)?.pem();
    let private_key_pem = Secret::new(pair.serialize_pem());
    let key = SigningKey::from_pem(certificate_pem.as_bytes(), &private_key_pem)?;
    Ok(GeneratedPair {
        certificate_pem,
        private_key_pem,
        key,
    })
}

/// A month or day, which fits.
fn u8_of(number: u32) -> u8 {
    u8::try_from(number).unwrap_or(1)
}

/// Makes a cookie key: 32 random bytes as hex.
///
/// # Errors
/// [`RandomUnavailable`] when the random source fails.
pub fn generate_cookie_key(random: &dyn Random) -> Result<Secret, RandomUnavailable> {
    let bytes: Zeroizing<[u8; COOKIE_KEY_BYTES]> = Zeroizing::new(random_bytes(random)?);
    Ok(Secret::new(hex::encode(bytes.as_slice())))
}

/// Writes a pair: the private key for its owner alone, the certificate for everyone.
///
/// # Errors
/// [`GenerateError::Exists`] when either file is there already: then neither is written.
pub fn write_pair(
    pair: &GeneratedPair,
    certificate: &Path,
    private_key: &Path,
) -> Result<(), GenerateError> {
    // Asked first so that one file in the way leaves no half of a pair behind;
    // `create_new` below is what makes it certain.
    if let Some(there) = [certificate, private_key]
        .into_iter()
        .find(|path| path.exists())
    {
        return Err(GenerateError::Exists(there.to_owned()));
    }
    write_new(private_key, pair.private_key_pem.expose(), 0o600)?;
    write_new(certificate, &pair.certificate_pem, 0o644)
}

/// Writes the certificate of a pair whose private key is where it was.
///
/// # Errors
/// [`GenerateError::Exists`] when the file is there already.
pub fn write_certificate(pair: &GeneratedPair, certificate: &Path) -> Result<(), GenerateError> {
    write_new(certificate, &pair.certificate_pem, 0o644)
}

/// Writes a cookie key for its owner alone.
///
/// # Errors
/// [`GenerateError::Exists`] when the file is there already.
pub fn write_cookie_key(key: &Secret, path: &Path) -> Result<(), GenerateError> {
    write_new(path, &format!("{}\n", key.expose()), 0o600)
}

fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), GenerateError> {
    let failed = |cause: io::Error| match cause.kind() {
        io::ErrorKind::AlreadyExists => GenerateError::Exists(path.to_owned()),
        _ => GenerateError::Write(path.to_owned(), cause),
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(failed)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)
}
