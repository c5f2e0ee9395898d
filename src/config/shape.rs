//! Walks the file against its JSON Schema and reports everything that doesn't fit.
//!
//! The schema comes from the same types that are deserialised afterwards, so the two can't
//! drift apart; what serde would say one by one, and without a place, is said here at once.

use std::ops::Range;

use serde_json::{Map, Value};
use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use super::{
    found::{Found, either, nearest, shown},
    history::{self, Replaced},
    leaf,
};
use crate::settings::SettingPath;

/// What the walk found.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) found: Vec<Found>,
    /// What must not be shown: literal secrets, and values of unknown keys, which may be some.
    pub(super) hidden: Vec<Range<usize>>,
}

/// Checks the whole file's `table` against `schema`.
pub(super) fn walk(table: &DeTable<'_>, schema: &Value, replaced: &[Replaced]) -> Walked {
    let mut walk = Walk {
        schema,
        replaced,
        out: Walked::default(),
    };
    walk.table(&SettingPath::root(), table, schema);
    walk.out
}

struct Walk<'s> {
    schema: &'s Value,
    /// Keys of earlier versions.
    replaced: &'s [Replaced],
    out: Walked,
}

type Setting<'v, 'i> = &'v Spanned<DeValue<'i>>;

impl<'s> Walk<'s> {
    /// Follows `$ref`; also says which definition it leads to.
    fn resolve(&self, schema: &'s Value) -> (Option<&'s str>, &'s Value) {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
            return (None, schema);
        };
        let name = reference.trim_start_matches("#/$defs/");
        let target = self.schema.get("$defs").and_then(|all| all.get(name));
        (Some(name), target.unwrap_or(schema))
    }

    fn value(&mut self, at: &SettingPath, value: Setting<'_, '_>, schema: &'s Value) {
        let (name, schema) = self.resolve(schema);
        if name == Some("SecretSource") {
            return self.secret(at, value);
        }
        let branches = self.branches(schema);
        self.by_kind(at, value, name, &branches);
        // What was not looked into may be a secret as a whole.
        if !looked_into(value.get_ref(), &branches) && self.wants_secret(schema, 0) {
            self.hide_all_but(tag(&branches), value);
        }
    }

    fn hide_all_but(&mut self, tag: Option<&str>, value: Setting<'_, '_>) {
        let DeValue::Table(table) = value.get_ref() else {
            return self.hide(value);
        };
        let others = table
            .iter()
            .filter(|(key, _)| Some(key.get_ref().as_ref()) != tag);
        others.for_each(|(_, value)| self.hide(value));
    }

    fn by_kind(
        &mut self,
        at: &SettingPath,
        value: Setting<'_, '_>,
        name: Option<&str>,
        branches: &[&'s Value],
    ) {
        match value.get_ref() {
            DeValue::Table(table) => self.any_table(at, table, branches),
            DeValue::Array(items) => match of_type(branches, "array").next() {
                None => self.wrong_kind(at, value, branches),
                Some(schema) => {
                    for (index, item) in items.iter().enumerate() {
                        self.value(&at.join(index), item, &schema["items"]);
                    }
                }
            },
            DeValue::String(text) => self.string(at, value, text, name, branches),
            DeValue::Integer(number) => match of_type(branches, "integer").next() {
                None => self.wrong_kind(at, value, branches),
                Some(schema) => self.out.found.extend(leaf::integer(at, number, schema)),
            },
            DeValue::Boolean(_) if of_type(branches, "boolean").next().is_some() => {}
            _ => self.wrong_kind(at, value, branches),
        }
    }

    /// The alternatives of `oneOf` and `anyOf`, or the schema itself.
    fn branches(&self, schema: &'s Value) -> Vec<&'s Value> {
        let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf"));
        match alternatives.and_then(Value::as_array) {
            None => vec![schema],
            Some(all) => all
                .iter()
                .flat_map(|branch| self.branches(self.resolve(branch).1))
                .collect(),
        }
    }

    fn string(
        &mut self,
        at: &SettingPath,
        value: Setting<'_, '_>,
        text: &str,
        name: Option<&str>,
        branches: &[&'s Value],
    ) {
        let strings: Vec<_> = of_type(branches, "string").collect();
        let words: Vec<_> = strings
            .iter()
            .filter_map(|schema| constant(schema))
            .collect();
        if strings.is_empty() {
            return self.wrong_kind(at, value, branches);
        }
        if words.len() < strings.len() {
            let free = strings
                .into_iter()
                .find(|schema| constant(schema).is_none());
            let leaf = leaf::string(at, text, name, free.unwrap_or(&Value::Null));
            if leaf.hide {
                self.out.hidden.push(value.span());
            }
            self.out.found.extend(leaf.found);
        } else if !words.contains(&text) {
            self.out.found.push(choice(at, text, &words));
        }
    }

    fn any_table(&mut self, at: &SettingPath, table: &DeTable<'_>, branches: &[&'s Value]) {
        let tables: Vec<_> = of_type(branches, "object").collect();
        if tables.is_empty() {
            return self.wrong_table(at, branches);
        }
        if let Some(tag) = tag(&tables).filter(|_| tables.len() > 1) {
            return self.tagged(at, table, &tables, tag);
        }
        let known = |schema: &&&Value| {
            let is_known =
                |name: &str| properties(schema).is_some_and(|all| all.contains_key(name));
            table.keys().filter(|key| is_known(key.get_ref())).count()
        };
        // Of equals the first, as `max_by_key` would take the last.
        if let Some(best) = tables.iter().rev().max_by_key(known) {
            self.table(at, table, best);
        }
    }

    /// A table whose key `tag` says which of `tables` it is.
    fn tagged(&mut self, at: &SettingPath, table: &DeTable<'_>, tables: &[&'s Value], tag: &str) {
        let words: Vec<_> = tables
            .iter()
            .filter_map(|schema| constant(&schema["properties"][tag]))
            .collect();
        let Some(value) = table.get(tag) else {
            let mend = format!("Write `{tag}` with {}.", either(&words));
            return self
                .out
                .found
                .push(Found::key(at, format!("`{tag}` is missing"), mend));
        };
        let word = value.get_ref().as_str();
        let chosen = tables
            .iter()
            .find(|schema| word.is_some() && constant(&schema["properties"][tag]) == word);
        let at_tag = at.join(tag);
        match (chosen, word) {
            (Some(schema), _) => self.table(at, table, schema),
            (None, Some(word)) => self.out.found.push(choice(&at_tag, word, &words)),
            (None, None) => self.wrong_kind(&at_tag, value, &[&STRING]),
        }
    }

    fn table(&mut self, at: &SettingPath, table: &DeTable<'_>, schema: &'s Value) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let inner = at.join(name);
            if let Some(schema) = member(schema, name) {
                self.value(&inner, value, schema);
                continue;
            }
            self.hide(value);
            let found = history::find(self.replaced, &inner)
                .unwrap_or_else(|| unknown_key(&inner, key, table, schema));
            self.out.found.push(found);
        }
        let required = schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if !table.contains_key(name) {
                let about = about(&schema["properties"][name]);
                let message = format!("`{name}` is missing");
                self.out
                    .found
                    .push(Found::key(at, message, format!("Write `{name}`: {about}")));
            }
        }
    }

    /// Hides every single value in `value`; keys may be seen.
    fn hide(&mut self, value: Setting<'_, '_>) {
        match value.get_ref() {
            DeValue::Table(table) => table.values().for_each(|value| self.hide(value)),
            DeValue::Array(items) => items.iter().for_each(|value| self.hide(value)),
            _ => self.out.hidden.push(value.span()),
        }
    }

    /// Whether a secret is wanted somewhere in what `schema` describes.
    fn wants_secret(&self, schema: &'s Value, depth: usize) -> bool {
        let (name, schema) = self.resolve(schema);
        if name == Some("SecretSource") {
            return true;
        }
        let inner: Vec<&Value> = match schema {
            Value::Object(object) => object.values().collect(),
            Value::Array(items) => items.iter().collect(),
            _ => return false,
        };
        // Far deeper than the file's structure is; the schema itself has no circles.
        depth < 32
            && inner
                .into_iter()
                .any(|schema| self.wants_secret(schema, depth + 1))
    }

    fn secret(&mut self, at: &SettingPath, value: Setting<'_, '_>) {
        let found = leaf::secret(at, value.get_ref());
        if !found.is_empty() {
            self.hide(value);
        }
        self.out.found.extend(found);
    }

    fn wrong_kind(&mut self, at: &SettingPath, value: Setting<'_, '_>, branches: &[&Value]) {
        let is = leaf::kind(value.get_ref());
        let wanted = leaf::wanted(branches);
        let found = Found::value(at, format!("this is {is}"), format!("Write {wanted}."));
        self.out.found.push(found);
    }

    fn wrong_table(&mut self, at: &SettingPath, branches: &[&Value]) {
        let wanted = leaf::wanted(branches);
        let found = Found::value(at, "this is a table", format!("Write {wanted}."));
        self.out.found.push(found);
    }
}

static STRING: std::sync::LazyLock<Value> =
    std::sync::LazyLock::new(|| serde_json::json!({ "type": "string" }));

fn of_type<'b, 's>(branches: &'b [&'s Value], name: &'b str) -> impl Iterator<Item = &'s Value> {
    branches
        .iter()
        .copied()
        .filter(move |schema| schema.get("type").is_some_and(|kind| kind == name))
}

fn constant(schema: &Value) -> Option<&str> {
    schema.get("const").and_then(Value::as_str)
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

/// The key that all `tables` have with a constant: the tag that tells them apart.
fn tag<'s>(tables: &[&'s Value]) -> Option<&'s str> {
    let names = properties(tables.first()?)?.iter();
    names
        .filter(|(_, schema)| constant(schema).is_some())
        .map(|(name, _)| name.as_str())
        .find(|name| {
            tables
                .iter()
                .all(|table| constant(&table["properties"][*name]).is_some())
        })
}

/// Whether [`Walk::by_kind`] could look at each part of `value`: it is of a kind that is wanted,
/// and if a tag says which table it is, that tag is there and known.
fn looked_into(value: &DeValue<'_>, branches: &[&Value]) -> bool {
    let DeValue::Table(table) = value else {
        let wanted = match value {
            DeValue::String(_) => "string",
            DeValue::Array(_) => "array",
            _ => return true,
        };
        return of_type(branches, wanted).next().is_some();
    };
    let tables: Vec<_> = of_type(branches, "object").collect();
    match tag(&tables).filter(|_| tables.len() > 1) {
        None => !tables.is_empty(),
        Some(tag) => {
            let word = table.get(tag).and_then(|value| value.get_ref().as_str());
            let known = |schema: &&Value| constant(&schema["properties"][tag]) == word;
            word.is_some() && tables.iter().any(known)
        }
    }
}

/// What the table's schema says of the member `name`.
fn member<'s>(schema: &'s Value, name: &str) -> Option<&'s Value> {
    if let Some(found) = properties(schema).and_then(|all| all.get(name)) {
        return Some(found);
    }
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    // Our only patterned names are those of identity providers and Flex accounts.
    if let Some((_, found)) = patterns.and_then(|all| all.iter().next()) {
        return leaf::is_short_name(name).then_some(found);
    }
    schema
        .get("additionalProperties")
        .filter(|rest| rest.is_object())
}

fn unknown_key(
    at: &SettingPath,
    key: &Spanned<DeString<'_>>,
    table: &DeTable<'_>,
    schema: &Value,
) -> Found {
    let written = key.get_ref().as_ref();
    if schema.get("patternProperties").is_some() {
        return Found::key(
            at,
            format!("`{}` can't be a name here", shown(written)),
            "Use 1 to 40 of a-z, 0-9, - and _, beginning with a letter or digit: it becomes part of URLs.",
        );
    }
    let all = properties(schema)
        .into_iter()
        .flat_map(Map::keys)
        .map(String::as_str);
    let (used, known): (Vec<_>, Vec<_>) = all.partition(|name| table.contains_key(*name));
    let mend = match nearest(written, known.iter().chain(&used).copied()) {
        Some(name) if used.contains(&name) => {
            format!("Leave it out: `{name}`, which it resembles, is there already.")
        }
        Some(name) => format!("Did you mean `{name}`?"),
        None if known.is_empty() => "Leave it out: nothing else belongs here.".to_owned(),
        None => format!("Leave it out, or use {}.", either(&known)),
    };
    Found::key(
        at,
        format!("there is no key `{}` here", shown(written)),
        mend,
    )
}

fn choice(at: &SettingPath, written: &str, words: &[&str]) -> Found {
    let mend = match nearest(written, words.iter().copied()) {
        Some(word) => format!("Did you mean \"{word}\"?"),
        None => format!("Write {}.", either(words)),
    };
    Found::value(
        at,
        format!("\"{}\" is not a choice here", shown(written)),
        mend,
    )
}

/// The first line of a setting's description.
fn about(schema: &Value) -> &str {
    let text = schema.get("description").and_then(Value::as_str);
    text.and_then(|text| text.lines().next())
        .unwrap_or_default()
}
