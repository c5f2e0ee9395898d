//! Flex's AuthnRequest (Core §3.4.1). Only its ID, its issuer, the RelayState, what it
//! asks beyond signing in and whom it hints at are taken from it; the answer goes to the
//! configured address whatever it says.

use crate::{
    identity::{Refusal, RefusalCode},
    saml::{
        Asks,
        binding::IncomingRequest,
        names::{ASSERTION_NS, DSIG_NS, HTTP_POST, PROTOCOL_NS},
        seen,
        signature::{TrustedCertificates, check_shape, verify_query},
        xml::{Limits, Node, Tree, XmlError, is_id, normalised},
    },
};

use super::{FlexSp, asks::read_asks};

/// The longest ID of a request that is echoed, in bytes.
const LONGEST_ID: usize = 256;

/// What is believed of Flex's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownstreamRequest {
    /// Its ID, for `InResponseTo`.
    pub id: String,
    /// To be echoed byte for byte.
    pub relay_state: Option<String>,
    /// Who is likely to sign in, by the request's Subject (Core §3.4.1) or its
    /// address; it may choose an identity provider, and proves nothing.
    pub login_hint: Option<String>,
    /// What it asks beyond signing somebody in.
    pub asks: Asks,
}

fn refuse<T>(code: RefusalCode, detail: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(code, detail))
}

/// Reads a request that arrived at `sso_url` for `flex`. Where `certificates`
/// are configured, it must be signed with one of them.
///
/// # Errors
/// A refusal of the `request.` family.
pub fn receive(
    incoming: IncomingRequest,
    flex: &FlexSp,
    sso_url: &str,
    certificates: Option<&TrustedCertificates>,
) -> Result<DownstreamRequest, Refusal> {
    let xml = normalised(&incoming.xml);
    let tree = Tree::parse(&xml, &Limits::REQUEST).map_err(|error| {
        let code = match error {
            XmlError::TooLarge(_) => RefusalCode::RequestTooLarge,
            XmlError::Malformed(_) | XmlError::Forbidden(_) => RefusalCode::RequestMalformed,
        };
        Refusal::new(code, error.to_string())
    })?;
    let request = tree.root();
    let id = check_header(request)?.to_owned();
    check_addresses(request, flex, sso_url)?;
    if let Some(certificates) = certificates {
        check_signature(&tree, &incoming, certificates)?;
        // What is signed must say for whom, or it could be carried here from
        // another receiver (Bindings §3.4.5.2, §3.5.5.2).
        if request.attribute("Destination").is_none() {
            let detail = "a signed request must name its Destination";
            return refuse(RefusalCode::RequestDestination, detail);
        }
    }
    Ok(DownstreamRequest {
        id,
        relay_state: incoming.relay_state,
        login_hint: subject(request).or(incoming.login_hint),
        asks: read_asks(request)?,
    })
}

/// The person whom Flex would like to see signed in, if that is an e-mail address.
fn subject(request: Node<'_, '_>) -> Option<String> {
    let subject = request.only_child(ASSERTION_NS, "Subject")?;
    let name_id = subject.only_child(ASSERTION_NS, "NameID")?;
    name_id.trimmed_text().filter(|name| name.contains('@'))
}

fn check_header<'d>(request: Node<'d, '_>) -> Result<&'d str, Refusal> {
    if !request.is(PROTOCOL_NS, "AuthnRequest") {
        return refuse(
            RefusalCode::RequestMalformed,
            "the message is not a samlp:AuthnRequest",
        );
    }
    if request.attribute("Version") != Some("2.0") {
        return refuse(
            RefusalCode::RequestMalformed,
            "the request's Version is not 2.0",
        );
    }
    match request.attribute("ID") {
        Some(id) if id.len() <= LONGEST_ID && is_id(id) => Ok(id),
        _ => refuse(
            RefusalCode::RequestMalformed,
            "the request has no usable ID",
        ),
    }
}

fn check_addresses(request: Node<'_, '_>, flex: &FlexSp, sso_url: &str) -> Result<(), Refusal> {
    let issuer = request
        .only_child(ASSERTION_NS, "Issuer")
        .and_then(super::super::xml::Node::trimmed_text);
    if issuer.as_deref() != Some(&*flex.entity_id) {
        let detail = format!(
            "the issuer is {}, this Flex account's is `{}`",
            seen(issuer.as_deref()),
            flex.entity_id
        );
        return refuse(RefusalCode::RequestUnknownIssuer, detail);
    }
    let destination = request.attribute("Destination");
    if destination.is_some_and(|destination| destination != sso_url) {
        let detail = format!("Destination is {}, ours is `{sso_url}`", seen(destination));
        return refuse(RefusalCode::RequestDestination, detail);
    }
    let acs = request.attribute("AssertionConsumerServiceURL");
    if acs.is_some_and(|url| url != flex.acs_url.as_str()) {
        return refuse(
            RefusalCode::RequestAcs,
            format!("asked is {}, configured is `{}`", seen(acs), flex.acs_url),
        );
    }
    if request
        .attribute("ProtocolBinding")
        .is_some_and(|binding| binding != HTTP_POST)
    {
        return refuse(RefusalCode::RequestAcs, "only HTTP-POST is answered");
    }
    Ok(())
}

/// By the query in the redirect binding, enveloped in the POST binding; one of them must hold.
fn check_signature(
    tree: &Tree<'_>,
    incoming: &IncomingRequest,
    certificates: &TrustedCertificates,
) -> Result<(), Refusal> {
    let refused = |why: String| Refusal::new(RefusalCode::RequestSignature, why);
    if let Some(signature) = &incoming.query_signature {
        let holds = verify_query(
            &signature.signed,
            &signature.algorithm,
            &signature.value,
            certificates,
        );
        return if holds {
            Ok(())
        } else {
            Err(refused("the query's signature does not hold".to_owned()))
        };
    }
    let request = tree.root();
    let mut signatures = request
        .descendants()
        .filter(|node| node.is(DSIG_NS, "Signature"));
    let (Some(signature), None) = (signatures.next(), signatures.next()) else {
        return Err(refused(
            "the request is not signed, or more than once".to_owned(),
        ));
    };
    if signature.parent() != Some(request) {
        return Err(refused(
            "the signature does not stand in the request".to_owned(),
        ));
    }
    let shape = check_shape(signature).map_err(|problem| refused(problem.to_string()))?;
    certificates
        .verify(tree, &[(signature, shape)])
        .map_err(|error| refused(error.to_string()))
}
