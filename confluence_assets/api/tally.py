"""Counting what a piece of work costs: nested counters, one stack per thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from confluence_assets.api.source import RequestTally


class Tallies(threading.local):
    """The open counters of each thread. `requests` counts what was sent, retries included."""

    def __init__(self) -> None:
        self._open: list[RequestTally] = []

    @contextmanager
    def count(self) -> Iterator[RequestTally]:
        """Count what this thread does inside the block; blocks nest, each counts what is inside it."""
        tally = RequestTally()
        self._open.append(tally)
        try:
            yield tally
        finally:
            self._open = [other for other in self._open if other is not tally]

    def add_request(self, label: str, *, is_retry: bool) -> None:
        for tally in self._open:
            tally.requests += 1
            tally.retries += is_retry
            tally.by_endpoint[label] = tally.by_endpoint.get(label, 0) + 1

    def add_wrong_total(self, label: str, said: int, received: int) -> None:
        for tally in self._open:
            tally.wrong_totals.append((label, said, received))

    def add_wait(self, seconds: float) -> None:
        for tally in self._open:
            tally.throttled_seconds += seconds
