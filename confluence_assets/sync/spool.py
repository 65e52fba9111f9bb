"""Rows that wait until they may be written: the first ones in memory, the rest in a file that nobody else can read."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import orjson

from confluence_assets.tables import Row

_IN_MEMORY = 5_000
_TIMES = ("source_at", "detected_at")


class Spool:
    """Rows of `content_changes`, in the order in which they came. `folder` is where the file stands, which has no name."""

    def __init__(self, folder: Path | None = None, *, in_memory: int = _IN_MEMORY) -> None:
        self.count = 0
        self._folder = folder
        self._most = in_memory
        self._rows: list[Row] = []
        self._file: IO[bytes] | None = None

    def add(self, row: Row) -> None:
        self._rows.append(row)
        self.count += 1
        if len(self._rows) >= self._most:
            self._spill()

    def __iter__(self) -> Iterator[Row]:
        if self._file is not None:
            self._file.seek(0)
            for line in self._file:
                yield _parsed(orjson.loads(line))
        yield from self._rows

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._rows.clear()

    def _spill(self) -> None:
        if self._file is None:
            self._file = TemporaryFile(dir=self._folder)  # noqa: SIM115 - it lives as long as the spool
        self._file.seek(0, 2)
        self._file.writelines(orjson.dumps(row) + b"\n" for row in self._rows)
        self._rows.clear()


def _parsed(row: dict[str, Any]) -> Row:
    for name in _TIMES:
        if row[name] is not None:
            row[name] = datetime.fromisoformat(row[name])
    return row
