"""Rows of `content_changes` from what a stage and the lake differ in. Pure: old row, new row, in; what happened, out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from confluence_assets.lake import Change
from confluence_assets.sync.spool import Spool
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
    """Collects the changes of one run and makes their rows; most of them wait in a file.

    `since` is how far the lake had seen the site before: content that is new to the lake but older than that came back.
    """

    def __init__(self, run_id: str, detected_at: datetime, since: datetime | None, folder: Path | None = None) -> None:
        self.run_id = run_id
        self.detected_at = detected_at
        self.since = since
        self._spool = Spool(folder)

    @property
    def count(self) -> int:
        return self._spool.count

    @contextmanager
    def of(self, table: str, space_key: str, generation: str) -> Iterator["SpaceChanges"]:
        """What is told of one table of one space; `generation` names the rows that the changes are against."""
        tell = SpaceChanges(self, table, space_key, generation)
        yield tell
        tell.finish()

    def write(
        self,
        about: tuple[str, str, str],
        event: Event,
        source_at: datetime | None,
        mark: object,
    ) -> None:
        """Write one row; `about` is content id, type and space key, `mark` what tells this change from an equal one later."""
        content_id, content_type, space_key = about
        before, after = _json(event.before), _json(event.after)
        # The ids that a repeated run makes again: nothing of the run itself goes into the hash.
        identity = orjson.dumps([content_id, content_type, event.change, before, after, source_at, mark])
        self._spool.add(
            {
                "change_id": blake2b(identity, digest_size=16).hexdigest(),
                "content_id": content_id,
                "content_type": content_type,
                "space_key": space_key,
                "change": event.change,
                "from_value": before,
                "to_value": after,
                "source_at": source_at,
                "detected_at": self.detected_at,
                "run_id": self.run_id,
            }
        )

    def put(self, row: Row) -> None:
        """A row that was made elsewhere, with an id that a repeated run makes again."""
        self._spool.add(row)

    def iter_rows(self, known: Collection[str] = ()) -> Iterator[Row]:
        """All rows of the run but those whose ids are `known`; may be repeated."""
        return (row for row in self._spool if row["change_id"] not in known)

    def close(self) -> None:
        """Let go of the file."""
        self._spool.close()


class SpaceChanges:
    """Tells the changes of one table of one space; labels and restrictions are told by content once all are known.

    Two changes that look alike are told apart by what they were made from: the moment since which the lake had held the row
    that changed, or, where there was none, the generation of the file that lacked it. A repeated run finds both as they were.
    """

    def __init__(self, log: ChangeLog, table: str, space_key: str, generation: str) -> None:
        self._log = log
        self._table = table
        self._space_key = space_key
        self._generation = generation
        self._grouped: dict[tuple[str, str], _Group] = defaultdict(_Group)

    def content(self, change: Change, reason: str | None = None, moved_from: str | None = None) -> None:
        """Record one change of a content row. `reason` says why a row left; `moved_from` where a new one came from."""
        about = (str(change.key[0]), CONTENT_TYPE_OF[self._table], self._space_key)
        mark = self._generation if change.old is None else change.old.get("synced_at")
        for event in self._events(change, reason, moved_from):
            row = change.new or change.old or {}
            self._log.write(about, event, row.get("updated_at"), mark)

    def _events(self, change: Change, reason: str | None, moved_from: str | None) -> Iterator[Event]:
        if change.old is not None and change.new is not None:
            yield from compare(change.old, change.new)
        elif change.new is not None and moved_from is not None:
            yield Event("moved", {"space_key": moved_from}, {"space_key": self._space_key})
        elif change.new is not None:
            created_at = change.new.get("created_at") or change.new.get("updated_at")
            since = self._log.since
            came_back = since is not None and created_at is not None and created_at < since
            yield Event("restored" if came_back else "created", None, _summary(change.new))
        elif change.old is not None and reason not in (None, "moved"):
            yield Event(str(reason), _summary(change.old), None)

    def grouped(self, change: Change) -> None:
        """Record a changed label or restriction."""
        row = change.new or change.old or {}
        group = self._grouped[row["content_id"], row["content_type"]]
        name = f"{row['prefix']}:{row['name']}" if self._table == "content_labels" else _principal(row)
        if change.old is not None:
            group.before.append(name)
            group.marks.append(str(change.old.get("synced_at")))
        if change.new is not None:
            group.after.append(name)

    def finish(self) -> None:
        """Tell what was grouped."""
        kind = "relabelled" if self._table == "content_labels" else "restricted"
        for (content_id, content_type), group in self._grouped.items():
            if sorted(group.before) != sorted(group.after):
                event = Event(kind, sorted(group.before), sorted(group.after))
                mark = max(group.marks, default=self._generation)
                self._log.write((content_id, content_type, self._space_key), event, None, mark)


@dataclass(slots=True)
class _Group:
    """Labels or restrictions of one content: those that went, those that came, and since when the former had been held."""

    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)


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
