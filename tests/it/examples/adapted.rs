//! An example with the files that a test has instead of an administrator's.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use flexbridge::{
    clock::{Clock as _, SystemClock},
    config::Draft,
};
use toml::{Table, Value};

use super::{examples, oidc, read};
use crate::support::{
    bridge::{ARTICLE, Site},
    forging::ForgingIdp,
    forging_provider::SECRET,
};

/// Puts another value where the example has one; panics where it has none.
fn swap(table: &mut Table, path: &[&str], value: impl Into<Value>) {
    let (last, way) = path.split_last().unwrap();
    let mut inner = table;
    for step in way {
        inner = inner[*step].as_table_mut().unwrap();
    }
    let old = inner.insert((*last).to_owned(), value.into());
    assert!(old.is_some(), "the example has no {path:?}");
}

fn inline(text: &str) -> Value {
    let table: Table = toml::from_str(&format!("it = {text}")).unwrap();
    table["it"].clone()
}

/// The example with the test's files and secrets.
fn with_files(name: &str, site: &Site, idp: &ForgingIdp) -> Table {
    let mut table: Table = toml::from_str(&read(&format!("config/examples/{name}.toml"))).unwrap();
    let file = |name: &str| site.file(name).display().to_string();
    crate::support::bridge::write_secret(&site.file("secret"), SECRET);
    fs::set_permissions(site.file("secret"), fs::Permissions::from_mode(0o600)).unwrap();
    let cookie = format!(r#"[{{ file = "{}" }}]"#, file("cookie.key"));
    let assertion = format!(
        r#"[{{ certificate = "{}", private_key = {{ file = "{}" }} }}]"#,
        file("assertion.pem"),
        file("assertion.key")
    );
    let secret = format!(r#"{{ file = "{}" }}"#, file("secret"));
    let metadata = idp.metadata_file(&site.file("idp.xml"));
    let flex = |rest: &[&'static str]| [&["flex", "production"], rest].concat();
    swap(&mut table, &["keys", "cookie"], inline(&cookie));
    swap(&mut table, &["keys", "assertion"], inline(&assertion));
    let (key, value) = if table["idp"]["hq"]["protocol"].as_str() == Some("oidc") {
        ("client_secret", &secret)
    } else {
        ("metadata", &metadata)
    };
    swap(&mut table, &["idp", "hq", key], inline(value));
    swap(
        &mut table,
        &flex(&["twilio", "api_secret"]),
        inline(&secret),
    );
    swap(&mut table, &["store", "path"], file("store"));
    table
}

/// Writes the example, at home on this machine, to where the site has its configuration.
pub fn write(name: &str, site: &Site, idp: &ForgingIdp) {
    write_with(name, site, idp, |_| {});
}

/// The same with an OpenID Connect provider at this address.
pub fn write_oidc(name: &str, site: &Site, issuer: &str) {
    write_with(name, site, &ForgingIdp::new(name), |table| {
        swap(table, &["idp", "hq", "issuer"], issuer);
    });
}

fn write_with(name: &str, site: &Site, idp: &ForgingIdp, change: impl FnOnce(&mut Table)) {
    let mut table = with_files(name, site, idp);
    let locations = site.file("locations.json");
    fs::write(&locations, ARTICLE).unwrap();
    let defined = format!(r#"{{ from = "file", path = "{}" }}"#, locations.display());
    let public = format!("127.0.0.1:{}", site.port);
    swap(&mut table, &["public_url"], site.url.clone());
    swap(&mut table, &["listen", "public"], public);
    swap(&mut table, &["listen", "admin"], "127.0.0.1:0");
    swap(
        &mut table,
        &["flex", "production", "sso", "connection"],
        "JQ0123456789",
    );
    swap(
        &mut table,
        &["flex", "production", "location", "defined"],
        inline(&defined),
    );
    change(&mut table);
    fs::write(site.config(), toml::to_string(&table).unwrap()).unwrap();
}

#[test]
fn each_example_is_fine() {
    let site = Site::new();
    let idp = ForgingIdp::new("any");
    for name in examples().into_iter().chain(oidc::examples()) {
        let table = with_files(&name, &site, &idp);
        let text = toml::to_string(&table).unwrap();
        let mut draft = Draft::of_bytes(&name, text.into_bytes());
        assert!(draft.load_keys(SystemClock.now()).is_some(), "{name}");
        draft.check_secrets();
        let report = match draft.finish() {
            Ok(checked) => checked.report,
            Err(report) => report,
        };
        assert_eq!(report.counts(), (0, 0), "{}", report.render(false));
    }
}
