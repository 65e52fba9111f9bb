"""Files that come as `multipart/form-data`: v1's on Cloud, and Data Center's."""

import base64
import re
from dataclasses import dataclass

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.writing import check_size, edit, require_open, require_right
from confluence_assets.emulator.problems import Refusal
from confluence_assets.emulator.store.model import ATTACHMENT, Content

_BOUNDARY = re.compile(r"boundary=\"?([^\";]+)\"?")
_NAME = re.compile(r'[; ]name="([^"]*)"')
_FILENAME = re.compile(r'filename="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form."""

    name: str
    filename: str | None
    media_type: str | None
    content: bytes


def read_form(call: Call) -> list[Part]:
    """The fields of the form. Raises: Refusal 415 where none came, 403 without the header against forged requests, 413."""
    if call.request.headers.get("x-atlassian-token", "").lower() not in ("nocheck", "no-check"):
        raise Refusal(403, "XSRF check failed")
    check_size(call, call.switches.attachment_limit_bytes)
    kind = call.request.headers.get("content-type", "")
    boundary = _BOUNDARY.search(kind)
    if not kind.startswith("multipart/form-data") or boundary is None:
        raise Refusal(415, "The content type must be multipart/form-data.")
    mark = b"--" + boundary[1].encode()
    pieces = call.request.body.split(mark)
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    told = headers.get("content-disposition", "")
    name, filename = _NAME.search(told), _FILENAME.search(told)
    plain = None
    if filename:
        plain = filename[1].replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
    return Part(name[1] if name else "", plain, headers.get("content-type"), content.removesuffix(b"\r\n"))


def _file_of(form: list[Part]) -> Part:
    found = next((part for part in form if part.name == "file"), None)
    if found is None or not found.filename:
        raise Refusal(400, "At least one file must be uploaded.")
    return found


def _comment_of(form: list[Part]) -> str:
    return next((part.content.decode("utf-8", "replace") for part in form if part.name == "comment"), "")


def add_file(call: Call, holder: Content, *, may_replace: bool) -> Content:
    """A new file; one of a name that is there is its next version where `may_replace`, else refused."""
    form = read_form(call)
    found = _file_of(form)
    require_right(call, call.store.space_of(holder), "create", "attachment")
    known = call.store.file_name_taken(holder.id, str(found.filename))
    if known is not None and not may_replace:
        raise Refusal(
            400, f"Cannot add a new attachment with same file name as an existing attachment: {found.filename}"
        )
    encoded = base64.b64encode(found.content).decode()
    made = edit(
        call, "upload", container=holder.api_id, filename=found.filename, base64=encoded,
        media_type=found.media_type or "", comment=_comment_of(form),
    )  # fmt: skip
    return call.store.contents[int(str(made["id"]).removeprefix("att"))]


def add_version(call: Call, holder: Content, attachment: Content) -> Content:
    """The next version of a file, whatever the new one is called."""
    form = read_form(call)
    found = _file_of(form)
    if attachment.kind != ATTACHMENT or attachment.container_id != holder.id or attachment.status == "trashed":
        raise Refusal(404, f"No attachment {attachment.api_id} on content {holder.api_id}")
    require_open(call, call.store.space_of(holder))
    require_right(call, call.store.space_of(holder), "create", "attachment")
    encoded = base64.b64encode(found.content).decode()
    edit(call, "new_file_version", id=attachment.api_id, base64=encoded, comment=_comment_of(form))
    return attachment
