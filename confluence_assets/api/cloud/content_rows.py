"""Cloud v2's content to rows: pages, blog posts, comments, attachments, custom content, tree nodes, tasks.

Rows hold the tables' stored columns except `synced_at` and `labels`. Unknown keys are ignored, missing ones are None.
"""

from collections.abc import Mapping

from confluence_assets.api.fields import EMPTY, body_of, parse_time, text_of, web_url, whole_of
from confluence_assets.api.wire import JsonObject
from confluence_assets.tables import Row

_SINGULARS = {"folder": "folder_id", "whiteboard": "whiteboard_id", "database": "database_id", "embed": "embed_id"}


def space_row(space: JsonObject, base: str) -> Row:
    description = ((space.get("description") or EMPTY).get("plain") or EMPTY).get("value")
    return {
        "space_id": str(space["id"]),
        "space_key": space["key"],
        "name": space.get("name"),
        "type": space.get("type"),
        "status": space.get("status"),
        "description": text_of(description),
        "homepage_id": text_of(space.get("homepageId")),
        "author_id": text_of(space.get("authorId")),
        "created_at": parse_time(space.get("createdAt")),
        "web_url": web_url(space, base),
    }


def blogpost_row(post: JsonObject, space_keys: Mapping[str, str], base: str) -> Row:
    version = post.get("version") or EMPTY
    space_id = text_of(post.get("spaceId"))
    return {
        "blogpost_id": str(post["id"]),
        "space_id": space_id,
        "space_key": space_keys.get(space_id) if space_id else None,
        "status": post.get("status"),
        "title": post.get("title"),
        "author_id": text_of(post.get("authorId")),
        "owner_id": text_of(post.get("ownerId")),
        "created_at": parse_time(post.get("createdAt")),
        "version_number": whole_of(version.get("number")),
        "version_author_id": text_of(version.get("authorId")),
        "version_message": text_of(version.get("message")),
        "version_minor_edit": version.get("minorEdit"),
        "updated_at": parse_time(version.get("createdAt")),
        "web_url": web_url(post, base),
        "body_storage": body_of(post),
    }


def page_row(page: JsonObject, space_keys: Mapping[str, str], base: str) -> Row:
    version = page.get("version") or EMPTY
    space_id = text_of(page.get("spaceId"))
    return {
        "page_id": str(page["id"]),
        "space_id": space_id,
        "space_key": space_keys.get(space_id) if space_id else None,
        "status": page.get("status"),
        "subtype": text_of(page.get("subtype")),
        "title": page.get("title"),
        "parent_id": text_of(page.get("parentId")),
        "parent_type": text_of(page.get("parentType")),
        "position": whole_of(page.get("position")),
        "author_id": text_of(page.get("authorId")),
        "owner_id": text_of(page.get("ownerId")),
        "created_at": parse_time(page.get("createdAt")),
        "version_number": whole_of(version.get("number")),
        "version_author_id": text_of(version.get("authorId")),
        "version_message": text_of(version.get("message")),
        "version_minor_edit": version.get("minorEdit"),
        "updated_at": parse_time(version.get("createdAt")),
        "web_url": web_url(page, base),
        "body_storage": body_of(page),
    }


def node_row(content_type: str, node: JsonObject, space_keys: Mapping[str, str], base: str) -> Row:
    """A row of `folders`, `whiteboards`, `databases` or `embeds`."""
    version = node.get("version") or EMPTY
    space_id = text_of(node.get("spaceId"))
    row: Row = {
        _SINGULARS[content_type]: str(node["id"]),
        "space_id": space_id,
        "space_key": space_keys.get(space_id) if space_id else None,
        "status": node.get("status"),
        "title": node.get("title"),
        "parent_id": text_of(node.get("parentId")),
        "parent_type": text_of(node.get("parentType")),
        "position": whole_of(node.get("position")),
        "author_id": text_of(node.get("authorId")),
        "owner_id": text_of(node.get("ownerId")),
        "created_at": parse_time(node.get("createdAt")),
        "version_number": whole_of(version.get("number")),
        "updated_at": parse_time(version.get("createdAt")),
    }
    if content_type == "embed":
        row["embed_url"] = text_of(node.get("embedUrl"))
    row["web_url"] = web_url(node, base)
    return row


def comment_row(comment: JsonObject, kind: str, base: str) -> Row:
    """A row of `comments`; `space_key` is None, and so is the container of a reply that names only its parent."""
    version = comment.get("version") or EMPTY
    container_id, container_type = container_of(comment)
    properties = (comment.get("properties") or EMPTY) if kind == "inline" else EMPTY
    return {
        "comment_id": str(comment["id"]),
        "comment_type": kind,
        "container_id": container_id,
        "container_type": container_type,
        "parent_comment_id": text_of(comment.get("parentCommentId")),
        "space_key": None,
        "status": comment.get("status"),
        "resolution_status": text_of(comment.get("resolutionStatus")),
        # live sites have been seen to hyphenate these two
        "inline_selection": text_of(
            properties.get("inlineOriginalSelection") or properties.get("inline-original-selection")
        ),
        "inline_marker_ref": text_of(properties.get("inlineMarkerRef") or properties.get("inline-marker-ref")),
        "author_id": text_of(version.get("authorId")),
        "updated_at": parse_time(version.get("createdAt")),
        "version_number": whole_of(version.get("number")),
        "body_storage": body_of(comment),
        "web_url": web_url(comment, base),
    }


def attachment_row(attachment: JsonObject, base: str) -> Row:
    """A row of `attachments`; `space_key` is None."""
    version = attachment.get("version") or EMPTY
    container_id, container_type = container_of(attachment)
    attachment_id = str(attachment["id"])
    return {
        "attachment_id": attachment_id,
        "container_id": container_id,
        "container_type": container_type,
        "space_key": None,
        "status": attachment.get("status"),
        "filename": attachment.get("title"),
        "media_type": text_of(attachment.get("mediaType")),
        "file_size_bytes": whole_of(attachment.get("fileSize")),
        "file_id": text_of(attachment.get("fileId")),
        "comment": text_of(attachment.get("comment")),
        "author_id": text_of(version.get("authorId")),
        "created_at": parse_time(attachment.get("createdAt")),
        "updated_at": parse_time(version.get("createdAt")),
        "version_number": whole_of(version.get("number")),
        "download_url": download_url(base, container_id, attachment_id),
        "web_url": web_url(attachment, base),
    }


def custom_content_row(content: JsonObject, space_keys: Mapping[str, str], base: str) -> Row:
    version = content.get("version") or EMPTY
    space_id = text_of(content.get("spaceId"))
    container_id, container_type = container_of(content)
    if container_id is None and space_id is not None:
        container_id, container_type = space_id, "space"
    return {
        "custom_content_id": str(content["id"]),
        "type": content.get("type"),
        "space_id": space_id,
        "space_key": space_keys.get(space_id) if space_id else None,
        "container_id": container_id,
        "container_type": container_type,
        "title": content.get("title"),
        "status": content.get("status"),
        "body_raw": body_of(content, "raw"),
        "author_id": text_of(content.get("authorId")),
        "created_at": parse_time(content.get("createdAt")),
        "updated_at": parse_time(version.get("createdAt")),
        "version_number": whole_of(version.get("number")),
        "web_url": web_url(content, base),
    }


def task_row(task: JsonObject, space_keys: Mapping[str, str]) -> Row:
    """A row of `tasks`; `body_markdown` holds storage format still."""
    space_id = text_of(task.get("spaceId"))
    return {
        "task_id": str(task["id"]),
        "local_id": text_of(task.get("localId")),
        "space_id": space_id,
        "space_key": space_keys.get(space_id) if space_id else None,
        "page_id": text_of(task.get("pageId")),
        "blogpost_id": text_of(task.get("blogPostId")),
        "status": task.get("status"),
        "body_markdown": body_of(task),
        "created_by": text_of(task.get("createdBy")),
        "assigned_to": text_of(task.get("assignedTo")),
        "completed_by": text_of(task.get("completedBy")),
        "created_at": parse_time(task.get("createdAt")),
        "updated_at": parse_time(task.get("updatedAt")),
        "due_at": parse_time(task.get("dueAt")),
        "completed_at": parse_time(task.get("completedAt")),
    }


def container_of(content: JsonObject) -> tuple[str | None, str | None]:
    """Id and type of what holds the content; (None, None) where it does not say."""
    if container := content.get("pageId"):
        return str(container), "page"
    if container := content.get("blogPostId"):
        return str(container), "blogpost"
    if container := content.get("customContentId"):
        return str(container), "custom_content"
    if container := content.get("attachmentId"):
        return str(container), "attachment"
    return None, None


def download_url(base: str, container_id: str | None, attachment_id: str) -> str | None:
    """REST address of the bytes: the servlet path of `downloadLink` refuses API tokens since CHANGE-2735."""
    if container_id is None:
        return None
    return f"{base}/rest/api/content/{container_id}/child/attachment/{attachment_id}/download"
