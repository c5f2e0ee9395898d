//! Whatever a stranger does to the bytes: no panic, and never another identity.

use proptest::prelude::*;

use super::*;
use crate::clock::Stopwatch;

/// Everything that a login would take from it.
fn content(verified: VerifiedAssertion) -> String {
    format!("{:?}", verified.into_identity("hq".parse().unwrap()))
}

/// One change to the bytes.
#[derive(Debug, Clone)]
enum Change {
    Set(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    Insert(prop::sample::Index, &'static str),
    Repeat(prop::sample::Index, usize),
    Swap(prop::sample::Index, prop::sample::Index),
}

const PIECES: [&str; 12] = [
    "<!---->",
    "<?x?>",
    "&#32;",
    "<![CDATA[]]>",
    " ID=\"_b\"",
    "<saml:Assertion ID=\"_x\"/>",
    "<x xmlns=\"\"/>",
    "\u{0}",
    "\r",
    "admin",
    "xmlns:saml=\"urn:x\"",
    "&amp;",
];

fn change() -> impl Strategy<Value = Change> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (place(), 1_usize..80).prop_map(|(at, count)| Change::Remove(at, count)),
        (place(), prop::sample::select(&PIECES[..]))
            .prop_map(|(at, text)| Change::Insert(at, text)),
        (place(), 1_usize..600).prop_map(|(at, count)| Change::Repeat(at, count)),
        (place(), place()).prop_map(|(one, other)| Change::Swap(one, other)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let length = bytes.len();
    match change {
        Change::Set(at, byte) => bytes[at.index(length)] = *byte,
        Change::Remove(at, count) => {
            let from = at.index(length);
            bytes.drain(from..(from + count).min(length - 1));
        }
        Change::Insert(at, text) => {
            let at = at.index(length);
            bytes.splice(at..at, text.bytes());
        }
        Change::Repeat(at, count) => {
            let from = at.index(length);
            let again = bytes[from..(from + count).min(length)].to_vec();
            bytes.splice(from..from, again);
        }
        Change::Swap(one, other) => bytes.swap(one.index(length), other.index(length)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn no_change_yields_another_identity(
        which in 0_usize..3,
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let signed = [Signed::Assertion, Signed::Response, Signed::Both][which];
        let honest = Sample { signed, ..Sample::default() };
        let xml = honest.xml(&RSA);
        let meant = content(accepted(&xml));
        let mut bytes = xml.into_bytes();
        for change in &changes {
            apply(&mut bytes, change);
        }
        let parameter = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &bytes);
        if let Ok(verified) = verify_at(&parameter, &[&RSA], now()) {
            prop_assert_eq!(content(verified), meant);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), text in ".{0,200}") {
        let parameter = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &bytes);
        prop_assert!(verify_at(&parameter, &[&RSA], now()).is_err());
        prop_assert!(verify_at(&text, &[&RSA], now()).is_err());
        prop_assert!(judge(&text).is_err());
    }
}

/// What costs most before a signature has been looked at, against as many bytes
/// of plain text in the same run.
#[test]
fn unsigned_work_is_bounded() {
    let honest = Sample::default().xml(&RSA);
    let declarations = several(60, |n| {
        format!(" xmlns:p{n}=\"urn:{n}{}\"", "x".repeat(248))
    });
    let used = several(60, |n| format!(" p{n}:a=\"\""));
    let wide = format!("<x{declarations}>{}</x>", format!("<y{used}/>").repeat(390));
    let open = several(55, |depth| {
        let own = several(60, |n| format!(" xmlns:p{depth}n{n}=\"urn:x\""));
        format!("<x{own}>")
    });
    let deep = format!("{open}{}{}", "<y/>".repeat(7_000), "</x>".repeat(55));
    let plain = "x".repeat(wide.len().max(deep.len()));
    let mut floor = None;
    for (name, bulk) in [("plain", plain), ("deep", deep), ("wide", wide)] {
        let bulk = format!("<saml:AttributeValue>{bulk}</saml:AttributeValue>");
        let xml = replaced(
            &honest,
            "<saml:AttributeValue>Singapore HQ </saml:AttributeValue>",
            &bulk,
        );
        let watch = Stopwatch::start();
        let verdict = judge(&xml);
        let took = watch.elapsed();
        assert!(verdict.is_err());
        let detail = verdict.as_ref().unwrap_err().to_string();
        assert!(detail.len() < 1_000, "{detail}");
        let floor = *floor.get_or_insert(took);
        assert!(
            took < 400 * floor,
            "{name}: {took:?} against {floor:?}, {} bytes, {detail}",
            xml.len(),
        );
    }
}
