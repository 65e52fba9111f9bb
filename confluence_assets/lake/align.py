"""Lays two sorted versions of a table side by side and says, span by span, what is the same, changed, added, missing.

Equal stretches are compared as whole arrays of hashes; only where they differ is anything looked at row by row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import pyarrow as pa

from confluence_assets.lake.rows import HEAVY_HASH, ROW_HASH, Layout, Values, key_tuples
from confluence_assets.tables import sort_key


class Kind(Enum):
    """What became of the rows of a span."""

    SAME = auto()
    CHANGED = auto()
    ADDED = auto()
    MISSING = auto()


@dataclass(frozen=True, slots=True)
class Span:
    """`count` rows with one fate: from `old_at` of `old` on, from `new_at` of `new` on.

    `old` is None where rows were added, `new` where they are missing.
    """

    kind: Kind
    old: Any
    old_at: int
    new: Any
    new_at: int
    count: int


class _Cursor:
    """A position in a stream of batches; Python values are made only where rows are compared one by one."""

    def __init__(self, layout: Layout, batches: Iterator[pa.RecordBatch]) -> None:
        self._layout = layout
        self._batches = batches
        self.batch: Any = None
        self.at = 0
        self.rest = 0
        self._values: tuple[list[Any], list[Any], list[Any]] | None = None
        self.advance(0)

    def advance(self, count: int) -> None:
        self.at += count
        self.rest -= count
        while self.rest == 0:
            batch = next(self._batches, None)
            self.batch, self.at, self.rest, self._values = batch, 0, len(batch) if batch is not None else -1, None

    def values(self) -> tuple[list[Any], list[Any], list[Any]]:
        """Sort keys, row hashes, heavy hashes of the whole batch."""
        if self._values is None:
            keys = [sort_key(key) for key in key_tuples(self._layout, self.batch)]
            hashes = self.batch.column(ROW_HASH).to_pylist()
            heavy = self.batch.column(HEAVY_HASH).to_pylist() if self._layout.heavy else [None] * len(keys)
            self._values = keys, hashes, heavy
        return self._values


def align(layout: Layout, old: Iterator[pa.RecordBatch], new: Iterator[pa.RecordBatch]) -> Iterator[Span]:
    """Spans that cover both streams, by key. Both must be sorted and hold each key once."""
    left, right = _Cursor(layout, old), _Cursor(layout, new)
    while left.batch is not None and right.batch is not None:
        count = min(left.rest, right.rest)
        if _is_same(layout, left, right, count):
            yield Span(Kind.SAME, left.batch, left.at, right.batch, right.at, count)
            left.advance(count)
            right.advance(count)
        else:
            yield from _by_row(left, right)
    while left.batch is not None:
        yield Span(Kind.MISSING, left.batch, left.at, None, 0, left.rest)
        left.advance(left.rest)
    while right.batch is not None:
        yield Span(Kind.ADDED, None, 0, right.batch, right.at, right.rest)
        right.advance(right.rest)


def _is_same(layout: Layout, left: _Cursor, right: _Cursor, count: int) -> bool:
    ours = left.batch.column(ROW_HASH).slice(left.at, count)
    theirs = right.batch.column(ROW_HASH).slice(right.at, count)
    if not ours.equals(theirs):
        return False
    if not layout.heavy:
        return True
    body = right.batch.column(HEAVY_HASH).slice(right.at, count)
    same: bool = body.null_count == count or body.equals(left.batch.column(HEAVY_HASH).slice(left.at, count))
    return same


def _by_row(left: _Cursor, right: _Cursor) -> Iterator[Span]:
    """Spans up to where one of the two batches ends."""
    old_keys, old_hashes, old_heavy = left.values()
    new_keys, new_hashes, new_heavy = right.values()
    i, j = left.at, right.at
    old_end, new_end = i + left.rest, j + right.rest
    start_i, start_j, current = i, j, None
    while i < old_end and j < new_end:
        if old_keys[i] == new_keys[j]:
            is_same = old_hashes[i] == new_hashes[j] and (new_heavy[j] is None or new_heavy[j] == old_heavy[i])
            kind = Kind.SAME if is_same else Kind.CHANGED
        else:
            kind = Kind.MISSING if old_keys[i] < new_keys[j] else Kind.ADDED
        if kind is not current:
            if current is not None:
                yield _span(current, left.batch, (start_i, i), right.batch, (start_j, j))
            start_i, start_j, current = i, j, kind
        i += kind is not Kind.ADDED
        j += kind is not Kind.MISSING
    if current is not None:
        yield _span(current, left.batch, (start_i, i), right.batch, (start_j, j))
    left.advance(i - left.at)
    right.advance(j - right.at)


def _span(kind: Kind, old: pa.RecordBatch, olds: tuple[int, int], new: pa.RecordBatch, news: tuple[int, int]) -> Span:
    count = max(olds[1] - olds[0], news[1] - news[0])
    return Span(
        kind,
        None if kind is Kind.ADDED else old,
        olds[0],
        None if kind is Kind.MISSING else new,
        news[0],
        count,
    )


def keys_of(layout: Layout, batch: pa.RecordBatch, at: int, count: int) -> list[Values]:
    """Keys of `count` rows from `at` on."""
    return list(key_tuples(layout, batch.slice(at, count)))
