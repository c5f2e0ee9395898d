//! The one form in which things that people write in several ways are compared.

use ipnet::{IpNet, Ipv4Net};

use crate::identity::fold_name;

/// Folds part of a value. A blank at an inner edge counts: `starts_with = "SG "`
/// must not hold for `SGX`.
pub(super) fn fold_fragment(text: &str, keep_start: bool, keep_end: bool) -> String {
    let mut folded = fold_name(text);
    if keep_start && text.starts_with(char::is_whitespace) {
        folded.insert(0, ' ');
    }
    if keep_end && text.ends_with(char::is_whitespace) {
        folded.push(' ');
    }
    folded
}

/// What is wrong with a pattern, and at which character of it.
pub(super) fn syntax_complaint(pattern: &str) -> (String, String) {
    let (what, at) = match regex_syntax::parse(pattern) {
        Err(regex_syntax::Error::Parse(error)) => {
            (error.kind().to_string(), Some(error.span().start.offset))
        }
        Err(regex_syntax::Error::Translate(error)) => {
            (error.kind().to_string(), Some(error.span().start.offset))
        }
        _ => ("it can't be compiled".to_owned(), None),
    };
    let place = at
        .and_then(|at| pattern.get(..at))
        .map(|before| format!(" at character {}", before.chars().count() + 1))
        .unwrap_or_default();
    let look = what.contains("look-around") || what.contains("backreference");
    let mend = if look {
        "this kind of expression has no look-around and no back-references, so that it always ends in linear time; split the rule in two instead"
    } else {
        "correct it there; write \\ before a character that stands for itself, and put the pattern in 'single quotes' so that TOML leaves the \\ alone"
    };
    (
        format!("the regular expression is not valid{place}: {what}"),
        mend.to_owned(),
    )
}

/// A network of IPv4-mapped IPv6 addresses as the IPv4 network it is.
pub(super) fn plain_network(network: IpNet) -> IpNet {
    let IpNet::V6(six) = network else {
        return network;
    };
    let Some(length) = six.prefix_len().checked_sub(96) else {
        return network;
    };
    (six.addr().to_ipv4_mapped())
        .and_then(|four| Ipv4Net::new(four, length).ok())
        .map_or(network, IpNet::V4)
}

/// A mail domain in its ASCII form, lower case: `bücher.example` is `xn--bcher-kva.example`.
pub(super) fn domain_to_ascii(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.contains('%') {
        return None;
    }
    let url::Host::Domain(domain) = url::Host::parse(text).ok()? else {
        return None;
    };
    let label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.bytes().all(plain)
    };
    domain.split('.').all(label).then_some(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_have_one_form() {
        for (written, form) in [
            ("example.com", Some("example.com")),
            (" EXAMPLE.Com. ", Some("example.com")),
            ("Bücher.example", Some("xn--bcher-kva.example")),
            ("bu\u{308}cher.example", Some("xn--bcher-kva.example")),
            ("our_site.example", Some("our_site.example")),
            ("@example.com", None),
            ("*.example.com", None),
            (".example.com", None),
            ("a@example.com", None),
            ("203.0.113.7", None),
            ("ex ample.com", None),
            ("ex%41mple.com", None),
            ("", None),
        ] {
            assert_eq!(domain_to_ascii(written).as_deref(), form, "{written}");
        }
    }

    #[test]
    fn blanks_inside_count_and_outside_do_not() {
        assert_eq!(fold_fragment(" SG ", false, true), "sg ");
        assert_eq!(fold_fragment(" Office\t", true, false), " office");
        assert_eq!(
            fold_fragment("\u{3000}Ｗest  Wing ", true, true),
            " west wing "
        );
    }

    #[test]
    fn mapped_networks_are_the_networks_they_are() {
        for (written, plain) in [
            ("203.0.113.0/24", "203.0.113.0/24"),
            ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("::/0", "::/0"),
        ] {
            let network: IpNet = written.parse().unwrap();
            assert_eq!(plain_network(network).to_string(), plain);
        }
    }
}
