"""The bytes of attachments, made when they are asked for, and the signed addresses under which the media host gives them."""

import hashlib
import hmac
import struct
import time
import zlib
from typing import Any
from urllib.parse import quote

from confluence_assets.emulator.store.model import Content
from confluence_assets.emulator.store.store import Store

MEDIA_TYPES = {
    "txt": "text/plain", "csv": "text/csv", "md": "text/markdown", "log": "text/plain", "json": "application/json",
    "png": "image/png", "pdf": "application/pdf", "svg": "image/svg+xml", "zip": "application/zip",
}  # fmt: skip
DESCRIPTIONS = {"text/plain": "Text File", "image/png": "PNG Image", "application/pdf": "PDF Document"}


def media_type_of(name: str) -> str:
    return MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def file_bytes(content: Content, version: int | None = None) -> bytes:
    """What the file holds: given with an upload, or made to measure."""
    extra = _extra_of(content, version)
    if "bytes" in extra:
        return bytes(extra["bytes"])
    size = int(extra["size"])
    number = content.version if version is None else version
    if extra["media_type"] == "image/png":
        return _padded(_png(content.id + number), size)
    if extra["media_type"] == "application/pdf":
        return _padded(pdf(f"{content.title}, version {number}"), size)
    line = f"{content.title} version {number}: line of file {content.id}\n".encode()
    return (line * (size // len(line) + 1))[:size]


def _extra_of(content: Content, version: int | None) -> dict[str, Any]:
    if version is not None and version != content.version and content.history is not None:
        past = content.history[version - 1]
        if past.extra is not None:
            return past.extra
    return content.extra or {}


def _padded(start: bytes, size: int) -> bytes:
    return start[:size] if len(start) >= size else start + b"\n" * (size - len(start))


def _png(shade: int) -> bytes:
    """A plain square of 16 by 16."""
    colour = bytes((shade * 37 % 256, shade * 91 % 256, shade * 53 % 256))
    rows = (b"\x00" + colour * 16) * 16

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pdf(text: str) -> bytes:
    """One page with one line of text."""
    safe = text.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    stream = b"BT /F1 12 Tf 72 720 Td (" + safe + b") Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(stream)).encode() + b" >>\nstream\n" + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += str(number).encode() + b" 0 obj\n" + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n" + str(start).encode() + b"\n%%EOF\n"
    return bytes(out)


class Media:
    """Signs and checks addresses of the media host. They expire by the real clock, as a user would meet it."""

    def __init__(self, store: Store) -> None:
        self._key = store.uuid("media").encode()

    def sign(self, content: Content, version: int, seconds: int) -> str:
        """Path and query of a file."""
        expires = int(time.time()) + seconds
        file_id = (content.extra or {}).get("file_id", "")
        token = f"{content.id}.{version}.{expires}.{self._signature(content.id, version, expires)}"
        return f"/file/{file_id}/binary?token={token}&client=embedded&name={quote(content.title)}"

    def check(self, token: str) -> tuple[int, int] | None:
        """Content id and version of a token that is ours and still good."""
        try:
            content_id, version, expires, signature = token.split(".")
            good = hmac.compare_digest(signature, self._signature(int(content_id), int(version), int(expires)))
        except ValueError:
            return None
        return (int(content_id), int(version)) if good and int(expires) >= time.time() else None

    def _signature(self, content_id: int, version: int, expires: int) -> str:
        message = f"{content_id}.{version}.{expires}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()
