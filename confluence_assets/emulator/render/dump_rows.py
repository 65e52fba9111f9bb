"""Rows of the dump, one content or space at a time. What they hold is told in `dump.py`."""

import hashlib
from collections.abc import Iterator
from typing import Any

from confluence_assets.emulator.clock import iso
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
    PAGE,
    TREE,
    Content,
    Space,
)

Row = dict[str, Any]
_NOT_IN_BODIES = ("created_by", "completed_by", "created_at", "updated_at", "completed_at")
"""Data Center's tasks are what stands in the bodies, and that does not tell when and by whom."""


class DumpRows:
    """Rows of one content or space."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.store = site.store

    def _about(self, content: Content) -> Row:
        key = self.store.space_of(content).key
        return {"content_id": content.api_id, "content_type": self.store.type_name(content), "space_key": key}

    def _web(self, path: str) -> str:
        return self.site.web_root + path

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
            "web_url": self._web(self.site.render.space_path(space)),
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
            "owner_id": None
            if content.kind == BLOGPOST or self.site.is_datacenter
            else content.owner or content.author,
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
        root = self.store.root_of(content)
        about = {"container_id": container.api_id if container else None, "container_type": name}
        return {**about, "space_key": key, "root_status": root.status}

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
            "file_id": None if self.site.is_datacenter else extra["file_id"],
            "comment": extra.get("comment", ""),
            "author_id": content.modifier,
            "created_at": iso(content.created),
            "updated_at": iso(content.modified),
            "version_number": content.version,
            "download_path": self.site.render.download_path(content),
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
        unknown = dict.fromkeys(_NOT_IN_BODIES) if self.site.is_datacenter else {}
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
            **unknown,
        }
