//! Every setting, from the JSON Schema, which comes from the doc comments of the settings.

use std::fmt::Write as _;

use flexbridge::config;
use serde_json::{Map, Value};

use super::{cell, current};

const HEAD: &str = "\
# Every setting

This page is written from the program itself (`make reference`), so it is complete and current. What a
setting is good for, with examples: [Configuration](../configuration.md). `flexbridge config schema` prints
the same as JSON Schema, for editors.

A *secret* is `{ env = \"NAME\" }` or `{ file = \"path\" }`. A *duration* is a whole number and a unit:
`\"90s\"`, `\"5m\"`, `\"12h\"`, `\"30d\"`. A *network* is `\"10.0.0.0/8\"`; a single address has its length, too:
`\"10.0.0.10/32\"`.
";

struct Pages<'s> {
    root: &'s Value,
    out: String,
}

/// How a table is written in the file.
fn heading(path: &[String], many: bool) -> String {
    let path = path.join(".");
    if path.is_empty() {
        "At the top".to_owned()
    } else if many {
        format!("`[[{path}]]`")
    } else {
        format!("`[{path}]`")
    }
}

impl<'s> Pages<'s> {
    fn resolve(&self, schema: &'s Value) -> (&'s str, &'s Value) {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
            return ("", schema);
        };
        let name = reference.trim_start_matches("#/$defs/");
        (name, &self.root["$defs"][name])
    }

    /// The alternatives of a schema, all references followed.
    fn branches(&self, schema: &'s Value) -> Vec<&'s Value> {
        let schema = self.resolve(schema).1;
        let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf"));
        match alternatives.and_then(Value::as_array) {
            None => vec![schema],
            Some(all) => all.iter().flat_map(|one| self.branches(one)).collect(),
        }
    }

    /// What a value is.
    fn kind(&self, schema: &'s Value) -> String {
        match self.resolve(schema).0 {
            "SecretSource" => return "secret".to_owned(),
            "Duration" => return "duration".to_owned(),
            _ => {}
        }
        let mut kinds = Vec::new();
        for branch in self.branches(schema) {
            let kind = self.simple_kind(branch);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds.join(" or ")
    }

    fn simple_kind(&self, schema: &'s Value) -> String {
        if let Some(word) = schema.get("const").and_then(Value::as_str) {
            return format!("`\"{word}\"`");
        }
        let format = schema.get("format").and_then(Value::as_str);
        match (schema["type"].as_str().unwrap_or(""), format) {
            ("string", Some("uri")) => "URL".to_owned(),
            ("string", Some("network")) => "network".to_owned(),
            ("string", Some("socket-address")) => "address and port".to_owned(),
            ("array", _) => format!("array of {}", self.kind(&schema["items"])),
            ("object", _) => match schema.get("additionalProperties") {
                Some(rest) if rest.is_object() => format!("table: any name = {}", self.kind(rest)),
                _ => "table".to_owned(),
            },
            (other, _) => other.to_owned(),
        }
    }

    /// What a setting is about, its choices with it.
    fn about(&self, schema: &'s Value) -> String {
        let own = |schema: &'s Value| schema.get("description").and_then(Value::as_str);
        let mut text = own(schema)
            .or_else(|| own(self.resolve(schema).1))
            .unwrap_or_default()
            .to_owned();
        for branch in self.branches(schema) {
            let word = branch.get("const").and_then(Value::as_str);
            if let (Some(word), Some(about)) = (word, own(branch)) {
                let _ = write!(text, "\n\n`\"{word}\"`: {about}");
            }
        }
        cell(&text)
    }

    /// One table of the file, then the tables within it.
    fn section(&mut self, path: &[String], many: bool, schema: &'s Value) {
        let tables: Vec<&Value> = self
            .branches(schema)
            .into_iter()
            .filter(|branch| branch.get("properties").is_some())
            .collect();
        let about = self.resolve(schema).1.get("description");
        let about = about.and_then(Value::as_str).unwrap_or_default();
        let title = heading(path, many);
        let about = about.trim_start_matches(&format!("{title}: "));
        let _ = write!(self.out, "\n## {title}\n\n{about}\n");
        for table in &tables {
            if tables.len() > 1 {
                self.alternative(table);
            }
            self.rows(table);
        }
        for table in tables {
            let inner: &Map<String, Value> = table["properties"].as_object().unwrap();
            for (key, schema) in inner {
                self.within(path, key, schema);
            }
        }
    }

    fn alternative(&mut self, table: &Value) {
        let properties = table["properties"].as_object().unwrap();
        let tag = properties
            .iter()
            .find_map(|(key, value)| Some((key, value.get("const")?.as_str()?)));
        let keys: Vec<_> = properties.keys().map(|key| format!("`{key}`")).collect();
        let title = match tag {
            Some((key, word)) => format!("`{key} = \"{word}\"`"),
            None => format!("With {}", keys.join(", ")),
        };
        let about = table.get("description").and_then(Value::as_str);
        let _ = write!(self.out, "\n{title}");
        if let Some(about) = about {
            let _ = write!(self.out, ": {about}");
        }
        self.out.push('\n');
    }

    fn rows(&mut self, table: &'s Value) {
        self.out
            .push_str("\n| key | value | default | what it is |\n| --- | --- | --- | --- |\n");
        let needed: Vec<&str> = table["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (key, schema) in table["properties"].as_object().unwrap() {
            let default = match schema.get("default") {
                _ if needed.contains(&key.as_str()) => "needed".to_owned(),
                Some(value) => written(value),
                None => "none".to_owned(),
            };
            let row = format!(
                "| `{key}` | {} | {} | {} |\n",
                cell(&self.kind(schema)),
                cell(&default),
                match self.about(schema) {
                    // The one key of a table that explains itself.
                    about if about.is_empty() => self.about(table),
                    about => about,
                }
            );
            self.out.push_str(&row);
        }
    }

    /// The table behind a key, if there is one.
    fn within(&mut self, path: &[String], key: &str, schema: &'s Value) {
        let (name, resolved) = self.resolve(schema);
        if name == "SecretSource" {
            return;
        }
        let mut path = path.to_vec();
        path.push(key.to_owned());
        if let Some(patterns) = resolved.get("patternProperties") {
            path.push("NAME".to_owned());
            let named = patterns.as_object().unwrap().values().next().unwrap();
            return self.section(&path, false, named);
        }
        if let Some(items) = resolved.get("items") {
            if self.is_table(items) {
                self.section(&path, true, items);
            }
        } else if self.is_table(schema) {
            self.section(&path, false, schema);
        }
    }

    fn is_table(&self, schema: &'s Value) -> bool {
        self.resolve(schema).0 != "SecretSource"
            && self
                .branches(schema)
                .iter()
                .any(|branch| branch.get("properties").is_some())
    }
}

/// A default as the file would have it.
fn written(value: &Value) -> String {
    match value {
        Value::Object(object) if object.is_empty() => "none".to_owned(),
        Value::Object(object) => {
            let members: Vec<_> = object
                .iter()
                .map(|(key, value)| format!("{key} = {}", plain(value)))
                .collect();
            format!("`{{ {} }}`", members.join(", "))
        }
        other => format!("`{}`", plain(other)),
    }
}

/// JSON and TOML agree about everything but tables.
fn plain(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(plain).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

fn document() -> String {
    let schema = config::schema();
    let mut pages = Pages {
        root: &schema,
        out: HEAD.to_owned(),
    };
    pages.section(&[], false, &schema);
    pages.out
}

#[test]
fn the_page_of_settings_is_current() {
    current("docs/reference/configuration.md", &document());
}

#[test]
fn every_key_of_the_schema_has_a_row() {
    fn keys(schema: &Value, found: &mut Vec<String>) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            found.extend(properties.keys().cloned());
        }
        match schema {
            Value::Object(object) => object.values().for_each(|inner| keys(inner, found)),
            Value::Array(items) => items.iter().for_each(|inner| keys(inner, found)),
            _ => {}
        }
    }
    let mut schema = config::schema();
    // Its two forms are explained at the top.
    schema["$defs"]["SecretSource"] = Value::Null;
    let mut found = Vec::new();
    keys(&schema, &mut found);
    let page = document();
    let missing = |key: &&String| {
        let choice = format!("{{ {key} =");
        !page.contains(&format!("\n| `{key}` |")) && !page.contains(&choice)
    };
    let missing: Vec<_> = found.iter().filter(missing).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_setting_says_what_it_is() {
    let page = document();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let silent: Vec<_> = rows
        .filter(|row| row.ends_with("|  |") && !row.contains("| `\""))
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn the_schema_is_current() {
    current("config/flexbridge.schema.json", &config::schema_text());
}
