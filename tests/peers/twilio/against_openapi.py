"""Holds recorded requests and answers against Twilio's own OpenAPI documents.

Usage: against_openapi.py DIRECTORY_OF_DOCUMENTS RECORDING.json

RECORDING.json is the array of exchanges that the demo Twilio API kept. Prints
one line for each way in which an exchange does not fit, and ends with 1 if
there is any; else says how many of which operations fitted.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

DOCUMENTS = ["twilio_flex_v1.json", "twilio_taskrouter_v1.json"]
METHODS = ["get", "post", "delete", "put", "patch"]


class Document:
    def __init__(self, path):
        self.content = json.loads(path.read_text(encoding="utf-8"))
        self.uri = f"urn:{path.name}"
        resource = Resource.from_contents(self.content, default_specification=DRAFT4)
        self.registry = Registry().with_resource(self.uri, resource)

    def resolve(self, schema):
        while "$ref" in schema:
            node = self.content
            for part in schema["$ref"].removeprefix("#/").split("/"):
                node = node[part.replace("~1", "/").replace("~0", "~")]
            schema = node
        return schema

    def absolute(self, schema):
        """The schema with its references made absolute, so that they can be looked up."""
        if isinstance(schema, dict):
            return {
                key: f"{self.uri}{value}" if key == "$ref" else self.absolute(value)
                for key, value in schema.items()
            }
        if isinstance(schema, list):
            return [self.absolute(item) for item in schema]
        return schema

    def complaints(self, value, schema, what):
        validator = OAS30Validator(
            self.absolute(schema),
            registry=self.registry,
            format_checker=oas30_format_checker,
        )
        for error in validator.iter_errors(value):
            place = "/".join(str(part) for part in error.absolute_path)
            yield f"{what}{'/' if place else ''}{place}: {error.message}"

    def unknown(self, value, schema, what):
        """Properties that the description does not have: the schemas allow them, we don't."""
        schema = self.resolve(schema)
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from self.unknown(item, schema.get("items", {}), f"{what}[{index}]")
        elif isinstance(value, dict) and schema.get("properties"):
            for name, inner in value.items():
                if name not in schema["properties"]:
                    yield f"{what}: Twilio has no property {name}"
                else:
                    yield from self.unknown(inner, schema["properties"][name], f"{what}.{name}")

    def missing(self, value, schema, what):
        """Properties that Twilio's own examples always have."""
        schema = self.resolve(schema)
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from self.missing(item, schema.get("items", {}), f"{what}[{index}]")
        elif isinstance(value, dict):
            for name, inner in schema.get("properties", {}).items():
                if name not in value:
                    yield f"{what}: property {name} is missing"
                else:
                    yield from self.missing(value[name], inner, f"{what}.{name}")

    def find(self, path):
        """The operations of the path that fits best: a fixed word before a placeholder."""
        best = None
        for template, operations in self.content["paths"].items():
            names = re.findall(r"\{(\w+)\}", template)
            pattern = re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(template))
            found = re.fullmatch(pattern, path)
            if found and (best is None or len(names) < len(best[2])):
                best = (template, operations, dict(zip(names, map(unquote, found.groups()))))
        return best


def coerced(text, schema):
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if schema.get("type") == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def request_complaints(document, operation, placeholders, exchange):
    known = {(p["in"], p["name"]): p for p in operation.get("parameters", [])}
    given = [("path", name, value) for name, value in placeholders.items()]
    given += [("query", n, v) for n, v in parse_qsl(exchange["query"], keep_blank_values=True)]
    if exchange["if_match"] is not None:
        given.append(("header", "If-Match", exchange["if_match"]))
    for place, name, value in given:
        if (place, name) not in known:
            yield f"{place} parameter {name} is not one of this operation"
            continue
        schema = known[(place, name)]["schema"]
        yield from document.complaints(coerced(value, schema), schema, f"{place} parameter {name}")
    for (place, name), parameter in known.items():
        if parameter.get("required") and (place, name) not in {(p, n) for p, n, _ in given}:
            yield f"{place} parameter {name} is required"
    if exchange["authorization"] != "Basic":
        yield f"authorization is {exchange['authorization']}, not Basic"
    yield from body_complaints(document, operation, exchange)


def body_complaints(document, operation, exchange):
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        if exchange["body"]:
            yield "a body where none belongs"
        return
    if exchange["content_type"] not in content:
        yield f"content type {exchange['content_type']} is not one of {list(content)}"
        return
    schema = content[exchange["content_type"]]["schema"]
    if exchange["content_type"] == "application/json":
        body = json.loads(exchange["body"])
    else:
        properties = schema["properties"]
        pairs = parse_qsl(exchange["body"], keep_blank_values=True)
        body = {name: coerced(value, properties.get(name, {})) for name, value in pairs}
        if len(body) != len(pairs):
            yield "a form parameter comes twice"
    yield from document.unknown(body, schema, "body")
    yield from document.complaints(body, schema, "body")


def answer_complaints(document, operation, exchange):
    status = exchange["status"]
    if exchange["answer_type"] != "application/json":
        yield f"the answer's content type is {exchange['answer_type']}"
        return
    answer = json.loads(exchange["answer"])
    if status >= 400:
        # The documents describe no errors; their form is Twilio's documented one.
        form = {"code": int, "message": str, "more_info": str, "status": int}
        seen = {name: type(value) for name, value in answer.items()}
        if seen != form or answer["status"] != status:
            yield f"this is not Twilio's error body: {exchange['answer']}"
        return
    described = operation["responses"].get(str(status))
    if described is None:
        yield f"status {status} is not one of {list(operation['responses'])}"
        return
    schema = described["content"]["application/json"]["schema"]
    for check in (document.unknown, document.missing, document.complaints):
        yield from check(answer, schema, "answer")


def main(directory, recording):
    documents = [Document(Path(directory) / name) for name in DOCUMENTS]
    exchanges = json.loads(Path(recording).read_text(encoding="utf-8"))
    fitted, failed = Counter(), 0
    for number, exchange in enumerate(exchanges):
        found = [(d, best) for d in documents if (best := d.find(exchange["path"]))]
        method = exchange["method"].lower()
        name = f"{exchange['method']} {exchange['path']}"
        if not found or method not in METHODS or method not in found[0][1][1]:
            print(f"{number}: {name}: Twilio has no such operation")
            failed += 1
            continue
        document, (template, operations, placeholders) = found[0]
        operation = operations[method]
        complaints = list(answer_complaints(document, operation, exchange))
        if exchange["status"] < 400:
            # What was refused may well have deserved it.
            complaints += request_complaints(document, operation, placeholders, exchange)
        for complaint in complaints:
            print(f"{number}: {name} -> {exchange['status']}: {complaint}")
        failed += bool(complaints)
        fitted[f"{exchange['method']} {template} {exchange['status']}"] += not complaints
    if failed or not exchanges:
        return 1
    print(json.dumps(fitted, sort_keys=True))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
