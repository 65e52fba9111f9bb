"""The committed file of one partition: reading it, writing its successor, giving it a new footer."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from confluence_assets.errors import StorageError
from confluence_assets.lake.files import create_private, naming, open_parquet
from confluence_assets.lake.meta import META_KEY, CommitMeta, parse_meta, with_meta
from confluence_assets.lake.rows import Layout

_FEW_ROWS = 64
_COPY_BYTES = 1 << 20
_TAIL_BYTES = 8
"""Length of the footer (4 bytes) and the magic number at the end of every Parquet file."""


def read_meta(path: Path) -> CommitMeta:
    """The account of the commit that made the file. Raises: StorageError naming a damaged or foreign file."""
    with naming(path):
        metadata = pq.read_metadata(path)
    return parse_meta(metadata.metadata, path)


def iter_file(path: Path, layout: Layout, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The file's rows, row group by row group; a column that an older file lacks reads as null.

    Raises: StorageError naming a damaged file, or one whose columns have other types.
    """
    schema = layout.read_schema(columns)
    with open_parquet(path) as source:
        present = set(source.schema_arrow.names)
        wanted = [name for name in columns if name in present]
        for group in range(source.num_row_groups):
            with naming(path):
                table = source.read_row_group(group, columns=wanted, use_threads=False)
            if table.num_rows:
                yield _as_batch(table, schema, path)


def _as_batch(table: pa.Table, schema: pa.Schema, path: Path) -> pa.RecordBatch:
    arrays = []
    for field in schema:
        if field.name not in table.column_names:
            arrays.append(pa.nulls(table.num_rows, field.type))
            continue
        column = table.column(field.name)
        if column.type != field.type:
            raise StorageError(f"{path}: column {field.name} is {column.type}, expected {field.type}.")
        arrays.append(column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


class FileWriter:
    """Writes a new Parquet file beside the lake's files; the account of the commit goes into the footer at the end."""

    def __init__(self, path: Path, layout: Layout, *, first: pa.RecordBatch) -> None:
        self.path = path
        self.row_count = 0
        create_private(path)
        # Dictionaries pay for columns that repeat; ids, hashes and bodies don't, and a handful of rows doesn't either.
        # Statistics serve readers that look up keys.
        unique = {*layout.heavy, *layout.hidden, *(layout.table.key if len(layout.table.key) == 1 else ())}
        repeated = [name for name in layout.schema.names if name not in unique and name not in ("title", "web_url")]
        with naming(path):
            self._writer = pq.ParquetWriter(
                path,
                layout.schema,
                compression="zstd",
                use_dictionary=repeated if len(first) > _FEW_ROWS else False,
                write_statistics=[*layout.table.key],
            )

    def write(self, batch: pa.RecordBatch) -> None:
        with naming(self.path):
            self._writer.write_batch(batch, row_group_size=max(len(batch), 1))
        self.row_count += len(batch)

    def finish(self, meta: CommitMeta) -> None:
        with naming(self.path):
            self._writer.add_key_value_metadata({META_KEY: meta.to_bytes()})
            self._writer.close()

    def abandon(self) -> None:
        self._writer.close()
        self.path.unlink(missing_ok=True)


def rewrite_footer(source: Path, target: Path, meta: CommitMeta) -> None:
    """A copy of a file with another account in its footer; row groups are copied as bytes, not decoded."""
    with naming(source), source.open("rb") as old:
        footer = _footer_of(pq.read_metadata(source), meta)
        size = old.seek(0, os.SEEK_END)
        old.seek(size - _TAIL_BYTES)
        data_end = size - _TAIL_BYTES - int.from_bytes(old.read(4), "little")
        old.seek(0)
        create_private(target)
        with target.open("wb") as new:
            while data_end > 0:
                chunk = old.read(min(_COPY_BYTES, data_end))
                data_end -= len(chunk)
                new.write(chunk)
            new.write(footer)


def _footer_of(metadata: pq.FileMetaData, meta: CommitMeta) -> bytes:
    """The footer that describes the same row groups, with another account."""
    empty = pa.BufferOutputStream()
    pq.ParquetWriter(empty, with_meta(metadata.schema.to_arrow_schema(), meta)).close()
    renewed = pq.read_metadata(pa.BufferReader(empty.getvalue()))
    renewed.append_row_groups(metadata)
    footer = pa.BufferOutputStream()
    renewed.write_metadata_file(footer)
    content: bytes = footer.getvalue().to_pybytes()
    return content[4:]  # a metadata file is the magic number and then the very bytes that end a data file
