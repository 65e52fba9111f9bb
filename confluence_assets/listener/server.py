"""The server: connections, their number and their deadlines, and a clean end on SIGTERM and SIGINT. Knows no payloads."""

import asyncio
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus

from confluence_assets.listener.http import BODY_BYTES, HEAD_BYTES, Answer, RefusedError, read_body, read_head
from confluence_assets.listener.receiver import Receiver

CONNECTIONS = 64
READ_SECONDS = 10.0
CLOSE_SECONDS = 5.0
_LINGER_SECONDS = 1.0

_log = logging.getLogger("confluence_assets.listener")


class ListenerServer:
    """Listens and answers. A context manager of asyncio: `async with ListenerServer(receiver, host, port) as server`.

    Raises (at start): OSError where the port is taken, StorageError where hints can't be kept.
    """

    def __init__(
        self,
        receiver: Receiver,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        connections: int = CONNECTIONS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._receiver = receiver
        self._address = (host, port)
        self._limit = connections
        self._read_seconds = read_seconds
        self._open: set[asyncio.Task[None]] = set()
        # The inbox has one writer at a time anyway, and a thread of its own keeps the loop free while the disk works.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="inbox")

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> "ListenerServer":
        self._receiver.open()
        host, port = self._address
        self._server = await asyncio.start_server(self._serve, host, port, limit=HEAD_BYTES)
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Take no more, and let what has begun come to its end."""
        self._server.close()
        if self._open:
            _done, late = await asyncio.wait(self._open, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()
        await self._server.wait_closed()
        self._writer.shutdown()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        try:
            if answer := await self._answer(reader, writer):
                async with asyncio.timeout(self._read_seconds):
                    writer.write(answer.to_bytes())
                    await writer.drain()
                    if answer.status >= 400:
                        await _let_finish(reader, writer)
        except (ConnectionError, TimeoutError) as error:
            _log.info("a sender left: %s", type(error).__name__)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer | None:
        """The answer to one request; None where none came. Logs method, route, status and event, and nothing else."""
        route = "-"
        try:
            if len(self._open) > self._limit:
                raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections", headers={"Retry-After": "5"})
            async with asyncio.timeout(self._read_seconds):
                request = await read_head(reader)
                if request is None:
                    return None
                route = _loggable(f"{request.method} {request.path}")
                if self._receiver.admit(request):
                    request = replace(request, body=await read_body(reader, writer, request))
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._writer, self._receiver.answer, request)
        except RefusedError as refusal:
            answer = refusal.answer
        except TimeoutError:
            answer = RefusedError(HTTPStatus.REQUEST_TIMEOUT, "the request took too long").answer
        except ConnectionError:
            raise
        except Exception as error:
            _log.error("%s failed: %s", route, type(error).__name__)
            answer = Answer(HTTPStatus.INTERNAL_SERVER_ERROR)
        _log.log(
            logging.INFO if answer.status < 400 else logging.WARNING, "%s %d %s", route, answer.status, answer.note
        )
        return answer


async def _let_finish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read on for a moment: closing before a sender is done resets the connection, and it never sees the answer."""
    writer.write_eof()
    with suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_SECONDS):
            for _chunk in range(2 * BODY_BYTES // HEAD_BYTES):
                if not await reader.read(HEAD_BYTES):
                    return


def _loggable(text: str) -> str:
    """At most 80 printable characters, so that nobody writes lines into the log."""
    return "".join(character if character.isprintable() else "?" for character in text[:80])


async def serve(
    server: ListenerServer, announce: Callable[[int], object], prepare: Callable[[int], object] | None = None
) -> None:
    """Serve until SIGTERM or SIGINT. `prepare` runs beside it, as soon as it listens; what it raises ends the serving."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        async with server:
            announce(server.port)
            if prepare is not None:
                await asyncio.to_thread(prepare, server.port)
            await stopping.wait()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
