"""Python rows to Arrow and back, by the data contract: types are checked, hashes made, nothing is guessed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from itertools import chain
from operator import itemgetter
from typing import Any

import orjson
import pyarrow as pa

from confluence_assets.errors import StorageError
from confluence_assets.tables import LAKE_TABLES, Column, ColumnType, Row, Table

ROW_HASH = "_row_hash"
"""Hash of all columns that are neither heavy nor volatile."""
HEAVY_HASH = "_heavy_hash"
"""Hash of the heavy columns; null where the body is not known."""
HASH_TYPE = pa.binary(16)

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    ColumnType.STRING: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.TIMESTAMP: pa.timestamp("us", "UTC"),
    ColumnType.STRINGS: pa.list_(pa.string()),
    ColumnType.JSON: pa.string(),
}
_NONE = type(None)
_PYTHON_TYPES: dict[ColumnType, frozenset[type]] = {
    ColumnType.STRING: frozenset({str, _NONE}),
    ColumnType.INTEGER: frozenset({int, _NONE}),
    ColumnType.FLOAT: frozenset({float, _NONE}),
    ColumnType.BOOLEAN: frozenset({bool, _NONE}),
    ColumnType.TIMESTAMP: frozenset({datetime, _NONE}),
    ColumnType.STRINGS: frozenset({list, _NONE}),
    ColumnType.JSON: frozenset({str, _NONE}),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = "synced_at"

Values = tuple[Any, ...]
"""One row: the stored columns in order, then the row hash and (where there are heavy columns) the heavy hash."""


class Layout:
    """How one table stands in Parquet: schema, and where the columns with a part to play are."""

    def __init__(self, table: Table) -> None:
        columns = table.stored_columns
        self.table = table
        self.columns = columns
        self.names = tuple(column.name for column in columns)
        self.heavy = tuple(column.name for column in columns if column.heavy)
        self.light = tuple(column.name for column in columns if not column.heavy)
        self.stamp = _STAMP if _STAMP in self.names else None
        self.refreshing = tuple(column.name for column in columns if column.volatile and column.name != _STAMP)
        self.versions = tuple(name for name in ("version_number", "updated_at") if name in self.names)
        self.hidden = (ROW_HASH, HEAVY_HASH) if self.heavy else (ROW_HASH,)
        self.key_at = tuple(self.names.index(name) for name in table.key)
        self.version_at = self.names.index("version_number") if "version_number" in self.names else None
        self.versions_at = tuple(self.names.index(name) for name in self.versions)
        self.heavy_at = tuple(self.names.index(name) for name in self.heavy)
        self.schema = pa.schema(
            [pa.field(column.name, ARROW_TYPES[column.type]) for column in columns]
            + [pa.field(name, HASH_TYPE) for name in self.hidden]
        )
        self.name = blake2b(str(self.schema).encode(), digest_size=8).hexdigest()
        self.digest_columns = tuple(dict.fromkeys((*table.key, *self.versions, *self.hidden)))
        """What an alignment of two versions of a table reads."""

    def read_schema(self, names: Sequence[str]) -> pa.Schema:
        return pa.schema([self.schema.field(name) for name in names])


@cache
def layout_of(table: str) -> Layout:
    """The layout of a table. Raises: StorageError where there is no such table."""
    if table not in LAKE_TABLES:
        raise StorageError(f"There is no table {table}.")
    return Layout(LAKE_TABLES[table])


class RowEncoder:
    """Checks rows against the contract and gives each its hashes."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._known = frozenset(layout.names)
        by_name = sorted(
            (column.name, index)
            for index, column in enumerate(layout.columns)
            if not column.heavy and not column.volatile
        )
        self._hashed_names = tuple(name for name, _ in by_name)
        self._hashed = _getter([index for _, index in by_name])
        self._heavy = _getter(layout.heavy_at)
        self._blank_at = tuple(index for index, column in enumerate(layout.columns) if column.name == layout.stamp)

    def encode(self, rows: Sequence[Row], *, has_heavy: bool | None) -> list[Values]:
        """Values of the rows, checked. `has_heavy` None: a row has its body where one is not null.

        Raises: StorageError naming table, column and key.
        """
        if not rows:
            return []
        names, known = self._layout.names, self._known
        for row in rows:
            if not row.keys() <= known:
                unknown = ", ".join(sorted(row.keys() - known))
                raise StorageError(f"{self._layout.table.name} stores no column {unknown} (row {self._name(row)}).")
        columns: list[Sequence[Any]] = []
        for column in self._layout.columns:
            name = column.name
            columns.append(self._check(column, [row.get(name) for row in rows], rows))
        for index in self._blank_at:
            columns[index] = (None,) * len(rows)
        try:
            return self._with_hashes(list(zip(*columns, strict=True)), has_heavy)
        except (UnicodeEncodeError, TypeError):
            # A title cut in the middle of a surrogate pair is no text; one character is not worth the row.
            columns = [_scrub(values) for values in columns]
        try:
            return self._with_hashes(list(zip(*columns, strict=True)), has_heavy)
        except TypeError as error:
            raise StorageError(f"{self._layout.table.name}: a row does not fit ({error}) among {names}.") from error

    def _with_hashes(self, rows: list[Values], has_heavy: bool | None) -> list[Values]:
        names, hashed = self._hashed_names, self._hashed
        light = [
            blake2b(
                orjson.dumps(
                    {name: value for name, value in zip(names, hashed(row), strict=True) if value is not None}
                ),
                digest_size=16,
            ).digest()
            for row in rows
        ]
        if not self._layout.heavy:
            return [(*row, digest) for row, digest in zip(rows, light, strict=True)]
        heavy = [_heavy_hash(self._heavy(row), has_heavy) for row in rows]
        return [(*row, *digests) for row, digests in zip(rows, zip(light, heavy, strict=True), strict=True)]

    def _check(self, column: Column, values: list[Any], rows: Sequence[Row]) -> Sequence[Any]:
        kinds = set(map(type, values))
        if not column.nullable and _NONE in kinds:
            self._refuse(column, rows[values.index(None)], "it may not be null")
        if not kinds <= _PYTHON_TYPES[column.type]:
            values = [self._coerce(column, value, row) for value, row in zip(values, rows, strict=True)]
        if kinds == {_NONE}:
            return values
        if column.type is ColumnType.TIMESTAMP:
            if not {value.tzinfo for value in values if value is not None} <= {UTC}:
                values = [self._in_utc(column, value, row) for value, row in zip(values, rows, strict=True)]
        elif column.type is ColumnType.STRINGS:
            if not set(map(type, chain.from_iterable(filter(None, values)))) <= {str}:
                index = next(i for i, value in enumerate(values) if any(type(part) is not str for part in value or ()))
                self._refuse(column, rows[index], "the list holds something else than text")
        elif column.type is ColumnType.JSON:
            self._check_json(column, values, rows)
        elif column.type is ColumnType.INTEGER and any(v is not None and not -(2**63) <= v < 2**63 for v in values):
            index = next(i for i, v in enumerate(values) if v is not None and not -(2**63) <= v < 2**63)
            self._refuse(column, rows[index], "the number does not fit 64 bits")
        return values

    def _coerce(self, column: Column, value: Any, row: Row) -> Any:
        if value is None:
            return None
        match column.type:
            case ColumnType.STRING | ColumnType.JSON if isinstance(value, str):
                return str.__str__(value)  # an enum's member is its value
            case ColumnType.INTEGER if isinstance(value, int) and not isinstance(value, bool):
                return int(value)
            case ColumnType.FLOAT if isinstance(value, (int, float)) and not isinstance(value, bool):
                return float(value)
            case ColumnType.TIMESTAMP if isinstance(value, datetime):
                return value
            case ColumnType.STRINGS if isinstance(value, (list, tuple)):
                return list(value)
        return self._refuse(column, row, f"{type(value).__name__} is not {column.type.value}")

    def _in_utc(self, column: Column, value: datetime | None, row: Row) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            self._refuse(column, row, "the time has no zone")
        return value.astimezone(UTC)

    def _check_json(self, column: Column, values: Sequence[str | None], rows: Sequence[Row]) -> None:
        for value, row in zip(values, rows, strict=True):
            try:
                if value is not None:
                    orjson.loads(value)
            except orjson.JSONDecodeError as error:
                self._refuse(column, row, f"it is no JSON ({error})")

    def _refuse(self, column: Column, row: Row, reason: str) -> Any:
        raise StorageError(
            f"{self._layout.table.name}.{column.name} of row {self._name(row)}: {reason}.",
            hint="The site answered something that the data contract does not know; please report it.",
        )

    def _name(self, row: Row) -> str:
        return "/".join(str(row.get(name)) for name in self._layout.table.key)


def _getter(indices: Sequence[int]) -> Callable[[Values], Values]:
    if len(indices) == 1:
        single = itemgetter(indices[0])
        return lambda row: (single(row),)
    return itemgetter(*indices) if indices else lambda row: ()


def _heavy_hash(values: Values, has_heavy: bool | None) -> bytes | None:
    if has_heavy is False or (has_heavy is None and all(value is None for value in values)):
        return None
    digest = blake2b(digest_size=16)
    for value in values:
        digest.update(b"\x00" if value is None else b"\x01" + value.encode())
    return digest.digest()


def _scrub(values: Iterable[Any]) -> list[Any]:
    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return [clean(part) for part in value] if isinstance(value, list) else value

    return [clean(value) for value in values]


def to_batch(layout: Layout, rows: Sequence[Values]) -> pa.RecordBatch:
    """Encoded rows as one Arrow batch."""
    columns = zip(*rows, strict=True)
    arrays = [
        pa.array(column, type=field.type, size=len(rows)) for column, field in zip(columns, layout.schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=layout.schema)


def column_values(array: pa.Array) -> list[Any]:
    """Python values of an Arrow array; timestamps as aware UTC `datetime`."""
    if pa.types.is_timestamp(array.type):
        ticks = array.cast(pa.int64()).to_pylist()
        return [None if tick is None else _EPOCH + timedelta(microseconds=tick) for tick in ticks]
    values: list[Any] = array.to_pylist()
    return values


def to_rows(batch: pa.RecordBatch) -> list[Row]:
    """Python rows of an Arrow batch, hidden columns left out."""
    names = [name for name in batch.schema.names if not name.startswith("_")]
    columns = [column_values(batch.column(name)) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def key_tuples(layout: Layout, batch: pa.RecordBatch) -> Iterator[Values]:
    """Keys of a batch's rows."""
    return zip(*(batch.column(name).to_pylist() for name in layout.table.key), strict=True)
