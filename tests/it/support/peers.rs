//! Which real peers are installed, and what to say when one is not.
//!
//! A missing peer fails the test where it must not be missing (`CI` or
//! `FLEXBRIDGE_REQUIRE_PEERS` is set); elsewhere the test says what to run and
//! passes without having shown anything.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// One thing a peer needs.
#[derive(Clone, Copy)]
enum Need {
    /// A program of one of these names, on the PATH or where Debian keeps services.
    Program(&'static [&'static str]),
    /// This file or folder, in the checkout unless it is absolute.
    Path(&'static str),
    /// What this looks for.
    Found(fn() -> Option<PathBuf>, &'static str),
    /// These two files of the checkout with the same content: the second is
    /// the note of what was installed, so an old installation counts as none.
    Same(&'static str, &'static str),
}

const PHP_FPM: &[&str] = &["php-fpm8.2", "php-fpm8.3", "php-fpm8.4", "php-fpm"];

/// Every peer, and what it consists of.
const PEERS: &[(&str, &[Need])] = &[
    (
        "simplesamlphp",
        &[
            Need::Path("/usr/share/simplesamlphp/www/saml2/idp/SSOService.php"),
            Need::Program(PHP_FPM),
            Need::Program(&["nginx"]),
        ],
    ),
    (
        "python",
        &[
            Need::Path(PYTHON),
            Need::Same(
                "tests/peers/requirements.txt",
                "tests/peers/.venv/requirements.installed",
            ),
            Need::Same(
                "tests/peers/constraints.txt",
                "tests/peers/.venv/constraints.installed",
            ),
        ],
    ),
    (
        "node",
        &[
            Need::Program(&["node"]),
            Need::Same(
                "tests/peers/node/package-lock.json",
                "tests/peers/node/node_modules/package-lock.installed",
            ),
        ],
    ),
    ("xmlsec1", &[Need::Program(&["xmlsec1"])]),
    (
        "saml-schemas",
        &[
            Need::Path("/usr/share/simplesamlphp/schemas/saml-schema-metadata-2.0.xsd"),
            Need::Program(&["xmllint"]),
        ],
    ),
    ("redis", &[Need::Program(&["redis-server"])]),
    (
        "cluster",
        &[Need::Program(&["redis-server"]), Need::Program(&["nginx"])],
    ),
    ("faketime", &[Need::Found(libfaketime, "libfaketime")]),
    (
        "chromium",
        &[
            Need::Program(&["chromium"]),
            Need::Program(&["chromedriver"]),
            Need::Path("tests/peers/node/node_modules/axe-core/axe.min.js"),
        ],
    ),
    ("promtool", &[Need::Program(&["promtool"])]),
    ("systemd", &[Need::Program(&["systemd-analyze"])]),
];

/// The interpreter with the Python peers, in the checkout.
const PYTHON: &str = "tests/peers/.venv/bin/python";

/// Whether the peer of this name is there and the test can go on; see the module's text.
///
/// Names: `simplesamlphp`, `python`, `node`, `xmlsec1`, `saml-schemas`, `redis`,
/// `cluster`, `faketime`, `chromium`, `promtool`, `systemd`.
pub fn require(name: &str) -> bool {
    let checked = check(name);
    if let Err(missing) = &checked {
        skip(missing);
    }
    checked.is_ok()
}

/// Says that a test is left out for want of this.
///
/// # Panics
/// Where nothing may be missing, as in CI.
pub fn skip(missing: &str) {
    let strict = env::var_os("CI").is_some() || env::var_os("FLEXBRIDGE_REQUIRE_PEERS").is_some();
    assert!(!strict, "{missing}");
    eprintln!("SKIPPED: {missing}");
}

/// What is missing of the peer, in one sentence with its mend.
fn check(name: &str) -> Result<(), String> {
    let (_, needs) = PEERS
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap_or_else(|| panic!("no peer is called {name}; add it to PEERS in {}", file!()));
    needs.iter().try_for_each(|need| need.check()).map_err(|missing| {
        format!("the peer {name} is not installed ({missing}). Run `scripts/peers` in the checkout, then this test again.")
    })
}

impl Need {
    fn check(self) -> Result<(), String> {
        let (there, what) = match self {
            Self::Program(names) => (find_program(names).is_some(), names[0].to_owned()),
            Self::Path(path) => (in_checkout(path).exists(), path.to_owned()),
            Self::Found(find, name) => (find().is_some(), name.to_owned()),
            Self::Same(wanted, installed) => (
                same_content(wanted, installed),
                format!("{installed} differs from {wanted}"),
            ),
        };
        if there { Ok(()) } else { Err(what) }
    }
}

fn same_content(left: &str, right: &str) -> bool {
    match (fs::read(in_checkout(left)), fs::read(in_checkout(right))) {
        (Ok(left), Ok(right)) => left == right,
        _ => false,
    }
}

/// A path in the checkout; an absolute one stays as it is.
pub fn in_checkout(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The Python interpreter that has the Python peers.
pub fn python() -> PathBuf {
    in_checkout(PYTHON)
}

/// The Python interpreter, if its peers are installed; as [`require`] otherwise.
pub fn python_if_there() -> Option<PathBuf> {
    require("python").then(python)
}

/// The directory of Twilio's `OpenAPI` documents: `FLEXBRIDGE_TWILIO_OPENAPI`, or
/// `../shared/twilio-openapi` beside the checkout; they are never part of it.
#[expect(
    clippy::disallowed_methods,
    reason = "tests find their peers by the environment"
)]
pub fn twilio_openapi() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directory = env::var("FLEXBRIDGE_TWILIO_OPENAPI")
        .map_or_else(|_| root.join("../shared/twilio-openapi"), PathBuf::from);
    if directory.join("twilio_flex_v1.json").is_file() {
        return Some(directory);
    }
    eprintln!(
        "NOT CHECKED AGAINST TWILIO'S DESCRIPTION: {} does not hold twilio_flex_v1.json and \
         twilio_taskrouter_v1.json; get them from github.com/twilio/twilio-oai (spec/json) and \
         set FLEXBRIDGE_TWILIO_OPENAPI to their directory",
        directory.display()
    );
    None
}

/// The library that gives a process another clock, wherever this machine's architecture has it.
pub fn libfaketime() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?;
    let mut places = folders.filter_map(|folder| {
        let folder = folder.ok()?.path();
        Some(folder.join("faketime/libfaketimeMT.so.1"))
    });
    places.find(|place| place.is_file())
}

/// PHP's process manager.
pub fn php_fpm() -> PathBuf {
    find_program(PHP_FPM).expect("call require(\"simplesamlphp\") first")
}

/// A program by name; panics when it is missing, so call [`require`] first.
pub fn program(name: &'static str) -> PathBuf {
    find_program(&[name]).unwrap_or_else(|| panic!("{name} is not installed; run scripts/peers"))
}

fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/bin", "/sbin"].map(PathBuf::from))
        .collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|candidate| candidate.is_file())
}

mod tests {
    use super::*;

    #[test]
    fn a_missing_peer_is_named_with_its_mend() {
        let missing = Need::Program(&["flexbridge-no-such-program"])
            .check()
            .unwrap_err();
        assert_eq!(missing, "flexbridge-no-such-program");
        assert!(Need::Path("tests/no-such-folder").check().is_err());
        assert!(Need::Same("Cargo.toml", "clippy.toml").check().is_err());
        assert!(Need::Same("Cargo.toml", "Cargo.toml").check().is_ok());
        assert!(Need::Program(&["sh"]).check().is_ok());
    }

    #[test]
    fn an_unknown_peer_is_a_mistake_of_the_test() {
        let caught = std::panic::catch_unwind(|| check("no-such-peer"));
        assert!(caught.is_err());
    }
}
