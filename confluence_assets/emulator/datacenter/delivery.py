"""Takes webhook requests to their receivers, from a thread of its own, and to this machine only."""

import http.client
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one request went. `status` is 0 where nobody answered."""

    outcome: str
    status: int
    description: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request to make, and who is told how it went."""

    url: str
    headers: dict[str, str]
    body: bytes
    tell: Callable[["Parcel", Outcome, float], object]


def send(url: str, headers: dict[str, str], body: bytes, timeout: float = TIMEOUT_SECONDS) -> Outcome:
    """Make the request; never raises for what the network does."""
    address = urlsplit(url)
    if address.scheme != "http" or address.hostname not in ("127.0.0.1", "localhost"):
        return Outcome("ERROR", 0, f"Not delivered: {url} is not on this machine.")
    target = address.path or "/"
    if address.query:
        target += f"?{address.query}"
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 80, timeout=timeout)
    try:
        connection.request("POST", target, body, headers)
        reply = connection.getresponse()
        reply.read()
    except (OSError, http.client.HTTPException) as error:
        return Outcome("ERROR", 0, f"{type(error).__name__}: {error}")
    finally:
        connection.close()
    kind = "SUCCESS" if 200 <= reply.status < 300 else "FAILURE"
    return Outcome(kind, reply.status, str(reply.status))


class Courier:
    """A queue and a thread that empties it, started with the first parcel."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Parcel | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def post(self, parcel: Parcel) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="embedded-webhooks", daemon=True)
                self._thread.start()
        self._queue.put(parcel)

    def _work(self) -> None:
        while True:
            parcel = self._queue.get()
            if parcel is None:
                self._queue.task_done()
                return
            started = time.monotonic()
            outcome = send(parcel.url, parcel.headers, parcel.body)
            parcel.tell(parcel, outcome, time.monotonic() - started)
            self._queue.task_done()

    def drain(self, timeout_seconds: float) -> bool:
        """Wait until everything is delivered; False where that took too long."""
        end = time.monotonic() + timeout_seconds
        while self._queue.unfinished_tasks:
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def close(self) -> None:
        """Stop after what is under way."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join(TIMEOUT_SECONDS + 1)
