//! Every operation of the administrator's API, as a running bridge describes it.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{cell, current};
use crate::admin::desk::Desk;

const HEAD: &str = "\
# The API

This page is written from the document that a running bridge gives at `/api/v1/openapi.json` (`make reference`). Who may
ask, and how problems are told: [The administrator's page and API](../admin.md#api). Addresses are below `/api/v1`
of `listen.admin`; bodies and answers are JSON.
";

/// The statuses that any operation may answer, and that the page says once.
const EVERYWHERE: [&str; 7] = ["200", "400", "401", "404", "409", "429", "503"];

/// The name behind a reference to a type.
fn referred(schema: &Value) -> Option<&str> {
    let reference = schema.get("$ref")?.as_str()?;
    reference.strip_prefix("#/components/schemas/")
}

fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    let all = ["oneOf", "anyOf", "allOf"];
    all.iter().find_map(|key| schema.get(*key)?.as_array())
}

/// What kind of value it is, types of their own as links.
fn kind(schema: &Value) -> String {
    if let Some(name) = referred(schema) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(word) = schema.get("const") {
        return format!("`{word}`");
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
        return words.join(" or ");
    }
    if let Some(all) = alternatives(schema) {
        let mut kinds: Vec<_> = all.iter().map(kind).collect();
        kinds.dedup();
        return kinds.join(" or ");
    }
    let one = |name: &str| match name {
        "array" => format!("array of {}", kind(&schema["items"])),
        "object" => match schema.get("additionalProperties") {
            Some(rest) if rest.is_object() => format!("object: any name to {}", kind(rest)),
            _ => "object".to_owned(),
        },
        other => other.to_owned(),
    };
    match schema.get("type") {
        Some(Value::String(name)) => one(name),
        Some(Value::Array(names)) => {
            let names: Vec<_> = names.iter().filter_map(Value::as_str).map(one).collect();
            names.join(" or ")
        }
        _ => "any".to_owned(),
    }
}

fn about(schema: &Value) -> String {
    cell(schema["description"].as_str().unwrap_or_default())
}

fn json(content: &Value) -> &Value {
    &content["content"]["application/json"]["schema"]
}

fn operation(out: &mut String, method: &str, path: &str, operation: &Value) {
    let summary = operation["summary"].as_str().unwrap();
    // As code: mdBook takes `{…}` at the end of a heading for its attributes.
    let _ = write!(
        out,
        "\n## `{} {path}`\n\n{summary}\n",
        method.to_uppercase()
    );
    let parameters = operation["parameters"].as_array().unwrap();
    if !parameters.is_empty() {
        out.push_str("\n| parameter | where | value | what it is |\n| --- | --- | --- | --- |\n");
    }
    for parameter in parameters {
        let place = parameter["in"].as_str().unwrap();
        let needed = parameter["required"] == true && place != "path";
        let _ = writeln!(
            out,
            "| `{}` | {place}{} | {} | {} |",
            parameter["name"].as_str().unwrap(),
            if needed { ", needed" } else { "" },
            cell(&kind(&parameter["schema"])),
            about(parameter)
        );
    }
    out.push('\n');
    if let Some(body) = operation.get("requestBody") {
        let _ = write!(out, "Takes {}. ", kind(json(body)));
    }
    let _ = writeln!(out, "Gives {}.", kind(json(&operation["responses"]["200"])));
    if operation.get("security").is_some() {
        out.push_str("It changes something: it takes the token in its own request.\n");
    }
    let responses = operation["responses"].as_object().unwrap();
    let own = responses
        .iter()
        .filter(|(status, _)| !EVERYWHERE.contains(&status.as_str()));
    for (status, response) in own {
        let _ = write!(out, "\n- {status}: {}", about(response));
    }
    out.push('\n');
}

fn fields(out: &mut String, schema: &Value) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    out.push_str("\n| field | value | what it is |\n| --- | --- | --- |\n");
    let needed = schema["required"].as_array();
    for (name, schema) in properties {
        let always = needed.is_some_and(|all| all.iter().any(|one| one == name));
        let kind = cell(&kind(schema));
        let maybe = if always { "" } else { ", may be absent" };
        let _ = writeln!(out, "| `{name}` | {kind}{maybe} | {} |", about(schema));
    }
}

fn r#type(out: &mut String, name: &str, schema: &Value) {
    let _ = write!(out, "\n### {name}\n");
    if let Some(about) = schema["description"].as_str() {
        let _ = write!(out, "\n{about}\n");
    }
    fields(out, schema);
    match alternatives(schema) {
        None if schema.get("properties").is_none() => {
            let _ = write!(out, "\nA value: {}.\n", kind(schema));
        }
        None => {}
        Some(all) => {
            out.push_str("\nOne of\n\n");
            for one in all {
                let mut shown = kind(one);
                if shown == "object" {
                    let names = one["properties"]
                        .as_object()
                        .into_iter()
                        .flat_map(Map::keys);
                    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
                    shown = format!("an object with {}", names.join(", "));
                }
                let about = one["description"].as_str().unwrap_or_default();
                let _ = writeln!(out, "- {shown}. {}", about.replace('\n', " "));
            }
        }
    }
}

fn page(document: &Value) -> String {
    let mut out = HEAD.to_owned();
    let first = document["paths"].as_object().unwrap().values().next();
    let responses = &first.unwrap()["get"]["responses"];
    out.push_str("\nAny operation may answer, besides 200:\n");
    for status in EVERYWHERE.iter().skip(1) {
        let _ = write!(out, "\n- {status}: {}", about(&responses[status]));
    }
    out.push('\n');
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            operation(&mut out, method, path, described);
        }
    }
    out.push_str("\n## Types\n");
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        r#type(&mut out, name, schema);
    }
    // A description may end in a space where its line was joined.
    let lines: Vec<_> = out.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

#[tokio::test]
async fn the_page_of_the_api_is_current() {
    let desk = Desk::start_as(true).await;
    let document = desk.json("/api/v1/openapi.json").await;
    let page = page(&document);
    let operations = page.lines().filter(|line| {
        let heading = line.strip_prefix("## `");
        heading.is_some_and(|rest| rest.starts_with("GET /") || rest.starts_with("POST /"))
    });
    assert!(operations.count() >= 10, "{page}");
    assert!(page.contains("listen.admin"));
    current("docs/reference/api.md", &page);
}
