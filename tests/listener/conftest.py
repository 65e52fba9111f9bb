import asyncio
import hashlib
import hmac
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from confluence_assets.inbox import Inbox
from confluence_assets.listener import ListenerServer, Receiver, ReceiverOptions

SECRET = "correct horse battery staple"
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)


def signature(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass
class Sender:
    """Speaks HTTP to a listener that runs in a thread of this process."""

    port: int
    inbox: Inbox

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def datacenter(self, payload: Any, **headers: str) -> int:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.send("POST", "/datacenter", body, **{"X_Hub_Signature": signature(body), **headers})[0]

    def automation(self, payload: Any, path: str = "/automation", **headers: str) -> int:
        return self.send("POST", path, json.dumps(payload).encode(), **{"X_Webhook_Secret": SECRET, **headers})[0]

    def kept(self) -> list[tuple[str, str, str | None, str | None]]:
        return [(hint.source, hint.event, hint.space_key, hint.content_id) for hint in self.inbox.peek()]


@contextmanager
def listening(folder: Path, now: Callable[[], datetime] = lambda: NOON, **limits: Any) -> Iterator[Sender]:
    """A listener in a thread, stopped at the end."""
    receiver = Receiver(folder, ReceiverOptions(secret=SECRET, now=now))
    ready, ports, loops, stops = (
        threading.Event(),
        list[int](),
        list[asyncio.AbstractEventLoop](),
        list[asyncio.Event](),
    )

    async def serve() -> None:
        stop = asyncio.Event()
        async with ListenerServer(receiver, **limits) as server:
            ports.append(server.port)
            loops.append(asyncio.get_running_loop())
            stops.append(stop)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield Sender(ports[0], Inbox(folder))
    finally:
        loops[0].call_soon_threadsafe(stops[0].set)
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[Sender]:
    with listening(tmp_path / "acme") as running:
        yield running
