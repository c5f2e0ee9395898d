//! The built binary: words in, exit code and text out.

use std::{
    path::Path,
    process::{Command, Output},
};

struct Run {
    code: i32,
    out: String,
    err: String,
}

fn flexbridge(directory: &Path, words: &[&str]) -> Run {
    flexbridge_with(directory, words, &[("TWILIO_API_SECRET", "hunter2")])
}

fn flexbridge_with(directory: &Path, words: &[&str], environment: &[(&str, &str)]) -> Run {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
        .args(words)
        .current_dir(directory)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    Run {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// The example configuration in an empty directory, as a newcomer has it.
fn newcomer() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("config")).unwrap();
    let example = include_str!("../../config/flexbridge.toml");
    std::fs::write(directory.path().join("config/flexbridge.toml"), example).unwrap();
    directory
}

#[test]
fn a_newcomers_way_from_the_example_to_a_configuration_that_is_fine() {
    let directory = newcomer();
    let at = directory.path();

    let before = flexbridge(at, &["config", "check"]);
    assert_eq!(before.code, 2);
    assert!(before.err.contains("keys generate"), "{}", before.err);
    assert!(
        before.err.contains("config/flexbridge.toml:"),
        "{}",
        before.err
    );
    assert!(
        !before.err.contains('\u{1b}'),
        "no colours without a terminal"
    );
    assert_eq!(flexbridge(at, &["keys", "list"]).code, 2);

    let made = flexbridge(at, &["keys", "generate"]);
    assert_eq!((made.code, made.err.as_str()), (0, ""));
    for file in [
        "certs/assertion.pem",
        "certs/assertion.key",
        "certs/cookie.key",
    ] {
        assert!(
            made.out.contains(file) && at.join(file).is_file(),
            "{}",
            made.out
        );
    }
    let key = std::fs::read_to_string(at.join("certs/assertion.key")).unwrap();
    assert!(!made.out.contains(key.lines().nth(1).unwrap()));

    let fine = flexbridge(at, &["config", "check"]);
    assert_eq!((fine.code, fine.err.as_str()), (0, ""));
    assert_eq!(fine.out, "config/flexbridge.toml is fine\n");

    let listed = flexbridge(at, &["keys", "list"]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    assert!(
        listed.out.contains("CN=Flexbridge") && listed.out.contains("signs"),
        "{}",
        listed.out
    );
    let listed = flexbridge(at, &["keys", "list", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    assert_eq!(json[0]["use"], "signs");
    assert!(json[0]["days_left"].as_i64().unwrap() > 3600);

    let again = flexbridge(at, &["keys", "generate"]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("never overwritten"), "{}", again.err);
    assert_eq!(
        std::fs::read_to_string(at.join("certs/assertion.key")).unwrap(),
        key
    );
}

#[test]
fn secrets_that_are_not_there_are_said_and_the_others_never_shown() {
    let directory = newcomer();
    let at = directory.path();
    assert_eq!(flexbridge(at, &["keys", "generate"]).code, 0);
    let run = flexbridge_with(at, &["config", "check"], &[]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("TWILIO_API_SECRET is not set"),
        "{}",
        run.err
    );
    assert!(run.err.contains("has 1 error"), "{}", run.err);
    for words in [
        &["config", "check"][..],
        &["config", "show"],
        &["keys", "list"],
    ] {
        let run = flexbridge(at, words);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(!run.out.contains("hunter2") && !run.err.contains("hunter2"));
    }
}

#[test]
fn the_file_can_be_named_by_the_environment() {
    let directory = newcomer();
    let named = [("FLEXBRIDGE_CONFIG", "config/other.toml")];
    let run = flexbridge_with(directory.path(), &["config", "check"], &named);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("config/other.toml"), "{}", run.err);
}

#[test]
fn checking_answers_programs() {
    let directory = newcomer();
    let run = flexbridge(directory.path(), &["config", "check", "--format", "json"]);
    assert_eq!((run.code, run.err.as_str()), (2, ""));
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(json["fine"], false);
    assert_eq!(json["errors"], 3);
    assert_eq!(json["problems"][0]["file"], "config/flexbridge.toml");
    assert!(json["problems"][0]["line"].as_u64().unwrap() > 1);
}

#[test]
fn a_missing_file_is_said_with_its_mend() {
    let directory = tempfile::tempdir().unwrap();
    for words in [["config", "check"], ["config", "show"], ["keys", "list"]] {
        let run = flexbridge(directory.path(), &words);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{words:?}");
        assert!(run.err.contains("FLEXBRIDGE_CONFIG"), "{}", run.err);
    }
    let run = flexbridge(
        directory.path(),
        &["--config", "elsewhere.toml", "config", "check"],
    );
    assert!(run.err.contains("elsewhere.toml"), "{}", run.err);
}

#[test]
fn the_configuration_is_shown_with_its_defaults() {
    let directory = newcomer();
    let run = flexbridge(directory.path(), &["config", "show"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.contains("clock_skew = \"1m\""), "{}", run.out);
    assert!(run.out.contains("TWILIO_API_SECRET"), "{}", run.out);
    let run = flexbridge(directory.path(), &["config", "show", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(json["idp"]["hq"]["protocol"], "saml");
}

#[test]
fn the_schema_needs_no_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let run = flexbridge(directory.path(), &["config", "schema"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.out, include_str!("../../config/flexbridge.schema.json"));
}

#[test]
fn a_cookie_key_can_go_straight_to_a_secret_store() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let run = flexbridge(at, &["keys", "generate", "cookie", "--stdout"]);
    assert_eq!(run.code, 0);
    assert_eq!(hex::decode(run.out.trim()).unwrap().len(), 32);
    assert_eq!(
        std::fs::read_dir(at).unwrap().count(),
        0,
        "nothing is written"
    );
    assert_eq!(flexbridge(at, &["keys", "generate", "--stdout"]).code, 2);
    let run = flexbridge(at, &["keys", "generate", "cookie", "--directory", "a/b"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(at.join("a/b/cookie.key").is_file() && !at.join("a/b/assertion.key").exists());
}

#[test]
fn wrong_words_are_2_and_help_is_0() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    for words in [
        &["config", "chekc"][..],
        &["--nonsense"],
        &[],
        &["keys", "generate", "--name", "../up"],
        &["keys", "generate", "--bits", "1024"],
        &["config", "check", "--format", "yaml"],
    ] {
        let run = flexbridge(at, words);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{words:?}");
        assert!(!run.err.is_empty(), "{words:?}");
    }
    for words in [
        &["--help"][..],
        &["config", "check", "--help"],
        &["--version"],
    ] {
        let run = flexbridge(at, words);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{words:?}");
        assert!(!run.out.is_empty());
    }
    assert!(
        flexbridge(at, &["keys", "generate", "--help"])
            .out
            .contains("Example")
    );
}
