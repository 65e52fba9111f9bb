"""Errors that nobody expected, in words where their cause is none of the program's: a disk that is full or can't be written.

Dagster's records fail with the words of their database; ours with those of the system.
"""

import errno
from collections.abc import Iterator

from confluence_assets.errors import StorageError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SHUT = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_FULL_WORDS = ("disk is full", "no space left", "disk i/o error")
_SHUT_WORDS = ("readonly database", "unable to open database file")


def explain_unexpected(error: BaseException) -> StorageError | None:
    """The error in words; None where it is a fault of the program."""
    for cause in _causes(error):
        code = cause.errno if isinstance(cause, OSError) else None
        words = str(cause).lower()
        if code in _FULL or any(word in words for word in _FULL_WORDS):
            return StorageError(
                f"The disk is full: {_first_line(cause)}.",
                hint="Make room, or set CONFLUENCE_HOME (and DAGSTER_HOME, where it is set) to a folder elsewhere. What is committed stays.",
            )
        if code in _SHUT or any(word in words for word in _SHUT_WORDS):
            return StorageError(
                f"What has to be written can't be: {_first_line(cause)}.",
                hint="Set CONFLUENCE_HOME (and DAGSTER_HOME, where it is set) to a folder that you may write to.",
            )
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
