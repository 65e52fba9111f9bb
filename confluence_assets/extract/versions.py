"""Which library reads what, and in which version: a file is read again when its reader is another."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version

_RELEASE = "1"
"""Raised when our own reading gives something else than before."""
OWN = f"confluence-assets/{_RELEASE}"
LIBRARIES = ("pypdf", "mammoth", "python-pptx", "openpyxl", "markdownify")


def label_of(library: str) -> str:
    """The library and its version, as it stands in rows; our own readers where no library is named."""
    return f"{library} {_version(library)} {OWN}" if library else OWN


@cache
def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def reader_labels() -> frozenset[str]:
    """Labels of everything that reads here and now; a row with another one was read by something else."""
    return frozenset({OWN, *(label_of(library) for library in LIBRARIES)})
