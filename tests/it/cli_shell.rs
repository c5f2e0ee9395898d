//! What helps at the shell: completions and manual pages.

use std::{fs, path::Path, process::Command};

/// Exit code, standard output, standard error.
fn run(at: &Path, words: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
        .args(words)
        .current_dir(at)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

#[test]
fn shells_are_told_every_command() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, out, err) = run(at, &["completions", shell]);
        assert_eq!((code, err.as_str()), (0, ""), "{shell}");
        assert!(out.contains("init") && out.contains("explain"), "{shell}");
    }
    let (_, script, _) = run(at, &["completions", "bash"]);
    fs::write(at.join("bash"), script).unwrap();
    let completed = Command::new("bash")
        .args(["-c", "source ./bash; COMP_WORDS=(flexbridge con); COMP_CWORD=1; _flexbridge flexbridge con flexbridge; echo \"${COMPREPLY[@]}\""])
        .current_dir(at)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&completed.stdout).trim(), "config");
}

#[test]
fn each_command_has_a_page_of_the_manual() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let (code, page, err) = run(at, &["man"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(page.contains(".TH flexbridge 1"), "{page}");
    assert_eq!(run(at, &["man", "--directory", "man1"]).0, 0);
    for page in [
        "flexbridge.1",
        "flexbridge-init.1",
        "flexbridge-config-check.1",
    ] {
        let text = fs::read_to_string(at.join("man1").join(page)).unwrap();
        assert!(text.contains("Example"), "{page}");
    }
}
