//! Whatever is posted to the assertion consumer service: no panic, no identity but the one that
//! was signed. A document with marks in it is signed first, then changed; one that begins with
//! `E` is what somebody encrypted for us.

use flexbridge::{
    identity::RefusalCode,
    saml::{
        binding::post,
        testing::{EC, Encrypted, OURS, RSA, Signed, VALUE, try_sign},
    },
};

use crate::{common, edit};

/// One post.
pub fn run(data: &[u8]) {
    if let Some(content) = data.strip_prefix(b"E") {
        return encrypted(content);
    }
    let Some((text, edits)) = edit::split(data) else {
        return stranger(data);
    };
    if !text.contains(VALUE) {
        return stranger(data);
    }
    let pair = if text.contains("#ecdsa-sha") {
        &EC
    } else {
        &RSA
    };
    let Some(signed) = try_sign(text, pair) else {
        return;
    };
    let (honest, _) = common::judge_xml(signed.as_bytes());
    disagrees_never(&honest);
    let changed = edit::apply(&signed, edits);
    let (verdict, _) = common::judge_xml(&changed);
    if let (Ok(honest), Ok(verdict)) = (honest, verdict) {
        let honest = format!("{:?}", common::identity(honest));
        assert_eq!(format!("{:?}", common::identity(verdict)), honest);
    }
}

/// Nobody holds a key.
fn stranger(data: &[u8]) {
    if let Ok(form) = post::decode_response(data) {
        assert!(common::judge(&form.response).0.is_err());
    }
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(common::judge(text).0.is_err());
    }
    assert!(common::judge_xml(data).0.is_err());
}

/// What was encrypted is judged like everything else: the response around it is signed, what is
/// inside may be anything.
fn encrypted(content: &[u8]) {
    let content = match std::str::from_utf8(content) {
        Ok(text) if text.contains(VALUE) => try_sign(text, &RSA).map(String::into_bytes),
        _ => Some(content.to_vec()),
    };
    let Some(content) = content else { return };
    let whole = Encrypted {
        content: Some(content),
        ..Encrypted::new(&OURS, Signed::Response)
    };
    disagrees_never(&common::judge_xml(whole.xml().as_bytes()).0);
}

fn disagrees_never<T>(verdict: &Result<T, flexbridge::identity::Refusal>) {
    if let Err(refusal) = verdict {
        assert_ne!(
            refusal.code,
            RefusalCode::SignatureSecondOpinion,
            "{refusal}"
        );
        assert_ne!(refusal.code, RefusalCode::Internal, "{refusal}");
    }
}
