//! The shapes that real identity providers publish.

use super::{read, trusted};
use crate::saml::metadata::SsoEndpoint;

/// Entra ID: a byte order mark, a signature, roles of WS-Federation with keys of
/// their own, no `WantAuthnRequestsSigned`, a single sign-on address for both bindings.
const ENTRA: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EntityDescriptor ID=\"_e1\" entityID=\"https://sts.windows.net/0f/\" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\"><Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo><CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\" /><SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\" /><Reference URI=\"#_e1\"><Transforms><Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\" /></Transforms><DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\" /><DigestValue>AA==</DigestValue></Reference></SignedInfo><SignatureValue>AA==</SignatureValue><KeyInfo><X509Data><X509Certificate>{ec}</X509Certificate></X509Data></KeyInfo></Signature>\
<RoleDescriptor xsi:type=\"fed:SecurityTokenServiceType\" protocolSupportEnumeration=\"http://docs.oasis-open.org/wsfed/federation/200706\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:fed=\"http://docs.oasis-open.org/wsfed/federation/200706\"><KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{ec}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><fed:ClaimTypesOffered><auth:ClaimType Uri=\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name\" xmlns:auth=\"http://docs.oasis-open.org/wsfed/authorization/200706\"><auth:DisplayName>Name</auth:DisplayName></auth:ClaimType></fed:ClaimTypesOffered></RoleDescriptor>\
<IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{rsa}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://login.microsoftonline.com/0f/saml2\" /><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://login.microsoftonline.com/0f/saml2\" /><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://login.microsoftonline.com/0f/saml2\" /></IDPSSODescriptor></EntityDescriptor>";

/// AD FS: an SP role beside ours, an encryption key first, attributes, POST before Redirect.
const ADFS: &str = "<EntityDescriptor ID=\"_a\" entityID=\"http://adfs.corp.example/adfs/services/trust\" xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\"><SPSSODescriptor WantAssertionsSigned=\"true\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{ec}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://adfs.corp.example/adfs/ls/\" index=\"0\" isDefault=\"true\"/></SPSSODescriptor>\
<IDPSSODescriptor WantAuthnRequestsSigned=\"true\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor use=\"encryption\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{ec}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{rsa}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</NameIDFormat><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://adfs.corp.example/adfs/post/\"/><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://adfs.corp.example/adfs/ls/\"/><Attribute Name=\"http://schemas.xmlsoap.org/claims/Group\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\" FriendlyName=\"Group\" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"/></IDPSSODescriptor><ContactPerson contactType=\"support\"/></EntityDescriptor>";

/// Okta: `md:` prefixes, a certificate in lines, `WantAuthnRequestsSigned` spelled out.
const OKTA: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><md:EntityDescriptor entityID=\"http://www.okta.com/exk1\" xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"><md:IDPSSODescriptor WantAuthnRequestsSigned=\"false\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>{rsa-lines}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat><md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://corp.okta.com/app/flex/exk1/sso/saml\"/><md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://corp.okta.com/app/flex/exk1/sso/saml\"/></md:IDPSSODescriptor></md:EntityDescriptor>";

/// Google Workspace: `validUntil` with milliseconds, an address with a query.
const GOOGLE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://accounts.google.com/o/saml2?idpid=C01\" validUntil=\"2030-05-06T07:08:09.000Z\">\n  <md:IDPSSODescriptor WantAuthnRequestsSigned=\"false\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\n    <md:KeyDescriptor use=\"signing\">\n      <ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\n        <ds:X509Data>\n          <ds:X509Certificate>{rsa-lines}</ds:X509Certificate>\n        </ds:X509Data>\n      </ds:KeyInfo>\n    </md:KeyDescriptor>\n    <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://accounts.google.com/o/saml2/idp?idpid=C01&amp;x=1\"/>\n  </md:IDPSSODescriptor>\n</md:EntityDescriptor>\n";

/// Shibboleth: comments, extensions, several protocols, bindings of SAML 1 and
/// SOAP, and an attribute authority whose key is not for logins.
const SHIBBOLETH: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- This is example metadata only. -->\n<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:shibmd=\"urn:mace:shibboleth:metadata:1.0\" xmlns:xml=\"http://www.w3.org/XML/1998/namespace\" xmlns:mdui=\"urn:oasis:names:tc:SAML:metadata:ui\" entityID=\"https://idp.uni.example/idp/shibboleth\">\n<IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol urn:oasis:names:tc:SAML:1.1:protocol urn:mace:shibboleth:1.0\">\n<Extensions><shibmd:Scope regexp=\"false\">uni.example</shibmd:Scope><mdui:UIInfo><mdui:DisplayName xml:lang=\"en\">A Name for the IdP</mdui:DisplayName><mdui:Logo height=\"80\" width=\"80\">https://idp.uni.example/logo.png</mdui:Logo></mdui:UIInfo></Extensions>\n<!-- First signing certificate is BackChannel, the Second is FrontChannel --><KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate><!-- old -->{foreign}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor><KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{rsa-lines}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor><KeyDescriptor use=\"encryption\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{ec}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>\n<ArtifactResolutionService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:SOAP\" Location=\"https://idp.uni.example:8443/idp/ar\" index=\"2\"/><SingleSignOnService Binding=\"urn:mace:shibboleth:1.0:profiles:AuthnRequest\" Location=\"https://idp.uni.example/idp/profile/Shibboleth/SSO\"/><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://idp.uni.example/idp/profile/SAML2/POST/SSO\"/><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST-SimpleSign\" Location=\"https://idp.uni.example/idp/profile/SAML2/POST-SimpleSign/SSO\"/><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://idp.uni.example/idp/profile/SAML2/Redirect/SSO\"/></IDPSSODescriptor>\n<AttributeAuthorityDescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:1.1:protocol\"><KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{ec}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor><AttributeService Binding=\"urn:oasis:names:tc:SAML:1.0:bindings:SOAP-binding\" Location=\"https://idp.uni.example:8443/idp/aa\"/></AttributeAuthorityDescriptor></EntityDescriptor>\n<!-- end -->";

/// Keycloak: a name beside the certificate, `WantAuthnRequestsSigned="true"`,
/// no encryption key, logout and artifact services before.
const KEYCLOAK: &str = "<md:EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"https://kc.example/realms/corp\"><md:IDPSSODescriptor WantAuthnRequestsSigned=\"true\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:KeyName>kid-1</ds:KeyName><ds:X509Data><ds:X509Certificate>{rsa}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:ArtifactResolutionService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:SOAP\" Location=\"https://kc.example/realms/corp/protocol/saml/resolve\" index=\"0\"/><md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://kc.example/realms/corp/protocol/saml\"/><md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat><md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://kc.example/realms/corp/protocol/saml\"/></md:IDPSSODescriptor></md:EntityDescriptor>";

/// SimpleSAMLphp during a key roll: signing and encryption keys take turns, and
/// the role has a `cacheDuration`.
const SIMPLESAMLPHP: &str = "<?xml version=\"1.0\"?>\n<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"https://ssp.example/saml2/idp/metadata.php\">\n  <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\" cacheDuration=\"PT604800S\">\n    <md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{foreign}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\n    <md:KeyDescriptor use=\"encryption\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{foreign}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\n    <md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{rsa}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\n    <md:KeyDescriptor use=\"encryption\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{rsa}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\n    <md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://ssp.example/slo\"/>\n    <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://ssp.example/sso\"/>\n  </md:IDPSSODescriptor>\n  <md:ContactPerson contactType=\"technical\"><md:GivenName>Admin</md:GivenName><md:EmailAddress>na@ssp.example</md:EmailAddress></md:ContactPerson>\n</md:EntityDescriptor>\n";

/// A descriptor without `use`, the same certificate twice, its authority's behind it,
/// on this machine itself.
const PLAIN: &str = "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"plain\"><IDPSSODescriptor WantAuthnRequestsSigned=\"1\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><KeyDescriptor><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{ec}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data><X509Certificate>{ec}</X509Certificate><X509Certificate>{rsa}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\" http://127.0.0.1:8080/sso \"/></IDPSSODescriptor></EntityDescriptor>";

/// A federation's aggregate in the shape of `EntitiesDescriptor` with one
/// identity provider among service providers, in a group of its own.
const AGGREGATE: &str = "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Name=\"all\" cacheDuration=\"PT6H\" validUntil=\"2027-01-01T00:00:00Z\"><md:Extensions/><md:EntityDescriptor entityID=\"urn:an-sp\"><md:SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{foreign}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://sp.example/acs\" index=\"0\"/></md:SPSSODescriptor></md:EntityDescriptor><md:EntitiesDescriptor validUntil=\"2026-06-01T02:00:00+02:00\"><md:EntityDescriptor entityID=\"urn:the-idp\" validUntil=\"2026-07-01T00:00:00Z\"><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{rsa}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://idp.example/sso\"/></md:IDPSSODescriptor></md:EntityDescriptor></md:EntitiesDescriptor></md:EntitiesDescriptor>";

/// What is read: entity ID, binding and address, wants signed requests, certificates, end.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    bool,
    &'static [&'static str],
    Option<&'static str>,
);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    (ENTRA, "https://sts.windows.net/0f/", "redirect", "https://login.microsoftonline.com/0f/saml2", false, &["rsa"], None),
    (ADFS, "http://adfs.corp.example/adfs/services/trust", "redirect", "https://adfs.corp.example/adfs/ls/", true, &["rsa"], None),
    (OKTA, "http://www.okta.com/exk1", "redirect", "https://corp.okta.com/app/flex/exk1/sso/saml", false, &["rsa"], None),
    (GOOGLE, "https://accounts.google.com/o/saml2?idpid=C01", "redirect", "https://accounts.google.com/o/saml2/idp?idpid=C01&x=1", false, &["rsa"], Some("2030-05-06T07:08:09Z")),
    (SHIBBOLETH, "https://idp.uni.example/idp/shibboleth", "redirect", "https://idp.uni.example/idp/profile/SAML2/Redirect/SSO", false, &["foreign", "rsa"], None),
    (KEYCLOAK, "https://kc.example/realms/corp", "post", "https://kc.example/realms/corp/protocol/saml", true, &["rsa"], None),
    (SIMPLESAMLPHP, "https://ssp.example/saml2/idp/metadata.php", "redirect", "https://ssp.example/sso", false, &["foreign", "rsa"], None),
    (PLAIN, "plain", "redirect", "http://127.0.0.1:8080/sso", true, &["ec"], None),
    (AGGREGATE, "urn:the-idp", "redirect", "https://idp.example/sso", false, &["rsa"], Some("2026-06-01T00:00:00Z")),
];

#[test]
fn each_is_read_as_it_is_meant() {
    for &(text, entity_id, binding, address, wants_signed, certificates, until) in TABLE {
        let metadata = read(text).unwrap_or_else(|error| panic!("{entity_id}: {error}"));
        assert_eq!(metadata.entity_id, entity_id);
        let sso = match &metadata.sso {
            SsoEndpoint::Redirect(url) => ("redirect", url.as_str()),
            SsoEndpoint::Post(url) => ("post", url.as_str()),
        };
        assert_eq!(sso, (binding, address), "{entity_id}");
        assert_eq!(
            metadata.want_authn_requests_signed, wants_signed,
            "{entity_id}"
        );
        assert_eq!(trusted(&metadata), certificates, "{entity_id}");
        let expected = until.map(|until| until.parse().unwrap());
        assert_eq!(metadata.valid_until, expected, "{entity_id}");
    }
}
