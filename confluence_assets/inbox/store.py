"""The inbox on disk: one SQLite file, written by the listener and drained by the sensor, which are different processes.

Hints of one event in one space (or on one content, where the space is not known) are kept as one: the newest, under a new
id, so that acknowledging the older one never takes the newer one away. Every write is on disk when it returns.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from confluence_assets.errors import StorageError
from confluence_assets.inbox.hint import Hint, PendingHint

HINT_LIMIT = 5000
"""Above this many, the hints of the most frequent event collapse to one that names no place."""

REPLAY_WINDOW = timedelta(hours=1)
"""How long a delivery is remembered."""

_FILE = "inbox.sqlite"
_BUSY_SECONDS = 10.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS hints (
    hint_id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL, event TEXT NOT NULL, space_key TEXT NOT NULL, content_id TEXT NOT NULL, received_at TEXT NOT NULL,
    UNIQUE (source, event, space_key, content_id)
);
CREATE TABLE IF NOT EXISTS deliveries (delivery_id TEXT PRIMARY KEY, received_at TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deliveries_by_time ON deliveries (received_at);
"""


class Inbox:
    """The hints of one site. Safe to use from several processes and threads; each call has a connection of its own.

    Raises (all methods): StorageError where the file can't be read or written.
    """

    def __init__(
        self, site_folder: Path, *, replay_window: timedelta = REPLAY_WINDOW, hint_limit: int = HINT_LIMIT
    ) -> None:
        self.path = site_folder / "inbox" / _FILE
        self._window = replay_window
        self._limit = hint_limit

    def open(self) -> None:
        """Make the file where there is none, so that what is wrong with its folder shows before the first delivery."""
        with self._write():
            pass

    def append(self, hints: Sequence[Hint]) -> bool:
        """Keep the hints of one delivery; true once they are on disk, false where this delivery was kept before."""
        if not hints:
            return True
        with self._write() as connection:
            if not self._is_first(connection, hints[0]):
                return False
            connection.executemany(
                "INSERT OR REPLACE INTO hints (source, event, space_key, content_id, received_at) VALUES (?, ?, ?, ?, ?)",
                [
                    (hint.source, hint.event, hint.space_key or "", hint.content_id or "", _text(hint.received_at))
                    for hint in (given.collapsed() for given in hints)
                ],
            )
            self._shrink(connection)
        return True

    def peek(self, limit: int = HINT_LIMIT) -> list[PendingHint]:
        """The oldest hints that nobody has acknowledged; they stay."""
        if not self.path.exists():
            return []
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT hint_id, source, event, received_at, space_key, content_id FROM hints ORDER BY hint_id LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            PendingHint(hint_id, source, event, datetime.fromisoformat(at), space_key or None, content_id or None)
            for hint_id, source, event, at, space_key, content_id in rows
        ]

    def acknowledge(self, hint_ids: Sequence[int]) -> None:
        """Let go of these hints. Ids that are no longer there are passed over."""
        if not hint_ids or not self.path.exists():
            return
        with self._write() as connection:
            connection.executemany("DELETE FROM hints WHERE hint_id = ?", [(hint_id,) for hint_id in hint_ids])

    def _is_first(self, connection: sqlite3.Connection, hint: Hint) -> bool:
        """Whether this delivery is new; remembers it in the same transaction that keeps its hints."""
        forgotten = _text(hint.received_at - self._window)
        connection.execute("DELETE FROM deliveries WHERE received_at < ?", (forgotten,))
        if hint.delivery_id is None:
            return True
        added = connection.execute(
            "INSERT OR IGNORE INTO deliveries (delivery_id, received_at) VALUES (?, ?)",
            (hint.delivery_id, _text(hint.received_at)),
        )
        return added.rowcount == 1

    def _shrink(self, connection: sqlite3.Connection) -> None:
        """Collapse the hints of the most frequent events until few enough are left."""
        while self._count(connection) > self._limit:
            source, event, count, newest = connection.execute(
                "SELECT source, event, count(*), max(received_at) FROM hints GROUP BY source, event ORDER BY 3 DESC LIMIT 1"
            ).fetchone()
            if count == 1:
                return
            connection.execute("DELETE FROM hints WHERE source = ? AND event = ?", (source, event))
            connection.execute(
                "INSERT INTO hints (source, event, space_key, content_id, received_at) VALUES (?, ?, '', '', ?)",
                (source, event, newest),
            )

    def _count(self, connection: sqlite3.Connection) -> int:
        return int(connection.execute("SELECT count(*) FROM hints").fetchone()[0])

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock from its start, and is on disk at its end."""
        self._prepare()
        with self._connect() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
        except sqlite3.Error as error:
            raise StorageError(
                f"{self.path} could not be used: {error}.",
                hint="Free the disk, or delete the file if it is damaged: the next look at the site finds what it held.",
            ) from error

    def _prepare(self) -> None:
        """Folders and file, for the owner only; SQLite gives its journal the rights of the file.

        The file is made aside and linked into place whole: switching to WAL can't be done by several at once.
        """
        if self.path.exists():
            return
        temporary = self.path.with_name(f"{_FILE}.{os.getpid()}-{time.time_ns()}.tmp")
        try:
            for folder in self.path.parents[2::-1]:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            with closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(_SCHEMA)
            with suppress(FileExistsError):  # another process was first
                self.path.hardlink_to(temporary)
            _sync_folder(self.path.parent)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                f"{self.path} can't be made: {error}.", hint="Set CONFLUENCE_HOME to a folder that you may write to."
            ) from error
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text(moment: datetime) -> str:
    """UTC as text that sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
