use serde_json::Value;

use super::routes;

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(to)) = object.get("$ref") {
                found.push(to.clone());
            }
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(all) => all.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn the_document_is_whole() {
    let (_, document) = routes::all().finish();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 10, "{found:?}");
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
    let paths = document["paths"].as_object().unwrap();
    for (path, methods) in paths {
        for operation in methods.as_object().unwrap().values() {
            let named = path.matches('{').count();
            let parameters = operation["parameters"].as_array().unwrap();
            let of_path = parameters.iter().filter(|one| one["in"] == "path");
            assert_eq!(of_path.count(), named, "{path}");
        }
    }
}

/// What is taken and what is given go by one name only where they are the same.
#[test]
fn no_name_stands_for_two_types() {
    let mut all = routes::all();
    let takes = all.takes.take_definitions(true);
    let gives = all.gives.take_definitions(true);
    for (name, taken) in &takes {
        if let Some(given) = gives.get(name) {
            assert_eq!(taken, given, "{name}");
        }
    }
}
