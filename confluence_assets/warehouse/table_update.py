"""Brings the tables of a copied database up to what the lake holds now, by the files that changed since it was made.

Rows are compared by value, and only those that differ are written: a statement costs what its files hold, not what the
table does. The SQL is put together from names of the data contract and paths of the lake, quoted.
"""
# ruff: noqa: S608

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from confluence_assets.tables import TABLES, Column, ColumnType, Grain, Table
from confluence_assets.warehouse.account import KnownFile, RowDelta
from confluence_assets.warehouse.files import SourceFile
from confluence_assets.warehouse.load import Piece, Source, load_table, one
from confluence_assets.warehouse.schema import (
    comment_statements,
    create_statement,
    join_clauses,
    join_condition,
    join_key,
    joined_columns,
    joined_tables,
    listed,
    name_of,
    partition_expression,
    select_columns,
    stored_expression,
)
from confluence_assets.warehouse.search_index import INDEXED_TABLES

_FOLLOWED = frozenset(name for table in TABLES for name in joined_tables(table)).union(INDEXED_TABLES)
"""Tables whose changed keys are kept: others join them, or the search index is made of them."""
_MANY_SPACES = 500
"""Beyond so many, naming the spaces of a derived table's rows is no help."""


@dataclass(slots=True)
class TableState:
    """One table as it was published, and the lake's files as they are now."""

    table: Table
    files: Sequence[SourceFile]
    known: Mapping[str, KnownFile]
    """By path, as it stands in the account."""
    names: Mapping[str, str]
    """Path as the account has it, by path on disk."""

    @property
    def changed(self) -> list[SourceFile]:
        """Files whose rows may differ from those that were published."""
        if any(column.volatile and column.name != "synced_at" for column in self.table.columns):
            return list(self.files)  # their rows may look newer without being of another generation
        return [file for file in self.files if self._is_news(file)]

    @property
    def vanished(self) -> list[KnownFile]:
        standing = {self.names[str(file.path)] for file in self.files}
        return [known for path, known in self.known.items() if path not in standing]

    def _is_news(self, file: SourceFile) -> bool:
        known = self.known.get(self.names[str(file.path)])
        return known is None or known.is_contested or known.generation != file.generation


@dataclass(slots=True)
class TableResult:
    """What became of a table. Where it `has_touched` rows that others join, their keys stand in `_touched_<table>`."""

    delta: RowDelta = field(default_factory=RowDelta)
    contested: set[str] = field(default_factory=set)
    is_reloaded: bool = False
    has_touched: bool = False


class TableUpdate:
    """The way from one state of a table to the next; `upstream` are the results of the derived tables that it joins."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, state: TableState, upstream: Mapping[str, TableResult]
    ) -> None:
        self._connection = connection
        self._state = state
        self._table = state.table
        self._name = name_of(state.table.name)
        self._keys = [name_of(name) for name in state.table.key]
        self._upstream = {name: upstream[name] for name in joined_tables(state.table)}
        self._source: Source | None = None
        self._contested: set[str] = set()

    def run(self) -> TableResult:
        """Update the table, or load it anew where the difference can't be told."""
        state = self._state
        if any(result.is_reloaded for result in self._upstream.values()):
            return self.reload()
        changed, vanished = state.changed, state.vanished
        touched = [name for name, result in self._upstream.items() if result.has_touched]
        if not (changed or vanished or touched):
            return TableResult()
        keys = ", ".join(self._keys)
        self._run(
            f"CREATE OR REPLACE TEMP TABLE _diff AS SELECT {keys}, NULL::VARCHAR AS kind FROM {self._name} LIMIT 0"
        )
        if (changed or vanished) and not self._compare(changed, vanished):
            return self.reload()
        for derived in touched:
            self._find_joined(derived)
        self._write()
        for derived in touched:
            self._update_joined(derived)
        if self._count(self._name) != sum(file.row_count for file in state.files) - self._loser_count():
            return self.reload()  # rows that do not stand where their file's name says
        self._keep_touched()
        return TableResult(self._delta(), self._contested, has_touched=self._is_joined())

    def reload(self) -> TableResult:
        """Load the table anew, from all files."""
        keys = ", ".join(self._keys)
        self._run(f"CREATE OR REPLACE TEMP TABLE _before AS SELECT {keys} FROM {self._name}")
        self._run(f"DROP TABLE {self._name}")
        self._run(create_statement(self._table))
        for statement in comment_statements(self._table):
            self._run(statement)
        contested = load_table(self._connection, self._table, self._state.files)
        kept = self._count(f"{self._name} SEMI JOIN _before USING ({keys})")
        delta = RowDelta(self._count(self._name) - kept, kept, self._count("_before") - kept)
        self._run("DROP TABLE _before")
        return TableResult(delta, contested, is_reloaded=True)

    # What differs

    def _compare(self, changed: list[SourceFile], vanished: list[KnownFile]) -> bool:
        """Fill `_diff`; False where a row came from a file that can't be found.

        A row that is new here and stands in the table under another file's name is in two files: both are compared then,
        and looked at again by every publication until the row stands in one.
        """
        while True:
            self._source = Source(self._connection, self._table, changed) if changed else None
            self._contested = self._source.contested if self._source else set()
            self._run("DELETE FROM _diff")
            self._fill(vanished)
            claimed = self._claimed_elsewhere() - _partitions(changed) - _partitions(vanished)
            if not claimed:
                return True
            owners = [file for file in self._state.files if file.partition in claimed and file not in changed]
            if _partitions(owners) != claimed:
                return False
            changed = [*changed, *owners]

    def _fill(self, vanished: list[KnownFile]) -> None:
        stored = self._table.stored_columns
        if self._source is not None:
            select = ", ".join(
                f"{stored_expression(column, self._source.present)} AS {name_of(column.name)}" for column in stored
            )
            for piece in self._source.pieces():
                rows, where = self._source.read_piece(piece)
                standing = f"{self._standing(piece)} AND {piece.within(self._keys[0])}"
                self._add_differences(f"(SELECT {select} FROM {rows} AS source WHERE {where})", standing)
        expression = partition_expression(self._table)
        if vanished and (expression is None or self._table.grain is not Grain.RUN):
            partitions = sorted({file.partition for file in vanished if file.partition is not None})
            standing = f"{expression} IN {listed(partitions)}" if expression else "true"
            columns = ", ".join(name_of(column.name) for column in stored)
            self._add_differences(f"(SELECT {columns} FROM {self._name} LIMIT 0)", standing)
        self._join_moves()

    def _add_differences(self, rows: str, standing: str) -> None:
        """Compare rows with those of the table that came from the same files."""
        stored = self._table.stored_columns
        first = self._keys[0]
        same = " AND ".join(f"source.{key} = old.{key}" for key in self._keys)
        keys = ", ".join(f"coalesce(source.{key}, old.{key})" for key in self._keys)
        solid = _differs([column for column in stored if not column.volatile])
        self._run(
            f"INSERT INTO _diff SELECT {keys}, CASE WHEN old.{first} IS NULL THEN 'added' "
            f"WHEN source.{first} IS NULL THEN 'removed' WHEN {solid} THEN 'changed' ELSE 'refreshed' END "
            f"FROM {rows} AS source FULL JOIN (SELECT * FROM {self._name} WHERE {standing}) AS old ON {same} "
            f"WHERE old.{first} IS NULL OR source.{first} IS NULL OR {_differs(stored)}"
        )

    def _join_moves(self) -> None:
        """What left one file and came up in another has changed."""
        keys = ", ".join(self._keys)
        self._run(
            f"CREATE OR REPLACE TEMP TABLE _moved AS SELECT {keys} FROM _diff GROUP BY {keys} HAVING count(*) > 1"
        )
        if self._count("_moved"):
            self._run(f"DELETE FROM _diff WHERE ({keys}) IN (SELECT ({keys}) FROM _moved)")
            self._run(f"INSERT INTO _diff SELECT {keys}, 'changed' FROM _moved")

    def _standing(self, piece: Piece) -> str:
        """Which rows of the table came from these files."""
        expression = partition_expression(self._table)
        if expression is None:
            return "true"
        if self._table.grain is Grain.RUN:
            return (
                f"run_id IN (SELECT DISTINCT run_id FROM {self._source.read(piece.files)})" if self._source else "false"
            )
        return f"{expression} IN {listed(sorted({str(file.partition) for file in piece.files}))}"

    def _claimed_elsewhere(self) -> set[str]:
        """Partitions of rows that are new here, and stand in the table under another file's name."""
        keys = ", ".join(self._keys)
        if not self._count("_diff WHERE kind = 'added'"):
            return set()
        expression = partition_expression(self._table) or "''"
        found = self._connection.execute(
            f"SELECT DISTINCT {expression} FROM {self._name} SEMI JOIN (FROM _diff WHERE kind = 'added') USING ({keys})"
        ).fetchall()
        return {row[0] for row in found}

    def _find_joined(self, derived: str) -> None:
        """Rows that show another row of a derived table now, whatever became of their own file."""
        if not _has_lists(self._table, derived):
            return
        keys = ", ".join(self._keys)
        columns = [column for column in joined_columns(self._table, derived)]
        touched = f"(SELECT * FROM {self._name} AS source WHERE {self._is_touched(derived)})"
        differs = " OR ".join(
            f"source.{name_of(column.name)} IS DISTINCT FROM {derived}.{name_of(column.name)}" for column in columns
        )
        self._run(
            f"INSERT INTO _diff SELECT {keys}, 'joined' FROM (SELECT source.* FROM {touched} AS source "
            f"LEFT JOIN {self._few(derived)} AS {derived} ON {join_condition(self._table, derived)} WHERE {differs}) "
            f"ANTI JOIN _diff USING ({keys})"
        )

    def _is_touched(self, derived: str) -> str:
        """A condition for the rows of `source` that join a derived row which changed."""
        key, touched = self._keys[0], f"(SELECT touched FROM _touched_{derived})"
        spaces = self._spaces(f"SELECT DISTINCT space_key FROM {self._name} WHERE {key} IN {touched}")
        return f"source.{key} IN {touched} AND {spaces.replace('space_key', 'source.space_key')}"

    def _few(self, derived: str) -> str:
        """The rows of a derived table that changed, as a table expression that reads no other's body."""
        touched = f"{join_key(derived)} IN (SELECT touched FROM _touched_{derived})"
        spaces = self._spaces(f"SELECT DISTINCT space_key FROM {name_of(derived)} WHERE {touched}")
        return f"(SELECT * FROM {name_of(derived)} WHERE {touched} AND {spaces})"

    def _spaces(self, query: str) -> str:
        """Names the spaces that a query finds, so that a scan passes over all others; true where they are too many."""
        found = [row[0] for row in self._connection.execute(query).fetchall()]
        return f"space_key IN {listed(found)}" if 0 < len(found) <= _MANY_SPACES else "true"

    # What is written

    def _write(self) -> None:
        if not self._count("_diff"):
            return
        self._run(f"CREATE OR REPLACE TEMP TABLE _rows AS SELECT * FROM {self._name} LIMIT 0")
        self._gather_new()
        self._gather_joined()
        same = " AND ".join(f"{self._name}.{key} = leaving.{key}" for key in self._keys)
        # Two transactions: in one, a key can't leave and come.
        self._transact(f"DELETE FROM {self._name} USING (FROM _diff WHERE kind <> 'added') AS leaving WHERE {same}")
        self._transact(f"INSERT INTO {self._name} SELECT * FROM _rows")
        self._run("DROP TABLE _rows")

    def _gather_new(self) -> None:
        if self._source is None or not self._count("_diff WHERE kind IN ('added', 'changed', 'refreshed')"):
            return
        keys = " AND ".join(f"source.{key} = wanted.{key}" for key in self._keys)
        wanted = "(FROM _diff WHERE kind IN ('added', 'changed', 'refreshed'))"
        spaces = self._derived_spaces()
        for piece in self._source.pieces():
            rows, where = self._source.read_piece(piece)
            self._run(
                f"INSERT INTO _rows SELECT {select_columns(self._table, self._source.present)} FROM (SELECT source.* FROM {rows} AS source "
                f"SEMI JOIN {wanted} AS wanted ON {keys} WHERE {where}) AS source {join_clauses(self._table, spaces)}"
            )

    def _gather_joined(self) -> None:
        """The rows whose own columns stay, with what is joined in now."""
        if not self._count("_diff WHERE kind = 'joined'"):
            return
        keys = " AND ".join(f"source.{key} = wanted.{key}" for key in self._keys)
        wanted = "(FROM _diff WHERE kind = 'joined')"
        own = self._spaces(
            f"SELECT DISTINCT space_key FROM {self._name} SEMI JOIN {wanted} USING ({', '.join(self._keys)})"
        )
        columns = ", ".join(
            f"{name_of(column.joined_from or 'source')}.{name_of(column.name)}" for column in self._table.columns
        )
        self._run(
            f"INSERT INTO _rows SELECT {columns} FROM (SELECT source.* FROM (SELECT * FROM {self._name} WHERE {own}) "
            f"AS source SEMI JOIN {wanted} AS wanted ON {keys}) AS source {join_clauses(self._table, self._derived_spaces())}"
        )

    def _derived_spaces(self) -> str:
        """A condition for the rows of derived tables that the rows of `_diff` can join, by their spaces."""
        queries = [
            f"SELECT DISTINCT space_key FROM {name_of(derived)} WHERE {join_key(derived)} IN (SELECT {self._keys[0]} FROM _diff)"
            for derived in joined_tables(self._table)
        ]
        return self._spaces(" UNION ".join(queries)) if queries else ""

    def _update_joined(self, derived: str) -> None:
        """Where only plain values are joined in, they are set in place: no body is written again."""
        if _has_lists(self._table, derived):
            return
        columns = joined_columns(self._table, derived)
        keys = ", ".join(f"source.{key}" for key in self._keys)
        values = ", ".join(f"{derived}.{name_of(column.name)}" for column in columns)
        sets = ", ".join(f"{name_of(column.name)} = fresh.{name_of(column.name)}" for column in columns)
        differs = " OR ".join(
            f"{derived}.{name_of(column.name)} IS DISTINCT FROM source.{name_of(column.name)}" for column in columns
        )
        same = " AND ".join(f"{self._name}.{key} = fresh.{key}" for key in self._keys)
        self._run(
            f"CREATE OR REPLACE TEMP TABLE _fresh AS SELECT {keys}, {values} FROM {self._name} AS source "
            f"LEFT JOIN {self._few(derived)} AS {derived} ON {join_condition(self._table, derived)} "
            f"WHERE {self._is_touched(derived)} AND ({differs})"
        )
        own = ", ".join(self._keys)
        self._run(f"INSERT INTO _diff SELECT {own}, 'joined' FROM _fresh ANTI JOIN _diff USING ({own})")
        self._transact(f"UPDATE {self._name} SET {sets} FROM _fresh AS fresh WHERE {same}")
        self._run("DROP TABLE _fresh")

    # What is told

    def _delta(self) -> RowDelta:
        counts = dict(self._connection.execute("SELECT kind, count(*) FROM _diff GROUP BY kind").fetchall())
        changed = counts.get("changed", 0) + counts.get("joined", 0)
        return RowDelta(counts.get("added", 0), changed, counts.get("removed", 0))

    def _is_joined(self) -> bool:
        return self._table.name in _FOLLOWED and bool(self._count("_diff"))

    def _keep_touched(self) -> None:
        if self._is_joined():
            name = f"_touched_{self._table.name}"
            self._run(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT DISTINCT {self._keys[0]} AS touched FROM _diff")

    def _loser_count(self) -> int:
        return self._source.loser_count if self._source else 0

    def _count(self, rows: str) -> int:
        return int(one(self._connection, f"SELECT count(*) FROM {rows}"))

    def _run(self, statement: str) -> None:
        self._connection.execute(statement)

    def _transact(self, statement: str) -> None:
        self._run("BEGIN TRANSACTION")
        self._run(statement)
        self._run("COMMIT")


def _partitions(files: Iterable[SourceFile | KnownFile]) -> set[str]:
    return {file.partition or "" for file in files}


def _differs(columns: Sequence[Column]) -> str:
    """Whether two rows, `source` and `old`, differ in any of these columns."""
    return " OR ".join(
        f"source.{name_of(column.name)} IS DISTINCT FROM old.{name_of(column.name)}" for column in columns
    )


def _has_lists(table: Table, derived: str) -> bool:
    """Whether lists are joined in: DuckDB updates a row with a list by deleting and inserting it, which a key forbids."""
    return any(column.type is ColumnType.STRINGS for column in joined_columns(table, derived))
