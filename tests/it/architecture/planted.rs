//! The checks can fail: each is shown code that breaks the law, and code that
//! only looks as if it did.

use super::source::Source;
use super::{rules, shape};

fn complaints(check: fn(&[Source]) -> Vec<String>, path: &str, text: &str) -> usize {
    check(&[Source::planted(path, text)]).len()
}

#[test]
fn an_import_against_the_direction_is_found_however_it_is_written() {
    let cases = [
        ("src/mapping/rule.rs", "use crate::web::Answer;"),
        (
            "src/mapping/rule.rs",
            "pub use crate::web::Answer as Reply;",
        ),
        (
            "src/mapping/rule.rs",
            "use crate::{identity::Step, web::{self, pages::Page}};",
        ),
        ("src/mapping/rule.rs", "use super::super::web::Answer;"),
        ("src/mapping/mod.rs", "use super::web::Answer;"),
        (
            "src/mapping/mod.rs",
            "mod tests { use super::super::web::Answer; }",
        ),
        ("src/mapping/mod.rs", "fn f() { crate::web::answer(); }"),
        (
            "src/mapping/mod.rs",
            "fn f(x: &dyn Fn() -> Vec<crate::web::Answer>) {}",
        ),
        (
            "src/mapping/mod.rs",
            "fn f() { println!(\"{}\", crate::web::NAME); }",
        ),
        (
            "src/mapping/mod.rs",
            "#[derive(crate::web::Derive)] struct S;",
        ),
        ("src/mapping/mod.rs", "use ::flexbridge::web::Answer;"),
        ("src/identity/mod.rs", "use crate::mapping::Rule;"),
        ("src/login/mod.rs", "use crate::admin::Admin;"),
        ("src/app/mod.rs", "use crate::demo::Demo;"),
        ("src/main.rs", "use flexbridge::app::App;"),
        ("src/main.rs", "fn main() { flexbridge::config::load(); }"),
        ("src/mapping/mod.rs", "use crate as everything;"),
        ("src/mapping/mod.rs", "use crate::*;"),
        ("src/newcomer/mod.rs", "use crate::clock::Clock;"),
    ];
    for (path, text) in cases {
        assert!(
            complaints(rules::edges, path, text) > 0,
            "not found in {path}: {text}"
        );
    }
}

#[test]
fn each_wrong_branch_of_a_use_is_named_with_its_line() {
    let text = "//! Two lines\n//! of words.\nuse crate::{\n    identity::Step,\n    web::A,\n    cli::B,\n};\n";
    let found = rules::edges(&[Source::planted("src/mapping/rule.rs", text)]);
    assert_eq!(found.len(), 2);
    assert!(found[0].starts_with("src/mapping/rule.rs:5: `mapping` must not use `web`"));
    assert!(found[1].starts_with("src/mapping/rule.rs:6: `mapping` must not use `cli`"));
}

#[test]
fn what_only_looks_like_an_import_is_left_alone() {
    let cases = [
        (
            "src/mapping/rule.rs",
            "use crate::identity::{Step, Identity}; use super::web;",
        ),
        (
            "src/mapping/rule.rs",
            "// use crate::web::Answer;\n/// See [`crate::web::Answer`].\nstruct S;",
        ),
        (
            "src/mapping/rule.rs",
            "const TEXT: &str = \"crate::web::Answer\";",
        ),
        (
            "src/mapping/rule.rs",
            "mod tests { use super::*; use super::super::Mapping; }",
        ),
        (
            "src/mapping/rule.rs",
            "fn f() -> impl Iterator<Item = u8> + use<> { std::iter::empty() }",
        ),
        (
            "src/mapping/rule.rs",
            "use crate::clock::Clock; use crate::settings::Problem;",
        ),
        (
            "src/mapping/rule.rs",
            "pub(crate) fn f() {} pub(super) fn g() {}",
        ),
        ("src/main.rs", "fn main() { flexbridge::cli::run(); }"),
        ("src/lib.rs", "pub mod web; pub use web::Answer;"),
    ];
    for (path, text) in cases {
        let found = rules::edges(&[Source::planted(path, text)]);
        assert!(found.is_empty(), "{path}: {text}: {found:?}");
    }
}

#[test]
fn config_uses_settings_of_the_parts_only() {
    let settings = Source::planted(
        "src/saml/settings.rs",
        "/// Doc.\npub struct IdpSettings {\n}",
    );
    let text = "use crate::saml::{IdpSettings, Gate};\nuse crate::identity::IdpName;";
    let found = rules::edges(&[settings, Source::planted("src/config/mod.rs", text)]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("`saml::Gate` is none of src/saml/settings.rs"));
}

#[test]
fn circles_are_found() {
    let circle = |last: &str| {
        rules::circles(&[
            Source::planted("src/keys/mod.rs", "use crate::store::Store;"),
            Source::planted("src/store/mod.rs", "use crate::saml::Sp;"),
            Source::planted("src/saml/mod.rs", last),
        ])
    };
    assert_eq!(circle("use crate::keys::Key;").len(), 3);
    assert_eq!(
        circle("use crate::clock::Clock; use crate::saml::Idp;").len(),
        0
    );
}

#[test]
fn a_foreign_crate_away_from_home_is_found() {
    let away = [
        ("src/login/mod.rs", "use axum::Router;"),
        ("src/login/mod.rs", "fn f() -> ::axum::Router {}"),
        ("src/login/mod.rs", "use {std::fmt, samael::schema};"),
        (
            "src/admin/mod.rs",
            "fn f() { let _ = reqwest::Client::new(); }",
        ),
        (
            "src/keys/mod.rs",
            "#[derive(schemars::JsonSchema)] struct S;",
        ),
        ("src/web/pages.rs", "use regex::Regex;"),
        ("src/main.rs", "use clap::Parser as _;"),
        ("src/mapping/rule.rs", "mod tests { } use toml::Value;"),
    ];
    for (path, text) in away {
        assert_eq!(complaints(rules::foreign, path, text), 1, "{path}: {text}");
    }
    let home = [
        ("src/web/public.rs", "use axum::Router;"),
        ("src/keys/settings.rs", "use schemars::JsonSchema;"),
        ("src/mapping/tests.rs", "use toml::Value;"),
        ("src/mapping/rule.rs", "mod tests { use toml::Value; }"),
        ("src/login/mod.rs", "// axum::Router\nuse serde::Serialize;"),
        (
            "src/login/mod.rs",
            "mod regex {} fn f() { self::regex::g(); }",
        ),
    ];
    for (path, text) in home {
        assert_eq!(complaints(rules::foreign, path, text), 0, "{path}: {text}");
    }
}

#[test]
fn a_file_of_401_lines_is_too_long() {
    let lines = |count: usize| "// line\n".repeat(count);
    let cases = [
        ("src/login/mod.rs", 400, 0),
        ("src/login/mod.rs", 401, 1),
        ("src/login/tests.rs", 700, 0),
        ("src/login/release_tests.rs", 700, 0),
        ("src/login/contests.rs", 401, 1),
        ("src/login/tests.rs", 701, 1),
        ("tests/it/login.rs", 401, 1),
    ];
    for (path, count, wanted) in cases {
        assert_eq!(
            complaints(shape::lengths, path, &lines(count)),
            wanted,
            "{path} {count}"
        );
    }
}

#[test]
fn a_folder_that_says_nothing_is_found() {
    let cases = [
        (
            "src/login/mod.rs",
            "//! One login.\n//!\n//! Must never know a protocol.",
            0,
        ),
        ("src/login/mod.rs", "//! One login.", 1),
        ("src/login/mod.rs", "//! One login.\n//!\nuse std::fmt;", 1),
        ("src/login/step.rs", "//! A step.\n//! Two lines.", 1),
        ("tests/it/main.rs", "//! Tests.\n//! All of them.", 0),
    ];
    for (path, text, wanted) in cases {
        assert_eq!(
            complaints(shape::openings, path, text),
            wanted,
            "{path}: {text}"
        );
    }
    let beside = Source::planted("tests/it/login.rs", "//! Logins.\n//! Whole ones.");
    let below = Source::planted("tests/it/login/replay.rs", "//! Replays.");
    let main = Source::planted("tests/it/main.rs", "//! Tests.\n//! All of them.");
    assert!(shape::openings(&[beside, below, main]).is_empty());
}
