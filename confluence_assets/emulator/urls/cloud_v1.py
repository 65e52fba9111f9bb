"""Cloud REST v1: addresses and parameters."""

from collections.abc import Callable
from typing import Any

from confluence_assets.emulator.handlers.v1 import audit, contents, macros, people, restrictions, search, withdrawn
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

ROUTES = [*_SEARCH, *_RESTRICTIONS, *_PEOPLE, *_AUDIT, *_CONTENTS]
