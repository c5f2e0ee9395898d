//! The rules of a configuration that somebody pastes.
//!
//! Must never: look at a file, an environment variable or a partner that it names.

use crate::{
    admin::{PastedAccount, PastedRules, Trouble, TroubleKind},
    config::{Config, Draft, IdpConfig, Report},
    identity::IdpName,
    mapping::Mapping,
    settings::{Problem, SettingPath, Severity},
};

/// How many problems are told.
const MOST: usize = 5;

/// What decides locations in it.
///
/// # Errors
/// `admin.configuration` with the first of what is wrong.
pub(super) fn rules_of(configuration: Vec<u8>) -> Result<PastedRules, Trouble> {
    let draft = Draft::by_form("what was pasted", configuration);
    let config = draft.finish().map_err(|report| of_report(&report))?.config;
    let mut problems = Vec::new();
    let mut rules = PastedRules::default();
    for (name, settings) in &config.flex {
        let at = SettingPath::root().join("flex").join(name.as_str());
        match Mapping::new(settings.mapping.clone()) {
            Ok(mapping) => {
                let lets_in = settings.idp.iter().filter(|idp| is_on(&config, idp));
                let lets_in = lets_in.filter(|_| settings.enabled).cloned().collect();
                let account = PastedAccount { mapping, lets_in };
                rules.flex.insert(name.clone(), account);
            }
            Err(found) => {
                let at = at.join("location");
                let errors = found.into_iter().map(|problem| problem.under(&at));
                problems.extend(errors.filter(|one| one.severity == Severity::Error));
            }
        }
    }
    if problems.is_empty() {
        return Ok(rules);
    }
    Err(wrong(problems.iter().map(|problem| (None, problem))))
}

fn is_on(config: &Config, idp: &IdpName) -> bool {
    config.idp.get(idp).is_some_and(|idp| match idp {
        IdpConfig::Saml(settings) => settings.enabled,
        IdpConfig::Oidc(settings) => settings.enabled,
    })
}

fn of_report(report: &Report) -> Trouble {
    let errors = report.problems().iter();
    let errors = errors.filter(|placed| placed.problem.severity == Severity::Error);
    wrong(errors.map(|placed| (placed.place.as_ref().map(|at| at.line), &placed.problem)))
}

/// Messages of the configuration's own checks: they repeat nothing that may be a secret.
fn wrong<'p>(problems: impl Iterator<Item = (Option<usize>, &'p Problem)>) -> Trouble {
    let all: Vec<String> = problems
        .map(|(line, problem)| told(line, problem))
        .collect();
    let shown = all
        .iter()
        .take(MOST)
        .cloned()
        .collect::<Vec<_>>()
        .join("; ");
    let detail = match all.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    };
    Trouble::new(
        TroubleKind::Conflict,
        "admin.configuration",
        detail,
        "Mend it; `flexbridge config check` shows each line and what to write.",
    )
}

fn told(line: Option<usize>, problem: &Problem) -> String {
    let path = problem.path.to_string();
    let line = line.map_or_else(String::new, |line| format!("line {line}, "));
    if path.is_empty() {
        format!("{line}{}", problem.message)
    } else {
        format!("{line}`{path}`: {}", problem.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"version = 1
public_url = "https://sso.example.com"
[listen]
public = "127.0.0.1:1"
admin = "127.0.0.1:2"
[keys]
cookie = [{ env = "NOT_THERE" }]
assertion = [{ certificate = "/nowhere/a.pem", private_key = { file = "/nowhere/a.key" } }]
[idp.hq]
protocol = "saml"
metadata = { file = "/nowhere/hq.xml" }
[idp.old]
protocol = "saml"
metadata = { file = "/nowhere/old.xml" }
enabled = false
[flex.production]
idp = ["hq", "old"]
name_ids = "shared"
account_sid = "AC0123456789abcdef0123456789abcdef"
sso = { profile = "enhanced", connection = "JQ1" }
[flex.production.claims]
email = ["email"]
full_name = ["name"]
roles = ["roles"]
[flex.production.location]
attribute = ["office"]
defined = { from = "file", path = "/nowhere/list.json" }
[store]
kind = "embedded"
path = "/nowhere"
"#;

    #[test]
    fn only_the_rules_are_read_and_nothing_that_is_named() {
        let rules = rules_of(WHOLE.into()).unwrap();
        let account = rules.flex.values().next().unwrap();
        assert_eq!(account.mapping.attributes(), ["office"]);
        assert_eq!(account.lets_in, ["hq".parse().unwrap()]);
    }

    #[test]
    fn what_is_wrong_is_told_without_what_may_be_secret() {
        for (from, to, told) in [
            (
                "{ env = \"NOT_THERE\" }",
                "\"hunter2\"",
                "line 7, `keys.cookie[0]`",
            ),
            (
                "kind = \"embedded\"",
                "kind = \"redis\"\nurl = \"hunter2\"",
                "`store.url`",
            ),
            ("[listen]", "[listen\nhunter2", "not TOML"),
            (
                "[\"office\"]",
                "[\"office\"]\nrule = [{ when = { matches = \"(\" }, assign = \"A\" }]",
                "`flex.production.location.rule[0]",
            ),
        ] {
            let text = WHOLE.replace(from, to);
            let Err(trouble) = rules_of(text.into_bytes()) else {
                panic!("{to} passed");
            };
            assert_eq!(trouble.code, "admin.configuration");
            assert!(trouble.detail.contains(told), "{}", trouble.detail);
            assert!(!trouble.detail.contains("hunter2"), "{}", trouble.detail);
        }
    }
}
