//! Addresses are compared as they were configured, byte for byte.

use crate::{
    identity::RefusalCode,
    saml::{
        binding::IncomingRequest,
        idp::{FlexSp, receive},
    },
};

const SSO: &str = "https://sso.example/saml/idp/production/sso";

/// A host in capitals, the scheme's own port, no path.
#[test]
fn the_acs_url_is_compared_as_it_is_written() {
    let written = "https://Flex.Example.com:443";
    let flex = FlexSp {
        entity_id: "urn:flex".to_owned(),
        acs_url: written.parse().unwrap(),
    };
    let asked = |acs: &str| {
        let xml = format!(
            "<p:AuthnRequest xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_1\" Version=\"2.0\" Destination=\"{SSO}\" AssertionConsumerServiceURL=\"{acs}\"><a:Issuer xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:flex</a:Issuer></p:AuthnRequest>"
        );
        let incoming = IncomingRequest {
            xml,
            relay_state: None,
            query_signature: None,
        };
        receive(incoming, &flex, SSO, None).map_err(|refusal| refusal.code)
    };
    assert!(asked(written).is_ok());
    for other in ["https://flex.example.com/", "https://flex.example.com"] {
        let refused = asked(other).unwrap_err();
        assert_eq!(refused, RefusalCode::RequestAcs, "{other}");
    }
}
