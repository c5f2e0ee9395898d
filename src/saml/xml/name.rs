//! Names that XML and its namespaces fix.

/// Whether a text is an `xs:ID`: no space, colon, mark-up or `XPointer` expression,
/// and it begins with a letter or underscore (XML Schema 2 §3.3.8).
#[must_use]
pub fn is_id(text: &str) -> bool {
    let begins = |first: char| first.is_alphabetic() || first == '_';
    text.starts_with(begins)
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Whether a letter may begin a name (XML 1.0 §2.3, `NameStartChar`), as far as namespaces let it: no colon.
pub(super) fn begins_a_name(first: char) -> bool {
    matches!(first,
        'A'..='Z' | '_' | 'a'..='z'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
        | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

/// Whether a namespace name is an absolute URI (RFC 3986 §3): canonicalisation knows no other, and libxml2
/// fails on what it can't take apart, and canonicalises `&` wrongly, so that it may not be in one. Literal
/// addresses in brackets name no namespace.
pub(super) fn is_absolute_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    is_scheme(scheme)
        && is_uri_text(rest)
        && is_uri_text(fragment)
        && rest.strip_prefix("//").is_none_or(begins_with_authority)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Unreserved, sub-delims but for `&`, the delimiters that stand within a part, and percent-encoded bytes.
fn is_uri_text(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$'()*+,;=:@/?".contains(&byte);
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default();
    first.bytes().all(allowed)
        && parts.all(|part| {
            let (encoded, rest) = part.as_bytes().split_at_checked(2).unwrap_or_default();
            encoded.len() == 2
                && encoded.iter().all(u8::is_ascii_hexdigit)
                && rest.iter().copied().all(allowed)
        })
}

/// `[userinfo@]host[:port]`, up to the path.
fn begins_with_authority(text: &str) -> bool {
    let authority = text.split(['/', '?']).next().unwrap_or_default();
    let host = authority
        .split_once('@')
        .map_or(authority, |(_, host)| host);
    let port = host.split_once(':').map_or("0", |(_, port)| port);
    !host.contains('@') && (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespace_names_are_absolute_uris() {
        for uri in [
            "urn:oasis:names:tc:SAML:2.0:assertion",
            "http://www.w3.org/2000/09/xmldsig#",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims",
            "https://user@host.example:8443/a%20b?q=1#f",
            "tag:a.example,2026:x",
            "x:",
            "http:///path",
        ] {
            assert!(is_absolute_uri(uri), "{uri}");
        }
        for other in [
            "",
            "relative",
            "rel/ative",
            ":x",
            "1a:x",
            "a b:x",
            "urn:a b",
            "urn:a&b",
            "urn:é",
            "urn:a%2",
            "urn:a%zz",
            "urn:a%2é",
            "urn:a%20é",
            "urn:a%20[b]",
            "urn:a[b]",
            "urn:a#b#c",
            "urn:<",
            "http://wwwsaml:AuthnStatement.example/",
            "http://host:/",
            "http://host:1:2/",
            "http://host:123456/",
            "http://a@b@c/",
            "http://[::1]/",
        ] {
            assert!(!is_absolute_uri(other), "{other}");
        }
    }

    #[test]
    fn identifiers_are_told_from_expressions() {
        for id in ["_a", "a.b-c_1", "ONELOGIN_4678628e-7eaf", "é1"] {
            assert!(is_id(id), "{id}");
        }
        for other in [
            "",
            "1a",
            "-a",
            "a b",
            "a:b",
            "xpointer(/)",
            "element(/1)",
            "a\"b",
            "<a",
        ] {
            assert!(!is_id(other), "{other}");
        }
    }
}
