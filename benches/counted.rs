//! One login's work, to be counted by callgrind: `scripts/count` runs it and holds the count
//! against the kept one.
//!
//! `prepare FOLDER LOGINS` makes keys and configuration, and lets the company answer that many
//! logins; `run FOLDER LOGINS` goes through the first of them again, with the same time and
//! random bytes, so that everything the company does is over before anything is counted.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench is test code"
)]

mod support;

use std::{fmt::Write as _, fs, path::Path};

use flexbridge::{
    login::LoginCookie,
    telemetry::{self, LogFormat},
};
use support::{
    company::Says,
    world::{Begun, Variant, World, form, furnish, request},
};

/// About the four KiB that a real response has.
const SAYS: Says = Says {
    attributes: 4,
    groups: 0,
    offices: 0,
};

fn main() {
    // Cargo hands `--bench` to whatever it runs.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    match *words {
        ["prepare", folder, logins] => {
            runtime.block_on(prepare(Path::new(folder), logins.parse().unwrap()));
        }
        ["run", folder, logins] => {
            telemetry::init(LogFormat::Json, "info").unwrap();
            runtime.block_on(run(Path::new(folder), logins.parse().unwrap()));
        }
        ["warm"] => {
            for _ in 0..4 {
                std::thread::spawn(|| {
                    let mut took = Vec::new();
                    for _ in 0..3 {
                        let watch = flexbridge::clock::Stopwatch::start();
                        flexbridge::clock::random_bytes::<16>(&flexbridge::clock::SystemRandom)
                            .unwrap();
                        took.push(watch.elapsed());
                    }
                    println!("{took:?}");
                })
                .join()
                .unwrap();
            }
        }
        _ => println!("counted prepare|run FOLDER LOGINS; scripts/count runs it"),
    }
}

async fn prepare(folder: &Path, logins: u64) {
    let company = furnish(folder, Variant::default());
    let world = World::open(folder, &folder.join("prepared")).await;
    let mut forms = String::new();
    for number in 0..logins {
        let begun = world.begin(&request(number)).await;
        let form = form(&company, &begun, &SAYS, number);
        let Begun { cookie, .. } = begun;
        writeln!(forms, "{} {} {form}", cookie.name, cookie.value).unwrap();
        world
            .finish(
                &cookie,
                forms.lines().last().unwrap().rsplit(' ').next().unwrap(),
            )
            .await;
    }
    fs::write(folder.join("forms"), forms).unwrap();
}

async fn run(folder: &Path, logins: usize) {
    let state = folder.join("counted");
    let _ = fs::remove_dir_all(&state);
    let world = World::open(folder, &state).await;
    let forms = fs::read_to_string(folder.join("forms")).unwrap();
    let requests: Vec<String> = (0..).map(request).take(forms.lines().count()).collect();
    for (line, request) in forms.lines().zip(&requests).take(logins) {
        let [name, value, form] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let cookie = LoginCookie {
            name: name.to_owned(),
            value: value.to_owned(),
            max_age: 600,
        };
        // The same login again: what was prepared fits it.
        let begun = world.begin(request).await;
        assert!(begun.cookie == cookie, "not the login that was prepared");
        world.finish(&cookie, form).await;
        world.settle().await;
    }
}
