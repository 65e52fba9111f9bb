"""The published database as an audience may see it: for what is read from it and shown to others.

Queries run in a database in memory beside the published file, which is attached read-only; no other file can be read or
written. Where the audience is limited, tables of content hold its rows alone, and tables and changes that tell of access are not there.
"""

from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Any

import duckdb

from confluence_assets.errors import SettingsError, StorageError
from confluence_assets.warehouse.schema import quoted

LICENSED, ANONYMOUS, EVERYTHING = "licensed", "anonymous", "everything"
"""Audiences that are no person: what every licensed user may read, what anybody may read, and all that is in the database."""

_IDS = {
    "pages": "page_id",
    "blogposts": "blogpost_id",
    "comments": "comment_id",
    "attachments": "attachment_id",
    "attachment_texts": "attachment_id",
    "content_labels": "content_id",
    "content_properties": "content_id",
    "content_versions": "content_id",
    "content_likes": "content_id",
    "custom_content": "custom_content_id",
    "tasks": "coalesce(page_id, blogpost_id)",
    "folders": "folder_id",
    "whiteboards": "whiteboard_id",
    "databases": "database_id",
    "embeds": "embed_id",
    "documents": "content_id",
    "content_links": "source_id",
    "content_chunks": "content_id",
    "content_changes": "content_id",
}
"""What a row of each table is readable by. Other tables are withheld, but for spaces, and people from all but anonymous."""

_SHOWN = {"content_changes": "change <> 'restricted'"}
"""Rows that tell of access are withheld like the tables that do: a change of restrictions says who was named in them."""

_PEOPLE = ("users",)


class AudienceWarehouse:
    """Answers queries with what the audience may read; `audience` is one of the three above, an account id or an e-mail."""

    def __init__(self, path: str | Path, audience: str = LICENSED) -> None:
        self.path = Path(path)
        self.audience = audience
        self._site = f"site_{token_hex(8)}"  # a name that no query knows, so that none goes round the audience's views
        self._connection = self._open()

    def query(self, sql: str, params: Sequence[Any] = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Names of the columns, and the rows. Raises: SettingsError for what is no single SELECT, or can't be answered."""
        try:
            statements = self._connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise SettingsError(f"A publication asks by one SELECT at a time, and this is none: {_brief(sql)}.")
            found = self._connection.execute(sql, list(params) or None)
            return [column[0] for column in found.description or ()], found.fetchall()
        except duckdb.Error as error:
            raise SettingsError(
                f"The query {_brief(sql)} can't be answered: {str(error).splitlines()[0]}.", hint=self._hint(error)
            ) from None

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> "AudienceWarehouse":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _hint(self, error: duckdb.Error) -> str:
        if isinstance(error, duckdb.CatalogException) and self.audience != EVERYTHING:
            return "Views, and tables that tell of access, are withheld from an audience; visible_to: everything shows them."
        return ""

    def _open(self) -> duckdb.DuckDBPyConnection:
        if not self.path.exists():
            raise StorageError(f"{self.path} is not there yet.", hint="Run a sync first.")
        connection = duckdb.connect(":memory:")
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"ATTACH {quoted(str(self.path))} AS {self._site} (READ_ONLY)")
            connection.execute(f"USE {self._site}")
            if self.audience != EVERYTHING:
                self._limit(connection)
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
        except SettingsError:
            connection.close()
            raise
        except duckdb.Error as error:
            connection.close()
            raise StorageError(f"{self.path} could not be read: {str(error).splitlines()[0]}") from error
        return connection

    def _limit(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Put the audience's rows into views that stand where the tables stood."""
        known = connection.execute("select count(*) from content_acl").fetchone()
        if known == (0,):
            raise SettingsError(
                "Who may read what is not in the database, so that nothing can be shown to an audience.",
                setting="visible_to",
                hint="Sync permissions and people, or set visible_to: everything, which shows all that was synced.",
            )
        if self.audience == LICENSED:
            visible = "select content_id, space_key from analytics.public_exposure where all_licensed_can_read"
            connection.execute(f"create table memory.main.visible as {visible}")
        else:
            self._check_person(connection)
            visible = "select content_id, space_key from visible_content(?)"
            connection.execute(f"create table memory.main.visible as {visible}", [self.audience])
        there = "select table_name from duckdb_tables() where database_name = ? and schema_name = 'main'"
        tables = {name for (name,) in connection.execute(there, [self._site]).fetchall()}
        connection.execute("USE memory")
        for name in sorted(tables & set(_IDS)):
            readable = "in (select content_id from memory.main.visible)"
            shown = f" and {_SHOWN[name]}" if name in _SHOWN else ""
            connection.execute(self._view(name, f"{_IDS[name]} {readable}{shown}"))
        connection.execute(self._view("spaces", "space_key in (select space_key from memory.main.visible)"))
        for name in _PEOPLE if self.audience != ANONYMOUS else ():
            connection.execute(self._view(name, "true"))

    def _check_person(self, connection: duckdb.DuckDBPyConnection) -> None:
        if self.audience == ANONYMOUS:
            return
        found = connection.execute("select account_id from analytics.account_named(?)", [self.audience]).fetchall()
        if not found:
            raise SettingsError(
                f"visible_to names nobody that the database knows: {self.audience!r}.",
                setting="visible_to",
                hint="Name an account id or an e-mail address, or licensed, anonymous or everything.",
            )

    def _view(self, table: str, condition: str) -> str:
        return f"create view memory.main.{table} as select * from {self._site}.main.{table} where {condition}"  # noqa: S608  # names are ours


def _brief(sql: str) -> str:
    shown = " ".join(sql.split())
    return repr(shown if len(shown) <= 120 else f"{shown[:120]}…")
