//! Whatever texts are told to Flex: in the signed response another parser finds the same ones, and
//! our own verifier, the second one agreeing, too; what XML can't carry is refused. RelayStates and
//! messages come out of both bindings as they went in.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use flexbridge::{
    clock::{Random, RandomUnavailable},
    identity::{Authentication, NameId},
    keys::SigningKey,
    saml::{
        binding::{Outgoing, can_be_echoed, post, redirect},
        idp::{DownstreamResponse, FlexSp},
        sp::{Expected, verify},
        testing::{IDP, REQUEST, RSA, encode},
        xml::xml_can_carry,
    },
};

use crate::{common, reread};

static KEY: LazyLock<SigningKey> = LazyLock::new(|| RSA.signing_key());
static FLEX: LazyLock<FlexSp> = LazyLock::new(|| FlexSp {
    entity_id: "urn:flex:JQ1&<\">".to_owned(),
    acs_url: "https://login.flex.us1.twilio.com/login/callback?connection=JQ1&x=1"
        .parse()
        .expect("a URL"),
});

/// Other bytes at each call, the same ones in each run.
struct Counted(AtomicU64);

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomUnavailable> {
        for chunk in bytes.chunks_mut(8) {
            let next = self.0.fetch_add(1, Relaxed);
            chunk.copy_from_slice(&next.to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Texts, with a byte between them that no text holds: NameID, RelayState, then names and values.
pub fn run(data: &[u8]) {
    let mut texts = data
        .split(|&byte| byte == 0xff)
        .map(|text| String::from_utf8_lossy(text).into_owned());
    let name = texts.next().unwrap_or_default();
    let relay_state = texts.next().unwrap_or_default();
    let attributes: Vec<String> = texts.take(12).collect();
    bindings(&name, &relay_state);
    response(&name, &attributes);
}

fn response(name: &str, texts: &[String]) {
    let attributes: Vec<(&str, &[String])> = texts
        .chunks(3)
        .map(|chunk| (&*chunk[0], &chunk[1..]))
        .collect();
    let name_id = NameId {
        value: name.to_owned(),
        format: None,
    };
    let authentication = Authentication {
        instant: common::time(),
        context_class: None,
    };
    let answer = DownstreamResponse {
        issuer: IDP,
        flex: &FLEX,
        in_response_to: Some(REQUEST),
        name_id: &name_id,
        attributes: &attributes,
        authentication: &authentication,
        now: common::time(),
    };
    let carried = texts
        .iter()
        .chain([&name_id.value])
        .all(|text| text.chars().all(xml_can_carry));
    let Ok(xml) = answer.sign(&KEY, &Counted(AtomicU64::new(1))) else {
        assert!(!carried, "XML can carry all of it");
        return;
    };
    assert!(carried, "XML can't carry all of it");
    let (read_name, read_attributes) = reread::person(&xml);
    assert_eq!(read_name, name);
    let meant: Vec<(String, Vec<String>)> = attributes
        .iter()
        .map(|(name, values)| ((*name).to_owned(), values.to_vec()))
        .collect();
    assert_eq!(read_attributes, meant);
    reread::hold(xml.as_bytes());
    let expected = Expected {
        sp_entity_id: &FLEX.entity_id,
        acs_url: FLEX.acs_url.as_str(),
        request_id: Some(REQUEST),
        downstream_audience: "urn:nobody",
        skew: chrono::TimeDelta::seconds(60),
    };
    let verdict = verify(
        &encode(&xml),
        &common::TRUST,
        &expected,
        common::time(),
        &mut |_| {},
    );
    match verdict {
        Ok(verified) => assert_eq!(common::identity(verified).name_id.value, name),
        // A strict reader wants a NameID and names that say something.
        Err(refusal) => assert!(
            name.trim().is_empty()
                || name.len() > 1_000
                || texts.chunks(3).any(|chunk| chunk[0].trim().is_empty())
                || xml.len() > 100_000,
            "{refusal}"
        ),
    }
}

fn bindings(message: &str, relay_state: &str) {
    let fits = message.len() < 30_000 && relay_state.len() <= 2_048 && can_be_echoed(relay_state);
    let location = "https://idp.example/sso?a=b".parse().expect("a URL");
    let sent = redirect::encode(&location, message, relay_state, None).expect("no key is asked");
    let Outgoing::Redirect(url) = sent else {
        panic!("a redirect");
    };
    match redirect::decode(url.query().expect("a query")) {
        Ok(got) => assert_eq!(
            (&*got.xml, got.relay_state.as_deref()),
            (message, Some(relay_state))
        ),
        Err(refusal) => assert!(!fits || url.as_str().len() > 30_000, "{refusal}"),
    }
    let sent = post::encode(&location, "SAMLRequest", message, Some(relay_state));
    let Outgoing::Post { fields, .. } = sent else {
        panic!("a form");
    };
    // As a browser sends it.
    let mut form = url.clone();
    form.set_query(None);
    form.query_pairs_mut().extend_pairs(&fields);
    match post::decode_request(form.query().expect("a form").as_bytes()) {
        Ok(got) => assert_eq!(
            (&*got.xml, got.relay_state.as_deref()),
            (message, Some(relay_state))
        ),
        Err(refusal) => assert!(!fits, "{refusal}"),
    }
}
