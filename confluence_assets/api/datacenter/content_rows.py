"""Data Center's content to rows. Columns that it does not have are None: owner, subtype, file id."""

from confluence_assets.api.fields import EMPTY, body_of, parse_time, text_of, web_url, whole_of
from confluence_assets.api.source import CommentKind
from confluence_assets.api.wire import JsonObject
from confluence_assets.tables import Row

_CONTAINERS = {"page": "page", "blogpost": "blogpost", "attachment": "attachment", "space": "space"}


def user_key(person: JsonObject | None) -> str | None:
    """The user key; where an old server sends none, the user name."""
    return text_of((person or EMPTY).get("userKey") or (person or EMPTY).get("username"))


def space_row(space: JsonObject, base: str, status: str) -> Row:
    """A row of `spaces`; `status` counts where the server does not say one (before 8)."""
    description = ((space.get("description") or EMPTY).get("plain") or EMPTY).get("value")
    home = space.get("homepage")
    link = str((space.get("_expandable") or EMPTY).get("homepage") or "")
    return {
        "space_id": str(space["id"]),
        "space_key": space["key"],
        "name": space.get("name"),
        "type": space.get("type"),
        "status": str(space.get("status") or status).lower(),
        "description": text_of(description),
        "homepage_id": str(home["id"]) if home else text_of(link.rpartition("/")[2]),
        "author_id": user_key(space.get("creator")),
        "created_at": parse_time(space.get("creationDate")),
        "web_url": web_url(space, base),
    }


def space_of(content: JsonObject) -> tuple[str | None, str | None]:
    """Id and key of the content's space."""
    space = content.get("space") or EMPTY
    return text_of(space.get("id")), text_of(space.get("key"))


def _version(content: JsonObject) -> Row:
    version = content.get("version") or EMPTY
    return {
        "version_number": whole_of(version.get("number")),
        "version_author_id": user_key(version.get("by")),
        "version_message": text_of(version.get("message")),
        "version_minor_edit": version.get("minorEdit"),
        "updated_at": parse_time(version.get("when")),
    }


def blogpost_row(post: JsonObject, base: str) -> Row:
    space_id, space_key = space_of(post)
    history = post.get("history") or EMPTY
    return {
        "blogpost_id": str(post["id"]),
        "space_id": space_id,
        "space_key": space_key,
        "status": post.get("status"),
        "title": post.get("title"),
        "author_id": user_key(history.get("createdBy")),
        "owner_id": None,
        "created_at": parse_time(history.get("createdDate")),
        **_version(post),
        "web_url": web_url(post, base),
        "body_storage": body_of(post),
    }


def page_row(page: JsonObject, base: str) -> Row:
    """A row of `pages`; the parent is the last of the ancestors."""
    row = blogpost_row(page, base)
    ancestors = page.get("ancestors") or ()
    parent = text_of(ancestors[-1].get("id")) if ancestors else None
    row["page_id"] = row.pop("blogpost_id")
    position = (page.get("extensions") or EMPTY).get("position")
    return {
        **row,
        "subtype": None,
        "parent_id": parent,
        "parent_type": "page" if parent else None,
        "position": whole_of(position),
    }


def comment_kind(comment: JsonObject) -> CommentKind:
    """`resolved` is the location of a resolved inline comment."""
    extensions = comment.get("extensions") or EMPTY
    location = extensions.get("location")
    if location:
        return "footer" if location == "footer" else "inline"
    return "inline" if extensions.get("inlineProperties") else "footer"


def comment_row(comment: JsonObject, base: str) -> Row:
    extensions = comment.get("extensions") or EMPTY
    version = comment.get("version") or EMPTY
    inline = extensions.get("inlineProperties") or EMPTY
    resolution = text_of((extensions.get("resolution") or EMPTY).get("status"))
    if resolution is None and extensions.get("location") == "resolved":
        resolution = "resolved"
    kind = comment_kind(comment)
    above = [one for one in comment.get("ancestors") or () if one.get("type", "comment") == "comment"]
    container_id, container_type = container_of(comment)
    return {
        "comment_id": str(comment["id"]),
        "comment_type": kind,
        "container_id": container_id,
        "container_type": container_type,
        "parent_comment_id": str(above[-1]["id"]) if above else None,
        "space_key": space_of(comment)[1],
        "status": comment.get("status"),
        "resolution_status": resolution if kind == "inline" else None,
        "inline_selection": text_of(inline.get("originalSelection")),
        "inline_marker_ref": text_of(inline.get("markerRef")),
        "author_id": user_key(version.get("by")),
        "updated_at": parse_time(version.get("when")),
        "version_number": whole_of(version.get("number")),
        "body_storage": body_of(comment),
        "web_url": web_url(comment, base),
    }


def attachment_row(attachment: JsonObject, base: str, holder: JsonObject | None = None) -> Row:
    """A row of `attachments`. `holder` is what it was found on, where the answer itself does not name it."""
    extensions = attachment.get("extensions") or EMPTY
    metadata = attachment.get("metadata") or EMPTY
    version = attachment.get("version") or EMPTY
    container_id, container_type = container_of(attachment)
    if holder is not None:
        container_id, container_type = str(holder["id"]), _CONTAINERS.get(str(holder.get("type")), "custom_content")
    link = text_of((attachment.get("_links") or EMPTY).get("download"))
    return {
        "attachment_id": str(attachment["id"]),
        "container_id": container_id,
        "container_type": container_type,
        "space_key": space_of(holder if holder is not None else attachment)[1],
        "status": attachment.get("status"),
        "filename": attachment.get("title"),
        "media_type": text_of(extensions.get("mediaType") or metadata.get("mediaType")),
        "file_size_bytes": whole_of(extensions.get("fileSize")),
        "file_id": None,
        "comment": text_of(extensions.get("comment") or metadata.get("comment") or version.get("message")),
        "author_id": user_key(version.get("by")),
        "created_at": parse_time((attachment.get("history") or EMPTY).get("createdDate")),
        "updated_at": parse_time(version.get("when")),
        "version_number": whole_of(version.get("number")),
        "download_url": None if link is None else link if "://" in link else base + link,
        "web_url": web_url(attachment, base),
    }


def custom_content_row(content: JsonObject, base: str) -> Row:
    space_id, space_key = space_of(content)
    history, version = content.get("history") or EMPTY, content.get("version") or EMPTY
    container_id, container_type = container_of(content)
    return {
        "custom_content_id": str(content["id"]),
        "type": content.get("type"),
        "space_id": space_id,
        "space_key": space_key,
        "container_id": container_id,
        "container_type": container_type,
        "title": content.get("title"),
        "status": content.get("status"),
        "body_raw": body_of(content, "raw") or body_of(content),
        "author_id": user_key(history.get("createdBy")),
        "created_at": parse_time(history.get("createdDate")),
        "updated_at": parse_time(version.get("when")),
        "version_number": whole_of(version.get("number")),
        "web_url": web_url(content, base),
    }


def container_of(content: JsonObject) -> tuple[str | None, str | None]:
    """Id and type of what holds the content; spaces have a key and no content type."""
    container = content.get("container") or EMPTY
    if container.get("id") is None:
        return None, None
    kind = "space" if "key" in container else str(container.get("type"))
    return str(container["id"]), _CONTAINERS.get(kind, "custom_content")


def version_row(version: JsonObject, content_type: str, content_id: str) -> Row:
    return {
        "content_id": content_id,
        "version_number": whole_of(version.get("number")),
        "content_type": content_type,
        "space_key": None,
        "author_id": user_key(version.get("by")),
        "created_at": parse_time(version.get("when")),
        "message": text_of(version.get("message")),
        "minor_edit": version.get("minorEdit"),
    }
