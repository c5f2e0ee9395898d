//! What is asked at a terminal; elsewhere, what must be given as options.

use std::{
    io::{self, BufRead},
    path::Path,
};

use super::Args;
use crate::{cli::output::Output, settings::SettingPath};

/// The proxy that is taken to be in front: one on this machine.
pub(super) const PROXY: &str = "127.0.0.1/32";

/// The longest answer, in bytes.
const LONGEST: u64 = 4096;

/// So many wrong answers to one question end it.
const TRIES: usize = 5;

/// One thing to be known.
struct Question {
    /// As an option.
    option: &'static str,
    /// As a question.
    text: &'static str,
    /// What an empty answer means.
    default: Default,
    /// Whether it is to be known at all, after what is known already.
    wanted: fn(&Args) -> bool,
    /// Where the answer goes.
    slot: fn(&mut Args) -> &mut Option<String>,
    /// Where it stands in the file.
    at: fn(&Args) -> SettingPath,
}

enum Default {
    /// It has to be said.
    None,
    /// It may be left out.
    Nothing,
    /// This.
    Word(&'static str),
}

fn at(path: &[&str]) -> SettingPath {
    path.iter()
        .fold(SettingPath::root(), |at, step| at.join(*step))
}

fn at_idp(args: &Args, key: &str) -> SettingPath {
    at(&["idp", args.idp_name.as_str(), key])
}

fn at_flex(args: &Args, key: &str) -> SettingPath {
    at(&["flex", args.flex_name.as_str(), key])
}

const QUESTIONS: &[Question] = &[
    Question {
        option: "--public-url",
        text: "The address that browsers will see, such as https://sso.example.com",
        default: Default::None,
        wanted: |_| true,
        slot: |args| &mut args.public_url,
        at: |_| at(&["public_url"]),
    },
    Question {
        option: "--protocol",
        text: "How the company's identity provider speaks: saml or oidc",
        default: Default::Word("saml"),
        wanted: |args| args.idp_metadata.is_none() && args.issuer.is_none(),
        slot: |args| &mut args.protocol,
        at: |args| at_idp(args, "protocol"),
    },
    Question {
        option: "--idp-metadata",
        text: "The URL of its metadata, or a file that holds it",
        default: Default::None,
        wanted: |args| !args.is_oidc(),
        slot: |args| &mut args.idp_metadata,
        at: |args| at_idp(args, "metadata"),
    },
    Question {
        option: "--issuer",
        text: "Its issuer, byte for byte as its discovery document says it",
        default: Default::None,
        wanted: Args::is_oidc,
        slot: |args| &mut args.issuer,
        at: |args| at_idp(args, "issuer"),
    },
    Question {
        option: "--client-id",
        text: "The client ID that it gave to the bridge",
        default: Default::None,
        wanted: Args::is_oidc,
        slot: |args| &mut args.client_id,
        at: |args| at_idp(args, "client_id"),
    },
    Question {
        option: "--account-sid",
        text: "The SID of the Twilio account that Flex is in: AC…",
        default: Default::None,
        wanted: |_| true,
        slot: |args| &mut args.account_sid,
        at: |args| at_flex(args, "account_sid"),
    },
    Question {
        option: "--connection",
        text: "Twilio Console › Flex › Single sign-on: what stands in the ACS URL behind connection=, JQ…; or legacy",
        default: Default::None,
        wanted: |_| true,
        slot: |args| &mut args.connection,
        at: |args| at_flex(args, "sso"),
    },
    Question {
        option: "--login-url",
        text: "The account's Flex login link, https://flex.twilio.com/…; empty if you don't know it yet",
        default: Default::Nothing,
        wanted: |_| true,
        slot: |args| &mut args.login_url,
        at: |args| at_flex(args, "login_url"),
    },
    Question {
        option: "--api-key",
        text: "A Standard API key of Twilio, SK…, to read the locations with (not its secret); empty to use a file",
        default: Default::Nothing,
        wanted: |args| args.locations.is_none(),
        slot: |args| &mut args.api_key,
        at: |args| at_flex(args, "twilio"),
    },
    Question {
        option: "--api-key or --locations",
        text: "The JSON file with the locations that Flex defines",
        default: Default::None,
        wanted: |args| args.api_key.is_none(),
        slot: |args| &mut args.locations,
        at: |args| at_flex(args, "location"),
    },
    Question {
        option: "--attribute",
        text: "The attribute that says where somebody works",
        default: Default::Word("physicalDeliveryOfficeName"),
        wanted: |_| true,
        slot: |args| &mut args.attribute,
        at: |args| at_flex(args, "location"),
    },
    Question {
        option: "--proxy",
        text: "The proxy in front that ends TLS, as an address with its length",
        default: Default::Word(PROXY),
        wanted: |args| args.tls_certificate.is_none(),
        slot: |args| &mut args.proxy,
        at: |_| at(&["listen"]),
    },
];

/// The options that have to be given and are not.
pub(super) fn missing(args: &Args) -> Vec<&'static str> {
    let mut args = args.clone();
    QUESTIONS
        .iter()
        .filter(|question| {
            matches!(question.default, Default::None)
                && (question.wanted)(&args)
                && (question.slot)(&mut args).is_none()
        })
        .map(|question| question.option)
        .collect()
}

/// Asks for what is not known yet.
///
/// # Errors
/// When nobody answers, or not to the point.
pub(super) fn ask(args: &mut Args) -> io::Result<()> {
    for question in QUESTIONS {
        if (question.slot)(args).is_none() && (question.wanted)(args) {
            one(question, args)?;
        }
    }
    Ok(())
}

fn one(question: &Question, args: &mut Args) -> io::Result<()> {
    for _ in 0..TRIES {
        let default = match question.default {
            Default::Word(word) => format!(" [{word}]"),
            Default::None | Default::Nothing => String::new(),
        };
        Output.question(&format!("{}{default}: ", question.text));
        let answer = line()?;
        let answer = match (answer.as_str(), &question.default) {
            ("", Default::Nothing) => return Ok(()),
            ("", Default::Word(word)) => (*word).to_owned(),
            ("", Default::None) => continue,
            _ => answer,
        };
        *(question.slot)(args) = Some(answer);
        match wrong(question, args) {
            None => return Ok(()),
            Some((message, mend)) => Output.error(&message, &mend),
        }
        *(question.slot)(args) = None;
    }
    Err(io::Error::other("no answer fits"))
}

/// What the configuration's own check has against the answer.
fn wrong(question: &Question, args: &Args) -> Option<(String, String)> {
    if let Some(word) = args.protocol.as_deref()
        && !["saml", "oidc"].contains(&word)
    {
        return Some((
            format!("{word:?} is not a choice here"),
            "Write saml or oidc.".to_owned(),
        ));
    }
    let starter = args.starter(Path::new("config/flexbridge.toml"));
    starter.wrong_at(&(question.at)(args))
}

fn line() -> io::Result<String> {
    let mut text = String::new();
    let mut input = io::Read::take(io::stdin().lock(), LONGEST);
    if input.read_line(&mut text)? == 0 {
        return Err(io::Error::other("nobody answers"));
    }
    Ok(text.trim().to_owned())
}
