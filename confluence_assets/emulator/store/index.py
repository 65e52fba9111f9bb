"""The search index behind CQL, which runs behind the database by a set time (a switch, in the site's own seconds)."""

import copy
from dataclasses import dataclass

from confluence_assets.emulator.clock import Clock
from confluence_assets.emulator.config import Switches
from confluence_assets.emulator.store.model import Content
from confluence_assets.emulator.store.store import Store


@dataclass(slots=True)
class Indexed:
    """What the index knows of a content: as it was, with its labels."""

    content: Content
    labels: list[tuple[str, str]]


@dataclass(slots=True)
class _Pending:
    due_ms: int
    before: Indexed | None


class SearchIndex:
    """Holds back what changed until its time has come."""

    def __init__(self, store: Store, clock: Clock, switches: Switches) -> None:
        self._store = store
        self._clock = clock
        self._switches = switches
        self._pending: dict[int, _Pending] = {}

    def note(self, content: Content, *, is_new: bool = False) -> None:
        """Say that a content is about to change, or has just been made."""
        if self._switches.index_lag_seconds <= 0:
            return
        due = self._clock.now_ms + round(self._switches.index_lag_seconds * 1000)
        known = self._pending.get(content.id)
        if known is not None and known.due_ms > self._clock.now_ms:
            known.due_ms = due
            return
        before = None if is_new else Indexed(copy.copy(content), list(self._store.labels.get(content.id, ())))
        self._pending[content.id] = _Pending(due, before)

    def seen(self, content: Content) -> Indexed | None:
        """The content as the index knows it; None where it does not know it yet."""
        pending = self._pending.get(content.id)
        if pending is not None:
            if pending.due_ms > self._clock.now_ms:
                return pending.before
            del self._pending[content.id]
        return Indexed(content, self._store.labels.get(content.id, _NO_LABELS))

    def catch_up(self) -> int:
        """Index everything now; returns how much was held back."""
        count = len(self._pending)
        self._pending.clear()
        return count


_NO_LABELS: list[tuple[str, str]] = []
