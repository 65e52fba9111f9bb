"""Bytes of files on disk, by their hash: `files/<first two>/<sha256>`, each stored once however often it is attached.

Names that people gave never reach the file system. Must not know why a file is kept; whoever writes holds the lake's lock.
"""

import hashlib
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from confluence_assets.errors import StorageError
from confluence_assets.lake.files import create_private, make_folder, sync_folder

FOLDER = "files"
_INCOMING = ".incoming"
_SWEPT = ".swept"


class IncomingFile:
    """A file while it arrives: hashed as it is written, under a name of ours."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size_bytes = 0
        self._hash = hashlib.sha256()
        create_private(path)
        self._file = path.open("wb")

    def write(self, chunk: bytes) -> None:
        with naming_disk(self.path):
            self._file.write(chunk)
        self._hash.update(chunk)
        self.size_bytes += len(chunk)

    def finish(self) -> str:
        """Close the file. Returns its hash."""
        with naming_disk(self.path):
            self._file.close()
        return self._hash.hexdigest()

    def abandon(self) -> None:
        with suppress(OSError):  # what is in the buffer may not find room on a full disk; nobody wants it
            self._file.close()
        self.path.unlink(missing_ok=True)


class FileStore:
    """The files of one site, below `root` (`CONFLUENCE_HOME/<site>`)."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.folder = root / FOLDER

    def path_of(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def has(self, file_path: str | None) -> bool:
        """Whether the file that a row names is there."""
        return file_path is not None and (self._root / file_path).is_file()

    @contextmanager
    def receive(self) -> Iterator[IncomingFile]:
        """Room for a file that arrives; gone at the end of the `with` block unless it was kept."""
        with naming_disk(self.folder):
            make_folder(self.folder / _INCOMING)
            incoming = IncomingFile(self.folder / _INCOMING / uuid4().hex)
        try:
            yield incoming
        finally:
            incoming.abandon()

    def keep(self, incoming: IncomingFile, sha256: str) -> str:
        """Put a finished file in its place and see it on disk. Returns its path, relative to the site's folder."""
        target = self.path_of(sha256)
        with naming_disk(target):
            make_folder(target.parent)
            if not (target.is_file() and target.stat().st_size == incoming.size_bytes):
                _sync_file(incoming.path)
                incoming.path.replace(target)
                sync_folder(target.parent)
        return target.relative_to(self._root).as_posix()

    def begin(self) -> None:
        """Throw away what a killed run left half, and note that the store is about to change."""
        shutil.rmtree(self.folder / _INCOMING, ignore_errors=True)
        (self.folder / _SWEPT).unlink(missing_ok=True)

    def is_swept(self, mark: str) -> bool:
        """Whether nothing has changed since the sweep of that mark."""
        note = self.folder / _SWEPT
        return not self.folder.is_dir() or (note.is_file() and note.read_text(encoding="ascii") == mark)

    def sweep(self, named: Collection[str], mark: str) -> int:
        """Delete what no row names, paths relative to the site's folder. Returns how many files left."""
        gone = 0
        with naming_disk(self.folder):
            shutil.rmtree(self.folder / _INCOMING, ignore_errors=True)
            for folder in sorted(self.folder.iterdir()):
                if folder.is_dir():
                    gone += self._sweep_folder(folder, named)
            note = self.folder / _SWEPT
            create_private(note)
            note.write_text(mark, encoding="ascii")
        return gone

    def _sweep_folder(self, folder: Path, named: Collection[str]) -> int:
        gone = kept = 0
        for path in list(folder.iterdir()):
            if path.relative_to(self._root).as_posix() in named:
                kept += 1
            else:
                path.unlink()
                gone += 1
        if not kept:
            folder.rmdir()
        return gone


@contextmanager
def naming_disk(path: Path) -> Iterator[None]:
    """Turn a system error into a StorageError that names the place."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{path} could not be written: {error.strerror or error}.", hint="Free the disk, or look at its rights."
        ) from error


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
