//! Every reason for which a login can be refused: a closed list with stable codes.
//!
//! A code is the same string in log, metric, journal, page, command and
//! document (`docs/refusals.md`; a test holds the two together). The agent
//! sees one plain sentence of [`PublicReason`], which never tells apart causes
//! that would help an attacker; the administrator sees cause and mend.

use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::PublicReason;

macro_rules! refusals {
    ($($variant:ident = $code:literal, $public:ident, $cause:literal, $mend:literal;)*) => {
        /// Why a login was refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum RefusalCode {
            $(#[doc = concat!("`", $code, "`: ", $cause)] $variant,)*
        }

        impl RefusalCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What the agent is told.
            #[must_use]
            pub const fn public(self) -> PublicReason {
                match self { $(Self::$variant => PublicReason::$public,)* }
            }

            /// The cause, for the administrator.
            #[must_use]
            pub const fn cause(self) -> &'static str {
                match self { $(Self::$variant => $cause,)* }
            }

            /// What the administrator can do.
            #[must_use]
            pub const fn mend(self) -> &'static str {
                match self { $(Self::$variant => $mend,)* }
            }
        }
    };
}

refusals! {
    // What Flex (or somebody in its place) asked.
    RequestMalformed = "request.malformed", NotAccepted,
        "The AuthnRequest could not be read.",
        "Start from the Flex login link. If that fails too, compare the Single Sign-On URL in Twilio Console with `flexbridge metadata idp`.";
    RequestTooLarge = "request.too_large", NotAccepted,
        "The AuthnRequest or its RelayState is larger than Flex ever sends.",
        "Start from the Flex login link; if it happens there, report it with the reference.";
    RequestParameter = "request.parameter", NotAccepted,
        "A parameter of the request is missing or was given twice.",
        "Start from the Flex login link.";
    RequestUnknownIssuer = "request.unknown_issuer", NotAccepted,
        "The AuthnRequest comes from an issuer that is not this Flex account.",
        "Check `sso` of the Flex account: the profile, and the connection (JQ…) or account SID (AC…).";
    RequestDestination = "request.destination", NotAccepted,
        "The AuthnRequest was meant for another address.",
        "Set the Single Sign-On URL in Twilio Console to the one `flexbridge metadata idp` shows, and check `public_url`.";
    RequestAcs = "request.acs", NotAccepted,
        "The AuthnRequest wants its answer at an address that is not this Flex account's.",
        "Check `sso` of the Flex account: the profile, and the connection (JQ…) or account SID (AC…).";
    RequestSignature = "request.signature", NotAccepted,
        "The AuthnRequest's signature is missing where it is required, or does not verify.",
        "Check `request_certificates` of the Flex account.";
    // The login that this browser began.
    LoginUnknown = "login.unknown", StartAgain,
        "This browser has no login under way that the answer belongs to: the cookie expired, is blocked, or the answer began in another browser.",
        "Start again from Flex. If it goes on: the public URL must be https, reach this bridge under one name, and the browser must accept its cookie.";
    LoginExpired = "login.expired", StartAgain,
        "The login took longer than it may.",
        "Start again from Flex.";
    LoginReplayed = "login.replayed", StartAgain,
        "This login was finished already.",
        "Start again from Flex. An agent who uses the Back button sees this; anything more often deserves a look.";
    LoginOtherIdp = "login.other_idp", NotAccepted,
        "The answer arrived at the address of another identity provider than the one that was asked.",
        "Check the ACS URL that is entered at the identity provider against `flexbridge metadata sp`.";
    LoginSwitchedOff = "login.switched_off", NotAccepted,
        "The identity provider or Flex account of this login is switched off or no longer configured.",
        "Set `enabled = true`, or remove it from the Flex account's `idp`.";
    LoginUnsolicited = "login.unsolicited", NotAccepted,
        "A login was to begin at the OpenID Connect provider, and `idp_initiated` is off.",
        "Start from Flex, or set `idp_initiated = true` for this identity provider.";
    // The response as bytes and as XML.
    ResponseTooLarge = "response.too_large", NotAccepted,
        "The response is larger than 512 KiB, or its XML larger than 256 KiB.",
        "Release fewer attributes or groups at the identity provider.";
    ResponseParameter = "response.parameter", NotAccepted,
        "SAMLResponse or RelayState is missing or was given twice.",
        "Check that the identity provider posts to the ACS URL of `flexbridge metadata sp`.";
    ResponseMalformed = "response.malformed", NotAccepted,
        "The response is not base64 of well-formed XML in UTF-8.",
        "Capture the response in the browser and try it with `flexbridge explain`.";
    ResponseForbidden = "response.forbidden", NotAccepted,
        "The response holds what no SAML response needs and attackers use: a DOCTYPE, processing instruction, comment, duplicate ID, or excessive depth or counts.",
        "Capture the response and try it with `flexbridge explain`; look for what rewrites it on the way.";
    ResponseShape = "response.shape", NotAccepted,
        "The message is not one SAML Response with exactly one assertion in its place.",
        "Check that the identity provider sends SAML 2.0 responses by HTTP-POST.";
    ResponseEncrypted = "response.encrypted", NotAccepted,
        "The assertion is encrypted and can't be opened: there is no decryption key, it was encrypted for another one, or in a way that is not accepted.",
        "Configure `keys.decryption` and let the identity provider read `flexbridge metadata sp`: AES-GCM with RSA-OAEP. AES-CBC needs `allow_cbc` and a signed response. Or switch assertion encryption off there.";
    // Its signature.
    SignatureMissing = "signature.missing", NotAccepted,
        "Neither the response nor the assertion is signed.",
        "Switch signing on at the identity provider: the assertion, the response, or both.";
    SignaturePlace = "signature.place", NotAccepted,
        "A signature stands where none may stand, or refers to something that it does not enclose.",
        "This is how signature-wrapping attacks look. Capture the response and try it with `flexbridge explain`.";
    SignatureAlgorithm = "signature.algorithm", NotAccepted,
        "The signature uses an algorithm that is not accepted.",
        "Set RSA-SHA256 (or ECDSA-SHA256) with SHA-256 digests and exclusive canonicalisation at the identity provider.";
    SignatureInvalid = "signature.invalid", NotAccepted,
        "The signature does not verify with any certificate of this identity provider.",
        "Has the identity provider changed its certificate? Refresh its metadata.";
    SignatureSecondOpinion = "signature.second_opinion", NotAccepted,
        "The two independent verifiers disagree about the signature.",
        "Report this with the captured response: it should never happen.";
    // What it says.
    StatusNotSuccess = "status.not_success", IdpRefused,
        "The identity provider answered that it did not sign the person in.",
        "Look the status up in the identity provider's own log; often the person is not assigned to the application.";
    StatusAuthnFailed = "status.authn_failed", Cancelled,
        "The identity provider answered that the person did not sign in (AuthnFailed): cancelled there, or not successful.",
        "Let the agent try again. If it goes on, look the sign-in up in the identity provider's own log.";
    StatusRequestDenied = "status.request_denied", NotAssigned,
        "The identity provider answered that it does not do this for this person (RequestDenied).",
        "Assign the person to the application at the identity provider; its own log says which rule refused.";
    StatusAccessDenied = "status.access_denied", Cancelled,
        "The OpenID Connect provider answered `access_denied`: the person cancelled or did not agree, or is not assigned to the application. Its own words are in the detail.",
        "Let the agent try again. If it goes on, assign the person to the application at the provider; its own log says which rule refused.";
    StatusNoPassive = "status.no_passive", NotSignedIn,
        "Flex asked to sign the person in without showing a page (IsPassive), and the identity provider could not (NoPassive; `login_required` and its like).",
        "Nothing is wrong: Flex asks again with a page. To have the agent asked at once, set `pass_on = { is_passive = false }` for the Flex account.";
    StatusNoAuthnContext = "status.no_authn_context", OtherSignIn,
        "The identity provider can't sign the person in in the way that was asked for (NoAuthnContext; `unmet_authentication_requirements`).",
        "Compare the classes in `pass_on.authn_context` of the Flex account with those that the identity provider knows, or drop them.";
    ResponseVersion = "response.version", NotAccepted,
        "The response or assertion is not SAML version 2.0, or lacks its ID or time of issue.",
        "Check that the identity provider speaks SAML 2.0 to this application.";
    ResponseIssuer = "response.issuer", NotAccepted,
        "The response comes from another entity ID than this identity provider's.",
        "Compare the issuer with `entityID` in the identity provider's metadata.";
    ResponseDestination = "response.destination", NotAccepted,
        "The response was meant for another address.",
        "Set the ACS URL at the identity provider to the one `flexbridge metadata sp` shows, and check `public_url`.";
    ResponseInResponseTo = "response.in_response_to", NotAccepted,
        "The response answers another request than the one this login made.",
        "Start again from Flex. If it goes on, look for what caches or repeats responses.";
    ResponseUnsolicited = "response.unsolicited", NotAccepted,
        "The response answers no request, and `idp_initiated` is off.",
        "Start from Flex, or set `idp_initiated = true` for this identity provider.";
    AssertionIssuer = "assertion.issuer", NotAccepted,
        "The assertion was issued by another entity ID than this identity provider's.",
        "Compare the issuer with `entityID` in the identity provider's metadata.";
    AssertionSubject = "assertion.subject", NotAccepted,
        "The assertion names no usable subject.",
        "Configure a NameID for this application at the identity provider.";
    AssertionConfirmation = "assertion.confirmation", NotAccepted,
        "No bearer confirmation of the subject fits this login: recipient, time or request.",
        "Compare Recipient with the ACS URL of `flexbridge metadata sp`; the log says which part did not fit.";
    AssertionAudience = "assertion.audience", NotAccepted,
        "The assertion is meant for another audience.",
        "Set the audience (SP entity ID) at the identity provider to the one `flexbridge metadata sp` shows.";
    AssertionConditions = "assertion.conditions", NotAccepted,
        "The assertion has no conditions, or conditions that can't be honoured.",
        "Let the identity provider issue Conditions with NotBefore, NotOnOrAfter and an AudienceRestriction.";
    AssertionExpired = "assertion.expired", NotAccepted,
        "The assertion or the session behind it is over.",
        "Check the clocks of both machines; `clock_skew` allows for small differences.";
    AssertionNotYetValid = "assertion.not_yet_valid", NotAccepted,
        "The assertion is from the future.",
        "Check the clocks of both machines; `clock_skew` allows for small differences.";
    AssertionAuthnStatement = "assertion.authn_statement", NotAccepted,
        "The assertion does not say that the person signed in.",
        "Let the identity provider issue an AuthnStatement.";
    AssertionNotFresh = "assertion.not_fresh", OtherSignIn,
        "Flex asked for the person to sign in anew (ForceAuthn), and the identity provider's AuthnInstant (`auth_time`) is older than that request, or missing.",
        "Let the identity provider honour ForceAuthn (`prompt=login`, `max_age=0`) and say when the person signed in, or set `pass_on = { force_authn = false }` for the Flex account; check both clocks too.";
    AssertionAuthnContext = "assertion.authn_context", OtherSignIn,
        "The person was signed in in another way than the one that was asked for.",
        "Compare the classes in `pass_on.authn_context` of the Flex account with what the identity provider says it did.";
    AssertionAttributes = "assertion.attributes", NotAccepted,
        "The assertion's attributes can't be read, or there are too many.",
        "Release fewer attributes or groups at the identity provider.";
    AssertionReplayed = "assertion.replayed", StartAgain,
        "This assertion was used already.",
        "Start again from Flex. More than a few of these deserve a look: somebody may be replaying captured responses.";
    // OpenID Connect.
    OidcCallback = "oidc.callback", NotAccepted,
        "The provider's answer at the redirect URI can't be read, or holds a parameter twice.",
        "Check that the provider redirects with `code` and `state` in the query (response_mode=query).";
    OidcInitiation = "oidc.initiation", NotAccepted,
        "A request to begin a login at the provider (third-party-initiated login) can't be read, lacks `iss`, holds a parameter twice, or wants to lead elsewhere than into this Flex account.",
        "Let the portal send `iss`, and as `target_link_uri` nothing, `/login/NAME` of this bridge, or the account's `login_url`.";
    OidcIssuer = "oidc.issuer", NotAccepted,
        "The answer or its ID token comes from another issuer than this provider's.",
        "Copy `issuer` from the provider's discovery document byte for byte. If it fits already, somebody may be mixing two providers up on purpose.";
    OidcTokenEndpoint = "oidc.token_endpoint", NotAccepted,
        "The provider's token endpoint did not give tokens for the code.",
        "Check client ID, secret or key, and the redirect URI that `flexbridge metadata sp` shows; the detail has the provider's own words.";
    OidcIdToken = "oidc.id_token", NotAccepted,
        "The ID token is not shaped as OpenID Connect says, or one of its claims has a wrong type or value.",
        "Try a captured ID token with `flexbridge explain`; the detail names what is wrong.";
    OidcAlgorithm = "oidc.algorithm", NotAccepted,
        "The ID token is signed with an algorithm that is not accepted, or brings its own key.",
        "Let the provider sign ID tokens for this client with RS256, PS256 or ES256.";
    OidcKey = "oidc.key", NotAccepted,
        "No key of the provider fits the ID token, not even after its key set was read again.",
        "Look whether the provider's key set (`jwks_uri`) holds the key that it signs with.";
    OidcSignature = "oidc.signature", NotAccepted,
        "The ID token's signature does not verify with the provider's key.",
        "Look whether the provider's key set (`jwks_uri`) holds the key that it signs with.";
    OidcAudience = "oidc.audience", NotAccepted,
        "The ID token is meant for another client, or for others that are not trusted.",
        "Compare `client_id`; name further audiences that are fine under `trusted_audiences`.";
    OidcTime = "oidc.time", NotAccepted,
        "The ID token is over, or from the future.",
        "Check the clocks of both machines; `clock_skew` allows for small differences.";
    OidcNonce = "oidc.nonce", NotAccepted,
        "The ID token was not made for this login.",
        "Start again from Flex. If it goes on, look for what caches or repeats the provider's answers.";
    OidcAccessToken = "oidc.access_token", NotAccepted,
        "The access token does not belong to the ID token.",
        "Report it to the provider: its `at_hash` does not fit.";
    OidcUserinfo = "oidc.userinfo", NotAccepted,
        "The userinfo endpoint's answer can't be used, or is about another person.",
        "Let the provider answer with plain JSON (no signed userinfo), or set `userinfo = false` and have the claims put into the ID token.";
    OidcUnavailable = "oidc.unavailable", TryLater,
        "The OpenID Connect provider can't be reached, or its discovery document and keys were never obtained.",
        "Look at `/readyz` or `flexbridge config check --online`; both say why.";
    // What the agent will be.
    ReleaseMissing = "release.missing", NotSetUp,
        "An attribute that Flex requires is missing or empty.",
        "Release the named attribute at the identity provider, or name the one that it does release under `claims`.";
    ReleaseValue = "release.value", NotSetUp,
        "An attribute has a value that can't be carried to Flex unchanged.",
        "Correct the named attribute at the identity provider.";
    ReleaseNameId = "release.name_id", NotSetUp,
        "The NameID is not one of the identity provider that signed the person in: its e-mail domain is another's or nobody's.",
        "Correct the NameID at that identity provider, or give it the domain in `email_domains` of the Flex account.";
    LocationNoMatch = "location.no_match", NotSetUp,
        "No location matches this person, and `no_match` is \"refuse\".",
        "Add a rule for the value that was read, or define a location of that name.";
    LocationUnavailable = "location.unavailable", TryLater,
        "The list of defined locations was never obtained, and `unavailable` is \"refuse\".",
        "Check the Twilio credentials or the locations file; the log says why it could not be read.";
    // The service.
    StoreUnavailable = "store.unavailable", TryLater,
        "The store of used identifiers can't be reached, so a replay could not be told.",
        "Check disk space and permissions of `store.path`, or the Redis server.";
    RandomUnavailable = "random.unavailable", TryLater,
        "The operating system's random source failed.",
        "Look at the machine: nothing works without it.";
    MetadataUnavailable = "metadata.unavailable", TryLater,
        "The identity provider's metadata was never obtained, or is over by its own word, so there is no certificate to trust.",
        "Check `metadata` of the identity provider; the log says why it could not be read, `/readyz` since when it is over.";
    SigningFailed = "signing.failed", TryLater,
        "The response for Flex could not be signed.",
        "Check the first key of `keys.assertion` with `flexbridge keys list`.";
    Overloaded = "overloaded", TryLater,
        "More logins arrived at once than this machine can work on.",
        "Add nodes, or look for a flood of requests.";
    Internal = "internal", TryLater,
        "The bridge made a mistake of its own.",
        "Report it with the reference and the log lines around it.";
    NotFound = "not_found", NotFound,
        "There is no identity provider or Flex account of this name.",
        "Compare the address with the names in the configuration.";
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for RefusalCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A refusal: its code, and what exactly was seen, for the administrator only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Refusal {
    /// The stable code.
    pub code: RefusalCode,
    /// What exactly was expected and seen. May name attributes and endpoints,
    /// never an attribute's value, an assertion or a secret.
    pub detail: String,
}

impl Refusal {
    /// A refusal with its detail.
    #[must_use]
    pub fn new(code: RefusalCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

impl From<RefusalCode> for Refusal {
    fn from(code: RefusalCode) -> Self {
        Self::new(code, code.cause())
    }
}

impl From<crate::clock::RandomUnavailable> for Refusal {
    fn from(_: crate::clock::RandomUnavailable) -> Self {
        RefusalCode::RandomUnavailable.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_plain() {
        let codes: HashSet<_> = RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), RefusalCode::ALL.len());
        for code in codes {
            assert!(
                code.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_')),
                "{code}"
            );
        }
    }

    #[test]
    fn what_an_attacker_could_tell_apart_looks_alike() {
        for code in RefusalCode::ALL {
            let area = code.as_str().split('.').next().unwrap();
            if area == "signature" {
                assert_eq!(code.public(), PublicReason::NotAccepted, "{code}");
            }
        }
    }
}
