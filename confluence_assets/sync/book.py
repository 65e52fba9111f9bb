"""The account of a run: what each table of each space cost, received and became. Safe to write from several threads."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from confluence_assets.api.source import RequestTally
from confluence_assets.errors import AccessError, ConfluenceAssetsError, NotFoundError, UnavailableError
from confluence_assets.sync.contract import SyncMode, TableOutcome
from confluence_assets.tables import Row

NOT_OFFERED = (AccessError, NotFoundError, UnavailableError)
"""Errors that cost one collection and not the run: this site or this account does not offer it."""

_ESSENTIAL = frozenset({"spaces", "pages"})
"""Tables without which there is no sync: an error on them always fails the run."""


@dataclass(slots=True)
class _Line:
    received: int = 0
    skipped: int = 0
    expected: int | None = None
    requests: int = 0
    retries: int = 0
    throttled_seconds: float = 0.0
    error: ConfluenceAssetsError | None = None
    remark: str | None = None


class Book:
    """Collects figures by (table, space key); the empty space key stands for the whole site."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], _Line] = defaultdict(_Line)
        self._lock = Lock()
        self.outcomes: dict[tuple[str, str], TableOutcome] = {}
        self.by_endpoint: dict[str, int] = defaultdict(int)
        self.notes: list[str] = []

    def charge(self, table: str, space_key: str, tally: RequestTally) -> None:
        """Add what a walk cost to the table that it was made for."""
        with self._lock:
            line = self._lines[table, space_key]
            line.requests += tally.requests
            line.retries += tally.retries
            line.throttled_seconds += tally.throttled_seconds
            for endpoint, count in tally.by_endpoint.items():
                self.by_endpoint[endpoint] += count

        for endpoint, said, received in tally.wrong_totals:
            where = f" of space {space_key}" if space_key else ""
            self.note(f"{table}{where}: {endpoint} said that it has {said} rows, {received} came.")

    def receive(self, table: str, space_key: str, count: int) -> None:
        with self._lock:
            self._lines[table, space_key].received += count

    def expect(self, table: str, space_key: str, count: int) -> None:
        with self._lock:
            line = self._lines[table, space_key]
            line.expected = (line.expected or 0) + count

    def skip(self, table: str, space_key: str, count: int, cause: str) -> None:
        """Rows that came and could not be placed; `cause` stands in the ledger."""
        if count:
            with self._lock:
                line = self._lines[table, space_key]
                line.skipped += count
                line.remark = f"{line.skipped} rows skipped: {cause}"

    def fail(self, table: str, space_key: str, error: ConfluenceAssetsError) -> None:
        """Book that a table of a space (empty: of every space) was not read to its end; the first error stays."""
        with self._lock:
            line = self._lines[table, space_key]
            line.error = line.error or error

    def error_of(self, table: str, space_key: str) -> ConfluenceAssetsError | None:
        """Why this table of this space is not complete, be it for the space alone or for the whole site."""
        with self._lock:
            for key in ((table, space_key), (table, "")):
                if key in self._lines and self._lines[key].error is not None:
                    return self._lines[key].error
        return None

    def has_errors(self, table: str) -> bool:
        """Whether any listing of this table did not come to its end, be it only that the account may not read it."""
        with self._lock:
            return any(name == table and line.error is not None for (name, _), line in self._lines.items())

    def note(self, text: str) -> None:
        with self._lock:
            if text not in self.notes:
                self.notes.append(text)

    def settle(self, outcome: TableOutcome) -> TableOutcome:
        """Complete an outcome with the figures of its walk and keep it."""
        with self._lock:
            line = self._lines.get((outcome.table, outcome.space_key), _Line())
            error = line.error
            settled = replace(
                outcome,
                received=outcome.received or line.received,
                skipped=line.skipped,
                expected=line.expected,
                requests=line.requests,
                retries=line.retries,
                throttled_seconds=round(line.throttled_seconds, 3),
                error=str(error) if error else outcome.error or line.remark,
                is_failure=outcome.is_failure or (error is not None and is_failure(outcome.table, error)),
            )
            self.outcomes[outcome.table, outcome.space_key] = settled
        return settled

    def unsettled(self) -> Iterator[TableOutcome]:
        """Outcomes for lines that no commit settled: tables that failed for the whole site, walks that found nothing."""
        with self._lock:
            keys = [
                key for key, line in self._lines.items() if key not in self.outcomes and (line.requests or line.error)
            ]
        for table, space_key in keys:
            yield self.settle(TableOutcome(table=table, space_key=space_key))

    def ledger_rows(self, run_id: str, mode: SyncMode, started_at: datetime, finished_at: datetime) -> list[Row]:
        """Rows of `sync_ledger`, by table and space."""
        return [
            {
                "run_id": run_id,
                "table_name": outcome.table,
                "space_key": outcome.space_key,
                "mode": mode.value,
                "started_at": started_at,
                "finished_at": finished_at,
                "expected": outcome.expected,
                "received": outcome.received,
                "upserted": outcome.added + outcome.changed,
                "unchanged": outcome.unchanged,
                "removed": outcome.removed,
                "skipped": outcome.skipped,
                "requests": outcome.requests,
                "retries": outcome.retries,
                "throttled_seconds": outcome.throttled_seconds,
                "error": outcome.error,
            }
            for _, outcome in sorted(self.outcomes.items())
        ]


def is_failure(table: str, error: ConfluenceAssetsError) -> bool:
    """Whether this error on this table fails the run, rather than costing that table only."""
    return table in _ESSENTIAL or not is_not_offered(error)


def is_not_offered(error: ConfluenceAssetsError) -> bool:
    """Whether the error says that this site or account does not offer the collection.

    A 401 says so only where it speaks of scopes; any other in the middle of a run (the account is asked again at its end)
    is a fault, and so is a login page.
    """
    if not isinstance(error, NOT_OFFERED):
        return False
    if isinstance(error, AccessError) and error.status != 403:
        return "scope" in f"{error.message} {error.excerpt}".lower()
    return True
