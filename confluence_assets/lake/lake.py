"""The lake of one site: Parquet files under a lock, one atomic commit per table and partition.

Holds rows and says what changed; knows nothing of HTTP, of Markdown or of who may read what.
"""

import fcntl
import os
import shutil
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc

from confluence_assets.errors import StorageError
from confluence_assets.lake import site
from confluence_assets.lake.commit import Committer
from confluence_assets.lake.committed import iter_file, read_meta
from confluence_assets.lake.files import (
    DATA_FILE,
    identity_of,
    list_partitions,
    make_folder,
    partition_folder,
    sync_folder,
)
from confluence_assets.lake.journal import Journal
from confluence_assets.lake.lock import hold_lock, read_holder
from confluence_assets.lake.meta import CommitMeta
from confluence_assets.lake.rows import Layout, layout_of, to_rows
from confluence_assets.lake.runs import BUFFER_BYTES
from confluence_assets.lake.stage import CommitOrder, CommitResult, Stage
from confluence_assets.tables import LAKE_TABLES, TABLES, Grain, Row

_FOOTERS_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A committed file: what the warehouse reads."""

    table: str
    partition: str | None
    path: Path
    meta: CommitMeta

    @property
    def generation(self) -> str:
        return self.meta.generation

    @property
    def committed_at(self) -> datetime:
        return self.meta.committed_at

    @property
    def row_count(self) -> int:
        return self.meta.row_count

    @property
    def layout(self) -> str:
        return self.meta.layout


class Lake:
    """The lake below `root` (`CONFLUENCE_HOME/<site>`). Reading needs no lock; whoever writes holds `lock()`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "lake"
        self._footers: dict[Path, tuple[tuple[int, int, int], CommitMeta]] = {}
        self._staging: Path | None = None
        self._unsynced: set[Path] = set()

    # The lock and the site

    def lock(
        self,
        *,
        holder: str,
        on_wait: Callable[[str], None] | None = None,
        on_poll: Callable[[], None] | None = None,
        timeout_seconds: float | None = None,
    ) -> AbstractContextManager[None]:
        """The right to write. `on_wait` hears once who holds it, and `on_poll` is called while it is waited for.

        Raises: StorageError on timeout, and if taken twice.
        """
        path = self.folder / ".lock"
        return hold_lock(path, holder=holder, on_wait=on_wait, on_poll=on_poll, timeout_seconds=timeout_seconds)

    def lock_holder(self) -> str | None:
        """Who writes now, in words."""
        return read_holder(self.folder / ".lock")

    def claim_site(self, site_id: str, base_url: str) -> None:
        """Bind the lake to its site, once. Raises: SettingsError where it is another site's."""
        site.claim_site(self.folder, site_id, base_url)

    def read_site_id(self) -> str:
        """The site that the lake is bound to; empty where it is bound to none yet."""
        return site.read_site_id(self.folder)

    def read_site_state(self) -> dict[str, Any]:
        return site.read_site_state(self.folder)

    def write_site_state(self, state: dict[str, Any]) -> None:
        """Keep the site's positions; everything committed before is on disk first."""
        self.flush()
        site.write_site_state(self.folder, state)

    # Reading

    def partitions(self, table: str) -> list[str]:
        """Space keys or days with a file, sorted; empty for a table of the whole site."""
        return list_partitions(self.folder, layout_of(table).table)

    def read_meta(self, table: str, partition: str | None = None) -> CommitMeta | None:
        """The account of the commit that made the partition's file; None where there is no file."""
        return self._footer(self.path_of(layout_of(table), partition))

    def count_rows(self, table: str, partition: str | None = None) -> int:
        """Rows of a partition (of the whole table without one), from footers only."""
        layout = layout_of(table)
        paths = self._paths(layout, partition)
        return sum(meta.row_count for meta in map(self._footer, paths) if meta is not None)

    def total_rows(self, table: str) -> int:
        return self.count_rows(table)

    def iter_batches(
        self, table: str, partition: str | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a partition (of the whole table without one) as Arrow batches, a row group each."""
        layout = layout_of(table)
        wanted = layout.names if columns is None else tuple(columns)
        if unknown := set(wanted) - set(layout.names):
            raise StorageError(f"{table} stores no column {', '.join(sorted(unknown))}.")
        for path in self._paths(layout, partition):
            yield from iter_file(path, layout, wanted)

    def iter_rows(
        self, table: str, partition: str | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[list[Row]]:
        """The rows of a partition (of the whole table without one), a row group at a time, by key."""
        for batch in self.iter_batches(table, partition, columns):
            yield to_rows(batch)

    def read_keys(self, table: str, partition: str | None = None) -> Iterator[pa.RecordBatch]:
        """The key columns alone."""
        return self.iter_batches(table, partition, layout_of(table).table.key)

    def distinct_values(
        self,
        table: str,
        columns: Sequence[str],
        *,
        partition: str | None = None,
        where: tuple[str, str] | None = None,
    ) -> set[str]:
        """Every value of these text columns but null, in a partition or the whole table; `where` is a (column, value)."""
        found: set[str] = set()
        read = (*columns, where[0]) if where else tuple(columns)
        for batch in self.iter_batches(table, partition, read):
            rows = batch.filter(pc.equal(batch.column(where[0]), where[1])) if where else batch
            for column in columns:
                found.update(pc.unique(rows.column(column)).to_pylist())
        found.discard(None)
        return found

    def manifest(self) -> list[LakeFile]:
        """Every committed file with its account, in the order of the tables; footers are read once per commit."""
        files = []
        for table in TABLES:
            layout = layout_of(table.name)
            for path, partition in self._located(layout):
                meta = self._footer(path)
                if meta is not None:
                    files.append(LakeFile(table.name, partition, path, meta))
        return files

    # Writing

    def stage(self, table: str, *, run_id: str, has_heavy: bool = True, buffer_bytes: int = BUFFER_BYTES) -> Stage:
        """Room for the rows of one walk over one table. Without `has_heavy` the walk brings no bodies."""
        layout = layout_of(table)
        if layout.table.grain is Grain.RUN:
            raise StorageError(f"{table} is appended to by run; see append_run.")
        return Stage(self, layout, run_id=run_id, has_heavy=has_heavy, buffer_bytes=buffer_bytes)

    def append_run(self, table: str, rows: Iterable[Row], run_id: str) -> int:
        """Append a run's rows to `content_changes` or `sync_ledger`; the same run again replaces its own."""
        return self._journal(table).append(rows, run_id)

    def rename_partition(self, old_key: str, new_key: str, *, table: str | None = None) -> None:
        """A space has a new key: its files (or that of one table) move, and the key in their rows with them.

        Safe to repeat after a kill. Raises: StorageError where another space's file stands in the way.
        """
        names = (
            [known.name for known in LAKE_TABLES.values() if known.grain is Grain.SPACE] if table is None else [table]
        )
        for name in names:
            if old_key != new_key:
                self._rename(layout_of(name), old_key, new_key)

    def drop_partition(self, table: str, key: str) -> bool:
        """Remove a partition's file; False where there was none."""
        path = self.path_of(layout_of(table), key)
        if not path.exists():
            return False
        path.unlink()
        self._vanished(path)
        return True

    def remove_leftovers(self) -> None:
        """Delete what killed runs left; called under the lock. Other live processes' temporary files stay."""
        staging = self.folder / ".staging"
        for folder in staging.iterdir() if staging.is_dir() else ():
            if folder != self._staging and _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)
        for path in self.folder.glob(".*.tmp"):
            path.unlink(missing_ok=True)
        for table in TABLES:
            if table.grain is Grain.RUN:
                self._journal(table.name).tidy()

    def flush(self) -> None:
        """See every rename since the last flush on disk."""
        while self._unsynced:
            folder = self._unsynced.pop()
            if folder.is_dir():
                sync_folder(folder)

    # What a stage asks of its lake

    def path_of(self, layout: Layout, partition: str | None) -> Path:
        return partition_folder(self.folder, layout.table, partition) / DATA_FILE

    def staging_folder(self) -> Path:
        """A folder for temporary files; a lock on it tells the living from the dead."""
        prefix = f"{os.getpid()}-"  # a forked child makes a folder of its own
        if self._staging is None or not self._staging.name.startswith(prefix) or not self._staging.is_dir():
            folder = self.folder / ".staging" / f"{prefix}{uuid4().hex[:12]}"
            make_folder(folder)
            descriptor = os.open(folder, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            weakref.finalize(self, _let_go, folder, descriptor, os.getpid())
            self._staging = folder
        return self._staging

    def commit_stage(self, stage: Stage, order: CommitOrder) -> CommitResult:
        target = self.path_of(stage.layout, order.partition)
        make_folder(target.parent)
        result, replaced = Committer(stage, order, target, self._footer(target), self._temporary()).run()
        if replaced:
            self._footers.pop(target, None)
            self._unsynced.update((target.parent, target.parent.parent))
        if not result.row_count:
            self._vanished(target)
        if result.row_count * len(stage.layout.heavy) > _FOOTERS_KEPT:
            pa.default_memory_pool().release_unused()
        return replace(result, path=str(target.relative_to(self.root)))

    # Inside

    def _temporary(self) -> Path:
        return self.staging_folder() / f"{uuid4().hex}.parquet"

    def _journal(self, table: str) -> Journal:
        layout = layout_of(table)
        if layout.table.grain is not Grain.RUN:
            raise StorageError(f"{table} is not appended to by run; see stage.")
        return Journal(self.folder, layout, self._temporary, self.staging_folder)

    def _paths(self, layout: Layout, partition: str | None) -> list[Path]:
        if layout.table.grain is Grain.RUN:
            return self._journal(layout.table.name).files(partition)
        if partition is None and layout.table.grain is not Grain.SITE:
            return [path for path, _ in self._located(layout)]
        path = self.path_of(layout, partition)
        return [path] if path.exists() else []

    def _located(self, layout: Layout) -> list[tuple[Path, str | None]]:
        if layout.table.grain is Grain.SITE:
            path = self.path_of(layout, None)
            return [(path, None)] if path.exists() else []
        if layout.table.grain is Grain.RUN:
            return [(path, path.parent.name.removeprefix("day=")) for path in self._journal(layout.table.name).files()]
        return [(self.path_of(layout, key), key) for key in list_partitions(self.folder, layout.table)]

    def _footer(self, path: Path) -> CommitMeta | None:
        identity = identity_of(path)
        if identity is None:
            return None
        known = self._footers.get(path)
        if known is None or known[0] != identity:
            if len(self._footers) > _FOOTERS_KEPT:
                self._footers.clear()
            known = self._footers[path] = (identity, read_meta(path))
        return known[1]

    def _vanished(self, path: Path) -> None:
        """The file is gone: the empty folder goes too."""
        self._footers.pop(path, None)
        try:
            path.parent.rmdir()
        except OSError:
            return  # something else stands in it
        self._unsynced.discard(path.parent)
        self._unsynced.add(path.parent.parent)

    def _rename(self, layout: Layout, old_key: str, new_key: str) -> None:
        table = layout.table.name
        meta, standing = self.read_meta(table, old_key), self.read_meta(table, new_key)
        if meta is None:
            return
        if standing is not None and standing.space_id != meta.space_id:
            raise StorageError(
                f"{table}: the space {old_key} (id {meta.space_id}) is now {new_key}, "
                f"and the lake holds another space under that key (id {standing.space_id}).",
                hint="Retire or rename that one first.",
            )
        with self.stage(table, run_id=meta.run_id) as stage:
            for rows in self.iter_rows(table, old_key):
                renamed = [
                    row | {"space_key": new_key if row["space_key"] == old_key else row["space_key"]} for row in rows
                ]
                stage.add([_unstamped(row) for row in renamed], partition=new_key)
            stage.commit(
                new_key,
                synced_at=datetime.now(UTC),
                space_id=meta.space_id,
                watermark=meta.watermark,
                extra=meta.extra,
            )
        self.drop_partition(table, old_key)


def _unstamped(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "synced_at"}


def _let_go(folder: Path, descriptor: int, process_id: int) -> None:
    """Remove a lake's own staging folder once nobody uses that lake any more."""
    if os.getpid() == process_id:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _is_abandoned(folder: Path) -> bool:
    """Whether nobody holds the staging folder any more."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
