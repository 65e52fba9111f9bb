"""Tables that a run appends to (`content_changes`, `sync_ledger`): one file a run, compacted by day.

A run's rows stand in `day=<UTC day>/run=<id>.parquet` until they are compacted into that day's `data.parquet`, whose
footer lists the runs in it. Appending a run again replaces what it appended before, wherever that stands.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from confluence_assets.lake.committed import FileWriter, iter_file, read_meta
from confluence_assets.lake.files import DATA_FILE, make_folder, naming, partition_folder, replace_file, sync_folder
from confluence_assets.lake.meta import CommitMeta, new_generation
from confluence_assets.lake.rows import Layout, RowEncoder, to_rows
from confluence_assets.lake.runs import SortedRuns
from confluence_assets.tables import Row

_RUNS = "runs"
_OPEN_RUNS = 32
"""So many files of today are borne before they are compacted."""
_CHUNK_ROWS = 1000


class Journal:
    """One append-only table. All writing happens under the lake's lock."""

    def __init__(self, lake: Path, layout: Layout, temporary: Callable[[], Path], staging: Callable[[], Path]) -> None:
        self._lake = lake
        self._folder = lake / layout.table.name
        self._layout = layout
        self._temporary = temporary
        self._staging = staging

    def files(self, day: str | None = None) -> list[Path]:
        """Files of the table, or of one day."""
        folder = self._folder if day is None else partition_folder(self._lake, self._layout.table, day)
        pattern = "*/*.parquet" if day is None else "*.parquet"
        return sorted(folder.glob(pattern))

    def append(self, rows: Iterable[Row], run_id: str, *, today: str | None = None) -> int:
        """Keep a run's rows; what the same run appended before goes. Shape: the number of rows."""
        day = today or str(datetime.now(UTC).date())
        name = f"run={quote(run_id, safe='')}.parquet"
        earlier = [path for path in self._folder.glob(f"*/{name.replace('[', '[[]')}")]
        target = partition_folder(self._lake, self._layout.table, day) / name
        encoder = RowEncoder(self._layout)
        with _Sorted(self._layout, self._staging) as runs:
            for chunk in _chunks(rows):
                runs.add(None, encoder.encode(chunk, has_heavy=True))
            count = self._write(target, runs.iter_batches(None, self._layout.schema.names), run_id, {})
        for path in earlier:
            if path != target or count == 0:
                path.unlink(missing_ok=True)
        self._forget(run_id, newer_than=None)
        if len(self.files(day)) > _OPEN_RUNS:
            self._compact(target.parent)
        return count

    def tidy(self, *, today: str | None = None) -> None:
        """Compact days that are over, and undo what a killed compaction or append left twice."""
        current = f"day={today or datetime.now(UTC).date()}"
        for folder in sorted(self._folder.glob("day=*")):
            self._heal(folder)
            if folder.name < current and any(path.name != DATA_FILE for path in folder.glob("*.parquet")):
                self._compact(folder)
            elif not any(folder.iterdir()):
                folder.rmdir()

    def _heal(self, folder: Path) -> None:
        """A run both in a file of its own and in a day's file: the later commit counts."""
        for path in sorted(folder.glob("run=*.parquet")):
            run_id = unquote(path.stem.removeprefix("run="))
            meta = read_meta(path)
            for compacted in self._folder.glob(f"*/{DATA_FILE}"):
                of_day = read_meta(compacted)
                if run_id in _runs_of(of_day) and of_day.committed_at >= meta.committed_at:
                    path.unlink(missing_ok=True)
                    break
            else:
                self._forget(run_id, newer_than=meta.committed_at)

    def _forget(self, run_id: str, *, newer_than: datetime | None) -> None:
        """Take a run's rows out of the compacted files."""
        for path in sorted(self._folder.glob(f"*/{DATA_FILE}")):
            meta = read_meta(path)
            if run_id not in _runs_of(meta) or (newer_than is not None and meta.committed_at >= newer_than):
                continue
            others = [known for known in _runs_of(meta) if known != run_id]
            kept = (
                batch.filter(pc.not_equal(batch.column("run_id"), run_id))
                for batch in iter_file(path, self._layout, self._layout.schema.names)
            )
            if self._write(path, kept, meta.run_id, {_RUNS: orjson.dumps(others).decode()}) == 0:
                path.unlink(missing_ok=True)

    def _compact(self, folder: Path) -> None:
        """Merge a day's files into one; the single files go once it stands."""
        target = folder / DATA_FILE
        singles = sorted(folder.glob("run=*.parquet"))
        run_ids = [unquote(path.stem.removeprefix("run=")) for path in singles]
        if target.exists():
            run_ids = [*_runs_of(read_meta(target)), *run_ids]
        encoder = RowEncoder(self._layout)
        with _Sorted(self._layout, self._staging) as runs:
            for path in [*([target] if target.exists() else []), *singles]:
                for batch in iter_file(path, self._layout, self._layout.names):
                    runs.add(None, encoder.encode(to_rows(batch), has_heavy=True))
            batches = runs.iter_batches(None, self._layout.schema.names)
            extra = {_RUNS: orjson.dumps(list(dict.fromkeys(run_ids))).decode()}
            self._write(target, batches, run_ids[-1] if run_ids else "", extra)
        for path in singles:
            path.unlink(missing_ok=True)

    def _write(self, target: Path, batches: Iterator[pa.RecordBatch], run_id: str, extra: dict[str, str]) -> int:
        temporary = self._temporary()
        writer: FileWriter | None = None
        try:
            for batch in batches:
                if len(batch):
                    writer = writer or FileWriter(temporary, self._layout, first=batch)
                    writer.write(batch)
            if writer is None:
                return 0
            count = writer.row_count
            writer.finish(
                CommitMeta(new_generation(), run_id, datetime.now(UTC), count, self._layout.name, extra=extra)
            )
        except BaseException:
            if writer is not None:
                writer.abandon()
            raise
        make_folder(target.parent)
        with naming(target):
            replace_file(temporary, target)
            sync_folder(target.parent)
        return count


class _Sorted(SortedRuns):
    """Sorted runs that clean up after themselves."""

    def __enter__(self) -> "_Sorted":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _runs_of(meta: CommitMeta) -> Sequence[str]:
    runs: list[str] = orjson.loads(meta.extra.get(_RUNS, "[]"))
    return runs


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) >= _CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
