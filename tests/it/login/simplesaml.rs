//! SimpleSAMLphp as the company's identity provider.

use crate::support::{
    bridge::{Bridge, Plan, sp_of},
    browser::Browser,
    downstream::{self, Question},
    flex::{ENHANCED, enhanced_request, redirect},
    peers,
    simplesaml::{SimpleSaml, SpMetadata},
};

/// Opaque to us, long, and full of what must not be touched.
const RELAY_STATE: &str = "AAAAAS5GQVNfUzNfS01TX3YxOjo6 +/=&<>\"'%20é";

#[tokio::test]
async fn an_agent_arrives_with_the_right_location() {
    let needed = ["simplesamlphp", "python", "node", "xmlsec1"];
    if !needed.into_iter().all(peers::require) {
        return;
    }
    let idp = SimpleSaml::start(&[]);
    let metadata = format!(r#"{{ url = "{}" }}"#, idp.metadata_url());
    let bridge = Bridge::start(Plan {
        metadata,
        ..Plan::default()
    })
    .await;
    let (entity_id, acs) = sp_of(&bridge.url);
    idp.trust(&[SpMetadata::new(&entity_id, &acs)]);

    let mut browser = Browser::new();
    let asked = enhanced_request("_flex-request", &bridge.sso_url());
    let start = redirect(&bridge.sso_url(), &asked, RELAY_STATE);
    let at_idp = idp.sign_in(&mut browser, &start, "bob").await;
    assert_eq!(at_idp.form.action.as_str(), acs);
    let handed_over = browser.submit(&at_idp.form).await;
    assert_eq!(handed_over.status, 200, "{}", handed_over.body);
    let form = handed_over.form_with("SAMLResponse");
    assert_eq!(form.action.as_str(), ENHANCED.1);
    assert_eq!(form.field("RelayState"), Some(RELAY_STATE));

    let response = form.field("SAMLResponse").unwrap().to_owned();
    downstream::xmlsec1(&response, &bridge.certificate).unwrap();
    let question = Question {
        response,
        sp_entity_id: ENHANCED.0.to_owned(),
        acs_url: ENHANCED.1.to_owned(),
        idp_entity_id: bridge.idp_entity_id(),
        idp_certificate: bridge.certificate.clone(),
        request_id: Some("_flex-request".to_owned()),
        now: None,
    };
    let verdict = downstream::python3_saml(&question);
    assert!(verdict.ok, "{:?}", verdict.errors);
    eprintln!("{verdict:?}");
    let verdict = downstream::passport_wsfed(&question);
    assert!(verdict.ok, "{:?}", verdict.errors);
    eprintln!("{verdict:?}");
}
