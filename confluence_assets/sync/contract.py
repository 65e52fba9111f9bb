"""What a caller of a sync says, and what it hears back. No Dagster here: the asset floor and the command line both use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class SyncMode(StrEnum):
    """How much is asked of the site."""

    FULL = "full"
    """Everything again, bodies included; what is the same is left as it is."""
    INCREMENTAL = "incremental"
    """What changed, and a sweep without bodies that proves that nothing was missed."""
    CONTENT = "content"
    """Only what the change streams show: a handful of requests."""


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What one run is to do.

    `space_keys` None means every space in scope; `tables` None means every table that is switched on (derived ones too).
    `allow_removals` lets a removal held by `removal_limit` pass.
    """

    mode: SyncMode = SyncMode.INCREMENTAL
    space_keys: tuple[str, ...] | None = None
    tables: frozenset[str] | None = None
    allow_removals: bool = False
    publish_at_once: bool = True
    """Somebody waits for the result; else `publish_interval_seconds` holds."""
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class TableOutcome:
    """What became of one table of one space (`space_key` empty for tables of the whole site) in one run."""

    table: str
    space_key: str
    row_count: int = 0
    received: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    skipped: int = 0
    expected: int | None = None
    requests: int = 0
    retries: int = 0
    throttled_seconds: float = 0.0
    path: str | None = None
    """Path of the committed file or folder, relative to the site's folder."""
    error: str | None = None
    is_failure: bool = False
    """True where `error` makes the run fail; false for a collection that this site or account does not offer."""

    @property
    def is_changed(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(slots=True)
class SyncReport:
    """The account of one run, as the command line prints it and Dagster shows it."""

    run_id: str
    site: str
    mode: SyncMode
    started_at: datetime
    finished_at: datetime | None = None
    account: str = ""
    base_url: str = ""
    outcomes: list[TableOutcome] = field(default_factory=list)
    requests: int = 0
    retries: int = 0
    throttled_seconds: float = 0.0
    requests_by_endpoint: dict[str, int] = field(default_factory=dict)
    space_keys: tuple[str, ...] = ()
    """All spaces that the lake holds after the run: the partitions that should exist."""
    row_counts: dict[str, int] = field(default_factory=dict)
    """Rows of each table in the lake after the run."""
    published: bool = False
    published_rows: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Rows that were added, changed and removed by this publication, by table; those without news are left out."""
    publication_due_at: datetime | None = None
    """When a publication that was put off is due; the sensor `<site>_publication` or the next run makes it."""
    database_path: str = ""
    failures: list[str] = field(default_factory=list)
    """One line per space or table that failed: what, where, next step."""
    notes: list[str] = field(default_factory=list)
    """What is not offered, was skipped, or is worth knowing; never a failure."""

    @property
    def is_ok(self) -> bool:
        return not self.failures

    @property
    def is_changed(self) -> bool:
        return any(outcome.is_changed for outcome in self.outcomes)


class SyncObserver(Protocol):
    """Hears of a sync while it runs; called from the thread that runs the sync."""

    def on_stage(self, stage: str) -> None:
        """A new stage began, in words for a person: `pages`, `comments`, `publishing`."""
        ...

    def on_progress(self, counts: Mapping[str, int], requests: int) -> None:
        """Rows received so far by table."""
        ...

    def on_committed(self, outcome: TableOutcome) -> None:
        """A table of a space was committed, or failed, or was found unchanged."""
        ...

    def on_settled(self) -> None:
        """All rows are in the lake, nothing more will be committed; the database is being published meanwhile."""
        ...

    def on_note(self, text: str) -> None:
        """Something worth a line in the log."""
        ...


class SilentObserver:
    """An observer that does nothing."""

    def on_stage(self, stage: str) -> None:
        """Ignore it."""

    def on_progress(self, counts: Mapping[str, int], requests: int) -> None:
        """Ignore it."""

    def on_committed(self, outcome: TableOutcome) -> None:
        """Ignore it."""

    def on_settled(self) -> None:
        """Ignore it."""

    def on_note(self, text: str) -> None:
        """Ignore it."""
