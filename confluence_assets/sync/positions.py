"""How far the lake has seen the site: one position per change stream, in the site's own time.

A position says: every change up to then, in every covered space, is in the lake. It stands in the site's state file,
is written after all spaces' files, and moves only when a run on everything came to its end without a failure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from confluence_assets.sync.filters import filter_mark
from confluence_assets.sync.options import SyncOptions

OVERLAP = timedelta(minutes=10)
"""How far behind its position a walk goes on: rows that were being written when it passed are seen again."""

STREAM_TABLES = {
    "pages": "pages",
    "blogposts": "blogposts",
    "footer_comments": "comments",
    "inline_comments": "comments",
    "attachments": "attachments",
    "tasks": "tasks",
}
"""Change streams and the tables that they feed."""


def is_stream_wanted(stream: str, options: SyncOptions) -> bool:
    """Whether the owner wants what this stream brings."""
    if stream == "inline_comments" and not options.inline_comments:
        return False
    return STREAM_TABLES[stream] in options.tables()


@dataclass(slots=True)
class Positions:
    """Positions by stream, and the ids of the spaces that they hold for."""

    seen_until: dict[str, datetime] = field(default_factory=dict)
    covered_space_ids: frozenset[str] = frozenset()
    unguarded_space_ids: frozenset[str] = frozenset()
    """Spaces whose contents came while restrictions were switched off, or whose run was killed while it wrote: who may read
    them is not known since."""
    unfinished_runs: tuple[str, ...] = ()
    """Runs that were killed while they wrote: what they told stands, and is not told again."""

    taskless_space_ids: frozenset[str] = frozenset()
    """Spaces that were written to while tasks were switched off, or could not all be read: their bodies are read for them."""
    filters: dict[str, Any] | None = None
    """What the owner chose when the lake was last written to; None where that was not kept."""

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Positions":
        """Positions as the site's state file holds them."""
        return cls(
            seen_until={stream: datetime.fromisoformat(text) for stream, text in state.get("seen_until", {}).items()},
            covered_space_ids=frozenset(state.get("covered_space_ids", ())),
            taskless_space_ids=frozenset(state.get("taskless_space_ids", ())),
            filters=state.get("filters"),
            unguarded_space_ids=frozenset(state.get("unguarded_space_ids", ())),
            unfinished_runs=tuple(state.get("unfinished_runs", ())),
        )

    def to_state(self) -> dict[str, Any]:
        """The positions as JSON values."""
        return {
            "seen_until": {stream: seen.isoformat() for stream, seen in sorted(self.seen_until.items())},
            "covered_space_ids": sorted(self.covered_space_ids),
            "taskless_space_ids": sorted(self.taskless_space_ids),
            "filters": self.filters,
            "unguarded_space_ids": sorted(self.unguarded_space_ids),
            "unfinished_runs": list(self.unfinished_runs),
        }

    def follow(self, options: SyncOptions) -> bool:
        """Take up what the owner chooses now. True where that is new: then no space is covered until it is walked again."""
        chosen = filter_mark(options)
        if chosen == self.filters:
            return False
        self.filters = chosen
        self.covered_space_ids = frozenset()
        self.seen_until = {
            stream: seen for stream, seen in self.seen_until.items() if is_stream_wanted(stream, options)
        }
        return True

    def latest(self) -> datetime | None:
        """The earliest of all positions: what the whole lake has seen."""
        return min(self.seen_until.values(), default=None)

    def move(self, stream: str, seen_until: datetime | None) -> None:
        """Move one stream on; a position never goes back."""
        if seen_until is not None:
            self.seen_until[stream] = max(seen_until, self.seen_until.get(stream, seen_until))


def after_walk(newest: Mapping[str, datetime], elapsed_seconds: float, streams: Iterable[str]) -> dict[str, datetime]:
    """Safe positions after full walks in a stable order: the newest time seen less the time that the walks took.

    What was edited behind the walk's back was edited after the walk began; the walk began at most `elapsed_seconds`
    before the newest time that it saw. Only a duration is measured here, never the local clock.
    """
    back = timedelta(seconds=elapsed_seconds)
    return {stream: newest[STREAM_TABLES[stream]] - back for stream in streams if STREAM_TABLES[stream] in newest}
