"""Pages and blog posts: lists, single reads, and what a single read can include."""

from collections.abc import Callable
from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v2.inclusions import include_requested
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.store.history import all_versions
from confluence_assets.emulator.store.model import BLOGPOST, PAGE, Content
from confluence_assets.emulator.store.views import CONTENT_SORTS
from confluence_assets.emulator.web.messages import Reply

DEFAULT_STATUSES = {PAGE: ("current", "archived"), BLOGPOST: ("current",)}


def content_filter(call: Call, kind: str) -> Callable[[Content], bool]:
    """What `status`, `space-id`, `title`, `subtype` and the caller's eyes let through."""
    statuses = frozenset(call.get("status") or DEFAULT_STATUSES[kind])
    spaces = frozenset(call.get("space-id") or ())
    title, subtype, reads = call.get("title"), call.get("subtype"), call.viewer.reads
    if not call.switches.list_pages_of_archived_spaces:
        current = {space.id for space in call.store.spaces.values() if space.status == "current"}
        spaces = frozenset((spaces & current) if spaces else current) or frozenset((-1,))

    def admits(row: Content) -> bool:
        return (
            row.status in statuses
            and (not spaces or row.space_id in spaces)
            and (title is None or row.title == title)
            and (subtype is None or (row.subtype or "page") == subtype)
            and reads(row)
        )

    return admits


def _render(call: Call) -> Callable[[Content], dict[str, Any]]:
    representation = call.get("body-format")
    content = call.site.render.content
    return lambda row: content(row, representation)


def _list(call: Call, kind: str) -> Reply:
    admits = content_filter(call, kind)
    sort, descending = call.sort()
    key = CONTENT_SORTS[sort]
    ids = call.get("id")
    if ids:
        found = {content_id: call.store.get(content_id, kind) for content_id in ids}
        rows = sorted((row for row in found.values() if row is not None), key=key)
    else:
        spaces: list[int] = call.get("space-id") or []
        only = spaces[0] if len(spaces) == 1 else None
        rows = call.store.views.contents((kind,), only, sort)
    return call.listing(rows, _render(call), admits, key=key, descending=descending)


def list_pages(call: Call) -> Reply:
    return _list(call, PAGE)


def list_blogposts(call: Call) -> Reply:
    return _list(call, BLOGPOST)


def _list_of_space(call: Call, kind: str) -> Reply:
    space = call.space(call.id())
    admits = content_filter(call, kind)
    roots_only = call.get("depth") == "root"
    sort, descending = call.sort()
    rows = call.store.views.contents((kind,), space.id, sort)
    return call.listing(
        rows,
        _render(call),
        lambda row: admits(row) and not (roots_only and row.parent_id),
        key=CONTENT_SORTS[sort],
        descending=descending,
    )


def list_space_pages(call: Call) -> Reply:
    return _list_of_space(call, PAGE)


def list_space_blogposts(call: Call) -> Reply:
    return _list_of_space(call, BLOGPOST)


def _list_of_label(call: Call, kind: str) -> Reply:
    label = next((label for label, number in call.store.label_ids.items() if number == call.id()), None)
    if label is None:
        raise not_found()
    admits = content_filter(call, kind)
    sort, descending = call.sort()
    key = CONTENT_SORTS[sort]
    found = (call.store.get(content_id, kind) for content_id in call.store.views.labelled().get(label, ()))
    rows = sorted((row for row in found if row is not None), key=key)
    return call.listing(rows, _render(call), admits, key=key, descending=descending)


def list_label_pages(call: Call) -> Reply:
    return _list_of_label(call, PAGE)


def list_label_blogposts(call: Call) -> Reply:
    return _list_of_label(call, BLOGPOST)


def _get(call: Call, kind: str) -> dict[str, Any]:
    content = call.content(call.id(), kind)
    statuses = call.get("status")
    if statuses and content.status not in statuses and "historical" not in statuses:
        raise not_found()
    if content.status == "draft" and (not call.get("get-draft") or content.author != call.viewer.account_id):
        raise not_found()
    row = call.site.render.content(content, call.get("body-format"))
    number = call.get("version")
    if number is not None and number != content.version:
        _show_version(call, content, row, number)
    include_requested(call, content, row)
    if call.get("include-favorited-by-current-user-status"):
        row["isFavoritedByCurrentUser"] = False
    return call.single(row)


def _show_version(call: Call, content: Content, row: dict[str, Any], number: int) -> None:
    versions = all_versions(call.store, content, call.site.bodies.storage)
    if not 1 <= number <= len(versions):
        raise Refusal(404, "Not Found")
    past = versions[number - 1]
    row["title"], row["status"] = past.title, "historical"
    row["version"] = call.site.render.plain_version(past)
    representation = call.get("body-format")
    if representation:
        row["body"][representation]["value"] = past.body()


def get_page(call: Call) -> dict[str, Any]:
    return _get(call, PAGE)


def get_blogpost(call: Call) -> dict[str, Any]:
    return _get(call, BLOGPOST)
