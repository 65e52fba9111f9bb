"""Tasks of a Data Center, out of the bodies of pages and posts, filtered here: there is no list that could.

A body tells who is to do a task, by when, and whether it is done; not who wrote or ticked it, nor when.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from confluence_assets.api.client.reader import ContentKind, Filters
from confluence_assets.api.datacenter.tasks import holder_of, parse_tasks
from confluence_assets.api.wire import JsonObject
from confluence_assets.errors import SettingsError

_UNKNOWN = ("created_by", "completed_by", "created_at_from", "created_at_to", "completed_at_from", "completed_at_to")
IterContents = Callable[[ContentKind, Filters], Iterator[JsonObject]]


def page_of_task(task_id: str) -> str:
    """Id of the page or post in which the task stands."""
    return holder_of(task_id)


def iter_tasks(iter_contents: IterContents, filters: Filters) -> Iterator[JsonObject]:
    """Tasks that the filters let through. Raises: SettingsError for filters on what a body does not tell."""
    if unknown := [name for name in _UNKNOWN if name in filters]:
        raise SettingsError(f"Data Center does not tell {unknown[0]} of tasks.", setting=unknown[0])
    for kind, chosen in _lists(filters):
        for content in iter_contents(kind, {**chosen, "body_format": "storage"}):
            for row in parse_tasks(_row_of(kind, content), lambda _name: None):
                if _fits(row, filters):
                    yield _shape(kind, content, row, filters.get("body_format"))


def _lists(filters: Filters) -> Iterator[tuple[ContentKind, dict[str, Any]]]:
    """Which pages and posts have to be read."""
    spaces = {name: filters[name] for name in ("space_ids", "space_keys") if name in filters}
    named = {"page": filters.get("page_ids"), "blogpost": filters.get("blogpost_ids")}
    if "task_ids" in filters and not any(named.values()):
        held = list(dict.fromkeys(holder_of(str(one)) for one in filters["task_ids"]))
        named = {"page": held, "blogpost": held}
    kinds: tuple[ContentKind, ...] = ("page", "blogpost")
    for kind in kinds:
        if named[kind]:
            yield kind, {**spaces, "ids": named[kind]}
        elif not any(named.values()):
            yield kind, spaces


def _row_of(kind: str, content: JsonObject) -> dict[str, Any]:
    storage = ((content.get("body") or {}).get("storage") or {}).get("value")
    held = {
        "page_id": content["id"] if kind == "page" else None,
        "blogpost_id": content["id"] if kind != "page" else None,
    }
    return {**held, "space_id": content.get("spaceId"), "space_key": None, "body_storage": storage}


def _fits(row: dict[str, Any], filters: Filters) -> bool:
    due: datetime | None = row["due_at"]
    if filters.get("status") not in (None, row["status"]):
        return False
    if "assigned_to" in filters and row["assigned_to"] not in filters["assigned_to"]:
        return False
    if "task_ids" in filters and row["task_id"] not in map(str, filters["task_ids"]):
        return False
    if filters.get("include_blank_tasks") is False and not (row["body_markdown"] or "").strip():
        return False
    first, last = filters.get("due_at_from"), filters.get("due_at_to")
    if (first or last) and due is None:
        return False
    return due is None or ((first is None or _aware(first) <= due) and (last is None or due <= _aware(last)))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _shape(kind: str, content: JsonObject, row: dict[str, Any], body_format: str | None) -> JsonObject:
    due = row["due_at"]
    found: JsonObject = {
        "id": row["task_id"],
        "localId": row["local_id"],
        "spaceId": content.get("spaceId"),
        "pageId" if kind == "page" else "blogPostId": content["id"],
        "status": row["status"],
        "assignedTo": row["assigned_to"],
        "dueAt": None if due is None else due.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }
    if body_format is not None:
        found["body"] = {"storage": {"representation": "storage", "value": row["body_markdown"] or ""}}
    return found
