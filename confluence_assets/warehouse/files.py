"""What the warehouse asks of a committed file of the lake, and the fingerprint of them all."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol


class SourceFile(Protocol):
    """A committed Parquet file of one table."""

    @property
    def table(self) -> str: ...
    @property
    def partition(self) -> str | None:
        """Space key or day; None where a table is one file."""
        ...

    @property
    def path(self) -> Path: ...
    @property
    def generation(self) -> str: ...
    @property
    def committed_at(self) -> datetime: ...
    @property
    def row_count(self) -> int: ...
    @property
    def layout(self) -> str:
        """Names the columns of the file: files of one layout have the same."""
        ...


def fingerprint(files: Iterable[SourceFile], schema: str) -> str:
    """What tells one state of the lake from another.

    The ledger is left out: a run that changed nothing still writes its account, and that is no reason to publish.
    Changes count by number: compaction moves them between files, and nothing else alters them.
    """
    digest = sha256(schema.encode())
    changes = 0
    for table, path, generation, count in sorted(
        (file.table, str(file.path), file.generation, file.row_count) for file in files
    ):
        if table == "content_changes":
            changes += count
        elif table != "sync_ledger":
            digest.update(f"\n{table}\t{path}\t{generation}".encode())
    digest.update(f"\n{changes}".encode())
    return digest.hexdigest()
