"""What hangs on a content: pages below it, comments, files."""

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.datacenter.pages import (
    Row,
    content_cap,
    content_of,
    expansion,
    offset_page,
    render_for,
)  # fmt: skip
from confluence_assets.emulator.problems import Refusal
from confluence_assets.emulator.render.bodies import view
from confluence_assets.emulator.render.datacenter import KINDS_OF
from confluence_assets.emulator.store.model import COMMENTS, INLINE, Content

_LOCATIONS = ("footer", "inline", "resolved")


def _page(call: Call, rows: list[Content], default: int = 25) -> Row:
    expand, render = expansion(call), render_for(call)
    return offset_page(
        call, rows, lambda row: render.content(row, expand), default=default, most=content_cap(call, expand)
    )


def _kind(call: Call) -> str:
    kind = call.arguments["type"]
    if kind not in KINDS_OF:
        raise Refusal(400, f"Unsupported content type: {kind}")
    return kind


def get_children(call: Call) -> Row:
    """Which kinds of children there are; expanded, their first pages."""
    content, render = content_of(call), render_for(call)
    return dict(render.content(content, {"children": expansion(call)})["children"])


def list_children(call: Call) -> Row:
    return _page(call, render_for(call).children(content_of(call), _kind(call)))


def list_comments(call: Call) -> Row:
    """Roots, or with `depth=all` the replies too; of some locations, or of all."""
    content, render = content_of(call), render_for(call)
    wanted = [part for value in call.request.query.get("location", []) for part in value.split(",") if part]
    for location in wanted:
        if location not in _LOCATIONS:
            raise Refusal(400, f"Invalid location: {location}")
    if call.get("depth") not in (None, "", "all", "root"):
        raise Refusal(400, f"Invalid depth: {call.get('depth')}")
    rows = render.children(content, "comment")
    if call.get("depth") == "all":
        rows = _with_replies(call, rows)
    return _page(call, [row for row in rows if not wanted or render.location(row) in wanted])


def _with_replies(call: Call, roots: list[Content]) -> list[Content]:
    found, pending = [], list(roots)
    while pending:
        row = pending.pop(0)
        found.append(row)
        pending.extend(call.store.replies.get(row.id, ()))
    return sorted(found, key=lambda row: row.id)


def list_attachments(call: Call) -> Row:
    name, media_type = call.get("filename"), call.get("mediaType")
    rows = [
        row
        for row in render_for(call).children(content_of(call), "attachment")
        if name in (None, "", row.title) and media_type in (None, "", (row.extra or {}).get("media_type"))
    ]
    return _page(call, rows, 50)


def list_inline_comments(call: Call) -> list[Row]:
    """What the inline comments plugin shows on a page: open and resolved roots."""
    call.arguments["id"] = call.get("containerId")
    render, found = render_for(call), []
    for row in render.children(content_of(call), "comment"):
        extra = row.extra or {}
        if row.kind != INLINE:
            continue
        author, is_resolved = render.user(row.author), render.location(row) == "resolved"
        found.append(
            {
                "id": row.id,
                "originalSelection": extra.get("selection", ""),
                "markerRef": extra.get("marker", ""),
                "body": view(call.site.bodies.storage(row)),
                "authorUserName": author["username"],
                "authorDisplayName": author["displayName"],
                "containerId": row.container_id,
                "resolveProperties": {"resolved": is_resolved, "resolvedByDangling": False},
            }
        )
    return found


def _below(call: Call, top: Content, kind: str) -> list[Content]:
    store = call.store
    if kind == "page":
        rows = [row for row, _ in store.descendants(top.id) if row.kind == "page"]
    elif kind == "comment" and top.kind not in COMMENTS:
        roots = [row for row in store.contained.get(top.id, ()) if row.kind in COMMENTS]
        rows = _with_replies(call, roots)
    else:
        rows = [row for row in store.contained.get(top.id, ()) if row.kind in KINDS_OF[kind]]
    return [row for row in sorted(rows, key=lambda row: row.id) if row.status == "current" and call.viewer.reads(row)]


def list_descendants(call: Call) -> Row:
    return _page(call, _below(call, content_of(call), _kind(call)))


def get_descendants(call: Call) -> Row:
    content, render, expand = content_of(call), render_for(call), expansion(call)
    path = f"/content/{content.api_id}/descendant"
    found: Row = {"_links": render.self_link(path), "_expandable": {}}
    for kind in KINDS_OF:
        if kind in expand:
            rows = [render.content(row, expand[kind]) for row in _below(call, content, kind)]
            found[kind] = render.sub_list(rows, f"{path}/{kind}", content_cap(call, expand))
        else:
            found["_expandable"][kind] = f"/rest/api{path}/{kind}"
    return found
