"""Turns a stage's partition into the next committed file: merged row group by row group, replaced in one rename."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from confluence_assets.lake.align import Kind, Span, keys_of
from confluence_assets.lake.committed import FileWriter, rewrite_footer
from confluence_assets.lake.files import naming, replace_file
from confluence_assets.lake.meta import CommitMeta, new_generation
from confluence_assets.lake.pieces import Assembler
from confluence_assets.lake.rows import HEAVY_HASH, Layout
from confluence_assets.lake.stage import CommitOrder, CommitResult, Stage, has_same_version


class Committer:
    """One commit. `target` is the file to replace, `old` its account, `temporary` a free path in the same file system."""

    def __init__(self, stage: Stage, order: CommitOrder, target: Path, old: CommitMeta | None, temporary: Path) -> None:
        self._stage = stage
        self._order = order
        self._layout: Layout = stage.layout
        self._target = target
        self._old = old
        self._temporary = temporary
        self._counts = dict.fromkeys(Kind, 0)
        self._kept = 0
        self._refreshed = False

    def run(self) -> tuple[CommitResult, bool]:
        """Commit. Shape: the result (with an empty path), and whether the target was replaced or removed."""
        old = self._old
        if old is None:
            return self._write(None)
        self._survey()
        removed = self._counts[Kind.MISSING] - self._kept
        if self._counts[Kind.ADDED] or self._counts[Kind.CHANGED] or removed:
            return self._write(old)
        renewed = self._renewed(old)
        if self._refreshed:
            return self._write(old, generation=old.generation)
        if renewed is None:
            return self._result(old.row_count, old.generation, wrote=False), False
        rewrite_footer(self._target, self._temporary, renewed)
        replace_file(self._temporary, self._target)
        return self._result(old.row_count, old.generation, wrote=True), True

    def _survey(self) -> None:
        """Count what a merge would do, from keys and hashes alone; stops where it is clear that there is something to do."""
        columns = (*self._layout.digest_columns, *self._layout.refreshing)
        for span in self._stage.spans(self._order.partition, columns):
            self._counts[span.kind] += span.count
            if span.kind is Kind.MISSING:
                self._kept += sum(self._stays(span))
            if span.kind is Kind.SAME:
                self._refreshed = self._refreshed or self._differs_in_passing(span)
            if span.kind in (Kind.ADDED, Kind.CHANGED) or self._counts[Kind.MISSING] > self._kept:
                return

    def _differs_in_passing(self, span: Span) -> bool:
        return any(
            not span.old.column(name)
            .slice(span.old_at, span.count)
            .equals(span.new.column(name).slice(span.new_at, span.count))
            for name in self._layout.refreshing
        )

    def _renewed(self, old: CommitMeta) -> CommitMeta | None:
        """The footer that should stand, where it differs from the one that stands."""
        order = self._order
        wanted = replace(old, space_id=order.space_id, watermark=order.watermark, extra=order.extra)
        if wanted == old:
            return None
        return replace(wanted, run_id=order.run_id, committed_at=datetime.now(UTC))

    def _write(self, old: CommitMeta | None, *, generation: str = "") -> tuple[CommitResult, bool]:
        self._counts = dict.fromkeys(Kind, 0)
        self._kept = 0
        writer: FileWriter | None = None
        try:
            for batch in self._merged():
                writer = writer or FileWriter(self._temporary, self._layout, first=batch)
                writer.write(batch)
            if writer is None:
                return self._remove(old)
            meta = self._meta(writer.row_count, generation or new_generation())
            writer.finish(meta)
        except BaseException:
            if writer is not None:
                writer.abandon()
            raise
        with naming(self._target):
            replace_file(self._temporary, self._target)
        return self._result(meta.row_count, meta.generation, wrote=True), True

    def _remove(self, old: CommitMeta | None) -> tuple[CommitResult, bool]:
        """No file where there are no rows."""
        self._target.unlink(missing_ok=True)
        return self._result(0, "", wrote=old is not None), old is not None

    def _meta(self, row_count: int, generation: str) -> CommitMeta:
        order = self._order
        return CommitMeta(
            generation=generation,
            run_id=order.run_id,
            committed_at=datetime.now(UTC),
            row_count=row_count,
            layout=self._layout.name,
            space_id=order.space_id,
            watermark=order.watermark,
            extra=order.extra,
        )

    def _merged(self) -> Iterator[pa.RecordBatch]:
        """Batches of the next file, by key."""
        assembler = Assembler(self._layout.schema, self._layout)
        for span in self._stage.spans(self._order.partition, self._layout.schema.names):
            self._counts[span.kind] += span.count
            taken = 0
            while taken < span.count:
                count = min(span.count - taken, assembler.room)
                self._put(assembler, _part(span, taken, count))
                taken += count
                if assembler.is_full:
                    yield from self._stamped(assembler)
        yield from self._stamped(assembler)

    def _put(self, assembler: Assembler, span: Span) -> None:
        if span.kind is Kind.MISSING:
            stay = self._stays(span)
            self._kept += sum(stay)
            if all(stay):
                assembler.put((span.old, span.old_at), span.count)
                return
            for offset in (offset for offset, stays in enumerate(stay) if stays):
                assembler.put((span.old, span.old_at + offset), 1)
        elif span.kind is Kind.ADDED:
            assembler.put((span.new, span.new_at), span.count)
        elif span.kind is Kind.SAME:
            place = (span.old, span.old_at)
            light = (span.new, span.new_at) if self._layout.refreshing else place
            assembler.put(light, span.count, heavy=place, stamp=place)
        else:
            self._put_changed(assembler, span)

    def _put_changed(self, assembler: Assembler, span: Span) -> None:
        for index in range(span.count):
            new = (span.new, span.new_at + index)
            keeps_body = (
                bool(self._layout.heavy)
                and not span.new.column(HEAVY_HASH)[new[1]].is_valid
                and has_same_version(self._layout, span, index)
            )
            assembler.put(new, 1, heavy=(span.old, span.old_at + index) if keeps_body else new)

    def _stays(self, span: Span) -> list[bool]:
        keep = self._order.keep_missing
        if isinstance(keep, bool):
            return [keep] * span.count
        return [keep(key) for key in keys_of(self._layout, span.old, span.old_at, span.count)]

    def _stamped(self, assembler: Assembler) -> Iterator[pa.RecordBatch]:
        """Staged rows carry no `synced_at`; here they get this commit's."""
        for batch in assembler.flush():
            if self._layout.stamp is None:
                yield batch
                continue
            index = batch.schema.get_field_index(self._layout.stamp)
            stamp = pa.scalar(self._order.synced_at, batch.schema.field(index).type)
            yield batch.set_column(index, batch.schema.field(index), pc.fill_null(batch.column(index), stamp))

    def _result(self, row_count: int, generation: str, *, wrote: bool) -> CommitResult:
        return CommitResult(
            row_count=row_count,
            added=self._counts[Kind.ADDED],
            changed=self._counts[Kind.CHANGED],
            unchanged=self._counts[Kind.SAME],
            removed=self._counts[Kind.MISSING] - self._kept,
            path="",
            generation=generation,
            wrote=wrote,
        )


def _part(span: Span, start: int, count: int) -> Span:
    """`count` rows of a span from `start` on."""
    return replace(span, old_at=span.old_at + start, new_at=span.new_at + start, count=count)
