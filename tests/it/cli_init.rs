//! `flexbridge init`, from an empty directory to a configuration that is fine.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

const SECRET: (&str, &str) = ("TWILIO_API_SECRET", "hunter2");

fn zeros(prefix: &str) -> String {
    format!("{prefix}{}", "0".repeat(32))
}

/// Exit code, standard output, standard error.
fn run(at: &Path, words: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
        .args(words)
        .current_dir(at)
        .stdin(Stdio::null())
        .env_clear()
        .envs([SECRET])
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

fn options() -> Vec<String> {
    [
        "init",
        "--public-url",
        "https://sso.company.example",
        "--idp-metadata",
        "https://idp.company.example/metadata",
        "--account-sid",
        &zeros("AC"),
        "--connection",
        "JQ0123456789",
        "--api-key",
        &zeros("SK"),
    ]
    .map(str::to_owned)
    .to_vec()
}

fn with(options: &[String], more: &[&str]) -> Vec<String> {
    let more = more.iter().map(|word| (*word).to_owned());
    options.iter().cloned().chain(more).collect()
}

/// Asks nobody: what `doctor` says has tests of its own.
fn init(at: &Path, words: &[String]) -> (i32, String, String) {
    let mut words: Vec<_> = words.iter().map(String::as_str).collect();
    words.push("--offline");
    run(at, &words)
}

fn files(at: &Path) -> usize {
    fs::read_dir(at).unwrap().count()
}

#[test]
fn options_alone_lead_to_a_configuration_that_is_fine() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let (code, out, err) = init(at, &options());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    for said in [
        "wrote certs/assertion.key",
        "wrote config/flexbridge.toml",
        "-----BEGIN CERTIFICATE-----",
        "https://sso.company.example/saml/idp/production/sso",
        "https://sso.company.example/saml/sp/hq/acs",
        "as TWILIO_API_SECRET",
        "flexbridge --config config/flexbridge.toml doctor",
    ] {
        assert!(out.contains(said), "{said}\n{out}");
    }
    assert!(!out.contains("Looked at"), "{out}");
    let (code, out, err) = run(at, &["config", "check"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");

    let before = fs::read(at.join("config/flexbridge.toml")).unwrap();
    let (code, _, err) = init(at, &options());
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("never overwritten"), "{err}");
    assert_eq!(fs::read(at.join("config/flexbridge.toml")).unwrap(), before);
}

/// A provider and a list that are files, so that nobody has to be there.
fn beside(at: &Path) -> Vec<String> {
    let idp = crate::support::identity::SigningIdentity::generate("idp.company.example");
    let pem = idp
        .certificate
        .lines()
        .filter(|line| !line.starts_with("-----"));
    let certificate: String = pem.collect();
    let metadata = format!(
        r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.company.example">
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>
<ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.company.example/sso"/>
</md:IDPSSODescriptor></md:EntityDescriptor>"#
    );
    fs::write(at.join("idp.xml"), metadata).unwrap();
    fs::write(at.join("locations.json"), r#"[{"name":"Head Office"}]"#).unwrap();
    let sid = zeros("AC");
    [
        "init",
        // Nothing listens there.
        "--public-url",
        "http://localhost:9",
        "--idp-metadata",
        "idp.xml",
        "--account-sid",
        &sid,
        "--connection",
        "JQ0123456789",
        "--locations",
        "locations.json",
        "--state",
        "state",
    ]
    .map(str::to_owned)
    .to_vec()
}

#[test]
fn at_its_end_it_looks_as_doctor_does() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let words = beside(at);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    // What fails there is still to do, and no fault of what was written.
    let (code, out, err) = run(at, &words);
    assert_eq!(code, 0, "{err}");
    let (before, found) = out.split_once("Looked at what a login needs").unwrap();
    assert!(before.contains("-----END CERTIFICATE-----"), "{out}");
    for said in [
        "ok       configuration: can be used",
        "ok       idp.hq.metadata:",
        "ok       flex.production.locations:",
        "FAILS    public_url: http://localhost:9",
        "Then\n  flexbridge --config config/flexbridge.toml serve",
    ] {
        assert!(found.contains(said), "{said}\n{out}");
    }

    fs::remove_file(at.join("config/flexbridge.toml")).unwrap();
    let json = run(at, &[&words[..], &["--format", "json"]].concat()).1;
    let done: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(done["doctor"]["health"], "fails", "{done}");
}

#[test]
fn beside_the_services_environment_it_says_the_services_way() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::create_dir(at.join("config")).unwrap();
    fs::write(at.join("config/flexbridge.env"), "").unwrap();
    let (code, out, err) = init(at, &options());
    assert_eq!(code, 0, "{err}");
    for said in [
        "as TWILIO_API_SECRET=… in config/flexbridge.env",
        "systemctl restart flexbridge",
        "set -a; . config/flexbridge.env; set +a; flexbridge --config config/flexbridge.toml doctor",
    ] {
        assert!(out.contains(said), "{said}\n{out}");
    }
}

#[test]
fn keys_that_are_there_are_kept_and_half_a_pair_is_not_mended() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    assert_eq!(run(at, &["keys", "generate"]).0, 0);
    let key = fs::read(at.join("certs/assertion.key")).unwrap();
    let (code, out, err) = init(at, &with(&options(), &["--format", "json"]));
    assert_eq!((code, err.as_str()), (0, ""));
    let done: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(done["wrote"], serde_json::json!(["config/flexbridge.toml"]));
    assert_eq!(done["kept"].as_array().unwrap().len(), 3);
    assert_eq!(done["setup"]["flex"], "production");
    assert_eq!(fs::read(at.join("certs/assertion.key")).unwrap(), key);

    fs::remove_file(at.join("config/flexbridge.toml")).unwrap();
    fs::remove_file(at.join("certs/assertion.pem")).unwrap();
    let (code, _, err) = init(at, &options());
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("assertion.key exists already"), "{err}");
    assert!(!at.join("config/flexbridge.toml").exists());
}

#[test]
fn what_is_missing_or_wrong_is_said_and_nothing_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let (code, out, err) = run(at, &["init"]);
    assert_eq!((code, out.as_str()), (2, ""));
    for option in [
        "--public-url",
        "--idp-metadata",
        "--account-sid",
        "--connection",
        "--api-key or --locations",
    ] {
        assert!(err.contains(option), "{option}\n{err}");
    }
    assert!(!err.contains("--issuer"), "{err}");
    let (code, _, err) = run(at, &["init", "--protocol", "oidc"]);
    assert!(
        code == 2 && err.contains("--issuer") && err.contains("--client-id"),
        "{err}"
    );

    for (option, value, said) in [
        ("--public-url", "http://sso.company.example", "https"),
        ("--account-sid", "AC1", "not the SID"),
        ("--connection", "XX", "not a connection"),
        ("--idp-metadata", "nowhere.xml", "nowhere.xml"),
        ("--proxy", "10.0.0", "10.0.0"),
    ] {
        let mut words = options();
        match words.iter().position(|word| word == option) {
            Some(place) => words[place + 1] = value.to_owned(),
            None => words.extend([option.to_owned(), value.to_owned()]),
        }
        let (code, _, err) = init(at, &words);
        assert_eq!(code, 2, "{option} {value}: {err}");
        assert!(err.contains(said), "{option} {value}: {err}");
        assert!(err.contains("nothing was written"), "{err}");
    }
    assert_eq!(files(at), 0);
}

#[test]
fn an_installed_configuration_has_its_keys_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let config = at.join("etc/flexbridge/flexbridge.toml");
    let config = config.to_str().unwrap();
    let (code, _, err) = init(
        at,
        &with(&options(), &["--config", config, "--proxy", "10.0.0.9/32"]),
    );
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(at.join("etc/flexbridge/certs/assertion.key").is_file());
    let text = fs::read_to_string(config).unwrap();
    assert!(text.contains("public = \"0.0.0.0:8443\""), "{text}");
    assert!(
        text.contains("trusted_proxies = [\"10.0.0.9/32\"]"),
        "{text}"
    );
    // From anywhere, as the paths in it are whole.
    let elsewhere = tempfile::tempdir().unwrap();
    let (code, _, err) = run(elsewhere.path(), &["--config", config, "config", "check"]);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn openid_connect_legacy_sso_and_a_file_of_locations_do_as_well() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::write(at.join("locations.json"), r#"[{"name":"Head Office"}]"#).unwrap();
    let sid = zeros("AC");
    let words = [
        "init",
        "--public-url",
        "https://sso.company.example",
        "--issuer",
        "https://partner.example.com/",
        "--client-id",
        "0oa1",
        "--client-secret-file",
        "client.secret",
        "--account-sid",
        &sid,
        "--connection",
        "legacy",
        "--locations",
        "locations.json",
        "--attribute",
        "office",
        "--tls-certificate",
        "tls.pem",
        "--tls-key",
        "tls.key",
        "--offline",
    ];
    // The files need not be there for the words to be right, but these two are looked for.
    let (code, _, err) = run(at, &words);
    assert!(code == 2 && err.contains("tls.pem"), "{err}");
    let tls = crate::support::identity::SigningIdentity::generate("sso.company.example");
    fs::write(at.join("tls.pem"), tls.certificate).unwrap();
    crate::support::bridge::write_secret(&at.join("tls.key"), &tls.private_key);
    let (code, out, err) = run(at, &words);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("Redirect URI") && out.contains("in client.secret"),
        "{out}"
    );
    let text = fs::read_to_string(at.join("config/flexbridge.toml")).unwrap();
    assert!(text.contains("sso         = \"legacy\""), "{text}");
}

/// The answers typed at a terminal: `script` makes one.
fn typed(at: &Path, answers: &str) -> (i32, String) {
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(format!(
            "{} init --offline",
            env!("CARGO_BIN_EXE_flexbridge")
        ))
        .arg("/dev/null")
        .current_dir(at)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(answers.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code().unwrap(), shown)
}

#[test]
fn at_a_terminal_it_asks_until_the_answer_fits() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let (sid, key) = (zeros("AC"), zeros("SK"));
    let answers = [
        "http://sso.company.example", // refused, asked again
        "https://sso.company.example",
        "smal",
        "",
        "https://idp.company.example/metadata",
        "AC12",
        &sid,
        "JQ0123456789",
        "",
        &key,
        "office",
        "",
    ];
    let (code, shown) = typed(at, &(answers.join("\n") + "\n"));
    assert_eq!(code, 0, "{shown}");
    assert_eq!(
        shown.matches("that browsers will see").count(),
        2,
        "{shown}"
    );
    assert!(shown.contains("not the SID"), "{shown}");
    let text = fs::read_to_string(at.join("config/flexbridge.toml")).unwrap();
    assert!(text.contains("attribute   = [\"office\"]"), "{text}");
    assert_eq!(run(at, &["config", "check"]).0, 0);
}

#[test]
fn who_stops_answering_has_written_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (code, shown) = typed(directory.path(), "https://sso.company.example\n\u{4}");
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("nothing was written"), "{shown}");
    assert_eq!(files(directory.path()), 0);
}
