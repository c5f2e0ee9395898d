//! From the file's bytes to a checked [`Config`], collecting problems on the way.

use std::{collections::BTreeMap, path::Path};

use super::{
    Config, File, Report, check,
    found::{Found, shown},
    history, mask, schema, secrets, shape,
    source::{self, Places, Unreadable, is_within},
};
pub use super::{flex_parts::FlexParts, parts::Parts};
use crate::{
    clock::Timestamp,
    identity::FlexName,
    keys, locations,
    settings::{Problem, SettingPath, Severity},
};
use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

/// With more wrong than this, what is wrong between the parts can wait.
const MOST_FOUND: usize = 1000;

/// A configuration that is being checked.
#[derive(Debug)]
pub struct Draft {
    name: String,
    text: String,
    hidden: Vec<std::ops::Range<usize>>,
    places: Places,
    found: Vec<Found>,
    parts: Parts,
    file: Option<File>,
    before_setup: bool,
    by_form: bool,
}

/// A configuration that can be used.
#[derive(Debug)]
pub struct Checked {
    /// What the composition needs.
    pub config: Config,
    /// The file with all defaults filled in.
    pub file: File,
    /// The warnings.
    pub report: Report,
}

impl Draft {
    /// Reads and checks the file at `path`, as far as it goes without keys or network.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let name = path.display().to_string();
        match source::read(path) {
            Ok(text) => Self::of_text(name, text),
            Err(error) => Self::unreadable(name, &error),
        }
    }

    /// As [`Draft::read`], for whoever has not set the partners up yet: metadata that is not
    /// there, and secrets that partners give, are warnings.
    #[must_use]
    pub fn read_before_setup(path: &Path) -> Self {
        let name = path.display().to_string();
        match source::read(path) {
            Ok(text) => {
                let mut draft = Self::empty(name, text);
                draft.before_setup = true;
                draft.take_text();
                draft
            }
            Err(error) => Self::unreadable(name, &error),
        }
    }

    /// Reads `bytes` by their form alone, for whoever wants to know the rules of somebody's text:
    /// no other file is looked at, no name is looked up, no secret is loaded.
    #[must_use]
    pub fn by_form(name: &str, bytes: Vec<u8>) -> Self {
        match source::text(bytes) {
            Ok(text) => {
                let mut draft = Self::empty(name.to_owned(), text);
                draft.by_form = true;
                draft.take_text();
                draft
            }
            Err(error) => Self::unreadable(name.to_owned(), &error),
        }
    }

    /// Checks `bytes` as the content of a file called `name`.
    #[must_use]
    pub fn of_bytes(name: &str, bytes: Vec<u8>) -> Self {
        match source::text(bytes) {
            Ok(text) => Self::of_text(name.to_owned(), text),
            Err(error) => Self::unreadable(name.to_owned(), &error),
        }
    }

    fn empty(name: String, text: String) -> Self {
        Self {
            name,
            text,
            hidden: Vec::new(),
            places: Places::default(),
            found: Vec::new(),
            parts: Parts::default(),
            file: None,
            before_setup: false,
            by_form: false,
        }
    }

    fn unreadable(name: String, error: &Unreadable) -> Self {
        let mut draft = Self::empty(name, String::new());
        let mend = match error {
            Unreadable::Io(_) => {
                "Name the file with --config or FLEXBRIDGE_CONFIG; `config/flexbridge.toml` is an example to begin with."
            }
            Unreadable::TooLarge => {
                "A configuration has a few hundred lines; is this the right file?"
            }
            Unreadable::Encoding(_) => "Save the file as UTF-8.",
        };
        let message = format!("the configuration {error}");
        draft.add([Problem::error(SettingPath::root(), message, mend)]);
        draft
    }

    fn of_text(name: String, text: String) -> Self {
        let mut draft = Self::empty(name, text);
        draft.take_text();
        draft
    }

    fn take_text(&mut self) {
        let schema = schema::schema();
        let text = self.text.clone();
        match DeTable::parse(&text) {
            Err(error) => {
                self.hidden = mask::guess(&text, &schema);
                self.found.push(syntax(&error));
            }
            Ok(table) => self.of_table(table.into_inner(), &schema),
        }
    }

    fn of_table(&mut self, table: DeTable<'_>, schema: &serde_json::Value) {
        self.places = Places::of(&table);
        let walked = shape::walk(&table, schema, history::REPLACED);
        self.found = walked.found;
        self.hidden = walked.hidden;
        if self.found.len() > MOST_FOUND {
            return;
        }
        self.parts = self.read_parts(&table);
        let before_setup = self.before_setup;
        let checked = if self.by_form {
            Vec::new()
        } else {
            check::check(&self.parts)
        };
        let found = checked.into_iter().map(|mut problem| {
            if before_setup && check::is_metadata_file(&problem.path) {
                problem.severity = Severity::Warning;
            }
            Found {
                // A claim is wrong by its name: flex.NAME.claims.CLAIM.
                on_key: problem.path.0.get(2) == Some(&"claims".into()),
                ..Found::from(problem)
            }
        });
        self.found.extend(found);
        if self.is_sound() {
            self.file = self.part(
                &SettingPath::root(),
                &Spanned::new(0..0, DeValue::Table(table)),
            );
        }
    }

    /// The parts that could be read, for those who look further.
    #[must_use]
    pub const fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Adds what others found; paths as seen from the whole file.
    pub fn add(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.found.extend(problems.into_iter().map(Found::from));
    }

    /// Reads the keys, once, and adds what is wrong with them: for whoever starts or checks.
    pub fn load_keys(&mut self, now: Timestamp) -> Option<keys::Keys> {
        let loaded = keys::load(self.parts.keys.as_ref()?, now);
        let at = SettingPath::root().join("keys");
        let problems = match &loaded {
            Ok(keys) => keys.warnings.clone(),
            Err(problems) => problems.clone(),
        };
        self.add(problems.into_iter().map(|problem| problem.under(&at)));
        loaded.ok()
    }

    /// For each Flex account, the place in `keys.assertion` of the pair that signs for it.
    #[must_use]
    pub fn signing_places(&self) -> BTreeMap<FlexName, usize> {
        let keys = self.parts.keys.iter();
        let accounts = keys.flat_map(|keys| {
            self.parts.flex.iter().filter_map(|(name, flex)| {
                let chosen = flex.assertion_key.as_deref();
                Some((name.clone(), keys.assertion_place(chosen)?))
            })
        });
        accounts.collect()
    }

    /// Tries whether the secrets outside of `[keys]` can be read, and adds those that can't, or
    /// that others can too.
    pub fn check_secrets(&mut self) {
        let mut problems = secrets::check(&self.parts);
        if self.before_setup {
            for problem in &mut problems {
                problem.severity = Severity::Warning;
            }
        }
        self.add(problems);
    }

    fn is_sound(&self) -> bool {
        self.found
            .iter()
            .all(|found| found.problem.severity == Severity::Warning)
    }

    /// The checked configuration, or everything that is wrong.
    ///
    /// # Errors
    /// The [`Report`] when anything in it stops the start.
    pub fn finish(self) -> Result<Checked, Report> {
        let sound = self.is_sound();
        let text = mask::mask(&self.text, &self.hidden);
        let placed = self.found.into_iter().map(|found| {
            let path = &found.problem.path;
            let by_path = || {
                if found.on_key {
                    self.places.of_key(path)
                } else {
                    self.places.of_value(path, &self.text)
                }
            };
            let span = found.span.clone().or_else(by_path);
            (found.problem, span)
        });
        let report = Report::new(&self.name, text, placed);
        match self.file.filter(|_| sound) {
            None => Err(report),
            Some(file) => Ok(Checked {
                config: Config::of(file.clone()),
                file,
                report,
            }),
        }
    }

    fn read_parts(&mut self, table: &DeTable<'_>) -> Parts {
        let root = SettingPath::root();
        Parts {
            public_url: self.member(&root, table, "public_url"),
            listen: self.member(&root, table, "listen"),
            keys: self.member(&root, table, "keys"),
            idp: self.named(table, "idp", Self::part),
            flex: self.named(table, "flex", Self::flex_parts),
            store: self.member(&root, table, "store"),
            journal: self.member(&root, table, "journal"),
            pages: self.member(&root, table, "pages"),
            telemetry: self.member(&root, table, "telemetry"),
        }
    }

    fn named<N: std::str::FromStr + Ord, T>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        read: impl Fn(&mut Self, &SettingPath, &Spanned<DeValue<'_>>) -> T,
    ) -> BTreeMap<N, T> {
        let at = SettingPath::root().join(key);
        let sections = table.get(key).and_then(|value| value.get_ref().as_table());
        let named = sections.into_iter().flatten().filter_map(|(name, value)| {
            let written = name.get_ref().as_ref();
            let parsed = written.parse().ok()?;
            Some((parsed, read(self, &at.join(written), value)))
        });
        named.collect()
    }

    fn flex_parts(&mut self, at: &SettingPath, value: &Spanned<DeValue<'_>>) -> FlexParts {
        let Some(table) = value.get_ref().as_table() else {
            return FlexParts::default();
        };
        FlexParts {
            idp: self.member(at, table, "idp"),
            email_domains: self.member(at, table, "email_domains"),
            name_ids: self.member(at, table, "name_ids"),
            has_name_ids: table.contains_key("name_ids"),
            account_sid: self.member(at, table, "account_sid"),
            sso: self.member(at, table, "sso"),
            twilio: self.member(at, table, "twilio"),
            has_twilio: table.contains_key("twilio"),
            claims: self.claims(&at.join("claims"), table.get("claims")),
            location: self.member(at, table, "location"),
            defined: self.defined(&at.join("location"), table.get("location")),
            assertion_key: self.member(at, table, "assertion_key"),
            request_certificates: self.member(at, table, "request_certificates"),
            pass_on: self.member(at, table, "pass_on"),
            report_authn_context: self.member(at, table, "report_authn_context"),
        }
    }

    fn claims(
        &mut self,
        at: &SettingPath,
        value: Option<&Spanned<DeValue<'_>>>,
    ) -> Option<BTreeMap<String, Option<Vec<String>>>> {
        let claims = value?.get_ref().as_table()?.iter().map(|(name, value)| {
            let name = name.get_ref().as_ref();
            (name.to_owned(), self.part(&at.join(name), value))
        });
        Some(claims.collect())
    }

    fn defined(
        &mut self,
        at: &SettingPath,
        value: Option<&Spanned<DeValue<'_>>>,
    ) -> Option<locations::Settings> {
        self.member(at, value?.get_ref().as_table()?, "defined")
    }

    fn member<T: DeserializeOwned>(
        &mut self,
        at: &SettingPath,
        table: &DeTable<'_>,
        name: &str,
    ) -> Option<T> {
        let value = table.get(name)?;
        self.part(&at.join(name), value)
    }

    /// Deserialises one part, unless something within it is known to be wrong.
    fn part<T: DeserializeOwned>(
        &mut self,
        at: &SettingPath,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<T> {
        let wrong = |found: &Found| {
            found.problem.severity == Severity::Error && is_within(&found.problem.path, &at.0)
        };
        if self.found.iter().any(wrong) {
            return None;
        }
        T::deserialize(ValueDeserializer::from(value.clone()))
            .map_err(|error| {
                // The walk by the schema should have said it better; nothing slips through here.
                let message = shown(error.message().lines().next().unwrap_or_default());
                let mend = "Compare it with docs/configuration.md.";
                let mut found = Found::value(at, message, mend);
                found.span = error.span();
                self.found.push(found);
            })
            .ok()
    }
}

fn syntax(error: &toml::de::Error) -> Found {
    let message = error.message().lines().next().unwrap_or_default();
    let mut found = Found::value(
        &SettingPath::root(),
        format!("this is not TOML: {message}"),
        "Mend the line; the rest is checked once the file can be read. Values that may be secret are hidden here.",
    );
    found.span = error.span();
    found
}

/// Reads and checks the file at `path`; see [`Draft`] for adding what keys and network say.
///
/// # Errors
/// The [`Report`] when anything in it stops the start.
pub fn load(path: &Path) -> Result<Checked, Report> {
    Draft::read(path).finish()
}
