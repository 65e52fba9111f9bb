"""One writer at a time: an OS lock on the lake, which a dead holder can't keep.

`flock` and not a lock file's mere presence: the kernel lets go when the holder dies, however it dies.
"""

import fcntl
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from confluence_assets.errors import StorageError
from confluence_assets.lake.files import make_folder

_POLL_SECONDS = 0.05
_held: dict[Path, tuple[int, int]] = {}
"""Locks of this process: path to (thread that holds it, descriptor)."""


def _forget_in_child() -> None:
    for _, descriptor in _held.values():
        os.close(descriptor)  # a forked child must not keep its parent's lock alive
    _held.clear()


os.register_at_fork(after_in_child=_forget_in_child)


@contextmanager
def hold_lock(
    path: Path,
    *,
    holder: str,
    on_wait: Callable[[str], None] | None = None,
    on_poll: Callable[[], None] | None = None,
    timeout_seconds: float | None = None,
) -> Iterator[None]:
    """Hold the lock. `on_wait` hears once who holds it, `on_poll` is called each time that it was not to be had.

    Raises: StorageError after `timeout_seconds`, naming the holder, and where this thread has it already.
    """
    path = path.absolute()
    mine = _held.get(path)
    if mine is not None and mine[0] == threading.get_ident():
        raise StorageError(f"{path} is already held by this very thread ({read_holder(path) or holder}).")
    descriptor = _acquire(path, on_wait, on_poll, timeout_seconds)
    try:
        _write_holder(descriptor, holder)
        _held[path] = (threading.get_ident(), descriptor)
        yield
    finally:
        _held.pop(path, None)
        os.ftruncate(descriptor, 0)
        os.close(descriptor)


def read_holder(path: Path) -> str | None:
    """Who holds the lock, in words; None where nobody does."""
    if not path.exists():
        return None
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if _try_lock(descriptor, fcntl.LOCK_SH):
            return None
        return os.pread(descriptor, 2000, 0).decode("utf-8", "replace").strip() or "somebody who has just come"
    finally:
        os.close(descriptor)


def _acquire(
    path: Path,
    on_wait: Callable[[str], None] | None,
    on_poll: Callable[[], None] | None,
    timeout_seconds: float | None,
) -> int:
    make_folder(path.parent)
    deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    has_told = False
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if _try_lock(descriptor, fcntl.LOCK_EX) and _is_still(descriptor, path):
            return descriptor
        os.close(descriptor)
        holder = read_holder(path)
        if holder and on_wait is not None and not has_told:
            has_told = True
            on_wait(holder)
        if on_poll is not None:
            on_poll()
        if deadline is not None and time.monotonic() >= deadline:
            raise StorageError(
                f"The lake {path.parent} is in use by {holder or 'another run'}.",
                hint="Wait for that run, or stop it; its lock ends with it.",
            )
        time.sleep(_POLL_SECONDS)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(descriptor: int, path: Path) -> bool:
    """Whether the path still names the locked file (somebody may have deleted the folder meanwhile)."""
    try:
        return os.fstat(descriptor).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False


def _write_holder(descriptor: int, holder: str) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    text = f"{holder} (pid {os.getpid()} on {socket.gethostname()}, since {since})\n"
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)
