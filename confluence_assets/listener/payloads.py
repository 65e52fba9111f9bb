"""What a payload says: which event, when, where. Three shapes, each as its sender makes it. Pure.

Nothing but the event's name, a space key and ids is taken out of it: titles and bodies are never kept.
Source: Data Center's webhook payloads, Forge's `avi:confluence:…` events, and what Automation's "send web request" can say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_EVENT = re.compile(r"[A-Za-z0-9_:.\- ]{1,120}")
_ID = re.compile(r"(att)?\d{1,20}")
_KEY = re.compile(r"[^\s/\\\x00-\x1f]{1,255}")

_ENTITIES = (
    "page",
    "blog",
    "blogpost",
    "comment",
    "content",
    "attachment",
    "labeled",
    "attachedTo",
    "newParent",
    "oldParent",
)
"""Where payloads say which content it is about; a label's and a move's neighbours are where the change shows."""


class NonsenseError(ValueError):
    """Not a payload of this kind. The message names the field, never its content."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something changed, as far as it was said."""

    space_key: str | None = None
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one payload says. `event` is empty for a test of the connection."""

    event: str
    places: tuple[Place, ...]
    sent_at: datetime | None = None
    delivery_id: str | None = None

    @property
    def is_test(self) -> bool:
        return not self.event


def parse_datacenter(payload: Mapping[str, Any]) -> Delivery:
    """`{"timestamp": ms, "event": "page_updated", "userKey": …, "page": {"id": 123}}`. Raises: NonsenseError."""
    if payload.get("test") is True and "event" not in payload:
        return Delivery("", ())
    sent_at = _moment(payload.get("timestamp"), "timestamp")
    if sent_at is None:
        raise NonsenseError("timestamp is missing")
    return Delivery(_event(payload.get("event"), "event"), _places(payload), sent_at)


def parse_forge(payload: Mapping[str, Any]) -> Delivery:
    """`{"eventType": "avi:confluence:updated:page", "eventCreatedDate": …, "content": {…}}`. Raises: NonsenseError."""
    event = _event(payload.get("eventType"), "eventType")
    sent_at = _moment(payload.get("eventCreatedDate"), "eventCreatedDate")
    return Delivery(event, _places(payload), sent_at, _delivery_id(payload))


def parse_automation(payload: Mapping[str, Any]) -> Delivery:
    """`{"event": "page_updated", "spaceKey": "ENG", "contentId": "123"}`, all but `event` optional. Raises: NonsenseError."""
    named = {"content": {"id": payload.get("contentId"), "space": {"key": payload.get("spaceKey")}}}
    event = _event(payload.get("event"), "event")
    sent_at = _moment(payload.get("timestamp"), "timestamp")
    return Delivery(event, _places({**payload, **named}), sent_at, _delivery_id(payload))


def _places(payload: Mapping[str, Any]) -> tuple[Place, ...]:
    """Every place that is named, each once; one without a name where there is none."""
    found = dict.fromkeys(_iter_places(payload))
    return tuple(found) or (Place(),)


def _iter_places(payload: Mapping[str, Any]) -> Iterator[Place]:
    for name in _ENTITIES:
        if isinstance(payload.get(name), Mapping):
            yield from _place_of(payload[name], name)
    for attachment in _listed(payload.get("attachments")):
        yield from _place_of(attachment, "attachments")
    space = payload.get("space")
    if isinstance(space, Mapping) and (key := _key(space.get("key"))):
        yield Place(space_key=key)


def _place_of(entity: Mapping[str, Any], name: str) -> Iterator[Place]:
    space = entity.get("space")
    key = _key(space.get("key") if isinstance(space, Mapping) else entity.get("spaceKey"))
    content_id = _id(entity.get("id"), f"{name}.id")
    if key or content_id:
        yield Place(key, content_id)


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value[:100] if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _event(value: Any, name: str) -> str:
    if not isinstance(value, str) or not _EVENT.fullmatch(value):
        raise NonsenseError(f"{name} is missing or not the name of an event")
    return value


def _id(value: Any, name: str) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str) or not _ID.fullmatch(str(value)):
        raise NonsenseError(f"{name} is not an id")
    return str(value)


def _key(value: Any) -> str | None:
    return value if isinstance(value, str) and _KEY.fullmatch(value) else None


def _delivery_id(payload: Mapping[str, Any]) -> str | None:
    value = payload.get("deliveryId")
    if value is None or value == "":
        return None
    if not isinstance(value, str | int) or len(str(value)) > 200:
        raise NonsenseError("deliveryId is not an id")
    return str(value)


def _moment(value: Any, name: str) -> datetime | None:
    """Milliseconds since 1970, as a number or in digits, or ISO 8601."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, int | float) or (isinstance(value, str) and value.isdigit()):
            return datetime.fromtimestamp(float(value) / 1000, UTC)
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise NonsenseError(f"{name} is not a time") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
