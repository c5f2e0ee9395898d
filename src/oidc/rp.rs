//! The relying party: asks the provider for a person, redeems the code, proves the tokens.

use std::sync::Arc;

use chrono::TimeDelta;
use http::StatusCode;
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use serde_json::{Map, Value};
use url::Url;
use zeroize::Zeroizing;

use super::{
    callback::provider_words,
    claims::{NameIdRule, identity},
    client_auth::ClientAuth,
    http::{Answer, LOGIN_TIME},
    id_token::{Expected, VerifiedIdToken, verify},
    json,
    provider::{Provider, Snapshot},
    settings::OidcSettings,
    userinfo,
};
use crate::{
    clock::{Clock, Random, Timestamp},
    identity::{Identity, IdpName, Refusal, RefusalCode},
    settings::{Problem, Secret, SettingPath},
};

/// Longer than any access token, in bytes.
const LONGEST_TOKEN: usize = 64 * 1024;

/// The bridge as a client of one provider.
pub struct RelyingParty {
    /// The provider.
    pub provider: Arc<Provider>,
    /// Where it sends browsers back to.
    pub redirect_uri: Url,
    client_id: String,
    auth: ClientAuth,
    scopes: String,
    userinfo: bool,
    trusted_audiences: Vec<String>,
    name_id: NameIdRule,
    skew: TimeDelta,
    random: Arc<dyn Random>,
}

/// One authorization request: what binds its answer, and what is asked beyond signing in
/// (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Our name for the login; comes back beside the code.
    pub state: &'a str,
    /// What the ID token must repeat.
    pub nonce: &'a str,
    /// What proves that who redeems the code asked for it.
    pub pkce_verifier: &'a str,
    /// The person signs in again although signed in: `prompt=login`, and `max_age=0`, which
    /// makes the provider say when that was.
    pub force: bool,
    /// Nobody is to see a page: `prompt=none`. With `force` it stays `none`, as no provider
    /// takes both; `max_age=0` then asks for the same, and is answered with `login_required`.
    pub passive: bool,
    /// `acr_values`, the one to prefer first.
    pub acr_values: &'a [String],
    /// `login_hint`: who is likely to sign in.
    pub login_hint: Option<&'a str>,
}

/// What a code was redeemed for. Never shown.
pub struct Tokens {
    id_token: Secret,
    access_token: Secret,
}

impl RelyingParty {
    /// Takes the provider as configured; secrets are read, nobody is asked yet.
    ///
    /// # Errors
    /// What is wrong, with paths as seen from `[idp.NAME]`.
    pub fn new(
        idp: &IdpName,
        settings: &OidcSettings,
        redirect_uri: Url,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, Problem> {
        let auth = ClientAuth::load(settings)?;
        Self::with(idp, settings, redirect_uri, clock, random, auth)
    }

    /// The same for whoever only wants to know what to tell the provider: it gives secrets
    /// after that, so none need be there.
    ///
    /// # Errors
    /// As [`RelyingParty::new`], but for secret and key.
    pub fn before_setup(
        idp: &IdpName,
        settings: &OidcSettings,
        redirect_uri: Url,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, Problem> {
        let auth = ClientAuth::load(settings).unwrap_or(ClientAuth::Absent);
        Self::with(idp, settings, redirect_uri, clock, random, auth)
    }

    fn with(
        idp: &IdpName,
        settings: &OidcSettings,
        redirect_uri: Url,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        auth: ClientAuth,
    ) -> Result<Self, Problem> {
        let provider = Provider::new(
            idp.clone(),
            &settings.issuer,
            settings.allow_private,
            settings.refresh.get(),
            clock,
            random.clone(),
        );
        let provider = provider.map_err(|error| {
            let at = SettingPath::root().join("issuer");
            Problem::error(at, error.to_string(), error.mend())
        })?;
        Ok(Self {
            provider: Arc::new(provider),
            redirect_uri,
            client_id: settings.client_id.clone(),
            auth,
            scopes: settings.scopes.join(" "),
            userinfo: settings.userinfo,
            trusted_audiences: settings.trusted_audiences.clone(),
            name_id: NameIdRule {
                claim: settings.name_id_claim.clone(),
                format: settings.name_id_format.clone(),
            },
            skew: TimeDelta::from_std(settings.clock_skew.get()).unwrap_or(TimeDelta::zero()),
            random,
        })
    }

    /// What is known of the provider now.
    ///
    /// # Errors
    /// `oidc.unavailable` when nothing is.
    pub fn known(&self) -> Result<Arc<Snapshot>, Refusal> {
        self.provider
            .current()
            .ok_or_else(|| RefusalCode::OidcUnavailable.into())
    }

    /// Where the browser goes to sign in (RFC 6749 §4.1.1, RFC 7636 §4.3).
    ///
    /// # Errors
    /// `oidc.unavailable`.
    pub fn authorization(&self, asking: &Asking<'_>) -> Result<Url, Refusal> {
        let mut url = self.known()?.discovery.authorization_endpoint.clone();
        let verifier = PkceCodeVerifier::new(asking.pkce_verifier.to_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("scope", &self.scopes)
            .append_pair("state", asking.state)
            .append_pair("nonce", asking.nonce)
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", challenge.method());
        match (asking.passive, asking.force) {
            (true, _) => query.append_pair("prompt", "none"),
            (false, true) => query.append_pair("prompt", "login"),
            (false, false) => &mut query,
        };
        if asking.force {
            query.append_pair("max_age", "0");
        }
        if !asking.acr_values.is_empty() {
            query.append_pair("acr_values", &asking.acr_values.join(" "));
        }
        if let Some(hint) = asking.login_hint {
            query.append_pair("login_hint", hint);
        }
        drop(query);
        Ok(url)
    }

    /// Where a portal sends browsers to begin a login (OpenID Connect Core §4).
    #[must_use]
    pub fn initiate_login_uri(&self) -> String {
        let callback = self.redirect_uri.as_str();
        let base = callback.strip_suffix("callback").unwrap_or(callback);
        format!("{base}login")
    }

    /// How far its clock may be off.
    #[must_use]
    pub const fn skew(&self) -> TimeDelta {
        self.skew
    }

    /// Redeems a code (RFC 6749 §4.1.3). Waits at most five seconds.
    ///
    /// # Errors
    /// `oidc.token_endpoint`, `oidc.unavailable`.
    pub async fn redeem(
        &self,
        code: &str,
        pkce_verifier: &Secret,
        now: Timestamp,
    ) -> Result<Tokens, Refusal> {
        let snapshot = self.known()?;
        let issuer = self.provider.issuer();
        let proof = self.auth.prove(
            &self.client_id,
            issuer,
            &snapshot.discovery,
            now,
            &*self.random,
        )?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("code_verifier", pkce_verifier.expose()),
        ];
        form.extend(proof.fields());
        let endpoint = &snapshot.discovery.token_endpoint;
        let answer = self
            .provider
            .http
            .post(endpoint, &form, proof.authorization(), LOGIN_TIME)
            .await
            .map_err(|error| Refusal::new(RefusalCode::OidcUnavailable, error.to_string()))?;
        tokens(answer)
    }

    /// Proves what a code was redeemed for. Costs a verification; asks nobody.
    ///
    /// # Errors
    /// A refusal; see [`verify`].
    pub fn verify(
        &self,
        tokens: &Tokens,
        nonce: &str,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<VerifiedIdToken, Refusal> {
        let expected = Expected {
            nonce: Some(nonce),
            access_token: Some(tokens.access_token.expose()),
            ..self.expected()
        };
        let (discovery, keys) = (&snapshot.discovery, &snapshot.keys);
        verify(
            tokens.id_token.expose(),
            discovery,
            keys,
            &expected,
            now,
            &mut |_| {},
        )
    }

    /// What a captured ID token must fit to: everything but nonce and access token.
    #[must_use]
    pub fn expected(&self) -> Expected<'_> {
        Expected {
            issuer: self.provider.issuer(),
            client_id: &self.client_id,
            trusted_audiences: &self.trusted_audiences,
            nonce: None,
            access_token: None,
            skew: self.skew,
        }
    }

    /// Adds what the userinfo endpoint says, where that is configured. Waits at most five seconds.
    ///
    /// # Errors
    /// `oidc.userinfo`, `oidc.unavailable`.
    pub async fn complete(
        &self,
        verified: VerifiedIdToken,
        tokens: &Tokens,
        snapshot: &Snapshot,
    ) -> Result<VerifiedIdToken, Refusal> {
        if !self.userinfo {
            return Ok(verified);
        }
        let found = userinfo::ask(&self.provider, snapshot, tokens.access_token.expose()).await?;
        verified.with_userinfo(found)
    }

    /// Who claims are about that were typed and not proven; for explanations only.
    ///
    /// # Errors
    /// As of [`RelyingParty::identity`].
    pub fn identity_of_claims(&self, claims: &[u8], at: Timestamp) -> Result<Identity, Refusal> {
        let claims = json::object(claims)
            .map_err(|error| Refusal::new(RefusalCode::OidcIdToken, error.to_string()))?;
        identity(&claims, at, self.provider.idp().clone(), &self.name_id)
    }

    /// Who a proven ID token is about, by this provider's rule for the NameID.
    ///
    /// # Errors
    /// `release.missing`, `oidc.id_token`.
    pub fn identity(&self, verified: VerifiedIdToken) -> Result<Identity, Refusal> {
        verified.into_identity(self.provider.idp().clone(), &self.name_id)
    }
}

/// The token endpoint's answer (RFC 6749 §5.1, §5.2; OpenID Connect Core §3.1.3.3).
fn tokens(answer: Answer) -> Result<Tokens, Refusal> {
    let wrong = |detail: String| Refusal::new(RefusalCode::OidcTokenEndpoint, detail);
    let status = answer.status;
    if status.is_server_error() {
        let detail = format!("the token endpoint answered {}", status.as_u16());
        return Err(Refusal::new(RefusalCode::OidcUnavailable, detail));
    }
    let body = Zeroizing::new(answer.body);
    let members = json::object(&body);
    if status != StatusCode::OK {
        let words = members.ok().and_then(|members| said(&members));
        let words = words.unwrap_or_else(|| "no reason in JSON".to_owned());
        return Err(wrong(format!("HTTP status {}: {words}", status.as_u16())));
    }
    let mut members = members.map_err(|error| wrong(error.to_string()))?;
    let kind = json::text(&members, "token_type").unwrap_or_default();
    if !kind.eq_ignore_ascii_case("bearer") {
        return Err(wrong("`token_type` is not Bearer".to_owned()));
    }
    // Taken out, not copied, so that each is wiped with its owner.
    let mut token = |name: &str| match members.remove(name) {
        Some(Value::String(token)) if !token.is_empty() => Ok(Secret::new(token)),
        _ => Err(wrong(format!("there is no `{name}`"))),
    };
    let (id_token, access_token) = (token("id_token")?, token("access_token")?);
    // It goes into a header: RFC 6750 §2.1 allows no white space or control characters in it.
    let sendable = access_token
        .expose()
        .bytes()
        .all(|byte| byte.is_ascii_graphic());
    if !sendable || access_token.expose().len() > LONGEST_TOKEN {
        return Err(wrong("`access_token` can't be sent in a header".to_owned()));
    }
    Ok(Tokens {
        id_token,
        access_token,
    })
}

fn said(members: &Map<String, Value>) -> Option<String> {
    let error = json::text(members, "error")?;
    Some(provider_words(
        error,
        json::text(members, "error_description"),
    ))
}
