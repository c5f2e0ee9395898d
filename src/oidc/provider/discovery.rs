//! The discovery document (OpenID Connect Discovery §3).

use serde_json::{Map, Value};
use url::Url;

use crate::oidc::{
    error::{ErrorCode, ProviderError},
    http::{Reach, is_safe},
    json,
    keys::Algorithm,
};
use crate::settings::is_loopback;

/// What a provider says of itself, as far as it matters here.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// Where browsers are sent.
    pub authorization_endpoint: Url,
    /// Where codes are redeemed.
    pub token_endpoint: Url,
    /// Where the keys are.
    pub jwks_uri: Url,
    /// Where more claims are, if anywhere.
    pub userinfo_endpoint: Option<Url>,
    /// How clients may prove themselves.
    pub auth_methods: Vec<String>,
    /// Whether every answer names its issuer (RFC 9207 §3).
    pub names_issuer: bool,
    pub(in crate::oidc) algorithms: Vec<Algorithm>,
}

/// Where an issuer's discovery document is, and whether it is on this machine.
pub(super) fn address(issuer: &str) -> Result<(Url, bool), ProviderError> {
    let wrong = || {
        let detail = "the issuer is no https URL without query, fragment and user name (http on this machine itself)";
        ProviderError::new(ErrorCode::Invalid, detail)
    };
    let url: Url = issuer.parse().map_err(|_| wrong())?;
    let loopback = is_loopback(&url);
    if !is_safe(&url, loopback) || url.query().is_some() {
        return Err(wrong());
    }
    let bare = issuer.strip_suffix('/').unwrap_or(issuer);
    let address = format!("{bare}/.well-known/openid-configuration");
    Ok((address.parse().map_err(|_| wrong())?, loopback))
}

impl Discovery {
    /// Reads the document of `issuer`, as far away as `reach` says.
    ///
    /// # Errors
    /// [`ErrorCode::Issuer`] when it is another's, [`ErrorCode::Invalid`] when it can't be used,
    /// [`ErrorCode::Private`] when it names an address that is not to be reached.
    pub(in crate::oidc) fn read(
        bytes: &[u8],
        issuer: &str,
        reach: Reach,
    ) -> Result<Self, ProviderError> {
        let wrong = |detail: String| ProviderError::new(ErrorCode::Invalid, detail);
        let members =
            json::object(bytes).map_err(|error| wrong(format!("discovery document: {error}")))?;
        let named = json::text(&members, "issuer").unwrap_or_default();
        if named != issuer {
            let detail = format!("the document says \"{named}\", the configuration \"{issuer}\"");
            return Err(ProviderError::new(ErrorCode::Issuer, detail));
        }
        let endpoint = |name: &str| endpoint(&members, name, reach.loopback);
        let needed =
            |name: &str| endpoint(name)?.ok_or_else(|| wrong(format!("it has no `{name}`")));
        let responses = list(&members, "response_types_supported")?;
        if responses.is_some_and(|all| !all.contains(&"code")) {
            return Err(wrong("`response_types_supported` has no `code`".to_owned()));
        }
        let methods = list(&members, "token_endpoint_auth_methods_supported")?
            // The default of Discovery §3.
            .unwrap_or_else(|| vec!["client_secret_basic"]);
        let names_issuer = match members.get("authorization_response_iss_parameter_supported") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(says)) => *says,
            Some(_) => {
                let detail = "`authorization_response_iss_parameter_supported` is no boolean";
                return Err(wrong(detail.to_owned()));
            }
        };
        let found = Self {
            authorization_endpoint: needed("authorization_endpoint")?,
            token_endpoint: needed("token_endpoint")?,
            jwks_uri: needed("jwks_uri")?,
            userinfo_endpoint: endpoint("userinfo_endpoint")?,
            auth_methods: methods.into_iter().map(str::to_owned).collect(),
            names_issuer,
            algorithms: algorithms(&members)?,
        };
        if found.asked().any(|url| !reach.includes(url)) {
            let detail = "it names an address that only this network reaches";
            return Err(ProviderError::new(ErrorCode::Private, detail));
        }
        Ok(found)
    }

    /// Every address that the bridge itself asks. Where browsers go is the browsers' network.
    pub(in crate::oidc) fn asked(&self) -> impl Iterator<Item = &Url> {
        [&self.token_endpoint, &self.jwks_uri]
            .into_iter()
            .chain(&self.userinfo_endpoint)
    }
}

/// What the provider signs with, as far as it is accepted.
fn algorithms(members: &Map<String, Value>) -> Result<Vec<Algorithm>, ProviderError> {
    let name = "id_token_signing_alg_values_supported";
    let Some(named) = list(members, name)? else {
        return Ok(Algorithm::ALL.to_vec());
    };
    let known: Vec<_> = named.into_iter().filter_map(Algorithm::of).collect();
    if known.is_empty() {
        let detail = format!("`{name}` has none of RS256, PS256, ES256");
        return Err(ProviderError::new(ErrorCode::Invalid, detail));
    }
    Ok(known)
}

fn list<'a>(
    members: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<Vec<&'a str>>, ProviderError> {
    if members.get(name).is_none_or(Value::is_null) {
        return Ok(None);
    }
    let wrong = || ProviderError::new(ErrorCode::Invalid, format!("`{name}` is no list of texts"));
    json::texts(members, name).map(Some).ok_or_else(wrong)
}

fn endpoint(
    members: &Map<String, Value>,
    name: &str,
    loopback: bool,
) -> Result<Option<Url>, ProviderError> {
    let wrong = || {
        let detail = format!("`{name}` is no https URL without fragment and user name");
        ProviderError::new(ErrorCode::Invalid, detail)
    };
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let url: Url = text.parse().map_err(|_| wrong())?;
            is_safe(&url, loopback)
                .then_some(Some(url))
                .ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}
