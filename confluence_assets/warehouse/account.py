"""What a published file says of itself, in its schema `_meta`: what it was made from, so that the next one starts from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from confluence_assets.warehouse.database import open_to_read

FORMAT = 2
"""Of `_meta`, and of how rows become those of a table (load.py, table_update.py): to be raised where either changes.

A file of another format is read by anybody, and made anew at the next publication rather than updated.
"""

_STATEMENTS = (
    "CREATE SCHEMA _meta",
    "CREATE TABLE _meta.publication (fingerprint VARCHAR, published_at TIMESTAMPTZ, format BIGINT, site_id VARCHAR, "
    "scripts VARCHAR, rebuilt_at TIMESTAMPTZ, rebuilt_bytes BIGINT, rebuilt_rows BIGINT, has_residue BOOLEAN)",
    "COMMENT ON TABLE _meta.publication IS 'One row: this publication.'",
    "CREATE TABLE _meta.tables (table_name VARCHAR, row_count BIGINT, added BIGINT, changed BIGINT, removed BIGINT, "
    "definition VARCHAR, comments VARCHAR)",
    "COMMENT ON TABLE _meta.tables IS "
    "'One row per table: its rows, what became of them since the publication before, and how it is declared.'",
    "CREATE TABLE _meta.files (table_name VARCHAR, path VARCHAR, generation VARCHAR, partition VARCHAR, "
    "is_contested BOOLEAN)",
    "COMMENT ON TABLE _meta.files IS 'One row per Parquet file of the lake that this publication was made from. "
    "A contested file holds an id that another file holds as well.'",
)


@dataclass(frozen=True, slots=True)
class RowDelta:
    """What became of a table's rows from one publication to the next. A row that only looks refreshed is not changed."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file of the lake as it was published."""

    generation: str
    partition: str | None
    is_contested: bool


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A table as it was published."""

    row_count: int
    definition: str = ""
    comments: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a published file says about itself. `rows` by table."""

    fingerprint: str
    published_at: datetime
    format: int = 0
    site_id: str = ""
    scripts: str = ""
    rebuilt_at: datetime | None = None
    rebuilt_bytes: int | None = None
    """Size of the file when it was last made from nothing; null in that file itself."""
    rebuilt_rows: int | None = None
    """Rows of all tables at that moment."""
    has_residue: bool = False
    """Whether bytes of rows that left may still stand in the file."""
    tables: dict[str, KnownTable] = field(default_factory=dict)
    deltas: dict[str, RowDelta] = field(default_factory=dict)

    @property
    def rows(self) -> dict[str, int]:
        return {name: table.row_count for name, table in self.tables.items()}


def read_publication(path: Path) -> Publication | None:
    """What the published file says; None where there is none that can be read."""
    if not path.exists():
        return None
    try:
        with open_to_read(published=path) as connection:
            (row,) = _records(connection, "SELECT * FROM published._meta.publication")
            tables = _records(connection, "SELECT * FROM published._meta.tables")
            return _publication(row, tables)
    except (duckdb.Error, ValueError, KeyError):
        return None  # damaged, or of a release that wrote no account: it is made anew


def _records(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    # By way of Arrow: DuckDB's own conversion of times with a zone wants pytz.
    records: list[dict[str, Any]] = connection.sql(query).to_arrow_table().to_pylist()
    return records


def _publication(row: Mapping[str, Any], tables: Iterable[Mapping[str, Any]]) -> Publication:
    known = {
        each["table_name"]: KnownTable(each["row_count"], each.get("definition") or "", each.get("comments") or "")
        for each in tables
    }
    deltas = {
        each["table_name"]: RowDelta(each["added"], each["changed"], each["removed"])
        for each in tables
        if each.get("added") is not None
    }
    named = {name: row[name] for name in Publication.__dataclass_fields__ if row.get(name) is not None}
    for name in ("published_at", "rebuilt_at"):
        if name in named:
            named[name] = named[name].astimezone(UTC)
    return Publication(**{**named, "tables": known, "deltas": deltas})


def read_files(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], KnownFile]:
    """The files that the current catalog was made from, by table and path."""
    rows = connection.execute(
        "SELECT table_name, path, generation, partition, is_contested FROM _meta.files"
    ).fetchall()
    return {(table, path): KnownFile(*rest) for table, path, *rest in rows}


def write_account(
    connection: duckdb.DuckDBPyConnection,
    publication: Publication,
    files: Mapping[tuple[str, str], KnownFile],
) -> None:
    """Sign the current catalog anew."""
    connection.execute("BEGIN TRANSACTION")
    connection.execute("DROP SCHEMA IF EXISTS _meta CASCADE")
    for statement in _STATEMENTS:
        connection.execute(statement)
    names = [name for name in Publication.__dataclass_fields__ if name not in ("tables", "deltas")]
    connection.execute(
        f"INSERT INTO _meta.publication ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",  # noqa: S608
        [getattr(publication, name) for name in names],
    )
    none = RowDelta()
    rows = [
        (name, table.row_count, *_counts(publication.deltas.get(name, none)), table.definition, table.comments)
        for name, table in publication.tables.items()
    ]
    connection.executemany("INSERT INTO _meta.tables VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    _insert_files(connection, files)
    connection.execute("COMMIT")


def _counts(delta: RowDelta) -> tuple[int, int, int]:
    return delta.added, delta.changed, delta.removed


def _insert_files(connection: duckdb.DuckDBPyConnection, files: Mapping[tuple[str, str], KnownFile]) -> None:
    """All at once, as Arrow: row by row a large site's would take seconds."""
    rows = [
        {"table_name": table, "path": path, "generation": file.generation, "partition": file.partition}
        | {"is_contested": file.is_contested}
        for (table, path), file in files.items()
    ]
    if rows:
        connection.register("_account_of_files", pa.Table.from_pylist(rows))
        connection.execute("INSERT INTO _meta.files BY NAME SELECT * FROM _account_of_files")
        connection.unregister("_account_of_files")
