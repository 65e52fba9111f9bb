"""The Data Center's OpenAPI document with what is known to be wrong in it, and how its routes are asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import quote

import jsonschema

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.emulator.urls.datacenter import build_datacenter_router
from tests.conformance.documents import bare, document
from tests.emulator.datacenter_asker import Server

DOCUMENT = "confluence-dc.json"

# Known defects of the document.
NOT_IN_THE_DOCUMENT = {
    # plugins and servlets
    "GET /rest/auditing/1.0/events", "GET /rest/likes/1.0/content/{}/likes", "GET /rest/inlinecomments/1.0/comments",
    "GET /download/attachments/{}/{}", "GET /status", "GET /rest/applinks/1.0/manifest",
    # served, and read by public clients
    "GET /rest/api/content/{}/version", "GET /rest/api/content/{}/version/{}",
}  # fmt: skip
OTHER_STATUS = {"GET /rest/api/content/{}/child/attachment": "201"}  # documented as 201, answers 200
FREE_FORM = {
    "JsonContentProperty.value", "JsonSpaceProperty.value",  # any JSON, not an object with a text
    "ValidationResult.errors",  # a list
}  # fmt: skip
UNBELIEVABLE = {
    "GET /rest/api/space/{}/content": "two lists by type, documented as one",
    "GET /rest/api/user/memberof": "groups, documented as users",
}


@cache
def repaired() -> dict[str, Any]:
    found: dict[str, Any] = _repaired(document(DOCUMENT))
    for name in FREE_FORM:
        schema, _, key = name.partition(".")
        found["components"]["schemas"][schema]["properties"][key] = {}
    return found


def _repaired(node: Any) -> Any:
    """What stands beside a reference does not count in OpenAPI 3.0."""
    if isinstance(node, list):
        return [_repaired(one) for one in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": node["$ref"]}
    return {key: _repaired(value) for key, value in node.items()}


@cache
def operations() -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {bare(path)}": operation
        for path, methods in repaired()["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "post", "put", "delete")
    }


def errors_of(operation: str, status: int, content: Any) -> list[str]:
    declared = operations()[operation]["responses"]
    found = declared.get(OTHER_STATUS.get(operation, str(status)), {}).get("content", {})
    schema = next(iter(found.values()), {}).get("schema")
    if schema is None:
        return []
    resolved = {**schema, "components": repaired()["components"]}
    errors = sorted(jsonschema.Draft202012Validator(resolved).iter_errors(content), key=lambda one: list(one.path))
    return [f"{list(error.path)}: {error.message[:200]}" for error in errors[:5]]


@contextmanager
def asked_server() -> Iterator[Server]:
    """The demo's wiki on a 10.0, with a webhook that was called once."""
    with EmbeddedSite(SiteConfig.demo(deployment="datacenter", context_path="/confluence")) as site:
        found = Server(site)
        hook = {"name": "n", "url": "http://127.0.0.1:9/", "events": ["page_updated"]}
        assert found.raw("/rest/api/webhooks", method="POST", json=hook).status_code == 201
        page = next(row["id"] for row in found.dump("page") if row["title"] == "Travel")
        found.edit("edit_content", id=page, body="<p>x</p>")
        assert site.control.wait_for_webhooks()
        found.edit("create_page", space="HB", title="With a macro", body=MACRO)
        found.edit("run_long_task", name="space.export", percentage=40)
        found.edit("watch", space="HB")
        found.edit("watch", id=page)
        yield found
        found.session.close()


MACRO = '<ac:structured-macro ac:name="info" ac:macro-id="m1"><ac:rich-text-body><p>Hi</p></ac:rich-text-body>'
MACRO += "</ac:structured-macro>"
ROUTES = [route for route in build_datacenter_router("10.0").routes if route.dialect != "control"]
EXPAND = (
    "space,version,history.lastUpdated,ancestors,container,body.storage,metadata.labels,metadata.properties,operations,"
    "children.page,children.comment,children.attachment,extensions.inlineProperties,extensions.resolution,"
    "restrictions.read.restrictions.user,restrictions.read.restrictions.group,restrictions.update,description.plain,"
    "homepage,icon,status"
)


def path_of(server: Server, template: str) -> str:
    """The template with the demo's own ids in it."""
    page = next(row["id"] for row in server.dump("page") if row["title"] == "One of everything")
    file = next(row for row in server.dump("attachment") if row["filename"] == "expense-template.csv")
    page = file["container_id"] if "attachmentId" in template or "download" in template else page
    if "/macro/" in template:
        page = next(row["id"] for row in server.dump("page") if row["title"] == "With a macro")
    held = next((row for row in server.dump("property") if row["content_id"] == page), {"key": ""})
    space_key = next(row["key"] for row in server.dump("space_property"))
    values = {
        "id": page, "attachmentId": file["id"], "name": quote(file["filename"]), "spaceKey": "HB", "type": "page",
        "groupName": "product", "user": "maya", "userKey": server.key("admin"), "operationKey": "read", "number": "1", "webhookId": "1",
        "contentId": page, "labelName": "policy", "version": "1", "macroId": "m1",
        "taskId": next(iter(server.site.site.store.beside.long_tasks)),
        "key": space_key if "/space/" in template else held["key"],
    }  # fmt: skip
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", value)
    return template


def queries(route: Any) -> Iterator[dict[str, str]]:
    """Without and with all that can be expanded."""
    plain: dict[str, str] = {}
    if "cql" in route.required:
        plain["cql"] = "type in (page, comment, attachment)"
    if "username" in route.parameters:
        plain["username"] = "maya"
    if "containerId" in route.required:
        plain["containerId"] = "65543"
    yield plain
    if "expand" in route.parameters:
        yield {**plain, "expand": EXPAND}
    if "statistics" in route.parameters:
        yield {**plain, "statistics": "true"}
