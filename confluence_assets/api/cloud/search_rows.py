"""Comments and attachments of some spaces only: v2 lists them for the whole site or for one page, so CQL serves.

Columns are the same as from v2's lists. Source: v1 content with `container`, `version`, `ancestors`, `extensions`.
"""

from confluence_assets.api.cloud.content_rows import download_url
from confluence_assets.api.cloud.details import space_key_of
from confluence_assets.api.fields import EMPTY, body_of, parse_time, text_of, web_url, whole_of
from confluence_assets.api.source import CommentKind
from confluence_assets.api.wire import JsonObject
from confluence_assets.tables import Row

COMMENT_EXPANSIONS = (
    "space",
    "container",
    "version",
    "ancestors",
    "childTypes.comment",
    "extensions.inlineProperties",
    "extensions.resolution",
)
ATTACHMENT_EXPANSIONS = ("space", "container", "version", "history")
_CONTAINER_TYPES = {"page": "page", "blogpost": "blogpost", "attachment": "attachment"}


def comment_kind(content: JsonObject) -> CommentKind:
    """`resolved` is the location of a resolved inline comment."""
    extensions = content.get("extensions") or EMPTY
    location = extensions.get("location")
    if location:
        return "footer" if location == "footer" else "inline"
    return "inline" if extensions.get("inlineProperties") else "footer"


def parent_comment_of(content: JsonObject) -> str | None:
    """Id of the comment that this one replies to, where the site says it; `ancestors` is documented for pages only."""
    comments = [one for one in content.get("ancestors") or () if one.get("type", "comment") == "comment"]
    if comments:
        return str(comments[-1]["id"])
    container = content.get("container") or EMPTY
    return text_of(container.get("id")) if container.get("type") == "comment" else None


def has_replies(content: JsonObject) -> bool | None:
    """Whether a comment was replied to, by `childTypes.comment`; None where that did not come."""
    found = (content.get("childTypes") or EMPTY).get("comment")
    return None if found is None else bool(found.get("value"))


def searched_comment_row(content: JsonObject, base: str) -> Row:
    extensions = content.get("extensions") or EMPTY
    version = content.get("version") or EMPTY
    inline = extensions.get("inlineProperties") or EMPTY
    resolution = text_of((extensions.get("resolution") or EMPTY).get("status"))
    if resolution is None and extensions.get("location") == "resolved":
        resolution = "resolved"
    kind = comment_kind(content)
    container_id, container_type = _container(content)
    return {
        "comment_id": str(content["id"]),
        "comment_type": kind,
        "container_id": container_id,
        "container_type": container_type,
        "parent_comment_id": parent_comment_of(content),
        "space_key": space_key_of(content),
        "status": content.get("status"),
        "resolution_status": resolution if kind == "inline" else None,
        "inline_selection": text_of(inline.get("originalSelection")),
        "inline_marker_ref": text_of(inline.get("markerRef")),
        "author_id": text_of((version.get("by") or EMPTY).get("accountId")),
        "updated_at": parse_time(version.get("when")),
        "version_number": whole_of(version.get("number")),
        "body_storage": body_of(content),
        "web_url": web_url(content, base),
    }


def searched_attachment_row(content: JsonObject, base: str) -> Row:
    extensions = content.get("extensions") or EMPTY
    metadata = content.get("metadata") or EMPTY
    version = content.get("version") or EMPTY
    container_id, container_type = _container(content)
    attachment_id = str(content["id"])
    return {
        "attachment_id": attachment_id,
        "container_id": container_id,
        "container_type": container_type,
        "space_key": space_key_of(content),
        "status": content.get("status"),
        "filename": content.get("title"),
        "media_type": text_of(extensions.get("mediaType") or metadata.get("mediaType")),
        "file_size_bytes": whole_of(extensions.get("fileSize")),
        "file_id": text_of(extensions.get("fileId")),
        "comment": text_of(extensions.get("comment") or metadata.get("comment") or version.get("message")),
        "author_id": text_of((version.get("by") or EMPTY).get("accountId")),
        "created_at": parse_time((content.get("history") or EMPTY).get("createdDate")),
        "updated_at": parse_time(version.get("when")),
        "version_number": whole_of(version.get("number")),
        "download_url": download_url(base, container_id, attachment_id),
        "web_url": web_url(content, base),
    }


def _container(content: JsonObject) -> tuple[str | None, str | None]:
    container = content.get("container") or EMPTY
    kind = text_of(container.get("type"))
    if kind is None or kind == "comment" or container.get("id") is None:
        return None, None
    return str(container["id"]), _CONTAINER_TYPES.get(kind, "custom_content")
