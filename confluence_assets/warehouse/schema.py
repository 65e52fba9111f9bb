"""DuckDB's side of the data contract: types, tables, comments, and how a table is filled from Parquet files."""

from collections.abc import Iterable, Iterator, Sequence

from confluence_assets.tables import TABLES, Column, ColumnType, Grain, Origin, Table

DUCKDB_TYPES: dict[ColumnType, str] = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.FLOAT: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.TIMESTAMP: "TIMESTAMPTZ",
    ColumnType.STRINGS: "VARCHAR[]",
    ColumnType.JSON: "JSON",
}

PATH_COLUMN = "_path"
"""Column that holds the path of a row's file, where that is asked for (`filename` is a column of attachments)."""


def quoted(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def name_of(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def load_order() -> tuple[Table, ...]:
    """Derived tables first: others join them."""
    return tuple(sorted(TABLES, key=lambda table: (table.origin is not Origin.DERIVED, joined_tables(table) != ())))


def create_statement(table: Table) -> str:
    """The table with its true primary key and NOT NULL."""
    lines = [
        f"{name_of(column.name)} {DUCKDB_TYPES[column.type]}{'' if column.nullable else ' NOT NULL'}"
        for column in table.columns
    ]
    lines.append(f"PRIMARY KEY ({', '.join(map(name_of, table.key))})")
    return f"CREATE TABLE {name_of(table.name)} ({', '.join(lines)})"


def comment_statements(table: Table) -> Iterator[str]:
    """What the table and each column mean."""
    yield f"COMMENT ON TABLE {name_of(table.name)} IS {quoted(table.doc)}"
    for column in table.columns:
        yield f"COMMENT ON COLUMN {name_of(table.name)}.{name_of(column.name)} IS {quoted(column.doc)}"


def partition_expression(table: Table) -> str | None:
    """Which file of the lake a row stands in, by what the row says; None where the table is one file."""
    return {
        Grain.SPACE: name_of("space_key"),
        Grain.DAY: "strftime(created_at, '%Y-%m-%d')",
        Grain.RUN: name_of("run_id"),
        Grain.SITE: None,
    }[table.grain]


def source_of(paths: Sequence[str], *, by_name: bool, with_path: bool = False) -> str:
    """The Parquet files as a table expression; without Hive typing, which would make a number of the space `2024`."""
    listed = ", ".join(map(quoted, paths))
    options = f"hive_partitioning=false, union_by_name={str(by_name).lower()}"
    if with_path:
        options += f", filename={quoted(PATH_COLUMN)}"
    return f"read_parquet([{listed}], {options})"


def stored_expression(column: Column, present: set[str]) -> str:
    """A column of `source`; null where an older file lacks it."""
    if column.name not in present:
        return f"NULL::{DUCKDB_TYPES[column.type]}"
    expression = f"source.{name_of(column.name)}"
    return f"{expression}::JSON" if column.type is ColumnType.JSON else expression


def select_columns(table: Table, present: set[str]) -> str:
    """The table's columns from `source` and the derived tables."""
    return ", ".join(f"{_expression(column, present)} AS {name_of(column.name)}" for column in table.columns)


def _expression(column: Column, present: set[str]) -> str:
    if column.joined_from is not None:
        return f"{name_of(column.joined_from)}.{name_of(column.name)}"
    return stored_expression(column, present)


def joined_tables(table: Table) -> tuple[str, ...]:
    """Names of the derived tables that hold the table's † columns."""
    return tuple(dict.fromkeys(column.joined_from for column in table.columns if column.joined_from))


def joined_columns(table: Table, derived: str) -> tuple[Column, ...]:
    """The table's columns that come from that derived table."""
    return tuple(column for column in table.columns if column.joined_from == derived)


def join_clauses(table: Table, condition: str = "") -> str:
    """Joins of the derived tables; of each only the rows that the condition names, `{key}` being what it is joined by."""
    clauses = []
    for derived in joined_tables(table):
        where = condition.replace("{key}", name_of(join_key(derived)))
        rows = f"(SELECT * FROM {name_of(derived)} WHERE {where})" if where else name_of(derived)  # noqa: S608
        clauses.append(f"LEFT JOIN {rows} AS {name_of(derived)} ON {join_condition(table, derived)}")
    return " ".join(clauses)


def join_condition(table: Table, derived: str) -> str:
    """When a row of a derived table belongs to a row of `source`."""
    key = f"source.{name_of(table.key[0])}"
    if derived == "attachment_texts":
        return f"{derived}.attachment_id = {key} AND {derived}.version_number = source.version_number"
    return f"{derived}.content_id = {key}"


def join_key(derived: str) -> str:
    """The column of a derived table that others are joined by."""
    return "attachment_id" if derived == "attachment_texts" else "content_id"


def listed(values: Iterable[str]) -> str:
    """The texts as an SQL list in parentheses."""
    return "(" + ", ".join(map(quoted, values)) + ")"
