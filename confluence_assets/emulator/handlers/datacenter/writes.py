"""Pages, files and properties written on a Data Center, as its document says; a stale version is 409 there."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.datacenter.contents import BY_ID, statuses_of
from confluence_assets.emulator.handlers.datacenter.pages import content_of, list_links, render_for
from confluence_assets.emulator.handlers.uploads import add_file, add_version
from confluence_assets.emulator.handlers.writing import (
    change_page,
    discard_draft,
    edit,
    make_page,
    parent_number,
    place_page,
    publish_draft,
    read_object,
    read_storage,
    remove_content,
    require_right,
    require_update,
    require_version,
    save_property,
)
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.render.v1 import parse_expand
from confluence_assets.emulator.store.model import ATTACHMENT, PAGE, TREE, Content, Space
from confluence_assets.emulator.web.messages import Reply

Row = dict[str, Any]


def _shown(call: Call, content: Content) -> Row:
    expand = parse_expand(call.request.query.get("expand") or [f"{BY_ID},body.storage,ancestors"])
    return render_for(call).content(content, expand)


def create_content(call: Call) -> Row:
    """A page or a draft; at the root of the space unless ancestors say otherwise."""
    found = read_object(call)
    if found.get("type") != "page":
        raise Refusal(400, f"Content of type {found.get('type')} can't be made here.")
    space = _space(call, found)
    require_right(call, space, "create", "page")
    status = found.get("status", "current")
    if status not in ("current", "draft"):
        raise Refusal(400, f"Invalid status: {status}")
    parent = _parent(call, found)
    if parent is not None and parent.space_id != space.id:
        raise Refusal(400, "The parent page is in another space.")
    return _shown(call, make_page(call, space, found, parent, is_draft=status == "draft"))


def _space(call: Call, found: Row) -> Space:
    key = (found.get("space") or {}).get("key")
    space = call.store.space_by_key(str(key))
    if space is None or not call.viewer.reads_space(space):
        raise not_found(f"No space found with key : {key}")
    return space


def _parent(call: Call, found: Row) -> Content | None:
    ancestors = found.get("ancestors") or []
    return call.content(parent_number(ancestors[-1].get("id")), *TREE) if ancestors else None


def update_content(call: Call) -> Row:
    found = read_object(call)
    content = content_of(call, "id", PAGE)
    require_update(call, content)
    version = found.get("version")
    if found.get("type") != "page" or not isinstance(version, dict):
        raise Refusal(400, "Type and version must be provided.")
    storage = read_storage(found["body"]) if found.get("body") else call.site.bodies.storage(content)
    if content.status == "draft":
        _publish(call, content, found, storage)
        return _shown(call, content)
    require_version(call, version.get("number"), content.version, "content")
    message = str(version.get("message") or "")
    change_page(call, content, found, storage, message, minor=bool(version.get("minorEdit")))
    parent = _parent(call, found)
    place_page(call, content, parent.id if parent else None)
    return _shown(call, content)


def _publish(call: Call, content: Content, found: Row, storage: str) -> None:
    if "draft" not in statuses_of(call):
        raise Refusal(400, "To publish a draft, its status must be asked for.")
    if found["version"].get("number") != 1:
        raise Refusal(409, "The version of a draft must be 1.")
    if found.get("status", "current") == "current":
        publish_draft(call, content, found, storage)
        return
    call.site.clock.tick()
    content.title, content.body = str(found.get("title") or ""), storage
    call.store.touch()


def delete_content(call: Call) -> Reply:
    """To the trash (200); out of it, or a draft, for good (204)."""
    content = content_of(call, "id", PAGE, ATTACHMENT)
    statuses = statuses_of(call)
    if "draft" in statuses:
        discard_draft(call, content)
        return Reply(204)
    if content.status == "draft" or (content.status == "trashed" and "trashed" not in statuses):
        raise not_found(call._missing(content.id))
    is_purge = content.status == "trashed"
    remove_content(call, content, purge=is_purge)
    return Reply(204 if is_purge else 200)


# files


def create_attachment(call: Call) -> Row:
    content = add_file(call, content_of(call), may_replace=False)
    rows = [_file(call, content)]
    return {"results": rows, "start": 0, "limit": 1, "size": 1, "_links": list_links(call)}


def update_attachment_data(call: Call) -> Row:
    attachment = content_of(call, "attachmentId", ATTACHMENT)
    return _file(call, add_version(call, content_of(call), attachment))


def _file(call: Call, content: Content) -> Row:
    return render_for(call).content(content, {"version": {}, "container": {}})


# properties


def create_property(call: Call) -> Row:
    found, content = read_object(call), content_of(call)
    key = str(found.get("key") or "")
    if "value" not in found:
        raise Refusal(400, "A value must be provided.")
    if key in call.store.properties.get(content.id, {}):
        raise Refusal(400, f"The content already has a property with the key {key}.")
    made = save_property(call, content, key, found["value"], known=None)
    return render_for(call).property(content, made)


def update_property(call: Call) -> Row:
    """The next version; version 1 makes the property."""
    found, content, key = read_object(call), content_of(call), call.arguments["key"]
    known = call.store.properties.get(content.id, {}).get(key)
    version = found.get("version")
    if "value" not in found or not isinstance(version, dict) or found.get("key", key) != key:
        raise Refusal(400, "Value and version must be provided, and the key can't change.")
    if known is None and version.get("number") != 1:
        raise not_found(f"No property found with key: {key}")
    require_version(call, version.get("number"), known.version if known else 0, "a property")
    made = save_property(call, content, key, found["value"], known=known)
    return render_for(call).property(content, made)


def delete_property(call: Call) -> Reply:
    content, key = content_of(call), call.arguments["key"]
    if key not in call.store.properties.get(content.id, {}):
        raise not_found(f"No property found with key: {key}")
    require_update(call, content)
    edit(call, "delete_property", id=content.api_id, key=key)
    return Reply(204)
