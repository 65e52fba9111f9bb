"""The data contract: every table, its key, its columns, and what each means.

Parquet schemas, DuckDB types and comments, Dagster column metadata and the data dictionary are all made from here.
This package must not know how rows are fetched or stored; it imports nothing but the standard library.

Conventions: ids are strings as Confluence sends them; `_at` is an aware UTC timestamp; `json` columns hold JSON text.
"""

from collections.abc import Iterable
from typing import Any

from confluence_assets.tables.access import (
    ACL_PROFILES,
    ACL_READERS,
    CONTENT_ACL,
    CONTENT_RESTRICTIONS,
    SPACE_PERMISSIONS,
    SPACE_ROLE_ASSIGNMENTS,
)
from confluence_assets.tables.columns import text_column
from confluence_assets.tables.content import (
    ATTACHMENTS,
    COMMENTS,
    CONTENT_LABELS,
    CONTENT_LIKES,
    CONTENT_PROPERTIES,
    CONTENT_VERSIONS,
    CUSTOM_CONTENT,
    SPACES,
    TASKS,
    content_table,
    node_table,
)
from confluence_assets.tables.documents import ATTACHMENT_TEXTS, CONTENT_CHUNKS, CONTENT_LINKS, DOCUMENTS
from confluence_assets.tables.left_out import LEFT_OUT
from confluence_assets.tables.model import Column, ColumnType, Grain, Origin, Row, Table
from confluence_assets.tables.operations import CONTENT_CHANGES, SYNC_LEDGER
from confluence_assets.tables.people import AUDIT_RECORDS, GROUP_MEMBERS, GROUPS, USERS

__all__ = [
    "LAKE_TABLES",
    "LEFT_OUT",
    "NODE_TABLES",
    "TABLES",
    "TABLES_BY_NAME",
    "Column",
    "ColumnType",
    "Grain",
    "Origin",
    "Row",
    "Table",
    "key_of",
    "sort_key",
    "tables_of",
]

TABLES: tuple[Table, ...] = (
    SPACES,
    content_table("pages", "page_id", "page", tree=True),
    content_table("blogposts", "blogpost_id", "blog post", tree=False),
    COMMENTS,
    ATTACHMENTS,
    ATTACHMENT_TEXTS,
    CONTENT_LABELS,
    CONTENT_PROPERTIES,
    CONTENT_VERSIONS,
    CONTENT_LIKES,
    CUSTOM_CONTENT,
    TASKS,
    node_table("folders", "folder"),
    node_table("whiteboards", "whiteboard"),
    node_table("databases", "database"),
    node_table("embeds", "embed", text_column("embed_url", "Address that is embedded.")),
    SPACE_PERMISSIONS,
    SPACE_ROLE_ASSIGNMENTS,
    CONTENT_RESTRICTIONS,
    USERS,
    GROUPS,
    GROUP_MEMBERS,
    AUDIT_RECORDS,
    CONTENT_CHANGES,
    SYNC_LEDGER,
    DOCUMENTS,
    CONTENT_LINKS,
    CONTENT_CHUNKS,
    CONTENT_ACL,
    ACL_PROFILES,
    ACL_READERS,
)
"""Every table, in the order in which people read them."""

TABLES_BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}

LAKE_TABLES: dict[str, Table] = TABLES_BY_NAME | {LEFT_OUT.name: LEFT_OUT}
"""What the lake can hold: every table, and what no asset shows and nobody queries."""

NODE_TABLES: dict[str, str] = {
    "folder": "folders",
    "whiteboard": "whiteboards",
    "database": "databases",
    "embed": "embeds",
}
"""Content types of the tree that are neither pages nor blog posts, and their tables."""


def tables_of(*, origin: Origin | None = None, grain: Grain | None = None) -> tuple[Table, ...]:
    """The tables of that origin and grain, in reading order."""
    return tuple(
        table
        for table in TABLES
        if (origin is None or table.origin is origin) and (grain is None or table.grain is grain)
    )


def key_of(table: Table, row: Row) -> tuple[Any, ...]:
    """The row's key values, in the order of `table.key`."""
    return tuple(row[name] for name in table.key)


def sort_key(key: Iterable[Any]) -> tuple[Any, ...]:
    """The order of rows in a file: by length and then by text, so that decimal ids stand in numeric order."""
    return tuple((len(part), part) if isinstance(part, str) else part for part in key)
