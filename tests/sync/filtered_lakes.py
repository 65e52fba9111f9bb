# ruff: noqa: S608 - SQL over made-up sites, made of ids and names of tables
"""Two lakes of one site side by side in DuckDB: all of it, and what filters let in; and the filter once more, in SQL."""

from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa

from confluence_assets.lake import Lake
from confluence_assets.lake.rows import layout_of
from confluence_assets.sync.people import ACCOUNT_COLUMNS, PRINCIPAL_TABLES
from confluence_assets.tables import TABLES, Grain

LABELS_OF = "select content_id from full_content_labels where name in ({})"
VOLATILE = {"synced_at", "last_synced_at", "made_from", "lookups", "download_url"}
HISTORY = {"content_changes", "sync_ledger", "audit_records"}
PAGE_TREE = ("pages", "folders", "whiteboards", "databases", "embeds")
COMPARED = tuple(table.name for table in TABLES if table.name not in HISTORY)


def below(ids: Iterable[str]) -> str:
    """These contents and all that stands below them, in SQL."""
    listed = ", ".join(f"'{one}'" for one in ids)
    tree = " union all ".join(
        f"select {layout_of(table).table.key[0]} as id, parent_id from full_{table}" for table in PAGE_TREE
    )
    return (
        f"with recursive tree as ({tree}), under as (select id from tree where id in ({listed}) "
        "union select tree.id from tree join under on tree.parent_id = under.id) select id from under"
    )


class Lakes:
    """A DuckDB session over lakes; the tables of each have its name before them."""

    def __init__(self, **lakes: Lake) -> None:
        self.connection = duckdb.connect()
        for name, lake in lakes.items():
            self.load(name, lake)

    def load(self, name: str, lake: Lake) -> None:
        for table in COMPARED:
            layout = layout_of(table)
            columns = [column for column in layout.names if column not in VOLATILE]
            batches = list(lake.iter_batches(table, columns=columns))
            self.connection.register(f"{name}_{table}", pa.Table.from_batches(batches, layout.read_schema(columns)))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def choose(
        self,
        *,
        spaces: str = "true",
        pages: str = "true",
        blogposts: str = "true",
        nodes: str = "true",
        comments: str = "true",
        attachments: str = "true",
        tasks: str = "true",
        off: Iterable[str] = (),
        custom_types: str = "true",
    ) -> None:
        """Make `want_<table>` of `full_<table>`: conditions in SQL on each kind, and what hangs on what they leave."""
        run = self.connection.execute
        run(f"create or replace temp table chosen_spaces as select space_key, space_id from full_spaces where {spaces}")
        kinds = [("pages", "page_id", pages), ("blogposts", "blogpost_id", blogposts)]
        kinds += [(table, layout_of(table).table.key[0], nodes) for table in PAGE_TREE[1:]]
        contents = " union all ".join(
            f"select {key} as id from full_{table} where ({condition}) and space_key in (select space_key from chosen_spaces)"
            for table, key, condition in kinds
        )
        run(f"create or replace temp table chosen as {contents}")
        held = (
            "(container_id in (select id from chosen) or container_type = 'space') "
            "and space_key in (select space_key from chosen_spaces)"
        )
        for table, key, condition in (
            ("custom_content", "custom_content_id", custom_types),
            ("custom_content", "custom_content_id", custom_types),
            ("attachments", "attachment_id", attachments),
            ("comments", "comment_id", comments),
        ):
            run(
                f"insert into chosen select {key} from full_{table} where {held} and ({condition}) except select id from chosen"
            )
        run(
            "create or replace temp table chosen_profiles as select distinct acl_profile_id from full_content_acl "
            "where content_id in (select id from chosen)"
        )
        for table in COMPARED:
            condition = "false" if table in set(off) else self._condition(table, tasks)
            run(f"create or replace temp table want_{table} as select * from full_{table} where {condition}")
        self._count_spaces()
        if "users" not in set(off):
            run(
                f"create or replace temp table want_users as select * from full_users where account_id in ({self._named()})"
            )

    def _condition(self, table: str, tasks: str) -> str:
        declared = layout_of(table).table
        if table in ("acl_profiles", "acl_readers"):
            return "acl_profile_id in (select acl_profile_id from chosen_profiles)"
        if table in ("spaces", "space_permissions", "space_role_assignments"):
            return "space_key in (select space_key from chosen_spaces)"
        if declared.grain is Grain.SITE:
            return "true"
        if table == "tasks":
            return f"coalesce(page_id, blogpost_id) in (select id from chosen) and ({tasks})"
        return f"{declared.key[0]} in (select id from chosen)"

    def _count_spaces(self) -> None:
        counted = ", ".join(
            f"(select count(*) from want_{table} x where x.space_key = s.space_key)::bigint as {column}"
            for table, column in (("pages", "page_count"), ("blogposts", "blogpost_count"))
        )
        self.connection.execute(
            f"create or replace temp table want_spaces as select s.* replace ({counted}) from want_spaces s"
        )

    def _named(self) -> str:
        """Accounts that current rows and groups name, and the layers of somebody's access."""
        parts = [
            f"select {column} from want_{table}"
            for table, columns in ACCOUNT_COLUMNS.items()
            if table in COMPARED
            for column in columns
        ]
        parts += [f"select principal_id from want_{table} where principal_type = 'user'" for table in PRINCIPAL_TABLES]
        parts.append("select principal_id from want_acl_profiles where principal_type = 'user'")
        return " union ".join(f"({part})" for part in parts)

    def differences(self, one: str, other: str, tables: Iterable[str] = COMPARED) -> list[str]:
        """Rows that only one of two lakes has, a line for each; empty where they are equal.

        What a text says of a space that is left out is left open: of such a space nothing is known.
        """
        abroad = "select source_id from full_content_links where target_space_key not in (select space_key from chosen_spaces)"
        lines: list[str] = []
        for table in tables:
            text_of = {"documents": "content_id", "content_chunks": "content_id", "content_links": "source_id"}.get(
                table
            )
            rest = f"where {text_of} not in ({abroad})" if text_of else ""
            for have, lack in ((one, other), (other, one)):
                found = self.rows(f"select * from {have}_{table} {rest} except all select * from {lack}_{table}")
                lines += [f"{table}: only in {have}: {str(row)[:300]}" for row in found[:3]]
        return lines
