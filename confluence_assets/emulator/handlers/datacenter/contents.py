"""Contents: listed, scanned, one by id and version; their labels, properties, history and versions."""

import copy
from itertools import islice

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.datacenter.pages import (
    Row,
    content_cap,
    content_of,
    cursor_page,
    expansion,
    list_links,
    offset_page,
    quirks,
    render_for,
    require_admin,
    space_of,
)  # fmt: skip
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.store.history import all_versions
from confluence_assets.emulator.store.model import ATTACHMENT, BLOGPOST, COMMENTS, CUSTOM, KINDS, PAGE, Content

BY_ID = "history,space,version"
_TYPES = {"page": (PAGE,), "blogpost": (BLOGPOST,), "comment": COMMENTS}
_STATUSES = ("current", "archived", "trashed", "draft", "historical", "any")


def statuses_of(call: Call) -> frozenset[str]:
    """The statuses that are asked for; `any` is current and trashed. Raises: Refusal 400."""
    asked = [part for value in call.request.query.get("status", []) for part in value.split(",") if part] or ["current"]
    for status in asked:
        if status not in _STATUSES:
            raise Refusal(400, f"Invalid status: {status}")
    return frozenset(("current", "trashed") if "any" in asked else ()) | frozenset(asked)


def kinds_of(call: Call) -> tuple[str, ...]:
    kind = call.get("type") or "page"
    if kind not in _TYPES:
        raise Refusal(400, f"Unsupported content type: {kind}")
    return _TYPES[kind]


def is_in_place(call: Call, content: Content, statuses: frozenset[str]) -> bool:
    """Whether it has the status, and what it hangs on is not in the trash."""
    if content.status not in statuses:
        return False
    root = call.store.root_of(content)
    return root is content or root.status in ("current", "archived") or "trashed" in statuses


def _space_id(call: Call) -> int | None:
    key = call.get("spaceKey")
    if not key:
        return None
    found = call.store.space_by_key(key)
    if found is None or not call.viewer.reads_space(found):
        raise not_found(f"No space with key : {key}")
    return found.id


def list_contents(call: Call) -> Row:
    """By offset; deep offsets are as slow as they are on a real server, and this one does not say so."""
    expand, statuses = expansion(call), statuses_of(call)
    ids = [part for value in call.request.query.get("ids", []) for part in value.split(",") if part]
    space_id = _space_id(call)
    rows = call.store.views.contents(KINDS if ids else kinds_of(call), space_id)
    wanted = {int(one.removeprefix("att")) for one in ids if one.removeprefix("att").isdigit()}
    title, most = call.get("title"), content_cap(call, expand)

    def fits(row: Content) -> bool:
        is_asked = (not ids or row.id in wanted) and (title is None or row.title.lower() == title.lower())
        return is_asked and is_in_place(call, row, statuses) and call.viewer.reads(row)

    found = list(islice(filter(fits, rows), call.get("start", 0) + most + 1))
    render = render_for(call)
    return offset_page(call, found, lambda row: render.content(row, expand), most=most)


def scan(call: Call) -> Row:
    """By cursor, in the order of ids."""
    expand, statuses = expansion(call), statuses_of(call)
    rows = call.store.views.contents(kinds_of(call), _space_id(call))
    render, reads = render_for(call), call.viewer.reads
    return cursor_page(
        call,
        rows,
        lambda row: is_in_place(call, row, statuses) and reads(row),
        lambda row: render.content(row, expand),
        content_cap(call, expand),
    )


def get_content(call: Call) -> Row:
    """One content; in the trash or in the archive it is found with that status only."""
    content = content_of(call)
    statuses = statuses_of(call)
    version = call.get("version")
    if version is not None and version != content.version:
        content = historical(call, content, version)
    elif "historical" not in statuses and not is_in_place(call, content, statuses):
        raise not_found(call._missing(content.id))
    row = render_for(call).content(content, expansion(call, BY_ID))
    row["_links"].update({name: path for name, path in list_links(call).items() if name != "self"})
    row["_links"]["collection"] = "/rest/api/content"
    return row


def historical(call: Call, content: Content, number: int) -> Content:
    """The content as it was in a version. Raises: Refusal 404."""
    for past in all_versions(call.store, content, call.site.bodies.storage):
        if past.number == number:
            found = copy.copy(content)
            found.title, found.version, found.body = past.title, past.number, past.body()
            found.modified, found.modifier = past.created, past.author
            found.message, found.is_minor, found.status = past.message, past.is_minor, "historical"
            return found
    raise not_found(f"No content found with id: ContentId{{id={content.id}}} and version: {number}")


def list_labels(call: Call) -> Row:
    prefix = call.get("prefix")
    held = [label for label in call.store.labels.get(content_of(call).id, []) if prefix in (None, "", label[0])]
    return offset_page(call, held, render_for(call).label, default=200, most=quirks(call).expanded_labels_limit)


def list_properties(call: Call) -> Row:
    content, render = content_of(call), render_for(call)
    held = list(call.store.properties.get(content.id, {}).values())
    return offset_page(call, held, lambda one: render.property(content, one), default=10, most=100)


def get_property(call: Call) -> Row:
    content = content_of(call)
    held = call.store.properties.get(content.id, {}).get(call.arguments["key"])
    if held is None:
        raise not_found(f"Cannot find property with key: {call.arguments['key']}")
    return render_for(call).property(content, held)


def get_history(call: Call) -> Row:
    return render_for(call).history(content_of(call), expansion(call, "previousVersion,nextVersion,lastUpdated"))


def list_versions(call: Call) -> Row:
    """Newest first."""
    content, render = content_of(call), render_for(call)
    rows = list(reversed(all_versions(call.store, content, call.site.bodies.storage)))
    return offset_page(
        call,
        rows,
        lambda row: render.version_row(content, row.number, row.author, row.created, row.message, row.is_minor),
        default=200,
        most=200,
    )


def get_version(call: Call) -> Row:
    content = content_of(call)
    number = call.arguments["number"]
    if not number.isdigit():
        raise Refusal(400, f"Not a version: {number}")
    return render_for(call).version(historical(call, content, int(number)))


def list_trash(call: Call) -> Row:
    """What lies in a space's trash: for its administrators."""
    space = space_of(call)
    if not call.viewer.may_in_space(space, "administer", "space"):
        require_admin(call, "see the trash")
    expand = expansion(call, "ancestors,container,space,metadata")
    kinds = (PAGE, BLOGPOST, ATTACHMENT, CUSTOM)
    render = render_for(call)
    return cursor_page(
        call,
        call.store.views.contents(kinds, space.id),
        lambda row: row.status == "trashed" and call.viewer.reads(row),
        lambda row: render.content(row, expand),
        content_cap(call, expand),
    )
