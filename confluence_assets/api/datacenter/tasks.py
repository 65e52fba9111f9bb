"""Tasks out of storage bodies: Data Center has no list of them.

A body tells a task's id within its page, whether it is done, its text, who is to do it and by when; not who wrote or ticked it,
nor when. Our ids are made of the content's and the task's own, so that a body read twice gives the same rows.
"""

import html
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from lxml import etree

from confluence_assets.tables import Row

_AC, _RI = "{ac}", "{ri}"
_OPEN, _CLOSE = '<body xmlns:ac="ac" xmlns:ri="ri" xmlns:at="at">', "</body>"
_MARKS = re.compile(rf"{re.escape(' xmlns:')}(?:ac|ri|at)=\"(?:ac|ri|at)\"")
_ENTITY = re.compile(r"<!\[CDATA\[.*?\]\]>|&([A-Za-z]\w*);", re.DOTALL)
_XML_ENTITIES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_PARSER = etree.XMLParser(huge_tree=True, resolve_entities=False, recover=True)


def parse_tasks(row: Row, key_of: Callable[[str], str | None]) -> list[Row]:
    """Rows for `tasks` of a page's or post's row; `body_markdown` holds storage format. Nothing for a row without a body.

    `key_of` gives the user key of a user name, by which old servers' bodies name people.
    """
    storage = row.get("body_storage")
    if not storage or "<ac:task>" not in storage:
        return []
    holder = {"page_id": row.get("page_id"), "blogpost_id": row.get("blogpost_id")}
    seen: Counter[str] = Counter()
    found = []
    for task in _parse(storage).iter(f"{_AC}task"):
        about = {**holder, "space_id": row["space_id"], "space_key": row["space_key"]}
        found.append({**_task_row(task, str(holder["page_id"] or holder["blogpost_id"]), seen, key_of), **about})
    return found


def holder_of(task_id: str) -> str:
    """Id of the page or post that holds a task."""
    return task_id.partition("-")[0]


def _task_row(task: etree._Element, content_id: str, seen: Counter[str], key_of: Callable[[str], str | None]) -> Row:
    local_id = (task.findtext(f"{_AC}task-id") or "").strip()
    seen[local_id] += 1
    # a list that was copied within a page brings its ids along
    again = f".{seen[local_id]}" if seen[local_id] > 1 else ""
    body = task.find(f"{_AC}task-body")
    return {
        "task_id": f"{content_id}-{local_id}{again}",
        "local_id": local_id or None,
        "status": (task.findtext(f"{_AC}task-status") or "incomplete").strip(),
        "body_markdown": None if body is None else _inner(body),
        "created_by": None,
        "assigned_to": _assignee(body, key_of),
        "completed_by": None,
        "created_at": None,
        "updated_at": None,
        "due_at": _due(body),
        "completed_at": None,
    }


def _own(body: etree._Element | None, tag: str) -> list[etree._Element]:
    """The elements of a task's own text, without those of tasks inside it."""
    if body is None:
        return []
    inside = {one for task in body.iter(f"{_AC}task") for one in task.iter()}
    return [one for one in body.iter(tag) if one not in inside]


def _assignee(body: etree._Element | None, key_of: Callable[[str], str | None]) -> str | None:
    """The person whom the text names first."""
    for person in _own(body, f"{_RI}user"):
        name = person.get(f"{_RI}username")
        return person.get(f"{_RI}userkey") or (key_of(name) or name if name else None)
    return None


def _due(body: etree._Element | None) -> datetime | None:
    """The first day that the text names; days have no zone, so that midnight UTC stands for them."""
    for time in _own(body, "time"):
        try:
            return datetime.fromisoformat(time.get("datetime", "")).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _parse(storage: str) -> etree._Element:
    """The body as one element, whatever it is like."""
    text = _ENTITY.sub(lambda found: _character(found), storage) if "&" in storage else storage
    root = etree.fromstring(f"{_OPEN}{text}{_CLOSE}".encode("utf-8", "replace"), _PARSER)
    return etree.Element("body") if root is None else root


def _character(found: re.Match[str]) -> str:
    name = found.group(1)
    if name is None or name in _XML_ENTITIES:
        return found.group()
    return html.escape(html.unescape(f"&{name};"), quote=False)


def _inner(element: etree._Element) -> str:
    """What stands inside an element, as it stood in the body."""
    parts = [html.escape(element.text or "", quote=False)]
    parts += [etree.tostring(child, encoding="unicode") for child in element]
    return _MARKS.sub("", "".join(parts))
