//! Proving an ID token (OpenID Connect Core §3.1.3.7, RFC 8725).
//!
//! The token is read strictly here first: shape, header, exact types, nothing twice. Then
//! openidconnect verifies signature, issuer, audience, times and nonce with a key that was
//! chosen here; then follow the checks that it leaves to its callers.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use openidconnect::{
    ClaimsVerificationError, ClientId, IssuerUrl, JsonWebKeySet, Nonce,
    core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    callback::bounded,
    json,
    keys::{Algorithm, KeySet},
    provider::Discovery,
};
use crate::{
    clock::Timestamp,
    identity::{Refusal, RefusalCode},
};

/// Longer than any ID token, in bytes.
const LONGEST: usize = 128 * 1024;
/// Longer than OpenID Connect allows a `sub` to be (Core §2), in bytes.
const LONGEST_SUBJECT: usize = 255;
/// No set of keys makes a token cost more verifications than this.
const MOST_TRIES: usize = 4;
/// Header members that bring or name a key, or change what is signed (RFC 7515 §4.1, RFC 7797).
const FORBIDDEN: [&str; 9] = [
    "jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc", "cty",
];

/// A stage of the verification, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Three parts; header and claims are JSON objects with nothing twice.
    Shape,
    /// An accepted algorithm, and nothing that brings a key.
    Header,
    /// The provider has a key for it.
    Key,
    /// Signature, issuer, audience and times.
    Signature,
    /// Everything else that it says.
    Claims,
}

impl Check {
    /// All, in the order in which they are made.
    pub const ALL: [Self; 5] = [
        Self::Shape,
        Self::Header,
        Self::Key,
        Self::Signature,
        Self::Claims,
    ];

    /// The stage in a few words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shape => "three parts, JSON objects, nothing twice",
            Self::Header => "an accepted algorithm, no key of its own",
            Self::Key => "the provider has a key for it",
            Self::Signature => "signature, issuer, audience, not over",
            Self::Claims => "authorised party, times, hash, subject",
        }
    }
}

/// What an ID token must fit to.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The provider's issuer.
    pub issuer: &'a str,
    /// Our client ID there.
    pub client_id: &'a str,
    /// Audiences that are fine besides us.
    pub trusted_audiences: &'a [String],
    /// The login's nonce; `None` only where a sample is explained.
    pub nonce: Option<&'a str>,
    /// The access token that came with it.
    pub access_token: Option<&'a str>,
    /// How far the provider's clock may be off.
    pub skew: TimeDelta,
}

/// An ID token that was proven; only [`verify`] makes one. `Debug` shows nothing of the person.
#[derive(Clone)]
pub struct VerifiedIdToken {
    pub(super) subject: String,
    pub(super) claims: Map<String, Value>,
    pub(super) instant: Timestamp,
    pub(super) auth_time: Option<Timestamp>,
}

impl std::fmt::Debug for VerifiedIdToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "VerifiedIdToken({} claims)", self.claims.len())
    }
}

struct Parts<'a> {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    whole: &'a str,
}

/// Proves a token as of `now`, and tells `passed` each stage that was passed.
///
/// # Errors
/// A refusal. `oidc.key` and `oidc.signature` may be mended by newer keys.
pub fn verify(
    token: &str,
    discovery: &Discovery,
    keys: &KeySet,
    expected: &Expected<'_>,
    now: Timestamp,
    passed: &mut dyn FnMut(Check),
) -> Result<VerifiedIdToken, Refusal> {
    let parts = parts(token)?;
    passed(Check::Shape);
    let algorithm = check_header(&parts.header, discovery)?;
    passed(Check::Header);
    let id = match parts.header.get("kid") {
        None => None,
        Some(Value::String(id)) => Some(id.as_str()),
        Some(_) => return Err(malformed("`kid` is no text")),
    };
    let candidates = keys.candidates(id, algorithm);
    if candidates.is_empty() || candidates.len() > MOST_TRIES {
        let id = id.map_or_else(|| "none".to_owned(), bounded);
        let detail = format!(
            "{} keys fit the algorithm {} and key ID {id}",
            candidates.len(),
            algorithm.as_str()
        );
        return Err(Refusal::new(RefusalCode::OidcKey, detail));
    }
    passed(Check::Key);
    check_types(&parts.claims)?;
    check_signature(&parts, &candidates, algorithm, expected, now)?;
    passed(Check::Signature);
    let verified = check_claims(parts.claims, expected, now)?;
    passed(Check::Claims);
    Ok(verified)
}

/// When a token says it was issued; nothing of it is proven.
#[must_use]
pub fn issued_at(token: &str) -> Option<Timestamp> {
    time(&parts(token).ok()?.claims, "iat").ok()?
}

/// Whether a text looks like a token: three parts of base64url, the first a JSON object.
#[must_use]
pub fn looks_like_token(text: &str) -> bool {
    parts(text).is_ok()
}

fn malformed(detail: impl Into<String>) -> Refusal {
    Refusal::new(RefusalCode::OidcIdToken, detail)
}

fn parts(token: &str) -> Result<Parts<'_>, Refusal> {
    if token.len() > LONGEST {
        return Err(malformed("the ID token is longer than 128 KiB"));
    }
    let mut split = token.split('.');
    let (Some(header), Some(claims), Some(signature), None) =
        (split.next(), split.next(), split.next(), split.next())
    else {
        return Err(malformed("the ID token has not three parts"));
    };
    let object = |part: &str, name: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(part)
            .map_err(|_| malformed(format!("the ID token's {name} is not base64url")))?;
        json::object(&bytes).map_err(|error| malformed(format!("the ID token's {name}: {error}")))
    };
    if BASE64_URL_SAFE_NO_PAD.decode(signature).is_err() {
        return Err(malformed("the ID token's signature is not base64url"));
    }
    Ok(Parts {
        header: object(header, "header")?,
        claims: object(claims, "claims")?,
        whole: token,
    })
}

fn check_header(header: &Map<String, Value>, discovery: &Discovery) -> Result<Algorithm, Refusal> {
    let wrong = |detail: String| Refusal::new(RefusalCode::OidcAlgorithm, detail);
    if let Some(name) = FORBIDDEN.iter().find(|name| header.contains_key(**name)) {
        return Err(wrong(format!("the ID token's header has `{name}`")));
    }
    let kind = header
        .get("typ")
        .map(|kind| kind.as_str().unwrap_or_default());
    let is_id_token = |kind: &str| {
        kind.eq_ignore_ascii_case("JWT") || kind.eq_ignore_ascii_case("application/jwt")
    };
    // Another kind of token, signed by the same key, must not pass for this one (RFC 8725 §3.11).
    if kind.is_some_and(|kind| !is_id_token(kind)) {
        return Err(malformed("the token's `typ` is not that of an ID token"));
    }
    let name = json::text(header, "alg").unwrap_or_default();
    Algorithm::of(name)
        .filter(|known| discovery.algorithms.contains(known))
        .ok_or_else(|| wrong(format!("the ID token's `alg` is \"{}\"", bounded(name))))
}

/// Exact types, before anybody reads them more kindly.
fn check_types(claims: &Map<String, Value>) -> Result<(), Refusal> {
    for name in ["iss", "sub"] {
        if json::text(claims, name).is_none() {
            return Err(malformed(format!("`{name}` is missing, or no text")));
        }
    }
    if audiences(claims).is_none() {
        return Err(malformed("`aud` is neither a text nor a list of texts"));
    }
    for name in ["nonce", "azp", "at_hash", "acr"] {
        if claims.get(name).is_some_and(|value| !value.is_string()) {
            return Err(malformed(format!("`{name}` is no text")));
        }
    }
    for name in ["exp", "iat"] {
        if time(claims, name)?.is_none() {
            return Err(malformed(format!("`{name}` is missing")));
        }
    }
    for name in ["nbf", "auth_time"] {
        time(claims, name)?;
    }
    Ok(())
}

fn audiences(claims: &Map<String, Value>) -> Option<Vec<&str>> {
    match claims.get("aud")? {
        Value::String(one) => Some(vec![one.as_str()]),
        Value::Array(_) => json::texts(claims, "aud").filter(|all| !all.is_empty()),
        _ => None,
    }
}

/// A `NumericDate` (RFC 7519 §2): seconds since 1970, as a number; fractions are cut off.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let wrong = || malformed(format!("`{name}` is no time"));
    let seconds = match claims.get(name) {
        None => return Ok(None),
        Some(Value::Number(number)) => number,
        Some(_) => return Err(wrong()),
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "out of range saturates, and is then no time"
    )]
    let seconds = seconds
        .as_i64()
        .or_else(|| seconds.as_f64().map(|float| float.floor() as i64))
        .ok_or_else(wrong)?;
    Timestamp::from_timestamp(seconds, 0)
        // Far from the ends of what can be told, so that skew never overflows.
        .filter(|time| (1..=253_402_300_799).contains(&time.timestamp()))
        .map(Some)
        .ok_or_else(wrong)
}

fn check_signature(
    parts: &Parts<'_>,
    candidates: &[&CoreJsonWebKey],
    algorithm: Algorithm,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let token: CoreIdToken = parts
        .whole
        .parse()
        .map_err(|_| malformed("a standard claim has another type than OpenID Connect says"))?;
    let mut refused = Refusal::from(RefusalCode::OidcKey);
    for key in candidates {
        match check_with(&token, (*key).clone(), algorithm, expected, now) {
            Ok(()) => return Ok(()),
            Err(refusal) => refused = refusal,
        }
        if refused.code != RefusalCode::OidcSignature {
            break;
        }
    }
    Err(refused)
}

fn check_with(
    token: &CoreIdToken,
    key: CoreJsonWebKey,
    algorithm: Algorithm,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let issuer = IssuerUrl::new(expected.issuer.to_owned())
        .map_err(|error| Refusal::new(RefusalCode::OidcIssuer, error.to_string()))?;
    let algorithm = match algorithm {
        Algorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        Algorithm::Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
        Algorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    };
    // The key was chosen by its ID already.
    let client = ClientId::new(expected.client_id.to_owned());
    let trusted = expected.trusted_audiences;
    let verifier =
        CoreIdTokenVerifier::new_public_client(client, issuer, JsonWebKeySet::new(vec![key]))
            .set_allowed_algs([algorithm])
            .set_other_audience_verifier_fn(|other| trusted.iter().any(|one| one == other.as_str()))
            .set_time_fn(move || now - expected.skew);
    let nonce = |seen: Option<&Nonce>| match expected.nonce {
        None => Ok(()),
        Some(asked) if seen.is_some_and(|seen| seen.secret() == asked) => Ok(()),
        Some(_) => Err("another".to_owned()),
    };
    token
        .claims(&verifier, nonce)
        .map(drop)
        .map_err(|error| refusal(&error))
}

fn refusal(error: &ClaimsVerificationError) -> Refusal {
    use ClaimsVerificationError as Error;
    match error {
        // Its own words would hold the nonce or the key.
        Error::InvalidNonce(_) => RefusalCode::OidcNonce.into(),
        Error::SignatureVerification(_) => RefusalCode::OidcSignature.into(),
        Error::Expired(why) => Refusal::new(RefusalCode::OidcTime, bounded(why)),
        Error::InvalidAudience(why) => Refusal::new(RefusalCode::OidcAudience, bounded(why)),
        Error::InvalidIssuer(why) => Refusal::new(RefusalCode::OidcIssuer, bounded(why)),
        other => malformed(bounded(&other.to_string())),
    }
}

/// What openidconnect leaves to its callers.
fn check_claims(
    claims: Map<String, Value>,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<VerifiedIdToken, Refusal> {
    check_audience(&claims, expected)?;
    let latest = now + expected.skew;
    for name in ["iat", "nbf"] {
        if time(&claims, name)?.is_some_and(|time| time > latest) {
            let detail = format!("`{name}` is in the future");
            return Err(Refusal::new(RefusalCode::OidcTime, detail));
        }
    }
    if let Some(hash) = json::text(&claims, "at_hash") {
        let fits = expected
            .access_token
            .is_none_or(|token| left_half(token) == hash);
        if !fits {
            return Err(RefusalCode::OidcAccessToken.into());
        }
    }
    let subject = json::text(&claims, "sub").unwrap_or_default().to_owned();
    if subject.trim().is_empty() || subject.len() > LONGEST_SUBJECT {
        return Err(malformed("`sub` is empty, or longer than 255 bytes"));
    }
    let issued = time(&claims, "iat")?.unwrap_or(now);
    let auth_time = time(&claims, "auth_time")?;
    Ok(VerifiedIdToken {
        subject,
        claims,
        instant: auth_time.unwrap_or(issued),
        auth_time,
    })
}

/// `azp` (Core §3.1.3.7, 4 and 5): whom the token was issued to, if not to its audience alone.
fn check_audience(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), Refusal> {
    let wrong = |detail: &str| Err(Refusal::new(RefusalCode::OidcAudience, detail));
    let several = audiences(claims).is_some_and(|all| all.len() > 1);
    match json::text(claims, "azp") {
        Some(party) if party != expected.client_id => wrong("`azp` is another client"),
        None if several => wrong("there are several audiences and no `azp`"),
        _ => Ok(()),
    }
}

/// `at_hash` (Core §3.1.3.6); every accepted algorithm uses SHA-256.
fn left_half(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}
