"""Files: the servlet that streams them, ranges included, and their text (10.0)."""

import re
from urllib.parse import quote

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.datacenter.pages import Row, content_of
from confluence_assets.emulator.parameters import parse_long
from confluence_assets.emulator.problems import not_found
from confluence_assets.emulator.render.files import file_bytes
from confluence_assets.emulator.store.model import ATTACHMENT, Content
from confluence_assets.emulator.web.messages import Reply

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_MISSING = b"<html><head><title>Page Not Found</title></head><body><h1>Page Not Found</h1></body></html>"


def download(call: Call) -> Reply:
    """The bytes, for whoever may read the content; HTML with 404 where there is no such file or version."""
    file = _file(call)
    version = call.get("version") or (file.version if file else 0)
    if file is None or not 1 <= version <= file.version:
        return Reply(404, _MISSING, "text/html;charset=UTF-8")
    content = file_bytes(file, version)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.title)}",
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
    }
    media_type = str((file.extra or {}).get("media_type", "application/octet-stream"))
    asked = _RANGE.fullmatch(call.request.headers.get("range", ""))
    if asked is None or asked.groups() == ("", ""):
        return Reply(200, content, media_type, headers)
    return _part(content, asked, media_type, headers)


def _part(content: bytes, asked: re.Match[str], media_type: str, headers: dict[str, str]) -> Reply:
    size = len(content)
    if asked[1]:
        first, last = int(asked[1]), min(int(asked[2]), size - 1) if asked[2] else size - 1
    else:
        first, last = max(0, size - int(asked[2])), size - 1
    if first > last or first >= size:
        return Reply(416, b"", "text/plain", {**headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Reply(206, content[first : last + 1], media_type, headers)


def _file(call: Call) -> Content | None:
    """The file of that name on that content, where the caller may read it."""
    container_id = parse_long("id", call.arguments["id"])
    held = [row for row in call.store.contained.get(container_id, ()) if row.kind == ATTACHMENT]
    named = [row for row in held if row.title == call.arguments["name"] and row.status != "trashed"]
    return next((row for row in named if call.viewer.reads(row)), None)


def get_text(call: Call) -> Row | Reply:
    """What the search index made of the file; 204 where it holds no text."""
    container, file = content_of(call), content_of(call, "attachmentId", ATTACHMENT)
    if file.container_id != container.id:
        raise not_found("The attachment does not belong to that content.")
    media_type = str((file.extra or {}).get("media_type"))
    if media_type.startswith("text/") or media_type == "application/json":
        text = file_bytes(file).decode("utf-8", "replace")
    elif media_type == "application/pdf":
        text = " ".join(_PDF_TEXT.findall(file_bytes(file).decode("latin-1")))
    else:
        return Reply(204)
    return {"extractedText": text[: call.get("limit")] if call.get("limit") else text}


_PDF_TEXT = re.compile(r"\((.*?)\) Tj")
