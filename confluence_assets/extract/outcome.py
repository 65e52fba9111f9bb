"""What came of reading a file."""

import re
from dataclasses import dataclass
from enum import StrEnum

INSTALL_HINT = "Install what reads files: pip install 'confluence-assets[files]'."
_LONGEST_ERROR = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]+")
"""Control characters, and those that turn the direction of text: an error stands on one line, as it was written."""


class ExtractStatus(StrEnum):
    """How it went."""

    READ = "read"
    UNSUPPORTED = "unsupported"
    """No reader knows this kind of file."""
    UNREADABLE = "unreadable"
    """Encrypted, damaged, or over a limit."""
    NOT_INSTALLED = "not_installed"
    """The library that reads it is missing."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """The text of a file as Markdown, or why there is none. `extractor` is the library and version that tried."""

    status: ExtractStatus
    text: str | None = None
    extractor: str | None = None
    error: str | None = None


class Refused(Exception):
    """A file can't be read, for a reason that people understand: its message is what they see."""

    def __init__(self, message: str, status: ExtractStatus = ExtractStatus.UNREADABLE) -> None:
        super().__init__(message)
        self.status = status


def one_line(text: str) -> str:
    """The text on one line, without what would garble it, at most 300 characters."""
    line = " ".join(_CONTROL.sub(" ", text).encode("utf-8", "replace").decode().split())
    return line if len(line) <= _LONGEST_ERROR else line[: _LONGEST_ERROR - 1] + "…"
