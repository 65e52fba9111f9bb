"""The data dictionary, made from the tables that the code declares: `python docs/data_dictionary.py`."""

import sys
from pathlib import Path

from confluence_assets.tables import TABLES, Column, Grain, Origin, Table
from confluence_assets.warehouse.schema import DUCKDB_TYPES

PAGE = Path(__file__).with_name("data-dictionary.md")

_GROUPS = {
    "content": "Content",
    "documents": "Documents",
    "access": "Access",
    "people": "People",
    "operations": "Operations",
}
_ORIGINS = {
    Origin.FETCHED: "fetched from the site",
    Origin.DERIVED: "derived from other tables, without a request",
    Origin.RECORDED: "recorded by the sync about itself",
}
_LAYOUTS = {
    Grain.SPACE: "`lake/{name}/space=<KEY>/`",
    Grain.SITE: "`lake/{name}/`",
    Grain.DAY: "`lake/{name}/`, a folder per day",
    Grain.RUN: "`lake/{name}/`, a file per run, put together by day",
}
_HEAD = """\
# Data dictionary

Made by `docs/data_dictionary.py` from the declarations that Parquet schemas, DuckDB types and comments, and the columns in the
Dagster UI are made from as well; a test fails where this page says something else.

- Ids are text, as Confluence sends them. Names that end in `_at` are UTC. Types are DuckDB's.
- **Key** columns are the primary key. A column marked † stands in another table in Parquet, which is named; in DuckDB it is
  joined in.
- Inside DuckDB: `select table_name, column_name, data_type, comment from duckdb_columns()`.
"""


def dictionary() -> str:
    """The whole page."""
    parts = [_HEAD, _contents()]
    for group, title in _GROUPS.items():
        parts.append(f"## {title}\n")
        parts += [_section(table) for table in TABLES if table.group == group]
    return "\n".join(parts)


def _contents() -> str:
    rows = ["| table | one row per | partitioned by space |", "|---|---|---|"]
    for table in TABLES:
        by_space = "yes" if table.grain is Grain.SPACE else ""
        rows.append(f"| [`{table.name}`](#{table.name}) | {_cell(_subject(table))} | {by_space} |")
    return "\n".join(rows) + "\n"


def _subject(table: Table) -> str:
    return table.doc.removeprefix("One row per ").split(". ")[0].rstrip(".")


def _section(table: Table) -> str:
    lines = [f"### {table.name}", "", f"{table.doc} {_place(table)}", "", "| column | type | |", "|---|---|---|"]
    lines += [_row(table, column) for column in table.columns]
    return "\n".join(lines) + "\n"


def _place(table: Table) -> str:
    origin, layout = _ORIGINS[table.origin], _LAYOUTS[table.grain].format(name=table.name)
    return f"{origin[0].upper()}{origin[1:]}; in Parquet under {layout}."


def _row(table: Table, column: Column) -> str:
    name = f"**`{column.name}`**" if column.name in table.key else f"`{column.name}`"
    mark = " †" if column.joined_from else ""
    note = f" In Parquet: `{column.joined_from}`." if column.joined_from else ""
    return f"| {name}{mark} | {DUCKDB_TYPES[column.type]} | {_cell(column.doc)}{note} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(dictionary(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(TABLES)} tables\n")
