//! From `[keys]` to keys in memory, with everything that is wrong at once.

use std::{fs::File, io::Read, path::Path, sync::Arc};

use super::{
    AgentKey, AssertionKeys, CookieKeyError, CookieKeys, DecryptionKey, DecryptionKeys,
    KeyPairSource, PairError, Settings, SigningKey, cookie,
};
use crate::{
    clock::Timestamp,
    settings::{Problem, SecretSource, SettingPath, Severity},
};

/// The largest certificate file that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

/// The administrator is told this many days before a certificate ends.
const SOON: i64 = 30;

const SIGNING_MEND: &str = "Flex goes on accepting it, yet plan the change: put a new pair behind this one, give its certificate to Flex, then put it first.";
const DECRYPTION_MEND: &str = "Some identity providers stop encrypting for it: put a new pair first, let them read our metadata again, and take this one out once they have.";

/// The bridge's keys, in memory.
#[derive(Debug, Clone)]
pub struct Keys {
    /// What seals the cookies.
    pub cookie: Arc<CookieKeys>,
    /// What signs for Flex.
    pub assertion: Arc<AssertionKeys>,
    /// What opens encrypted assertions.
    pub decryption: Arc<DecryptionKeys>,
    /// What pseudonyms are made with, where one is configured.
    pub agent: Option<AgentKey>,
    /// What the administrator should know, such as a certificate that ends soon.
    pub warnings: Vec<Problem>,
}

/// Reads every key, once. Paths of problems are relative to `[keys]`.
///
/// # Errors
/// Everything that is wrong, warnings included.
pub fn load(settings: &Settings, now: Timestamp) -> Result<Keys, Vec<Problem>> {
    let mut problems = Vec::new();
    let cookie = load_cookie(&settings.cookie, &mut problems);
    let assertion = load_assertion(&settings.assertion, now, &mut problems);
    let decryption = load_decryption(&settings.decryption, now, &mut problems);
    let agent = (settings.agent.as_ref()).and_then(|source| load_agent(source, &mut problems));
    let sound = problems
        .iter()
        .all(|problem| problem.severity == Severity::Warning);
    match (cookie, assertion) {
        (Some(cookie), Some(assertion)) if sound => Ok(Keys {
            cookie: Arc::new(cookie),
            assertion: Arc::new(assertion),
            decryption: Arc::new(decryption),
            agent,
            warnings: problems,
        }),
        _ => Err(problems),
    }
}

fn load_cookie(sources: &[SecretSource], problems: &mut Vec<Problem>) -> Option<CookieKeys> {
    let at = SettingPath::root().join("cookie");
    if sources.is_empty() {
        problems.push(cookie_problem(at, CookieKeyError::None));
        return None;
    }
    let mut keys = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let at = at.join(index);
        problems.extend(source.exposed(at.clone()));
        match source.read() {
            Err(error) => problems.push(source.problem(at, &error)),
            Ok(secret) => match cookie::parse(&secret) {
                Ok(key) if keys.contains(&key) => problems.push(Problem::error(
                    at,
                    "this cookie key is there twice",
                    "Leave one of them out.",
                )),
                Ok(key) => keys.push(key),
                Err(error) => problems.push(cookie_problem(at, error)),
            },
        }
    }
    CookieKeys::new(keys).ok()
}

fn load_agent(source: &SecretSource, problems: &mut Vec<Problem>) -> Option<AgentKey> {
    let at = SettingPath::root().join("agent");
    problems.extend(source.exposed(at.clone()));
    let secret = source
        .read()
        .map_err(|error| problems.push(source.problem(at.clone(), &error)))
        .ok()?;
    AgentKey::parse(&secret)
        .map_err(|error| {
            let message = error.to_string().replace("cookie key", "key");
            let mend = "Make one with `flexbridge keys generate cookie` (any 32 random bytes will do), and give every node the same.";
            problems.push(Problem::error(at, message, mend));
        })
        .ok()
}

fn cookie_problem(at: SettingPath, error: CookieKeyError) -> Problem {
    Problem::error(
        at,
        error.to_string(),
        "Make one with `flexbridge keys generate cookie`: 32 random bytes as hex or base64.",
    )
}

fn load_assertion(
    sources: &[KeyPairSource],
    now: Timestamp,
    problems: &mut Vec<Problem>,
) -> Option<AssertionKeys> {
    let at = SettingPath::root().join("assertion");
    if sources.is_empty() {
        problems.push(Problem::error(
            at,
            "there is no key to sign with",
            "Make one with `flexbridge keys generate assertion` and name it here.",
        ));
        return None;
    }
    let pairs = load_pairs(sources, &at, now, SIGNING_MEND, problems);
    AssertionKeys::new(pairs).ok()
}

fn load_decryption(
    sources: &[KeyPairSource],
    now: Timestamp,
    problems: &mut Vec<Problem>,
) -> DecryptionKeys {
    let at = SettingPath::root().join("decryption");
    let pairs = load_pairs(sources, &at, now, DECRYPTION_MEND, problems);
    let keys = pairs.into_iter().filter_map(|pair| {
        DecryptionKey::new(pair)
            .map_err(|error| problems.push(pair_problem(&at, &error)))
            .ok()
    });
    DecryptionKeys::new(keys.collect())
}

fn load_pairs(
    sources: &[KeyPairSource],
    at: &SettingPath,
    now: Timestamp,
    mend: &'static str,
    problems: &mut Vec<Problem>,
) -> Vec<SigningKey> {
    let mut keys: Vec<SigningKey> = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let at = at.join(index);
        let Some(key) = load_pair(source, &at, problems) else {
            continue;
        };
        if keys
            .iter()
            .any(|known| known.fingerprint() == key.fingerprint())
        {
            problems.push(Problem::error(
                at,
                "this certificate is there twice",
                "Leave one of them out.",
            ));
            continue;
        }
        problems.extend(expiry(&key, &at.join("certificate"), now, mend));
        keys.push(key);
    }
    keys
}

fn load_pair(
    source: &KeyPairSource,
    at: &SettingPath,
    problems: &mut Vec<Problem>,
) -> Option<SigningKey> {
    let certificate = read_bounded(&source.certificate)
        .map_err(|cause| {
            problems.push(Problem::error(
                at.join("certificate"),
                format!("{}: {cause}", source.certificate.display()),
                "Check the path, seen from the working directory, or make a pair with `flexbridge keys generate assertion`.",
            ));
        })
        .ok();
    problems.extend(source.private_key.exposed(at.join("private_key")));
    let private_key = source
        .private_key
        .read()
        .map_err(|error| {
            let at = at.join("private_key");
            problems.push(source.private_key.problem(at, &error));
        })
        .ok();
    SigningKey::from_pem(&certificate?, &private_key?)
        .map_err(|error| problems.push(pair_problem(at, &error)))
        .ok()
}

fn pair_problem(at: &SettingPath, error: &PairError) -> Problem {
    let (at, mend) = match error {
        PairError::Certificate(_) => (
            at.join("certificate"),
            "Give one X.509 certificate in PEM (-----BEGIN CERTIFICATE-----).",
        ),
        PairError::PrivateKey(_) => (
            at.join("private_key"),
            "Give an unencrypted RSA key of at least 2048 bits in PEM (-----BEGIN PRIVATE KEY-----), or make a pair with `flexbridge keys generate assertion`.",
        ),
        PairError::Mismatch => (
            at.clone(),
            "Name the certificate that was made for this private key.",
        ),
    };
    Problem::error(at, error.to_string(), mend)
}

/// Partners compare the certificate and not its dates, so a late one still works: a warning.
fn expiry(
    key: &SigningKey,
    at: &SettingPath,
    now: Timestamp,
    mend: &'static str,
) -> Option<Problem> {
    let days = (key.not_after() - now).num_days();
    let day = key.not_after().format("%Y-%m-%d");
    if key.not_after() <= now {
        let message = format!("the certificate ended on {day}");
        return Some(Problem::warning(at.clone(), message, mend));
    }
    if key.not_before() > now {
        let message = format!(
            "the certificate begins only on {}",
            key.not_before().format("%Y-%m-%d")
        );
        let mend = "Check this machine's clock, and whether this is the certificate you mean.";
        return Some(Problem::warning(at.clone(), message, mend));
    }
    (days < SOON).then(|| {
        let message = format!("the certificate ends in {days} days, on {day}");
        Problem::warning(at.clone(), message, mend)
    })
}

/// Reads a file that isn't secret, up to 64 KiB.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(std::io::Error::other("the file is larger than 64 KiB"));
    }
    Ok(bytes)
}
