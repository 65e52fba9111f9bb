"""Fills the tables of a database from the lake's Parquet files, each id once, in bounded memory.

The SQL is put together from names of the data contract and paths of the lake, quoted; nothing of a site goes into it.
"""
# ruff: noqa: S608

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import duckdb

from confluence_assets.tables import Table
from confluence_assets.warehouse.files import SourceFile
from confluence_assets.warehouse.schema import (
    join_clauses,
    join_condition,
    joined_tables,
    listed,
    name_of,
    quoted,
    select_columns,
    source_of,
)

_CHUNK_BYTES = 24 * 1024 * 1024
"""Bytes that are loaded, or compared, by one statement where bodies are joined in, before they were compressed."""
_BEST_COMPRESSION = 32
"""What is this much smaller on disk is not looked into: it is one piece."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Files that one statement reads, or a range of keys of one."""

    files: tuple[SourceFile, ...]
    low: str | None = None
    high: str | None = None

    def within(self, key: str) -> str:
        """The condition that keeps a key in the range; true where the files are read whole."""
        bounds = []
        if self.low is not None:
            bounds.append(f"{key} > {quoted(self.low)}")
        if self.high is not None:
            bounds.append(f"{key} <= {quoted(self.high)}")
        return " AND ".join(bounds) or "true"


class Source:
    """Files of one table as something to select from: each key once, the row that was read last."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[SourceFile]) -> None:
        self.table = table
        self.files = tuple(sorted(files, key=lambda file: (file.partition or "", str(file.path))))
        self._connection = connection
        # Files of different releases: asking for the union of their columns costs a look at every footer.
        self._is_mixed = len({file.layout for file in files}) > 1
        self._key = ", ".join(map(name_of, table.key))
        everything = self.read(self.files)
        described = connection.execute(f"DESCRIBE SELECT * FROM {everything}").fetchall()
        self.present = {row[0] for row in described}
        self.loser_count = 0
        self.contested: set[str] = set()
        if len(files) > 1 and self._has_doubles(everything):
            self._find_losers()

    def read(self, files: Sequence[SourceFile], *, with_path: bool = False) -> str:
        """The files as a table expression."""
        return source_of([str(file.path) for file in files], by_name=self._is_mixed, with_path=with_path)

    def read_piece(self, piece: Piece) -> tuple[str, str]:
        """Table expression and condition, in which the files are called `source`."""
        conditions = [piece.within(f"source.{name_of(self.table.key[0])}")]
        has_losers = self.loser_count > 0
        if has_losers:
            same = " AND ".join(f"loser.{name_of(name)} = source.{name_of(name)}" for name in self.table.key)
            conditions.append(
                f"NOT EXISTS (SELECT 1 FROM _losers AS loser WHERE loser._path = source._path AND {same})"
            )
        return self.read(piece.files, with_path=has_losers), " AND ".join(conditions)

    def pieces(self) -> Iterator[Piece]:
        """Small files together and large ones in parts, so that each piece is of bounded size."""
        if sum(file.path.stat().st_size for file in self.files) * _BEST_COMPRESSION <= _CHUNK_BYTES:
            yield Piece(self.files)
            return
        sizes = self._sizes()
        gathered: list[SourceFile] = []
        size = 0
        for file in self.files:
            own = sizes[str(file.path)]
            if gathered and size + own > _CHUNK_BYTES:
                yield Piece(tuple(gathered))
                gathered, size = [], 0
            if own > _CHUNK_BYTES:
                yield from self._ranges(file, own)
            else:
                gathered.append(file)
                size += own
        if gathered:
            yield Piece(tuple(gathered))

    def _sizes(self) -> dict[str, int]:
        """Bytes of each file before compression: what a statement holds in memory is the text itself."""
        paths = ", ".join(quoted(str(file.path)) for file in self.files)
        query = f"SELECT file_name, sum(total_uncompressed_size)::BIGINT FROM parquet_metadata([{paths}]) GROUP BY file_name"
        return dict(self._connection.execute(query).fetchall())

    def _ranges(self, file: SourceFile, size: int) -> Iterator[Piece]:
        key = name_of(self.table.key[0])
        parts = size // _CHUNK_BYTES + 1
        rows = self._connection.execute(
            f"SELECT max({key}) FROM (SELECT {key}, ntile({parts}) OVER (ORDER BY {key}) AS part FROM {self.read([file])}) "
            "GROUP BY part ORDER BY part"
        ).fetchall()
        bounds = [None, *dict.fromkeys(row[0] for row in rows[:-1]), None]
        for low, high in pairwise(bounds):
            yield Piece((file,), low, high)

    def _has_doubles(self, source: str) -> bool:
        query = f"SELECT 1 FROM {source} GROUP BY {self._key} HAVING count(*) > 1 LIMIT 1"
        return bool(self._connection.execute(query).fetchall())

    def _find_losers(self) -> None:
        """Keep in `_losers` the rows that stand in a second file as well, and are not the ones that were read last.

        A move across spaces is two commits: between them an id is in both files, and the one read last counts.
        """
        connection, key = self._connection, self._key
        connection.execute("CREATE OR REPLACE TEMP TABLE _files (_path VARCHAR, committed_at TIMESTAMPTZ)")
        connection.executemany(
            "INSERT INTO _files VALUES (?, ?)", [(str(file.path), file.committed_at) for file in self.files]
        )
        newest = "synced_at DESC NULLS LAST, " if "synced_at" in self.present else ""
        source = self.read(self.files, with_path=True)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE _doubles AS "
            f"SELECT _path, {key}, row_number() OVER (PARTITION BY {key} ORDER BY {newest}committed_at DESC, _path) AS place "
            f"FROM {source} JOIN _files USING (_path) "
            f"WHERE ({key}) IN (SELECT ({key}) FROM {source} GROUP BY {key} HAVING count(*) > 1)"
        )
        connection.execute("CREATE OR REPLACE TEMP TABLE _losers AS SELECT * FROM _doubles WHERE place > 1")
        self.loser_count = int(one(connection, "SELECT count(*) FROM _losers"))
        self.contested = {row[0] for row in connection.execute("SELECT DISTINCT _path FROM _doubles").fetchall()}


def load_table(connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[SourceFile]) -> set[str]:
    """Fill one empty table. Shape: the paths of files that share a key with another file."""
    if not files:
        return set()
    source = Source(connection, table, files)
    pieces = list(source.pieces()) if joined_tables(table) else [Piece(source.files)]
    is_whole = len(pieces) == 1
    strays = "" if is_whole else _find_strays(connection, source)
    for piece in pieces:
        _insert(
            connection, source, piece, "" if is_whole else _derived_rows(piece), f"NOT {strays}" if strays else "true"
        )
    if strays:
        _insert(connection, source, Piece(source.files), "", strays)
    return source.contested


def _insert(connection: duckdb.DuckDBPyConnection, source: Source, piece: Piece, derived: str, condition: str) -> None:
    table = source.table
    rows, where = source.read_piece(piece)
    connection.execute(
        f"INSERT INTO {name_of(table.name)} SELECT {select_columns(table, source.present)} "
        f"FROM {rows} AS source {join_clauses(table, derived)} WHERE {where} AND {condition}"
    )


def _derived_rows(piece: Piece) -> str:
    """Which rows of a derived table a piece can need, strays aside: without it, each piece would read all bodies."""
    spaces = sorted({file.partition for file in piece.files if file.partition is not None})
    return f"space_key IN {listed(spaces)} AND {piece.within('{key}')}"


def _find_strays(connection: duckdb.DuckDBPyConnection, source: Source) -> str:
    """A condition for the rows whose derived row stands in another space: those that are moving. Empty where none does."""
    table = source.table
    key = name_of(table.key[0])
    read, where = source.read_piece(Piece(source.files))
    found = " UNION ".join(
        f"SELECT source.{key} AS stray FROM {read} AS source JOIN {name_of(derived)} AS {derived} "
        f"ON {join_condition(table, derived)} WHERE {where} AND {derived}.space_key IS DISTINCT FROM source.space_key"
        for derived in joined_tables(table)
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE _strays AS {found}")
    if not one(connection, "SELECT count(*) FROM _strays"):
        return ""
    return f"source.{key} IN (SELECT stray FROM _strays)"


def one(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    """The one value that a query gives."""
    return connection.execute(query).fetchall()[0][0]
