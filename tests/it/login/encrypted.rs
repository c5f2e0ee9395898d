//! Identity providers that encrypt what they sign: SimpleSAMLphp, pysaml2, and
//! what xmlsec1 encrypts. The result is judged as that of any other login.

use std::fs;

use flexbridge::{clock::SystemClock, identity::RefusalCode, keys};

use super::witness::reference;
use crate::support::{
    bridge::{Bridge, Plan, Site, sp_of},
    browser::{Browser, Page},
    downstream::{self, Question},
    flex::{ENHANCED, decoded, enhanced_request, redirect},
    peers,
    pysaml2::{PySaml2, Says},
    simplesaml::{Signs, SimpleSaml, SpMetadata},
};

const GCM: [(&str, &str); 2] = [
    ("http://www.w3.org/2009/xmlenc11#aes128-gcm", "aes-128"),
    ("http://www.w3.org/2009/xmlenc11#aes256-gcm", "aes-256"),
];
const CBC: (&str, &str) = ("http://www.w3.org/2001/04/xmlenc#aes256-cbc", "aes-256");
const ALLOW_CBC: &str = "allow_cbc = true\n";

/// A place with a decryption key, and the lines for `[keys]`.
fn with_decryption() -> (Site, String) {
    use flexbridge::clock::Clock as _;
    let site = Site::new();
    let now = SystemClock.now();
    let pair = keys::generate_decryption_pair("sp", keys::RsaBits::Rsa2048, now).unwrap();
    let (certificate, key) = (site.file("decryption.pem"), site.file("decryption.key"));
    keys::write_pair(&pair, &certificate, &key).unwrap();
    let lines = format!(
        "decryption = [{{ certificate = \"{}\", private_key = {{ file = \"{}\" }} }}]\n",
        certificate.display(),
        key.display()
    );
    (site, lines)
}

fn plan(metadata_url: &str, keys: &str, idp: &str) -> Plan {
    Plan {
        metadata: format!(r#"{{ url = "{metadata_url}" }}"#),
        keys: keys.to_owned(),
        idp: idp.to_owned(),
        ..Plan::default()
    }
}

/// What real service providers say of the response that came out.
fn is_right(bridge: &Bridge, handed_over: &Page) {
    assert_eq!(handed_over.status, 200, "{}", handed_over.body);
    let form = handed_over.form_with("SAMLResponse");
    assert_eq!(form.action.as_str(), ENHANCED.1);
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
    assert_eq!(verdict.name_id.as_deref(), Some("bob@company.example"));
    let verdict = downstream::passport_wsfed(&question);
    assert!(verdict.ok, "{:?}", verdict.errors);
}

/// The page shows this refusal, and the journal its code.
async fn is_refused(bridge: &Bridge, page: &Page, code: RefusalCode) {
    assert_eq!(page.status, 400, "{}", page.body);
    assert!(
        page.forms()
            .iter()
            .all(|form| form.field("SAMLResponse").is_none())
    );
    let record = bridge.record(&reference(page), Some(code.as_str())).await;
    assert!(record.is_some(), "no record of {code}: {}", page.body);
}

fn start(bridge: &Bridge) -> url::Url {
    let asked = enhanced_request("_flex-request", &bridge.sso_url());
    redirect(&bridge.sso_url(), &asked, "state")
}

#[tokio::test]
async fn what_simplesamlphp_encrypts_is_opened() {
    let needed = ["simplesamlphp", "python", "node", "xmlsec1"];
    if !needed.into_iter().all(peers::require) {
        return;
    }
    let idp = SimpleSaml::start(&[]);
    let (site, keys) = with_decryption();
    let (entity_id, acs) = sp_of(&site.url);
    let certificate = fs::read_to_string(site.file("decryption.pem")).unwrap();
    let url = idp.metadata_url();
    let bridge = Bridge::start_at(site, plan(url.as_str(), &keys, ALLOW_CBC)).await;
    let known = |signs| SpMetadata {
        certificate: Some(certificate.clone()),
        encrypt: true,
        signs,
        ..SpMetadata::new(&entity_id, &acs)
    };
    for signs in [Signs::Both, Signs::Response, Signs::Assertion] {
        idp.trust(&[known(signs)]);
        let mut browser = Browser::new();
        let at_idp = idp.sign_in(&mut browser, &start(&bridge), "bob").await;
        assert!(!decoded(&at_idp.response).contains("<saml:Assertion"));
        let handed_over = browser.submit(&at_idp.form).await;
        // It knows AES-CBC only, which needs a signed response.
        if signs == Signs::Assertion {
            is_refused(&bridge, &handed_over, RefusalCode::ResponseEncrypted).await;
        } else {
            is_right(&bridge, &handed_over);
        }
    }
    // The same without `allow_cbc`.
    bridge.reload(&plan(url.as_str(), &keys, "")).await;
    idp.trust(&[known(Signs::Both)]);
    let mut browser = Browser::new();
    let at_idp = idp.sign_in(&mut browser, &start(&bridge), "bob").await;
    let page = browser.submit(&at_idp.form).await;
    is_refused(&bridge, &page, RefusalCode::ResponseEncrypted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_pysaml2_encrypts_for_our_metadata_is_opened() {
    if !["python", "node", "xmlsec1"]
        .into_iter()
        .all(peers::require)
    {
        return;
    }
    let idp = PySaml2::start();
    let (site, keys) = with_decryption();
    let bridge = Bridge::start_at(site, plan(&idp.metadata_url(), &keys, "")).await;
    let metadata = format!("{}/metadata", sp_of(&bridge.url).0);
    let serve = |sign_response, sign_assertion, cipher| {
        idp.serve(
            &metadata,
            Says {
                sign_response,
                sign_assertion,
                cipher,
            },
        );
    };
    for (cipher, (response, assertion)) in GCM.into_iter().flat_map(|cipher| {
        [(true, true), (true, false), (false, true)].map(|signs| (cipher, signs))
    }) {
        serve(response, assertion, Some(cipher));
        is_right(&bridge, &login(&bridge).await);
    }
    serve(true, true, Some(CBC));
    is_refused(
        &bridge,
        &login(&bridge).await,
        RefusalCode::ResponseEncrypted,
    )
    .await;
    // Its own choice is Triple-DES.
    serve(true, true, None);
    is_refused(
        &bridge,
        &login(&bridge).await,
        RefusalCode::ResponseEncrypted,
    )
    .await;
    serve(false, false, Some(GCM[0]));
    is_refused(
        &bridge,
        &login(&bridge).await,
        RefusalCode::SignatureMissing,
    )
    .await;

    bridge
        .reload(&plan(&idp.metadata_url(), &keys, ALLOW_CBC))
        .await;
    serve(true, false, Some(CBC));
    is_right(&bridge, &login(&bridge).await);
    serve(false, true, Some(CBC));
    is_refused(
        &bridge,
        &login(&bridge).await,
        RefusalCode::ResponseEncrypted,
    )
    .await;

    // Without the key that it encrypted for.
    serve(true, true, Some(GCM[0]));
    let mut browser = Browser::new();
    let at_idp = browser.open(&start(&bridge)).await;
    bridge.reload(&plan(&idp.metadata_url(), "", "")).await;
    let page = browser.submit(&at_idp.form_with("SAMLResponse")).await;
    is_refused(&bridge, &page, RefusalCode::ResponseEncrypted).await;
}

/// pysaml2 asks nothing: whoever comes is bob.
async fn login(bridge: &Bridge) -> Page {
    let mut browser = Browser::new();
    let at_idp = browser.open(&start(bridge)).await;
    assert_eq!(at_idp.status, 200, "{}", at_idp.body);
    browser.submit(&at_idp.form_with("SAMLResponse")).await
}
