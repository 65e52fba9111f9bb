"""Spaces, what is in them, and who may do what in them."""

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.datacenter.pages import (
    Row,
    content_cap,
    expansion,
    list_links,
    offset_page,
    quirks,
    render_for,
    require_admin,
    space_of,
)  # fmt: skip
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.store.model import BLOGPOST, PAGE, Content, Permission, Property, Space


def _named(call: Call, name: str) -> set[str]:
    return {part for value in call.request.query.get(name, []) for part in value.split(",") if part}


def list_spaces(call: Call) -> Row:
    """Current and archived ones, unless one status is asked for."""
    keys = _named(call, "spaceKey") | _named(call, "spaceKeys")
    ids, kinds, labels = _named(call, "spaceIds"), _named(call, "type"), _named(call, "label")
    statuses = {status.lower() for status in _named(call, "status")}
    rows = [
        space
        for space in call.store.spaces.values()
        if (not keys or space.key in keys)
        and (not ids or str(space.id) in ids)
        and (not kinds or space.type in kinds)
        and (not statuses or space.status in statuses)
        and (not labels or any(name in labels for _, name in space.labels))
        and call.viewer.reads_space(space)
    ]
    render, expand = render_for(call), expansion(call)
    return offset_page(call, rows, lambda space: render.space(space, expand), most=quirks(call).space_list_cap)


def get_space(call: Call) -> Row:
    row = render_for(call).space(space_of(call), expansion(call))
    row["_links"].update({name: path for name, path in list_links(call).items() if name != "self"})
    row["_links"]["collection"] = "/rest/api/space"
    return row


def _contents(call: Call, kind: str) -> Row:
    space, expand = space_of(call), expansion(call)
    is_root_only = call.get("depth") == "root" and kind == PAGE

    def fits(row: Content) -> bool:
        return row.status == "current" and not (is_root_only and row.parent_id) and call.viewer.reads(row)

    rows = [row for row in call.store.views.contents((kind,), space.id) if fits(row)]
    render = render_for(call)
    return offset_page(call, rows, lambda row: render.content(row, expand), most=content_cap(call, expand))


def list_contents(call: Call) -> Row:
    """Pages and blog posts, each a list."""
    lists = {kind: _contents(call, kind) for kind in (PAGE, BLOGPOST)}
    path = call.request.path
    for kind, found in lists.items():
        if "next" in found["_links"]:
            found["_links"]["next"] = found["_links"]["next"].replace(path, f"{path}/{kind}", 1)
    return {**lists, "_links": list_links(call)}


def list_contents_of_type(call: Call) -> Row:
    kind = call.arguments["type"]
    if kind not in (PAGE, BLOGPOST):
        raise Refusal(400, f"Unsupported content type: {kind}")
    return _contents(call, kind)


def _property(call: Call, space: Space, held: Property) -> Row:
    render = render_for(call)
    return {
        "id": str(held.id),
        "key": held.key,
        "value": held.value,
        "version": {
            "by": render.user(held.author), "when": render.when(held.modified), "message": "", "number": held.version,
            "minorEdit": False, "hidden": False,
        },
        "_links": render.self_link(f"/space/{space.key}/property/{held.key}"),
        "_expandable": {"space": f"/rest/api/space/{space.key}"},
    }  # fmt: skip


def list_properties(call: Call) -> Row:
    space = space_of(call)
    return offset_page(
        call, list(space.properties.values()), lambda held: _property(call, space, held), default=10, most=100
    )


def get_property(call: Call) -> Row:
    space = space_of(call)
    held = space.properties.get(call.arguments["key"])
    if held is None:
        raise not_found(f"Cannot find property with key: {call.arguments['key']}")
    return _property(call, space, held)


# permissions


def _admit(call: Call) -> Space:
    """The space, for its administrators and those of the site; others meet CONFSERVER-99908."""
    space = space_of(call)
    if call.viewer.is_admin or call.viewer.may_in_space(space, "administer", "space"):
        return space
    words = "com.atlassian.confluence.api.service.exceptions.PermissionException: Not permitted to see permissions"
    raise Refusal(quirks(call).permissions_denied_status, words)


def _subject(call: Call, kind: str, principal: str) -> Row:
    """Of users only the key is told (CONFSERVER-100505)."""
    if kind == "user":
        user = call.store.users.get(principal)
        return {"type": "user", "displayName": user.display_name if user else principal, "userKey": principal}
    if kind == "group":
        return {"type": "group", "displayName": principal, "name": principal}
    return {"type": "anonymous", "displayName": "Anonymous"}


def _permission(call: Call, space: Space, grant: Permission) -> Row:
    return {
        "operation": {"operationKey": grant.key, "targetType": grant.target},
        "subject": _subject(call, grant.principal_type, grant.principal_id),
        "spaceKey": space.key,
        "spaceId": space.id,
    }


def list_permissions(call: Call) -> list[Row]:
    """Users' and groups': a bare array. Anonymous has a route of its own."""
    space = _admit(call)
    return [_permission(call, space, grant) for grant in space.permissions if grant.principal_type != "anonymous"]


def list_anonymous_permissions(call: Call) -> object:
    """A flat list, or `{operations: […]}`, as the patch will have it."""
    space = _admit(call)
    rows = [_permission(call, space, grant) for grant in space.permissions if grant.principal_type == "anonymous"]
    if quirks(call).anonymous_permissions_form == "operations":
        return {"operations": [row["operation"] for row in rows]}
    return rows


def _of_principal(call: Call, kind: str, principal: str) -> list[Row]:
    space = _admit(call)
    held = [g for g in space.permissions if (g.principal_type, g.principal_id) == (kind, principal)]
    return [_permission(call, space, grant) for grant in held]


def list_group_permissions(call: Call) -> list[Row]:
    name = call.arguments["groupName"]
    if name not in call.store.groups:
        raise not_found(f"No group found with name: {name}")
    return _of_principal(call, "group", name)


def list_user_permissions(call: Call) -> list[Row]:
    key = call.arguments["userKey"]
    if key not in call.store.users:
        raise not_found(f"No user found with key: {key}")
    return _of_principal(call, "user", key)


_GLOBAL = {
    "user": [("use", "application"), ("create", "personal_space"), ("create", "space")],
    "admin": [("administer", "application")],
    "site-admin": [("administer", "system")],
}


def _global_rows(call: Call) -> list[Row]:
    rows = []
    for group in call.store.groups.values():
        for access in group.access:
            rows += [_global(call, key, target, "group", group.name) for key, target in _GLOBAL[access]]
    return rows


def _global(call: Call, key: str, target: str, kind: str, principal: str) -> Row:
    return {"operation": {"operationKey": key, "targetType": target}, "subject": _subject(call, kind, principal)}


def list_global_permissions(call: Call) -> list[Row]:
    """Who may use, administer and create what: of users, groups and anonymous."""
    require_admin(call, "see global permissions")
    return _global_rows(call) + list_global_anonymous(call)


def list_global_anonymous(call: Call) -> list[Row]:
    require_admin(call, "see global permissions")
    return [_global(call, "use", "application", "anonymous", "")] if call.switches.anonymous_access else []


def list_global_unlicensed(call: Call) -> list[Row]:
    """Nobody without a licence may do anything."""
    require_admin(call, "see global permissions")
    return []


def list_global_of_user(call: Call) -> list[Row]:
    """Here global permissions are held by groups only. The user is named by key or by user name."""
    require_admin(call, "see global permissions")
    user = call.arguments["user"]
    if user not in call.store.users and call.store.user_by_name(user) is None:
        raise not_found(f"No user found: {user}")
    return []


def list_global_of_group(call: Call) -> list[Row]:
    require_admin(call, "see global permissions")
    name = call.arguments["groupName"]
    if name not in call.store.groups:
        raise not_found(f"No group found with name: {name}")
    return [row for row in _global_rows(call) if row["subject"]["name"] == name]
