"""Rows of Cloud v2, with the keys that live sites send."""

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.render.bodies import convert
from confluence_assets.emulator.render.files import DESCRIPTIONS
from confluence_assets.emulator.render.v2_other import CONTAINER_KEYS, RenderOther, Row
from confluence_assets.emulator.store.history import file_size
from confluence_assets.emulator.store.model import (
    ATTACHMENT,
    BLOGPOST,
    COMMENTS,
    INLINE,
    PAGE,
    Content,
    Space,
)  # fmt: skip

if TYPE_CHECKING:
    pass


def tiny(content_id: int) -> str:
    """The short address of a content."""
    packed = content_id.to_bytes(8, "little").rstrip(b"\0")
    return "/x/" + base64.b64encode(packed).decode().rstrip("=").rstrip("A").replace("/", "-").replace("+", "_")


class RenderV2(RenderOther):
    """Makes rows of v2."""

    def version(self, content: Content) -> Row:
        return {
            "number": content.version,
            "message": content.message,
            "minorEdit": content.is_minor,
            "authorId": content.modifier,
            "createdAt": iso(content.modified),
            "ncsStepVersion": str(content.version),
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
            if content.subtype:
                row["subtype"] = content.subtype
        return row

    def parent(self, content: Content) -> tuple[str | None, str | None]:
        if not content.parent_id:
            return None, None
        parent = self._store.contents.get(content.parent_id)
        return str(content.parent_id), parent.kind if parent else "page"

    def space_path(self, space: Space) -> str:
        """Address of a space under `/wiki`."""
        return f"/spaces/{space.key}"

    def download_path(self, content: Content) -> str:
        """Address of a file under `/wiki`, as programs are to use it."""
        return f"/rest/api/content/{content.container_id}/child/attachment/{content.api_id}/download"

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
