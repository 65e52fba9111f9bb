"""Downloads, descendants, labels, views, and the reads that were withdrawn."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v1.pages import Row, content_of, list_links, offset_page, render_for
from confluence_assets.emulator.problems import Refusal, not_found, unauthorized
from confluence_assets.emulator.render.files import file_bytes
from confluence_assets.emulator.render.v1 import parse_expand
from confluence_assets.emulator.store.model import ATTACHMENT, COMMENTS, Content
from confluence_assets.emulator.web.messages import Reply


def download(call: Call) -> Reply:
    """302 to a signed address on the media host."""
    container = content_of(call)
    content = content_of(call, "attachmentId", ATTACHMENT)
    if content.container_id != container.id:
        raise not_found("The attachment does not belong to that content.")
    status = call.get("status") or ("current", "archived")
    if content.status not in status:
        raise not_found()
    version = call.get("version") or content.version
    if not 1 <= version <= content.version:
        raise Refusal(400, f"There is no version {version} of the attachment.")
    address = call.site.media.sign(content, version, call.switches.media_url_seconds)
    return Reply(302, headers={"Location": call.site.media_url + address})


def download_servlet(call: Call) -> Reply:
    """The old address of files. API tokens are turned away there; a switch brings the old days back."""
    if call.switches.attachment_servlet_status == 401:
        return unauthorized("v1", "empty", call.site.base_url)
    container = content_of(call)
    content = call.store.file_name_taken(container.id, call.arguments["name"])
    if content is None or not call.viewer.reads(content):
        raise not_found()
    version = call.get("version") or content.version
    if not 1 <= version <= content.version:
        raise not_found()
    media_type = str((content.extra or {}).get("media_type"))
    return Reply(200, file_bytes(content, version), media_type)


def list_descendants(call: Call) -> Row:
    """Descendant pages, comments or attachments."""
    top, kind = content_of(call), call.arguments["type"]
    store = call.store
    if kind == "page":
        rows = [row for row, _ in store.descendants(top.id) if row.kind == "page"]
    elif kind in ("comment", "attachment"):
        kinds = COMMENTS if kind == "comment" else (ATTACHMENT,)
        rows = [row for row in store.contained.get(top.id, ()) if row.kind in kinds]
        rows += [reply for row in list(rows) for reply in store.replies.get(row.id, ())]
    else:
        raise Refusal(400, f"Unknown type of descendants: {kind}")
    visible = [
        row for row in sorted(rows, key=lambda row: row.id) if row.status == "current" and call.viewer.reads(row)
    ]
    expand = parse_expand(call.request.query.get("expand"))
    render = render_for(call)
    return offset_page(call, visible, lambda row: render.content(row, expand), most=200)


def get_label(call: Call) -> Row:
    """A label and what carries it; a label exists while it stands on something."""
    store, render = call.store, render_for(call)
    name, prefix = call.get("name"), "global"
    if ":" in name:
        prefix, _, name = name.partition(":")
    held = store.views.labelled().get((prefix, name), [])
    visible = [store.contents[i] for i in held if call.viewer.reads(store.contents[i])]
    if not visible:
        raise not_found(f"No label found with name: {name}")

    def about(content: Content) -> dict[str, Any]:
        kind = "comment" if content.kind in COMMENTS else content.kind
        return {"contentId": content.id, "contentType": kind, "title": content.title}

    return {
        "label": render.label((prefix, name)),
        "associatedContents": offset_page(call, visible, about, default=200, most=200),
    }


def count_views(call: Call) -> dict[str, int]:
    content = content_of(call)
    return {"id": content.id, "count": content.id % 97}


def count_viewers(call: Call) -> dict[str, int]:
    content = content_of(call)
    return {"id": content.id, "count": content.id % 23}


def get_space_settings(call: Call) -> dict[str, Any]:
    space = call.store.space_by_key(call.arguments["spaceKey"])
    if space is None or not call.viewer.reads_space(space):
        raise not_found(f"No space found with key: {call.arguments['spaceKey']}")
    return {
        "routeOverrideEnabled": False,
        "editor": {"page": "v2", "blogpost": "v2", "default": "v2"},
        "spaceKey": space.key,
        "_links": {},
    }


# withdrawn: the switch decides whether they are gone (410), unknown (404) or still there (200)


def withdrawn(call: Call) -> Any:
    status = call.switches.withdrawn_v1_overrides.get(call.route.template, call.switches.withdrawn_v1_status)
    if status != 200:
        raise Refusal(status, "This deprecated endpoint has been removed.")
    return _STILL[call.route.template](call)


def _content(call: Call) -> Row:
    row = render_for(call).content(content_of(call), parse_expand(call.request.query.get("expand")))
    row["_links"].update({"base": f"{call.site.base_url}/wiki", "context": "/wiki"})
    return row


def _contents(call: Call) -> Row:
    kind, key = call.get("type", "page"), call.get("spaceKey")
    statuses = ("current", "trashed") if call.get("status") == "any" else (call.get("status", "current"),)
    rows = [
        row
        for row in call.store.views.contents((kind,) if kind in ("page", "blogpost") else ("page",))
        if row.status in statuses
        and call.viewer.reads(row)
        and key in (None, call.store.spaces[row.space_id].key)
        and call.get("title") in (None, row.title)
    ]
    render, expand = render_for(call), parse_expand(call.request.query.get("expand"))
    return offset_page(call, rows, lambda row: render.content(row, expand), most=50 if "body" in expand else 200)


def _labels(call: Call) -> Row:
    return offset_page(
        call, call.store.labels.get(content_of(call).id, []), render_for(call).label, default=200, most=200
    )


def _children(call: Call) -> Row:
    parent, kind = content_of(call), call.arguments["type"]
    store = call.store
    kinds = COMMENTS if kind == "comment" else (kind,)
    pool = store.children.get(parent.id, []) if kind == "page" else store.contained.get(parent.id, [])
    rows = [row for row in pool if row.kind in kinds and row.status == "current" and call.viewer.reads(row)]
    render, expand = render_for(call), parse_expand(call.request.query.get("expand"))
    return offset_page(call, rows, lambda row: render.content(row, expand), most=200)


def _properties(call: Call) -> Row:
    content, render = content_of(call), render_for(call)
    return offset_page(
        call, list(call.store.properties.get(content.id, {}).values()), lambda held: render.property(content, held)
    )


def _history(call: Call) -> Row:
    found = render_for(call).content(content_of(call), {"history": {"lastUpdated": {}}})["history"]
    return dict(found)


def _spaces(call: Call) -> Row:
    rows = [space for space in call.store.spaces.values() if call.viewer.reads_space(space)]
    return offset_page(call, rows, render_for(call).space, most=100)


def _space(call: Call) -> Row:
    space = call.store.space_by_key(call.arguments["spaceKey"])
    if space is None or not call.viewer.reads_space(space):
        raise not_found(f"No space found with key: {call.arguments['spaceKey']}")
    return {**render_for(call).space(space), "_links": {**list_links(call), "webui": f"/spaces/{space.key}"}}


_BASE = "/wiki/rest/api"
_STILL = {
    f"{_BASE}/content": _contents,
    f"{_BASE}/content/{{id}}": _content,
    f"{_BASE}/content/{{id}}/label": _labels,
    f"{_BASE}/content/{{id}}/child/{{type}}": _children,
    f"{_BASE}/content/{{id}}/property": _properties,
    f"{_BASE}/content/{{id}}/history": _history,
    f"{_BASE}/space": _spaces,
    f"{_BASE}/space/{{spaceKey}}": _space,
}
WITHDRAWN = tuple(_STILL)
