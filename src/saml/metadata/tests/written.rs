//! What we publish of ourselves reads back as it was meant.

use super::{IdpMetadata, trusted};
use crate::{
    keys::{DecryptionKey, DecryptionKeys, SigningKey},
    saml::{
        Asks,
        binding::{Outgoing, post, redirect},
        encryption::{Cipher, Decryption, TRANSPORTS},
        metadata::{SsoEndpoint, idp_metadata, sp_metadata},
        names::{DSIG_NS, HTTP_POST, METADATA_NS, PROTOCOL_NS},
        sp::{AuthnRequest, Endpoints},
        testing::{FOREIGN, RSA, now},
        xml::{Limits, Node, Tree},
    },
};

const AWKWARD: &str = "https://sso.example/saml/idp/a?x=1&y=\"<2>'";

fn names(node: Node<'_, '_>) -> Vec<String> {
    let children = node.children();
    children
        .map(|child| child.local_name().to_owned())
        .collect()
}

#[test]
fn as_identity_provider() {
    let keys = [RSA.signing_key(), FOREIGN.signing_key()];
    for wants_signed in [true, false] {
        let sso = "https://sso.example/saml/idp/a/sso?x=1&y=2";
        let text = idp_metadata(AWKWARD, sso, wants_signed, &keys).unwrap();
        let read = IdpMetadata::read(&text, now()).unwrap();
        assert_eq!(read.entity_id, AWKWARD);
        assert_eq!(read.sso, SsoEndpoint::Redirect(sso.parse().unwrap()));
        assert_eq!(read.want_authn_requests_signed, wants_signed);
        assert_eq!(trusted(&read), ["rsa", "foreign"]);
        assert_eq!(read.valid_until, None);

        let tree = Tree::parse(&text, &Limits::METADATA).unwrap();
        let role = tree.root().children().next().unwrap();
        // The order of the schema (Metadata §2.4.3): keys, then where to sign on.
        let order = [
            "KeyDescriptor",
            "KeyDescriptor",
            "SingleSignOnService",
            "SingleSignOnService",
        ];
        assert_eq!(names(role), order);
        assert_eq!(names(tree.root()), ["IDPSSODescriptor"]);
    }
}

#[test]
fn as_service_provider() {
    let keys = [RSA.signing_key(), FOREIGN.signing_key()];
    let endpoints = Endpoints {
        entity_id: AWKWARD.to_owned(),
        acs_url: "https://sso.example/saml/sp/hq/acs?x=1&y=2".to_owned(),
    };
    for signs in [true, false] {
        let text = sp_metadata(&endpoints, signs, &keys, &Decryption::default()).unwrap();
        let tree = Tree::parse(&text, &Limits::METADATA).unwrap();
        let entity = tree.root();
        assert!(entity.is(METADATA_NS, "EntityDescriptor"));
        assert_eq!(entity.attribute("entityID"), Some(AWKWARD));
        assert_eq!(names(entity), ["SPSSODescriptor"]);
        let role = entity.children().next().unwrap();
        let flag = if signs { "true" } else { "false" };
        assert_eq!(role.attribute("AuthnRequestsSigned"), Some(flag));
        assert_eq!(role.attribute("WantAssertionsSigned"), Some("true"));
        assert_eq!(
            role.attribute("protocolSupportEnumeration"),
            Some(PROTOCOL_NS)
        );
        // The order of the schema (Metadata §2.4.4): keys, then where assertions go.
        let order = ["KeyDescriptor", "KeyDescriptor", "AssertionConsumerService"];
        assert_eq!(names(role), order);
        let acs = role.children().last().unwrap();
        assert_eq!(acs.attribute("Binding"), Some(HTTP_POST));
        assert_eq!(acs.attribute("Location"), Some(&*endpoints.acs_url));
        assert_eq!(acs.attribute("index"), Some("0"));
        assert_eq!(acs.attribute("isDefault"), Some("true"));
        let published: Vec<String> = role
            .descendants()
            .filter(|node| node.is(DSIG_NS, "X509Certificate"))
            .filter_map(Node::text)
            .collect();
        let ours: Vec<&str> = keys.iter().map(SigningKey::certificate_base64).collect();
        assert_eq!(published, ours);
    }
}

/// What may be encrypted with is what would be opened: CBC only where it is allowed.
#[test]
fn ciphers_are_published_as_they_are_accepted() {
    let endpoints = Endpoints {
        entity_id: "urn:a".to_owned(),
        acs_url: "https://sso.example/acs".to_owned(),
    };
    for allow_cbc in [false, true] {
        let key = DecryptionKey::new(FOREIGN.signing_key()).unwrap();
        let decryption = Decryption {
            keys: DecryptionKeys::new(vec![key]).into(),
            allow_cbc,
        };
        let text = sp_metadata(&endpoints, false, &[RSA.signing_key()], &decryption).unwrap();
        let tree = Tree::parse(&text, &Limits::METADATA).unwrap();
        let published: Vec<&str> = tree
            .root()
            .descendants()
            .filter(|node| node.is(METADATA_NS, "EncryptionMethod"))
            .filter_map(|node| node.attribute("Algorithm"))
            .collect();
        let accepted = Cipher::ALL.into_iter().filter(|cipher| {
            let chained = cipher.uri().ends_with("-cbc");
            !chained || allow_cbc
        });
        let expected: Vec<&str> = accepted.map(Cipher::uri).chain(TRANSPORTS).collect();
        assert_eq!(published, expected);
    }
}

/// Identity providers compare `Destination` with what they have written in their metadata.
#[test]
fn a_location_is_echoed_as_it_is_written() {
    let written = "https://IDP.Example.com:443";
    let text = idp_metadata("urn:a", written, false, &[RSA.signing_key()]).unwrap();
    let mut idp = IdpMetadata::read(&text, now()).unwrap();
    let endpoints = Endpoints {
        entity_id: "urn:b".to_owned(),
        acs_url: "https://sso.example/acs".to_owned(),
    };
    let request = AuthnRequest {
        id: "_1",
        now: now(),
        endpoints: &endpoints,
        relay_state: "r",
        asks: &Asks::default(),
    };
    let Outgoing::Redirect(target) = request.send(&idp, &RSA.signing_key()).unwrap() else {
        panic!("a redirect");
    };
    assert_eq!(target.host_str(), Some("idp.example.com"));
    let by_redirect = redirect::decode(target.query().unwrap()).unwrap().xml;
    idp.sso = SsoEndpoint::Post(written.parse().unwrap());
    let Outgoing::Post { fields, .. } = request.send(&idp, &RSA.signing_key()).unwrap() else {
        panic!("a form");
    };
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&fields)
        .finish();
    let by_post = post::decode_request(form.as_bytes()).unwrap().xml;
    for xml in [by_redirect, by_post] {
        let destination = format!(" Destination=\"{written}\"");
        assert!(xml.contains(&destination), "{xml}");
    }
}

#[test]
fn a_service_provider_is_no_identity_provider() {
    let endpoints = Endpoints {
        entity_id: "urn:a".to_owned(),
        acs_url: "https://sso.example/acs".to_owned(),
    };
    let text = sp_metadata(
        &endpoints,
        false,
        &[RSA.signing_key()],
        &Decryption::default(),
    )
    .unwrap();
    let error = IdpMetadata::read(&text, now()).unwrap_err();
    assert!(error.to_string().contains("IDPSSODescriptor"), "{error}");
}

#[test]
fn what_xml_cannot_carry_is_not_written() {
    assert!(idp_metadata("urn:a\u{1}", "https://x.example", false, &[]).is_err());
}

#[test]
fn without_keys_it_is_of_no_use_to_anybody() {
    let text = idp_metadata("urn:a", "https://x.example/", false, &[]).unwrap();
    assert!(IdpMetadata::read(&text, now()).is_err());
}
