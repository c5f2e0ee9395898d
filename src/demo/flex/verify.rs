//! Whether a response may log somebody in, by rules of the demo Flex's own.
//!
//! On purpose none of this calls the bridge's verifier (`saml::sp`): what the
//! bridge says is judged by somebody else. Both signatures are verified by
//! xmlsec, the C library that the SAML toolkits of other languages use as well,
//! by way of samael; only a document that has the one shape expected reaches it.

use base64::{Engine, prelude::BASE64_STANDARD};
use samael::crypto::{
    AllowedSignatureAlgorithm, CertificateDer, Crypto, CryptoProvider, ReduceMode,
};

use crate::{
    clock::Timestamp,
    saml::{
        names::{ASSERTION_NS, DSIG_NS, ENVELOPED, EXC_C14N, PROTOCOL_NS, RSA_SHA256, SHA256},
        xml::{Limits, Node, Tree},
    },
};

use super::{Refused, Rule, claims::Claim, said};

/// What an administrator has typed into the account's single sign-on page, and
/// what Flex is as a service provider.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Flex's entity ID: the audience.
    pub entity_id: String,
    /// Flex's assertion consumer service.
    pub acs_url: String,
    /// Identity Provider Issuer.
    pub issuer: String,
    /// Single Sign-On URL.
    pub sso_url: String,
    /// X.509 Certificate, DER.
    pub certificate: Vec<u8>,
}

/// What a response says that has passed every rule but one: that its request is
/// still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The request it answers.
    pub in_response_to: String,
    /// The agent.
    pub name_id: String,
    /// The attributes, in order, byte for byte.
    pub claims: Vec<Claim>,
}

/// Verifies a `SAMLResponse` parameter as of `now`.
///
/// # Errors
/// [`Refused`] with the first rule that does not hold.
pub fn verify(parameter: &str, flex: &Connection, now: Timestamp) -> Result<Said, Refused> {
    let text = decode(parameter)?;
    check_shape(&parse(&text)?)?;
    let signed = verified_text(&text, &flex.certificate)?;
    // From here on only what xmlsec has verified is looked at.
    said::read(parse(&signed)?.root(), flex, now)
}

fn decode(parameter: &str) -> Result<String, Refused> {
    let unreadable = |detail: &str| Refused::new(Rule::Form, detail);
    if parameter.len() > 2 * Limits::RESPONSE.bytes {
        return Err(unreadable("the SAMLResponse is too large"));
    }
    let bytes = BASE64_STANDARD
        .decode(parameter)
        .map_err(|_| unreadable("the SAMLResponse is not base64"))?;
    String::from_utf8(bytes).map_err(|_| unreadable("the SAMLResponse is not UTF-8"))
}

fn parse(text: &str) -> Result<Tree<'_>, Refused> {
    Tree::parse(text, &Limits::RESPONSE).map_err(|error| Refused::new(Rule::Xml, error.to_string()))
}

fn shape(detail: &str) -> Refused {
    Refused::new(Rule::Shape, detail)
}

/// One assertion in one response, each signed, each signature over exactly the
/// element it stands in. Everything that could make xmlsec look elsewhere ends here.
fn check_shape(tree: &Tree<'_>) -> Result<(), Refused> {
    let response = tree.root();
    if !response.is(PROTOCOL_NS, "Response") {
        return Err(shape("the message is not a samlp:Response"));
    }
    let count = |namespace: &str, local: &str| {
        let all = response.descendants();
        all.filter(|node| node.is(namespace, local)).count()
    };
    if count(ASSERTION_NS, "EncryptedAssertion") > 0 {
        return Err(shape("Twilio doesn't support encryption"));
    }
    let assertion = response
        .only_child(ASSERTION_NS, "Assertion")
        .filter(|_| count(ASSERTION_NS, "Assertion") == 1)
        .ok_or_else(|| shape("SAML Response must contain 1 assertion"))?;
    if count(DSIG_NS, "Signature") != 2 {
        return Err(Refused::new(
            Rule::Signature,
            "the response and the assertion must both be signed, once each",
        ));
    }
    check_signature(response)?;
    check_signature(assertion)
}

fn check_signature(signed: Node<'_, '_>) -> Result<(), Refused> {
    let name = signed.local_name();
    let refused = |detail: &str| {
        let detail = format!("the signature of the {name}: {detail}");
        Refused::new(Rule::Signature, detail)
    };
    let id = signed.attribute("ID").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| refused("there is no ID"))?;
    let info = signed
        .only_child(DSIG_NS, "Signature")
        .and_then(|signature| signature.only_child(DSIG_NS, "SignedInfo"))
        .ok_or_else(|| refused("it is missing"))?;
    let reference = info
        .only_child(DSIG_NS, "Reference")
        .ok_or_else(|| refused("it must refer to one thing"))?;
    if reference.attribute("URI") != Some(&*format!("#{id}")) {
        return Err(refused("it refers to something else"));
    }
    let algorithm = |parent: Node<'_, '_>, local| {
        let child = parent.only_child(DSIG_NS, local)?;
        // A parameter of an algorithm could be anything; none is needed.
        let bare = child.children().next().is_none();
        child
            .attribute("Algorithm")
            .filter(|_| bare)
            .map(str::to_owned)
    };
    let transforms: Vec<_> = reference
        .only_child(DSIG_NS, "Transforms")
        .into_iter()
        .flat_map(Node::children)
        .map(|transform| transform.attribute("Algorithm").unwrap_or_default())
        .collect();
    let parameters = reference.descendants().any(|node| {
        let parent = node.parent();
        parent.is_some_and(|parent| parent.is(DSIG_NS, "Transform"))
    });
    let fine = algorithm(info, "CanonicalizationMethod").as_deref() == Some(EXC_C14N)
        && algorithm(info, "SignatureMethod").as_deref() == Some(RSA_SHA256)
        && algorithm(reference, "DigestMethod").as_deref() == Some(SHA256)
        && transforms == [ENVELOPED, EXC_C14N]
        && !parameters;
    if fine {
        return Ok(());
    }
    Err(refused(
        "an algorithm is not RSA-SHA256 over exclusive C14N",
    ))
}

/// What xmlsec finds signed with this one certificate: the response, without its own signature.
///
/// `PreDigest` gives the very bytes that were hashed; samael's other modes are
/// wasteful. Its error is not `Send`, so only its words leave this function.
fn verified_text(text: &str, certificate: &[u8]) -> Result<String, Refused> {
    let certificates = [CertificateDer::from(certificate.to_vec())];
    Crypto::reduce_xml_to_signed_with_allowed_algorithms(
        text,
        &certificates,
        ReduceMode::PreDigest,
        Some(&[AllowedSignatureAlgorithm::RsaSha256]),
    )
    .map_err(|error| {
        let detail = format!("Signature validation failed. SAML Response rejected ({error})");
        Refused::new(Rule::Signature, detail)
    })
}
