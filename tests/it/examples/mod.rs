//! Each configuration in `config/examples/` loads, an answer in the style of its
//! identity provider signs in through it, and its guide in `docs/idp/` speaks of it.
//!
//! `fixtures/idp/NAME.xml` is what the product writes, with `@PLACES@` for what
//! differs from login to login.
//!
//! Must never: change what an example says beyond addresses, keys and where lists come from.

mod adapted;
mod company;
mod guides;
mod logins;
mod mistakes;
mod oidc;
mod signed;

use std::{fs, path::PathBuf};

/// A path below the repository's root.
fn at(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What is written there.
fn read(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names of all files of this kind in a folder, without their ending, in order.
fn names(folder: &str, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(at(folder)).unwrap();
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(ending).map(str::to_owned)
        })
        .collect();
    names.sort();
    names
}

/// Every example of a SAML identity provider.
fn examples() -> Vec<String> {
    let all = names("config/examples", ".toml");
    let names: Vec<String> = all
        .into_iter()
        .filter(|name| {
            read(&format!("config/examples/{name}.toml")).contains("protocol = \"saml\"")
        })
        .collect();
    assert!(names.len() >= 10, "{names:?}");
    names
}

/// What stands between backticks in the text.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}
