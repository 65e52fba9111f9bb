"""What the audit log adds to the account of changes: who did it and when, what was purged, and what became of spaces.

It only ever adds. Nothing is read, kept or removed because of it, for the log may be closed to us, late, or cut off; and what
it tells of contents is told of changes that a listing has shown. Its records name a content by its title and its space, so that
they are believed only where no other change of the run fits them; one that names no space is not. Changes of spaces and of who may enter them no listing of contents
tells: they have rows of their own, each by its record.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from confluence_assets.sync.changes import ChangeLog
from confluence_assets.sync.context import RunContext
from confluence_assets.tables import Row

_TITLES = {"page": ("pages", "page_id"), "blogpost": ("blogposts", "blogpost_id")}
"""Tables of the contents that the log names, and their ids."""
_TYPES = {"blog": "blogpost", "blogpost": "blogpost", "page": "page"}
_PURGED = ("purge", "permanently")
_RESTRICTION = "restriction"
_OF_SPACES = (
    ("permission", "restricted"),
    ("role", "restricted"),
    ("created", "created"),
    ("archived", "archived"),
    ("restored", "restored"),
    ("deleted", "gone"),
    ("removed", "gone"),
    ("key", "renamed"),
)
"""Words of a record about a space, and what it is called here; the first that fits."""

Named = tuple[str, str, str]
"""Key of the space, type and title of a content."""


@dataclass(slots=True)
class AuditTrail:
    """The records that no run has seen before, as far as they say something of contents: by type and title, newest last."""

    purges: dict[Named, Row] = field(default_factory=dict)
    restrictions: dict[Named, Row] = field(default_factory=dict)

    def explained(self, ctx: RunContext, log: ChangeLog, known: Collection[str]) -> Iterator[Row]:
        """The rows of a run, with what the records say of them."""
        titles = _titles(ctx, log) if self.restrictions else {}
        seen: Counter[tuple[str, Named]] = Counter()
        if self.purges or self.restrictions:
            seen.update((row["change"], _named(row, titles)) for row in log.iter_rows(known))
        for row in log.iter_rows(known):
            name = _named(row, titles)
            records = {"gone": self.purges, "restricted": self.restrictions}.get(row["change"], {})
            record = records.get(name)
            yield row if record is None or seen[row["change"], name] > 1 else _explained(row, record)


def read_trail(ctx: RunContext, log: ChangeLog) -> AuditTrail:
    """What the new records of this run say; of spaces it is put into the log at once."""
    trail = AuditTrail()
    spaces = _spaces_by_name(ctx)
    for record in sorted(_new_records(ctx), key=lambda record: record["created_at"]):
        kind = str(record["affected_object_type"]).casefold().replace(" ", "").replace("_", "")
        summary, title = str(record["summary"]).casefold(), str(record["affected_object_name"])
        if kind == "space":
            if (space := spaces.get(title)) is not None:
                log.put(_space_row(ctx, record, space))
        elif kind in _TYPES and (key := _space_key(record, spaces)) is not None:
            if any(word in summary for word in _PURGED):
                trail.purges[key, _TYPES[kind], title] = record
            elif _RESTRICTION in summary:
                trail.restrictions[key, _TYPES[kind], title] = record
    return trail


def _new_records(ctx: RunContext) -> Iterator[Row]:
    """Records that the lake does not hold; none where it holds no log yet, for then all of it is old."""
    is_read = "audit_records" in ctx.walked and ctx.book.error_of("audit_records", "") is None
    if is_read and ctx.lake.read_site_state().get("audit_newest_at"):
        stage = ctx.stage("audit_records")
        for day in stage.partitions():
            for change in stage.iter_changes(day, missing=False):
                if change.old is None and change.new is not None:
                    yield change.new


def _spaces_by_name(ctx: RunContext) -> dict[str, Row]:
    """The spaces that we hold or are to hold, where no two have the name; those that left are still in the lake."""
    held = {row["space_id"]: row for rows in ctx.lake.iter_rows("spaces") for row in rows}
    by_id = {**held, **{row["space_id"]: row for row in ctx.selection.in_scope}}
    names: dict[str, set[str]] = {}
    for row in [*held.values(), *ctx.selection.in_scope]:
        names.setdefault(str(row["name"]), set()).add(row["space_id"])
    return {name: by_id[next(iter(ids))] for name, ids in names.items() if len(ids) == 1}


def _space_key(record: Row, spaces: Mapping[str, Row]) -> str | None:
    """Key of the space that a record about a content names beside it; None where there is none, or one that we don't hold."""
    named = [
        spaces.get(str(one.get("name")))
        for one in orjson.loads(record["associated_objects"] or "[]")
        if str(one.get("objectType")).casefold() == "space"
    ]
    return named[0]["space_key"] if len(named) == 1 and named[0] is not None else None


def _space_row(ctx: RunContext, record: Row, space: Row) -> Row:
    summary = str(record["summary"])
    words = summary.casefold()
    changed = orjson.loads(record["changed_values"] or "[]")
    return {
        "change_id": blake2b(f"audit {record['record_id']}".encode(), digest_size=16).hexdigest(),
        "content_id": space["space_id"],
        "content_type": "space",
        "space_key": space["space_key"],
        "change": next((name for word, name in _OF_SPACES if word in words), _renamed(changed)),
        "from_value": _json({one["name"]: one["oldValue"] for one in changed}),
        "to_value": _json({**{one["name"]: one["newValue"] for one in changed}, **_said(record), "summary": summary}),
        "source_at": record["created_at"],
        "detected_at": ctx.started_at,
        "run_id": ctx.run_id,
    }


def _renamed(changed: list[dict[str, Any]]) -> str:
    return "renamed" if any(str(one["name"]).casefold() == "name" for one in changed) else "updated"


def _said(record: Row) -> dict[str, Any]:
    return {"by": record["author_id"]}


def _explained(row: Row, record: Row) -> Row:
    """The same change, with its time, and where it left for good, who purged it; its id stays."""
    if row["change"] == "gone":
        return {**row, "source_at": record["created_at"], "to_value": _json({"cause": "purged", **_said(record)})}
    return {**row, "source_at": record["created_at"]}


def _named(row: Row, titles: dict[str, str]) -> Named:
    if row["change"] == "gone" and row["from_value"]:
        return row["space_key"], row["content_type"], str(orjson.loads(row["from_value"]).get("title"))
    return row["space_key"], row["content_type"], titles.get(row["content_id"], "")


def _titles(ctx: RunContext, log: ChangeLog) -> dict[str, str]:
    """Titles, as the lake still has them, of the contents whose restrictions changed."""
    wanted = {row["content_id"]: row for row in log.iter_rows() if row["change"] == "restricted"}
    titles: dict[str, str] = {}
    for kind, (table, id_column) in _TITLES.items():
        for key in {row["space_key"] for row in wanted.values() if row["content_type"] == kind}:
            for rows in ctx.lake.iter_rows(table, key, [id_column, "title"]):
                titles.update((row[id_column], row["title"]) for row in rows if row[id_column] in wanted)
    return titles


def _json(value: Any) -> str | None:
    return orjson.dumps(value).decode() if value else None
