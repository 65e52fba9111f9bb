"""Rows of one walk, sorted and each once, in bounded memory: buffers that spill to sorted runs, merged on the way out.

Knows keys and versions, not what is committed.
"""

import heapq
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from sys import getsizeof
from typing import Any, NamedTuple
from uuid import uuid4

import pyarrow as pa
from pyarrow import ipc

from confluence_assets.lake.files import create_private, naming
from confluence_assets.lake.pieces import Assembler
from confluence_assets.lake.rows import HEAVY_HASH, Layout, Values, key_tuples, to_batch
from confluence_assets.tables import sort_key

BUFFER_BYTES = 16 * 1024 * 1024
_BATCH_BYTES = 512 * 1024
_BATCH_ROWS = 1000
_ROW_OVERHEAD_BYTES = 400
_SPILL_OPTIONS = ipc.IpcWriteOptions(compression="lz4", use_threads=False)

SortKey = tuple[Any, ...]
OpenBatches = Callable[[Sequence[str]], Iterator[pa.RecordBatch]]


@dataclass(frozen=True, slots=True)
class Run:
    """Sorted rows of one partition, each key once. A later run has the higher number."""

    number: int
    first: SortKey
    last: SortKey
    open: OpenBatches


class _Entry(NamedTuple):
    key: SortKey
    number: int
    version: int | None
    batch: pa.RecordBatch
    at: int
    has_heavy: bool


class _Spill:
    """A temporary file of batches. Its footer is read once for each choice of columns, however many runs are in it."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        self._layout = layout
        self._readers: dict[tuple[str, ...], tuple[Any, Any]] = {}
        self._lock = threading.Lock()

    def opener(self, indices: Sequence[int]) -> OpenBatches:
        def open_batches(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
            for index in indices:
                yield self._read(index, tuple(columns))

        return open_batches

    def close(self) -> None:
        with self._lock:
            for source, _ in self._readers.values():
                source.close()
            self._readers.clear()
        self.path.unlink(missing_ok=True)

    def _read(self, index: int, columns: tuple[str, ...]) -> pa.RecordBatch:
        with self._lock, naming(self.path):
            if columns not in self._readers:
                fields = [self._layout.schema.get_field_index(name) for name in columns]
                source = pa.OSFile(str(self.path))
                options = ipc.IpcReadOptions(included_fields=fields, use_threads=False)
                self._readers[columns] = (source, ipc.open_file(source, options=options))
            return self._readers[columns][1].get_batch(index).select(list(columns))


class SortedRuns:
    """Buffers of encoded rows by partition; `iter_batches` gives them back in order, duplicates decided."""

    def __init__(self, layout: Layout, folder: Callable[[], Path], *, buffer_bytes: int = BUFFER_BYTES) -> None:
        self._layout = layout
        self._folder = folder
        self._limit = buffer_bytes
        self._bytes = 0
        self._buffers: dict[str | None, dict[Values, Values]] = {}
        self._runs: dict[str | None, list[Run]] = {}
        self._resident: dict[str | None, list[tuple[Run, list[pa.RecordBatch]]]] = {}
        self._count = 0
        self._spills: list[_Spill] = []

    def partitions(self) -> set[str | None]:
        return set(self._buffers) | set(self._runs)

    def add(self, partition: str | None, rows: Sequence[Values]) -> None:
        """Keep the rows; of two with one key the higher version stays, else the later."""
        buffer = self._buffers.setdefault(partition, {})
        key_at = self._layout.key_at
        for row in rows:
            key = tuple([row[index] for index in key_at])
            earlier = buffer.get(key)
            if earlier is None:
                buffer[key] = row
                self._bytes += _ROW_OVERHEAD_BYTES + sum(map(getsizeof, row))
            else:
                buffer[key] = self._decide(earlier, row)
        if self._bytes > self._limit:
            self.spill()

    def _decide(self, earlier: Values, later: Values) -> Values:
        at = self._layout.version_at
        winner, loser = later, earlier
        if at is not None and _outranks(earlier[at], later[at]):
            winner, loser = earlier, later
        heavy_at = self._layout.heavy_at
        if not heavy_at or winner[-1] is not None or loser[-1] is None:
            return winner
        if any(winner[index] != loser[index] for index in self._layout.versions_at):
            return winner
        merged = list(winner)  # the same version, once with its body and once without: keep the body
        for index in (*heavy_at, len(winner) - 1):
            merged[index] = loser[index]
        return tuple(merged)

    def iter_batches(self, partition: str | None, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Batches of the partition's rows by key, as they are now; `columns` hold at least what an alignment needs."""
        self._freeze(partition)
        lanes = _lanes(self._runs.get(partition, []))
        if len(lanes) > 1:
            return self._merge(lanes, columns)
        return (batch for lane in lanes for run in lane for batch in run.open(columns))

    def spill(self) -> None:
        """Write everything in memory to one temporary file."""
        for partition in list(self._buffers):
            self._freeze(partition)
        path = self._folder() / f"{self._layout.table.name}-{uuid4().hex}.arrow"
        create_private(path)
        spill = _Spill(path, self._layout)
        self._spills.append(spill)
        with naming(path), ipc.new_file(str(path), self._layout.schema, options=_SPILL_OPTIONS) as writer:
            written = 0
            for partition, resident in self._resident.items():
                for run, batches in resident:
                    for batch in batches:
                        writer.write_batch(batch)
                    indices = range(written, written + len(batches))
                    written += len(batches)
                    moved = Run(run.number, run.first, run.last, spill.opener(indices))
                    self._runs[partition] = [moved if known is run else known for known in self._runs[partition]]
        self._resident.clear()
        self._bytes = 0

    def close(self) -> None:
        """Delete the temporary files and let the memory go."""
        for spill in self._spills:
            spill.close()
        self._spills.clear()
        self._buffers.clear()
        self._runs.clear()
        self._resident.clear()

    def _freeze(self, partition: str | None) -> None:
        buffer = self._buffers.pop(partition, None)
        if not buffer:
            return
        keys = [sort_key(key) for key in buffer]
        rows: list[Any] = list(buffer.values())
        buffer.clear()
        if any(keys[i] > keys[i + 1] for i in range(len(keys) - 1)):
            order = sorted(range(len(keys)), key=keys.__getitem__)
            rows = [rows[i] for i in order]
            keys = [keys[order[0]], keys[order[-1]]]
        self._count += 1
        batches = [to_batch(self._layout, chunk) for chunk in _chunks(rows)]
        run = Run(self._count, keys[0], keys[-1], lambda names: (batch.select(list(names)) for batch in batches))
        self._runs.setdefault(partition, []).append(run)
        self._resident.setdefault(partition, []).append((run, batches))

    def _merge(self, lanes: list[list[Run]], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        assembler = Assembler(self._layout.read_schema(columns), self._layout)
        winner: _Entry | None = None
        body: _Entry | None = None
        for entry in heapq.merge(*(self._entries(lane, columns) for lane in lanes), key=attrgetter("key", "number")):
            if winner is not None and winner.key == entry.key:
                winner, body = self._decide_entries(winner, body, entry)
                continue
            if winner is not None:
                yield from self._put(assembler, winner, body)
            winner, body = entry, entry
        if winner is not None:
            yield from self._put(assembler, winner, body)
        yield from assembler.flush()

    def _put(self, assembler: Assembler, winner: _Entry, body: _Entry | None) -> Iterator[pa.RecordBatch]:
        heavy = winner if body is None else body
        assembler.put((winner.batch, winner.at), 1, heavy=(heavy.batch, heavy.at))
        if assembler.is_full:
            yield from assembler.flush()

    def _decide_entries(self, earlier: _Entry, body: _Entry | None, later: _Entry) -> tuple[_Entry, _Entry]:
        holder = earlier if body is None else body
        winner, loser = (earlier, later) if _outranks(earlier.version, later.version) else (later, holder)
        if winner is earlier and holder.has_heavy:
            return winner, holder
        if winner.has_heavy or not loser.has_heavy or not self._same_version(winner, loser):
            return winner, winner
        return winner, loser

    def _same_version(self, one: _Entry, other: _Entry) -> bool:
        return all(
            one.batch.column(name)[one.at].equals(other.batch.column(name)[other.at]) for name in self._layout.versions
        )

    def _entries(self, lane: list[Run], columns: Sequence[str]) -> Iterator[_Entry]:
        name = None if self._layout.version_at is None else self._layout.names[self._layout.version_at]
        for run in lane:
            for batch in run.open(columns):
                versions = [None] * len(batch) if name is None else batch.column(name).to_pylist()
                heavy = batch.column(HEAVY_HASH).is_valid().to_pylist() if self._layout.heavy else [False] * len(batch)
                for at, key in enumerate(key_tuples(self._layout, batch)):
                    yield _Entry(sort_key(key), run.number, versions[at], batch, at, heavy[at])


def _outranks(earlier: int | None, later: int | None) -> bool:
    return earlier is not None and later is not None and earlier > later


def _lanes(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs that do not overlap share a lane, so that walks in order are never merged row by row."""
    lanes: list[list[Run]] = []
    for run in sorted(runs, key=attrgetter("first", "number")):
        lane = next((lane for lane in lanes if lane[-1].last < run.first), None)
        if lane is None:
            lanes.append([run])
        else:
            lane.append(run)
    return lanes


def _chunks(rows: list[Any]) -> Iterator[list[Values]]:
    """The rows in pieces of bounded size; each is let go once it was handed out."""
    start, size = 0, 0
    for index, row in enumerate(rows):
        size += sum(map(getsizeof, row))
        if index + 1 - start >= _BATCH_ROWS or size >= _BATCH_BYTES:
            chunk = rows[start : index + 1]
            rows[start : index + 1] = [None] * len(chunk)
            yield chunk
            start, size = index + 1, 0
    if start < len(rows):
        yield rows[start:]
