"""A file as a stream of bytes that survives cut connections: asked for again from where it was cut, and counted to the end.

Each attempt begins at the site, which signs a new address on its media host: a signed address lives for a minute. It is
followed by the transport, without credentials, and is neither kept nor told.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain

from confluence_assets.api.transport import Transport
from confluence_assets.api.validation import PAGE_BYTES, is_sent_as_file, refuse_login_page
from confluence_assets.api.wire import ByteStream, Reply, Request
from confluence_assets.errors import ProtocolError, TransientError

_MOST_CUTS = 100
"""Cut connections after which a file is given up although each brought some of it."""
_SLOWEST_BYTES_PER_SECOND = 4096
_PATIENCE_SECONDS = 120.0
"""How long a host may be slower than that at the beginning of an answer."""
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@contextmanager
def open_download(
    transport: Transport, request: Request, *, size_bytes: int | None = None
) -> Iterator[Iterator[bytes]]:
    """The bytes of what a GET leads to, as an iterator; the connection is let go at the end of the `with` block.

    Raises (the iterator): TransientError after too many cuts, ProtocolError where the length is not what was said.
    """
    chunks = _Download(transport, request, size_bytes).iter_chunks()
    try:
        yield chunks
    finally:
        chunks.close()


@dataclass(slots=True)
class _Download:
    """How far a download has come."""

    transport: Transport
    request: Request
    size_bytes: int | None
    """How long the file must be, once anybody has said it."""
    received: int = 0
    etag: str = ""

    def iter_chunks(self) -> Generator[bytes, None, None]:
        failures = cuts = 0
        while True:
            before = self.received
            error = yield from self._attempt()
            if error is None:
                return
            cuts += 1
            failures = 1 if self.received > before else failures + 1
            if failures >= self.transport.options.retry.attempts or cuts >= _MOST_CUTS:
                error.attempts = cuts
                raise error
            self.transport.pause(failures)

    def _attempt(self) -> Generator[bytes, None, TransientError | None]:
        """Give what one answer brings. Returns why it ended early; None where the file is whole."""
        reply = self.transport.send(self._continued())
        stream = reply.stream
        if stream is None:
            raise self._wrong(f"was answered with {reply.status} and no file")
        try:
            chunks = self._guarded(reply, stream)
            passed_over = self._check_answer(reply)
            started = self.transport.options.clock.monotonic()
            arrived = 0
            for chunk in chunks:
                arrived += len(chunk)
                self._check_pace(arrived, started)
                fresh = chunk[max(passed_over - (arrived - len(chunk)), 0) :]
                self.received += len(fresh)
                self._check_length()
                if fresh:
                    yield fresh
        except TransientError as error:
            return error
        finally:
            stream.close()
        if self.size_bytes is not None and self.received < self.size_bytes:
            return TransientError(f"{self._call} ended after {self.received} of {self.size_bytes} bytes.")
        return None

    def _guarded(self, reply: Reply, stream: ByteStream) -> Iterator[bytes]:
        """The stream, once it is known that it is no login page: that would be taken for the file. Raises: AccessError."""
        chunks = iter(stream)
        told = reply.headers.get("Content-Length", "")
        is_as_long = self.size_bytes is not None and told == str(self.size_bytes)
        if reply.status != 200 or is_as_long or is_sent_as_file(reply):
            return chunks
        if "html" not in reply.headers.get("Content-Type", "html").lower():
            return chunks
        head = b""
        for chunk in chunks:
            head += chunk
            if len(head) >= PAGE_BYTES:
                break
        refuse_login_page(self.request, reply, head, self.transport.site, self.transport.redactor)
        return chain([head], chunks)

    def _continued(self) -> Request:
        """The request for what is missing still."""
        headers = {**self.request.headers, "Accept-Encoding": "identity"}
        if self.received:
            headers["Range"] = f"bytes={self.received}-"
            if self.etag and not self.etag.startswith("W/"):
                headers["If-Range"] = self.etag
        return replace(self.request, headers=headers, is_streamed=True, wants_json=False, may_leave_origin=True)

    def _check_answer(self, reply: Reply) -> int:
        """How many bytes of this answer are here already."""
        if reply.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
            raise self._wrong("came compressed, which was not asked for")
        etag = reply.headers.get("ETag", "")
        if self.received and etag and self.etag and etag != self.etag:
            raise TransientError(f"{self._call}: the file changed while it was downloaded.")
        self.etag = etag
        start, total = 0, reply.headers.get("Content-Length", "")
        if reply.status == 206:
            place = _CONTENT_RANGE.fullmatch(reply.headers.get("Content-Range", ""))
            if place is None or int(place[1]) > self.received:
                raise self._wrong("was answered with another part of the file than was asked for")
            start, total = int(place[1]), place[2]
        if total.isdigit():
            if self.size_bytes is not None and int(total) != self.size_bytes:
                raise self._wrong(f"gives {total} bytes, where {self.size_bytes} were promised")
            self.size_bytes = int(total)
        return self.received - start

    def _check_length(self) -> None:
        if self.size_bytes is not None and self.received > self.size_bytes:
            raise self._wrong(f"gives more than the {self.size_bytes} bytes that were promised")

    def _check_pace(self, arrived: int, started: float) -> None:
        seconds = self.transport.options.clock.monotonic() - started
        if seconds > _PATIENCE_SECONDS + arrived / _SLOWEST_BYTES_PER_SECOND:
            raise TransientError(f"{self._call} is too slow: {arrived} bytes in {seconds:.0f} seconds.")

    def _wrong(self, what: str) -> ProtocolError:
        return ProtocolError(f"{self._call} {what}.", method=self.request.method)

    @property
    def _call(self) -> str:
        return f"{self.request.method} {self.request.path}"
