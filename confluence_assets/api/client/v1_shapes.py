"""Objects of v1, which a Data Center and Cloud's uploads answer with, in the client's shapes.

What is not there is left out, so that a missing key means the same in both deployments: not told.
"""

from typing import Any, cast

from confluence_assets.api.client.shapes import (
    Attachment,
    Comment,
    ContentProperty,
    CustomContent,
    Label,
    Page,
    Space,
    Version,
)
from confluence_assets.api.datacenter.content_rows import comment_kind, container_of, user_key
from confluence_assets.api.fields import EMPTY, text_of, whole_of
from confluence_assets.api.wire import JsonObject

_CONTAINER_KEYS = {"page": "pageId", "blogpost": "blogPostId", "custom_content": "customContentId"}


def version_of(version: JsonObject | None) -> Version:
    """A version; the author is the user key (Data Center) or the account id."""
    told = version or EMPTY
    person = told.get("by") or EMPTY
    found = {
        "number": whole_of(told.get("number")),
        "message": told.get("message") or "",
        "minorEdit": told.get("minorEdit"),
        "authorId": text_of(person.get("accountId")) or user_key(person),
        "createdAt": told.get("when"),
    }
    return cast(Version, _told(found))


def body_of(content: JsonObject) -> dict[str, dict[str, Any]]:
    """The bodies that came with a content."""
    return {
        name: {"representation": body.get("representation", name), "value": body["value"]}
        for name, body in (content.get("body") or EMPTY).items()
        if isinstance(body, dict) and "value" in body
    }


def page_shape(content: JsonObject) -> Page:
    """A page or a blog post."""
    history = content.get("history") or EMPTY
    ancestors = content.get("ancestors") or ()
    parent = text_of(ancestors[-1].get("id")) if ancestors else None
    found: dict[str, Any] = {
        "id": str(content["id"]),
        "status": content.get("status"),
        "title": content.get("title"),
        "spaceId": text_of((content.get("space") or EMPTY).get("id")),
        "authorId": user_key(history.get("createdBy")),
        "createdAt": history.get("createdDate"),
        "position": whole_of((content.get("extensions") or EMPTY).get("position")),
        "version": version_of(content["version"]) if content.get("version") else None,
        "body": body_of(content),
        "_links": content.get("_links"),
    }
    if content.get("type") == "page" and "ancestors" in content:
        return cast(Page, {**_told(found), "parentId": parent, "parentType": "page" if parent else None})
    return cast(Page, _told(found))


def space_shape(space: JsonObject, status: str | None = None) -> Space:
    """A space; its type is one of Data Center's, global or personal."""
    home = space.get("homepage") or EMPTY
    link = str((space.get("_expandable") or EMPTY).get("homepage") or "")
    found = {
        "id": str(space["id"]),
        "key": space["key"],
        "name": space.get("name"),
        "type": space.get("type"),
        "status": str(space.get("status") or status or "").lower() or None,
        "authorId": user_key(space.get("creator")),
        "createdAt": space.get("creationDate"),
        "homepageId": text_of(home.get("id") or link.rpartition("/")[2]),
        "description": space.get("description"),
        "_links": space.get("_links"),
    }
    return cast(Space, _told(found))


def attachment_shape(content: JsonObject, holder_kind: str | None = None, holder_id: str | None = None) -> Attachment:
    """A file. `holder_kind` and `holder_id` say what it hangs on where the answer does not."""
    extensions, metadata = content.get("extensions") or EMPTY, content.get("metadata") or EMPTY
    version = content.get("version") or EMPTY
    container_id, container_type = container_of(content)
    if container_id is None:
        container_id, container_type = holder_id, holder_kind
    links = content.get("_links") or EMPTY
    found = {
        "id": str(content["id"]),
        "status": content.get("status"),
        "title": content.get("title"),
        "createdAt": (content.get("history") or EMPTY).get("createdDate"),
        "mediaType": text_of(extensions.get("mediaType") or metadata.get("mediaType")),
        "fileId": text_of(extensions.get("fileId")),
        "fileSize": whole_of(extensions.get("fileSize")),
        "comment": text_of(extensions.get("comment") or metadata.get("comment") or version.get("message")),
        "downloadLink": links.get("download"),
        "webuiLink": links.get("webui"),
        "version": version_of(version) if version else None,
        "_links": links or None,
    }
    if container_id and container_type in _CONTAINER_KEYS:
        found[_CONTAINER_KEYS[container_type]] = container_id
    return cast(Attachment, _told(found))


def custom_content_shape(content: JsonObject) -> CustomContent:
    """Content of an app's own type."""
    container_id, container_type = container_of(content)
    plain = dict(page_shape(content))
    plain["type"] = content.get("type")
    if container_id and container_type in _CONTAINER_KEYS:
        plain[_CONTAINER_KEYS[container_type]] = container_id
    return cast(CustomContent, plain)


def comment_shape(comment: JsonObject) -> Comment:
    """A comment; `resolutionStatus` is there for inline ones."""
    container_id, container_type = container_of(comment)
    above = [one for one in comment.get("ancestors") or () if one.get("type", "comment") == "comment"]
    extensions = comment.get("extensions") or EMPTY
    resolution = text_of((extensions.get("resolution") or EMPTY).get("status"))
    if extensions.get("location") == "resolved":
        resolution = resolution or "resolved"
    found: dict[str, Any] = {
        "id": str(comment["id"]),
        "status": comment.get("status"),
        "title": comment.get("title"),
        "parentCommentId": str(above[-1]["id"]) if above else None,
        "resolutionStatus": (resolution or "open") if comment_kind(comment) == "inline" else None,
        "version": version_of(comment.get("version")),
        "body": body_of(comment),
        "_links": comment.get("_links"),
    }
    if container_id and container_type in _CONTAINER_KEYS:
        found[_CONTAINER_KEYS[container_type]] = container_id
    return cast(Comment, _told(found))


def label_shape(label: JsonObject) -> Label:
    """A label; old servers give it no id."""
    return cast(Label, _told({"id": text_of(label.get("id")), "name": label["name"], "prefix": label.get("prefix")}))


def property_shape(found: JsonObject) -> ContentProperty:
    """A property; its id is its key where the server gives no other."""
    version = found.get("version")
    return {
        "id": str(found.get("id") or found["key"]),
        "key": found["key"],
        "value": found.get("value"),
        "version": version_of(version) if version else {"number": 1},
    }


def _told(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value is not None}
