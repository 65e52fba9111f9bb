"""Every implemented Cloud route answers as its OpenAPI document says."""

import copy
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from confluence_assets.emulator.urls import build_router
from tests.emulator.asker import Asker

OPENAPI = Path(__file__).parents[3] / "shared" / "openapi"
pytestmark = pytest.mark.skipif(
    not OPENAPI.is_dir(), reason="the OpenAPI documents stand beside the checkout, and are not here"
)

V1, V2 = "confluence-cloud-v1.json", "confluence-cloud-v2.json"

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
    # withdrawn from v1
    "GET /wiki/rest/api/content", "GET /wiki/rest/api/content/{id}", "GET /wiki/rest/api/content/{id}/label",
    "GET /wiki/rest/api/content/{id}/child/{type}", "GET /wiki/rest/api/content/{id}/property",
    "GET /wiki/rest/api/content/{id}/history", "GET /wiki/rest/api/space", "GET /wiki/rest/api/space/{spaceKey}",
}  # fmt: skip


@cache
def document(name: str) -> dict[str, Any]:
    return _repaired(json.loads((OPENAPI / name).read_text()))


def _repaired(node: Any, name: str = "") -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, and the known defects go."""
    if isinstance(node, list):
        return [_repaired(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {key: _repaired(value, key) for key, value in node.items()}
    if isinstance(found.get("$ref"), str):  # what stands beside a reference does not count in OpenAPI 3.0
        found = {"$ref": found["$ref"]}
    if name in OPEN_ENUMS:
        found.pop("enum", None)
    if found.pop("nullable", False) is True or name in NULLABLE_NAMES:
        bare = copy.copy(found)
        return {"anyOf": [bare, {"type": "null"}]}
    return found


def normal(template: str) -> str:
    return re.sub(r"\{[^}]+\}", "{}", template)


@cache
def operations(name: str) -> dict[str, dict[str, Any]]:
    base = "/wiki/api/v2" if name == V2 else ""
    return {
        f"{method.upper()} {normal(base + path)}": operation
        for path, methods in document(name)["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "post", "put", "delete")
    }


def schema_of(method: str, template: str, status: int) -> tuple[dict[str, Any], str] | None:
    name = V2 if template.startswith("/wiki/api/v2") else V1
    operation = operations(name)[f"{method} {normal(template)}"]
    content = operation["responses"].get(str(status), {}).get("content")
    return (next(iter(content.values()))["schema"], name) if content else None


def check(method: str, template: str, status: int, body: Any) -> None:
    found = schema_of(method, template, status)
    if found is None:
        return
    schema, name = found
    resolved = {**schema, "components": document(name)["components"]}
    errors = sorted(jsonschema.Draft202012Validator(resolved).iter_errors(body), key=lambda error: list(error.path))
    assert not errors, [f"{list(error.path)}: {error.message[:200]}" for error in errors[:5]]


ROUTES = [route for route in build_router().routes if route.dialect in ("v1", "v2")]
GETS = [route for route in ROUTES if route.method == "GET"]


class Things:
    """One of each, from the demo site."""

    def __init__(self, demo: Asker) -> None:
        rows = demo.site.control.dump()
        first = {
            kind: next(r for r in rows if r["kind"] == kind) for kind in ("folder", "whiteboard", "database", "embed")
        }
        self.page = next(r["id"] for r in rows if r["kind"] == "page" and r["title"] == "One of everything")
        self.handbook = next(r["id"] for r in rows if r["kind"] == "page" and r["title"] == "Handbook")
        self.blogpost = next(r["id"] for r in rows if r["kind"] == "blogpost" and r["title"] == "Four hundred bikes")
        self.nodes = {kind: row["id"] for kind, row in first.items()}
        self.attachment = next(r["id"] for r in rows if r["kind"] == "attachment" and r["container_id"] == self.page)
        self.footer = next(
            r["id"]
            for r in rows
            if r["kind"] == "comment" and r["container_id"] == self.page and r["comment_type"] == "footer"
        )
        self.inline = next(
            r["id"]
            for r in rows
            if r["kind"] == "comment"
            and r["container_id"] == self.page
            and r["comment_type"] == "inline"
            and not r["parent_comment_id"]
        )
        self.custom = next(r["id"] for r in rows if r["kind"] == "custom_content")
        self.space = next(r["id"] for r in rows if r["kind"] == "space" and r["key"] == "ENG")
        self.handbook_space = next(r["id"] for r in rows if r["kind"] == "space" and r["key"] == "HB")
        self.space_property = next(r["id"] for r in rows if r["kind"] == "space_property")
        self.property = next(r["property_id"] for r in rows if r["kind"] == "property" and r["content_id"] == self.page)
        self.label = next(r["label_id"] for r in rows if r["kind"] == "label" and r["content_id"] == self.page)
        self.task = next(r["id"] for r in rows if r["kind"] == "task")
        self.group = next(r["id"] for r in rows if r["kind"] == "group" and r["name"] == "engineering")
        self.role = next(r["id"] for r in rows if r["kind"] == "role")
        self.admin = demo.site.control.account_id("admin@example.com")

    def path(self, template: str) -> str:
        """The template with ids in it."""
        by_family = {
            "pages": self.page, "blogposts": self.blogpost, "attachments": self.attachment, "custom-content": self.custom,
            "footer-comments": self.footer, "inline-comments": self.inline, "comments": self.footer, "labels": self.label,
            "folders": self.nodes["folder"], "whiteboards": self.nodes["whiteboard"], "databases": self.nodes["database"],
            "embeds": self.nodes["embed"], "spaces": self.space, "tasks": self.task, "space-roles": self.role, "content": self.page,
            "properties": self.property, "versions": "1", "byOperation": "read", "byGroupId": self.group, "group": self.group,
            "descendant": "comment", "attachment": self.attachment, "space": "ENG", "child": "page",
        }  # fmt: skip
        segments = template.split("/")
        if template.startswith("/wiki/api/v2/spaces/{space-id}/properties"):
            by_family |= {"spaces": self.handbook_space, "properties": self.space_property}
        return "/".join(by_family[segments[i - 1]] if part.startswith("{") else part for i, part in enumerate(segments))


@pytest.fixture(scope="module")
def things(demo: Asker) -> Things:
    return Things(demo)


REQUIRED = {
    "cql": {"cql": "type in (page, blogpost, comment, attachment, folder)"},
    "type": {"type": "ac:diagrams:drawing"},
    "query": {"query": "e"},
    "name": {"name": "policy"},
}
EXPAND = (
    "space,version,history,ancestors,container,body.storage,metadata.labels,metadata.properties,childTypes.all,operations,"
    "extensions.inlineProperties,restrictions.read.restrictions.user,restrictions.read.restrictions.group,restrictions.update"
)


@pytest.mark.parametrize("route", GETS, ids=lambda route: route.template)
def test_answer_is_as_documented(demo: Asker, things: Things, route: Any) -> None:
    if f"GET {route.template}" in NOT_IN_THE_DOCUMENT:
        assert f"GET {normal(route.template)}" not in operations(V1)
        return
    path = things.path(route.template)
    plain: dict[str, str] = {}
    for name in route.required:
        plain |= REQUIRED.get(
            name,
            {"accountId": things.admin, "id": things.group}.get(name)
            and {name: {"accountId": things.admin, "id": things.group}[name]},
        )
    rich = dict(plain)
    for name in route.parameters:
        if name.startswith("include-"):
            rich[name] = "true"
        if name == "body-format":
            rich[name] = "storage"
        if name == "expand":
            rich[name] = EXPAND
        if name == "description-format":
            rich[name] = "plain"
    answered = 0
    for query in (plain, rich):
        reply = demo.raw(path, params=query)
        assert reply.status_code in (200, 302, 400, 404), (path, reply.status_code, reply.text[:300])
        if reply.status_code == 200 and reply.content:
            check("GET", route.template, 200, reply.json())
        answered += reply.status_code in (200, 302)
    assert answered == 2 or _may_be_empty(route.template), (path, reply.status_code, reply.text[:200])


def _may_be_empty(template: str) -> bool:
    return template.endswith((
        "/admin-key", "/user/email", "/user/email/bulk",  # not for everybody
        "/classification-level", "/classification-level/default",  # not set here
        "/properties/{property-id}",  # only the page has one
        "/user", "/byGroupId/{groupId}",  # nobody is named on that page
        "/analytics/content/{id}/views",
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/wiki/api/v2/users-bulk", lambda t: {"accountIds": [t.admin]}),
        ("/wiki/api/v2/content/convert-ids-to-types", lambda t: {"contentIds": [t.page, t.blogpost, t.footer]}),
        (
            "/wiki/api/v2/user/access/check-access-by-email",
            lambda t: {"emails": ["admin@example.com", "x", "y@example.com"]},
        ),
        ("/wiki/api/v2/admin-key", lambda t: {"durationInMinutes": 5}),
    ],
)
def test_posts_are_as_documented(demo: Asker, things: Things, path: str, body: Any) -> None:
    reply = demo.raw(path, method="POST", json=body(things))
    assert reply.status_code == 200, reply.text
    check("POST", path, 200, reply.json())


def test_permission_check_is_as_documented(demo: Asker, things: Things) -> None:
    template = "/wiki/rest/api/content/{id}/permission/check"
    body = {"subject": {"type": "user", "identifier": things.admin}, "operation": "read"}
    reply = demo.raw(things.path(template), method="POST", json=body)
    assert reply.json()["hasPermission"] is True
    check("POST", template, 200, reply.json())


def test_every_route_is_in_a_document_or_named_here() -> None:
    known = set(operations(V1)) | set(operations(V2))
    strangers = {f"{r.method} {r.template}" for r in ROUTES if f"{r.method} {normal(r.template)}" not in known}
    assert strangers == NOT_IN_THE_DOCUMENT


def test_parameters_are_those_of_the_document() -> None:
    for route in ROUTES:
        name = V2 if route.dialect == "v2" else V1
        operation = operations(name).get(f"{route.method} {normal(route.template)}")
        if operation is None:
            continue
        components = document(name)["components"]
        listed = [
            p if "$ref" not in p else components["parameters"][p["$ref"].rsplit("/", 1)[1]]
            for p in operation.get("parameters", [])
        ]
        documented = {p["name"] for p in listed if p["in"] == "query"}
        missing = documented - set(route.parameters) - {"_"}
        assert not missing, (route.template, missing)
