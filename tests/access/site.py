"""A small site in the lake's own rows, and the ways to ask about it: the resolver, and DuckDB."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

import confluence_assets.warehouse
from confluence_assets.access import (
    CONTAINED_TABLES,
    TREE_TABLES,
    Directory,
    SiteAccess,
    SpaceResolution,
    SpaceRows,
    contained_rows,
    resolve_space,
    tree_rows,
)
from confluence_assets.tables import TABLES, TABLES_BY_NAME, ColumnType, Row

SQL_FILES = sorted((Path(confluence_assets.warehouse.__file__).parent / "sql" / "access").glob("*.sql"))
_DUCKDB_TYPES = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.FLOAT: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.TIMESTAMP: "TIMESTAMPTZ",
    ColumnType.STRINGS: "VARCHAR[]",
    ColumnType.JSON: "JSON",
}


@dataclass
class SmallSite:
    """Rows by table. Spaces are named by key; their id is `id-<key>`."""

    access: SiteAccess = field(default_factory=lambda: SiteAccess(anonymous_access=False))
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table.name: [] for table in TABLES})
    unread: set[tuple[str, str]] = field(default_factory=set)
    """(table, space key) of what could not be read."""

    def add(self, table: str, **values: Any) -> None:
        self.rows[table].append(dict.fromkeys(TABLES_BY_NAME[table].column_names) | values)

    def account(
        self, account_id: str, *groups: str, status: str = "active", kind: str | None = "atlassian", **more: Any
    ) -> str:
        email = more.pop("email", f"{account_id}@example.com")
        values = {"account_type": kind, "account_status": status, "email": email, "email_hidden": not email} | more
        self.add("users", account_id=account_id, **values)
        for group in groups:
            self.add("group_members", group_id=group, account_id=account_id)
        return account_id

    def group(self, group_id: str, *access_types: str) -> str:
        self.add("groups", group_id=group_id, name=group_id.title(), access_types=sorted(access_types))
        return group_id

    def space(self, key: str, *readers: str) -> str:
        """A space; `readers` are `type:id`, each let in by a read permission."""
        self.add("spaces", space_id=f"id-{key}", space_key=key, name=f"The {key} space")
        for reader in readers:
            self.permission(key, reader)
        return key

    def permission(self, key: str, principal: str, operation: str = "read", target: str = "space") -> None:
        kind, _, name = principal.partition(":")
        self.add(
            "space_permissions",
            space_id=f"id-{key}",
            space_key=key,
            principal_type=kind,
            principal_id=name or kind,
            operation=operation,
            target_type=target,
        )

    def role(self, key: str, principal: str, role_id: str, *permissions: str) -> None:
        kind, _, name = principal.partition(":")
        self.add(
            "space_role_assignments",
            space_id=f"id-{key}",
            space_key=key,
            principal_type=kind,
            principal_id=name,
            role_id=role_id,
            role_name=role_id,
            permissions=sorted(permissions),
        )

    def node(self, key: str, content_id: str, *named: str, kind: str = "page", parent: str | None = None) -> str:
        """A page, blog post, folder, …; `named` are `type:id` of its own read restriction."""
        table = next(table for table, content_type in TREE_TABLES.items() if content_type == kind)
        values: Row = {f"{kind}_id": content_id, "space_key": key, "title": f"Title of {content_id}"}
        if kind != "blogpost":
            values |= {"parent_id": parent, "parent_type": "page" if parent else None}
        self.add(table, **values)
        for principal in named:
            self.restrict(key, content_id, principal, content_type=kind)
        return content_id

    def restrict(
        self, key: str, content_id: str, principal: str, operation: str = "read", content_type: str = "page"
    ) -> None:
        kind, _, name = principal.partition(":")
        self.add(
            "content_restrictions",
            content_id=content_id,
            content_type=content_type,
            space_key=key,
            operation=operation,
            principal_type=kind,
            principal_id=name or kind,
        )

    def contained(
        self, table: str, key: str, content_id: str, container_id: str | None, container_type: str = "page"
    ) -> str:
        values: Row = {TABLES_BY_NAME[table].key[0]: content_id, "space_key": key}
        if table == "custom_content":
            values["type"] = "ac:app:thing"
        self.add(table, **values, container_id=container_id, container_type=container_type)
        return content_id

    def directory(self) -> Directory:
        return Directory([self.rows["users"]], [self.rows["groups"]], [self.rows["group_members"]], self.access)

    def of_space(self, table: str, key: str) -> list[list[Row]] | None:
        if (table, key) in self.unread:
            return None
        return [[row] for row in self.rows[table] if row["space_key"] == key]

    def resolve(self, key: str, directory: Directory | None = None) -> SpaceResolution:
        tree = [tree_rows(table, batch) for table in TREE_TABLES for batch in self.of_space(table, key) or ()]
        held = [contained_rows(table, batch) for table in CONTAINED_TABLES for batch in self.of_space(table, key) or ()]
        rows = SpaceRows(
            space_id=f"id-{key}",
            space_key=key,
            tree=tree,
            contained=held,
            permissions=self.of_space("space_permissions", key),
            role_assignments=self.of_space("space_role_assignments", key),
            restrictions=self.of_space("content_restrictions", key),
        )
        return resolve_space(rows, directory or self.directory())

    def readers_of(self, content_id: str, key: str = "S") -> list[str]:
        """The accounts that the resolver lets read that content."""
        resolution = self.resolve(key)
        return [row["account_id"] for row in self.rows["users"] if resolution.may_read(row["account_id"], content_id)]

    def database(self) -> duckdb.DuckDBPyConnection:
        """A database in memory with all tables, resolved, and the SQL of the product."""
        connection = duckdb.connect()
        derived: dict[str, list[Row]] = {name: [] for name in ("content_acl", "acl_profiles", "acl_readers")}
        for space in self.rows["spaces"]:
            resolution = self.resolve(space["space_key"])
            for name, batches in (
                ("content_acl", resolution.iter_content_acl()),
                ("acl_profiles", resolution.iter_acl_profiles()),
                ("acl_readers", resolution.iter_acl_readers()),
            ):
                derived[name] += [row for batch in batches for row in batch]
        profiles = {row["content_id"]: row["acl_profile_id"] for row in derived["content_acl"]}
        for table in TABLES:
            columns = ", ".join(f'"{column.name}" {_DUCKDB_TYPES[column.type]}' for column in table.columns)
            connection.execute(f'create table "{table.name}" ({columns})')
            rows = self.rows[table.name] + derived.get(table.name, [])
            if "acl_profile_id" in table.column_names and table.name not in derived:
                rows = [{**row, "acl_profile_id": profiles.get(row[table.key[0]])} for row in rows]
            _insert(connection, table.name, table.column_names, rows)
        for path in SQL_FILES:
            connection.execute(path.read_text())
        return connection


def _insert(connection: duckdb.DuckDBPyConnection, table: str, columns: Iterable[str], rows: list[Row]) -> None:
    if rows:
        names = list(columns)
        insert = f'insert into "{table}" values ({", ".join("?" for _ in names)})'  # noqa: S608
        connection.executemany(insert, [[row.get(name) for name in names] for row in rows])
