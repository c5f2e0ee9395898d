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
    downstream,
    flex::{decoded, enhanced_request, redirect},
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

    /// Puts these pairs into `keys.assertion`, in this order.
    fn write_pairs(&self, names: &[&str]) {
        let certs = self.serve.site.file("certs");
        let pair = |name: &&str| {
            let at = |ending: &str| certs.join(format!("{name}.{ending}")).display().to_string();
            format!(
                "{{ certificate = \"{}\", private_key = {{ file = \"{}\" }} }}",
                at("pem"),
                at("key")
            )
        };
        let pairs: Vec<_> = names.iter().map(pair).collect();
        let path = self.serve.site.config();
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| {
            if line.starts_with("assertion = ") {
                format!("assertion = [{}]", pairs.join(", "))
            } else {
                line.to_owned()
            }
        });
        fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
    }

    fn certificate(&self, name: &str) -> String {
        let path = self.serve.site.file("certs").join(format!("{name}.pem"));
        fs::read_to_string(path).unwrap()
    }
}

async fn answer(site_url: &str, idp: &ForgingIdp, between: impl AsyncFnOnce()) -> Page {
    let sso = format!("{site_url}/saml/idp/production/sso");
    let mut browser = Browser::new();
    let request = enhanced_request("_flex-request", &sso);
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

/// Whether Flex, with this certificate in its one field, would accept the response.
fn accepted(response: &str, certificate: &str) -> bool {
    downstream::xmlsec1(response, certificate).is_ok()
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
    if !peers::require("xmlsec1") {
        return;
    }
    let mut machine = Machine::start();
    let url = machine.serve.site.url.clone();
    let old = machine.certificate("assertion");
    let load = Load::start(&url, machine.idp.twin());

    machine.next("flexbridge keys generate assertion --name assertion-new");
    let new = machine.certificate("assertion-new");
    let flex_accepts = async |idp: &ForgingIdp, certificate: &str| {
        accepted(
            &response(&answer(&url, idp, async || {}).await),
            certificate,
        )
    };
    assert!(flex_accepts(&machine.idp, &old).await);

    machine.write_pairs(&["assertion", "assertion-new"]);
    machine.next("flexbridge config check");
    machine.next(RELOAD);
    let listed = machine.next("flexbridge keys list");
    let (first, second) = (place_of(&listed, &old), place_of(&listed, &new));
    assert!(first < second, "{listed}");
    let metadata = machine.next("flexbridge metadata idp production");
    for certificate in [&old, &new] {
        assert!(metadata.contains(&base64_of(certificate)), "{metadata}");
    }
    let served = Browser::new()
        .open(
            &format!("{url}/saml/idp/production/metadata")
                .parse()
                .unwrap(),
        )
        .await;
    assert_eq!(served.body.matches("<ds:X509Certificate>").count(), 2);
    assert!(flex_accepts(&machine.idp, &old).await);
    assert!(!flex_accepts(&machine.idp, &new).await);

    machine.write_pairs(&["assertion-new", "assertion"]);
    machine.next("flexbridge config check");
    assert!(
        flex_accepts(&machine.idp, &old).await,
        "nothing has changed yet"
    );
    // A login is under way while the key changes.
    let idp = machine.idp.twin();
    let under_way = answer(&url, &idp, async || drop(machine.next(RELOAD))).await;
    assert!(accepted(&response(&under_way), &new));
    assert!(flex_accepts(&machine.idp, &new).await);
    assert!(!flex_accepts(&machine.idp, &old).await);
    let listed = machine.next("flexbridge keys list");
    assert!(
        place_of(&listed, &new) < place_of(&listed, &old),
        "{listed}"
    );

    machine.write_pairs(&["assertion-new"]);
    machine.next("flexbridge config check");
    machine.next(RELOAD);
    assert!(flex_accepts(&machine.idp, &new).await);
    assert_eq!(machine.commands.next(), None, "the document goes on");
    load.end(&old, &new).await;
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

    /// Every one was answered; first with the old key, then with the new one, and never back.
    async fn end(self, old: &str, new: &str) {
        self.stop.store(true, Ordering::SeqCst);
        let responses = self.task.await.unwrap();
        let (old, new) = (base64_of(old), base64_of(new));
        let by_new: Vec<bool> = responses
            .iter()
            .map(|response| {
                let xml = decoded(response);
                assert!(
                    xml.contains(&old) != xml.contains(&new),
                    "signed with one of them"
                );
                xml.contains(&new)
            })
            .collect();
        let change = by_new.iter().position(|&by_new| by_new).unwrap();
        assert!(change > 0 && by_new[change..].iter().all(|&by_new| by_new));
    }
}

#[test]
fn the_document_is_found_where_it_is_looked_for() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/README.md");
    assert!(fs::read_to_string(docs).unwrap().contains("(keys.md)"));
    assert!(commands().len() >= 8, "{:?}", commands());
}
