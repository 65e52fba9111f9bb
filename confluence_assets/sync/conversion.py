"""Bodies converted on every core: small jobs in this process, large ones by workers."""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from queue import SimpleQueue
from types import TracebackType

from confluence_assets.convert.worker import Body, Conversion, convert_body, read_message, write_message
from confluence_assets.errors import StorageError

_BATCH_BYTES = 256 * 1024
_WORTH_WORKERS_BYTES = 2 * 1024 * 1024
"""Below this, starting a worker costs more than it brings."""
_MOST_WORKERS = 4


class _Worker:
    """One worker process and its two streams."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "confluence_assets.convert"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own module

    def ask(self, batch: list[Body]) -> list[Conversion]:
        requests, answers = self._process.stdin, self._process.stdout
        try:
            if requests is None or answers is None:
                raise EOFError
            write_message(requests, batch)
            conversions: list[Conversion] = read_message(answers)
        except (EOFError, OSError) as error:
            raise StorageError(
                f"A conversion worker ended before its time (exit code {self._process.poll()}).",
                hint="Memory may have run out. Nothing of its batch was written; the next run converts it again.",
            ) from error
        return conversions

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):  # it ended before its time, which `ask` has told
                    stream.close()
        self._process.wait(10)


class Converters(AbstractContextManager["Converters"]):
    """Converts bodies, in the order in which they come. Workers are started when there is enough to do for them."""

    def __init__(self, workers: int | None = None) -> None:
        self._count = min(os.cpu_count() or 1, _MOST_WORKERS) if workers is None else workers
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._workers: list[_Worker] = []
        self._threads = ThreadPoolExecutor(max(self._count, 1), thread_name_prefix="convert")
        self._seen_bytes = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def convert(self, bodies: Iterable[Body]) -> Iterator[Conversion]:
        """Yield what became of each body, in order; a few batches are under way at a time."""
        under_way: deque[Future[list[Conversion]]] = deque()
        for batch in _batches(bodies):
            if self._is_worth_workers(batch):
                under_way.append(self._threads.submit(self._ask_worker, batch))
                if len(under_way) > 2 * self._count:
                    yield from under_way.popleft().result()
            else:
                yield from map(convert_body, batch)
        while under_way:
            yield from under_way.popleft().result()

    def _is_worth_workers(self, batch: list[Body]) -> bool:
        self._seen_bytes += sum(len(body.storage) for body in batch)
        if self._count <= 1 or self._seen_bytes <= _WORTH_WORKERS_BYTES:
            return False
        while len(self._workers) < self._count:
            self._workers.append(_Worker())
            self._idle.put(self._workers[-1])
        return True

    def _ask_worker(self, batch: list[Body]) -> list[Conversion]:
        worker = self._idle.get()
        try:
            return worker.ask(batch)
        finally:
            self._idle.put(worker)


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
