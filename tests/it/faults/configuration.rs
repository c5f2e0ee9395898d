//! What an administrator gets wrong: a file that can't be used, a key that others may read, a
//! certificate that has ended. A running bridge goes on as it was and says what is wrong; one
//! that starts says it and ends.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    process::{Command, Output},
};

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd};

use super::person::{begin, readiness};
use crate::{
    login::process::Company,
    support::{
        bridge::{Site, write_secret},
        chaos::Fault,
        forging::ForgingIdp,
        identity::SigningIdentity,
        serve::Serve,
    },
};

const ASIDE: &str = "the configuration was not read again; the running one goes on";
const READ: &str = "the configuration was read again";

fn mode(site: &Site, name: &str, mode: u32) {
    fs::set_permissions(site.file(name), fs::Permissions::from_mode(mode)).unwrap();
}

fn edit(site: &Site, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(site.config()).unwrap();
    fs::write(site.config(), change(text)).unwrap();
}

/// One way to get it wrong, what mends it, and a word of what is said.
struct Wrong {
    case: &'static str,
    spoil: fn(&Site),
    says: &'static str,
}

/// Ways that concern files, keys and text alike.
const WAYS: &[Wrong] = &[
    Wrong {
        case: "no TOML",
        spoil: |site| edit(site, |text| format!("{text}\n[[[")),
        says: "error",
    },
    Wrong {
        case: "an unknown key",
        spoil: |site| edit(site, |text| format!("verison = 1\n{text}")),
        says: "verison",
    },
    Wrong {
        case: "empty",
        spoil: |site| fs::write(site.config(), "").unwrap(),
        says: "version",
    },
    Wrong {
        case: "gone",
        spoil: |site| fs::remove_file(site.config()).unwrap(),
        says: "flexbridge.toml",
    },
    Wrong {
        case: "a rule that is no expression",
        spoil: |site| {
            edit(site, |text| {
                text.replace(
                    "[store]",
                    "[[flex.production.location.rule]]\nwhen = { matches = \"(\" }\nassign = \"Singapore Office\"\n[store]",
                )
            });
        },
        says: "rule",
    },
    Wrong {
        case: "a key that every user may read",
        spoil: |site| mode(site, "assertion.key", 0o644),
        says: "assertion.key",
    },
    Wrong {
        case: "a cookie key that the group may change",
        spoil: |site| mode(site, "cookie.key", 0o620),
        says: "cookie.key",
    },
    Wrong {
        case: "a key that is gone",
        spoil: |site| fs::remove_file(site.file("assertion.key")).unwrap(),
        says: "assertion.key",
    },
    Wrong {
        case: "a key of another certificate",
        spoil: |site| {
            let other = SigningIdentity::generate("other");
            write_secret(&site.file("assertion.key"), &other.private_key);
        },
        says: "certificate",
    },
    Wrong {
        case: "a cookie key cut short",
        spoil: |site| write_secret(&site.file("cookie.key"), "00ff"),
        says: "cookie",
    },
    Wrong {
        case: "metadata without a file",
        spoil: |site| edit(site, |text| text.replace("hq.xml", "nowhere.xml")),
        says: "nowhere.xml",
    },
];

/// Everything that [`WAYS`] may spoil, to be put back.
struct Kept {
    files: Vec<(&'static str, Vec<u8>)>,
}

impl Kept {
    fn of(site: &Site) -> Self {
        let names = ["flexbridge.toml", "assertion.key", "cookie.key", "hq.xml"];
        let files = names.map(|name| (name, fs::read(site.file(name)).unwrap()));
        Self {
            files: files.to_vec(),
        }
    }

    fn put_back(&self, site: &Site) {
        for (name, bytes) in &self.files {
            fs::write(site.file(name), bytes).unwrap();
            mode(site, name, 0o600);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_reload_changes_nothing_and_says_why() {
    let site = Site::new();
    let company = Company::at(&site);
    let mut serve = Serve::start(site, &company.plan);
    let kept = Kept::of(&serve.site);
    let mut fault = Fault::new("a bad configuration is read again", "");
    for Wrong { case, spoil, says } in WAYS {
        let under_way = begin(&serve, &company).await;
        spoil(&serve.site);
        let line = serve.signal_and_wait("HUP", ASIDE);
        fault.holds(&format!("{case}: told"), line.contains("ERROR"), &line);
        let report = serve.log();
        fault.holds(
            &format!("{case}: with the reason"),
            report.contains(says),
            &report,
        );
        fault.case(
            &format!("{case}: who began signs in"),
            under_way.end().await,
        );
        let fresh = begin(&serve, &company).await;
        fault.case(&format!("{case}: who begins signs in"), fresh.end().await);
        let (status, told) = readiness(&serve).await;
        fault.holds(&format!("{case}: it is ready"), status == 200, &told);
        kept.put_back(&serve.site);
        serve.signal_and_wait("HUP", READ);
        let fresh = begin(&serve, &company).await;
        fault.case(&format!("{case}: mended, it is taken"), fresh.end().await);
    }
    fault.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_start_says_why_and_ends() {
    let site = Site::new();
    let company = Company::at(&site);
    site.write(&company.plan);
    let kept = Kept::of(&site);
    let mut fault = Fault::new("a bad configuration at the start", "");
    for Wrong { case, spoil, says } in WAYS {
        spoil(&site);
        let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
            .arg("--config")
            .arg(site.config())
            .arg("serve")
            .env_clear()
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&stderr);
        let right = status.code() == Some(2) && told.contains(says);
        fault.holds(case, right, &format!("{status}: {told}"));
        kept.put_back(&site);
    }
    let serve = Serve::start(site, &company.plan);
    let fresh = begin(&serve, &company).await;
    fault.case("mended, it starts", fresh.end().await);
    fault.finish();
}

/// A certificate that ended years ago, with its key.
fn ended(name: &str) -> SigningIdentity {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2018, 1, 1);
    params.not_after = date_time_ymd(2020, 1, 1);
    SigningIdentity {
        certificate: params.self_signed(&key).unwrap().pem(),
        private_key: key.serialize_pem(),
    }
}

/// Whoever reads a SAML signature compares the certificate and not its dates (SAML2Int), so that
/// an ended one keeps nobody out; the administrator is told all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_has_ended_is_told_and_keeps_nobody_out() {
    let site = Site::new();
    let mut company = Company::at(&site);
    let mut fault = Fault::new("a certificate has ended", "");
    let ours = ended("flexbridge");
    fs::write(site.file("assertion.pem"), &ours.certificate).unwrap();
    write_secret(&site.file("assertion.key"), &ours.private_key);
    company.idp = ForgingIdp::with("hq", ended("hq"));
    company.plan.metadata = company.idp.metadata_file(&site.file("hq.xml"));
    let serve = Serve::start(site, &company.plan);
    let told = serve.log().contains("2020-01-01");
    fault.holds("ours is told at the start", told, &serve.log());
    let fresh = begin(&serve, &company).await;
    fault.case("people sign in", fresh.end().await);
    let url = serve.admin_at("/metrics");
    let metrics = crate::support::browser::Browser::new()
        .open(&url)
        .await
        .body;
    let expiry = metrics
        .lines()
        .filter(|line| line.starts_with("flexbridge_certificate_expiry_timestamp_seconds"));
    let ended = expiry.filter(|line| line.ends_with(" 1577836800")).count();
    fault.holds("a metric tells both", ended >= 2, &metrics);
    fault.finish();
}
