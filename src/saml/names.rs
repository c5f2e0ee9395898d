//! The identifiers that SAML 2.0 and XML Signature fix.

/// `saml:` (SAML Core §1.1).
pub const ASSERTION_NS: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// `samlp:` (SAML Core §1.1).
pub const PROTOCOL_NS: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// `md:` (SAML Metadata §1.1).
pub const METADATA_NS: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// `ds:` (XML Signature §1.3).
pub const DSIG_NS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// `xenc:` (XML Encryption 1.0 §1.3).
pub const ENC_NS: &str = "http://www.w3.org/2001/04/xmlenc#";
/// `xenc11:` (XML Encryption 1.1 §1.3).
pub const ENC11_NS: &str = "http://www.w3.org/2009/xmlenc11#";
/// XML Schema instance, for `xsi:nil`.
pub const XSI_NS: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// Exclusive canonicalisation, also the namespace of `InclusiveNamespaces`.
pub const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The enveloped-signature transform (XML Signature §6.6.4).
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// RSASSA-PKCS1-v1_5 with SHA-256.
pub const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
/// The SHA-256 digest.
pub const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
/// SAML 2.0 HTTP-Redirect binding (Bindings §3.4).
pub const HTTP_REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
/// SAML 2.0 HTTP-POST binding (Bindings §3.5).
pub const HTTP_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
/// The bearer confirmation method (Profiles §3.3).
pub const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// The status of a request that succeeded (Core §3.2.2.2).
pub const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
/// The receiver of a request could or would not do what was asked (Core §3.2.2.2).
pub const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
/// The person could not be signed in (Core §3.2.2.2).
pub const AUTHN_FAILED: &str = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed";
/// The receiver refuses to do it for this person or for us (Core §3.2.2.2).
pub const REQUEST_DENIED: &str = "urn:oasis:names:tc:SAML:2.0:status:RequestDenied";
/// The person can't be signed in without being asked (Core §3.2.2.2).
pub const NO_PASSIVE: &str = "urn:oasis:names:tc:SAML:2.0:status:NoPassive";
/// The person can't be signed in in the way that was asked for (Core §3.2.2.2).
pub const NO_AUTHN_CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext";
/// An issuer that is a SAML entity (Core §8.3.6).
pub const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
/// The basic attribute name format (Core §8.2.3).
pub const BASIC: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";
/// No statement about how the person was authenticated (Authentication Context §3.4.25).
pub const UNSPECIFIED_CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";
