//! How the bridge proves itself at the token endpoint (OpenID Connect Core §9, RFC 6749 §2.3.1, RFC 7523).

use std::fmt;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use zeroize::Zeroizing;

use super::{
    provider::Discovery,
    settings::{AssertionAudience, ClientAuthMethod, ClientKeySettings, OidcSettings},
};
use crate::{
    clock::{Random, Timestamp, random_bytes},
    identity::{Refusal, RefusalCode},
    keys::SigningKey,
    settings::{Problem, Secret, SettingPath},
};

/// How long a token of ours may be used, in seconds.
const LIFETIME: i64 = 60;
/// RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What the bridge proves itself with.
pub enum ClientAuth {
    /// A secret that both know.
    Secret {
        /// The secret.
        secret: Secret,
        /// How it is sent; by what the provider lists if it is not said.
        method: Option<ClientAuthMethod>,
    },
    /// A key of our own.
    Key(Box<ClientKey>),
    /// Nothing yet: the provider gives it once it knows our redirect URI. Nobody signs in by it.
    Absent,
}

/// A key that signs the client's own tokens.
pub struct ClientKey {
    key: EncodingKey,
    header: Header,
    audience: AssertionAudience,
}

impl fmt::Debug for ClientAuth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Secret { .. } => "ClientAuth::Secret(…)",
            Self::Key(_) => "ClientAuth::Key(…)",
            Self::Absent => "ClientAuth::Absent",
        })
    }
}

/// What goes into a request to the token endpoint; wiped afterwards.
pub(super) struct Proof {
    authorization: Option<Secret>,
    form: Vec<(&'static str, Secret)>,
}

impl Proof {
    /// The header, if it goes there.
    pub(super) fn authorization(&self) -> Option<&str> {
        self.authorization.as_ref().map(Secret::expose)
    }

    /// The fields, if it goes there.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.form
            .iter()
            .map(|(name, value)| (*name, value.expose()))
    }
}

impl ClientAuth {
    /// Reads secret or key.
    ///
    /// # Errors
    /// What is wrong, with paths as seen from `[idp.NAME]`.
    pub fn load(settings: &OidcSettings) -> Result<Self, Problem> {
        let root = SettingPath::root();
        match (&settings.client_secret, &settings.client_key) {
            (Some(source), None) => {
                let secret = source
                    .read()
                    .map_err(|error| source.problem(root.join("client_secret"), &error))?;
                Ok(Self::Secret {
                    secret,
                    method: settings.client_auth,
                })
            }
            (None, Some(key)) => Ok(Self::Key(Box::new(ClientKey::load(key)?))),
            _ => Err(Problem::error(
                root,
                "the client needs exactly one of `client_secret` and `client_key`",
                "Give the one that was agreed with the provider.",
            )),
        }
    }

    pub(super) fn prove(
        &self,
        client_id: &str,
        issuer: &str,
        discovery: &Discovery,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Proof, Refusal> {
        match self {
            Self::Secret { secret, method } => {
                let method = method.unwrap_or_else(|| by_discovery(discovery));
                Ok(with_secret(client_id, secret, method))
            }
            Self::Key(key) => {
                let audience = match key.audience {
                    AssertionAudience::Issuer => issuer,
                    AssertionAudience::TokenEndpoint => discovery.token_endpoint.as_str(),
                };
                let assertion = key.sign(client_id, audience, now, random)?;
                Ok(Proof {
                    authorization: None,
                    form: vec![
                        ("client_id", Secret::new(client_id.to_owned())),
                        (
                            "client_assertion_type",
                            Secret::new(ASSERTION_TYPE.to_owned()),
                        ),
                        ("client_assertion", Secret::new(assertion)),
                    ],
                })
            }
            Self::Absent => Err(Refusal::new(
                RefusalCode::OidcUnavailable,
                "the client has neither secret nor key yet",
            )),
        }
    }
}

/// The header keeps the secret out of forms that are logged, so it goes first.
fn by_discovery(discovery: &Discovery) -> ClientAuthMethod {
    let lists = |method: ClientAuthMethod| {
        discovery
            .auth_methods
            .iter()
            .any(|one| one == method.as_str())
    };
    let (basic, post) = (
        ClientAuthMethod::ClientSecretBasic,
        ClientAuthMethod::ClientSecretPost,
    );
    if !lists(basic) && lists(post) {
        post
    } else {
        basic
    }
}

fn with_secret(client_id: &str, secret: &Secret, method: ClientAuthMethod) -> Proof {
    if method == ClientAuthMethod::ClientSecretPost {
        return Proof {
            authorization: None,
            form: vec![
                ("client_id", Secret::new(client_id.to_owned())),
                ("client_secret", secret.clone()),
            ],
        };
    }
    // Both are form-encoded before base64 (RFC 6749 §2.3.1).
    let encoded = |text: &str| {
        Zeroizing::new(form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>())
    };
    let (client_id, secret) = (encoded(client_id), encoded(secret.expose()));
    let pair = Zeroizing::new(format!("{}:{}", *client_id, *secret));
    let pair = Zeroizing::new(BASE64_STANDARD.encode(&*pair));
    Proof {
        authorization: Some(Secret::new(format!("Basic {}", *pair))),
        form: Vec::new(),
    }
}

impl ClientKey {
    fn load(settings: &ClientKeySettings) -> Result<Self, Problem> {
        let at = SettingPath::root().join("client_key");
        let secret = settings
            .private_key
            .read()
            .map_err(|error| settings.private_key.problem(at.join("private_key"), &error))?;
        let certificate = std::fs::read(&settings.certificate).map_err(|error| {
            let message = format!("{}: {error}", settings.certificate.display());
            Problem::error(
                at.join("certificate"),
                message,
                "Check the path, and that this user may read it.",
            )
        })?;
        let wrong = |why: String| {
            Problem::error(
                at.clone(),
                why,
                "Make a pair by `flexbridge keys generate`, and enter its certificate at the provider.",
            )
        };
        // Checks that the two belong together and that the key is a sound one.
        let pair = SigningKey::from_pem(&certificate, &secret)
            .map_err(|error| wrong(error.to_string()))?;
        let key = EncodingKey::from_rsa_pem(secret.expose().as_bytes())
            .map_err(|_| wrong("the private key is not an RSA key in PEM".to_owned()))?;
        let thumbprint = |algorithm| {
            let hash = digest(algorithm, pair.certificate_der());
            BASE64_URL_SAFE_NO_PAD.encode(hash.as_ref())
        };
        let mut header = Header::new(Algorithm::RS256);
        header.kid.clone_from(&settings.key_id);
        // A name of the certificate, not a proof of anything; some providers know no other.
        header.x5t = Some(thumbprint(&SHA1_FOR_LEGACY_USE_ONLY));
        header.x5t_s256 = Some(thumbprint(&SHA256));
        Ok(Self {
            key,
            header,
            audience: settings.audience,
        })
    }

    fn sign(
        &self,
        client_id: &str,
        audience: &str,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<String, Refusal> {
        let issued = now.timestamp();
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "jti": hex::encode(random_bytes::<16>(random)?),
            "iat": issued,
            "nbf": issued,
            "exp": issued + LIFETIME,
        });
        encode(&self.header, &claims, &self.key)
            .map_err(|error| Refusal::new(RefusalCode::SigningFailed, error.to_string()))
    }
}
