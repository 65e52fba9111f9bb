"""Spaces, their permissions, roles, labels and properties."""

from collections.abc import Callable
from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v2.details import label_page
from confluence_assets.emulator.handlers.v2.inclusions import capped
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.store.model import Permission, Space
from confluence_assets.emulator.web.messages import Reply

SPACE_SORTS: dict[str, Callable[[Space], tuple[Any, ...]]] = {
    "id": lambda space: (space.id,),
    "key": lambda space: (space.key, space.id),
    "name": lambda space: (space.name.lower(), space.id),
}
PERMISSION_NAMES = {
    "read/space": "View the space",
    "create/page": "Add pages",
    "create/blogpost": "Add blog posts",
    "create/comment": "Add comments",
    "create/attachment": "Add files",
    "delete/page": "Delete pages",
    "delete/blogpost": "Delete blog posts",
    "delete/comment": "Delete comments",
    "delete/attachment": "Delete files",
    "delete/space": "Delete own content",
    "export/space": "Export the space",
    "administer/space": "Administer the space",
    "restrict_content/space": "Restrict content",
    "archive/page": "Archive pages",
}


def list_spaces(call: Call) -> Reply:
    sort, descending = call.sort("id")
    key = SPACE_SORTS[sort]
    spaces = call.store.spaces.values()
    rows = call.store.views.cached(("spaces", sort), lambda: sorted(spaces, key=key))
    style, with_icon = call.get("description-format"), bool(call.get("include-icon"))
    render = call.site.render.space
    return call.listing(
        rows, lambda space: render(space, style, with_icon=with_icon), _filter(call), key=key, descending=descending
    )


def _filter(call: Call) -> Callable[[Space], bool]:
    ids, keys = frozenset(call.get("ids") or ()), frozenset(call.get("keys") or ())
    type_, status, labels = call.get("type"), call.get("status"), frozenset(call.get("labels") or ())
    favorites = call.get("favorited-by") is not None

    def admits(space: Space) -> bool:
        return (
            (not ids or space.id in ids)
            and (not keys or space.key in keys)
            and (type_ is None or space.type == type_)
            and (status is None or space.status == status)
            and (not labels or any(name in labels for _, name in space.labels))
            and not favorites
            and call.viewer.reads_space(space)
        )

    return admits


def get_space(call: Call) -> dict[str, Any]:
    space = call.space(call.id())
    render = call.site.render
    row = render.space(space, call.get("description-format"), with_icon=bool(call.get("include-icon")))
    if call.get("include-labels"):
        labels = [render.label(label) for label in space.labels]
        row["labels"] = capped(call, labels, "labels", lambda label: [int(label["id"])])
    if call.get("include-properties"):
        held = [render.space_property(found) for found in space.properties.values()]
        row["properties"] = capped(call, held, "properties", lambda found: [found["key"]])
    if call.get("include-operations"):
        row["operations"] = capped(call, _operations(call, space), "operations", lambda found: [found["operation"]])
    if call.get("include-permissions"):
        grants = [permission_row(grant) for grant in shown_permissions(call, space)]
        row["permissions"] = capped(call, grants, "permissions", lambda grant: [int(grant["id"])])
    if call.get("include-role-assignments"):
        roles = [_assignment_row(assignment) for assignment in space.roles]
        row["roleAssignments"] = capped(call, roles, "role-assignments", lambda found: [found["roleId"]])
    return call.single(row)


def permission_row(grant: Permission) -> dict[str, Any]:
    return {
        "id": str(grant.id),
        "principal": {"type": grant.principal_type, "id": grant.principal_id},
        "operation": {"key": grant.key, "targetType": grant.target},
    }


def shown_permissions(call: Call, space: Space) -> list[Permission]:
    """The grants of the space; with roles on, a switch says whether those of roles show, and as whose."""
    grants = sorted(space.permissions, key=lambda grant: grant.id)
    form, mode = call.switches.role_principals, call.switches.space_role_mode
    if mode == "PRE_ROLES" or form == "absent":
        return grants
    shown = {(grant.principal_type, grant.principal_id, grant.key, grant.target) for grant in grants}
    number = 1 << 40
    for principal_type, principal_id, role_id in sorted(space.roles):
        role = call.store.roles.get(role_id)
        for permission in role.permissions if role else ():
            key, _, target = permission.partition("/")
            principal = ("role", role_id) if form == "role" else (principal_type, principal_id)
            if (*principal, key, target) not in shown:
                shown.add((*principal, key, target))
                number += 1
                grants.append(Permission(number, *principal, key, target))
    return grants


def list_permissions(call: Call) -> Reply:
    space = call.space(call.id())
    return call.listing(shown_permissions(call, space), permission_row)


def _operations(call: Call, space: Space) -> list[dict[str, str]]:
    pairs = [name.split("/") for name in PERMISSION_NAMES]
    return [
        {"operation": key, "targetType": target}
        for key, target in pairs
        if call.viewer.may_in_space(space, key, target)
    ]


def list_operations(call: Call) -> dict[str, Any]:
    return {"operations": _operations(call, call.space(call.id()))}


def list_space_labels(call: Call) -> Reply:
    return label_page(call, call.space(call.id()).labels)


def list_content_labels(call: Call) -> Reply:
    """Labels of what lies in the space, as far as the caller may read it."""
    space = call.space(call.id())
    store, reads = call.store, call.viewer.reads
    labels = [
        label
        for label, ids in store.views.labelled().items()
        if any(store.space_of(store.contents[i]) is space and reads(store.contents[i]) for i in ids)
    ]
    return label_page(call, labels)


def list_properties(call: Call) -> Reply:
    held, key = call.space(call.id("space-id")).properties, call.get("key")
    rows = sorted((found for found in held.values() if key in (None, found.key)), key=lambda found: found.key)
    return call.listing(rows, call.site.render.space_property, key=lambda found: (found.key,))


def get_property(call: Call) -> dict[str, Any]:
    held, property_id = call.space(call.id("space-id")).properties, call.id("property-id")
    found = next((one for one in held.values() if one.id == property_id), None)
    if found is None:
        raise not_found()
    return call.site.render.space_property(found)


def list_space_permissions(call: Call) -> Reply:
    """The catalogue of what can be granted."""
    _need_roles(call)
    rows = sorted(PERMISSION_NAMES)

    def render(name: str) -> dict[str, Any]:
        needed = [] if name == "read/space" else ["read/space"]
        title = PERMISSION_NAMES[name]
        return {"id": name, "displayName": title, "description": f"{title}.", "requiredPermissionIds": needed}

    return call.listing(rows, render, key=lambda name: (name,))


def _need_roles(call: Call) -> None:
    status = call.switches.roles_endpoint_status
    if status != 200:
        raise Refusal(status, "Role-based access control is not enabled on this site.")


def get_role_mode(call: Call) -> dict[str, str]:
    _need_roles(call)
    return {"mode": call.switches.space_role_mode}


def list_roles(call: Call) -> Reply:
    _need_roles(call)
    held: set[str] | None = None
    if call.get("space-id"):
        space = call.space(int(call.get("space-id")))
        held = {role_id for kind, principal, role_id in space.roles if _matches(call, kind, principal)}
    type_ = call.get("role-type")
    rows = sorted(call.store.roles.values(), key=lambda role: role.id)
    return call.listing(
        rows,
        call.site.render.role,
        lambda role: type_ in (None, role.type) and (held is None or role.id in held),
        key=lambda role: (role.id,),
    )


def get_role(call: Call) -> dict[str, Any]:
    _need_roles(call)
    role = call.store.roles.get(call.arguments["id"])
    if role is None:
        raise not_found()
    return call.single(call.site.render.role(role))


def _matches(call: Call, kind: str, principal: str) -> bool:
    wanted_type, wanted_id = call.get("principal-type"), call.get("principal-id")
    return wanted_type in (None, _ASSIGNED[kind]) and wanted_id in (None, principal)


_ASSIGNED = {"user": "USER", "group": "GROUP", "access-class": "ACCESS_CLASS"}


def _assignment_row(assignment: tuple[str, str, str]) -> dict[str, Any]:
    kind, principal, role_id = assignment
    return {"principal": {"principalType": _ASSIGNED[kind], "principalId": principal}, "roleId": role_id}


def list_role_assignments(call: Call) -> Reply:
    _need_roles(call)
    space = call.space(call.id())
    if call.switches.space_role_mode == "PRE_ROLES":
        return call.listing([], _assignment_row, key=lambda row: row)
    role_id, type_ = call.get("role-id"), call.get("role-type")
    roles = call.store.roles

    def admits(row: tuple[str, str, str]) -> bool:
        if role_id not in (None, row[2]) or not _matches(call, row[0], row[1]):
            return False
        return type_ is None or (row[2] in roles and roles[row[2]].type == type_)

    return call.listing(sorted(space.roles), _assignment_row, admits, key=lambda row: row)
