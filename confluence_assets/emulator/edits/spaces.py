"""Spaces: created, archived, deleted, renamed; who may do what in them; roles."""

from typing import TYPE_CHECKING

from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.edits.common import Fields, author_of, group_of, record, space_of, user_of
from confluence_assets.emulator.edits.contents import create_content, purge_content
from confluence_assets.emulator.edits.registry import operation
from confluence_assets.emulator.seeds.people import ADMINISTRATOR, WRITER, grant
from confluence_assets.emulator.store.model import KINDS, PAGE, Role, Space

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site


@operation("create_space", "key", "name", "description?", "type?", "private?")
def create_space(site: "Site", fields: Fields) -> Fields:
    """With a home page; open to the users of Confluence unless it is private."""
    store, key = site.store, str(fields["key"])
    if store.space_by_key(key) is not None:
        raise ValueError(f"a space with the key {key} exists")
    author = author_of(site, fields)
    space = Space(store.next_id("space"), key, str(fields["name"]), author, site.clock.now_ms)
    space.type, space.description = str(fields.get("type", "global")), str(fields.get("description", ""))
    store.spaces[space.id] = space
    grant(store, space, "user", author, ADMINISTRATOR)
    if not fields.get("private"):
        grant(store, space, "group", group_of(site, "confluence-users").id, WRITER)
    home = create_content(site, {**fields, "space": key, "title": f"{space.name} Home"}, PAGE)
    space.homepage_id = home.id
    record(site, fields, "Space created", "Spaces", ("Space", space.name))
    return {"id": str(space.id), "homepage_id": str(home.id)}


def _set_status(site: "Site", fields: Fields, status: str) -> None:
    space = space_of(site, fields["space"])
    space.status = status
    record(site, fields, f"Space {'archived' if status == 'archived' else 'restored'}", "Spaces", ("Space", space.name))


@operation("archive_space", "space")
def archive_space(site: "Site", fields: Fields) -> None:
    _set_status(site, fields, "archived")


@operation("unarchive_space", "space")
def unarchive_space(site: "Site", fields: Fields) -> None:
    _set_status(site, fields, "current")


@operation("delete_space", "space")
def delete_space(site: "Site", fields: Fields) -> None:
    """With everything in it, for good."""
    space, store = space_of(site, fields["space"]), site.store
    inside = [row for kind in KINDS for row in store.by_kind[kind] if not row.container_id and row.space_id == space.id]
    for row in inside:
        purge_content(site, row)
    del store.spaces[space.id]
    for user in store.users.values():
        if user.personal_space_id == space.id:
            user.personal_space_id = 0
    record(site, fields, "Space deleted", "Spaces", ("Space", space.name))


@operation("rename_space", "space", "name")
def rename_space(site: "Site", fields: Fields) -> None:
    space = space_of(site, fields["space"])
    changed = {"Name": (space.name, str(fields["name"]))}
    space.name = str(fields["name"])
    record(site, fields, "Space updated", "Spaces", ("Space", space.name), changed)


@operation("rename_space_key", "space", "key")
def rename_space_key(site: "Site", fields: Fields) -> None:
    """The id stays; all addresses in the space change."""
    if site.store.space_by_key(str(fields["key"])) is not None:
        raise ValueError(f"a space with the key {fields['key']} exists")
    space = space_of(site, fields["space"])
    changed = {"Key": (space.key, str(fields["key"]))}
    space.key = str(fields["key"])
    record(site, fields, "Space key updated", "Spaces", ("Space", space.name), changed)


@operation("describe_space", "space", "description")
def describe_space(site: "Site", fields: Fields) -> None:
    space_of(site, fields["space"]).description = str(fields["description"])


def _principal(site: "Site", fields: Fields) -> tuple[str, str]:
    kind, value = str(fields["principal_type"]), fields["principal_id"]
    if kind == "user":
        return kind, user_of(site, value).account_id
    if kind == "group":
        return kind, group_of(site, value).id
    if kind == "anonymous" and site.is_datacenter:
        return kind, kind
    if kind == "access-class" and not site.is_datacenter:
        return kind, str(value)
    raise ValueError("the principal is a user, a group or an access-class")


@operation("grant", "space", "principal_type", "principal_id", "operation?", "target?")
def grant_permission(site: "Site", fields: Fields) -> Fields:
    """A permission in a space; read/space where nothing is said. It must be granted before all others."""
    space, (kind, principal) = space_of(site, fields["space"]), _principal(site, fields)
    key, target = str(fields.get("operation", "read")), str(fields.get("target", "space"))
    held = {(g.key, g.target) for g in space.permissions if (g.principal_type, g.principal_id) == (kind, principal)}
    if (key, target) in held:
        raise ValueError("that permission is granted already")
    if (key, target) != ("read", "space") and ("read", "space") not in held:
        raise ValueError("read/space must be granted first")
    grant(site.store, space, kind, principal, [f"{key}/{target}"])
    record(
        site, fields, "Space permission added", "Permissions", ("Space", space.name), {"Type": ("", f"{key}/{target}")}
    )
    return {"id": str(space.permissions[-1].id)}


@operation("revoke", "space", "principal_type", "principal_id", "operation?", "target?")
def revoke_permission(site: "Site", fields: Fields) -> Fields:
    """One permission; without an operation, or for read/space, all that the principal has."""
    space, (kind, principal) = space_of(site, fields["space"]), _principal(site, fields)
    key, target = str(fields.get("operation", "read")), str(fields.get("target", "space"))
    takes_all = (key, target) == ("read", "space")
    kept = [
        g
        for g in space.permissions
        if (g.principal_type, g.principal_id) != (kind, principal)
        or not (takes_all or (g.key, g.target) == (key, target))
    ]
    removed = len(space.permissions) - len(kept)
    if not removed:
        raise ValueError("no such permission is granted")
    space.permissions = kept
    record(
        site,
        fields,
        "Space permission removed",
        "Permissions",
        ("Space", space.name),
        {"Type": (f"{key}/{target}", "")},
    )
    return {"removed": removed}


def _role(site: "Site", value: object) -> Role:
    roles = site.store.roles.values()
    found = next((role for role in roles if value in (role.id, role.name)), None)
    if found is None:
        raise KeyError(f"no role {value}")
    return found


@operation("assign_role", "space", "principal_type", "principal_id", "role")
def assign_role(site: "Site", fields: Fields) -> None:
    space, role = space_of(site, fields["space"]), _role(site, fields["role"])
    assignment = (*_principal(site, fields), role.id)
    if assignment in space.roles:
        raise ValueError("that role is assigned already")
    space.roles.append(assignment)
    record(site, fields, "Space role assigned", "Permissions", ("Space", space.name), {"Role": ("", role.name)})


@operation("unassign_role", "space", "principal_type", "principal_id", "role")
def unassign_role(site: "Site", fields: Fields) -> None:
    space, role = space_of(site, fields["space"]), _role(site, fields["role"])
    space.roles.remove((*_principal(site, fields), role.id))
    record(site, fields, "Space role removed", "Permissions", ("Space", space.name), {"Role": (role.name, "")})


@operation("create_role", "name", "permissions", "description?")
def create_role(site: "Site", fields: Fields) -> Fields:
    store, name = site.store, str(fields["name"])
    role = Role(
        store.uuid("role", name), name, "CUSTOM", str(fields.get("description", "")), list(fields["permissions"])
    )
    store.roles[role.id] = role
    return {"id": role.id}


@operation("set_role", "role", "permissions")
def set_role(site: "Site", fields: Fields) -> None:
    """What a role allows from now on, wherever it is assigned."""
    role = _role(site, fields["role"])
    changed = {"Permissions": (", ".join(role.permissions), ", ".join(fields["permissions"]))}
    role.permissions = list(fields["permissions"])
    record(site, fields, "Space role updated", "Permissions", ("Role", role.name), changed)


@operation("lose_access", "account", "space")
def lose_access(site: "Site", fields: Fields) -> Fields:
    """Whatever let the account into the space is taken away, from everybody whom it let in."""
    space, viewer = space_of(site, fields["space"]), Viewer(site.store, site.switches, user_of(site, fields["account"]))
    before = len(space.permissions) + len(space.roles)
    lost = {
        (g.principal_type, g.principal_id)
        for g in space.permissions
        if viewer.is_principal(g.principal_type, g.principal_id)
    }
    space.permissions = [g for g in space.permissions if (g.principal_type, g.principal_id) not in lost]
    space.roles = [row for row in space.roles if not viewer.is_principal(row[0], row[1])]
    record(site, fields, "Space permission removed", "Permissions", ("Space", space.name))
    return {"removed": before - len(space.permissions) - len(space.roles)}


@operation("gain_access", "account", "space")
def gain_access(site: "Site", fields: Fields) -> None:
    space, user = space_of(site, fields["space"]), user_of(site, fields["account"])
    grant(site.store, space, "user", user.account_id, ["read/space"])
    record(site, fields, "Space permission added", "Permissions", ("Space", space.name))
