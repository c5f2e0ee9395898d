//! The clock jumps, back and forth: what was used stays used, and who begins afterwards signs in.

use std::{fs, path::PathBuf, sync::Arc};

use chrono::TimeDelta;
use flexbridge::{clock::Clock as _, identity::RefusalCode};

use super::person::{begin, code_of};
use crate::{
    login::{process::Company, walk::Forged, witness::reference},
    support::{
        bridge::{Plan, Site},
        browser::Browser,
        chaos::Fault,
        clock::TestClock,
        forging::{ForgingIdp, asked},
        log::Log,
        peers,
        serve::Serve,
    },
};

/// There and back again, in minutes. An hour and a day are beyond all that is remembered.
const JUMPS: [i64; 8] = [-1, 1, -30, 30, -90, 90, -1_500, 1_500];

#[tokio::test]
async fn a_jump_there_and_back_makes_nothing_usable_again() {
    let log = Log::listen();
    let clock = TestClock::now_set();
    let set = clock.clone();
    let company = Forged::start(move |plan: &mut Plan| plan.clock = Arc::new(set)).await;
    let mut fault = Fault::new("clock jumps back and forth", "in process");
    let begin = async || {
        let mut browser = Browser::new();
        let asked = company.begin(&mut browser).await;
        let says = ForgingIdp::says(&asked, clock.now());
        (browser, company.idp.form(&asked, &says))
    };
    for jump in JUMPS {
        let (browser, form) = begin().await;
        let page = browser.clone().submit_once(&form).await;
        fault.holds("before", page.status == 200, &page.body);
        let (late, left_open) = begin().await;

        clock.advance(TimeDelta::minutes(jump));
        let page = browser.clone().submit_once(&form).await;
        fault.holds(
            &format!("used, {jump} min away"),
            page.status != 200,
            &"let in",
        );
        let (fresh, new) = begin().await;
        let page = fresh.clone().submit_once(&new).await;
        fault.holds(
            &format!("begun {jump} min away"),
            page.status == 200,
            &page.body,
        );
        // Time goes on there, so that everything that may be forgotten is.
        for _ in 0..3 {
            let (other, form) = begin().await;
            assert_eq!(other.clone().submit_once(&form).await.status, 200);
            clock.advance(TimeDelta::seconds(10));
        }

        clock.advance(TimeDelta::minutes(-jump));
        let page = browser.clone().submit_once(&form).await;
        let code = log.of_login(&reference(&page))["code"].clone();
        let replayed = code == RefusalCode::LoginReplayed.as_str();
        fault.holds(&format!("used, {jump} min away and back"), replayed, &code);
        let page = late.clone().submit_once(&left_open).await;
        fault.holds("begun before, ended after", page.status == 200, &page.body);
        // Of strangers' refusals the log writes twenty in a second, and the code is read there.
        std::thread::sleep(std::time::Duration::from_millis(110));
    }
    fault.finish();
}

/// A process whose clock is what a file says: the real one, moved.
struct Moved {
    file: PathBuf,
}

impl Moved {
    fn set(&self, text: &str) {
        let new = self.file.with_extension("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, &self.file).unwrap();
    }

    fn environment(&self) -> Vec<(String, String)> {
        let library = peers::libfaketime().expect("it is there, as `require` has seen");
        [
            ("LD_PRELOAD", library.to_str().unwrap()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_whose_clock_is_set_lets_nobody_in_twice() {
    if !peers::require("faketime") {
        return;
    }
    let site = Site::new();
    let company = Company::at(&site);
    let moved = Moved {
        file: site.file("moved"),
    };
    moved.set("+0s");
    let mut fault = Fault::new("clock jumps back and forth", "process");
    let mut serve = Serve::start_in(site, &company.plan, &moved.environment());
    for (offset, minutes) in [("-3h", -180), ("+3h", 180), ("-2d", -2_880), ("+2d", 2_880)] {
        let begun = begin(&serve, &company).await;
        fault.case("before", begun.end().await);
        moved.set(offset);
        let page = begun.send().await;
        fault.holds("used, and the clock set", page.status != 200, &"let in");
        // Only the bridge's own clock is wrong: the identity provider's word seems too old or
        // from the future, and the reason says so.
        let wrong = begin(&serve, &company).await.send().await;
        let code = code_of(&serve, &wrong);
        let told = [
            "assertion.expired",
            "assertion.not_yet_valid",
            "assertion.confirmation",
        ];
        fault.holds(
            "with a wrong clock nobody is let in, for the time",
            wrong.status != 200 && told.iter().any(|one| code.starts_with(one)),
            &code,
        );
        // With an identity provider whose clock is set likewise, as on one machine.
        let mut browser = Browser::new();
        let sent = asked(
            &browser
                .open_once(&crate::login::walk::flex_asks(&serve.site))
                .await,
        );
        let there = crate::login::walk::now() + TimeDelta::minutes(minutes);
        let form = company.idp.form(&sent, &ForgingIdp::says(&sent, there));
        let page = browser.clone().submit_once(&form).await;
        fault.holds(offset, page.status == 200, &page.body);
        // A restart there, too.
        serve.signal("KILL");
        let (_, site) = serve.wait();
        serve = Serve::start_in(site, &company.plan, &moved.environment());
        moved.set("+0s");
        let used = begun.refused(&serve, &[RefusalCode::LoginReplayed]).await;
        fault.case(&format!("used, {offset} and back"), used);
        let fresh = begin(&serve, &company).await;
        fault.case("and whoever begins now signs in", fresh.end().await);
    }
    fault.finish();
}
