"""What `include-…` adds to a single read: the first 50 of a collection that has an address of its own."""

from collections.abc import Callable
from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.paging import binding_of, encode_cursor
from confluence_assets.emulator.store.history import all_versions
from confluence_assets.emulator.store.model import TREE, Content

MOST = 50


def capped(call: Call, rows: list[Any], path: str, key: Callable[[Any], list[Any]]) -> dict[str, Any]:
    meta: dict[str, Any] = {"hasMore": len(rows) > MOST}
    if len(rows) > MOST:
        meta["cursor"] = encode_cursor(key(rows[MOST - 1]), binding_of(path, {}))
    return {"results": rows[:MOST], "meta": meta, "_links": {"self": f"{call.request.path}/{path}"}}


def operations_of(call: Call, content: Content) -> list[dict[str, str]]:
    """What the caller may do with it."""
    kind = "comment" if content.kind.endswith("comment") else content.kind
    target = kind if kind in ("page", "blogpost", "comment", "attachment") else "page"
    found = [{"operation": "read", "targetType": target}]
    if call.viewer.updates(content):
        found += [{"operation": name, "targetType": target} for name in ("update", "delete")]
    return found


def include_requested(call: Call, content: Content, row: dict[str, Any]) -> None:
    """Add to `row` what the query asked for."""
    render, store = call.site.render, call.store
    if call.get("include-labels"):
        labels = [render.label(label) for label in store.labels.get(content.id, ())]
        row["labels"] = capped(call, labels, "labels", lambda label: [int(label["id"])])
    if call.get("include-properties"):
        held = [render.property(found) for found in store.properties.get(content.id, {}).values()]
        row["properties"] = capped(call, held, "properties", lambda found: [found["key"]])
    if call.get("include-operations"):
        row["operations"] = capped(call, operations_of(call, content), "operations", lambda found: [found["operation"]])
    if call.get("include-likes"):
        likes = [{"accountId": account} for account in store.likes.get(content.id, ())]
        row["likes"] = capped(call, likes, "likes/users", lambda like: [like["accountId"]])
    if call.get("include-versions"):
        versions = reversed(all_versions(store, content, call.site.bodies.storage))
        rows = [render.plain_version(version) for version in versions]
        row["versions"] = capped(call, rows, "versions", lambda version: [version["number"]])
    if call.get("include-direct-children") and content.kind in TREE:
        listed = [child for child in store.children.get(content.id, ()) if child.status in ("current", "archived")]
        children = [child_row(child) for child in listed if call.viewer.reads(child)]
        row["directChildren"] = capped(call, children, "direct-children", lambda child: [int(child["id"])])
    if call.get("include-version") is False:
        row.pop("version", None)


def child_row(child: Content) -> dict[str, Any]:
    return {
        "id": str(child.id),
        "status": child.status,
        "title": child.title,
        "type": child.kind,
        "spaceId": str(child.space_id),
        "childPosition": child.position,
    }
