"""What the writing handlers of all dialects share: who may write where, what a body may be, versions that must fit.

What material does not agree on stands in switches. Bodies are taken in storage format only; nothing here converts others.
"""

import html
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.edits import apply_edit
from confluence_assets.emulator.edits.common import check_title, next_position
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.store.model import ATTACHMENT, BLOGPOST, PAGE, TREE, Content, Property, Space

Row = dict[str, Any]
TITLE_TAKEN = "A page with this title already exists: A page already exists with the same TITLE in this space"
_ENTITY = re.compile(r"<!\[CDATA\[.*?\]\]>|&([A-Za-z]\w*);", re.DOTALL)
_XML_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))


def edit(call: Call, op: str, **fields: Any) -> Row:
    """An edit of the control surface, as the caller. Its refusals become the dialect's."""
    try:
        return apply_edit(call.site, {"op": op, "by": call.viewer.account_id, **fields})
    except KeyError as error:
        raise not_found(str(error)) from None
    except ValueError as error:
        raise Refusal(400, TITLE_TAKEN if "with the title" in str(error) else str(error)) from None


def denied(call: Call, what: str) -> Refusal:
    """No permission: v2 calls that missing, v1 and Data Center forbidden."""
    status = call.switches.write_denied_status if call.route.dialect == "v2" else 403
    return Refusal(status, "Not Found" if status == 404 else f"User not permitted to {what}")


def require_open(call: Call, space: Space) -> None:
    """Archived spaces of Cloud take no changes; those of Data Center are only out of sight."""
    if space.status == "archived" and not call.site.is_datacenter:
        raise Refusal(call.switches.archived_space_write_status, "This space is archived. Restore it to make changes.")


def require_right(call: Call, space: Space, key: str, target: str) -> None:
    """Raises: Refusal where the caller may not do that in the space, or nobody may."""
    require_open(call, space)
    if not call.viewer.may_in_space(space, key, target):
        raise denied(call, f"{key} a {target} in space {space.key}")


def require_update(call: Call, content: Content) -> None:
    require_open(call, call.store.space_of(content))
    if not call.viewer.updates(content):
        raise denied(call, f"update content {content.api_id}")


def check_size(call: Call, limit_bytes: int | None = None) -> None:
    limit = call.switches.write_limit_bytes if limit_bytes is None else limit_bytes
    if len(call.request.body) > limit:
        raise Refusal(413, f"The request is {len(call.request.body)} bytes long; at most {limit} are taken.")


def read_object(call: Call) -> Row:
    """The body as an object. Raises: Refusal 400, 413."""
    check_size(call)
    found = call.body()
    if not isinstance(found, dict):
        raise Refusal(400, "The request body is not an object.")
    return found


def read_storage(body: Any) -> str:
    """The storage format of a body, as v2 and v1 write it. Raises: Refusal 400 where it is none or not well-formed."""
    if not isinstance(body, dict):
        raise Refusal(400, "A body must be provided.")
    if "representation" not in body:
        nested = next((one for one in body.values() if isinstance(one, dict)), {})
        body = {"representation": next(iter(body), ""), **nested}
    if body.get("representation") != "storage":
        raise Refusal(400, f"Unsupported representation: {body.get('representation')}")
    value = body.get("value")
    if not isinstance(value, str):
        raise Refusal(400, "The value of the body must be text.")
    check_storage(value)
    return value


def check_storage(value: str) -> None:
    plain = _ENTITY.sub(lambda found: _character(found), value)
    try:
        ElementTree.fromstring(f'<b xmlns:ac="ac" xmlns:ri="ri" xmlns:at="at">{plain}</b>')  # noqa: S314
    except ElementTree.ParseError as error:
        raise Refusal(400, f"Error parsing xhtml: {error}") from None


def _character(found: re.Match[str]) -> str:
    name = found.group(1)
    if name is None or name in _XML_ENTITIES:
        return found.group()
    return html.escape(html.unescape(f"&{name};"), quote=False)


def read_title(found: Row) -> str:
    title = found.get("title")
    if not isinstance(title, str) or not title.strip():
        raise Refusal(400, "A title must be provided.")
    if len(title) > 255:
        raise Refusal(400, "Title cannot be longer than 255 characters.")
    return title


# pages


def make_page(call: Call, space: Space, found: Row, parent: Content | None, *, is_draft: bool) -> Content:
    """A page, or a draft that nobody but its author finds."""
    if is_draft:
        return _make_draft(call, space, found, parent)
    title = read_title(found)
    _require_title(call, space, title)
    storage = read_storage(found["body"]) if found.get("body") else ""
    fields: Row = {"space": space.key, "title": title, "body": storage}
    made = edit(call, "create_page", **fields, **({"parent": parent.api_id} if parent else {}))
    return call.store.contents[int(made["id"])]


def _make_draft(call: Call, space: Space, found: Row, parent: Content | None) -> Content:
    call.site.clock.tick()
    row = Content(
        call.store.next_id(), PAGE, space.id, str(found.get("title") or ""), call.site.clock.now_ms, call.viewer.account_id,
        status="draft", body=read_storage(found["body"]) if found.get("body") else "",
    )  # fmt: skip
    row.parent_id = parent.id if parent else 0
    row.position = next_position(call.site, row.parent_id, space.id)
    call.store.add(row)
    return row


def _require_title(call: Call, space: Space, title: str, besides: Content | None = None) -> None:
    try:
        check_title(call.site, space.id, title, PAGE, besides=besides)
    except ValueError:
        raise Refusal(400, TITLE_TAKEN) from None


def change_page(call: Call, content: Content, found: Row, storage: str, message: str, *, minor: bool) -> None:
    """One version more of what is published."""
    title = read_title(found)
    if title != content.title:
        _require_title(call, call.store.space_of(content), title, content)
    if content.status == "trashed":
        edit(call, "restore", id=content.api_id)
        return
    if content.status == "archived":
        raise Refusal(400, "An archived page can't be updated.")
    edit(call, "edit_content", id=content.api_id, title=title, body=storage, message=message, minor=minor)


def publish_draft(call: Call, content: Content, found: Row, storage: str) -> None:
    """A draft becomes a page, as its first version."""
    title = read_title(found)
    _require_title(call, call.store.space_of(content), title, content)
    call.site.clock.tick()
    content.title, content.body, content.status = title, storage, "current"
    content.modified = call.site.clock.now_ms
    call.site.index.note(content, is_new=True)
    call.store.touch()


def place_page(call: Call, content: Content, parent_id: Any) -> None:
    """Below another parent, where one is named that it is not below yet."""
    if parent_id is None or str(parent_id) == str(content.parent_id):
        return
    parent = call.content(parent_number(parent_id), *TREE)
    edit(call, "move", id=content.api_id, parent=parent.api_id)


def parent_number(value: Any) -> int:
    text = str(value)
    if not text.isdigit():
        raise Refusal(400, f"Provided value {{{text}}} for 'parentId' is not the correct type. Expected type is long.")
    return int(text)


def require_version(call: Call, given: Any, current: int, what: str) -> None:
    """The number must be the next one. Raises: Refusal 400 where none is given, 409 where it is another."""
    if not isinstance(given, int) or isinstance(given, bool):
        raise Refusal(400, f"Must supply an incremented version when updating {what}. No version supplied.")
    if given != current + 1:
        status = call.switches.version_conflict_status
        raise Refusal(
            status,
            f"Version must be incremented when updating {what}. Current Version: [{current}]. Provided version: [{given}]",
        )


def remove_content(call: Call, content: Content, *, purge: bool) -> None:
    """To the trash, or out of it for good: that asks for the right to administer the space."""
    space = call.store.space_of(content)
    kind = content.kind if content.kind in (BLOGPOST, ATTACHMENT) else PAGE
    require_right(call, space, "delete", kind)
    if not purge:
        if content.status == "trashed":
            raise not_found()
        edit(call, "delete_file" if content.kind == ATTACHMENT else "trash", id=content.api_id)
        return
    if content.status != "trashed":
        raise Refusal(400, "Only content in the trash can be purged.")
    if not (call.viewer.is_admin or call.viewer.may_in_space(space, "administer", "space")):
        raise denied(call, f"purge content in space {space.key}")
    if content.kind == ATTACHMENT:
        edit(call, "delete_file", id=content.api_id, purge=True)
    else:
        edit(call, "purge", id=content.api_id)


def discard_draft(call: Call, content: Content) -> None:
    """A draft has no trash. Raises: Refusal 404 where there is none, or it is somebody else's."""
    if content.status != "draft" or content.author != call.viewer.account_id:
        raise not_found()
    call.site.clock.tick()
    call.store.remove(content)


# properties


def save_property(call: Call, content: Content, key: str, value: Any, *, known: Property | None) -> Property:
    """A property made, or its next version."""
    require_update(call, content)
    if not key:
        raise Refusal(400, "A property needs a key.")
    held = call.store.properties.get(content.id, {})
    if known is None and key in held:
        raise Refusal(409, f"A content property with the key {key} exists on content {content.api_id} already.")
    edit(call, "set_property", id=content.api_id, key=key, value=value)
    return call.store.properties[content.id][key]
