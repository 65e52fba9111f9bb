"""Who watches what, tasks that take long, and single macros of a content."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.datacenter.pages import (
    Row,
    content_of,
    list_links,
    offset_page,
    render_for,
    require_user,
    space_of,
)  # fmt: skip
from confluence_assets.emulator.handlers.v1 import beside, macros
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.store.model import Space, User


def _administered(call: Call, space: Space) -> None:
    """Raises: Refusal 403 for all but administrators of the site or of the space."""
    if not call.viewer.is_admin and not call.viewer.may_in_space(space, "administer", "space"):
        raise Refusal(403, "Only a Confluence administrator or space administrator may see who watches.")


def _users(call: Call, accounts: list[str]) -> Row:
    return offset_page(call, accounts, render_for(call).user, most=200)


def list_of_content(call: Call) -> Row:
    content = content_of(call, "contentId")
    _administered(call, call.store.space_of(content))
    return _users(call, call.store.beside.watchers.get(content.id, []))


def list_of_space(call: Call) -> Row:
    space = space_of(call)
    _administered(call, space)
    return _users(call, call.store.beside.space_watchers.get(space.id, []))


def _asked(call: Call) -> str:
    """Whom it is about; others than oneself for Confluence administrators only."""
    require_user(call)
    key, name = call.get("key"), call.get("username")
    user: User | None = call.viewer.user
    if key or name:
        user = call.store.users.get(key) if key else call.store.user_by_name(name)
    if user is None:
        raise not_found(f"No user found with {'key' if key else 'username'}: {key or name}")
    if user is not call.viewer.user and not call.viewer.is_admin:
        raise Refusal(403, "Only a Confluence administrator may ask what others watch.")
    return user.account_id


def is_content_watched(call: Call) -> Row:
    content = content_of(call, "contentId")
    return {"watching": _asked(call) in call.store.beside.watchers.get(content.id, ())}


def is_space_watched(call: Call) -> Row:
    space = space_of(call)
    return {"watching": _asked(call) in call.store.beside.space_watchers.get(space.id, ())}


def list_long_tasks(call: Call) -> Row:
    require_user(call)
    tasks = list(call.store.beside.long_tasks.values())
    return offset_page(call, tasks, lambda task: _task(call, task), default=100, most=100)


def get_long_task(call: Call) -> Row:
    require_user(call)
    task = call.store.beside.long_tasks.get(call.arguments["taskId"])
    if task is None:
        raise not_found(f"No task found with id: {call.arguments['taskId']}")
    return {**_task(call, task), "_links": list_links(call)}


def _task(call: Call, task: Any) -> Row:
    row = beside.long_task_row(call, task)
    del row["finished"]
    return row


def get_macro(call: Call) -> Row:
    """A macro of a version, by the id that stands in its storage format."""
    name, body, parameters = macros.read_macro(call)
    return {"name": name, "body": body, "parameters": parameters, "_links": list_links(call)}
