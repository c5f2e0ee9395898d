//! `docs/keys.md`: changing the key that signs for Flex, step by step, while
//! people sign in.
//!
//! Must never: run another command than the document says, or leave one out.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use flexbridge::clock::Stopwatch;

use crate::support::{
    bridge::{Plan, Site},
    browser::{Browser, Page},
    downstream::{self, Question},
    flex::{ENHANCED, LEGACY, decoded, enhanced_request, legacy_request, redirect},
    forging::{ForgingIdp, asked},
    peers,
    serve::Serve,
};

const DOCUMENT: &str = include_str!("../../docs/keys.md");
const RELOAD: &str = "kill -HUP \"$(pidof flexbridge)\"";

/// The commands of the document, in order.
fn commands() -> Vec<&'static str> {
    let blocks = DOCUMENT.split("```sh\n").skip(1);
    blocks
        .flat_map(|block| block.split("```").next().unwrap().lines())
        .collect()
}

/// A bridge at work, and the administrator at its machine.
struct Machine {
    serve: Serve,
    idp: ForgingIdp,
    commands: std::vec::IntoIter<&'static str>,
}

impl Machine {
    fn start() -> Self {
        let (site, idp) = (Site::new(), ForgingIdp::new("hq"));
        let certs = site.file("certs");
        fs::create_dir(&certs).unwrap();
        for name in ["assertion.pem", "assertion.key"] {
            fs::copy(site.file(name), certs.join(name)).unwrap();
        }
        let plan = Plan {
            metadata: idp.metadata_file(&site.file("hq.xml")),
            more: r#"[flex.staging]
idp = "hq"
account_sid = "AC00000000000000000000000000000000"
sso = "legacy"
claims = { email = ["email"], full_name = ["displayName"], roles = ["roles"] }
location = { attribute = ["department"], defined = { from = "file", path = "@/locations.json" } }
"#
            .to_owned(),
            ..Plan::default()
        };
        Self {
            serve: Serve::start(site, &plan),
            idp,
            commands: commands().into_iter(),
        }
    }

    /// The next command of the document, which must be this one; what it printed.
    fn next(&mut self, expected: &str) -> String {
        assert_eq!(
            self.commands.next(),
            Some(expected),
            "docs/keys.md says otherwise"
        );
        if expected == RELOAD {
            self.reload();
            return String::new();
        }
        let words = expected.strip_prefix("flexbridge ").unwrap().split(' ');
        let run = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
            .args(words)
            .current_dir(self.serve.site.folder.path())
            .env_clear()
            .env("FLEXBRIDGE_CONFIG", self.serve.site.config())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{expected}: {said}");
        String::from_utf8(run.stdout).unwrap()
    }

    fn reload(&mut self) {
        let times = |serve: &Serve| {
            serve
                .log()
                .matches("the configuration was read again")
                .count()
        };
        let before = times(&self.serve);
        self.serve.signal("HUP");
        let watch = Stopwatch::start();
        while times(&self.serve) == before {
            assert!(watch.elapsed().as_secs() < 20, "{}", self.serve.log());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// Puts these pairs of certificate and key into `keys.assertion`, in this order, and lets
    /// `[flex.production]` choose one.
    fn write_pairs(&self, names: &[(&str, &str)], chosen: Option<&str>) {
        let certs = self.serve.site.file("certs");
        let at = |name: &str, ending: &str| {
            let file = certs.join(format!("{name}.{ending}"));
            file.display().to_string()
        };
        let pair = |(certificate, key): &(&str, &str)| {
            format!(
                "{{ certificate = \"{}\", private_key = {{ file = \"{}\" }} }}",
                at(certificate, "pem"),
                at(key, "key")
            )
        };
        let pairs: Vec<_> = names.iter().map(pair).collect();
        let path = self.serve.site.config();
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = Vec::new();
        for line in text
            .lines()
            .filter(|line| !line.starts_with("assertion_key"))
        {
            if line.starts_with("assertion = ") {
                lines.push(format!("assertion = [{}]", pairs.join(", ")));
            } else {
                lines.push(line.to_owned());
            }
            if line == "[flex.production]" {
                let chosen = chosen.map(|name| format!("assertion_key = \"{}\"", at(name, "pem")));
                lines.extend(chosen);
            }
        }
        fs::write(&path, lines.join("\n")).unwrap();
    }

    fn certificate(&self, name: &str) -> String {
        let path = self.serve.site.file("certs").join(format!("{name}.pem"));
        fs::read_to_string(path).unwrap()
    }
}

/// A login to `production`, something between its two halves.
async fn answer(site_url: &str, idp: &ForgingIdp, between: impl AsyncFnOnce()) -> Page {
    answer_to("production", site_url, idp, between).await
}

async fn answer_to(
    flex: &str,
    site_url: &str,
    idp: &ForgingIdp,
    between: impl AsyncFnOnce(),
) -> Page {
    let sso = format!("{site_url}/saml/idp/{flex}/sso");
    let mut browser = Browser::new();
    let request = match flex {
        "production" => enhanced_request("_flex-request", &sso),
        _ => legacy_request("_flex-request", &sso),
    };
    let asked = asked(&browser.open_once(&redirect(&sso, &request, "state")).await);
    between().await;
    let now = flexbridge::clock::Clock::now(&flexbridge::clock::SystemClock);
    browser
        .submit_once(&idp.form(&asked, &ForgingIdp::says(&asked, now)))
        .await
}

fn response(page: &Page) -> String {
    assert_eq!(page.status, 200, "{}", page.body);
    let form = page.form_with("SAMLResponse");
    form.field("SAMLResponse").unwrap().to_owned()
}

/// Whether Flex, with this certificate in its one field, would accept the response for this
/// account: those whose code Twilio's two services are thought to run, and xmlsec1, agree.
fn accepted_by(flex: &str, site_url: &str, response: &str, certificate: &str) -> bool {
    let (sp_entity_id, acs_url) = if flex == "production" {
        ENHANCED
    } else {
        LEGACY
    };
    let question = Question {
        response: response.to_owned(),
        sp_entity_id: sp_entity_id.to_owned(),
        acs_url: acs_url.to_owned(),
        idp_entity_id: format!("{site_url}/saml/idp/{flex}"),
        idp_certificate: certificate.to_owned(),
        request_id: Some("_flex-request".to_owned()),
        now: None,
    };
    let all = [
        downstream::xmlsec1(response, certificate).is_ok(),
        downstream::python3_saml(&question).ok,
        downstream::passport_wsfed(&question).ok,
    ];
    assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
    all[0]
}

/// Where `keys list` shows this certificate's fingerprint.
fn place_of(listed: &str, certificate: &str) -> usize {
    let der = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        base64_of(certificate),
    );
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &der.unwrap());
    let pairs: Vec<_> = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    listed
        .find(&pairs.join(":"))
        .unwrap_or_else(|| panic!("{pairs:?} is not in {listed}"))
}

fn base64_of(certificate: &str) -> String {
    let lines = certificate.lines();
    lines.filter(|line| !line.starts_with('-')).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_changes_the_key_and_nobody_is_refused_by_the_bridge() {
    if !["xmlsec1", "python", "node"]
        .into_iter()
        .all(peers::require)
    {
        return;
    }
    let mut machine = Machine::start();
    let url = machine.serve.site.url.clone();
    let first = machine.certificate("assertion");
    let load = Load::start(&url, machine.idp.twin());
    let accepts = async |idp: &ForgingIdp, flex: &str, certificate: &str| {
        let page = answer_to(flex, &url, idp, async || {}).await;
        accepted_by(flex, &url, &response(&page), certificate)
    };

    // A certificate that ends: the same key, and no moment to mind.
    let over =
        "flexbridge keys generate assertion --name assertion-renewed --over certs/assertion.key";
    machine.next(over);
    let old = machine.certificate("assertion-renewed");
    assert_ne!(first, old);
    assert!(accepts(&machine.idp, "production", &old).await, "before");
    machine.write_pairs(&[("assertion-renewed", "assertion")], None);
    machine.next("flexbridge config check");
    machine.next(RELOAD);
    for certificate in [&first, &old] {
        for flex in ["production", "staging"] {
            assert!(accepts(&machine.idp, flex, certificate).await, "after");
        }
    }

    // Another key.
    machine.next("flexbridge keys generate assertion --name assertion-new");
    let new = machine.certificate("assertion-new");
    assert!(!accepts(&machine.idp, "production", &new).await);
    let both = [
        ("assertion-renewed", "assertion"),
        ("assertion-new", "assertion-new"),
    ];
    machine.write_pairs(&both, None);
    machine.next("flexbridge config check");
    machine.next(RELOAD);
    let listed = machine.next("flexbridge keys list");
    assert!(
        place_of(&listed, &old) < place_of(&listed, &new),
        "{listed}"
    );
    let metadata = machine.next("flexbridge metadata idp production");
    for certificate in [&old, &new] {
        assert!(metadata.contains(&base64_of(certificate)), "{metadata}");
    }
    let published = format!("{url}/saml/idp/production/metadata")
        .parse()
        .unwrap();
    let served = Browser::new().open(&published).await;
    assert_eq!(served.body.matches("<ds:X509Certificate>").count(), 2);
    assert!(accepts(&machine.idp, "production", &old).await);
    assert!(!accepts(&machine.idp, "production", &new).await);

    machine.write_pairs(&both, Some("assertion-new"));
    machine.next("flexbridge config check");
    assert!(
        accepts(&machine.idp, "production", &old).await,
        "nothing has changed yet"
    );
    // A login is under way while the key changes.
    let idp = machine.idp.twin();
    let under_way = answer(&url, &idp, async || drop(machine.next(RELOAD))).await;
    let under_way = response(&under_way);
    assert!(accepted_by("production", &url, &under_way, &new));
    assert!(accepts(&machine.idp, "production", &new).await);
    assert!(!accepts(&machine.idp, "production", &old).await);
    // The other account, and so a second connection, has the key that its field holds.
    assert!(accepts(&machine.idp, "staging", &old).await);
    assert!(!accepts(&machine.idp, "staging", &new).await);
    let listed = machine.next("flexbridge keys list");
    assert!(
        listed.contains("keys.assertion[0]: signs for staging\n"),
        "{listed}"
    );
    assert!(
        listed.contains("keys.assertion[1]: signs for production\n"),
        "{listed}"
    );
    let served = Browser::new().open(&published).await;
    let at = |certificate: &str| served.body.find(&base64_of(certificate)).unwrap();
    assert!(at(&new) < at(&old), "the one that signs comes first");

    machine.write_pairs(&[("assertion-new", "assertion-new")], None);
    machine.next("flexbridge config check");
    machine.next(RELOAD);
    for flex in ["production", "staging"] {
        assert!(accepts(&machine.idp, flex, &new).await);
    }
    assert_eq!(machine.commands.next(), None, "the document goes on");
    load.end(&[&first, &old, &new]).await;
}

/// People who sign in all the while.
struct Load {
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<Vec<String>>,
}

impl Load {
    fn start(url: &str, idp: ForgingIdp) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (url, stopped) = (url.to_owned(), stop.clone());
        let task = tokio::spawn(async move {
            let mut responses = Vec::new();
            while !stopped.load(Ordering::SeqCst) {
                responses.push(response(&answer(&url, &idp, async || {}).await));
            }
            responses
        });
        Self { stop, task }
    }

    /// Every one was answered; with each certificate in its time, and never back.
    async fn end(self, certificates: &[&str]) {
        self.stop.store(true, Ordering::SeqCst);
        let responses = self.task.await.unwrap();
        let certificates: Vec<_> = certificates.iter().map(|pem| base64_of(pem)).collect();
        let order: Vec<usize> = responses
            .iter()
            .map(|response| {
                let xml = decoded(response);
                let mut places = certificates.iter().map(|one| xml.contains(one));
                let place = places.position(|found| found).unwrap();
                assert!(!places.any(|found| found), "signed with one of them");
                place
            })
            .collect();
        assert!(order.is_sorted(), "{order:?}");
        for place in 0..certificates.len() {
            assert!(order.contains(&place), "{order:?}");
        }
    }
}

#[test]
fn the_document_is_found_where_it_is_looked_for() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/README.md");
    assert!(fs::read_to_string(docs).unwrap().contains("(keys.md)"));
    assert!(commands().len() >= 8, "{:?}", commands());
}
