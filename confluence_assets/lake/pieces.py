"""Puts batches together from pieces of other batches: light columns from here, bodies from there, stamps from elsewhere."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from confluence_assets.lake.rows import HEAVY_HASH, Layout

GROUP_ROWS = 1000
GROUP_BYTES = 8 * 1024 * 1024

Place = tuple[pa.RecordBatch, int]
"""A row of a batch, by position."""


class _Track:
    """Pieces of one group of columns, in order; neighbours are joined."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._pieces: list[list[object]] = []
        self._batches: dict[int, pa.RecordBatch] = {}
        self._batch: pa.RecordBatch | None = None
        self._starts: list[int] = []
        self._counts: list[int] = []
        self._owners: list[int] = []
        self._end = -1

    def put(self, place: Place, count: int) -> None:
        batch, start = place
        if batch is self._batch and start == self._end:
            self._counts[-1] += count
        else:
            self._batches[id(batch)] = batch
            self._batch = batch
            self._starts.append(start)
            self._counts.append(count)
            self._owners.append(id(batch))
        self._end = start + count

    def columns(self) -> list[pa.ChunkedArray]:
        if not self.names:
            return []
        if len(self._starts) <= 4 * len(self._batches) + 4:
            slices = [
                self._batches[owner].slice(start, count).select(list(self.names))
                for owner, start, count in zip(self._owners, self._starts, self._counts, strict=True)
            ]
            return list(pa.Table.from_batches(slices).columns)
        return list(self._scattered().columns)

    def _scattered(self) -> pa.Table:
        offsets, total = {}, 0
        for owner, batch in self._batches.items():
            offsets[owner] = total
            total += len(batch)
        indices = [
            offsets[owner] + at
            for owner, start, count in zip(self._owners, self._starts, self._counts, strict=True)
            for at in range(start, start + count)
        ]
        whole = pa.Table.from_batches([batch.select(list(self.names)) for batch in self._batches.values()])
        return whole.combine_chunks().take(pa.array(indices, pa.int64()))


class Assembler:
    """Collects rows by reference and hands them out as batches of bounded size, in the order in which they were put."""

    def __init__(self, schema: pa.Schema, layout: Layout) -> None:
        self._schema = schema
        heavy = {*layout.heavy, HEAVY_HASH}
        self._names = (
            [name for name in schema.names if name not in heavy and name != layout.stamp],
            [name for name in schema.names if name in heavy],
            [name for name in schema.names if name == layout.stamp],
        )
        self._reset()

    def _reset(self) -> None:
        self._light, self._heavy, self._stamp = (_Track(names) for names in self._names)
        self._rows = 0
        self._bytes = 0.0
        self._sized: pa.RecordBatch | None = None
        self._row_bytes = 0.0

    @property
    def is_full(self) -> bool:
        return self._rows >= GROUP_ROWS or self._bytes >= GROUP_BYTES

    @property
    def room(self) -> int:
        """Rows that still fit."""
        return GROUP_ROWS - self._rows

    def put(self, light: Place, count: int, *, heavy: Place | None = None, stamp: Place | None = None) -> None:
        """Add `count` rows that stand from `light` on; their bodies from `heavy` on, their stamps from `stamp` on."""
        batch, _ = heavy or light
        if batch is not self._sized:
            self._sized = batch
            self._row_bytes = batch.nbytes / max(len(batch), 1)
        self._rows += count
        self._bytes += self._row_bytes * count
        self._light.put(light, count)
        self._heavy.put(heavy or light, count)
        self._stamp.put(stamp or light, count)

    def flush(self) -> Iterator[pa.RecordBatch]:
        """What was collected, as one batch; nothing where nothing was."""
        if self._rows == 0:
            return
        columns = dict(
            zip(
                (name for names in self._names for name in names),
                (column for track in (self._light, self._heavy, self._stamp) for column in track.columns()),
                strict=True,
            )
        )
        arrays = [_one_array(columns[field.name], field.type) for field in self._schema]
        self._reset()
        yield pa.RecordBatch.from_arrays(arrays, schema=self._schema)


def _one_array(column: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], kind)
