"""Versions of a content: those that edits made, and those that a seed only counted and that are made when asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from confluence_assets.emulator.store.model import ATTACHMENT, Content, Version
from confluence_assets.emulator.store.store import Store


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version with its present number. `body` makes the text."""

    number: int
    created: int
    author: str
    message: str
    is_minor: bool
    title: str
    body: Callable[[], str]


def past_versions(store: Store, content: Content) -> list[Version]:
    """The versions before the current one, oldest first; from now on kept."""
    if content.history is None:
        span = content.modified - content.created
        editors = [content.author, content.modifier]
        content.history = [
            Version(
                content.created + span * number // content.version, editors[number % 2], "", False, content.title, None
            )
            for number in range(content.version - 1)
        ]
    return content.history


def all_versions(store: Store, content: Content, storage: Callable[[Content, int | None], str]) -> list[VersionRow]:
    """Every version, oldest first."""
    rows = []
    for index, past in enumerate(past_versions(store, content)):
        text = (lambda kept: lambda: kept)(past.body) if past.body is not None else _made(content, index + 1, storage)
        rows.append(VersionRow(index + 1, past.created, past.author, past.message, past.is_minor, past.title, text))
    rows.append(
        VersionRow(
            content.version,
            content.modified,
            content.modifier,
            content.message,
            content.is_minor,
            content.title,
            lambda: storage(content, None),
        )
    )
    return rows


def _made(content: Content, number: int, storage: Callable[[Content, int | None], str]) -> Callable[[], str]:
    return lambda: storage(content, number)


def file_size(content: Content) -> int:
    extra = content.extra or {}
    return len(extra["bytes"]) if "bytes" in extra else int(extra["size"])


def push_version(
    store: Store, content: Content, at: int, author: str, *, message: str = "", is_minor: bool = False
) -> None:
    """Lay the present state down as a past version; the caller then changes the content."""
    past = past_versions(store, content)
    extra = dict(content.extra or {}) if content.kind == ATTACHMENT else None
    body = content.body
    past.append(
        Version(content.modified, content.modifier, content.message, content.is_minor, content.title, body, extra)
    )
    content.version += 1
    content.modified, content.modifier, content.message, content.is_minor = at, author, message, is_minor
