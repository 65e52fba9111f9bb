"""From rows of the lake's tables to what the resolver asks for: ids, and what stands above them.

This module must not know who may read; it only renames columns.
"""

from collections.abc import Sequence

from confluence_assets.tables import NODE_TABLES, Row

TREE_TABLES: dict[str, str] = {"pages": "page", "blogposts": "blogpost"} | {
    table: content_type for content_type, table in NODE_TABLES.items()
}
"""Tables whose content has a profile of its own, and the type of their rows."""

CONTAINED_TABLES: tuple[str, ...] = ("custom_content", "attachments", "comments")
"""Tables whose content takes the profile of what holds it."""

TREE_COLUMNS: dict[str, tuple[str, ...]] = {
    table: (f"{content_type}_id",) + (() if table == "blogposts" else ("parent_id", "parent_type"))
    for table, content_type in TREE_TABLES.items()
}
"""The columns of each tree table that the resolver needs."""

CONTAINED_COLUMNS: dict[str, tuple[str, ...]] = {
    "custom_content": ("custom_content_id", "type", "container_id", "container_type"),
    "attachments": ("attachment_id", "container_id", "container_type"),
    "comments": ("comment_id", "container_id", "container_type"),
}
"""The columns of each table of contained content that the resolver needs."""


def tree_rows(table: str, rows: Sequence[Row]) -> list[Row]:
    """Rows of a tree table as content_id, content_type, parent_id, parent_type. Blog posts have no parent."""
    content_type, key = TREE_TABLES[table], TREE_COLUMNS[table][0]
    return [
        {
            "content_id": row[key],
            "content_type": content_type,
            "parent_id": row.get("parent_id"),
            "parent_type": row.get("parent_type"),
        }
        for row in rows
    ]


def contained_rows(table: str, rows: Sequence[Row]) -> list[Row]:
    """Rows of comments, attachments or custom_content as content_id, content_type, container_id, container_type."""
    key = CONTAINED_COLUMNS[table][0]
    fixed = {"attachments": "attachment", "comments": "comment"}.get(table)
    return [
        {
            "content_id": row[key],
            "content_type": fixed or row.get("type"),
            "container_id": row["container_id"],
            "container_type": row["container_type"],
        }
        for row in rows
    ]
