"""A file as `multipart/form-data`, made here so that names in any script arrive as they are."""

import secrets
from urllib.parse import quote

from confluence_assets.api.client.writer import Upload


def encode_upload(upload: Upload) -> tuple[bytes, str]:
    """The body and its content type. `minorEdit` stands in it because the API demands it; no watcher is told of the file."""
    boundary = _boundary(upload.content)
    mark = f"--{boundary}\r\n".encode()
    fields = {"minorEdit": "true", **({"comment": upload.comment} if upload.comment else {})}
    parts = [mark + _field(name, value) for name, value in fields.items()]
    head = (
        f'Content-Disposition: form-data; name="file"; filename="{_quoted(upload.filename)}"\r\n'
        f"Content-Type: {upload.media_type}\r\n\r\n"
    ).encode()
    body = b"".join((*parts, mark, head, upload.content, b"\r\n", f"--{boundary}--\r\n".encode()))
    return body, f"multipart/form-data; boundary={boundary}"


def _boundary(content: bytes) -> str:
    while True:
        found = secrets.token_hex(16)
        if found.encode() not in content:
            return found


def _field(name: str, value: str) -> bytes:
    return (
        f'Content-Disposition: form-data; name="{name}"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{value}\r\n'
    ).encode()


def _quoted(filename: str) -> str:
    """As browsers do it: UTF-8, with quotes and line ends percent-encoded."""
    return "".join(quote(one) if one in '"\r\n' else one for one in filename)
