"""Bodies converted on every core: small jobs in this process, large ones by workers.

Bodies may be handed over as soon as they are read: workers convert them while the site is still being asked, and what
comes out waits on disk until the documents are made. Nothing hangs on that: what did not wait there is converted then.
"""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from hashlib import blake2b
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryFile
from threading import Lock
from types import TracebackType

from confluence_assets.convert.worker import Body, Conversion, convert_body, read_message, unpack, write_message
from confluence_assets.errors import StorageError
from confluence_assets.tables import Row

_BATCH_BYTES = 256 * 1024
_WORTH_WORKERS_BYTES = 2 * 1024 * 1024
"""Below this, starting a worker costs more than it brings."""
_MOST_WORKERS = 4
_EARLY_BATCHES = 4
"""Batches for each worker that wait while the site is read; what comes faster is converted later."""
_ID_COLUMNS = {"pages": "page_id", "blogposts": "blogpost_id", "comments": "comment_id"}


class _Worker:
    """One worker process and its two streams."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "confluence_assets.convert"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own module

    def ask(self, batch: list[Body]) -> list[bytes]:
        """Conversions of a batch, packed. Raises: StorageError where the worker is gone."""
        requests, answers = self._process.stdin, self._process.stdout
        try:
            if requests is None or answers is None:
                raise EOFError
            write_message(requests, batch)
            packed: list[bytes] = read_message(answers)
        except (EOFError, OSError) as error:
            raise StorageError(
                f"A conversion worker ended before its time (exit code {self._process.poll()}).",
                hint="Memory may have run out. Nothing of its batch was written; the next run converts it again.",
            ) from error
        return packed

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):  # it ended before its time, which `ask` has told
                    stream.close()
        self._process.wait(10)


class _Crew:
    """Workers, started when there is enough to do for them, each asked by one thread at a time."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._threads = ThreadPoolExecutor(max(count, 1), thread_name_prefix="convert")
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._workers: list[_Worker] = []
        self._seen_bytes = 0

    def is_worth(self, size: int) -> bool:
        """Whether so many more bytes are work for workers."""
        self._seen_bytes += size
        return self.count > 1 and self._seen_bytes > _WORTH_WORKERS_BYTES

    def submit(self, batch: list[Body]) -> Future[list[bytes]]:
        while len(self._workers) < self.count:
            self._workers.append(_Worker())
            self._idle.put(self._workers[-1])
        return self._threads.submit(self._ask, batch)

    def _ask(self, batch: list[Body]) -> list[bytes]:
        worker = self._idle.get()
        try:
            return worker.ask(batch)
        except StorageError:
            # One that has ended would fail every batch after this one, too.
            worker = _Worker()
            self._workers.append(worker)
            raise
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._workers:
            worker.close()


class _Shelf:
    """Conversions that wait on disk, by id, each with a mark of what it was made from."""

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`; nobody else can open it
        self._end = 0
        self._places: dict[str, tuple[bytes, int, int]] = {}

    def put(self, marks: Iterable[tuple[str, bytes]], packed: Iterable[bytes]) -> None:
        self._file.seek(self._end)
        for (content_id, mark), one in zip(marks, packed, strict=True):
            self._file.write(one)
            self._places[content_id] = (mark, self._end, len(one))
            self._end += len(one)

    def take(self, body: Body) -> Conversion | None:
        """What was made from exactly this body, once."""
        mark, start, length = self._places.pop(body.content_id, (b"", 0, 0))
        if not length or body.answers is not None or mark != _mark(body):
            return None
        self._file.seek(start)
        return unpack(self._file.read(length))

    def close(self) -> None:
        self._file.close()


class Converters(AbstractContextManager["Converters"]):
    """Converts bodies. `folder` is where conversions that are made early wait; without it none are."""

    def __init__(self, folder: Path | None = None, workers: int | None = None) -> None:
        self._crew = _Crew(min(os.cpu_count() or 1, _MOST_WORKERS) if workers is None else workers)
        self._shelf = None if folder is None else _Shelf(folder)
        self._early: deque[tuple[list[tuple[str, bytes]], Future[list[bytes]]]] = deque()
        self._gathered: list[Body] = []
        self._lock = Lock()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._crew.close()
        if self._shelf is not None:
            self._shelf.close()

    def begin(self, bodies: Iterable[Body]) -> None:
        """Have these bodies converted meanwhile, as far as the workers keep up. Safe to call from several threads."""
        if self._shelf is None:
            return
        with self._lock:
            self._gathered += bodies
            size = sum(len(body.storage) for body in self._gathered)
            if size < _BATCH_BYTES:
                return
            batch, self._gathered = self._gathered, []
            self._shelve(wait=False)
            if self._crew.is_worth(size) and len(self._early) < _EARLY_BATCHES * self._crew.count:
                marks = [(body.content_id, _mark(body)) for body in batch]
                self._early.append((marks, self._crew.submit(batch)))

    def _shelve(self, *, wait: bool) -> None:
        while self._shelf is not None and self._early and (wait or self._early[0][1].done()):
            marks, future = self._early.popleft()
            # What a worker failed at is converted when its document is made: a listing must not fail for it.
            with suppress(StorageError):
                self._shelf.put(marks, future.result())

    def convert(self, bodies: Iterable[Body]) -> Iterator[Conversion]:
        """Yield what became of each body; a few batches are under way at a time."""
        with self._lock:
            self._gathered.clear()
            self._shelve(wait=True)
        rest: list[Body] = []
        for body in bodies:
            waiting = self._shelf.take(body) if self._shelf is not None else None
            if waiting is None:
                rest.append(body)
            else:
                yield waiting
        yield from self._convert_now(rest)

    def _convert_now(self, bodies: Iterable[Body]) -> Iterator[Conversion]:
        under_way: deque[Future[list[bytes]]] = deque()
        for batch in _batches(bodies):
            if self._crew.is_worth(sum(len(body.storage) for body in batch)):
                under_way.append(self._crew.submit(batch))
                if len(under_way) > 2 * self._crew.count:
                    yield from map(unpack, under_way.popleft().result())
            else:
                yield from map(convert_body, batch)
        while under_way:
            yield from map(unpack, under_way.popleft().result())


def bodies_of(table: str, rows: Iterable[Row]) -> list[Body]:
    """Bodies of those of the rows of a table that have one, as documents are made of them."""
    id_column = _ID_COLUMNS.get(table)
    if id_column is None:
        return []
    return [
        Body(row[id_column], row["space_key"], row.get("title"), row["body_storage"], row.get("container_id"))
        for row in rows
        if row.get("body_storage")
    ]


def _mark(body: Body) -> bytes:
    made_from = repr((body.space_key, body.title, body.container_id, len(body.storage))) + body.storage
    return blake2b(made_from.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _batches(bodies: Iterable[Body]) -> Iterator[list[Body]]:
    batch: list[Body] = []
    size = 0
    for body in bodies:
        batch.append(body)
        size += len(body.storage)
        if size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
