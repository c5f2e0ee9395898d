//! Why did, or would, this person get that location? The very path of a login,
//! with each step written down. Nothing is consumed and nothing is sent.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    clock::Timestamp,
    identity::{
        Attributes, Authentication, Decision, Identity, LocationOutcome, NameId, Refusal,
        RefusalCode, ReleasedAttribute,
    },
    login::{Bridge, FlexAccount, Idp, decide, preview},
    oidc,
    saml::sp::{Check, Expected, in_response_to_of, issue_instant_of, verify},
};

/// What is to be explained.
#[derive(Debug, Clone)]
pub enum Sample {
    /// A `SAMLResponse` parameter, base64.
    Response(String),
    /// An ID token of OpenID Connect.
    IdToken(String),
    /// Claims as typed: a JSON object, taken as if it were proven.
    Claims(String),
    /// Attributes as typed, of a person with this NameID.
    Attributes {
        /// Who it is.
        name_id: NameId,
        /// What is said of the person.
        attributes: Attributes,
    },
}

/// As of when a response is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleTime {
    /// At this time.
    At(Timestamp),
    /// When the sample says it was issued.
    Own,
}

/// A check of either protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Proof {
    /// Of a SAML response.
    Saml(Check),
    /// Of an ID token.
    Oidc(oidc::Check),
}

impl Proof {
    /// The stage in a few words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Saml(check) => check.as_str(),
            Self::Oidc(check) => check.as_str(),
        }
    }
}

/// One stage of the verification.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Stage {
    /// Which.
    #[schemars(with = "String")]
    pub stage: Proof,
    /// Whether it was passed; `None` when it was not reached.
    pub passed: Option<bool>,
    /// Why it was not passed: what was expected and seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What Flex would do with what it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FlexView {
    /// The agent's voice goes by these edges, the first one first.
    Edges {
        /// The location.
        location: String,
        /// Its edges.
        edges: Vec<String>,
    },
    /// Flex does not know where to send the voice: it takes any edge, and quality suffers.
    Degraded {
        /// The location.
        location: String,
        /// Why.
        why: String,
    },
    /// The location is cleared: Flex takes its default edge.
    Cleared,
    /// Nothing is said: the worker keeps the location it has.
    Unchanged,
}

/// The whole story of one sample.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Explanation {
    /// As of when it was judged.
    pub at: Timestamp,
    /// The identity provider.
    pub idp: String,
    /// The Flex account.
    pub flex: String,
    /// The stages of the verification; empty for typed attributes.
    pub stages: Vec<Stage>,
    /// What a login checks besides, which a sample can't show.
    pub not_tried: Vec<&'static str>,
    /// Who it is, once proven or typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_id: Option<NameId>,
    /// The attributes found.
    pub attributes: Attributes,
    /// How the location was decided, step by step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// What Flex would receive.
    pub released: Vec<ReleasedAttribute>,
    /// What the administrator should know of the release.
    pub remarks: Vec<String>,
    /// The assertion that Flex would receive, unsigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assertion: Option<String>,
    /// What Flex would do with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flex_would: Option<FlexView>,
    /// Why the login would be refused, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

/// Explains a sample as a login to `account` by way of `idp` from `address`.
#[must_use]
pub fn explain(
    bridge: &Bridge,
    account: &FlexAccount,
    idp: &Idp,
    sample: Sample,
    address: IpAddr,
    time: SampleTime,
    now: Timestamp,
) -> Explanation {
    let at = match (&sample, time) {
        (Sample::Response(parameter), SampleTime::Own) => {
            issue_instant_of(parameter).unwrap_or(now)
        }
        (Sample::IdToken(token), SampleTime::Own) => oidc::issued_at(token).unwrap_or(now),
        (_, SampleTime::At(at)) => at,
        (Sample::Attributes { .. } | Sample::Claims(_), SampleTime::Own) => now,
    };
    let mut story = Explanation {
        at,
        idp: idp.name.to_string(),
        flex: account.name.to_string(),
        stages: Vec::new(),
        not_tried: not_tried(&sample),
        name_id: None,
        attributes: Attributes::new(),
        decision: None,
        released: Vec::new(),
        remarks: Vec::new(),
        assertion: None,
        flex_would: None,
        refusal: None,
    };
    let identity = match sample {
        Sample::Response(parameter) => prove(bridge, account, idp, &parameter, &mut story),
        Sample::IdToken(token) => prove_token(bridge, account, idp, &token, &mut story),
        Sample::Claims(claims) => {
            relying_party(idp).and_then(|party| party.identity_of_claims(claims.as_bytes(), at))
        }
        Sample::Attributes {
            name_id,
            attributes,
        } => Ok(Identity {
            idp: idp.name.clone(),
            name_id,
            attributes,
            authentication: Authentication {
                instant: at,
                context_class: None,
            },
        }),
    };
    if let Err(refusal) =
        identity.and_then(|identity| tell(account, &identity, address, &mut story))
    {
        story.refusal = Some(refusal);
    }
    story
}

/// What binds a login to one browser and one use, and so can't be held against a sample.
fn not_tried(sample: &Sample) -> Vec<&'static str> {
    match sample {
        Sample::Response(_) => vec![
            "that this browser began the login, and for this request",
            "that neither the login nor the assertion was used before",
            "that the person signed in anew, or by the class that was asked for, where Flex asked for that",
        ],
        Sample::IdToken(_) => vec![
            "that this browser began the login",
            "that the login was not used before",
            "the nonce, the access token's hash, and userinfo",
        ],
        Sample::Claims(_) | Sample::Attributes { .. } => {
            vec!["anything that proves who it is: what was typed is taken as if it were proven"]
        }
    }
}

/// The verification of a login; the sample answers whatever request it says it does,
/// or none where the identity provider may begin logins to this account.
fn prove(
    bridge: &Bridge,
    account: &FlexAccount,
    idp: &Idp,
    parameter: &str,
    story: &mut Explanation,
) -> Result<Identity, Refusal> {
    bridge.account(&account.name, &idp.name)?;
    let saml = idp.saml().ok_or_else(|| {
        let detail = "the identity provider speaks OpenID Connect, and the sample is no ID token";
        Refusal::new(RefusalCode::ResponseMalformed, detail)
    })?;
    let answers = in_response_to_of(parameter);
    let request_id = match answers.as_deref() {
        None if idp.initiates.as_ref() == Some(&account.name) => None,
        answers => Some(answers.unwrap_or_default()),
    };
    let expected = Expected {
        sp_entity_id: &saml.endpoints.entity_id,
        acs_url: &saml.endpoints.acs_url,
        request_id,
        downstream_audience: &account.sp.entity_id,
        skew: saml.skew,
    };
    let trust = saml.trust(story.at)?;
    let mut passed = Vec::new();
    let verified = verify(parameter, &trust, &expected, story.at, &mut |stage| {
        passed.push(stage);
    });
    let all = Check::ALL
        .into_iter()
        .filter(|stage| trust.second_opinion || *stage != Check::SecondOpinion);
    story.stages = stages(all, &passed, verified.as_ref().err(), Proof::Saml);
    Ok(verified?.into_identity(idp.name.clone()))
}

fn relying_party(idp: &Idp) -> Result<&oidc::RelyingParty, Refusal> {
    let party = idp.oidc().map(|party| &**party);
    party.ok_or_else(|| {
        let detail =
            "the account's identity provider speaks SAML, and the sample is of OpenID Connect";
        Refusal::new(RefusalCode::OidcIdToken, detail)
    })
}

/// The verification of a login but for its nonce and access token, which a sample has not.
fn prove_token(
    bridge: &Bridge,
    account: &FlexAccount,
    idp: &Idp,
    token: &str,
    story: &mut Explanation,
) -> Result<Identity, Refusal> {
    bridge.account(&account.name, &idp.name)?;
    let party = relying_party(idp)?;
    let snapshot = party.known()?;
    let mut passed = Vec::new();
    let verified = oidc::verify(
        token,
        &snapshot.discovery,
        &snapshot.keys,
        &party.expected(),
        story.at,
        &mut |stage| passed.push(stage),
    );
    story.stages = stages(
        oidc::Check::ALL,
        &passed,
        verified.as_ref().err(),
        Proof::Oidc,
    );
    party.identity(verified?)
}

fn stages<C: Copy + PartialEq>(
    all: impl IntoIterator<Item = C>,
    passed: &[C],
    refusal: Option<&Refusal>,
    proof: impl Fn(C) -> Proof,
) -> Vec<Stage> {
    let mut failed = refusal.is_none();
    all.into_iter()
        .map(|stage| {
            let outcome = match (passed.contains(&stage), failed) {
                (true, _) => Some(true),
                (false, false) => {
                    failed = true;
                    Some(false)
                }
                (false, true) => None,
            };
            let why = refusal.filter(|_| outcome == Some(false));
            Stage {
                stage: proof(stage),
                passed: outcome,
                why: why.map(|refusal| format!("{}: {}", refusal.code, refusal.detail)),
            }
        })
        .collect()
}

/// From the identity on, as a login goes.
fn tell(
    account: &FlexAccount,
    identity: &Identity,
    address: IpAddr,
    story: &mut Explanation,
) -> Result<(), Refusal> {
    story.name_id = Some(identity.name_id.clone());
    story.attributes = identity.attributes.clone();
    let decision = story
        .decision
        .insert(decide(account, identity, address, true));
    let release = account.release(identity, decision)?;
    story.released = release.attributes().to_vec();
    story.remarks = release.remarks().to_vec();
    story.assertion = Some(preview(account, identity, &release, story.at)?);
    story.flex_would = Some(flex_view(account, decision)?);
    Ok(())
}

fn flex_view(account: &FlexAccount, decision: &Decision) -> Result<FlexView, Refusal> {
    Ok(match &decision.outcome {
        LocationOutcome::Assign(location) => {
            let snapshot = account.locations.snapshot();
            let edges = snapshot
                .as_deref()
                .and_then(|list| list.locations.edges(location.as_str()))
                .unwrap_or_default();
            let location = location.as_str().to_owned();
            if edges.iter().all(|edge| edge.trim().is_empty()) {
                let why = "the account defines this location without an edge".to_owned();
                FlexView::Degraded { location, why }
            } else {
                FlexView::Edges {
                    location,
                    edges: edges.to_vec(),
                }
            }
        }
        LocationOutcome::Clear => FlexView::Cleared,
        LocationOutcome::Omit => FlexView::Unchanged,
        LocationOutcome::Refuse => return Err(RefusalCode::LocationNoMatch.into()),
    })
}
