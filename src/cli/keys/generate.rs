//! `flexbridge keys generate`

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::{
    cli::{Context, Exit, Format, FormatArgs},
    clock::Timestamp,
    keys::{self, GenerateError, GeneratedPair, RsaBits},
};

/// Make the key pair that signs for Flex, the key that seals cookies, or a pair that decrypts
///
/// The certificate is self-signed and lasts ten years: Flex has one field for it, so changing it
/// is a cut-over. Private keys are readable by their owner alone. An existing file is never
/// overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flexbridge keys generate
  flexbridge keys generate assertion --name assertion-2036 --bits 3072
  flexbridge keys generate assertion --name assertion-2036 --over certs/assertion.key
  flexbridge keys generate cookie --stdout
  flexbridge keys generate decryption")]
pub struct Args {
    /// What to make.
    #[arg(value_enum, default_value_t)]
    what: What,
    /// Where to write it.
    #[arg(long, value_name = "PATH", default_value = "certs")]
    directory: PathBuf,
    /// What the pair's files are called: NAME.pem and NAME.key. By default as what is made.
    #[arg(long, value_parser = file_name)]
    name: Option<String>,
    /// What the cookie key's file is called.
    #[arg(long, value_name = "NAME", default_value = "cookie.key", value_parser = file_name)]
    cookie_name: String,
    /// The size of the RSA key.
    #[arg(long, value_enum, default_value_t)]
    bits: Bits,
    /// Make a new certificate only, over this private key: whoever pinned the old one goes on
    /// verifying, as the key stays. Only with `assertion`; `--bits` is the key's own.
    #[arg(long, value_name = "PATH")]
    over: Option<PathBuf>,
    /// The name in the certificate.
    #[arg(long, value_name = "TEXT", default_value = "Flexbridge", value_parser = common_name)]
    subject: String,
    /// Print the cookie key instead of writing it; for a secret store. Only with `cookie`.
    #[arg(long)]
    stdout: bool,
    #[command(flatten)]
    format: FormatArgs,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// The two that every bridge needs: `assertion` and `cookie`.
    #[default]
    All,
    /// The key pair that signs what Flex receives.
    Assertion,
    /// The key that seals the cookie of a login.
    Cookie,
    /// A key pair that opens assertions which identity providers encrypt for us.
    Decryption,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Bits {
    #[default]
    #[value(name = "2048")]
    B2048,
    #[value(name = "3072")]
    B3072,
    #[value(name = "4096")]
    B4096,
}

/// A file's name, not a path: `--directory` says where.
fn file_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let fits = !text.is_empty() && !text.starts_with(['.', '-']) && text.chars().all(plain);
    fits.then(|| text.to_owned())
        .ok_or_else(|| "use letters, digits, `.`, `_` and `-`".to_owned())
}

/// RFC 5280 appendix A: a common name has 1 to 64 characters.
fn common_name(text: &str) -> Result<String, String> {
    let fits = (1..=64).contains(&text.chars().count()) && !text.contains(char::is_control);
    fits.then(|| text.to_owned())
        .ok_or_else(|| "use 1 to 64 characters".to_owned())
}

/// What was made.
#[derive(Default, Serialize)]
struct Made {
    files: Vec<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Certificate>,
    /// Only with `--stdout`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cookie_key: Option<String>,
}

#[derive(Serialize)]
struct Certificate {
    subject: String,
    sha256: String,
    not_after: Timestamp,
}

impl Certificate {
    fn of(pair: &GeneratedPair) -> Self {
        Self {
            subject: pair.key.subject().to_owned(),
            sha256: pair.key.fingerprint().to_owned(),
            not_after: pair.key.not_after(),
        }
    }
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        if self.stdout && self.what != What::Cookie {
            let mend = "Write `flexbridge keys generate cookie --stdout`.";
            context
                .output
                .error("--stdout is for the cookie key only", mend);
            return Exit::Wrong;
        }
        if self.over.is_some() && self.what != What::Assertion {
            let mend = "Write `flexbridge keys generate assertion --over certs/assertion.key`.";
            context
                .output
                .error("--over is for the assertion key only", mend);
            return Exit::Wrong;
        }
        match self.make(context) {
            Ok(made) => {
                self.print(context, &made);
                Exit::Fine
            }
            Err(error) => failed(context, &error),
        }
    }

    fn make(&self, context: &Context) -> Result<Made, GenerateError> {
        let mut made = Made::default();
        if self.stdout {
            let key = keys::generate_cookie_key(&*context.random)?;
            made.cookie_key = Some(key.expose().to_owned());
            return Ok(made);
        }
        let path = |name: String| self.directory.join(name);
        let name = self.name.as_deref().unwrap_or(match self.what {
            What::Decryption => "decryption",
            _ => "assertion",
        });
        let certificate = path(format!("{name}.pem"));
        let private_key = path(format!("{name}.key"));
        let cookie = path(self.cookie_name.clone());
        let pair = self.what != What::Cookie;
        let sealing = matches!(self.what, What::All | What::Cookie);
        // Both or none: a file in the way is found before the first is written.
        if let Some(there) = Some(&cookie).filter(|path| sealing && path.exists()) {
            return Err(GenerateError::Exists(there.clone()));
        }
        create_directory(&self.directory)?;
        if let Some(key) = &self.over {
            let now = context.clock.now();
            let renewed = keys::renew_certificate(key, &self.subject, now)?;
            keys::write_certificate(&renewed, &certificate)?;
            made.certificate = Some(Certificate::of(&renewed));
            made.files.push(certificate);
        } else if pair {
            made.certificate = Some(self.make_pair(context, &certificate, &private_key)?);
            made.files.extend([certificate, private_key]);
        }
        if sealing {
            keys::write_cookie_key(&keys::generate_cookie_key(&*context.random)?, &cookie)?;
            made.files.push(cookie);
        }
        Ok(made)
    }

    fn make_pair(
        &self,
        context: &Context,
        certificate: &Path,
        private_key: &Path,
    ) -> Result<Certificate, GenerateError> {
        let bits = match self.bits {
            Bits::B2048 => RsaBits::Rsa2048,
            Bits::B3072 => RsaBits::Rsa3072,
            Bits::B4096 => RsaBits::Rsa4096,
        };
        let now = context.clock.now();
        let pair = match self.what {
            What::Decryption => keys::generate_decryption_pair(&self.subject, bits, now),
            _ => keys::generate_pair(&self.subject, bits, now),
        }?;
        keys::write_pair(&pair, certificate, private_key)?;
        Ok(Certificate::of(&pair))
    }

    fn print(&self, context: &Context, made: &Made) {
        match (self.format.format, &made.cookie_key) {
            (Format::Json, _) => context.output.json(made),
            (Format::Text, Some(key)) => context.output.text(key),
            (Format::Text, None) => context.output.text(&text(made)),
        }
    }
}

/// Says why no key was made.
pub(in crate::cli) fn failed(context: &Context, error: &GenerateError) -> Exit {
    let mend = match error {
        GenerateError::Exists(_) => {
            "Nothing was written. Choose another --name, --cookie-name or --directory, or move the old file away first."
        }
        GenerateError::Read(_) => "Name the file of the private key that signs now.",
        GenerateError::Write(..) => "Check that this user may write there.",
        _ => "",
    };
    context.output.error(&error.to_string(), mend);
    Exit::Failed
}

/// Makes those of the two keys that every bridge needs which are not in `directory` yet:
/// the files that were made, and those that were there.
///
/// # Errors
/// [`GenerateError`]; half a pair is one too.
pub(in crate::cli) fn make_missing(
    context: &Context,
    directory: &Path,
) -> Result<(Vec<PathBuf>, Vec<PathBuf>), GenerateError> {
    let (mut made, mut kept) = (Vec::new(), Vec::new());
    create_directory(directory)?;
    let pair = ["assertion.pem", "assertion.key"].map(|name| directory.join(name));
    if pair.iter().all(|path| path.exists()) {
        kept.extend(pair);
    } else {
        let [certificate, private_key] = &pair;
        let new = keys::generate_pair("Flexbridge", RsaBits::default(), context.clock.now())?;
        keys::write_pair(&new, certificate, private_key)?;
        made.extend(pair);
    }
    let cookie = directory.join("cookie.key");
    if cookie.exists() {
        kept.push(cookie);
    } else {
        keys::write_cookie_key(&keys::generate_cookie_key(&*context.random)?, &cookie)?;
        made.push(cookie);
    }
    Ok((made, kept))
}

fn create_directory(path: &Path) -> Result<(), GenerateError> {
    std::fs::create_dir_all(path).map_err(|cause| GenerateError::Write(path.to_owned(), cause))
}

fn text(made: &Made) -> String {
    let mut lines: Vec<_> = made
        .files
        .iter()
        .map(|path| format!("wrote {}", path.display()))
        .collect();
    if let Some(certificate) = &made.certificate {
        let until = certificate.not_after.format("%Y-%m-%d");
        lines.push(format!(
            "certificate {}, valid until {until}\nSHA-256 {}",
            certificate.subject, certificate.sha256
        ));
    }
    lines.join("\n")
}
