"""Rows of one table from one walk, for any number of partitions: compared with what is committed, then committed.

A stage decides nothing about deletion: whether a listing was complete, and which missing rows stay, is said by the caller.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from confluence_assets.errors import StorageError
from confluence_assets.lake.align import Kind, Span, align, keys_of
from confluence_assets.lake.committed import iter_file
from confluence_assets.lake.rows import HEAVY_HASH, Layout, RowEncoder, Values, to_rows
from confluence_assets.lake.runs import BUFFER_BYTES, SortedRuns
from confluence_assets.tables import Grain, Row


@dataclass(frozen=True, slots=True)
class Change:
    """A row that is new (`old` None), missing (`new` None) or different. Hidden and, unless asked for, heavy columns are left out."""

    key: Values
    old: Row | None
    new: Row | None


@dataclass(frozen=True, slots=True)
class PartitionDiff:
    """What a commit of a full listing would do. `missing_keys` are read anew each time they are iterated."""

    added: int
    changed: int
    unchanged: int
    missing: int
    missing_keys: Iterable[Values] = field(repr=False, compare=False)

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.missing)


@dataclass(frozen=True, slots=True)
class CommitResult:
    """What a commit did. `path` is relative to the site's folder; `generation` is empty where no row is left."""

    row_count: int
    added: int
    changed: int
    unchanged: int
    removed: int
    path: str
    generation: str
    wrote: bool

    @property
    def is_changed(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class CommitOrder:
    """What is to be committed besides the rows."""

    partition: str | None
    synced_at: datetime
    run_id: str
    keep_missing: bool | Callable[[Values], bool]
    space_id: str | None
    watermark: str | None
    extra: dict[str, str]


class Home(Protocol):
    """What a stage asks of the lake that it belongs to."""

    def path_of(self, layout: Layout, partition: str | None) -> Path: ...

    def staging_folder(self) -> Path: ...

    def commit_stage(self, stage: "Stage", order: CommitOrder) -> CommitResult: ...


class Stage(AbstractContextManager["Stage"]):
    """Made by `Lake.stage`. Safe to add to from several threads; what was staged stays until the stage is closed."""

    def __init__(
        self, home: Home, layout: Layout, *, run_id: str, has_heavy: bool, buffer_bytes: int = BUFFER_BYTES
    ) -> None:
        self.layout = layout
        self.run_id = run_id
        self.has_heavy = has_heavy
        self._home = home
        self._encoder = RowEncoder(layout)
        self._runs = SortedRuns(layout, home.staging_folder, buffer_bytes=buffer_bytes)
        self._lock = threading.RLock()
        self._partition_of = _partition_rule(layout)
        self._hidden: pa.Array | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of memory and temporary files."""
        self._runs.close()

    def add(self, rows: list[Row], *, partition: str | None = None, has_heavy: bool | None = None) -> None:
        """Stage rows; those without `partition` go where their `space_key` (or, by day, `created_at`) says.

        Of two rows with one key the higher version stays, else the later. `has_heavy` says for these rows whether
        their bodies are in them; a stage without bodies takes a row's body where one is not null.
        Raises: StorageError for a row that does not fit, naming table, column and key.
        """
        carried = has_heavy if has_heavy is not None else (True if self.has_heavy else None)
        encoded = self._encoder.encode(rows, has_heavy=carried)
        rule = self._partition_of
        if partition is not None and rule is None:
            raise StorageError(f"{self.layout.table.name} is one file for the site; it has no partition {partition!r}.")
        groups: dict[str | None, list[Values]] = {}
        for row, values in zip(rows, encoded, strict=True):
            name = partition if partition is not None or rule is None else rule(row)
            groups.setdefault(name, []).append(values)
        with self._lock:
            for name, group in groups.items():
                self._runs.add(name, group)

    def partitions(self) -> list[str]:
        """Partitions that something was staged for, sorted; empty for a table of the whole site."""
        return sorted(name for name in self._runs.partitions() if name is not None)

    def hide(self, ids: Collection[str]) -> None:
        """From now on, as if these rows had not been staged: those whose first key column is among `ids`."""
        with self._lock:
            self._hidden = pa.array(sorted(ids), pa.string()) if ids else None

    def iter_rows(
        self, partition: str | None, columns: Sequence[str], *, with_hidden: bool = False
    ) -> Iterator[list[Row]]:
        """These columns of the staged rows, by key."""
        read = tuple(dict.fromkeys((*self.layout.digest_columns, *columns)))
        for batch in self._batches(partition, read) if with_hidden else self.staged_batches(partition, read):
            yield to_rows(batch.select(list(columns)))

    def iter_ids(self, partition: str | None = None) -> Iterator[str]:
        """The first key column of every staged row, by key."""
        name = self.layout.table.key[0]
        for batch in self.staged_batches(partition, self.layout.digest_columns):
            yield from batch.column(name).to_pylist()

    def diff(self, partition: str | None = None) -> PartitionDiff:
        """The staged rows against the committed ones; nothing is written."""
        counts = dict.fromkeys(Kind, 0)
        for span in self.spans(partition, self.layout.digest_columns):
            counts[span.kind] += span.count
        return PartitionDiff(
            added=counts[Kind.ADDED],
            changed=counts[Kind.CHANGED],
            unchanged=counts[Kind.SAME],
            missing=counts[Kind.MISSING],
            missing_keys=_Again(lambda: self._iter_missing(partition)),
        )

    def iter_changes(
        self, partition: str | None = None, columns: Sequence[str] | None = None, *, missing: bool = True
    ) -> Iterator[Change]:
        """Added, changed and (unless told otherwise) missing rows, by key."""
        wanted = self.layout.light if columns is None else tuple(columns)
        read = tuple(dict.fromkeys((*self.layout.digest_columns, *wanted)))
        for span in self.spans(partition, read):
            if span.kind is Kind.SAME or (span.kind is Kind.MISSING and not missing):
                continue
            olds, news = _rows(span.old, span.old_at, span.count), _rows(span.new, span.new_at, span.count)
            for old, new in zip(olds, news, strict=True):
                key = tuple((new or old or {})[name] for name in self.layout.table.key)
                yield Change(key, _only(old, wanted), _only(new, wanted))

    def heavy_wanted(self, partition: str | None = None) -> Iterator[Values]:
        """Keys of staged rows without a body whose body is not in the lake either: new, of another version, never fetched."""
        if not self.layout.heavy:
            return
        for span in self.spans(partition, self.layout.digest_columns):
            if span.new is None:
                continue
            if self._is_settled(span):
                continue
            keys = keys_of(self.layout, span.new, span.new_at, span.count)
            yield from (key for index, key in enumerate(keys) if self._is_wanted(span, index))

    def commit(
        self,
        partition: str | None = None,
        *,
        synced_at: datetime,
        keep_missing: bool | Collection[Any] | Callable[[Values], bool] = False,
        space_id: str | None = None,
        watermark: str | None = None,
        extra: dict[str, str] | None = None,
    ) -> CommitResult:
        """Make the staged rows the committed ones, by one atomic rename.

        `keep_missing`: False for a complete listing (missing rows leave), True for a partial one (they stay), or those
        that stay, as keys or as a rule over keys. `watermark` and `extra` become what the footer says; where no row changed, only they move.
        Raises: StorageError.
        """
        keep: bool | Callable[[Values], bool]
        if isinstance(keep_missing, bool) or callable(keep_missing):
            keep = keep_missing
        else:
            keep = frozenset(key if isinstance(key, tuple) else (key,) for key in keep_missing).__contains__
        if synced_at.tzinfo is None:
            raise StorageError("synced_at has no time zone.")
        order = CommitOrder(
            partition, synced_at.astimezone(UTC), self.run_id, keep, space_id, watermark, dict(extra or {})
        )
        with self._lock:
            return self._home.commit_stage(self, order)

    def spans(self, partition: str | None, columns: Sequence[str]) -> Iterator[Span]:
        """The committed file and the staged rows side by side, with these columns in their batches."""
        path = self._home.path_of(self.layout, partition)
        old = iter_file(path, self.layout, columns) if path.exists() else iter(())
        return align(self.layout, old, self.staged_batches(partition, columns))

    def staged_batches(self, partition: str | None, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The staged rows by key, without the hidden ones; rows that are added while these are read do not show."""
        hidden = self._hidden
        if hidden is None:
            return self._batches(partition, columns)
        name = self.layout.table.key[0]
        return (_without(batch, name, hidden) for batch in self._batches(partition, columns))

    def _batches(self, partition: str | None, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        with self._lock:
            return self._runs.iter_batches(partition, columns)

    def _iter_missing(self, partition: str | None) -> Iterator[Values]:
        for span in self.spans(partition, self.layout.digest_columns):
            if span.kind is Kind.MISSING and span.old is not None:
                yield from keys_of(self.layout, span.old, span.old_at, span.count)

    def _is_settled(self, span: Span) -> bool:
        """Whether a whole span needs no body, seen without looking at its rows."""
        if span.new.column(HEAVY_HASH).slice(span.new_at, span.count).null_count == 0:
            return True
        if span.kind is not Kind.SAME or span.old is None:
            return False
        settled: bool = span.old.column(HEAVY_HASH).slice(span.old_at, span.count).null_count == 0
        return settled

    def _is_wanted(self, span: Span, index: int) -> bool:
        new_at, old_at = span.new_at + index, span.old_at + index
        if span.new.column(HEAVY_HASH)[new_at].is_valid:
            return False
        if span.old is None or not span.old.column(HEAVY_HASH)[old_at].is_valid:
            return True
        return not has_same_version(self.layout, span, index)


def _without(batch: pa.RecordBatch, name: str, hidden: pa.Array) -> pa.RecordBatch:
    """The rows of a batch whose value in this column is not among those."""
    return batch.filter(pc.invert(pc.is_in(batch.column(name), value_set=hidden)))


def has_same_version(layout: Layout, span: Span, index: int = 0) -> bool:
    """Whether the old and the new row of a span are of one version: then the body that we have is the body."""
    old_at, new_at = span.old_at + index, span.new_at + index
    return all(span.old.column(name)[old_at].equals(span.new.column(name)[new_at]) for name in layout.versions)


class _Again:
    """An iterable that starts over each time."""

    def __init__(self, start: Callable[[], Iterator[Values]]) -> None:
        self._start = start

    def __iter__(self) -> Iterator[Values]:
        return self._start()


def _partition_rule(layout: Layout) -> Callable[[Row], str] | None:
    if layout.table.grain is Grain.SITE:
        return None
    if layout.table.grain is Grain.SPACE:
        return lambda row: str(row["space_key"])

    def day_of(row: Row) -> str:
        if row.get("created_at") is None:
            raise StorageError(f"{layout.table.name}: a row without created_at has no day.")
        return str(row["created_at"].astimezone(UTC).date())

    return day_of


def _rows(batch: pa.RecordBatch | None, at: int, count: int) -> list[Row] | list[None]:
    return [None] * count if batch is None else to_rows(batch.slice(at, count))


def _only(row: Row | None, names: Sequence[str]) -> Row | None:
    return None if row is None else {name: row[name] for name in names}
