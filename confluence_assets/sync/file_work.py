"""One file: downloaded, stored, read. Gives a row whatever happens to the file; only a full disk raises."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from confluence_assets.api.source import Source
from confluence_assets.convert import html_to_markdown
from confluence_assets.errors import AccessError, ApiError, IncompleteError, TransientError
from confluence_assets.extract import Extraction, ExtractStatus, extract_text
from confluence_assets.sync.file_plan import FileChoice, FileStatus, Known
from confluence_assets.sync.file_store import FileStore
from confluence_assets.tables import Row

_CHARACTERS_KEPT = 20_000_000
"""Texts of files that are remembered in case the same bytes are attached elsewhere."""


class _TooLarge(Exception):
    """More arrives than is wanted."""


@dataclass(slots=True)
class _Texts:
    """Texts by hash and by what the file is called: a `.csv` reads otherwise than a `.txt`."""

    texts: "OrderedDict[tuple[str, ...], Extraction]" = field(default_factory=OrderedDict)
    characters: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, key: tuple[str, ...]) -> Extraction | None:
        with self.lock:
            return self.texts.get(key)

    def remember(self, key: tuple[str, ...], extraction: Extraction) -> None:
        with self.lock:
            if key in self.texts:
                return
            self.texts[key] = extraction
            self.characters += len(extraction.text or "")
            while self.characters > _CHARACTERS_KEPT:
                self.characters -= len(self.texts.popitem(last=False)[1].text or "")


class FileWorker:
    """Does what a file needs. Safe to use from several threads."""

    def __init__(self, source: Source, store: FileStore, choice: FileChoice) -> None:
        self._source = source
        self._store = store
        self._choice = choice
        self._texts = _Texts()
        self._readers = threading.BoundedSemaphore(os.cpu_count() or 1)
        self.is_stopped = threading.Event()

    def read(self, wanted: Row, known: Known) -> Row:
        """The row of a file whose bytes are here."""
        sha256 = known.sha256 or ""
        extraction = self._extract(self._store.path_of(sha256), sha256, wanted) if self._choice.reads_texts else None
        return _row(wanted, sha256, known.file_path, extraction)

    def download(self, wanted: Row) -> tuple[Row, ApiError | None]:
        """The row of a file after its download, and what went wrong with it.

        Raises: StorageError where the disk does; IncompleteError once the run was stopped.
        """
        try:
            with self._store.receive() as incoming:
                self._receive(wanted, incoming.write)
                sha256 = incoming.finish()
                extraction = self._extract(incoming.path, sha256, wanted) if self._choice.reads_texts else None
                path = self._store.keep(incoming, sha256) if self._choice.keeps_files else None
                return _row(wanted, sha256, path, extraction), None
        except ApiError as error:
            is_passing = isinstance(error, TransientError | AccessError)
            return _failed(wanted, FileStatus.WAITING if is_passing else FileStatus.FAILED, str(error)), error
        except _TooLarge:
            said = f"It is larger than {self._choice.size_limit_bytes} bytes (attachment_size_limit_bytes)."
            return _failed(wanted, FileStatus.FAILED, said), None

    def _receive(self, wanted: Row, write: Callable[[bytes], None]) -> None:
        arrived = 0
        with self._source.download_attachment(
            wanted["container_id"],
            wanted["attachment_id"],
            version_number=wanted["version_number"],
            size_bytes=wanted["file_size_bytes"],
        ) as chunks:
            for chunk in chunks:
                arrived += len(chunk)
                if arrived > self._choice.size_limit_bytes:
                    raise _TooLarge
                if self.is_stopped.is_set():
                    raise IncompleteError("The run was stopped.")
                write(chunk)

    def _extract(self, path: Path, sha256: str, wanted: Row) -> Extraction:
        filename, media_type = wanted["filename"], wanted["media_type"]
        key = (sha256, Path(filename or "").suffix.lower(), media_type or "")
        extraction = self._texts.find(key)
        if extraction is None:
            with self._readers:
                extraction = extract_text(
                    path, filename=filename, media_type=media_type, html_to_markdown=html_to_markdown
                )
            self._texts.remember(key, extraction)
        return extraction


def _row(wanted: Row, sha256: str, file_path: str | None, extraction: Extraction | None) -> Row:
    text = extraction.text if extraction else None
    return {
        "attachment_id": wanted["attachment_id"],
        "version_number": wanted["version_number"],
        "text_markdown": text,
        "character_count": None if text is None else len(text),
        "status": extraction.status.value if extraction else FileStatus.KEPT.value,
        "extractor": extraction.extractor if extraction else None,
        "error": extraction.error if extraction else None,
        "sha256": sha256,
        "file_path": file_path,
    }


def _failed(wanted: Row, status: FileStatus, error: str) -> Row:
    key = {name: wanted[name] for name in ("attachment_id", "version_number")}
    return {**key, "status": status.value, "error": error}


def needs_install(row: Row) -> bool:
    return bool(row["status"] == ExtractStatus.NOT_INSTALLED)
