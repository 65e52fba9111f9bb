"""The last publications, each whole in a folder of its own: `history/<time>/confluence.duckdb`.

The newest is another name of the published file and takes no room. What has left the site leaves the kept publications too,
before the publication that shows it gone is seen.
"""
# ruff: noqa: S608

import re
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from confluence_assets.tables import TABLES, Grain, Origin, Table
from confluence_assets.warehouse.database import (
    DATABASE_NAME,
    building_path,
    copy_file,
    open_to_read,
    open_to_write,
    remove_leftovers,
    swap_in,
)
from confluence_assets.warehouse.schema import name_of

FOLDER = "history"
_TIME = "%Y-%m-%dT%H-%M-%S-%fZ"
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{6}Z")
_MEMORY_MIB = 512

_CONTENTS: tuple[Table, ...] = tuple(
    table for table in TABLES if table.grain is Grain.SPACE and table.origin is Origin.FETCHED and len(table.key) == 1
)
"""Tables whose rows are contents with an id of their own."""
_ID_COLUMNS = frozenset({"content_id", "source_id", "container_id", *(table.key[0] for table in _CONTENTS)})
"""A row that names a content in one of these is about that content."""


def kept_publications(root: Path) -> list[Path]:
    """The files of the kept publications, oldest first."""
    folder = root / FOLDER
    if not folder.is_dir():
        return []
    return sorted(entry / DATABASE_NAME for entry in folder.iterdir() if _NAME.fullmatch(entry.name))


def keep_publication(root: Path, published_at: datetime, count: int) -> None:
    """See that the published file is among those kept, and that these are the last `count`."""
    if count > 0:
        target = root / FOLDER / f"{published_at.astimezone(UTC):{_TIME}}" / DATABASE_NAME
        if not target.exists():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                target.hardlink_to(root / DATABASE_NAME)
            except OSError:  # a file system without links
                _copy_whole(root, target)
    for path in kept_publications(root)[: -count or None]:
        shutil.rmtree(path.parent)
    folder = root / FOLDER
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _copy_whole(root: Path, target: Path) -> None:
    """A copy of the published file that is seen once it is whole: what a kill cut off would be taken for it."""
    building = building_path(root)
    try:
        copy_file(root / DATABASE_NAME, building)
        swap_in(building, target)
    finally:
        remove_leftovers(root)


def purge_kept(root: Path, fresh: Path) -> list[str]:
    """Take out of each kept publication what `fresh` no longer holds. Shape: what was dropped because that failed.

    A kept file may be open; so it is not altered, but replaced by a copy without those rows.
    """
    dropped = []
    for path in kept_publications(root):
        try:
            _purge(path, fresh)
        except (duckdb.Error, OSError) as error:
            shutil.rmtree(path.parent)
            dropped.append(f"{path.parent.name}: {str(error).splitlines()[0][:200]}")
        finally:
            remove_leftovers(path.parent)
    return dropped


def _purge(path: Path, fresh: Path) -> None:
    with open_to_read(kept=path, fresh=fresh) as connection:
        contents = _gone(connection, ((table.name, table.key[0]) for table in _CONTENTS))
        spaces = _gone(connection, [("spaces", "space_id")])
    if not contents and not spaces:
        return
    building = path.with_name(f".{DATABASE_NAME}.purged")
    copy_file(path, building)
    with open_to_write(building, _MEMORY_MIB, is_new=False) as connection:
        connection.execute("CREATE TEMP TABLE _gone (id VARCHAR, is_space BOOLEAN)")
        rows = [*((one, False) for one in contents), *((one, True) for one in spaces)]
        connection.executemany("INSERT INTO _gone VALUES (?, ?)", rows)
        for table, column in _columns_with_ids(connection):
            is_space = str(column == "space_id").lower()
            connection.execute(
                f"DELETE FROM {table} WHERE {name_of(column)} IN (SELECT id FROM _gone WHERE is_space = {is_space})"
            )
    swap_in(building, path)


def _gone(connection: duckdb.DuckDBPyConnection, tables: Iterable[tuple[str, str]]) -> list[str]:
    """Ids of the kept publication that the fresh one does not hold."""
    found: set[str] = set()
    standing = _tables_of(connection, "kept") & _tables_of(connection, "fresh")
    for table, column in tables:
        if table in standing:
            rows = connection.execute(
                f"SELECT {column} FROM kept.main.{name_of(table)} ANTI JOIN fresh.main.{name_of(table)} USING ({column})"
            ).fetchall()
            found.update(row[0] for row in rows)
    return sorted(found)


def _tables_of(connection: duckdb.DuckDBPyConnection, catalog: str) -> set[str]:
    query = "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'main'"
    return {row[0] for row in connection.execute(query, [catalog]).fetchall()}


def _columns_with_ids(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Every column of the current catalog that says which content or space a row is about, with its table."""
    query = (
        "SELECT schema_name, table_name, column_name FROM duckdb_columns() JOIN duckdb_tables() "
        "USING (database_name, schema_name, table_name) WHERE database_name = 'confluence' ORDER BY ALL"
    )
    return [
        (f"{name_of(schema)}.{name_of(table)}", column)
        for schema, table, column in connection.execute(query).fetchall()
        if column in _ID_COLUMNS or column == "space_id"
    ]
