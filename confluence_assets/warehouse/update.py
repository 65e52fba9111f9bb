"""A whole database: made from nothing, or a copy of the last one brought up to date. Both leave the same rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib import resources
from pathlib import Path

import duckdb

from confluence_assets.errors import StorageError
from confluence_assets.tables import TABLES, Table
from confluence_assets.warehouse.account import (
    FORMAT,
    KnownFile,
    KnownTable,
    Publication,
    RowDelta,
    read_files,
    write_account,
)
from confluence_assets.warehouse.database import copy_file, open_to_write
from confluence_assets.warehouse.files import SourceFile
from confluence_assets.warehouse.load import load_table, one
from confluence_assets.warehouse.schema import comment_statements, create_statement, load_order, name_of
from confluence_assets.warehouse.search_index import (
    INDEXED_TABLES,
    build_search_index,
    search_mark,
    update_search_index,
)
from confluence_assets.warehouse.table_update import TableResult, TableState, TableUpdate

_SMALL_ROWS = 2_000_000


@dataclass(slots=True)
class Order:
    """What is to be published: where it is built, and from which files of which site."""

    root: Path
    building: Path
    files: Sequence[SourceFile]
    fingerprint: str
    site_id: str = ""
    names: dict[str, str] = field(init=False)
    """Path below the site's folder, by path on disk."""
    _by_table: dict[str, list[SourceFile]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.names = {str(file.path): str(file.path.relative_to(self.root)) for file in self.files}
        for file in self.files:
            self._by_table.setdefault(file.table, []).append(file)

    @property
    def is_small(self) -> bool:
        return sum(file.row_count for file in self.files) < _SMALL_ROWS

    def files_of(self, table: str) -> list[SourceFile]:
        return self._by_table.get(table, [])


def build(order: Order, memory_limit_mib: int, deltas: Mapping[str, RowDelta] | None = None) -> Publication:
    """A new database, from all files. `deltas` are told in place of every row's having come."""
    # What is small is made in less memory by one thread, and no later.
    threads = 1 if order.is_small else 2
    with open_to_write(order.building, memory_limit_mib, is_new=True, threads=threads) as connection:
        # One transaction: a checkpoint between two statements would write half-full row groups twice.
        connection.execute("BEGIN TRANSACTION")
        contested: set[str] = set()
        for table in TABLES:
            _declare(connection, table)
        for table in load_order():
            contested |= load_table(connection, table, order.files_of(table.name))
        _run_scripts(connection)
        # What is checkpointed as it is committed need not go through the `.wal` first.
        connection.execute("SET checkpoint_threshold = '1KB'")
        connection.execute("COMMIT")
        # On disk by now, the tables make room in memory for the index that is made of them.
        connection.execute("BEGIN TRANSACTION")
        build_search_index(connection)
        connection.execute("COMMIT")
        rows = _count_rows(connection)
        told = {name: RowDelta(added=count) for name, count in rows.items()} if deltas is None else deltas
        now = datetime.now(UTC)
        signed = Publication(order.fingerprint, now, rebuilt_at=now, rebuilt_rows=sum(rows.values()))
        publication = _sign(order, signed, rows, told)
        write_account(connection, publication, _known_files(order, contested))
    return publication


def update(order: Order, old: Path, account: Publication, memory_limit_mib: int) -> Publication:
    """A copy of the last database, with what changed since. Raises: duckdb.Error where that can't be done."""
    copy_file(old, order.building)
    with open_to_write(order.building, memory_limit_mib, is_new=False) as connection:
        known: dict[str, dict[str, KnownFile]] = {}
        for (name, path), file in read_files(connection).items():
            known.setdefault(name, {})[path] = file
        _forget_tables(connection, account)
        results: dict[str, TableResult] = {}
        for table in load_order():
            results[table.name] = _update_table(connection, order, account, known, table, results)
        if account.scripts != _scripts_mark():
            _drop_scripts(connection)
            connection.execute("BEGIN TRANSACTION")
            _run_scripts(connection)
            connection.execute("COMMIT")
        _update_search(connection, results, is_anew=account.scripts != _scripts_mark())
        deltas = {name: result.delta for name, result in results.items()}
        has_left = any(delta.removed or delta.changed for delta in deltas.values())
        signed = replace(
            account,
            fingerprint=order.fingerprint,
            published_at=datetime.now(UTC),
            rebuilt_bytes=account.rebuilt_bytes or old.stat().st_size,
            has_residue=account.has_residue or has_left,
        )
        publication = _sign(order, signed, _count_rows(connection), deltas)
        contested = set().union(*(result.contested for result in results.values()))
        write_account(connection, publication, _known_files(order, contested))
    return publication


def _update_table(
    connection: duckdb.DuckDBPyConnection,
    order: Order,
    account: Publication,
    known: Mapping[str, Mapping[str, KnownFile]],
    table: Table,
    results: Mapping[str, TableResult],
) -> TableResult:
    state = TableState(table, order.files_of(table.name), known.get(table.name, {}), order.names)
    declared = account.tables.get(table.name)
    if declared is None or declared.definition != create_statement(table):
        if declared is None:
            connection.execute(f"DROP TABLE IF EXISTS {name_of(table.name)}")
            connection.execute(create_statement(table))
        return TableUpdate(connection, state, results).reload()
    if declared.comments != _comments_mark(table):
        for statement in comment_statements(table):
            connection.execute(statement)
    return TableUpdate(connection, state, results).run()


def _update_search(connection: duckdb.DuckDBPyConnection, results: Mapping[str, TableResult], *, is_anew: bool) -> None:
    """Post the content that changed; all of it where that can't be told, or where words are cut in another way now."""
    connection.execute("BEGIN TRANSACTION")
    if is_anew or any(results[name].is_reloaded for name in INDEXED_TABLES):
        build_search_index(connection)
    else:
        touched = [f"SELECT touched FROM _touched_{name}" for name in INDEXED_TABLES if results[name].has_touched]  # noqa: S608
        if touched:
            update_search_index(connection, " UNION ".join(touched))
    connection.execute("COMMIT")


def _declare(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    connection.execute(create_statement(table))
    for statement in comment_statements(table):
        connection.execute(statement)


def _forget_tables(connection: duckdb.DuckDBPyConnection, account: Publication) -> None:
    """Drop the tables that this release no longer has."""
    for name in account.tables.keys() - {table.name for table in TABLES}:
        connection.execute(f"DROP TABLE IF EXISTS {name_of(name)}")


def _known_files(order: Order, contested: Iterable[str]) -> dict[tuple[str, str], KnownFile]:
    disputed = set(contested)
    return {
        (file.table, order.names[str(file.path)]): KnownFile(
            file.generation, file.partition, str(file.path) in disputed
        )
        for file in order.files
    }


def _count_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    counted = (
        (table.name, int(one(connection, f"SELECT count(*) FROM {name_of(table.name)}")))  # noqa: S608
        for table in TABLES
    )
    return dict(counted)


def _sign(
    order: Order, publication: Publication, rows: Mapping[str, int], deltas: Mapping[str, RowDelta]
) -> Publication:
    tables = {
        table.name: KnownTable(rows[table.name], create_statement(table), _comments_mark(table)) for table in TABLES
    }
    return replace(
        publication,
        format=FORMAT,
        site_id=order.site_id,
        scripts=_scripts_mark(),
        tables=tables,
        deltas={name: delta for name, delta in deltas.items() if not delta.is_empty},
    )


# Views and macros


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


def schema_text() -> str:
    """Everything that shapes the file besides the data, so that a new release publishes anew."""
    statements = [text for table in TABLES for text in (create_statement(table), *comment_statements(table))]
    return "\n".join([f"format {FORMAT}", *statements, _scripts_mark()])


def _run_scripts(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE SCHEMA IF NOT EXISTS analytics")
    for name, text in sql_scripts():
        try:
            connection.execute(text)
        except duckdb.Error as error:
            raise StorageError(f"warehouse/sql/{name} failed: {error}") from error


def _drop_scripts(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop all views and macros: those of another release may be gone, or of another kind."""
    for kind, catalog in (("VIEW", "duckdb_views()"), ("MACRO", "duckdb_functions()")):
        name, condition = ("view_name", "NOT internal") if kind == "VIEW" else ("function_name", "NOT internal")
        found = connection.execute(
            f"SELECT DISTINCT schema_name, {name}, {'NULL' if kind == 'VIEW' else 'function_type'} FROM {catalog} "  # noqa: S608
            f"WHERE database_name = 'confluence' AND {condition}"
        ).fetchall()
        for schema, named, function_type in found:
            what = "MACRO TABLE" if function_type == "table_macro" else kind
            connection.execute(f"DROP {what} IF EXISTS {name_of(schema)}.{name_of(named)}")


def _scripts_mark() -> str:
    """Of views and macros, and of how what they search is posted."""
    return _digest([*(text for _, text in sql_scripts()), search_mark()])


def _comments_mark(table: Table) -> str:
    return _digest(comment_statements(table))


def _digest(texts: Iterable[str]) -> str:
    return sha256("\n".join(texts).encode()).hexdigest()[:16]
