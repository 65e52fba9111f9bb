"""Files uploaded by v1, which alone has that."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.uploads import add_file, add_version
from confluence_assets.emulator.handlers.v1.pages import content_of, list_links, render_for
from confluence_assets.emulator.handlers.v2.attachments import attachment_id
from confluence_assets.emulator.store.model import ATTACHMENT, Content

Row = dict[str, Any]
_EXPANDED: Row = {"version": {}, "container": {}, "extensions": {}}


def _shown(call: Call, content: Content) -> Row:
    return render_for(call).content(content, _EXPANDED)


def _list(call: Call, content: Content) -> Row:
    rows = [_shown(call, content)]
    return {"results": rows, "start": 0, "limit": 200, "size": 1, "_links": list_links(call)}


def create_attachment(call: Call) -> Row:
    return _list(call, add_file(call, content_of(call), may_replace=False))


def create_or_update_attachment(call: Call) -> Row:
    return _list(call, add_file(call, content_of(call), may_replace=True))


def update_attachment_data(call: Call) -> Row:
    attachment = call.content(attachment_id(call, "attachmentId"), ATTACHMENT)
    return _shown(call, add_version(call, content_of(call), attachment))
