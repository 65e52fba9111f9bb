"""Footer and inline comments: site-wide, of a container, replies, and single reads."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v2.inclusions import include_requested
from confluence_assets.emulator.problems import not_found
from confluence_assets.emulator.store.history import all_versions
from confluence_assets.emulator.store.model import BLOGPOST, CUSTOM, FOOTER, INLINE, PAGE, Content
from confluence_assets.emulator.store.views import CONTENT_SORTS
from confluence_assets.emulator.web.messages import Reply

LISTED = ("current", "archived")  # what hangs on trashed content is out of sight with it


def _answer(call: Call, rows: list[Content], *, is_sorted_by: str = "") -> Reply:
    sort, descending = call.sort()
    key = CONTENT_SORTS[sort]
    if is_sorted_by != sort:
        rows = sorted(rows, key=key)
    representation, comment = call.get("body-format"), call.site.render.comment
    statuses = frozenset(call.get("status") or ("current",))
    resolutions = frozenset(call.get("resolution-status") or ())
    reads, root_of = call.viewer.reads, call.store.root_of

    def admits(row: Content) -> bool:
        if row.status not in statuses or not reads(row) or root_of(row).status not in LISTED:
            return False
        return not resolutions or (row.extra or {}).get("resolution", "open") in resolutions

    return call.listing(rows, lambda row: comment(row, representation), admits, key=key, descending=descending)


def _list_all(call: Call, kind: str) -> Reply:
    sort, _ = call.sort()
    rows = call.store.views.contents((kind,), None, sort)
    if not call.switches.site_comment_lists_include_replies:
        rows = call.store.views.cached((kind, "roots", sort), lambda: [row for row in rows if not row.parent_id])
    return _answer(call, rows, is_sorted_by=sort)


def list_footer_comments(call: Call) -> Reply:
    return _list_all(call, FOOTER)


def list_inline_comments(call: Call) -> Reply:
    return _list_all(call, INLINE)


def _list_of(call: Call, holder_kind: str, kind: str) -> Reply:
    holder = call.content(call.id(), holder_kind)
    return _answer(call, call.store.contained_of(holder, kind))


def list_page_footer_comments(call: Call) -> Reply:
    return _list_of(call, PAGE, FOOTER)


def list_page_inline_comments(call: Call) -> Reply:
    return _list_of(call, PAGE, INLINE)


def list_blogpost_footer_comments(call: Call) -> Reply:
    return _list_of(call, BLOGPOST, FOOTER)


def list_blogpost_inline_comments(call: Call) -> Reply:
    return _list_of(call, BLOGPOST, INLINE)


def list_custom_content_comments(call: Call) -> Reply:
    return _list_of(call, CUSTOM, FOOTER)


def _children(call: Call, kind: str) -> Reply:
    parent = call.content(call.id(), kind)
    return _answer(call, [row for row in call.store.replies.get(parent.id, ()) if row.kind == kind])


def list_footer_children(call: Call) -> Reply:
    return _children(call, FOOTER)


def list_inline_children(call: Call) -> Reply:
    return _children(call, INLINE)


def _get(call: Call, kind: str) -> dict[str, Any]:
    comment = call.content(call.id("comment-id"), kind)
    row = call.site.render.comment(comment, call.get("body-format"))
    number = call.get("version")
    if number is not None and number != comment.version:
        versions = all_versions(call.store, comment, call.site.bodies.storage)
        if not 1 <= number <= len(versions):
            raise not_found()
        past = versions[number - 1]
        row["version"], row["status"] = call.site.render.plain_version(past), "historical"
        if call.get("body-format"):
            row["body"][call.get("body-format")]["value"] = past.body()
    include_requested_of_comment(call, comment, row)
    return call.single(row)


def include_requested_of_comment(call: Call, comment: Content, row: dict[str, Any]) -> None:
    """As for other content, but the inline markers stand beside the included properties."""
    markers = row.pop("properties", None)
    include_requested(call, comment, row)
    if markers is not None:
        row["properties"] = {**row.get("properties", {}), **markers}


def get_footer_comment(call: Call) -> dict[str, Any]:
    return _get(call, FOOTER)


def get_inline_comment(call: Call) -> dict[str, Any]:
    return _get(call, INLINE)
