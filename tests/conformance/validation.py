"""Requests and answers against the OpenAPI documents, with what is known to be wrong in those documents."""

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import jsonschema

from confluence_assets.emulator.handlers.v1.withdrawn import WITHDRAWN
from tests.conformance.documents import V1, V2, bare, document, operations
from tests.conformance.recording import Exchange

# Known defects of the documents.
# Live sites send null there, although it is not declared:
NULLABLE_NAMES = {
    "parentId", "parentType",  # at the root of a space
    "homepageId", "icon",  # a space without one
    "assignedTo", "completedBy", "dueAt", "completedAt",  # of an open task
    "timeZone", "personalSpaceId",  # hidden, or none
    "operations", "userKey", "username",  # of the author of an audit record
}  # fmt: skip
OPEN_ENUMS = {"accountType", "operation", "targetType", "key", "type"}  # values beyond the enum are seen live
NOT_IN_THE_DOCUMENT = {
    "GET /wiki/download/attachments/{id}/{name}",  # the old servlet, no REST
    *(f"GET {template}" for template in WITHDRAWN),
}  # fmt: skip
# What `_links.next` of real sites carries, although the document of the list does not name it:
IN_LINKS = {
    "GET /wiki/rest/api/content/search": {"start", "next", "prev"},
    "GET /wiki/rest/api/search": {"next", "prev"},
}


@cache
def repaired(name: str) -> dict[str, Any]:
    """The document as JSON Schema can read it."""
    found: dict[str, Any] = _repaired(document(name))
    return found


def _repaired(node: Any, name: str = "") -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, and the known defects go."""
    if isinstance(node, list):
        return [_repaired(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {key: _repaired(value, key) for key, value in node.items()}
    if isinstance(found.get("$ref"), str):  # what stands beside a reference does not count in OpenAPI 3.0
        found = {"$ref": found["$ref"]}
    choices = found.get("oneOf", [])
    if choices and all(str(one.get("$ref", "")).endswith("BodyWrite") for one in choices):
        found["anyOf"] = found.pop("oneOf")  # neither form requires anything, so that every body fits both
    if name in OPEN_ENUMS:
        found.pop("enum", None)
    if found.pop("nullable", False) is True or name in NULLABLE_NAMES:
        plain = copy.copy(found)
        return {"anyOf": [plain, {"type": "null"}]}
    return found


@cache
def _operation(method: str, template: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The repaired operation, and its document."""
    found = operations()[f"{method} {bare(template)}"]
    return _repaired(found), repaired(found["document"])


@cache
def _validator(schema: str, document_title: str) -> jsonschema.Draft202012Validator:
    """Made once for each schema: it has to find its way around the whole document."""
    source = next(one for one in map(repaired, (V1, V2)) if one["info"]["title"] == document_title)
    return jsonschema.Draft202012Validator({**json.loads(schema), "components": source["components"]})


def _errors(schema: dict[str, Any], source: dict[str, Any], content: Any) -> list[str]:
    validator = _validator(json.dumps(schema), source["info"]["title"])
    found = sorted(validator.iter_errors(content), key=lambda error: list(error.path))
    return [f"{list(error.path)}: {error.message[:200]}" for error in found[:5]]


def answer_errors(method: str, template: str, status: int, content: Any) -> list[str]:
    """What is wrong with the body of an answer; nothing where the document says nothing of it."""
    operation, source = _operation(method, template)
    declared = operation["responses"].get(str(status), {}).get("content")
    return _errors(next(iter(declared.values()))["schema"], source, content) if declared else []


def parameters_of(method: str, template: str) -> dict[str, dict[str, Any]]:
    """The query parameters of an operation, by name."""
    operation, source = _operation(method, template)
    components = source["components"].get("parameters", {})
    listed = [
        p if "$ref" not in p else components[p["$ref"].rsplit("/", 1)[1]] for p in operation.get("parameters", [])
    ]
    return {p["name"]: p for p in listed if p["in"] == "query"}


def request_errors(exchange: Exchange) -> Iterator[str]:
    """What is wrong with a request: its query and its body."""
    name = f"{exchange.method} {exchange.template}"
    operation, source = _operation(exchange.method, exchange.template)
    known = parameters_of(exchange.method, exchange.template)
    sent: dict[str, list[str]] = {}
    for key, value in parse_qsl(exchange.target.partition("?")[2], keep_blank_values=True):
        sent.setdefault(key, []).append(value)
    for key, values in sent.items():
        if key in known:
            schema = known[key].get("schema", {})
            problems = _value_errors(schema, known[key], values, source)
            yield from (f"{name}: {key}={values}: {problem}" for problem in problems)
        elif key not in IN_LINKS.get(name, set()):
            yield f"{name}: the parameter {key} is not in the document"
    yield from (f"{name}: {key} is missing" for key, p in known.items() if p.get("required") and key not in sent)
    declared = operation.get("requestBody", {})
    if "$ref" in declared:
        declared = source["components"]["requestBodies"][declared["$ref"].rsplit("/", 1)[1]]
    body = declared.get("content", {}).get("application/json")
    if body is not None and exchange.body is not None:
        yield from (f"{name}: body {problem}" for problem in _errors(body["schema"], source, exchange.body))
    elif exchange.body is not None:
        yield f"{name}: the document knows no body"


def _value_errors(
    schema: dict[str, Any], parameter: dict[str, Any], values: list[str], source: dict[str, Any]
) -> list[str]:
    if schema.get("type") != "array":
        return ["more than once"] if len(values) > 1 else _errors(schema, source, _typed(schema, values[0]))
    items = schema.get("items", {})
    if parameter.get("explode", True) is False:
        values = [part for value in values for part in value.split(",")]
    return _errors(schema, source, [_typed(items, value) for value in values])


def _typed(schema: dict[str, Any], value: str) -> Any:
    """What the text stands for; the text itself where it is not of that type."""
    kind = schema.get("type")
    if kind in ("integer", "number") and value.lstrip("-").isdigit():
        return int(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return value
