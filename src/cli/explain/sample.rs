//! A sample from the command line: out of a file, or typed.

use std::{fs::File, io::Read, path::Path};

use crate::{
    admin::{LARGEST_SAMPLE, Sample, pasted as pasted_sample},
    identity::{Attributes, NameId},
};

/// More than any response, as a form.
const LARGEST: u64 = LARGEST_SAMPLE as u64;

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
    Ok(pasted_sample(&pasted))
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

#[cfg(test)]
mod tests {
    use super::*;

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
