//! From the rules as written to rules that can be tried, with all problems at once.

use std::collections::HashSet;

use regex::{Regex, RegexBuilder};

use super::{
    NoMatch, RuleSettings, Settings, When,
    forms::{domain_to_ascii, fold_fragment, plain_network, syntax_complaint},
    repeats,
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
    let others = compiler.others;
    (Compiled { rules, others }, compiler.problems)
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
