//! Files that people could write, and what they are told.

use std::path::{Path, PathBuf};

use flexbridge::{
    config::{self, Draft, IdpConfig},
    identity::IdpInitiated,
};
use proptest::prelude::*;

fn told(name: &str, bytes: Vec<u8>) -> String {
    let (verdict, report) = match Draft::of_bytes(name, bytes).finish() {
        Ok(checked) => ("It can be used.", checked.report),
        Err(report) => ("It can't be used.", report),
    };
    format!("{}{verdict}\n", report.render(false))
}

/// Each `broken/NAME.toml` beside `NAME.txt`, which holds what is said of it. When that should
/// change, look at what the test wrote and put it there.
#[test]
fn each_broken_file_is_told_all_that_is_wrong() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/broken");
    let mut differing = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        count += 1;
        let name = path.file_name().unwrap().to_str().unwrap();
        let said = told(name, std::fs::read(&path).unwrap());
        assert!(!said.contains("unter2"), "{name} shows a secret:\n{said}");
        let kept = std::fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        if kept != said {
            let new = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
                .join(name)
                .with_extension("txt");
            std::fs::write(&new, &said).unwrap();
            differing.push(format!("{}:\n{said}", new.display()));
        }
    }
    assert!(count >= 10, "only {count} files were found");
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn programs_are_told_the_place() {
    let bytes = b"version = 1\n  pubic_url = \"x\"\n".to_vec();
    let report = Draft::of_bytes("x.toml", bytes).finish().unwrap_err();
    let json = serde_json::to_value(report.problems()).unwrap();
    let found = json
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["line"] == 2)
        .unwrap();
    assert_eq!(found["file"], "x.toml");
    assert_eq!(found["column"], 3);
    assert_eq!(found["path"], serde_json::json!(["pubic_url"]));
    assert_eq!(found["severity"], "error");
    assert_eq!(found["mend"], "Did you mean `public_url`?");
}

/// The contract's example as this version knows it: one identity provider, and it speaks SAML.
const CONTRACT: &str = include_str!("contract.toml");

#[test]
fn the_contracts_example_loads() {
    let checked = Draft::of_bytes("contract.toml", CONTRACT.into())
        .finish()
        .unwrap();
    let config = checked.config;
    assert_eq!(config.public_url.as_str(), "https://sso.example.com");
    let flex = &config.flex[&"production".parse().unwrap()];
    assert_eq!(flex.idp, ["hq".parse().unwrap()]);
    assert!(flex.enabled && flex.request_certificates.is_empty());
    assert_eq!(flex.mapping.rule.len(), 2);
    assert!(flex.mapping.group_attribute.contains(&"groups".to_owned()));
    let IdpConfig::Saml(hq) = &config.idp[&"hq".parse().unwrap()] else {
        panic!("not SAML");
    };
    assert!(hq.second_opinion && hq.enabled && hq.idp_initiated == IdpInitiated::Switch(false));
}

#[test]
fn what_is_shown_is_the_same_configuration_again() {
    for text in [CONTRACT, include_str!("../../config/flexbridge.toml")] {
        let first = Draft::of_bytes("first", text.into()).finish().unwrap();
        assert!(
            first.report.problems().is_empty(),
            "{}",
            first.report.render(false)
        );
        let shown = config::show(&first.file).unwrap();
        assert!(
            shown.contains("second_opinion = true"),
            "defaults are filled in:\n{shown}"
        );
        let second = Draft::of_bytes("second", shown.clone().into()).finish();
        let second = second.map_err(|report| report.render(false)).unwrap();
        assert_eq!(first.file, second.file, "{shown}");
    }
}

#[test]
fn a_slash_behind_the_host_makes_no_difference() {
    for url in [
        "https://sso.example.com",
        "https://sso.example.com/",
        "https://SSO.example.com:443",
    ] {
        let text = CONTRACT.replace("https://sso.example.com", url);
        let config = Draft::of_bytes("x", text.into()).finish().unwrap().config;
        assert_eq!(config.public_url.as_str(), "https://sso.example.com");
        assert!(config.public_url.is_https());
    }
    for url in [
        "http://localhost:8080",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
    ] {
        let text = CONTRACT.replace("https://sso.example.com", url);
        let config = Draft::of_bytes("x", text.into()).finish().unwrap().config;
        assert_eq!(config.public_url.as_str(), url);
        assert!(!config.public_url.is_https());
    }
}

#[test]
fn a_file_of_a_megabyte_is_refused_and_one_of_nonsense_is_soon_done() {
    let said = told("big", vec![b'#'; 1024 * 1024 + 1]);
    assert!(said.contains("larger than 1 MiB"), "{said}");
    let lines: Vec<_> = (0..40_000)
        .map(|number| format!("unknown_{number} = 1"))
        .collect();
    let said = told("nonsense", lines.join("\n").into());
    assert!(said.contains("… and "), "{}", said.len());
    let deep = format!("x = {}1{}", "[".repeat(5000), "]".repeat(5000));
    assert!(told("deep", deep.into()).contains("can't be used"));
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let said = told(
        "x",
        b"\"\\u001b[31mred\" = 1\nversion = \"\\u0007\"\n".to_vec(),
    );
    assert!(!said.contains(['\u{1b}', '\u{7}']), "{said:?}");
}

/// Any value that TOML knows, nested a little.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("true".to_owned()),
        Just("1.5".to_owned()),
        Just("1979-05-27".to_owned()),
        "[a-z:/.@ ]{0,12}".prop_map(|text| format!("\"{text}\"")),
        Just("{ env = \"X\" }".to_owned()),
        Just("{ from = \"twilio\" }".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            proptest::collection::btree_map("[a-z_]{1,10}", inner, 0..3).prop_map(|items| {
                let items: Vec<_> = items
                    .iter()
                    .map(|(key, value)| format!("{key} = {value}"))
                    .collect();
                format!("{{ {} }}", items.join(", "))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        told("any", bytes);
    }

    #[test]
    fn any_text_like_toml_is_answered(text in "[\\[\\]{}=\"'#.,a-z0-9 \n\u{e9}\u{1f30f}-]{0,200}") {
        told("any", text.into());
    }

    #[test]
    fn any_value_at_any_place_is_answered(value in value(), line in 0_usize..60) {
        let mut lines: Vec<String> = CONTRACT.lines().map(str::to_owned).collect();
        let at = line % lines.len();
        if let Some((key, _)) = lines[at].clone().split_once('=') {
            lines[at] = format!("{key}= {value}");
            told("any", lines.join("\n").into());
        }
    }

    #[test]
    fn a_secret_in_plain_text_is_never_shown(line in 0_usize..200, secret in "hunter[a-f0-9]{2,30}") {
        // Wherever a reference to a secret stands, and whatever else is broken beside it.
        let lines: Vec<&str> = CONTRACT.lines().collect();
        let mut text = CONTRACT
            .replace("{ env = \"TWILIO_API_SECRET\" }", &format!("\"{secret}\""))
            .replace("{ env = \"FLEXBRIDGE_COOKIE_KEY\" }", &format!("\"{secret}\""));
        let victim = lines[line % lines.len()];
        if let Some((key, _)) = victim.split_once('=') {
            text = text.replacen(&format!("{key}="), &format!("{} x=", key.trim_end()), 1);
        }
        let said = told("any", text.into());
        prop_assert!(!said.contains("hunter"), "{}", said);
    }
}

fn listening(lines: &str) -> String {
    let listen = "admin  = \"127.0.0.1:9443\"\n";
    assert!(CONTRACT.contains(listen));
    CONTRACT.replace(listen, lines)
}

#[test]
fn the_administrators_address_needs_a_token_where_others_can_reach_it() {
    for (lines, fine) in [
        ("admin = \"127.0.0.1:9443\"\n", true),
        ("admin = \"[::1]:9443\"\n", true),
        ("admin = \"0.0.0.0:9443\"\n", false),
        (
            "admin = \"0.0.0.0:9443\"\nadmin_token = { env = \"ADMIN_TOKEN\" }\n",
            true,
        ),
    ] {
        let said = told("x", listening(lines).into());
        assert_eq!(said.ends_with("It can be used.\n"), fine, "{said}");
        assert_eq!(said.contains("asks for no token"), !fine, "{said}");
    }
}

#[test]
fn a_token_that_can_be_guessed_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    for (token, mode, expected) in [
        (
            "secret",
            0o600,
            Some("the administrator's token is too short"),
        ),
        (
            "0123456789 0123456789",
            0o600,
            Some("token is too short, or"),
        ),
        (
            "01234567890123456789",
            0o644,
            Some("every user of this machine"),
        ),
        ("01234567890123456789\n", 0o600, None),
    ] {
        crate::support::bridge::write_secret(&file, token);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let line = format!("admin_token = {{ file = {:?} }}\n", file.to_str().unwrap());
        let mut draft = Draft::of_bytes("x", listening(&line).into());
        draft.check_secrets();
        let report = match draft.finish() {
            Ok(checked) => checked.report,
            Err(report) => report,
        };
        let problems = serde_json::to_string(report.problems()).unwrap();
        assert_eq!(
            problems.contains("\"admin_token\""),
            expected.is_some(),
            "{problems}"
        );
        assert!(
            problems.contains(expected.unwrap_or_default()),
            "{problems}"
        );
        assert!(!problems.contains("0123456789"), "{problems}");
    }
}

#[test]
fn a_network_that_is_too_large_to_be_proxies_is_a_warning() {
    for (network, wide) in [
        ("10.0.0.0/8", true),
        ("192.0.2.0/23", true),
        ("192.0.2.0/24", false),
        ("192.0.2.7/32", false),
        ("2001:db8::/63", true),
        ("2001:db8::/64", false),
    ] {
        let text = CONTRACT.replace("10.0.0.10/32", network);
        let said = told("x", text.into());
        assert!(said.ends_with("It can be used.\n"), "{said}");
        let warned = said.contains("chooses their address");
        assert_eq!(warned, wide, "{network}: {said}");
    }
}
