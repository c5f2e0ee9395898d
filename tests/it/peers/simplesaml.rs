//! A whole login at SimpleSAMLphp, from a hand-made AuthnRequest to a response
//! whose signatures xmlsec1 accepts.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::SecondsFormat;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use flexbridge::clock::{Clock as _, SystemClock};
use url::Url;

use crate::support::browser::Browser;
use crate::support::downstream::{self, Question};
use crate::support::forms::Form;
use crate::support::identity::SigningIdentity;
use crate::support::peers;
use crate::support::simplesaml::{
    NameFormat, NameIdFormat, Person, Signs, SimpleSaml, SpMetadata, people,
};

const SP: &str = "https://sso.company.example/saml/sp/hq";
const ACS: &str = "https://sso.company.example/saml/sp/hq/acs";

fn authn_request(idp: &SimpleSaml, id: &str) -> String {
    let now = SystemClock.now().to_rfc3339_opts(SecondsFormat::Secs, true);
    format!(
        r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" Version="2.0" IssueInstant="{now}" Destination="{}" AssertionConsumerServiceURL="{ACS}" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"><saml:Issuer>{SP}</saml:Issuer></samlp:AuthnRequest>"#,
        idp.sso_url()
    )
}

/// The HTTP-Redirect binding, unsigned (SAML bindings 3.4).
fn redirect(idp: &SimpleSaml, id: &str, relay_state: &str) -> Url {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
    deflate
        .write_all(authn_request(idp, id).as_bytes())
        .unwrap();
    let mut url = idp.sso_url();
    url.query_pairs_mut()
        .append_pair("SAMLRequest", &BASE64.encode(deflate.finish().unwrap()))
        .append_pair("RelayState", relay_state);
    url
}

fn decoded(response: &str) -> String {
    String::from_utf8(BASE64.decode(response).unwrap()).unwrap()
}

#[tokio::test]
async fn a_login_by_redirect_ends_in_a_response_that_verifies() {
    if !(peers::require("simplesamlphp") && peers::require("xmlsec1") && peers::require("python")) {
        return;
    }
    let idp = SimpleSaml::start(&[SpMetadata::new(SP, ACS)]);
    let mut browser = Browser::new();
    let start = redirect(&idp, "_request-1", "state & <more>");
    let signed_in = idp.sign_in(&mut browser, &start, "bob").await;

    assert_eq!(signed_in.form.action.as_str(), ACS);
    assert_eq!(signed_in.relay_state.as_deref(), Some("state & <more>"));
    downstream::xmlsec1(&signed_in.response, idp.certificate()).unwrap();
    let verdict = downstream::python3_saml(&Question {
        response: signed_in.response.clone(),
        sp_entity_id: SP.to_owned(),
        acs_url: ACS.to_owned(),
        idp_entity_id: idp.entity_id(),
        idp_certificate: idp.certificate().to_owned(),
        request_id: Some("_request-1".to_owned()),
        now: None,
    });
    assert!(verdict.ok, "{:?}", verdict.errors);
    assert_eq!(verdict.name_id.as_deref(), Some("bob@company.example"));
    assert_eq!(verdict.attributes["displayName"][0], "Bob Ødegård");
    assert_eq!(verdict.attributes["department"][0], "Sales & Support");
    assert_eq!(
        verdict.attributes["roles"],
        serde_json::json!(["agent", "supervisor"])
    );
    assert!(
        browser
            .cookie(&idp.sso_url(), "SimpleSAMLSessionID")
            .is_none()
    );
    assert!(browser.cookie(&idp.sso_url(), "SimpleSAML").is_some());

    // Still signed in: the second login does not ask again.
    let again = idp
        .sign_in(&mut browser, &redirect(&idp, "_request-2", "b"), "nobody")
        .await;
    assert!(decoded(&again.response).contains("InResponseTo=\"_request-2\""));

    let stranger = SigningIdentity::generate("somebody else");
    assert!(downstream::xmlsec1(&signed_in.response, &stranger.certificate).is_err());
}

#[tokio::test]
async fn each_option_of_a_service_provider_shows() {
    if !(peers::require("simplesamlphp") && peers::require("xmlsec1")) {
        return;
    }
    let sp = SpMetadata::new(SP, ACS);
    let idp = SimpleSaml::start_with(&[], &people()[..1]);

    idp.trust(&[SpMetadata {
        signs: Signs::Assertion,
        name_format: NameFormat::Uri,
        ..sp.clone()
    }]);
    let response = login(&idp).await;
    downstream::xmlsec1_assertion(&response, idp.certificate()).unwrap();
    assert!(downstream::xmlsec1_response(&response, idp.certificate()).is_err());
    assert!(decoded(&response).contains("attrname-format:uri"));

    idp.trust(&[SpMetadata {
        signs: Signs::Response,
        name_id: NameIdFormat::Persistent,
        name_format: NameFormat::Unspecified,
        ..sp.clone()
    }]);
    let response = login(&idp).await;
    downstream::xmlsec1_response(&response, idp.certificate()).unwrap();
    assert!(downstream::xmlsec1_assertion(&response, idp.certificate()).is_err());
    assert!(decoded(&response).contains("nameid-format:persistent"));
    // It says "unspecified" by saying nothing.
    assert!(!decoded(&response).contains("NameFormat="));

    let certificate = Some(SigningIdentity::generate("sp").certificate);
    idp.trust(&[SpMetadata {
        encrypt: true,
        certificate,
        ..sp
    }]);
    assert!(decoded(&login(&idp).await).contains("EncryptedAssertion"));
}

async fn login(idp: &SimpleSaml) -> String {
    let start = redirect(idp, "_request", "state");
    idp.sign_in(&mut Browser::new(), &start, "ann")
        .await
        .response
}

#[tokio::test]
async fn a_request_by_form_and_a_login_that_begins_at_the_identity_provider() {
    if !peers::require("simplesamlphp") {
        return;
    }
    let idp = SimpleSaml::start(&[SpMetadata::new(SP, ACS)]);
    let form = Form {
        action: idp.sso_url(),
        post: true,
        fields: vec![
            (
                "SAMLRequest".to_owned(),
                BASE64.encode(authn_request(&idp, "_posted")),
            ),
            ("RelayState".to_owned(), "by form".to_owned()),
        ],
    };
    let signed_in = idp.sign_in_by_form(&mut Browser::new(), &form, "ann").await;
    assert!(decoded(&signed_in.response).contains("InResponseTo=\"_posted\""));

    let start = idp.idp_initiated_url(SP, "from the portal");
    let unsolicited = idp.sign_in(&mut Browser::new(), &start, "ann").await;
    assert_eq!(unsolicited.relay_state.as_deref(), Some("from the portal"));
    assert!(!decoded(&unsolicited.response).contains("InResponseTo"));
}

#[tokio::test]
async fn what_it_must_refuse_it_refuses() {
    if !peers::require("simplesamlphp") {
        return;
    }
    let strict = SpMetadata {
        require_signed_requests: true,
        certificate: Some(SigningIdentity::generate("sp").certificate),
        ..SpMetadata::new(SP, ACS)
    };
    let person = Person {
        user: "cleo",
        ..people().remove(0)
    };
    let idp = SimpleSaml::start_with(&[strict], &[person]);
    let mut browser = Browser::new();
    let unsigned = browser.open(&redirect(&idp, "_unsigned", "state")).await;
    assert!(
        unsigned.body.contains("no signature found on message"),
        "{}",
        unsigned.body
    );
    assert!(
        unsigned
            .forms()
            .iter()
            .all(|form| form.field("password").is_none())
    );

    idp.trust(&[SpMetadata::new(SP, ACS)]);
    let page = browser
        .open(&redirect(&idp, "_wrong-password", "state"))
        .await;
    let login = page
        .form_with("password")
        .fill("username", "cleo")
        .fill("password", "wrong");
    let page = browser.submit(&login).await;
    assert!(
        page.forms()
            .iter()
            .all(|form| form.field("SAMLResponse").is_none())
    );
    assert!(idp.metadata_xml().await.contains("SingleSignOnService"));
}
