"""Data Center: addresses and parameters, each from the version that has it first to the one that has it last."""

from collections.abc import Callable
from typing import Any

from confluence_assets.emulator.datacenter.profiles import PROFILES
from confluence_assets.emulator.handlers.datacenter import (
    audit,
    children,
    contents,
    files,
    labels,
    people,
    restrictions,
    search,
    server,
    spaces,
    watches,
    webhooks,
)  # fmt: skip
from confluence_assets.emulator.parameters import boolean, text, texts, whole_from
from confluence_assets.emulator.urls import control, datacenter_writes
from confluence_assets.emulator.web.routing import Parameter, Route, Router

BASE = "/rest/api"
FIRST, LAST = (7, 19), (99, 0)
Release = tuple[int, int]
Parameters = dict[str, Parameter]
_EXPAND: Parameters = {"expand": text}
_LIST: Parameters = {"start": whole_from(0), "limit": whole_from(0)}
_PAGE: Parameters = {**_EXPAND, **_LIST}
_CURSOR: Parameters = {**_EXPAND, "cursor": text, "limit": whole_from(1)}
_USER: Parameters = {"key": text, "username": text}
Entry = tuple[Release, Release, Route]


def _get(
    path: str,
    handler: Callable[..., Any],
    parameters: Parameters | None = None,
    *required: str,
    since: Release = FIRST,
    until: Release = LAST,
) -> Entry:
    return since, until, Route("GET", path, handler, parameters or {}, "datacenter", required)


def _api(path: str, handler: Callable[..., Any], parameters: Parameters | None = None, **more: Any) -> Entry:
    return _get(BASE + path, handler, parameters, **more)


def _write(method: str, path: str, handler: Callable[..., Any], parameters: Parameters | None = None) -> Entry:
    return FIRST, LAST, Route(method, BASE + path, handler, parameters or {}, "datacenter")


_FILTERS: Parameters = {"type": text, "spaceKey": text, "status": texts()}
_CQL: Parameters = {"cql": text, "cqlcontext": text, **_PAGE}
_CONTENTS = [
    _api("/content", contents.list_contents, {**_FILTERS, "title": text, "ids": texts(), **_PAGE}),
    _api("/content/scan", contents.scan, {**_FILTERS, **_CURSOR}),
    _get(f"{BASE}/content/search", search.search_content, _CQL, "cql"),
    _get(f"{BASE}/search", search.search_all, {**_CQL, "excerpt": text, "includeArchivedSpaces": boolean}, "cql"),
    _api("/content/{id}", contents.get_content, {**_EXPAND, "status": texts(), "version": whole_from(0)}),
    _api("/content/{id}/history", contents.get_history, _EXPAND),
    _api("/content/{id}/label", contents.list_labels, {**_LIST, "prefix": text}),
    _api("/content/{id}/property", contents.list_properties, _PAGE),
    _api("/content/{id}/property/{key}", contents.get_property, _EXPAND),
    _api("/content/{id}/child", children.get_children, _PAGE),
    _api("/content/{id}/child/{type}", children.list_children, _PAGE),
    _api("/content/{id}/child/comment", children.list_comments, {**_PAGE, "location": texts(), "depth": text}),
    _api("/content/{id}/child/attachment", children.list_attachments, {**_PAGE, "filename": text, "mediaType": text}),
    _api(
        "/content/{id}/child/attachment/{attachmentId}/extractedtext",
        files.get_text,
        {"limit": whole_from(1)},
        since=(10, 0),
    ),
    _api("/content/{id}/descendant", children.get_descendants, _EXPAND),
    _api("/content/{id}/descendant/{type}", children.list_descendants, _PAGE),
    _get("/rest/experimental/content/{id}/version", contents.list_versions, _PAGE, until=(8, 99)),
    _get("/rest/experimental/content/{id}/version/{number}", contents.get_version, _EXPAND, until=(8, 99)),
    _api("/content/{id}/version", contents.list_versions, _PAGE, since=(9, 0)),
    _api("/content/{id}/version/{number}", contents.get_version, _EXPAND, since=(9, 0)),
    _api("/content/{id}/restriction/byOperation", restrictions.get_by_operation, _EXPAND),
    _api("/content/{id}/restriction/byOperation/{operationKey}", restrictions.get_one, _PAGE),
    _api("/content/{id}/restriction/relevantViewRestrictions", restrictions.get_relevant, _PAGE, since=(10, 0)),
    _api("/content/{contentId}/watchers", watches.list_of_content, _LIST, since=(9, 0)),
    _api("/content/{id}/history/{version}/macro/id/{macroId}", watches.get_macro),
    _get("/download/attachments/{id}/{name}", files.download, {"version": whole_from(1)}),
    _get("/rest/inlinecomments/1.0/comments", children.list_inline_comments, {"containerId": text}, "containerId"),
    _get("/rest/likes/1.0/content/{id}/likes", server.get_likes, {"commentLikes": boolean}),
]
_SPACE = "/space/{spaceKey}"
_SPACE_FILTERS: Parameters = dict.fromkeys(("spaceKey", "spaceKeys", "spaceIds", "type", "status", "label"), texts())
_SPACES = [
    _api("/space", spaces.list_spaces, {**_PAGE, **_SPACE_FILTERS}),
    _api(_SPACE, spaces.get_space, _EXPAND),
    _api(f"{_SPACE}/content", spaces.list_contents, {**_PAGE, "depth": text}),
    _api(f"{_SPACE}/content/{{type}}", spaces.list_contents_of_type, {**_PAGE, "depth": text}),
    _api(f"{_SPACE}/content/trash", contents.list_trash, _CURSOR, until=(8, 99)),
    _api(f"{_SPACE}/trash", contents.list_trash, _CURSOR),
    _api(f"{_SPACE}/labels", labels.list_of_space, _LIST),
    _api(f"{_SPACE}/labels/popular", labels.list_popular_of_space, _LIST, since=(9, 0)),
    _api(f"{_SPACE}/labels/recent", labels.list_recent_of_space, _LIST, since=(9, 0)),
    _api(f"{_SPACE}/labels/{{labelName}}/related", labels.list_related_in_space, _LIST, since=(9, 0)),
    _api(f"{_SPACE}/watchers", watches.list_of_space, _LIST, since=(9, 0)),
    _api(
        "/label/labels",
        labels.list_labels,
        {**dict.fromkeys(("labelName", "owner", "namespace", "spaceKey"), text), **_LIST},
        since=(9, 0),
    ),
    _api("/label/popular", labels.list_popular, _LIST, since=(9, 0)),
    _api("/label/recent", labels.list_recent, _LIST, since=(9, 0)),
    _api("/label/{labelName}/related", labels.list_related, _LIST, since=(9, 0)),
    _api(f"{_SPACE}/property", spaces.list_properties, _PAGE),
    _api(f"{_SPACE}/property/{{key}}", spaces.get_property, _EXPAND),
    _api(f"{_SPACE}/permissions", spaces.list_permissions, since=(9, 1)),
    _api(f"{_SPACE}/permissions/anonymous", spaces.list_anonymous_permissions, since=(9, 1)),
    _api(f"{_SPACE}/permissions/group/{{groupName}}", spaces.list_group_permissions, since=(9, 1)),
    _api(f"{_SPACE}/permissions/user/{{userKey}}", spaces.list_user_permissions, since=(9, 1)),
    _api("/permissions", spaces.list_global_permissions),
    _api("/permissions/anonymous", spaces.list_global_anonymous),
    _api("/permissions/unlicensed", spaces.list_global_unlicensed),
    _api("/permissions/user/{user}", spaces.list_global_of_user),
    _api("/permissions/group/{groupName}", spaces.list_global_of_group),
]
_PEOPLE = [
    _api("/user", people.get_user, {**_USER, **_EXPAND}),
    _api("/user/current", people.get_current, _EXPAND),
    _api("/user/anonymous", people.get_anonymous, _EXPAND),
    _api("/user/list", people.list_users, _PAGE),
    _api("/user/watch/content/{contentId}", watches.is_content_watched, _USER),
    _api("/user/watch/space/{spaceKey}", watches.is_space_watched, {**_USER, "contentType": text}),
    _api("/user/memberof", people.list_memberships, {**_USER, **_PAGE}),
    _api("/admin/users/list/active", people.list_active_users, _PAGE),
    _api("/group", people.list_groups, _PAGE),
    _api("/group/{groupName}", people.get_group, _EXPAND),
    _api("/group/{groupName}/member", people.list_members, _PAGE),
    _api("/group/{groupName}/groupmember", people.list_subgroups, _PAGE),
    _api("/group/{groupName}/groupparent", people.list_parents, _PAGE),
    _api("/group/{groupName}/groupancestor", people.list_ancestors, _LIST, since=(9, 3)),
]
_HOOK = "/webhooks/{webhookId}"
_SERVER = [
    _api("/server-information", server.get_information),
    _api("/accessmode", server.get_access_mode),
    _api("/longtask", watches.list_long_tasks, _PAGE),
    _api("/longtask/{taskId}", watches.get_long_task, _EXPAND),
    _api("/audit", audit.list_nothing),
    _get(
        "/rest/auditing/1.0/events",
        audit.list_events,
        {
            **dict.fromkeys(("from", "to", "search", "pageCursor"), text),
            "categories": texts(),
            "actions": texts(),
            "limit": whole_from(1),
        },
    ),
    _api("/webhooks", webhooks.list_webhooks, {**_LIST, "event": texts(), "statistics": boolean}),
    _write("POST", "/webhooks", webhooks.register),
    _api(_HOOK, webhooks.get_webhook, {"statistics": boolean}),
    _write("PUT", _HOOK, webhooks.change),
    _write("DELETE", _HOOK, webhooks.remove),
    _api(f"{_HOOK}/latest", webhooks.get_latest, {"event": text, "outcome": texts(), "outcomes": texts()}),
    _api(f"{_HOOK}/statistics", webhooks.get_statistics, {"event": text}),
    _api(f"{_HOOK}/statistics/summary", webhooks.get_summary),
    (FIRST, LAST, Route("POST", f"{BASE}/webhooks/test", webhooks.test_address, {"url": text}, "datacenter", ("url",))),
    *(
        (FIRST, (9, 0), Route("POST", path, server.call_remote, {}, "datacenter"))
        for path in ("/rpc/json-rpc/confluenceservice-v2", "/rpc/json-rpc/confluenceservice-v2/{method}")
    ),
    (FIRST, LAST, Route("GET", "/status", server.get_status, {}, "open")),
    (FIRST, LAST, Route("GET", "/rest/applinks/1.0/manifest", server.get_manifest, {}, "open")),
]
_GROUP = "/group/{groupName}"
SWITCHED: dict[str, str] = {
    f"{BASE}/content/scan": "content_scan",
    f"{BASE}/server-information": "server_information",
    f"{BASE}/user/list": "user_list",
    f"{BASE}/admin/users/list/active": "active_user_list",
    **{f"{BASE}{_GROUP}/{name}": "nested_group_routes" for name in ("groupmember", "groupparent", "groupancestor")},
    **{
        f"{BASE}/permissions{name}": "global_permissions"
        for name in ("", "/anonymous", "/unlicensed", "/group/{groupName}", "/user/{user}")
    },
}
"""Routes that a switch can take away or give: whether a version has them, public material tells loosely."""
ENTRIES: list[Entry] = [*_CONTENTS, *_SPACES, *_PEOPLE, *_SERVER]


def build_datacenter_router(profile: str) -> Router:
    """The routes of a version, and the control surface."""
    release = PROFILES[profile].release
    router = Router()
    router.add(*(route for route in control.ROUTES if route.dialect == "control"))
    router.add(*(route for since, until, route in ENTRIES if since <= release <= until))
    router.add(*datacenter_writes.ROUTES)
    return router
