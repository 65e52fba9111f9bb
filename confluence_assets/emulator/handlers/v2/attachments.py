"""Attachments: site-wide, of a container, by label, and single reads."""

from collections.abc import Callable
from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v2.inclusions import include_requested
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.store.model import ATTACHMENT, BLOGPOST, CUSTOM, FOOTER, PAGE, Content
from confluence_assets.emulator.store.views import CONTENT_SORTS
from confluence_assets.emulator.web.messages import Reply


def attachment_id(call: Call, name: str = "id") -> int:
    """`att123` or `123`."""
    value = call.arguments[name]
    digits = value.removeprefix("att")
    if not (digits.isascii() and digits.isdigit()):
        raise Refusal(
            400, f"Provided value {{{value}}} for '{name}' is not the correct type. Expected type is ContentId."
        )
    return int(digits)


def _filter(call: Call) -> Callable[[Content], bool]:
    statuses = frozenset(call.get("status") or ("current", "archived"))
    media_type, name, reads = call.get("mediaType"), call.get("filename"), call.viewer.reads
    root_of = call.store.root_of

    def admits(row: Content) -> bool:
        if row.status not in statuses or (name is not None and row.title != name):
            return False
        if row.status != "trashed" and root_of(row).status not in ("current", "archived"):
            return False  # what hangs on trashed content is out of sight with it
        return (media_type is None or (row.extra or {}).get("media_type") == media_type) and reads(row)

    return admits


def _answer(call: Call, rows: list[Content], *, is_sorted: bool = False) -> Reply:
    sort, descending = call.sort()
    key = CONTENT_SORTS[sort]
    rows = rows if is_sorted else sorted(rows, key=key)
    return call.listing(rows, call.site.render.attachment, _filter(call), key=key, descending=descending)


def list_attachments(call: Call) -> Reply:
    sort, _ = call.sort()
    return _answer(call, call.store.views.contents((ATTACHMENT,), None, sort), is_sorted=True)


def _list_of(call: Call, kind: str) -> Reply:
    return _answer(call, call.store.contained_of(call.content(call.id(), kind), ATTACHMENT))


def list_page_attachments(call: Call) -> Reply:
    return _list_of(call, PAGE)


def list_blogpost_attachments(call: Call) -> Reply:
    return _list_of(call, BLOGPOST)


def list_custom_content_attachments(call: Call) -> Reply:
    return _list_of(call, CUSTOM)


def list_label_attachments(call: Call) -> Reply:
    label = next((label for label, number in call.store.label_ids.items() if number == call.id()), None)
    if label is None:
        raise not_found()
    found = (call.store.get(content_id, ATTACHMENT) for content_id in call.store.views.labelled().get(label, ()))
    return _answer(call, [row for row in found if row is not None])


def get_attachment(call: Call) -> dict[str, Any]:
    content = call.content(attachment_id(call), ATTACHMENT)
    row = call.site.render.attachment(content)
    include_requested(call, content, row)
    return call.single(row)


def list_attachment_comments(call: Call) -> Reply:
    """Comments on a file."""
    holder = call.content(attachment_id(call), ATTACHMENT)
    sort, descending = call.sort()
    key, representation = CONTENT_SORTS[sort], call.get("body-format")
    rows = sorted(call.store.contained_of(holder, FOOTER), key=key)
    comment = call.site.render.comment
    return call.listing(rows, lambda row: comment(row, representation), key=key, descending=descending)


def get_thumbnail(call: Call) -> Reply:
    content = call.content(attachment_id(call), ATTACHMENT)
    if not str((content.extra or {}).get("media_type", "")).startswith("image/"):
        raise Refusal(400, "There is no thumbnail for this attachment.")
    version = call.get("version") or content.version
    if not 1 <= version <= content.version:
        raise Refusal(400, "There is no such version.")
    address = call.site.media.sign(content, version, call.switches.media_url_seconds)
    return Reply(302, headers={"Location": call.site.media_url + address})
