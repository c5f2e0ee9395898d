//! From the rules as written to rules that can be tried, with all problems at once.

use std::collections::HashSet;

use ipnet::{IpNet, Ipv4Net};
use regex::{Regex, RegexBuilder};

use super::{
    NoMatch, RuleSettings, Settings, When, repeats,
    rule::{PersonConditions, Reads, Rule, TextConditions},
    template::{Groups, Template},
};
use crate::{
    identity::fold_name,
    settings::{Problem, SettingPath},
};

/// The most that one compiled regular expression, and its cache, may take, in bytes.
const REGEX_SIZE: usize = 1024 * 1024;

/// What compiling gives, besides problems.
pub(super) struct Compiled {
    pub(super) rules: Vec<Rule>,
    /// The attributes that rules read besides the section's own.
    pub(super) others: Vec<String>,
}

/// Compiles everything, and finds every problem. A rule with problems is left out.
pub(super) fn compile(settings: &Settings) -> (Compiled, Vec<Problem>) {
    let mut compiler = Compiler {
        settings,
        others: Vec::new(),
        problems: Vec::new(),
    };
    compiler.check_section();
    let rules = (settings.rule.iter().enumerate())
        .filter_map(|(index, rule)| compiler.rule(index, rule))
        .collect();
    compiler.problems.extend(repeats::find(&settings.rule));
    let compiled = Compiled {
        rules,
        others: compiler.others,
    };
    (compiled, compiler.problems)
}

struct Compiler<'a> {
    settings: &'a Settings,
    others: Vec<String>,
    problems: Vec<Problem>,
}

impl Compiler<'_> {
    fn error(&mut self, path: SettingPath, message: impl Into<String>, mend: impl Into<String>) {
        self.problems.push(Problem::error(path, message, mend));
    }

    fn check_section(&mut self) {
        let root = SettingPath::root();
        let settings = self.settings;
        if settings.attribute.is_empty() {
            self.error(
                root.join("attribute"),
                "no attribute is named",
                "name the attributes that may hold the agent's place, such as [\"physicalDeliveryOfficeName\"]",
            );
        }
        for (key, names) in [
            ("attribute", &settings.attribute),
            ("group_attribute", &settings.group_attribute),
            ("email_attribute", &settings.email_attribute),
        ] {
            for (index, _) in names.iter().enumerate().filter(|(_, name)| is_blank(name)) {
                self.error(
                    root.join(key).join(index),
                    "the attribute's name is blank",
                    "name an attribute, or remove this entry",
                );
            }
        }
        if let NoMatch::Assign(name) = &settings.no_match
            && is_blank(name)
        {
            self.error(
                root.join("no_match").join("assign"),
                "the location's name is blank",
                "name a defined location, or write no_match = \"clear\"",
            );
        }
    }

    fn rule(&mut self, index: usize, written: &RuleSettings) -> Option<Rule> {
        let before = self.problems.len();
        let rule = rule_path(index);
        let when = rule.join("when");
        let text = self.text_conditions(&when, &written.when);
        let person = self.person_conditions(&when, &written.when);
        let reads = self.reads(&when, &written.when);
        let names: Vec<String> = text.matches.as_ref().map(named_groups).unwrap_or_default();
        let groups = match (&written.when.matches, &text.matches) {
            (None, _) => Groups::NoMatches,
            (Some(_), None) => Groups::Unknown,
            (Some(_), Some(_)) => Groups::Named(&names),
        };
        let assign = self.assign(rule.join("assign"), &written.assign, groups)?;
        (self.problems.len() == before).then(|| Rule {
            number: index + 1,
            reads,
            person,
            text,
            assign,
        })
    }

    fn assign(&mut self, path: SettingPath, text: &str, groups: Groups<'_>) -> Option<Template> {
        if is_blank(text) {
            self.error(
                path,
                "the location's name is blank",
                "name a defined location",
            );
            return None;
        }
        Template::parse(text, groups)
            .map_err(|complaint| self.error(path, complaint.message, complaint.mend))
            .ok()
    }

    /// Which attribute the value comes from, and whether anything is asked at all.
    fn reads(&mut self, path: &SettingPath, when: &When) -> Reads {
        let on_value = when.one_of.is_some()
            || when.starts_with.is_some()
            || when.ends_with.is_some()
            || when.contains.is_some()
            || when.matches.is_some();
        let on_person = when.group.is_some()
            || when.idp.is_some()
            || when.email_domain.is_some()
            || when.network.is_some();
        match &when.attribute {
            Some(name) if is_blank(name) => self.error(
                path.join("attribute"),
                "the attribute's name is blank",
                "name an attribute, or remove `attribute` to read the section's own",
            ),
            Some(name) if !on_value => self.error(
                path.join("attribute"),
                format!("nothing is asked of the attribute `{name}`"),
                "add `one_of`, `starts_with`, `ends_with`, `contains` or `matches`; `matches = \".\"` holds for any value",
            ),
            Some(name) => return Reads::Other(self.other(name)),
            None if on_value => return Reads::Own,
            None if !on_person => self.error(
                path.clone(),
                "the rule has no condition",
                "say when it holds: `one_of`, `starts_with`, `ends_with`, `contains`, `matches`, `group`, `idp`, `email_domain` or `network`; for everybody else use `no_match = { assign = \"…\" }`",
            ),
            None => {}
        }
        Reads::Nothing
    }

    fn other(&mut self, name: &str) -> usize {
        let known = self.others.iter().position(|other| other == name);
        known.unwrap_or_else(|| {
            self.others.push(name.to_owned());
            self.others.len() - 1
        })
    }

    fn text_conditions(&mut self, path: &SettingPath, when: &When) -> TextConditions {
        for (key, fragment) in [
            ("starts_with", &when.starts_with),
            ("ends_with", &when.ends_with),
            ("contains", &when.contains),
            ("matches", &when.matches),
        ] {
            if fragment.as_deref().is_some_and(is_blank) {
                self.error(
                    path.join(key),
                    format!("`{key}` is blank"),
                    "write the text to look for, or remove the condition",
                );
            }
        }
        let fragment = |text: &Option<String>, start, end| {
            let text = text.as_deref()?;
            Some(fold_fragment(text, start, end))
        };
        TextConditions {
            one_of: (when.one_of.as_deref())
                .map(|values| self.one_of(&path.join("one_of"), values)),
            starts_with: fragment(&when.starts_with, false, true),
            ends_with: fragment(&when.ends_with, true, false),
            contains: fragment(&when.contains, true, true),
            matches: (when.matches.as_deref())
                .and_then(|pattern| self.regex(path.join("matches"), pattern)),
        }
    }

    fn one_of(&mut self, path: &SettingPath, values: &[String]) -> HashSet<String> {
        if values.is_empty() {
            self.error(
                path.clone(),
                "`one_of` is empty, so the rule can never hold",
                "list the values, or remove the condition",
            );
        }
        for (index, _) in values
            .iter()
            .enumerate()
            .filter(|(_, value)| is_blank(value))
        {
            self.error(
                path.join(index),
                "the value is blank; a blank attribute counts as absent",
                "remove it; what happens to agents without a value is decided by `no_match`",
            );
        }
        values.iter().map(|value| fold_name(value)).collect()
    }

    fn regex(&mut self, path: SettingPath, pattern: &str) -> Option<Regex> {
        let built = RegexBuilder::new(pattern)
            .size_limit(REGEX_SIZE)
            .dfa_size_limit(REGEX_SIZE)
            .build();
        match built {
            Ok(regex) => Some(regex),
            Err(regex::Error::CompiledTooBig(_)) => {
                self.error(
                    path,
                    "the regular expression needs more than 1 MiB once compiled",
                    "repeat less: {1,1000} of a large class is what grows",
                );
                None
            }
            Err(_) => {
                let (message, mend) = syntax_complaint(pattern);
                self.error(path, message, mend);
                None
            }
        }
    }

    fn person_conditions(&mut self, path: &SettingPath, when: &When) -> PersonConditions {
        if when.group.as_deref().is_some_and(is_blank) {
            self.error(
                path.join("group"),
                "the group's name is blank",
                "name a group, exactly as the identity provider sends it",
            );
        }
        if when.group.is_some() && self.settings.group_attribute.is_empty() {
            self.error(
                path.join("group"),
                "`group_attribute` is empty, so nobody is in any group",
                "name the attribute that carries the groups in `group_attribute`",
            );
        }
        if when.network.as_ref().is_some_and(Vec::is_empty) {
            self.error(
                path.join("network"),
                "`network` is empty, so the rule can never hold",
                "list the networks, such as [\"203.0.113.0/24\"], or remove the condition",
            );
        }
        PersonConditions {
            idp: when.idp.clone(),
            network: (when.network.as_ref())
                .map(|networks| networks.iter().copied().map(plain_network).collect()),
            email_domain: (when.email_domain.as_deref())
                .and_then(|domain| self.email_domain(path.join("email_domain"), domain)),
            group: when.group.clone(),
        }
    }

    fn email_domain(&mut self, path: SettingPath, written: &str) -> Option<String> {
        let domain = domain_to_ascii(written);
        if domain.is_none() {
            let bare = written.rsplit('@').next().unwrap_or_default();
            let mend = match domain_to_ascii(bare.trim_start_matches(['*', '.', ' '])) {
                Some(domain) => format!("write \"{domain}\"; a subdomain needs its own rule"),
                None => "write a domain, such as \"example.com\"".to_owned(),
            };
            self.error(path, format!("`{written}` is not a mail domain"), mend);
        }
        domain
    }
}

/// The path of a rule, by its index from 0.
pub(super) fn rule_path(index: usize) -> SettingPath {
    SettingPath::root().join("rule").join(index)
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

fn named_groups(regex: &Regex) -> Vec<String> {
    let names = regex.capture_names().flatten();
    names.map(str::to_owned).collect()
}

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
fn syntax_complaint(pattern: &str) -> (String, String) {
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
fn plain_network(network: IpNet) -> IpNet {
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
