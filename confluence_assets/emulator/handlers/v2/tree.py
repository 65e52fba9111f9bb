"""The content tree: folders and the like by id, children, descendants, ancestors."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v2.inclusions import child_row, include_requested
from confluence_assets.emulator.store.model import CUSTOM, PAGE, Content
from confluence_assets.emulator.store.views import CONTENT_SORTS
from confluence_assets.emulator.web.messages import Reply

LISTED = ("current", "archived")
FAMILIES = {
    "pages": "page", "folders": "folder", "whiteboards": "whiteboard", "databases": "database", "embeds": "embed",
    "blogposts": "blogpost", "attachments": "attachment", "custom-content": "custom", "footer-comments": "footer-comment",
    "inline-comments": "inline-comment",
}  # fmt: skip
"""The segment of a path and the kind behind it."""


def kind_of(call: Call) -> str:
    return FAMILIES[call.route.template.split("/")[4]]


def get_node(call: Call) -> dict[str, Any]:
    content = call.content(call.id(), kind_of(call))
    row = call.site.render.node(content)
    include_requested(call, content, row)
    return call.single(row)


def list_children(call: Call) -> Reply:
    """Child pages only: the older address."""
    parent = call.content(call.id(), PAGE)
    return _children(call, parent, pages_only=True)


def list_direct_children(call: Call) -> Reply:
    return _children(call, call.content(call.id(), kind_of(call)), pages_only=False)


def _children(call: Call, parent: Content, *, pages_only: bool) -> Reply:
    sort, descending = call.sort("child-position")
    key = CONTENT_SORTS[sort]
    rows = sorted(call.store.children.get(parent.id, ()), key=key)
    reads = call.viewer.reads

    def admits(row: Content) -> bool:
        return row.status in LISTED and (not pages_only or row.kind == PAGE) and reads(row)

    def render(row: Content) -> dict[str, Any]:
        found = child_row(row)
        if pages_only:
            del found["type"]
        return found

    return call.listing(rows, render, admits, key=key, descending=descending)


def list_custom_children(call: Call) -> Reply:
    parent = call.content(call.id(), CUSTOM)
    rows = sorted(call.store.contained_of(parent, CUSTOM), key=CONTENT_SORTS["id"])

    def render(row: Content) -> dict[str, Any]:
        found = child_row(row)
        del found["childPosition"]
        found["type"] = row.custom_type
        found["spaceId"] = str(call.store.space_of(row).id)
        return found

    return call.listing(rows, render, lambda row: row.status in LISTED and call.viewer.reads(row))


def list_descendants(call: Call) -> Reply:
    top = call.content(call.id(), kind_of(call))
    depth = call.get("depth", 2)
    found = [(row, level) for row, level in call.store.descendants(top.id) if level <= depth]
    found.sort(key=lambda pair: pair[0].id)

    def render(pair: tuple[Content, int]) -> dict[str, Any]:
        row, level = pair
        return {
            "id": str(row.id),
            "status": row.status,
            "title": row.title,
            "type": row.kind,
            "parentId": str(row.parent_id),
            "depth": level,
            "childPosition": row.position,
        }

    return call.listing(
        found,
        render,
        lambda pair: pair[0].status in LISTED and call.viewer.reads(pair[0]),
        key=lambda pair: (pair[0].id,),
    )


def list_ancestors(call: Call) -> dict[str, Any]:
    """From the top down, the nearest `limit` of them; no cursor. Ask again with the first one for those above it."""
    content = call.content(call.id(), kind_of(call))
    nearest = call.store.ancestors(content)[-call.query["limit"] :]
    return {
        "results": [{"id": str(row.id), "type": row.kind} for row in nearest],
        "_links": {"base": f"{call.site.base_url}/wiki"},
    }
