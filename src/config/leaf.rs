//! Single values: strings of a certain form, numbers, references to secrets.

use std::net::SocketAddr;

use ipnet::IpNet;
use serde_json::Value;
use toml::de::{DeInteger, DeTable, DeValue};
use url::Url;

use super::found::{Found, either, nearest, shown};
use crate::{
    identity::IdpName,
    settings::{HumanDuration, SettingPath},
};

/// What a value is, for people.
pub(super) const fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// What the alternatives of a schema allow, for people.
pub(super) fn wanted(branches: &[&Value]) -> String {
    let mut wanted: Vec<String> = Vec::new();
    for schema in branches {
        let word = schema.get("const").and_then(Value::as_str);
        let text = match (word, schema.get("type").and_then(Value::as_str)) {
            (Some(word), _) => format!("\"{word}\""),
            (None, Some("string")) => "a string, in quotes".to_owned(),
            (None, Some("integer")) => "a whole number".to_owned(),
            (None, Some("boolean")) => "true or false, without quotes".to_owned(),
            (None, Some("array")) => array_like(schema).to_owned(),
            _ => table_like(schema),
        };
        if !wanted.contains(&text) {
            wanted.push(text);
        }
    }
    wanted.join(", or ")
}

fn array_like(schema: &Value) -> &'static str {
    match schema["items"].get("$ref").and_then(Value::as_str) {
        Some("#/$defs/SecretSource") => "an array: [{ env = \"NAME\" }] or [{ file = \"path\" }]",
        Some(_) => "an array of tables: [{ … }]",
        None => "an array: [\"…\"]",
    }
}

/// A table with the keys that it must have: `{ from = … }`.
fn table_like(schema: &Value) -> String {
    let required = schema.get("required").and_then(Value::as_array);
    let keys: Vec<_> = required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|key| {
            match schema["properties"][key]
                .get("const")
                .and_then(Value::as_str)
            {
                Some(word) => format!("{key} = \"{word}\""),
                None => format!("{key} = …"),
            }
        })
        .collect();
    match keys.as_slice() {
        [] => "a table: { … }".to_owned(),
        keys => format!("a table: {{ {} }}", keys.join(", ")),
    }
}

/// Whether `name` can name an identity provider or a Flex account.
pub(super) fn is_short_name(name: &str) -> bool {
    name.parse::<IdpName>().is_ok()
}

/// Two capital letters and 32 hexadecimal digits, as Twilio makes them.
pub(super) fn is_sid(text: &str, prefix: &str) -> bool {
    let hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(hex))
}

/// What is wrong with a number, if anything.
pub(super) fn integer(at: &SettingPath, number: &DeInteger<'_>, schema: &Value) -> Option<Found> {
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    let (least, most) = (
        bound("minimum").unwrap_or(0),
        bound("maximum").unwrap_or(i64::MAX),
    );
    let digits = number.as_str().replace('_', "");
    let written = i64::from_str_radix(&digits, number.radix()).ok();
    if written.is_some_and(|written| (least..=most).contains(&written)) {
        return None;
    }
    let mend = if least == most {
        format!("Write {least}; this Flexbridge knows no other.")
    } else {
        format!("Write a whole number from {least} to {most}.")
    };
    Some(Found::value(
        at,
        format!("{} is out of range", shown(&digits)),
        mend,
    ))
}

/// What is wrong with a string, and whether to hide it.
pub(super) struct Leaf {
    pub(super) found: Option<Found>,
    pub(super) hide: bool,
}

/// What is wrong with a string of the definition `name` or of the form that `schema` says.
pub(super) fn string(at: &SettingPath, text: &str, name: Option<&str>, schema: &Value) -> Leaf {
    if text.contains("PRIVATE KEY") {
        return Leaf {
            found: secret(at, &DeValue::String(text.into())).pop(),
            hide: true,
        };
    }
    let format = schema.get("format").and_then(Value::as_str);
    let wrong = |message: String, mend: &str| Some(Found::value(at, message, mend));
    let found = match (name, format) {
        (_, Some("uri")) => return url(at, text),
        (_, Some("twilio-api-key")) => return api_key(at, text),
        (Some("Duration"), _) => text.parse::<HumanDuration>().err().and_then(|_| {
            wrong(
                format!("\"{}\" is not a duration of at most ten years", shown(text)),
                "Write a whole number and s, m, h or d, such as \"90s\", \"5m\", \"12h\" or \"30d\".",
            )
        }),
        (_, Some("socket-address")) => text.parse::<SocketAddr>().err().and_then(|_| {
            wrong(
                format!("\"{}\" is not an address with a port", shown(text)),
                "Write an IP address and a port, such as \"0.0.0.0:8443\" or \"[::1]:9443\".",
            )
        }),
        (_, Some("network")) => text.parse::<IpNet>().err().and_then(|_| {
            wrong(
                format!("\"{}\" is not a network", shown(text)),
                "Write it with its length, such as \"10.0.0.0/8\", \"192.0.2.7/32\" or \"2001:db8::/32\".",
            )
        }),
        // Names of identity providers are the only strings with a pattern beside durations.
        _ if schema.get("pattern").is_some() && !is_short_name(text) => wrong(
            format!("\"{}\" can't be the name of an identity provider", shown(text)),
            "Write the NAME of an `[idp.NAME]` section.",
        ),
        _ if text.is_empty() => wrong("this is empty".to_owned(), "Write something, or leave it out."),
        _ => None,
    };
    Leaf { found, hide: false }
}

/// Whoever mixes up the fields of Twilio's form writes the secret here, so what is wrong is hidden.
fn api_key(at: &SettingPath, text: &str) -> Leaf {
    let wrong = !is_sid(text, "SK");
    let found = wrong.then(|| {
        Found::value(
            at,
            "this is not the SID of an API key",
            "Copy it from Twilio Console: SK and 32 of 0-9 and a-f. The secret belongs to `api_secret`.",
        )
    });
    Leaf { found, hide: wrong }
}

fn url(at: &SettingPath, text: &str) -> Leaf {
    let parsed = text.parse::<Url>();
    let has_user = |url: &Url| !url.username().is_empty() || url.password().is_some();
    match parsed {
        Ok(url) if has_user(&url) => Leaf {
            found: Some(Found::value(
                at,
                "the URL carries a user name or password",
                "Leave out everything before the @; the configuration holds no secrets.",
            )),
            hide: true,
        },
        Ok(_) => Leaf {
            found: None,
            hide: false,
        },
        Err(error) => Leaf {
            found: Some(Found::value(
                at,
                format!("this is not a URL: {error}"),
                "Write the whole URL, such as \"https://sso.example.com\".",
            )),
            hide: text.contains('@'),
        },
    }
}

const SECRET_MEND: &str =
    "Write { env = \"NAME\" } or { file = \"path\" } and keep the secret there.";

/// What is wrong with a reference to a secret. Never repeats what is written there.
pub(super) fn secret(at: &SettingPath, value: &DeValue<'_>) -> Vec<Found> {
    match value {
        DeValue::String(_) => vec![Found::value(
            at,
            "a secret stands here in plain text",
            format!("{SECRET_MEND} Then change the secret: this file may have been copied."),
        )],
        DeValue::Table(table) => secret_table(at, table),
        other => vec![Found::value(
            at,
            format!("this is {}", kind(other)),
            SECRET_MEND,
        )],
    }
}

fn secret_table(at: &SettingPath, table: &DeTable<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let inner = at.join(name);
        match (name, value.get_ref()) {
            ("env", DeValue::String(variable)) => found.extend(env_name(&inner, variable)),
            ("file", DeValue::String(path)) => found.extend(secret_path(&inner, path)),
            ("env" | "file", other) => {
                found.push(Found::value(
                    &inner,
                    format!("this is {}", kind(other)),
                    SECRET_MEND,
                ));
            }
            _ => {
                let message = format!("there is no key `{}` here", shown(name));
                let mend = nearest(name, ["env", "file"]).map_or_else(
                    || SECRET_MEND.to_owned(),
                    |near| format!("Did you mean `{near}`?"),
                );
                found.push(Found::key(&inner, message, mend));
            }
        }
    }
    match (table.contains_key("env"), table.contains_key("file")) {
        (true, true) => found.push(Found::value(
            at,
            "the secret is said to be in two places",
            format!("Keep one of {}.", either(&["env", "file"])),
        )),
        (false, false) if found.is_empty() => {
            found.push(Found::value(
                at,
                "this doesn't say where the secret is",
                SECRET_MEND,
            ));
        }
        _ => {}
    }
    found
}

/// A variable's name is letters, digits and `_`; what looks like a random token is none.
fn env_name(at: &SettingPath, name: &str) -> Option<Found> {
    let begins = name
        .bytes()
        .next()
        .is_some_and(|first| !first.is_ascii_digit());
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let random = name.len() >= 20 && !name.contains('_') && digits >= 4;
    (!plain || !begins || name.len() > 128 || random).then(|| {
        Found::value(
            at,
            "this doesn't look like the name of an environment variable",
            "Write the variable's name, such as { env = \"TWILIO_API_SECRET\" }, never the secret itself.",
        )
    })
}

fn secret_path(at: &SettingPath, path: &str) -> Option<Found> {
    let odd = path.is_empty() || path.len() > 4096 || path.contains(char::is_control);
    let pem = path.contains("-----");
    (odd || pem).then(|| {
        Found::value(
            at,
            "this is not a path",
            "Write the path of the file that holds the secret, never the secret itself.",
        )
    })
}
