"""Opening, copying and swapping DuckDB files: what is built is built aside, whole, on disk and without a `.wal`."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from confluence_assets.warehouse.schema import quoted

DATABASE_NAME = "confluence.duckdb"
STORAGE_VERSION = "v1.0.0"
"""Written so that DuckDB 1.1 and later can open it."""
ROW_GROUP_ROWS = 16_384
"""An appended row rewrites the last row group of its table: with DuckDB's own 122,880 rows that is 50 MB of bodies for one
edit. It must be said each time that a file is opened to be written, else DuckDB merges the small ones into large ones."""

_FICLONE = 0x40049409
_COPY_BYTES = 1 << 26


def building_path(root: Path) -> Path:
    """Where the next database is built; another name for each process."""
    return root / f".{DATABASE_NAME}.{os.getpid()}"


@contextmanager
def open_to_write(
    path: Path, memory_limit_mib: int, *, is_new: bool, threads: int = 2
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose current catalog is the file; when it ends well, the file is whole and has no `.wal`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_limit_mib}MiB",
        "threads": threads,
        "preserve_insertion_order": False,
        "temp_directory": f"{path}.tmp",
        # A checkpoint between two statements would write half-full row groups twice.
        "checkpoint_threshold": "1TB",
    }
    version = f", STORAGE_VERSION '{STORAGE_VERSION}'" if is_new else ""
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH {quoted(str(path))} AS confluence (ROW_GROUP_SIZE {ROW_GROUP_ROWS}{version})")
        path.chmod(0o600)
        connection.execute("USE confluence")
        yield connection
        connection.execute("CHECKPOINT confluence")
        connection.execute("USE memory")
        connection.execute("DETACH confluence")
    finally:
        connection.close()


@contextmanager
def open_to_read(**files: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees each file as a catalog of that name, read-only."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    try:
        connection.execute("SET TimeZone = 'UTC'")
        for name, path in files.items():
            connection.execute(f"ATTACH {quoted(str(path))} AS {name} (READ_ONLY)")
        yield connection
    finally:
        connection.close()


def copy_file(source: Path, target: Path) -> None:
    """A private copy: shared blocks where the file system can, else copied inside the kernel, else by hand."""
    with source.open("rb") as old, open(target, "wb", opener=_private) as new:
        with suppress(OSError):  # not this file system: EOPNOTSUPP, EXDEV, EINVAL, ENOTTY
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
            return
        size = os.fstat(old.fileno()).st_size
        copied = _copy_range(old.fileno(), new.fileno(), size)
        if copied < size:
            old.seek(copied)
            new.seek(copied)
            shutil.copyfileobj(old, new, 1 << 20)


def _copy_range(source: int, target: int, size: int) -> int:
    """Bytes that the kernel copied by itself."""
    copied = 0
    with suppress(OSError, AttributeError):  # an old kernel, or no Linux
        while copied < size:
            count = os.copy_file_range(source, target, min(_COPY_BYTES, size - copied), copied, copied)
            if count == 0:
                break
            copied += count
    return copied


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def swap_in(building: Path, target: Path) -> None:
    """Put a finished file in its place; it is on disk before it is seen."""
    building.chmod(0o600)
    sync_path(building)
    # A `.wal` beside a file that it does not belong to makes the file unopenable.
    target.with_name(f"{target.name}.wal").unlink(missing_ok=True)
    building.replace(target)
    sync_path(target.parent)


def sync_path(path: Path) -> None:
    """See a file, or the names in a folder, on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_leftovers(folder: Path) -> None:
    """Delete what was built aside and not swapped in, by this process or by one that was killed."""
    for path in folder.glob(f".{DATABASE_NAME}.*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
