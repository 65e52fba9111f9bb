"""Data Center: addresses that write contents. All versions have them."""

from confluence_assets.emulator.handlers.datacenter import writes
from confluence_assets.emulator.parameters import text, texts
from confluence_assets.emulator.web.routing import Parameter, Route

BASE = "/rest/api/content"
_EXPAND: dict[str, Parameter] = {"expand": text}
_STATUS: dict[str, Parameter] = {"status": texts()}
_CHANGE: dict[str, Parameter] = {**_STATUS, "conflictPolicy": text, "asyncReconciliation": text}
_FILES = f"{BASE}/{{id}}/child/attachment"
_KIND = "datacenter"

ROUTES = [
    Route("POST", BASE, writes.create_content, {**_EXPAND, **_STATUS}, _KIND),
    Route("PUT", f"{BASE}/{{id}}", writes.update_content, _CHANGE, _KIND),
    Route("DELETE", f"{BASE}/{{id}}", writes.delete_content, _STATUS, _KIND),
    Route("POST", _FILES, writes.create_attachment, {**_EXPAND, **_STATUS, "allowDuplicated": text}, _KIND),
    Route("POST", f"{_FILES}/{{attachmentId}}/data", writes.update_attachment_data, {}, _KIND),
    Route("POST", f"{BASE}/{{id}}/property", writes.create_property, {}, _KIND),
    Route("PUT", f"{BASE}/{{id}}/property/{{key}}", writes.update_property, _EXPAND, _KIND),
    Route("DELETE", f"{BASE}/{{id}}/property/{{key}}", writes.delete_property, {}, _KIND),
]
