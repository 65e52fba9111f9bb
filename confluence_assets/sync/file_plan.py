"""Which files are wanted, and what has to be done for each: pure, from the owner's choice and what stands in the lake."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import NamedTuple

from confluence_assets.sync.options import SyncOptions
from confluence_assets.tables import Row

WANTED_COLUMNS = ("attachment_id", "version_number", "container_id", "filename", "media_type", "file_size_bytes")
KNOWN_COLUMNS = ("attachment_id", "version_number", "status", "extractor", "sha256", "file_path")

FileKey = tuple[str, int]
"""Attachment id and version number."""


class FileStatus(StrEnum):
    """What became of a file; the first four beside those of `extract.ExtractStatus`."""

    KEPT = "kept"
    """Downloaded; its text was not asked for."""
    WAITING = "waiting"
    """The download failed and is tried again in the next sweep."""
    FAILED = "failed"
    """The download failed for good, as far as can be told; a full run, or other settings, try again."""
    READ = "read"
    NOT_INSTALLED = "not_installed"


class Known(NamedTuple):
    """What the lake holds of a file."""

    status: str | None
    extractor: str | None
    sha256: str | None
    file_path: str | None


class Todo(StrEnum):
    """What a file needs."""

    NOTHING = "nothing"
    READ = "read"
    """Its bytes are here; its text is not."""
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class FileChoice:
    """What the owner chose of files."""

    keeps_files: bool
    reads_texts: bool
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    size_limit_bytes: int

    @classmethod
    def of(cls, options: SyncOptions) -> "FileChoice":
        return cls(
            options.attachment_files,
            options.attachment_texts,
            options.attachment_types,
            options.exclude_attachment_types,
            options.attachment_size_limit_bytes,
        )

    @property
    def is_on(self) -> bool:
        return self.keeps_files or self.reads_texts

    def admits(self, media_type: str | None) -> bool:
        """Whether files of this media type are wanted; one without a media type counts as bytes."""
        kind = (media_type or "application/octet-stream").lower()
        is_in = not self.include or any(fnmatchcase(kind, pattern.lower()) for pattern in self.include)
        return is_in and not any(fnmatchcase(kind, pattern.lower()) for pattern in self.exclude)

    def digest(self) -> str:
        """What tells one choice from another."""
        return blake2b(repr(self).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Retries:
    """Which downloads that failed are tried again in this run."""

    waiting: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class FilePlanner:
    """Says what a file needs. `labels` are the readers of here and now, `has_file` looks on disk."""

    choice: FileChoice
    retries: Retries
    labels: frozenset[str]
    has_file: Callable[[str | None], bool]

    def plan(self, known: Known | None) -> Todo:
        if not self.choice.is_on:
            return Todo.NOTHING
        if known is None:
            return Todo.DOWNLOAD
        if known.status in (FileStatus.WAITING, FileStatus.FAILED):
            is_again = self.retries.waiting if known.status == FileStatus.WAITING else self.retries.failed
            return Todo.DOWNLOAD if is_again else Todo.NOTHING
        has_file = self.has_file(known.file_path)
        if self.choice.keeps_files and not has_file:
            return Todo.DOWNLOAD
        if self.choice.reads_texts and not self._is_read(known):
            return Todo.READ if has_file else Todo.DOWNLOAD
        return Todo.NOTHING

    def _is_read(self, known: Known) -> bool:
        """Whether somebody who reads as we do now has tried."""
        return known.extractor is not None and known.extractor in self.labels


def key_of(row: Row) -> FileKey:
    return row["attachment_id"], row["version_number"]


def known_of(row: Row) -> Known:
    return Known(row["status"], row["extractor"], row["sha256"], row["file_path"])
