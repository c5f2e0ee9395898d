//! The effective configuration: the file with every default filled in.

use super::File;

/// The configuration as TOML. Secrets are in it only as what refers to them, as in the file.
///
/// # Errors
/// When it can't be written as TOML, which a file that was read as TOML always can.
pub fn show(file: &File) -> Result<String, toml::ser::Error> {
    toml::to_string_pretty(file)
}
