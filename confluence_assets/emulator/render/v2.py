"""Rows of Cloud v2, with the keys that live sites send."""

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.render.bodies import convert
from confluence_assets.emulator.render.files import DESCRIPTIONS
from confluence_assets.emulator.store.history import VersionRow, file_size
from confluence_assets.emulator.store.model import (
    ATTACHMENT,
    BLOGPOST,
    COMMENTS,
    CUSTOM,
    INLINE,
    PAGE,
    Content,
    Property,
    Role,
    Space,
    Task,
    User,
)  # fmt: skip

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

Row = dict[str, Any]
CONTAINER_KEYS = {PAGE: "pageId", BLOGPOST: "blogPostId", CUSTOM: "customContentId", ATTACHMENT: "attachmentId"}


def tiny(content_id: int) -> str:
    """The short address of a content."""
    packed = content_id.to_bytes(8, "little").rstrip(b"\0")
    return "/x/" + base64.b64encode(packed).decode().rstrip("=").rstrip("A").replace("/", "-").replace("+", "_")


class RenderV2:
    """Makes rows of v2."""

    def __init__(self, site: "Site") -> None:
        self._site = site
        self._store = site.store

    def version(self, content: Content) -> Row:
        return {
            "number": content.version,
            "message": content.message,
            "minorEdit": content.is_minor,
            "authorId": content.modifier,
            "createdAt": iso(content.modified),
            "ncsStepVersion": None,
        }

    def body(self, content: Content, representation: str | None, version: int | None = None) -> Row:
        if representation is None:
            return {}
        value = convert(self._site.bodies.storage(content, version), representation)
        return {representation: {"representation": representation, "value": value}}

    def content(self, content: Content, representation: str | None = None) -> Row:
        """A page or a blog post."""
        row: Row = {
            "authorId": content.author,
            "createdAt": iso(content.created),
            "version": self.version(content),
            "id": str(content.id),
            "body": self.body(content, representation),
            "status": content.status,
            "title": content.title,
            "spaceId": str(content.space_id),
            "_links": self.links(content),
        }
        if content.kind == PAGE:
            row["parentId"], row["parentType"] = self.parent(content)
            row["ownerId"] = content.owner or content.author
            row["lastOwnerId"] = content.last_owner
            row["position"] = content.position
            row["subtype"] = content.subtype
        return row

    def parent(self, content: Content) -> tuple[str | None, str | None]:
        if not content.parent_id:
            return None, None
        parent = self._store.contents.get(content.parent_id)
        return str(content.parent_id), parent.kind if parent else "page"

    def webui(self, content: Content) -> str:
        """Address under `/wiki`."""
        root = self._store.root_of(content)
        key = self._store.spaces[root.space_id].key
        if content.kind in COMMENTS:
            return f"{self._page_path(root, key)}?focusedCommentId={content.id}"
        if content.kind == ATTACHMENT:
            preview = quote(f"/{content.container_id}/{content.id}/{content.title}", safe="")
            return f"/pages/viewpageattachments.action?pageId={content.container_id}&preview={preview}"
        if content.kind in (PAGE, BLOGPOST):
            return self._page_path(content, key)
        return f"/spaces/{key}/{content.kind}/{content.id}"

    def _page_path(self, content: Content, key: str) -> str:
        title = content.title
        slug = title.replace(" ", "+") if title.isascii() and title.replace(" ", "").isalnum() else quote_plus(title)
        if content.kind == BLOGPOST:
            return f"/spaces/{key}/blog/{iso(content.created)[:10].replace('-', '/')}/{content.id}/{slug}"
        if content.kind == PAGE:
            return f"/spaces/{key}/pages/{content.id}/{slug}"
        return f"/spaces/{key}/{content.kind}/{content.id}"

    def links(self, content: Content) -> Row:
        key = self._store.spaces[content.space_id].key
        return {
            "editui": f"/pages/resumedraft.action?draftId={content.id}",
            "webui": self._page_path(content, key),
            "edituiv2": f"/spaces/{key}/pages/edit-v2/{content.id}",
            "tinyui": tiny(content.id),
        }

    def comment(self, content: Content, representation: str | None = None) -> Row:
        """A footer or inline comment. What it hangs on is named for roots; replies name their parent."""
        row: Row = {
            "id": str(content.id),
            "status": content.status,
            "title": content.title,
            "version": self.version(content),
            "body": self.body(content, representation),
            "_links": {"webui": self.webui(content)},
        }
        container = self._store.contents.get(content.container_id)
        if container is not None:
            row[CONTAINER_KEYS.get(container.kind, "pageId")] = container.api_id
        if content.parent_id:
            row["parentCommentId"] = str(content.parent_id)
        if content.kind == INLINE:
            self._add_inline(row, content)
        return row

    def _add_inline(self, row: Row, content: Content) -> None:
        extra = content.extra or {}
        row["resolutionStatus"] = extra.get("resolution", "open")
        if extra.get("resolved_at"):
            row["resolutionLastModifierId"] = extra["resolved_by"]
            row["resolutionLastModifiedAt"] = iso(extra["resolved_at"])
        form = self._site.switches.inline_property_keys
        properties: Row = {}
        if form != "hyphen":
            properties["inlineMarkerRef"] = extra.get("marker", "")
            properties["inlineOriginalSelection"] = extra.get("selection", "")
        if form != "camel":
            properties["inline-marker-ref"] = extra.get("marker", "")
            properties["inline-original-selection"] = extra.get("selection", "")
        row["properties"] = properties

    def attachment(self, content: Content) -> Row:
        extra = content.extra or {}
        container = self._store.contents[content.container_id]
        name = quote(content.title)
        download = (
            f"/download/attachments/{content.container_id}/{name}"
            f"?version={content.version}&modificationDate={content.modified}&cacheVersion=1&api=v2"
        )
        webui = self.webui(content)
        return {
            "id": content.api_id,
            "status": content.status,
            "title": content.title,
            "createdAt": iso(content.created),
            CONTAINER_KEYS.get(container.kind, "pageId"): str(container.id),
            "mediaType": extra["media_type"],
            "mediaTypeDescription": DESCRIPTIONS.get(extra["media_type"], "File"),
            "comment": extra.get("comment", ""),
            "fileId": extra["file_id"],
            "fileSize": file_size(content),
            "webuiLink": webui,
            "downloadLink": download,
            "version": self.version(content),
            "_links": {"webui": webui, "download": download},
        }

    def custom(self, content: Content, representation: str | None = None) -> Row:
        root = self._store.root_of(content)
        row: Row = {
            "id": str(content.id),
            "type": content.custom_type,
            "status": content.status,
            "title": content.title,
            "spaceId": str(root.space_id),
            "authorId": content.author,
            "createdAt": iso(content.created),
            "version": self.version(content),
            "body": self.body(content, representation),
            "_links": {"webui": self.webui(content)},
        }
        container = self._store.contents.get(content.container_id)
        if container is not None:
            row[CONTAINER_KEYS[container.kind]] = str(container.id)
        return row

    def node(self, content: Content) -> Row:
        """A folder, whiteboard, database or embed."""
        parent_id, parent_type = self.parent(content)
        row: Row = {
            "id": str(content.id),
            "type": content.kind,
            "status": content.status,
            "title": content.title,
            "parentId": parent_id,
            "parentType": parent_type,
            "position": content.position,
            "authorId": content.author,
            "ownerId": content.owner or content.author,
            "createdAt": iso(content.created),
            "spaceId": str(content.space_id),
            "version": self.version(content),
            "_links": {"webui": self.webui(content)},
        }
        if content.kind == "embed":
            row["embedUrl"] = (content.extra or {}).get("url", "")
        return row

    def space(self, space: Space, description_format: str | None = None, *, with_icon: bool = False) -> Row:
        row: Row = {
            "id": str(space.id),
            "key": space.key,
            "name": space.name,
            "type": space.type,
            "status": space.status,
            "authorId": space.author,
            "spaceOwnerId": space.owner or space.author,
            "currentActiveAlias": space.alias or space.key,
            "createdAt": iso(space.created),
            "homepageId": str(space.homepage_id) if space.homepage_id else None,
            "icon": None,
            "description": {},
            "_links": {"webui": f"/spaces/{space.key}"},
        }
        if description_format:
            described = {"representation": description_format, "value": space.description}
            row["description"] = {description_format: described}
        if with_icon:
            row["icon"] = {"path": f"/images/logo/{space.key}.png", "apiDownloadLink": f"/download/{space.key}.png"}
        return row

    def task(self, task: Task, representation: str | None = None) -> Row:
        container = self._store.contents[task.container_id]
        body: Row = {}
        if representation:
            body[representation] = {"representation": representation, "value": convert(task.body, representation)}
        return {
            "id": str(task.id),
            "localId": task.local_id,
            "spaceId": str(self._store.space_of(container).id),
            CONTAINER_KEYS.get(container.kind, "pageId"): str(container.id),
            "status": task.status,
            "body": body,
            "createdBy": task.created_by,
            "assignedTo": task.assigned_to,
            "completedBy": task.completed_by,
            "createdAt": iso(task.created),
            "updatedAt": iso(task.updated or task.created),
            "dueAt": iso(task.due) if task.due is not None else None,
            "completedAt": iso(task.completed) if task.completed is not None else None,
        }

    def label(self, label: tuple[str, str]) -> Row:
        prefix, name = label
        return {"id": str(self._store.label_id(prefix, name)), "name": name, "prefix": prefix}

    def property(self, held: Property) -> Row:
        return {
            "id": str(held.id),
            "key": held.key,
            "value": held.value,
            "version": self._property_version(held, "authorId"),
        }

    def space_property(self, held: Property) -> Row:
        return {
            "id": str(held.id),
            "key": held.key,
            "value": held.value,
            "createdAt": iso(held.created),
            "createdBy": held.author,
            "version": self._property_version(held, "createdBy"),
        }

    def _property_version(self, held: Property, author_key: str) -> Row:
        version: Row = {"number": held.version, "message": "", "createdAt": iso(held.modified), author_key: held.author}
        if author_key == "authorId":
            version["minorEdit"] = False
        return version

    def version_row(self, row: VersionRow, content: Content, name: str, representation: str | None = None) -> Row:
        about: Row = {"id": content.api_id, "title": row.title}
        if representation:
            value = convert(row.body(), representation)
            about["body"] = {representation: {"representation": representation, "value": value}}
        return {**self.plain_version(row), name: about}

    def plain_version(self, row: VersionRow) -> Row:
        return {
            "number": row.number,
            "message": row.message,
            "minorEdit": row.is_minor,
            "authorId": row.author,
            "createdAt": iso(row.created),
        }

    def user(self, user: User) -> Row:
        hidden = user.is_email_hidden or user.status == "closed"
        return {
            "accountId": user.account_id,
            "accountType": user.account_type,
            "accountStatus": user.status,
            "displayName": user.display_name if user.status != "closed" else "Former user",
            "publicName": user.public_name or user.display_name,
            "email": "" if hidden else user.email,
            "timeZone": None if hidden else user.time_zone,
            "personalSpaceId": str(user.personal_space_id) if user.personal_space_id else None,
            "isExternalCollaborator": user.is_guest,
            "profilePicture": {"path": f"/wiki/aa-avatar/{user.account_id}", "isDefault": True},
        }

    def role(self, role: Role) -> Row:
        return {
            "id": role.id,
            "type": role.type,
            "name": role.name,
            "description": role.description,
            "spacePermissions": list(role.permissions),
        }
