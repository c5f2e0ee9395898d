//! The `OpenAPI` 3.1 document, out of the types that the operations take and give.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{
    Problem,
    operation::{About, Operations},
};

/// What any operation may answer, and why.
const ALWAYS: [(&str, &str); 5] = [
    ("400", "What was asked can't be."),
    ("401", "The token is missing or wrong."),
    (
        "409",
        "What is configured does not allow it, or it is not what was looked at.",
    ),
    ("429", "Too much at once, or too many wrong tokens."),
    ("503", "Something that the operation needs is away."),
];

pub(super) fn get<P: JsonSchema, Q: JsonSchema, A: JsonSchema>(
    all: &mut Operations,
    about: About,
) -> Value {
    let mut parameters = parameters::<P>(&mut all.takes, "path");
    parameters.extend(self::parameters::<Q>(&mut all.takes, "query"));
    json!({
        "operationId": about.id,
        "summary": about.summary,
        "parameters": parameters,
        "responses": responses::<A>(&mut all.gives, &[("404", "There is no such thing.")]),
    })
}

pub(super) fn post<P: JsonSchema, B: JsonSchema, A: JsonSchema>(
    all: &mut Operations,
    about: About,
    changes: bool,
) -> Value {
    let parameters = parameters::<P>(&mut all.takes, "path");
    let mut more = vec![
        ("404", "There is no such thing."),
        ("413", "The body is too large."),
        ("415", "The body is not JSON."),
    ];
    if changes {
        more.push((
            "403",
            "A change takes the token, and one must be configured.",
        ));
    }
    let mut described = json!({
        "operationId": about.id,
        "summary": about.summary,
        "parameters": parameters,
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": all.takes.subschema_for::<B>() } },
        },
        "responses": responses::<A>(&mut all.gives, &more),
    });
    if changes {
        described["security"] = json!([{ "token": [] }]);
    }
    described
}

/// The fields of a type as parameters.
fn parameters<T: JsonSchema>(takes: &mut SchemaGenerator, place: &str) -> Vec<Value> {
    let schema = T::json_schema(takes).to_value();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let fields = schema["properties"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let parameter = |(name, mut schema): (String, Value)| {
        let about = schema
            .as_object_mut()
            .and_then(|schema| schema.remove("description"));
        json!({
            "name": name,
            "in": place,
            "required": place == "path" || required.iter().any(|one| *one == name.as_str()),
            "description": about.unwrap_or_default(),
            "schema": without_null(schema),
        })
    };
    fields.into_iter().map(parameter).collect()
}

/// What is left out of a query is not null: it is not there.
fn without_null(mut schema: Value) -> Value {
    if let Some(kinds) = schema["type"].as_array_mut() {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            schema["type"] = only.clone();
        }
    }
    if let Some(choices) = schema["anyOf"].as_array_mut() {
        choices.retain(|one| one["type"] != "null");
        if let [only] = choices.as_slice() {
            return only.clone();
        }
    }
    if let Some(schema) = schema.as_object_mut() {
        // Asking for it by name made these.
        schema.retain(|_, value| !value.is_null());
    }
    schema
}

fn responses<A: JsonSchema>(gives: &mut SchemaGenerator, more: &[(&str, &str)]) -> Value {
    let problem = gives.subschema_for::<Problem>();
    let mut all = Map::new();
    let answer = gives.subschema_for::<A>();
    all.insert(
        "200".to_owned(),
        json!({
            "description": "Done.",
            "content": { "application/json": { "schema": answer } },
        }),
    );
    let mut statuses: Vec<_> = ALWAYS.iter().chain(more).collect();
    statuses.sort_unstable();
    for (status, why) in statuses {
        let content = json!({ "application/problem+json": { "schema": problem } });
        all.insert(
            (*status).to_owned(),
            json!({ "description": why, "content": content }),
        );
    }
    Value::Object(all)
}

/// The whole document.
pub(super) fn document(mut all: Operations) -> Value {
    let mut schemas = all.takes.take_definitions(true);
    schemas.extend(all.gives.take_definitions(true));
    schemas.sort_keys();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Flexbridge, the administrator's API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every operation here is one of the command line's and of the page's too. Problems are told as RFC 9457 has it, with a stable `code` and a `mend`.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/api/v1" }],
        "security": [{ "token": [] }, { "session": [] }],
        "paths": all.paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of `listen.admin_token`. Where none is configured, this machine may look without.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-flexbridge-admin",
                    "description": "A browser that was signed in to the page. It may look, and change nothing.",
                },
            },
        },
    })
}
