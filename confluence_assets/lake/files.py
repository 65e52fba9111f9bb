"""Paths of the lake, atomic replacement, and errors that name the file.

The only module that opens Parquet files. It knows nothing of what rows mean.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.parquet as pq

from confluence_assets.errors import StorageError
from confluence_assets.tables import Grain, Table

DATA_FILE = "data.parquet"
_LEVELS = {Grain.SPACE: "space=", Grain.DAY: "day=", Grain.RUN: "day="}


def make_folder(folder: Path) -> None:
    """Create the folder and its parents, each for the owner only."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def partition_folder(lake: Path, table: Table, partition: str | None) -> Path:
    """The folder that holds a partition's file. Raises: StorageError where table and partition do not go together."""
    level = _LEVELS.get(table.grain)
    if (level is None) != (partition is None):
        raise StorageError(f"{table.name} is kept by {table.grain.value}; {partition!r} is no partition of it.")
    folder = lake / table.name
    return folder if level is None else folder / f"{level}{quote(str(partition), safe='')}"


def list_partitions(lake: Path, table: Table) -> list[str]:
    """Partitions that hold a file, sorted; empty for a table of the whole site."""
    level = _LEVELS.get(table.grain)
    folder = lake / table.name
    if level is None or not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(level)]
    return sorted(unquote(name.removeprefix(level)) for name in names if has_parquet(folder / name))


def has_parquet(folder: Path) -> bool:
    """Whether the folder holds a committed Parquet file."""
    if (folder / DATA_FILE).exists():
        return True
    return folder.is_dir() and any(path.suffix == ".parquet" for path in folder.iterdir())


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def create_private(path: Path) -> None:
    """Create an empty file that only its owner may read."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))


def replace_file(temporary: Path, target: Path) -> None:
    """Put a finished file in its place, whole or not at all; the caller syncs the folder.

    The modification time is set by the real clock (the kernel's own has a grain of milliseconds), so that
    inode, size and time together tell one commit from the next.
    """
    descriptor = os.open(temporary, os.O_RDONLY)
    try:
        now = time.time_ns()
        os.utime(descriptor, ns=(now, now))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(target)


def write_atomically(target: Path, content: bytes) -> None:
    """Replace a small file, whole or not at all, and see it on disk."""
    make_folder(target.parent)
    temporary = target.with_name(f"{target.name}.{os.getpid()}-{time.time_ns()}.tmp")
    try:
        create_private(temporary)
        temporary.write_bytes(content)
        replace_file(temporary, target)
        sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn an Arrow or system error into a StorageError that names the file."""
    try:
        yield
    except (pa.ArrowException, OSError, EOFError) as error:
        reason = " ".join(str(error).split())[:300]
        raise StorageError(
            f"{path} could not be used: {reason}",
            hint="Delete the damaged file and run a full sync of that space, or free the disk.",
        ) from error


def open_parquet(path: Path) -> pq.ParquetFile:
    """An open Parquet file; never memory-mapped, so that it may be replaced and costs no resident pages."""
    with naming(path):
        return pq.ParquetFile(path, memory_map=False, pre_buffer=False)


def identity_of(path: Path) -> tuple[int, int, int] | None:
    """What tells one committed file from its successor; None where there is no file."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
