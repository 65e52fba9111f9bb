"""The whole site as rows, one JSON object each: what a complete crawl must have found.

Every object has `kind`, and then, by kind (ids are strings as the API sends them, times ISO 8601, null where there is none):

    site             cloud_id, base_url, now
    space            id, key, name, type, status, description, homepage_id, author_id, owner_id, created_at, alias, web_url,
                     labels [{prefix, name}]
    space_property   space_id, space_key, id, key, value, version_number
    space_permission space_id, space_key, id, principal_type, principal_id, operation, target_type
    role_assignment  space_id, space_key, principal_type, principal_id, role_id, role_name, permissions []
    role             id, name, type, description, permissions []
    page, blogpost, folder, whiteboard, database, embed
                     id, space_id, space_key, status, subtype, title, parent_id, parent_type, position, ancestor_ids [],
                     author_id, owner_id, created_at, version_number, version_author_id, version_message,
                     version_minor_edit, updated_at, labels [], web_url, body_storage (pages, blog posts), embed_url (embeds)
    comment          comment_type (footer, inline), id, container_id, container_type, parent_comment_id, space_key, status,
                     resolution_status, inline_selection, inline_marker_ref, author_id, updated_at, version_number,
                     body_storage, created_at, created_by
    attachment       id, container_id, container_type, space_key, status, filename, media_type, file_size_bytes, file_id,
                     comment, author_id, created_at, updated_at, version_number, download_path, sha256
    custom_content   id, type, space_id, space_key, container_id, container_type, title, status, body_raw, author_id,
                     created_at, updated_at, version_number, version_author_id
    label            content_id, content_type, space_key, prefix, name, label_id
    property         content_id, content_type, space_key, property_id, key, value, version_number
    restriction      content_id, content_type, space_key, operation, principal_type, principal_id, principal_name
    version          content_id, content_type, space_key, version_number, author_id, created_at, message, minor_edit
    like             content_id, content_type, space_key, account_id
    task             id, local_id, space_key, page_id, blogpost_id, status, body_storage, created_by, assigned_to,
                     completed_by, created_at, updated_at, due_at, completed_at
    user             account_id, account_type, account_status, display_name, public_name, email, email_hidden, time_zone,
                     is_external, personal_space_id
    group            id, name, usage_type, managed_by, access []
    group_member     group_id, account_id
    subgroup         group_id, subgroup_id (Data Center: groups inside groups)
    audit            the record as v1 (on Data Center `/rest/auditing`) sends it

On Data Center there are no folders and the like, no roles and no access classes; an account id is a user key and a group id a
name; `site` also has version, and `user` has user_key and username, without what only Cloud knows (null).

Statuses are all there are, trashed ones too. What hangs on something else also has `root_status`, the status of the page or post
that it hangs on in the end (`container_status` for tasks): lists leave out what hangs on trashed content. For one account the rows are those of what it may read; `user`, `group`,
`group_member` and `role` are for everybody who may use the site, `audit` for administrators.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.render.audit import audit_row
from confluence_assets.emulator.render.datacenter_audit import event_row
from confluence_assets.emulator.render.datacenter_people import datacenter_user
from confluence_assets.emulator.render.dump_rows import DumpRows
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.store.model import (
    ATTACHMENT,
    BLOGPOST,
    COMMENTS,
    CUSTOM,
    KINDS,
    NODES,
    PAGE,
    Group,
    Role,
    User,
)

Row = dict[str, Any]
ONLY_CLOUD_OF_GROUP = {"usage_type": None, "managed_by": None}
TREE_AND_POSTS = (PAGE, BLOGPOST, *NODES)


def to_ndjson(rows: Iterable[Row]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def dump_rows(site: Site, viewer: Viewer, kind: str | None = None) -> Iterator[Row]:
    """All rows, or those of one kind."""
    for name, rows in _families(site, viewer):
        if kind in (None, name):
            yield from rows


def _families(site: Site, viewer: Viewer) -> Iterator[tuple[str, Iterable[Row]]]:
    store = site.store
    spaces = [space for space in store.spaces.values() if viewer.reads_space(space)]
    readable = [row for kind in KINDS for row in store.by_kind[kind] if viewer.reads(row)]
    dumper = DumpRows(site)
    yield (
        "site",
        [_site(site)],
    )
    yield "space", map(dumper.space, spaces)
    for name in ("space_property", "space_permission", "role_assignment"):
        yield name, (row for space in spaces for row in getattr(dumper, name)(space))
    for kind in TREE_AND_POSTS:
        yield kind, (dumper.content(row) for row in readable if row.kind == kind)
    yield "comment", (dumper.comment(row) for row in readable if row.kind in COMMENTS)
    yield "attachment", (dumper.attachment(row) for row in readable if row.kind == ATTACHMENT)
    yield "custom_content", (dumper.custom(row) for row in readable if row.kind == CUSTOM)
    for name in ("label", "property", "restriction", "version", "like"):
        yield name, (row for content in readable for row in getattr(dumper, name)(content))
    holders = {row.id for row in readable}
    yield (
        "task",
        (dumper.task(task_id) for task_id in sorted(store.tasks) if store.tasks[task_id].container_id in holders),
    )
    yield from _people(site, viewer)


def _people(site: Site, viewer: Viewer) -> Iterator[tuple[str, Iterable[Row]]]:
    if not viewer.may_use_site:
        return
    store = site.store
    groups = list(store.groups.values())
    active = {account for account, user in store.users.items() if user.status == "active"}
    members = ((group.id, account) for group in groups for account in group.members if account in active)
    yield "role", map(_role, store.roles.values())
    yield "user", (_user(site, viewer, user) for user in store.users.values())
    yield "group", ({**_group(g), **ONLY_CLOUD_OF_GROUP} if site.is_datacenter else _group(g) for g in groups)
    yield "group_member", ({"kind": "group_member", "group_id": g, "account_id": account} for g, account in members)
    yield "subgroup", ({"kind": "subgroup", "group_id": g.id, "subgroup_id": s} for g in groups for s in g.subgroups)
    if viewer.is_admin:
        row_of = event_row if site.is_datacenter else audit_row
        yield "audit", ({"kind": "audit", **row_of(store, record)} for record in store.audit)


def _site(site: Site) -> Row:
    about = {"kind": "site", "base_url": site.base_url, "now": iso(site.clock.now_ms)}
    if site.is_datacenter:
        return {**about, "cloud_id": None, "version": site.switches.as_dict()["version"]}
    return {**about, "cloud_id": site.cloud_id}


def _role(role: Role) -> Row:
    about = {"kind": "role", "id": role.id, "name": role.name, "type": role.type}
    return {**about, "description": role.description, "permissions": list(role.permissions)}


def _group(group: Group) -> Row:
    about = {"kind": "group", "id": group.id, "name": group.name, "usage_type": group.usage_type}
    return {**about, "managed_by": group.managed_by, "access": list(group.access)}


def _user(site: Site, viewer: Viewer, user: User) -> Row:
    if site.is_datacenter:
        return {"kind": "user", **datacenter_user(site, viewer, user)}
    return {
        "kind": "user",
        "account_id": user.account_id,
        "account_type": user.account_type,
        "account_status": user.status,
        "display_name": user.display_name,
        "public_name": user.public_name or user.display_name,
        "email": None if user.is_email_hidden else user.email,
        "email_hidden": user.is_email_hidden,
        "time_zone": user.time_zone,
        "is_external": user.is_guest,
        "personal_space_id": str(user.personal_space_id) if user.personal_space_id else None,
    }
