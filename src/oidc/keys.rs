//! The provider's keys (RFC 7517): only those that may verify an ID token are kept.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::core::CoreJsonWebKey;
use serde_json::{Map, Value};

use super::{
    error::{ErrorCode, ProviderError},
    json,
};

/// More keys than any provider has.
const MOST_KEYS: usize = 64;

/// The signature algorithms that are accepted, ever (RFC 7518 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Algorithm {
    Rs256,
    Ps256,
    Es256,
}

impl Algorithm {
    pub(super) const ALL: [Self; 3] = [Self::Rs256, Self::Ps256, Self::Es256];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
        }
    }

    /// The algorithm of exactly this name.
    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }

    const fn family(self) -> &'static str {
        match self {
            Self::Rs256 | Self::Ps256 => "RSA",
            Self::Es256 => "EC",
        }
    }
}

#[derive(Debug, Clone)]
struct Key {
    id: Option<String>,
    family: String,
    algorithm: Option<String>,
    public: CoreJsonWebKey,
}

/// The keys that may verify an ID token.
#[derive(Debug, Clone)]
pub struct KeySet(Vec<Key>);

impl KeySet {
    /// Reads a JWK set; keys that can't verify an ID token are left out.
    ///
    /// # Errors
    /// [`ErrorCode::Keys`] when it is no JWK set, holds too many, or none is left.
    pub fn read(bytes: &[u8]) -> Result<Self, ProviderError> {
        let wrong = |detail: String| ProviderError::new(ErrorCode::Keys, detail);
        let mut set = json::object(bytes).map_err(|error| wrong(format!("key set: {error}")))?;
        let Some(Value::Array(keys)) = set.remove("keys") else {
            return Err(wrong("the key set has no list `keys`".to_owned()));
        };
        if keys.len() > MOST_KEYS {
            return Err(wrong(format!("the key set has {} keys", keys.len())));
        }
        let (mut usable, mut left_out) = (Vec::new(), Vec::new());
        for key in keys {
            match usable_key(&key) {
                Ok(key) => usable.push(key),
                Err(why) => left_out.push(why),
            }
        }
        if usable.is_empty() {
            let why = left_out.first().copied().unwrap_or("it is empty");
            return Err(wrong(format!("no key of the key set can be used: {why}")));
        }
        Ok(Self(usable))
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never: a set without keys is not made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys that may have made a signature of this algorithm under this key ID.
    pub(super) fn candidates(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Vec<&CoreJsonWebKey> {
        let fits = |key: &&Key| {
            key.family == algorithm.family()
                && key
                    .algorithm
                    .as_deref()
                    .is_none_or(|bound| bound == algorithm.as_str())
                && id.is_none_or(|id| key.id.as_deref() == Some(id))
        };
        self.0.iter().filter(fits).map(|key| &key.public).collect()
    }
}

fn usable_key(value: &Value) -> Result<Key, &'static str> {
    let members = value.as_object().ok_or("it is no object")?;
    let purpose = members.get("use").map(Value::as_str);
    if purpose.is_some_and(|purpose| purpose != Some("sig")) {
        return Err("its `use` is not `sig`");
    }
    let verifies = |operations: &Value| {
        let operations = operations.as_array();
        operations.is_some_and(|all| all.iter().any(|one| one == "verify"))
    };
    if members.get("key_ops").is_some_and(|ops| !verifies(ops)) {
        return Err("its `key_ops` has no `verify`");
    }
    if ["d", "k", "p", "q"]
        .iter()
        .any(|part| members.contains_key(*part))
    {
        return Err("it holds private parts, so that anybody may sign with it");
    }
    let algorithm = match members.get("alg").map(Value::as_str) {
        None => None,
        Some(Some(name)) if Algorithm::of(name).is_some() => Some(name.to_owned()),
        Some(_) => return Err("its `alg` is none of RS256, PS256, ES256"),
    };
    let family = json::text(members, "kty").unwrap_or_default();
    match family {
        "RSA" => check_rsa(members)?,
        "EC" if json::text(members, "crv") == Some("P-256") => {}
        _ => return Err("it is neither an RSA nor a P-256 key"),
    }
    let id = match members.get("kid") {
        None => None,
        Some(Value::String(id)) => Some(id.clone()),
        Some(_) => return Err("its `kid` is no text"),
    };
    // Only what the key itself is made of goes on; everything else was judged above.
    let parts = ["kty", "kid", "n", "e", "crv", "x", "y"];
    let parts = parts.iter().filter_map(|name| {
        let value = members.get(*name)?;
        Some(((*name).to_owned(), value.clone()))
    });
    let parts: Map<String, Value> = parts.collect();
    let public = serde_json::from_value(Value::Object(parts)).map_err(|_| "it is damaged")?;
    Ok(Key {
        id,
        family: family.to_owned(),
        algorithm,
        public,
    })
}

fn check_rsa(members: &Map<String, Value>) -> Result<(), &'static str> {
    let part = |name| {
        let text = json::text(members, name).ok_or("it is damaged")?;
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| "it is damaged")?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        Ok::<_, &'static str>(bytes[zeros..].to_vec())
    };
    let (modulus, exponent) = (part("n")?, part("e")?);
    let bits = modulus.first().map_or(0, |first| {
        modulus.len() * 8 - first.leading_zeros() as usize
    });
    if !(2_048..=8_192).contains(&bits) {
        return Err("its RSA modulus has not 2048 to 8192 bits");
    }
    let odd = exponent.last().is_some_and(|last| last % 2 == 1);
    if !odd || exponent.len() > 4 || exponent == [1] {
        return Err("its RSA exponent is not sound");
    }
    Ok(())
}
