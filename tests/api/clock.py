"""Time that tests own."""

import threading
from datetime import UTC, datetime, timedelta

from confluence_assets.api.limits import Clock, RetryPolicy
from confluence_assets.api.transport import TransportOptions

START = datetime(2026, 3, 26, 15, 0, tzinfo=UTC)


class OwnedTime:
    """Moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.sleeps: list[float] = []
        self._lock = threading.Lock()

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.sleeps.append(seconds)
            self.seconds += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.seconds, lambda: START + timedelta(seconds=self.seconds), self.sleep)


def quick_options(time: OwnedTime | None = None, **policy: object) -> TransportOptions:
    """Options whose waiting takes no time."""
    retry = RetryPolicy(**{"jitter": (1.0, 1.0), **policy})  # type: ignore[arg-type]
    return TransportOptions(retry=retry, clock=(time or OwnedTime()).clock(), read_timeout_seconds=5.0)
