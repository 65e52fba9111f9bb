"""Cloud: addresses that write, of v2 and, for files, of v1."""

from collections.abc import Callable
from typing import Any

from confluence_assets.emulator.handlers import graphql
from confluence_assets.emulator.handlers.v1 import writes as v1
from confluence_assets.emulator.handlers.v2 import writes as v2
from confluence_assets.emulator.parameters import boolean, one_of
from confluence_assets.emulator.web.routing import Parameter, Route

BASE = "/wiki/api/v2"
FILES = "/wiki/rest/api/content/{id}/child/attachment"
_PURGE: dict[str, Parameter] = {"purge": boolean}
_STATUS: dict[str, Parameter] = {"status": one_of("current", "draft")}


def _v2(method: str, path: str, handler: Callable[..., Any], parameters: dict[str, Parameter] | None = None) -> Route:
    return Route(method, BASE + path, handler, parameters or {})


def _properties(segment: str, name: str) -> list[Route]:
    path = f"/{segment}/{{{name}}}/properties"
    return [
        _v2("POST", path, v2.create_property),
        _v2("PUT", f"{path}/{{property-id}}", v2.update_property),
        _v2("DELETE", f"{path}/{{property-id}}", v2.delete_property),
    ]


ROUTES = [
    _v2("POST", "/pages", v2.create_page, {name: boolean for name in ("embedded", "private", "root-level")}),
    _v2("PUT", "/pages/{id}", v2.update_page),
    _v2("DELETE", "/pages/{id}", v2.delete_page, {**_PURGE, "draft": boolean}),
    _v2("DELETE", "/attachments/{id}", v2.delete_attachment, _PURGE),
    *_properties("pages", "page-id"),
    *_properties("blogposts", "blogpost-id"),
    *_properties("attachments", "attachment-id"),
    *_properties("custom-content", "custom-content-id"),
    Route("POST", FILES, v1.create_attachment, _STATUS, "v1"),
    Route("PUT", FILES, v1.create_or_update_attachment, _STATUS, "v1"),
    Route("POST", f"{FILES}/{{attachmentId}}/data", v1.update_attachment_data, {}, "v1"),
    Route("POST", "/gateway/api/graphql", graphql.answer_call, {}, "graphql"),
]
