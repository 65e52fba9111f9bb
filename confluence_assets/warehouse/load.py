"""Fills the tables of a new database from the lake's Parquet files, each id once, in bounded memory.

The SQL is put together from names of the data contract and paths of the lake, quoted; nothing of a site goes into it.
"""
# ruff: noqa: S608

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import duckdb

from confluence_assets.tables import Table
from confluence_assets.warehouse.files import SourceFile
from confluence_assets.warehouse.schema import join_clauses, name_of, quoted, select_columns, source_of

_LOSERS = "_losers"
_CHUNK_BYTES = 24 * 1024 * 1024
"""Bytes that are loaded by one statement where bodies are joined in, before they were compressed."""


def load_table(connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[SourceFile]) -> int:
    """Fill one table. Shape: the number of rows."""
    if files:
        Loader(connection, table, files).run()
    return int(_one(connection, f"SELECT count(*) FROM {name_of(table.name)}"))


class Loader:
    """The way from some Parquet files to one table."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[SourceFile]) -> None:
        self._connection = connection
        self._table = table
        self._files = files
        self._paths = [str(file.path) for file in files]
        self._is_mixed = len({file.layout for file in files}) > 1
        self._key = ", ".join(name_of(name) for name in table.key)

    def run(self) -> None:
        present = self._present()
        where = self._without_losers(present)
        source = self._source(with_path=bool(where))
        for part in self._ranges():
            condition = " AND ".join(filter(None, (where, part)))
            self._connection.execute(
                f"INSERT INTO {name_of(self._table.name)} SELECT {select_columns(self._table, present)} "
                f"FROM {source} AS source {join_clauses(self._table)} {f'WHERE {condition}' if condition else ''}"
            )

    def _source(self, *, with_path: bool = False) -> str:
        # Files of different releases: asking for the union of their columns costs a look at every footer.
        return source_of(self._paths, by_name=self._is_mixed, with_path=with_path)

    def _present(self) -> set[str]:
        return {row[0] for row in self._connection.execute(f"DESCRIBE SELECT * FROM {self._source()}").fetchall()}

    def _without_losers(self, present: set[str]) -> str:
        """A condition that leaves out rows that stand in a second file as well; empty where none does.

        A move across spaces is two commits: between them an id is in both files, and the one read last counts.
        """
        source = self._source(with_path=True)
        if len(self._files) == 1 or not self._has_doubles(source):
            return ""
        connection = self._connection
        connection.execute("CREATE OR REPLACE TEMP TABLE _files (_path VARCHAR, committed_at TIMESTAMPTZ)")
        connection.executemany(
            "INSERT INTO _files VALUES (?, ?)", [(str(file.path), file.committed_at) for file in self._files]
        )
        newest = "synced_at DESC NULLS LAST, " if "synced_at" in present else ""
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_LOSERS} AS "
            f"SELECT _path, {self._key} FROM (SELECT _path, {self._key}, row_number() OVER "
            f"(PARTITION BY {self._key} ORDER BY {newest}committed_at DESC, _path) AS place "
            f"FROM {source} JOIN _files USING (_path) "
            f"WHERE ({self._key}) IN (SELECT ({self._key}) FROM {source} GROUP BY {self._key} HAVING count(*) > 1)) "
            "WHERE place > 1"
        )
        same = " AND ".join(f"loser.{name_of(name)} = source.{name_of(name)}" for name in self._table.key)
        return f"NOT EXISTS (SELECT 1 FROM {_LOSERS} AS loser WHERE loser._path = source._path AND {same})"

    def _has_doubles(self, source: str) -> bool:
        query = f"SELECT 1 FROM {source} GROUP BY {self._key} HAVING count(*) > 1 LIMIT 1"
        return bool(self._connection.execute(query).fetchall())

    def _ranges(self) -> list[str]:
        """Conditions that cut the rows into parts of bounded size, by their first key column; one empty one where they are few."""
        if not join_clauses(self._table):
            return [""]
        # What a statement holds in memory is the text itself: on disk it may be a tenth of it.
        size = int(
            _one(
                self._connection,
                "SELECT coalesce(sum(total_uncompressed_size), 0) FROM parquet_metadata("
                f"[{', '.join(quoted(path) for path in self._paths)}])",
            )
        )
        parts = size // _CHUNK_BYTES + 1
        if parts == 1:
            return [""]
        key = name_of(self._table.key[0])
        rows = self._connection.execute(
            f"SELECT max({key}) FROM (SELECT {key}, ntile({parts}) OVER (ORDER BY {key}) AS part FROM {self._source()}) "
            "GROUP BY part ORDER BY part"
        ).fetchall()
        bounds = [row[0].replace("'", "''") for row in rows[:-1]]
        ranges = [f"source.{key} <= '{bounds[0]}'"]
        ranges += [f"source.{key} > '{low}' AND source.{key} <= '{high}'" for low, high in pairwise(bounds)]
        return [*ranges, f"source.{key} > '{bounds[-1]}'"]


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    return connection.execute(query).fetchall()[0][0]
