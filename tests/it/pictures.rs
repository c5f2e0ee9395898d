//! The pictures of the book, `docs/images/*.png`: taken of real pages in a real Chromium.
//!
//! `make pictures` takes them anew (`pngquant` makes them small). Each run takes them, too, into
//! `target/screenshots`, so that a page that can't be reached any more is noticed.
//!
//! Must never: show anything but a page as people see it.

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use flexbridge::{
    clock::{SystemClock, SystemRandom},
    demo::{Company, Options},
};

use crate::{
    admin::{desk::Desk, pages::sign_in},
    support::chromium::{Chromium, Screen},
};

/// Wide enough for the pages' wide layout, small enough for the book's column.
const SCREEN: Screen = Screen {
    name: "book",
    width: 960,
    height: 300,
    dark: false,
};

/// Every picture, how wide it is, and how long it may be.
const PICTURES: [(&str, u32, u32); 7] = [
    ("demo-people", 960, 860),
    ("demo-agent", 960, 940),
    ("agent-refused", 960, 560),
    ("admin-overview", 960, 800),
    ("admin-login", 960, 760),
    ("admin-try", 960, 1_000),
    ("admin-coverage", 1_240, 780),
];

/// What all pictures together may have, in bytes: the book is read on slow lines, too.
const MOST: u64 = 1_000_000;

fn images() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images")
}

#[expect(
    clippy::disallowed_methods,
    reason = "whether to write the pictures is said by the environment"
)]
fn writes() -> bool {
    std::env::var("FLEXBRIDGE_WRITE_DOCS").is_ok()
}

/// The same picture with a palette, which is a third of the size.
fn small(png: &[u8]) -> Vec<u8> {
    let mut child = Command::new("pngquant")
        .args(["--speed", "1", "--strip", "--quality", "70-95", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pngquant makes pictures small; as root: apt-get install pngquant");
    child.stdin.take().unwrap().write_all(png).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

async fn take(browser: &Chromium, name: &str) {
    let mut all = PICTURES.into_iter();
    let (_, width, longest) = all.find(|(one, ..)| *one == name).unwrap();
    let png = browser.png(Screen { width, ..SCREEN }, longest).await;
    assert!(png.starts_with(b"\x89PNG"), "{name}");
    if writes() {
        fs::write(images().join(format!("{name}.png")), small(&png)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_the_demo_company() {
    let Some(browser) = Chromium::start("book").await else {
        return;
    };
    let options = Options {
        port_base: Some(0),
        ..Options::default()
    };
    let seams = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let company = Company::start(options, seams.0, seams.1).await.unwrap();
    browser
        .open(company.flex_url.join("/login").unwrap().as_str())
        .await;
    assert_eq!(browser.text("h1").await, "Who are you today?");
    take(&browser, "demo-people").await;
    // Somebody whose office is a code that a rule knows.
    browser.press(".people li:nth-child(4) button").await;
    assert!(
        browser
            .text(".banner.good strong")
            .await
            .contains("Singapore Office")
    );
    take(&browser, "demo-agent").await;
    company.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_what_agents_and_administrators_see() {
    let Some(browser) = Chromium::start("book").await else {
        return;
    };
    let desk = Desk::start().await;
    desk.logins().await;

    sign_in(&browser, &desk).await;
    take(&browser, "admin-overview").await;
    let refused = desk.json("/api/v1/logins?outcome=refused").await;
    let reference = refused["records"][0]["reference"].as_str().unwrap();
    browser
        .open(&desk.url(&format!("/logins/{reference}")))
        .await;
    take(&browser, "admin-login").await;
    browser.open(&desk.url("/coverage")).await;
    take(&browser, "admin-coverage").await;
    browser.open(&desk.url("/try")).await;
    let typed = "office = SG-01\nemail = ann@company.example\ndisplayName = Ann\nroles = agent";
    browser.type_into("#attributes", typed).await;
    browser.press("main button[type=submit]").await;
    assert!(browser.text("#result").await.contains("would be accepted"));
    take(&browser, "admin-try").await;

    // An answer to a login that this browser never began.
    let acs = desk.company.bridge.at("/saml/sp/hq/acs");
    let fields = "<input name=SAMLResponse value=x><input name=RelayState value=00112233445566778899aabbccddeeff>";
    let form = format!("<form method=post action='{acs}'>{fields}<button>Send</button></form>");
    browser.open(&format!("data:text/html,{form}")).await;
    browser.press("button").await;
    let said = browser.text("main").await;
    assert!(said.contains("could not be accepted"), "{said}");
    take(&browser, "agent-refused").await;
}

#[test]
fn pictures_are_there_shown_and_small() {
    let entries = fs::read_dir(images()).unwrap();
    let files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    let pngs: Vec<_> = files
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "png"))
        .collect();
    let names = pngs.iter().map(|path| path.file_stem().unwrap());
    let there: BTreeSet<_> = names.map(|name| name.to_str().unwrap()).collect();
    let taken: BTreeSet<_> = PICTURES.into_iter().map(|(name, ..)| name).collect();
    assert_eq!(there, taken, "run: make pictures");
    let bytes: u64 = pngs
        .iter()
        .map(|path| fs::metadata(path).unwrap().len())
        .sum();
    assert!(bytes < MOST, "{bytes} bytes");

    let docs = images().parent().unwrap().to_owned();
    let pages = fs::read_dir(&docs).unwrap();
    let pages = pages.map(|entry| entry.unwrap().path());
    let texts: Vec<String> = pages
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for name in taken {
        let link = format!("](images/{name}.png)");
        let shown = texts.iter().any(|text| text.contains(&link));
        assert!(shown, "no page shows {name}.png");
    }
}
