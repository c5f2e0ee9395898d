//! What people paste, read as what they mean.

use std::{fs::File, io::Read, path::Path};

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    admin::Sample,
    identity::{Attributes, NameId},
    oidc,
    saml::binding::post,
};

/// More than any response, as a form.
const LARGEST: u64 = 2 * 1024 * 1024;

/// `NAME=VALUE`; the name may hold no `=`, the value may.
pub(super) fn attribute(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE, such as department=Sales".to_owned()),
    }
}

/// The sample: a response out of a file, or typed attributes.
pub(super) fn read(
    response: Option<&Path>,
    typed: Vec<(String, String)>,
    name_id: String,
) -> Result<Sample, String> {
    let Some(path) = response else {
        let name_id = NameId {
            value: name_id,
            format: None,
        };
        let mut attributes = Attributes::new();
        for (name, value) in typed {
            attributes.add(&name, None, [value]);
        }
        return Ok(Sample::Attributes {
            name_id,
            attributes,
        });
    };
    let pasted = read_text(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let pasted = pasted.trim();
    if oidc::looks_like_token(pasted) {
        return Ok(Sample::IdToken(pasted.to_owned()));
    }
    if pasted.starts_with('{') {
        return Ok(Sample::Claims(pasted.to_owned()));
    }
    Ok(Sample::Response(parameter(pasted)))
}

fn read_text(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().take(LARGEST).read_to_string(&mut text)?;
    } else {
        File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    }
    Ok(text)
}

/// XML, a whole posted form, percent-encoded base64, or base64: all as the parameter.
fn parameter(pasted: &str) -> String {
    if pasted.starts_with('<') {
        return BASE64_STANDARD.encode(pasted);
    }
    let form = if pasted.contains("SAMLResponse=") {
        pasted.to_owned()
    } else if pasted.contains('%') {
        format!("SAMLResponse={pasted}")
    } else {
        return pasted.to_owned();
    };
    post::decode_response(form.as_bytes()).map_or(form, |decoded| decoded.response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_it_was_captured_it_is_the_parameter() {
        let base64 = BASE64_STANDARD.encode("<a>~~~</a>");
        let encoded: String = form_urlencoded::byte_serialize(base64.as_bytes()).collect();
        for pasted in [
            "<a>~~~</a>".to_owned(),
            base64.clone(),
            format!("SAMLResponse={encoded}&RelayState=x"),
            format!("RelayState=x&SAMLResponse={encoded}"),
        ] {
            assert_eq!(parameter(&pasted), base64, "{pasted}");
        }
    }

    #[test]
    fn an_attribute_has_a_name() {
        assert_eq!(
            attribute("a=b=c").unwrap(),
            ("a".to_owned(), "b=c".to_owned())
        );
        assert_eq!(attribute("a=").unwrap(), ("a".to_owned(), String::new()));
        assert!(attribute("a").is_err() && attribute("=b").is_err());
    }
}
