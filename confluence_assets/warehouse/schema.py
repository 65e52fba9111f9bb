"""DuckDB's side of the data contract: types, tables, comments, and how a table is filled from Parquet files."""

from collections.abc import Iterator, Sequence

from confluence_assets.tables import TABLES, Column, ColumnType, Origin, Table

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
    return tuple(sorted(TABLES, key=lambda table: (table.origin is not Origin.DERIVED, _joins(table) != ())))


def _joins(table: Table) -> tuple[str, ...]:
    return tuple(dict.fromkeys(column.joined_from for column in table.columns if column.joined_from))


def create_statements(table: Table) -> Iterator[str]:
    """The table with its true primary key, NOT NULL and comments."""
    lines = [
        f"{name_of(column.name)} {DUCKDB_TYPES[column.type]}{'' if column.nullable else ' NOT NULL'}"
        for column in table.columns
    ]
    lines.append(f"PRIMARY KEY ({', '.join(map(name_of, table.key))})")
    yield f"CREATE TABLE {name_of(table.name)} ({', '.join(lines)})"
    yield f"COMMENT ON TABLE {name_of(table.name)} IS {quoted(table.doc)}"
    for column in table.columns:
        yield f"COMMENT ON COLUMN {name_of(table.name)}.{name_of(column.name)} IS {quoted(column.doc)}"


def source_of(paths: Sequence[str], *, by_name: bool, with_path: bool = False) -> str:
    """The Parquet files as a table expression; without Hive typing, which would make a number of the space `2024`."""
    listed = ", ".join(map(quoted, paths))
    options = f"hive_partitioning=false, union_by_name={str(by_name).lower()}"
    if with_path:
        options += f", filename={quoted(PATH_COLUMN)}"
    return f"read_parquet([{listed}], {options})"


def select_columns(table: Table, present: set[str]) -> str:
    """The table's columns from `source` and the derived tables; null where an older file lacks one."""
    return ", ".join(f"{_expression(column, present)} AS {name_of(column.name)}" for column in table.columns)


def _expression(column: Column, present: set[str]) -> str:
    if column.joined_from is not None:
        return f"{name_of(column.joined_from)}.{name_of(column.name)}"
    if column.name not in present:
        return f"NULL::{DUCKDB_TYPES[column.type]}"
    expression = f"source.{name_of(column.name)}"
    return f"{expression}::JSON" if column.type is ColumnType.JSON else expression


def join_clauses(table: Table) -> str:
    """Joins of the derived tables that hold the table's † columns."""
    key = name_of(table.key[0])
    clauses = []
    for derived in _joins(table):
        if derived == "attachment_texts":
            on = f"{derived}.attachment_id = source.{key} AND {derived}.version_number = source.version_number"
        else:
            on = f"{derived}.content_id = source.{key}"
        clauses.append(f"LEFT JOIN {derived} ON {on}")
    return " ".join(clauses)
