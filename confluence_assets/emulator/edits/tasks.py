"""Inline tasks: taken from a body, or made, ticked and moved by themselves."""

import re
from typing import TYPE_CHECKING

from confluence_assets.emulator.clock import parse_time
from confluence_assets.emulator.edits.common import Fields, author_of, content_of, user_of
from confluence_assets.emulator.edits.registry import operation
from confluence_assets.emulator.store.model import BLOGPOST, PAGE, Content, Task

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

_TASK = re.compile(
    r"<ac:task>\s*<ac:task-id>(\d+)</ac:task-id>.*?<ac:task-status>(\w+)</ac:task-status>\s*"
    r"<ac:task-body>(.*?)</ac:task-body>\s*</ac:task>",
    re.S,
)
_USER = re.compile(r'ri:(?:account-id|userkey)="([^"]+)"')
_DUE = re.compile(r'<time datetime="([^"]+)"')


def take_tasks_from_body(site: "Site", content: Content) -> None:
    """Make the tasks of a body true: new ones, changed ones, and those that are gone."""
    store, now = site.store, content.modified
    known = {
        task.local_id: task for task in store.tasks.values() if task.container_id == content.id and task.is_in_body
    }
    for local_id, status, body in _TASK.findall(content.body or ""):
        task = known.pop(local_id, None)
        if task is None:
            task = Task(
                store.next_id("task"), local_id, content.id, body, now, content.modifier, is_in_body=True, updated=now
            )
            store.tasks[task.id] = task
        _read(task, status, body, now, content.modifier)
    for task in known.values():
        del store.tasks[task.id]


def _read(task: Task, status: str, body: str, now: int, author: str) -> None:
    assignee, due = _USER.search(body), _DUE.search(body)
    found = (status, body, assignee[1] if assignee else None, parse_time(due[1]) if due else None)
    if (task.status, task.body, task.assigned_to, task.due) != found:
        task.updated = now
    if status != task.status:
        is_done = status == "complete"
        task.completed, task.completed_by = (now, author) if is_done else (None, None)
    task.status, task.body, task.assigned_to, task.due = found


def _task(site: "Site", fields: Fields) -> Task:
    task = site.store.tasks[int(fields["id"])]
    task.updated = site.clock.now_ms
    return task


def read_due(value: str | None) -> int | None:
    """Milliseconds of a date, or none."""
    return parse_time(value) if value else None


@operation("create_task", "container", "body?", "assigned_to?", "due?")
def create_task(site: "Site", fields: Fields) -> Fields:
    """A task on a page or a blog post; the body of that is left alone."""
    holder = content_of(site, fields["container"], PAGE, BLOGPOST)
    number = site.store.next_id("task")
    body, now = str(fields.get("body", "<p>To do</p>")), site.clock.now_ms
    task = Task(number, str(number), holder.id, body, now, author_of(site, fields), updated=now)
    if fields.get("assigned_to"):
        task.assigned_to = user_of(site, fields["assigned_to"]).account_id
    task.due = read_due(fields.get("due"))
    site.store.tasks[number] = task
    return {"id": str(number)}


@operation("tick_task", "id")
def tick_task(site: "Site", fields: Fields) -> None:
    task = _task(site, fields)
    task.status, task.completed, task.completed_by = "complete", task.updated, author_of(site, fields)


@operation("untick_task", "id")
def untick_task(site: "Site", fields: Fields) -> None:
    task = _task(site, fields)
    task.status, task.completed, task.completed_by = "incomplete", None, None


@operation("set_task_due", "id", "due")
def set_task_due(site: "Site", fields: Fields) -> None:
    """Another date (ISO 8601), or none."""
    _task(site, fields).due = read_due(fields["due"])


@operation("assign_task", "id", "assigned_to")
def assign_task(site: "Site", fields: Fields) -> None:
    account = user_of(site, fields["assigned_to"]).account_id if fields["assigned_to"] else None
    _task(site, fields).assigned_to = account


@operation("delete_task", "id")
def delete_task(site: "Site", fields: Fields) -> None:
    del site.store.tasks[int(fields["id"])]
