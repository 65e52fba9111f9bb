"""From which columns of other tables a derived column is made, for the column lineage in the UI. Pure.

Only what Parquet holds: the † columns, which DuckDB alone has, say in their description where they come from.
"""

from collections.abc import Mapping

import dagster as dg

from confluence_assets.tables import NODE_TABLES

_BODIES = tuple((table, "body_storage") for table in ("pages", "blogposts", "comments"))
_TREE = ("pages", *NODE_TABLES.values())
_PARENTS = tuple((table, "parent_id") for table in _TREE)
_TITLES = tuple((table, "title") for table in (*_TREE, "blogposts"))
_GRANTS = (
    ("space_permissions", "principal_id"),
    ("space_role_assignments", "principal_id"),
    ("content_restrictions", "principal_id"),
)

_MADE_FROM: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    "documents": {
        "title": _TITLES,
        "breadcrumb": (*_TITLES, *_PARENTS),
        "ancestor_ids": _PARENTS,
        "depth": _PARENTS,
        "body_markdown": _BODIES,
        "word_count": _BODIES,
        "version_number": tuple((table, "version_number") for table, _ in _BODIES),
    },
    "content_links": {
        "target_id": (*_BODIES, *((table, "title") for table in ("pages", "blogposts"))),
        "link_text": _BODIES,
        "url": _BODIES,
        "is_broken": _BODIES,
    },
    "content_chunks": {
        "text": (("documents", "body_markdown"),),
        "heading_path": (("documents", "body_markdown"),),
        "token_estimate": (("documents", "body_markdown"),),
    },
    "attachment_texts": {
        "text_markdown": (("attachments", "download_url"), ("attachments", "media_type")),
        "sha256": (("attachments", "download_url"),),
    },
    "content_acl": {"acl_profile_id": (*_GRANTS, *_PARENTS)},
    "acl_profiles": {"principal_id": _GRANTS, "is_decidable": _GRANTS},
    "acl_readers": {
        "principal_id": (("acl_profiles", "principal_id"), ("group_members", "account_id"), ("users", "account_status"))
    },
}


def column_lineage(table: str, keys: Mapping[str, dg.AssetKey]) -> dg.TableColumnLineage | None:
    """The lineage of a table's derived columns, to the tables that there are; None where it has none."""
    columns = {
        column: [
            dg.TableColumnDep(asset_key=keys[source], column_name=name) for source, name in made_from if source in keys
        ]
        for column, made_from in _MADE_FROM.get(table, {}).items()
    }
    known = {column: sources for column, sources in columns.items() if sources}
    return dg.TableColumnLineage(deps_by_column=known) if known else None


def lineage_sources() -> set[tuple[str, str]]:
    """Every column that is named here, on either side, with its table."""
    made = {(table, column) for table, columns in _MADE_FROM.items() for column in columns}
    return made.union(*(sources for columns in _MADE_FROM.values() for sources in columns.values()))
