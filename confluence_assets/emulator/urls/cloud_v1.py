"""Cloud REST v1: addresses and parameters."""

from collections.abc import Callable
from typing import Any

from confluence_assets.emulator.handlers.v1 import (
    audit,
    beside,
    contents,
    macros,
    people,
    restrictions,
    search,
    states,
    watches,
    withdrawn,
)  # fmt: skip
from confluence_assets.emulator.parameters import boolean, long, many_of, one_of, text, texts, whole_from
from confluence_assets.emulator.web.routing import Parameter, Route

BASE = "/wiki/rest/api"
_OFFSET: dict[str, Parameter] = {"start": whole_from(0), "limit": whole_from(0)}
_EXPAND: dict[str, Parameter] = {"expand": text}


def _get(
    path: str, handler: Callable[..., Any], parameters: dict[str, Parameter] | None = None, *required: str
) -> Route:
    return Route("GET", BASE + path, handler, parameters or {}, "v1", required)


_CQL = {"cql": text, "cqlcontext": text, "cursor": text, "next": text, "prev": text, **_EXPAND, **_OFFSET}
_FILTER = one_of("all", "externalCollaborator", "none")
_SEARCH = [
    _get("/content/search", search.search_content, _CQL, "cql"),
    _get(
        "/search",
        search.search_all,
        {
            **_CQL,
            "includeArchivedSpaces": boolean,
            "excludeCurrentSpaces": boolean,
            "excerpt": text,
            "sitePermissionTypeFilter": _FILTER,
        },
        "cql",
    ),
    _get(
        "/search/user",
        search.search_users,
        {"cql": text, "sitePermissionTypeFilter": _FILTER, **_EXPAND, **_OFFSET},
        "cql",
    ),
]

_OPERATION = "/content/{id}/restriction/byOperation/{operationKey}"
_RESTRICTIONS = [
    _get("/content/{id}/restriction", restrictions.list_restrictions, {**_EXPAND, **_OFFSET}),
    _get("/content/{id}/restriction/byOperation", restrictions.get_by_operation, _EXPAND),
    _get(_OPERATION, restrictions.get_one, {**_EXPAND, **_OFFSET}),
    _get(f"{_OPERATION}/user", restrictions.is_user_named, {"accountId": text, "key": text, "username": text}),
    _get(f"{_OPERATION}/byGroupId/{{groupId}}", restrictions.is_group_named),
    Route("POST", f"{BASE}/content/{{id}}/permission/check", restrictions.check_permission, {}, "v1"),
]

_PEOPLE = [
    _get("/user/current", people.get_current, _EXPAND),
    _get("/user/anonymous", people.get_anonymous, _EXPAND),
    _get("/user", people.get_user, {"accountId": text, **_EXPAND}, "accountId"),
    _get("/user/bulk", people.get_users, {"accountId": texts(1000), **_EXPAND}, "accountId"),
    _get("/user/email", people.get_email, {"accountId": text}),
    _get("/user/email/bulk", people.get_email, {"accountId": texts(1000)}),
    _get("/user/memberof", people.list_memberships, {"accountId": text, **_OFFSET}, "accountId"),
    _get("/group", people.list_groups, {"accessType": one_of("user", "admin", "site-admin"), **_OFFSET}),
    _get("/group/by-id", people.get_group, {"id": text}, "id"),
    _get("/group/picker", people.pick_groups, {"query": text, "shouldReturnTotalSize": boolean, **_OFFSET}, "query"),
    _get(
        "/group/{groupId}/membersByGroupId",
        people.list_members,
        {"shouldReturnTotalSize": boolean, **_EXPAND, **_OFFSET},
    ),
    _get("/settings/systemInfo", people.get_system_info),
]

_AUDIT = [
    _get("/audit", audit.list_records, {"startDate": long, "endDate": long, "searchString": text, **_OFFSET}),
    _get("/audit/since", audit.list_since, {"number": whole_from(0), "units": text, "searchString": text, **_OFFSET}),
    _get(
        "/audit/export",
        audit.export_records,
        {"startDate": long, "endDate": long, "searchString": text, "format": one_of("csv", "zip")},
    ),
    _get("/audit/retention", audit.get_retention),
]

_VERSION = {"version": whole_from(1)}
_CONTENTS = [
    _get(
        "/content/{id}/child/attachment/{attachmentId}/download",
        contents.download,
        {**_VERSION, "status": many_of("current", "archived", "trashed")},
    ),
    Route("GET", "/wiki/download/attachments/{id}/{name}", contents.download_servlet, _VERSION, "v1"),
    _get("/content/{id}/descendant/{type}", contents.list_descendants, {"depth": text, **_EXPAND, **_OFFSET}),
    _get("/content/{id}/descendant", contents.descendant_map, _EXPAND),
    _get("/space/{spaceKey}/label", contents.list_space_labels, {"prefix": text, **_OFFSET}),
    _get("/content/{id}/history/{version}/macro/id/{macroId}", macros.get_macro),
    _get(
        "/content/{id}/history/{version}/macro/id/{macroId}/convert/{to}",
        macros.convert_macro,
        {"spaceKeyContext": text, "embeddedContentRender": text, **_EXPAND},
    ),
    _get("/label", contents.get_label, {"name": text, "type": text, **_OFFSET}, "name"),
    _get("/analytics/content/{id}/views", contents.count_views, {"fromDate": text}),
    _get("/analytics/content/{id}/viewers", contents.count_viewers, {"fromDate": text}),
    _get("/space/{spaceKey}/settings", contents.get_space_settings),
    *(
        Route(
            "GET",
            template,
            withdrawn.withdrawn,
            {**_EXPAND, **_OFFSET, **dict.fromkeys(withdrawn.PARAMETERS, text)},
            "v1",
        )
        for template in withdrawn.WITHDRAWN
    ),
]

_STATES = [
    _get("/content/{id}/state", states.get_state, {"status": one_of("current", "draft", "archived")}),
    _get("/content/{id}/state/available", states.list_available),
    _get("/content-states", states.list_own),
    _get("/space/{spaceKey}/state", states.list_of_space),
    _get("/space/{spaceKey}/state/settings", states.get_settings),
    _get("/space/{spaceKey}/state/content", states.list_contents, {"state-id": long, **_EXPAND, **_OFFSET}, "state-id"),
]
_WHO: dict[str, Parameter] = {"key": text, "username": text, "accountId": text}
_WATCHES = [
    _get("/content/{id}/notification/child-created", watches.list_of_content, _OFFSET),
    _get("/content/{id}/notification/created", watches.list_of_contents_space, _OFFSET),
    _get("/space/{spaceKey}/watch", watches.list_of_space, _OFFSET),
    _get("/user/watch/content/{contentId}", watches.is_content_watched, _WHO),
    _get("/user/watch/space/{spaceKey}", watches.is_space_watched, _WHO),
    _get("/user/watch/label/{labelName}", watches.is_label_watched, _WHO),
]
_TEMPLATES = {"spaceKey": text, **_EXPAND, **_OFFSET}
_CONVERSION: dict[str, Parameter] = {
    **_EXPAND,
    **dict.fromkeys(("spaceKeyContext", "contentIdContext", "embeddedContentRender"), text),
    "allowCache": boolean,
}
_CONVERT = "/contentbody/convert/async"
_BESIDE = [
    _get("/template/page", beside.list_templates, _TEMPLATES),
    _get("/template/blueprint", beside.list_blueprints, _TEMPLATES),
    _get("/template/{contentTemplateId}", beside.get_template, _EXPAND),
    _get("/user/{userId}/property", beside.list_user_properties, _OFFSET),
    _get("/user/{userId}/property/{key}", beside.get_user_property),
    _get("/longtask", beside.list_long_tasks, {"key": text, **_OFFSET}),
    _get("/longtask/{id}", beside.get_long_task),
    Route("POST", f"{BASE}{_CONVERT}/{{to}}", beside.submit, _CONVERSION, "v1"),
    Route("POST", f"{BASE}{_CONVERT}/bulk/tasks", beside.submit_many, {}, "v1"),
    _get(f"{_CONVERT}/{{id}}", beside.poll),
    _get(f"{_CONVERT}/bulk/tasks", beside.poll_many, {"ids": texts(1000)}, "ids"),
]

ROUTES = [*_SEARCH, *_RESTRICTIONS, *_PEOPLE, *_AUDIT, *_CONTENTS, *_STATES, *_WATCHES, *_BESIDE]
