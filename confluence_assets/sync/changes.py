"""Rows of `content_changes` from what a stage and the lake differ in. Pure: old row, new row, in; what happened, out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

import orjson

from confluence_assets.lake import Change
from confluence_assets.tables import NODE_TABLES, TABLES_BY_NAME, Row

CONTENT_TYPE_OF = {
    "pages": "page",
    "blogposts": "blogpost",
    "comments": "comment",
    "attachments": "attachment",
    "custom_content": "custom_content",
    "tasks": "task",
    **{table: content_type for content_type, table in NODE_TABLES.items()},
}
"""Tables whose rows are contents, and what their type is called."""

_PLACE = ("space_key", "parent_id", "position", "container_id")
_NAME = ("title", "filename")
_VERSION = ("version_number", "updated_at")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one content."""

    change: str
    before: Any = None
    after: Any = None


def compare(old: Row, new: Row) -> list[Event]:
    """What happened between two rows of the same content, in the words of `content_changes`."""
    events: list[Event] = []
    if place := _differing(_PLACE, old, new):
        events.append(Event("moved", _pick(place, old), _pick(place, new)))
    if name := _differing(_NAME, old, new):
        events.append(Event("renamed", old[name[0]], new[name[0]]))
    if old.get("status") != new.get("status"):
        events.append(Event(_status_change(old, new), old.get("status"), new.get("status")))
    if _differing(("resolution_status",), old, new):
        events.append(Event("resolved", old["resolution_status"], new["resolution_status"]))
    version = _differing(_VERSION, old, new)
    if version or not events:
        rest = version or tuple(column for column in new if column in old and old[column] != new[column])
        if set(rest) - {"labels", "synced_at"}:
            events.append(Event("updated", _pick(rest, old), _pick(rest, new)))
    return events


def _status_change(old: Row, new: Row) -> str:
    if new.get("status") == "archived":
        return "archived"
    return "restored" if old.get("status") == "archived" else "updated"


def _differing(columns: Iterable[str], old: Row, new: Row) -> tuple[str, ...]:
    return tuple(column for column in columns if column in new and old.get(column) != new[column])


def _pick(columns: Iterable[str], row: Row) -> dict[str, Any]:
    return {column: row.get(column) for column in columns if column != "synced_at"}


class ChangeLog:
    """Collects the changes of one run and makes their rows.

    `since` is how far the lake had seen the site before: content that is new to the lake but older than that came back.
    """

    def __init__(self, run_id: str, detected_at: datetime, since: datetime | None) -> None:
        self._run_id = run_id
        self._detected_at = detected_at
        self._since = since
        self._grouped: dict[tuple[str, str, str, str], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
        self.rows: list[Row] = []

    def add(
        self, table: str, space_key: str, change: Change, reason: str | None, moved_from: str | None = None
    ) -> None:
        """Record one change of a content row. `reason` says why a row left; `moved_from` where a new one came from."""
        content_type = CONTENT_TYPE_OF[table]
        content_id = str(change.key[0])
        for event in self._events(change, space_key, reason, moved_from):
            row = change.new or change.old or {}
            self._write(content_id, content_type, space_key, event, row.get("updated_at"))

    def _events(self, change: Change, space_key: str, reason: str | None, moved_from: str | None) -> Iterator[Event]:
        if change.old is not None and change.new is not None:
            yield from compare(change.old, change.new)
        elif change.new is not None and moved_from is not None:
            yield Event("moved", {"space_key": moved_from}, {"space_key": space_key})
        elif change.new is not None:
            created_at = change.new.get("created_at") or change.new.get("updated_at")
            came_back = self._since is not None and created_at is not None and created_at < self._since
            yield Event("restored" if came_back else "created", None, _summary(change.new))
        elif change.old is not None and reason not in (None, "moved"):
            yield Event(str(reason), _summary(change.old), None)

    def group(self, table: str, space_key: str, change: Change) -> None:
        """Record a changed label or restriction; rows are made by content once all are known."""
        row = change.new or change.old or {}
        kind = "relabelled" if table == "content_labels" else "restricted"
        before, after = self._grouped[row["content_id"], row["content_type"], space_key, kind]
        name = f"{row['prefix']}:{row['name']}" if table == "content_labels" else _principal(row)
        if change.old is not None:
            before.append(name)
        if change.new is not None:
            after.append(name)

    def finish(self) -> list[Row]:
        """All rows of the run, each id once."""
        for (content_id, content_type, space_key, kind), (before, after) in self._grouped.items():
            if sorted(before) != sorted(after):
                event = Event(kind, sorted(before), sorted(after))
                self._write(content_id, content_type, space_key, event, None)
        self._grouped.clear()
        return list({row["change_id"]: row for row in self.rows}.values())

    def _write(
        self, content_id: str, content_type: str, space_key: str, event: Event, source_at: datetime | None
    ) -> None:
        before, after = _json(event.before), _json(event.after)
        # The ids that a repeated run makes again: nothing of the run itself goes into the hash.
        identity = orjson.dumps([content_id, content_type, event.change, before, after, source_at, self._since])
        self.rows.append(
            {
                "change_id": blake2b(identity, digest_size=16).hexdigest(),
                "content_id": content_id,
                "content_type": content_type,
                "space_key": space_key,
                "change": event.change,
                "from_value": before,
                "to_value": after,
                "source_at": source_at,
                "detected_at": self._detected_at,
                "run_id": self._run_id,
            }
        )


def _summary(row: Row) -> dict[str, Any]:
    columns = ("space_key", "title", "filename", "status", "version_number", "parent_id", "container_id", "page_id")
    return {column: row[column] for column in columns if row.get(column) is not None}


def _principal(row: Row) -> str:
    return f"{row['operation']} {row['principal_type']} {row['principal_id']}"


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def is_content(table: str) -> bool:
    """Whether the rows of this table are contents with a life of their own."""
    return table in CONTENT_TYPE_OF and table in TABLES_BY_NAME
