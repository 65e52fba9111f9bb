"""As much of HTTP/1.1 as a receiver needs: one bounded request per connection, read within one deadline. Knows no routes."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

BODY_BYTES = 1 << 20
HEAD_BYTES = 16 << 10


@dataclass(frozen=True, slots=True)
class Request:
    """A request, with header names in lower case. The body may be read later; then it is empty here."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a small JSON object. `note` goes to the log and not to the sender."""

    status: HTTPStatus
    content: Mapping[str, object] = field(default_factory=dict)
    note: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The answer on the wire; every connection ends with it."""
        body = json.dumps(self.content or {"status": self.status.phrase}).encode()
        fields = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            **self.headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\n{head}\r\n".encode("ascii") + body


class RefusedError(Exception):
    """The request can't be taken; `answer` says why."""

    def __init__(self, status: HTTPStatus, note: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(note)
        self.answer = Answer(status, {"error": note}, note, headers or {})


async def read_head(reader: asyncio.StreamReader) -> Request | None:
    """Request line and headers; None where the sender left without a word. Raises: RefusedError."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise RefusedError(HTTPStatus.BAD_REQUEST, "the request broke off") from error
    except asyncio.LimitOverrunError as error:
        raise RefusedError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too long") from error
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[1].startswith("/"):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "this is not an HTTP/1 request")
    return Request(words[0], words[1].partition("?")[0], _headers(lines))


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip() or name.lower() in headers:
            # A header twice, or folded, means two readings of one request.
            raise RefusedError(HTTPStatus.BAD_REQUEST, "a header is malformed or repeated")
        headers[name.lower()] = value.strip()
    return headers


async def read_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request) -> bytes:
    """The body, as long as its declared length. Raises: RefusedError."""
    length = body_length(request)
    if request.headers.get("expect", "").lower() == "100-continue" and length:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
    try:
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "the body broke off") from error


def body_length(request: Request) -> int:
    """The declared length. Raises: RefusedError where there is none, or too much."""
    if "transfer-encoding" in request.headers or "content-length" not in request.headers:
        raise RefusedError(HTTPStatus.LENGTH_REQUIRED, "Content-Length is needed")
    text = request.headers["content-length"]
    if not (text.isascii() and text.isdigit()):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "Content-Length is not a number")
    if len(text) > 12 or int(text) > BODY_BYTES:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {BODY_BYTES} bytes")
    return int(text)
