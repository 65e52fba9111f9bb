"""A lean HTTP/1.1 server on asyncio: keep-alive, pipelining in order, and delays that block nobody else."""

import asyncio
import contextlib
import time
import traceback
from collections.abc import Callable
from email.utils import formatdate

from confluence_assets.emulator.web.messages import Reply, Request

Handler = Callable[[Request], Reply]
MAX_HEAD_BYTES = 1 << 18
MAX_BODY_BYTES = 64 << 20


_last_date: tuple[int, str] = (0, "")


def http_date() -> str:
    """The machine's time as a `Date` header; made once a second."""
    global _last_date
    now = int(time.time())
    if _last_date[0] != now:
        _last_date = (now, formatdate(now, usegmt=True))
    return _last_date[1]


class BadRequest(Exception):
    """What came is not HTTP that we speak."""


class HttpProtocol(asyncio.Protocol):
    """One connection. Requests are answered one by one, in the order in which they came."""

    __slots__ = ("buffer", "busy", "handler", "live", "loop", "timer", "transport")

    def __init__(self, handler: Handler, live: set["HttpProtocol"]) -> None:
        self.handler = handler
        self.live = live
        self.loop = asyncio.get_running_loop()
        self.buffer = bytearray()
        self.busy = False
        self.transport: asyncio.Transport | None = None
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  (asyncio's own contract)
        self.transport = transport
        self.live.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.live.discard(self)
        self.transport = None
        if self.timer is not None:
            self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.advance()

    def advance(self) -> None:
        """Answer what is complete in the buffer."""
        while not self.busy and self.transport is not None and not self.transport.is_closing():
            try:
                request = self._take_request()
            except BadRequest as error:
                self._send(Reply(400, str(error).encode(), "text/plain"), close=True)
                return
            if request is None:
                return
            self._answer(request)

    def _take_request(self) -> Request | None:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self.buffer) > MAX_HEAD_BYTES:
                raise BadRequest("head too large")
            return None
        lines = self.buffer[:end].decode("latin-1").split("\r\n")
        try:
            method, target, _ = lines[0].split(" ", 2)
            headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
            length = int(headers.get("content-length", "0"))
        except ValueError:
            raise BadRequest("not HTTP") from None
        start = end + 4
        if "chunked" in headers.get("transfer-encoding", "").lower():
            taken = self._take_chunks(start)
            if taken is None:
                return None
            body, stop = taken
        else:
            if length > MAX_BODY_BYTES:
                raise BadRequest("body too large")
            if len(self.buffer) < start + length:
                if headers.get("expect", "").lower() == "100-continue" and self.transport is not None:
                    self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return None
            stop = start + length
            body = bytes(self.buffer[start:stop])
        del self.buffer[:stop]
        return Request(method, target, headers, body)

    def _take_chunks(self, position: int) -> tuple[bytes, int] | None:
        parts: list[bytes] = []
        while True:
            line_end = self.buffer.find(b"\r\n", position)
            if line_end < 0:
                return None
            try:
                size = int(bytes(self.buffer[position:line_end]).split(b";")[0], 16)
            except ValueError:
                raise BadRequest("bad chunk") from None
            data_start = line_end + 2
            if len(self.buffer) < data_start + size + 2:
                return None
            if size == 0:
                return b"".join(parts), data_start + 2
            parts.append(bytes(self.buffer[data_start : data_start + size]))
            position = data_start + size + 2

    def _answer(self, request: Request) -> None:
        try:
            reply = self.handler(request)
        except Exception:  # a defect of the emulator must reach whoever debugs it, not kill the connection
            reply = Reply(500, traceback.format_exc().encode(), "text/plain")
        close = request.headers.get("connection", "").lower() == "close"
        with_body = request.method != "HEAD"
        if reply.delay_seconds > 0:
            self.busy = True
            self.timer = self.loop.call_later(reply.delay_seconds, self._send_late, reply, with_body, close)
        else:
            self._send(reply, with_body=with_body, close=close)

    def _send_late(self, reply: Reply, with_body: bool, close: bool) -> None:
        self.busy = False
        self._send(reply, with_body=with_body, close=close)
        self.advance()

    def _send(self, reply: Reply, *, with_body: bool = True, close: bool = False) -> None:
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if reply.is_reset:
            transport.abort()
            return
        reply.headers.setdefault("Date", http_date())
        message = reply.encode(with_body=with_body, close=close)
        if reply.cut_after_bytes is not None:
            transport.write(message[: len(message) - len(reply.body) + reply.cut_after_bytes])
            self.busy = True  # nothing more on this line
            self.timer = self.loop.call_later(reply.hold_seconds, transport.close)
            return
        transport.write(message)
        if close:
            transport.close()


class HttpServer:
    """A listening socket with a handler behind it."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.live: set[HttpProtocol] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: HttpProtocol(self.handler, self.live), "127.0.0.1", port, backlog=512
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for protocol in list(self.live):
            if protocol.transport is not None:
                protocol.transport.abort()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), 2)
        self._server = None
