"""The site's own time: it stands still, and moves a fixed step with every edit, so that a history can be repeated."""

from datetime import UTC, datetime


def parse_time(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 time; a time without a zone is UTC."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def iso(milliseconds: int) -> str:
    """`2026-11-16T08:00:00.000Z`, the form of Cloud."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{rest:03d}Z"


class Clock:
    """Time in milliseconds; set it, advance it, or let edits tick it."""

    __slots__ = ("now_ms", "step_ms")

    def __init__(self, now: str, step_seconds: float) -> None:
        self.now_ms = parse_time(now)
        self.step_ms = round(step_seconds * 1000)

    def tick(self) -> int:
        """Move one step and return the new time: what an edit is stamped with."""
        self.now_ms += self.step_ms
        return self.now_ms

    def advance(self, seconds: float) -> int:
        self.now_ms += round(seconds * 1000)
        return self.now_ms

    def set(self, text: str) -> int:
        self.now_ms = parse_time(text)
        return self.now_ms
