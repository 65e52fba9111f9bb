"""Pages, files and properties written by v2."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v2.attachments import attachment_id
from confluence_assets.emulator.handlers.v2.details import holder
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
from confluence_assets.emulator.store.model import ATTACHMENT, PAGE, TREE, Content, Property
from confluence_assets.emulator.web.messages import Reply

Row = dict[str, Any]
_DONE = 204


def _shown(call: Call, content: Content) -> Row:
    return call.single(call.site.render.content(content, "storage"))


def create_page(call: Call) -> Row:
    """Below the home page of the space, unless a parent or the root is asked for."""
    found = read_object(call)
    space = call.space(_number(found.get("spaceId"), "spaceId"))
    require_right(call, space, "create", "page")
    status = found.get("status", "current")
    if status not in ("current", "draft"):
        raise Refusal(400, f"Provided value {{{status}}} for 'status' is not one of [current, draft].")
    parent = _parent(call, found, space.id, space.homepage_id)
    return _shown(call, make_page(call, space, found, parent, is_draft=status == "draft"))


def _parent(call: Call, found: Row, space_id: int, homepage_id: int) -> Content | None:
    named = found.get("parentId")
    if call.get("root-level"):
        if named is not None:
            raise Refusal(400, "A parentId may not be provided with root-level.")
        return None
    if named is None:
        home = call.store.get(homepage_id, PAGE)
        return home if home is not None and home.status == "current" else None
    parent = call.content(parent_number(named), *TREE)
    if parent.space_id != space_id:
        raise Refusal(400, "The parent lies in another space.")
    return parent


def _number(value: Any, name: str) -> int:
    if not str(value).isdigit():
        raise Refusal(400, f"Provided value {{{value}}} for '{name}' is not the correct type. Expected type is long.")
    return int(value)


def update_page(call: Call) -> Row:
    found = read_object(call)
    content = call.content(call.id(), PAGE)
    _require_fields(found, content)
    require_update(call, content)
    storage, version = read_storage(found["body"]), found["version"]
    if content.status == "draft":
        _update_draft(call, content, found, storage)
        return _shown(call, content)
    if found["status"] != "current":
        raise Refusal(400, "A published page can't become a draft here.")
    require_version(call, version.get("number"), content.version, "a page")
    change_page(call, content, found, storage, str(version.get("message") or ""), minor=False)
    place_page(call, content, found.get("parentId"))
    return _shown(call, content)


def _require_fields(found: Row, content: Content) -> None:
    missing = [name for name in ("id", "status", "title", "body", "version") if found.get(name) is None]
    if missing:
        raise Refusal(400, f"Required field '{missing[0]}' is missing.")
    if str(found["id"]) != str(content.id):
        raise Refusal(400, "The id of the body is not that of the path.")
    if not isinstance(found["version"], dict):
        raise Refusal(400, "The version must be an object.")


def _update_draft(call: Call, content: Content, found: Row, storage: str) -> None:
    """A draft is at its first version for as long as it is one."""
    if content.author != call.viewer.account_id:
        raise not_found()
    if found["version"].get("number") != 1:
        raise Refusal(call.switches.version_conflict_status, "The version of a draft must be 1.")
    if found["status"] == "current":
        publish_draft(call, content, found, storage)
    else:
        call.site.clock.tick()
        content.title, content.body = str(found["title"]), storage
        call.store.touch()


def delete_page(call: Call) -> Reply:
    content = call.content(call.id(), PAGE)
    if call.get("draft"):
        discard_draft(call, content)
    elif content.status == "draft":
        raise not_found()
    else:
        remove_content(call, content, purge=bool(call.get("purge")))
    return Reply(_DONE)


def delete_attachment(call: Call) -> Reply:
    content = call.content(attachment_id(call), ATTACHMENT)
    remove_content(call, content, purge=bool(call.get("purge")))
    return Reply(_DONE)


# properties


def create_property(call: Call) -> Row:
    found = read_object(call)
    if "value" not in found:
        raise Refusal(400, "Required field 'value' is missing.")
    made = save_property(call, holder(call), str(found.get("key") or ""), found["value"], known=None)
    return call.single(call.site.render.property(made))


def _known(call: Call, content: Content) -> Property:
    number = call.id("property-id")
    for one in call.store.properties.get(content.id, {}).values():
        if one.id == number:
            return one
    raise not_found()


def update_property(call: Call) -> Row:
    found, content = read_object(call), holder(call)
    known = _known(call, content)
    version = found.get("version")
    if found.get("key") != known.key or "value" not in found or not isinstance(version, dict):
        raise Refusal(400, "Key, value and version must be provided, and the key can't change.")
    require_version(call, version.get("number"), known.version, "a content property")
    made = save_property(call, content, known.key, found["value"], known=known)
    return call.single(call.site.render.property(made))


def delete_property(call: Call) -> Reply:
    content = holder(call)
    known = _known(call, content)
    require_update(call, content)
    edit(call, "delete_property", id=content.api_id, key=known.key)
    return Reply(_DONE)
