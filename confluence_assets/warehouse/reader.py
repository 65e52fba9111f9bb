"""A read-only view of the published database that follows it from publication to publication."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import duckdb

from confluence_assets.errors import StorageError
from confluence_assets.warehouse.schema import quoted

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Parameters = Sequence[Any] | Mapping[str, Any] | None


class ConfluenceWarehouse:
    """Queries `confluence.duckdb`, always the newest one; never blocks a sync, and is never blocked by one.

    The file is attached to a database in memory: DuckDB keeps one instance per path in a process, so that a second
    `connect` to the same path would go on seeing the file that was replaced.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock = threading.RLock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._identity: tuple[int, int, int] | None = None

    def query(self, sql: str, params: Parameters = None) -> "pd.DataFrame":
        """The answer as a pandas DataFrame."""
        with self._lock:
            return self._connected().execute(sql, params).df()

    def query_arrow(self, sql: str, params: Parameters = None) -> "pa.Table":
        """The answer as an Arrow table."""
        with self._lock:
            return self._connected().sql(sql, params=params).to_arrow_table()

    def query_rows(self, sql: str, params: Parameters = None) -> list[tuple[Any, ...]]:
        """The answer as tuples."""
        with self._lock:
            return self._connected().execute(sql, params).fetchall()

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._identity = None, None

    def __enter__(self) -> "ConfluenceWarehouse":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connected(self) -> duckdb.DuckDBPyConnection:
        try:
            status = self.path.stat()
        except FileNotFoundError as error:
            raise StorageError(f"{self.path} is not there yet.", hint="Run a sync first.") from error
        identity = (status.st_ino, status.st_mtime_ns, status.st_size)
        if self._connection is None or identity != self._identity:
            self.close()
            self._connection = self._attach()
            self._identity = identity
        return self._connection

    def _attach(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:")
        try:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"ATTACH {quoted(str(self.path))} AS confluence (READ_ONLY)")
            connection.execute("USE confluence")
        except duckdb.Error as error:
            connection.close()
            raise StorageError(f"{self.path} could not be opened: {error}") from error
        return connection
