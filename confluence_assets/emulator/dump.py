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
    audit            the record as v1 sends it

Statuses are all there are, trashed ones too. For one account the rows are those of what it may read; `user`, `group`,
`group_member` and `role` are for everybody who may use the site, `audit` for administrators.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.render.audit import audit_row
from confluence_assets.emulator.render.files import file_bytes
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.store.history import all_versions, file_size
from confluence_assets.emulator.store.model import (
    ATTACHMENT,
    BLOGPOST,
    COMMENTS,
    CUSTOM,
    FOOTER,
    INLINE,
    KINDS,
    NODES,
    PAGE,
    TREE,
    Content,
    Space,
)  # fmt: skip

Row = dict[str, Any]
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
    dumper = _Dumper(site)
    yield (
        "site",
        [{"kind": "site", "cloud_id": site.cloud_id, "base_url": site.base_url, "now": iso(site.clock.now_ms)}],
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
    yield (
        "role",
        (
            {
                "kind": "role",
                "id": r.id,
                "name": r.name,
                "type": r.type,
                "description": r.description,
                "permissions": r.permissions,
            }
            for r in store.roles.values()
        ),
    )
    yield (
        "user",
        (
            {
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
            for user in store.users.values()
        ),
    )
    groups = list(store.groups.values())
    yield (
        "group",
        (
            {
                "kind": "group",
                "id": g.id,
                "name": g.name,
                "usage_type": g.usage_type,
                "managed_by": g.managed_by,
                "access": list(g.access),
            }
            for g in groups
        ),
    )
    yield (
        "group_member",
        (
            {"kind": "group_member", "group_id": g.id, "account_id": m}
            for g in groups
            for m in g.members
            if store.users[m].status == "active"
        ),
    )
    if viewer.is_admin:
        yield "audit", ({"kind": "audit", **audit_row(store, record)} for record in store.audit)


class _Dumper:
    """Rows of one content or space."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.store = site.store

    def _about(self, content: Content) -> Row:
        key = self.store.space_of(content).key
        return {"content_id": content.api_id, "content_type": self.store.type_name(content), "space_key": key}

    def _web(self, path: str) -> str:
        return f"{self.site.base_url}/wiki{path}"

    def space(self, space: Space) -> Row:
        return {
            "kind": "space",
            "id": str(space.id),
            "key": space.key,
            "name": space.name,
            "type": space.type,
            "status": space.status,
            "description": space.description,
            "homepage_id": str(space.homepage_id) if space.homepage_id else None,
            "author_id": space.author,
            "owner_id": space.owner or space.author,
            "created_at": iso(space.created),
            "alias": space.alias or space.key,
            "web_url": self._web(f"/spaces/{space.key}"),
            "labels": [{"prefix": prefix, "name": name} for prefix, name in space.labels],
        }

    def _of_space(self, kind: str, space: Space) -> Row:
        return {"kind": kind, "space_id": str(space.id), "space_key": space.key}

    def space_property(self, space: Space) -> Iterator[Row]:
        for held in space.properties.values():
            about = self._of_space("space_property", space)
            yield {**about, "id": str(held.id), "key": held.key, "value": held.value, "version_number": held.version}

    def space_permission(self, space: Space) -> Iterator[Row]:
        for grant in space.permissions:
            yield {
                **self._of_space("space_permission", space),
                "id": str(grant.id),
                "principal_type": grant.principal_type,
                "principal_id": grant.principal_id,
                "operation": grant.key,
                "target_type": grant.target,
            }

    def role_assignment(self, space: Space) -> Iterator[Row]:
        for principal_type, principal_id, role_id in space.roles:
            role = self.store.roles.get(role_id)
            yield {
                **self._of_space("role_assignment", space),
                "principal_type": principal_type,
                "principal_id": principal_id,
                "role_id": role_id,
                "role_name": role.name if role else None,
                "permissions": list(role.permissions) if role else [],
            }

    def content(self, content: Content) -> Row:
        parent_id, parent_type = self.site.render.parent(content)
        row: Row = {
            "kind": content.kind,
            "id": str(content.id),
            "space_id": str(content.space_id),
            "space_key": self.store.spaces[content.space_id].key,
            "status": content.status,
            "subtype": content.subtype,
            "title": content.title,
            "parent_id": parent_id,
            "parent_type": parent_type,
            "position": content.position,
            "ancestor_ids": [str(above.id) for above in self.store.ancestors(content)],
            "author_id": content.author,
            "owner_id": None if content.kind == BLOGPOST else content.owner or content.author,
            "created_at": iso(content.created),
            "version_number": content.version,
            "version_author_id": content.modifier,
            "version_message": content.message,
            "version_minor_edit": content.is_minor,
            "updated_at": iso(content.modified),
            "labels": sorted({name for _, name in self.store.labels.get(content.id, ())}),
            "web_url": self._web(self.site.render.webui(content)),
        }
        if content.kind in (PAGE, BLOGPOST):
            row["body_storage"] = self.site.bodies.storage(content)
        if content.kind == "embed":
            row["embed_url"] = (content.extra or {}).get("url", "")
        return row

    def _held(self, content: Content) -> Row:
        holder = content
        if content.kind in COMMENTS:
            while holder.parent_id and holder.parent_id in self.store.contents:
                holder = self.store.contents[holder.parent_id]
        container = self.store.contents.get(holder.container_id)
        name = None if container is None else "custom_content" if container.kind == CUSTOM else container.kind
        key = self.store.space_of(content).key
        return {"container_id": container.api_id if container else None, "container_type": name, "space_key": key}

    def comment(self, content: Content) -> Row:
        extra, is_inline = content.extra or {}, content.kind == INLINE
        versions = all_versions(self.store, content, self.site.bodies.storage)
        return {
            "kind": "comment",
            "comment_type": "footer" if content.kind == FOOTER else "inline",
            "id": str(content.id),
            **self._held(content),
            "parent_comment_id": str(content.parent_id) if content.parent_id else None,
            "status": content.status,
            "resolution_status": extra.get("resolution", "open") if is_inline else None,
            "inline_selection": extra.get("selection", "") if is_inline else None,
            "inline_marker_ref": extra.get("marker", "") if is_inline else None,
            "author_id": content.modifier,
            "updated_at": iso(content.modified),
            "version_number": content.version,
            "body_storage": self.site.bodies.storage(content),
            "created_at": iso(content.created),
            "created_by": versions[0].author,
            "web_url": self._web(self.site.render.webui(content)),
        }

    def attachment(self, content: Content) -> Row:
        extra = content.extra or {}
        return {
            "kind": "attachment",
            "id": content.api_id,
            **self._held(content),
            "status": content.status,
            "filename": content.title,
            "media_type": extra["media_type"],
            "file_size_bytes": file_size(content),
            "file_id": extra["file_id"],
            "comment": extra.get("comment", ""),
            "author_id": content.modifier,
            "created_at": iso(content.created),
            "updated_at": iso(content.modified),
            "version_number": content.version,
            "download_path": f"/rest/api/content/{content.container_id}/child/attachment/{content.api_id}/download",
            "sha256": hashlib.sha256(file_bytes(content)).hexdigest(),
            "web_url": self._web(self.site.render.webui(content)),
        }

    def custom(self, content: Content) -> Row:
        return {
            "kind": "custom_content",
            "id": str(content.id),
            "type": content.custom_type,
            "space_id": str(self.store.space_of(content).id),
            **self._held(content),
            "title": content.title,
            "status": content.status,
            "body_raw": self.site.bodies.storage(content),
            "author_id": content.author,
            "created_at": iso(content.created),
            "updated_at": iso(content.modified),
            "version_number": content.version,
            "version_author_id": content.modifier,
        }

    def label(self, content: Content) -> Iterator[Row]:
        for prefix, name in self.store.labels.get(content.id, ()):
            number = str(self.store.label_id(prefix, name))
            yield {"kind": "label", **self._about(content), "prefix": prefix, "name": name, "label_id": number}

    def property(self, content: Content) -> Iterator[Row]:
        for held in self.store.properties.get(content.id, {}).values():
            about = {"kind": "property", **self._about(content), "property_id": str(held.id)}
            yield {**about, "key": held.key, "value": held.value, "version_number": held.version}

    def restriction(self, content: Content) -> Iterator[Row]:
        for operation, named in self.store.restrictions.get(content.id, {}).items():
            about = {"kind": "restriction", **self._about(content), "operation": operation}
            for account in named.users:
                user = self.store.users.get(account)
                name = user.display_name if user else None
                yield {**about, "principal_type": "user", "principal_id": account, "principal_name": name}
            for group_id, name_then in named.groups:
                group = self.store.groups.get(group_id)
                name = group.name if group else name_then
                yield {**about, "principal_type": "group", "principal_id": group_id, "principal_name": name}

    def version(self, content: Content) -> Iterator[Row]:
        if content.kind not in (PAGE, BLOGPOST, ATTACHMENT):
            return
        for row in all_versions(self.store, content, self.site.bodies.storage):
            yield {
                "kind": "version",
                **self._about(content),
                "version_number": row.number,
                "author_id": row.author,
                "created_at": iso(row.created),
                "message": row.message,
                "minor_edit": row.is_minor,
            }

    def like(self, content: Content) -> Iterator[Row]:
        for account in self.store.likes.get(content.id, ()):
            yield {"kind": "like", **self._about(content), "account_id": account}

    def task(self, task_id: int) -> Row:
        task = self.store.tasks[task_id]
        container = self.store.contents[task.container_id]
        return {
            "kind": "task",
            "id": str(task.id),
            "local_id": task.local_id,
            "space_key": self.store.space_of(container).key,
            "page_id": str(container.id) if container.kind in TREE else None,
            "blogpost_id": str(container.id) if container.kind == BLOGPOST else None,
            "container_status": container.status,
            "status": task.status,
            "body_storage": task.body,
            "created_by": task.created_by,
            "assigned_to": task.assigned_to,
            "completed_by": task.completed_by,
            "created_at": iso(task.created),
            "updated_at": iso(task.updated or task.created),
            "due_at": iso(task.due) if task.due is not None else None,
            "completed_at": iso(task.completed) if task.completed is not None else None,
        }
