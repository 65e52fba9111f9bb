"""Comments and files that came before what they hang on: the first ones in memory, the rest in a file that nobody else can read.

Must not know when they may go on.
"""

import pickle
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import IO

from confluence_assets.tables import Row

_IN_MEMORY = 2_000
_IN_MEMORY_CHARACTERS = 8_000_000
"""What is held of bodies; rows without one are small."""


class EarlyRows:
    """Rows by table, in batches, in the order in which they came. Safe to add to from several threads."""

    def __init__(self, folder: Path | None = None, *, in_memory: int = _IN_MEMORY) -> None:
        """`folder` is where the file stands, which has no name; without one it is the system's for temporary files."""
        self._folder = folder
        self._most = in_memory
        self._held: list[tuple[str, list[Row]]] = []
        self._count = self._characters = 0
        self._file: IO[bytes] | None = None
        self._lock = Lock()

    @property
    def is_empty(self) -> bool:
        return not self._held and self._file is None

    def add(self, table: str, rows: list[Row]) -> None:
        characters = sum(len(row.get("body_storage") or "") for row in rows)
        with self._lock:
            count, size = self._count + len(rows), self._characters + characters
            if count <= self._most and size <= _IN_MEMORY_CHARACTERS:
                self._held.append((table, rows))
                self._count, self._characters = count, size
                return
            if self._file is None:
                self._file = TemporaryFile(dir=self._folder)  # noqa: SIM115 - it lives until it is taken
            pickle.dump((table, rows), self._file, pickle.HIGHEST_PROTOCOL)

    def take(self) -> Iterator[tuple[str, list[Row]]]:
        """All that was added until now, each batch once; what is added meanwhile waits for the next time."""
        with self._lock:
            held, self._held = self._held, []
            self._count = self._characters = 0
            file, self._file = self._file, None
        yield from held
        if file is not None:
            with file:
                end = file.tell()
                file.seek(0)
                while file.tell() < end:
                    yield pickle.load(file)  # noqa: S301 - this very process wrote it

    def close(self) -> None:
        """Let go of what was not taken."""
        with self._lock:
            self._held = []
            self._count = self._characters = 0
            if self._file is not None:
                self._file.close()
                self._file = None
