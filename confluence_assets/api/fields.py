"""Small readers that all row mappings share: times, text, numbers, the link base. Tolerant: a missing field is None."""

from datetime import UTC, datetime, timedelta
from typing import Any

from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import ProtocolError

EMPTY: JsonObject = {}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_time(text: Any) -> datetime | None:
    """An aware UTC time from ISO text; None for nothing. Raises: ProtocolError for text that is no time."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise ProtocolError(f"{str(text)[:40]!r} is not a time.") from None
    if at.tzinfo is UTC:
        return at
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def parse_epoch_milliseconds(number: Any) -> datetime | None:
    """An aware UTC time from milliseconds since 1970; None for nothing."""
    return None if number is None else _EPOCH + timedelta(milliseconds=int(number))


def text_of(value: Any) -> str | None:
    """Text, or None for nothing and for empty text; numbers become text, since ids may come as either."""
    if value is None or value == "":
        return None
    return value if type(value) is str else str(value)


def whole_of(value: Any) -> int | None:
    """A whole number, also where it came as text; None for nothing or for what is none."""
    if type(value) is int or value is None:
        return value
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def body_of(content: JsonObject, representation: str = "storage") -> str | None:
    """The body in that representation; None where the listing left it out."""
    body = (content.get("body") or EMPTY).get(representation)
    return body.get("value") if body else None


def link_base(payload: JsonObject, fallback: str) -> str:
    """What relative browser links are appended to: `https://<site>/wiki`."""
    base = (payload.get("_links") or EMPTY).get("base")
    return base if base else fallback


def web_url(content: JsonObject, base: str) -> str | None:
    """The content's address for a browser."""
    link: str | None = (content.get("_links") or EMPTY).get("webui") or content.get("webuiLink")
    if not link:
        return None
    return link if "://" in link else base + link
