"""Builds the DuckDB file aside and swaps it in: readers never wait, and all tables are of one moment.

The caller holds the lake's lock, so that the files don't change meanwhile.
"""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import duckdb

from confluence_assets.errors import StorageError
from confluence_assets.tables import TABLES
from confluence_assets.warehouse.files import SourceFile, fingerprint
from confluence_assets.warehouse.load import load_table
from confluence_assets.warehouse.schema import create_statements, load_order, quoted

DATABASE_NAME = "confluence.duckdb"
_MEMORY_MIB = 96
"""What DuckDB may take to build a small database; keys want more of it, see `_memory_limits`."""
_INDEX_BYTES_PER_ROW = 96
STORAGE_VERSION = "v1.0.0"
"""Written so that DuckDB 1.1 and later can open it."""


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What a publication did. `rows` by table; without `changed` the file that stood still stands."""

    changed: bool
    path: Path
    rows: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    seconds: float = 0.0


def publish(
    root: Path, files: Sequence[SourceFile], *, force: bool = False, memory_limit_mib: int | None = None
) -> PublishResult:
    """Publish the lake's files as `root/confluence.duckdb`, unless that already shows them.

    Raises: StorageError naming the file that could not be read or written.
    """
    started = time.monotonic()
    target = root / DATABASE_NAME
    mark = fingerprint(files, schema_text())
    if not force:
        published = read_publication(target)
        if published is not None and published.fingerprint == mark:
            return PublishResult(False, target, published.rows, target.stat().st_size, time.monotonic() - started)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    building = root / f".{DATABASE_NAME}.{os.getpid()}"
    try:
        rows = _build_within(_memory_limits(files, memory_limit_mib), building, files, mark)
        _swap(building, target)
    except duckdb.Error as error:
        raise StorageError(
            f"{target} could not be built: {str(error)[:400]}", hint="The file that stood still stands."
        ) from error
    finally:
        _remove_leftovers(root)
    return PublishResult(True, target, rows, target.stat().st_size, time.monotonic() - started)


@dataclass(frozen=True, slots=True)
class Publication:
    """What a published file says about itself."""

    fingerprint: str
    published_at: datetime
    rows: dict[str, int]


def read_publication(path: Path) -> Publication | None:
    """What the published file says; None where there is none that can be read."""
    if not path.exists():
        return None
    connection = duckdb.connect(":memory:", config={"threads": 1})
    try:
        connection.execute(f"ATTACH {quoted(str(path))} AS published (READ_ONLY)")
        found = connection.execute("SELECT fingerprint, epoch_us(published_at) FROM published._meta.publication")
        mark, microseconds = found.fetchall()[0]
        rows = connection.execute("SELECT table_name, row_count FROM published._meta.tables").fetchall()
    except (duckdb.Error, IndexError):
        return None  # damaged, or of a release that wrote no account: it is made anew
    finally:
        connection.close()
    return Publication(mark, datetime.fromtimestamp(microseconds / 1e6, UTC), dict(rows))


def schema_text() -> str:
    """Everything that shapes the file besides the data, so that a new release publishes anew."""
    statements = [statement for table in TABLES for statement in create_statements(table)]
    return "\n".join([*statements, *(text for _, text in sql_scripts())])


def sql_scripts() -> list[tuple[str, str]]:
    """Name and text of the scripts of views and macros, folder by folder, in the order in which they are run."""
    folder = resources.files("confluence_assets.warehouse") / "sql"
    scripts = [
        (f"{group.name}/{entry.name}", entry.read_text("utf-8"))
        for group in folder.iterdir()
        if group.is_dir()
        for entry in group.iterdir()
        if entry.name.endswith(".sql")
    ]
    return sorted(scripts)


def _memory_limits(files: Sequence[SourceFile], limit_mib: int | None) -> list[int]:
    """Limits to try, in MiB. DuckDB takes what it is given, so it is given little; where that is too little, more."""
    if limit_mib is not None:
        return [limit_mib]
    first = _MEMORY_MIB + sum(file.row_count for file in files) * _INDEX_BYTES_PER_ROW // 2**20
    return [round(first * factor) for factor in (1, 1.5, 2.5, 5, 16)]


def _build_within(limits_mib: Sequence[int], path: Path, files: Sequence[SourceFile], mark: str) -> dict[str, int]:
    for limit in limits_mib[:-1]:
        _remove_leftovers(path.parent)
        try:
            return _build(path, files, mark, limit)
        except (duckdb.OutOfMemoryException, duckdb.TransactionException) as error:
            # What runs out of memory in a checkpoint says so as a failed commit.
            if not isinstance(error, duckdb.OutOfMemoryException) and "failed to allocate" not in str(error):
                raise
    _remove_leftovers(path.parent)
    return _build(path, files, mark, limits_mib[-1])


def _build(path: Path, files: Sequence[SourceFile], mark: str, memory_limit_mib: int) -> dict[str, int]:
    with _new_database(path, memory_limit_mib) as connection:
        rows: dict[str, int] = {}
        by_table: dict[str, list[SourceFile]] = {}
        for file in files:
            by_table.setdefault(file.table, []).append(file)
        for table in TABLES:
            for statement in create_statements(table):
                connection.execute(statement)
        for table in load_order():
            rows[table.name] = load_table(connection, table, by_table.get(table.name, ()))
        rows = {table.name: rows[table.name] for table in TABLES}
        connection.execute("CREATE SCHEMA IF NOT EXISTS analytics")
        for name, text in sql_scripts():
            try:
                connection.execute(text)
            except duckdb.Error as error:
                raise StorageError(f"warehouse/sql/{name} failed: {error}") from error
        _sign(connection, mark, rows)
    return rows


def _sign(connection: duckdb.DuckDBPyConnection, mark: str, rows: dict[str, int]) -> None:
    connection.execute("CREATE SCHEMA _meta")
    connection.execute("CREATE TABLE _meta.publication (fingerprint VARCHAR, published_at TIMESTAMPTZ)")
    connection.execute("INSERT INTO _meta.publication VALUES (?, ?)", [mark, datetime.now(UTC)])
    connection.execute("CREATE TABLE _meta.tables (table_name VARCHAR, row_count BIGINT)")
    connection.executemany("INSERT INTO _meta.tables VALUES (?, ?)", list(rows.items()))


@contextmanager
def _new_database(path: Path, memory_limit_mib: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose current catalog is the new file; when it ends well, the file is whole and has no `.wal`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_limit_mib}MiB",
        "threads": 2,
        "preserve_insertion_order": False,
        "temp_directory": f"{path}.tmp",
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH {quoted(str(path))} AS confluence (STORAGE_VERSION '{STORAGE_VERSION}')")
        path.chmod(0o600)
        connection.execute("USE confluence")
        # One transaction: a checkpoint between two statements would write half-full row groups twice.
        connection.execute("BEGIN TRANSACTION")
        yield connection
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT confluence")
        connection.execute("USE memory")
        connection.execute("DETACH confluence")
    finally:
        connection.close()


def _swap(building: Path, target: Path) -> None:
    building.chmod(0o600)
    _fsync(building)
    # A `.wal` beside a file that it does not belong to makes the file unopenable.
    target.with_name(f"{target.name}.wal").unlink(missing_ok=True)
    building.replace(target)
    _fsync(target.parent)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_leftovers(root: Path) -> None:
    for path in root.glob(f".{DATABASE_NAME}.*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
