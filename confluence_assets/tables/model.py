"""What a table and a column are."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]
"""One row of a table: column name to value. Timestamps are aware UTC `datetime`, lists are `list[str]`, JSON is text."""


class ColumnType(StrEnum):
    """Logical types; `lake` maps them to Arrow and `warehouse` to DuckDB."""

    STRING = "string"
    INTEGER = "int64"
    FLOAT = "double"
    BOOLEAN = "bool"
    TIMESTAMP = "timestamp"
    STRINGS = "list<string>"
    JSON = "json"


class Origin(StrEnum):
    """Where a table's rows come from."""

    FETCHED = "fetched"
    DERIVED = "derived"
    RECORDED = "recorded"
    """Written by the sync about itself: `content_changes`, `sync_ledger`."""


class Grain(StrEnum):
    """How a table is laid out in the lake, and partitioned in Dagster."""

    SPACE = "space"
    """One Parquet file per space key; a Dagster partition per space key."""
    SITE = "site"
    """One Parquet file for the site."""
    DAY = "day"
    """One folder per UTC day; one unpartitioned asset."""
    RUN = "run"
    """One file a run, compacted by day; one unpartitioned asset."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `heavy` columns (bodies) are compared through the version, not by value, so that a sweep needs no bodies.
    `volatile` columns (when we looked) never make a row "changed".
    `joined_from` names the derived table that holds a † column in Parquet; DuckDB joins it in.
    """

    name: str
    type: ColumnType
    doc: str
    nullable: bool = True
    heavy: bool = False
    volatile: bool = False
    joined_from: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: an asset, a Parquet dataset and a DuckDB table of the same name."""

    name: str
    doc: str
    grain: Grain
    origin: Origin
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    group: str
    opt_in: bool = False

    @property
    def stored_columns(self) -> tuple[Column, ...]:
        """The columns that stand in Parquet (those not joined in from a derived table)."""
        return tuple(column for column in self.columns if column.joined_from is None)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name. Raises: KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")
