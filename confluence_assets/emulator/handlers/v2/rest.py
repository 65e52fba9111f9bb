"""Tasks, custom content, people, admin key, types of ids, data policies."""

from collections.abc import Callable
from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.handlers.v2.inclusions import include_requested
from confluence_assets.emulator.handlers.v2.spaces import SPACE_SORTS
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.store.model import BLOGPOST, CUSTOM, PAGE, Content, Space, Task
from confluence_assets.emulator.store.views import CONTENT_SORTS
from confluence_assets.emulator.web.messages import Reply, json_reply

MOST_IDS = 250
MOST_CONVERTED = 100


def list_tasks(call: Call) -> Reply:
    rows = call.store.views.cached(("tasks",), lambda: sorted(call.store.tasks.values(), key=lambda task: task.id))
    representation, task_row = call.get("body-format"), call.site.render.task
    return call.listing(rows, lambda task: task_row(task, representation), _task_filter(call))


def _task_filter(call: Call) -> Callable[[Task], bool]:
    store, reads = call.store, call.viewer.reads
    sets = {name: frozenset(call.get(name) or ()) for name in ("task-id", "space-id", "page-id", "blogpost-id")}
    people = {name: frozenset(call.get(name) or ()) for name in ("created-by", "assigned-to", "completed-by")}
    status, with_blank = call.get("status"), call.get("include-blank-tasks", True)
    holders = sets["page-id"] | sets["blogpost-id"]
    known_until = call.site.clock.now_ms - round(call.switches.task_lag_seconds * 1000)

    def in_time(value: int | None, name: str) -> bool:
        first, last = call.get(f"{name}-from"), call.get(f"{name}-to")
        if first is None and last is None:
            return True
        return value is not None and (first is None or value >= first) and (last is None or value <= last)

    def admits(task: Task) -> bool:
        container = store.contents.get(task.container_id)
        if container is None or container.status != "current" or not reads(container):
            return False
        return (
            (not sets["task-id"] or task.id in sets["task-id"])
            and (not sets["space-id"] or container.space_id in sets["space-id"])
            and (not holders or task.container_id in holders)
            and (not people["created-by"] or task.created_by in people["created-by"])
            and (not people["assigned-to"] or task.assigned_to in people["assigned-to"])
            and (not people["completed-by"] or task.completed_by in people["completed-by"])
            and (status is None or task.status == status)
            and task.created <= known_until
            and (with_blank or task.body.strip() != "")
            and in_time(task.created, "created-at")
            and in_time(task.due, "due-at")
            and in_time(task.completed, "completed-at")
        )

    return admits


def get_task(call: Call) -> dict[str, Any]:
    task = call.store.tasks.get(call.id())
    if task is None:
        raise not_found()
    call.content(task.container_id)
    return call.site.render.task(task, call.get("body-format"))


def _custom_page(call: Call, rows: list[Content], *, space_ids: frozenset[int] = frozenset()) -> Reply:
    type_, ids = call.get("type"), frozenset(call.get("id") or ())
    sort, descending = call.sort("id")
    key = CONTENT_SORTS[sort]
    reads, space_of, root_of = call.viewer.reads, call.store.space_of, call.store.root_of

    def admits(row: Content) -> bool:
        return (
            row.custom_type == type_
            and row.status == "current"
            and root_of(row).status in ("current", "archived")
            and (not ids or row.id in ids)
            and reads(row)
            and (not space_ids or space_of(row).id in space_ids)
        )

    representation, custom = call.get("body-format"), call.site.render.custom
    return call.listing(
        sorted(rows, key=key), lambda row: custom(row, representation), admits, key=key, descending=descending
    )


def list_custom_content(call: Call) -> Reply:
    spaces = frozenset(call.get("space-id") or ())
    return _custom_page(call, call.store.by_kind[CUSTOM], space_ids=spaces)


def list_space_custom_content(call: Call) -> Reply:
    return _custom_page(call, call.store.by_kind[CUSTOM], space_ids=frozenset((call.space(call.id()).id,)))


def list_page_custom_content(call: Call) -> Reply:
    return _custom_page(call, call.store.contained_of(call.content(call.id(), PAGE), CUSTOM))


def list_blogpost_custom_content(call: Call) -> Reply:
    return _custom_page(call, call.store.contained_of(call.content(call.id(), BLOGPOST), CUSTOM))


def get_custom_content(call: Call) -> dict[str, Any]:
    content = call.content(call.id(), CUSTOM)
    row = call.site.render.custom(content, call.get("body-format"))
    include_requested(call, content, row)
    return call.single(row)


def get_users(call: Call) -> dict[str, Any]:
    """Accounts by id; those that the site does not know are left out."""
    body = call.body()
    ids = body.get("accountIds") if isinstance(body, dict) else None
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise Refusal(400, "'accountIds' must be an array of account ids.")
    if not 1 <= len(ids) <= MOST_IDS:
        raise Refusal(400, f"'accountIds' must hold between 1 and {MOST_IDS} ids.")
    users = (call.store.users.get(account_id) for account_id in dict.fromkeys(ids))
    return {
        "results": [call.site.render.user(user) for user in users if user is not None],
        "_links": {"base": f"{call.site.base_url}/wiki"},
    }


def convert_ids(call: Call) -> dict[str, Any]:
    """The type of each id, null where it is missing or hidden. Nodes are not enumerated and count as missing."""
    body = call.body()
    ids = body.get("contentIds") if isinstance(body, dict) else None
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_CONVERTED:
        raise Refusal(400, f"'contentIds' must hold between 1 and {MOST_CONVERTED} ids.")
    found: dict[str, str | None] = {}
    for one in ids:
        digits = str(one).removeprefix("att")
        if not digits.isdigit():
            raise Refusal(
                400, f"Provided value {{{one}}} for 'contentIds' is not the correct type. Expected type is long."
            )
        content = call.store.contents.get(int(digits))
        known = content if content is not None and content.status != "trashed" and call.viewer.reads(content) else None
        found[str(one)] = _type(known)
    return {"results": found}


def _type(content: Content | None) -> str | None:
    if content is None or content.kind in ("folder", "whiteboard", "database", "embed"):
        return None
    return content.custom_type if content.kind == CUSTOM else content.kind


def _entitled(call: Call) -> str:
    if not call.switches.admin_key_entitled or not call.viewer.is_admin:
        raise not_found()
    return call.viewer.account_id


def get_admin_key(call: Call) -> dict[str, Any]:
    account = _entitled(call)
    until = call.store.admin_keys.get(account, 0)
    if until <= call.site.clock.now_ms:
        raise not_found()
    return {"accountId": account, "expirationTime": iso(until)}


def create_admin_key(call: Call) -> dict[str, Any]:
    account = _entitled(call)
    body = call.body() if call.request.body else {}
    minutes = body.get("durationInMinutes", 10) if isinstance(body, dict) else 10
    if not isinstance(minutes, int) or minutes < 1:
        raise Refusal(400, "'durationInMinutes' must be a positive number.")
    until = call.site.clock.now_ms + minutes * 60_000
    call.store.admin_keys[account] = until
    return {"accountId": account, "expirationTime": iso(until)}


def delete_admin_key(call: Call) -> Reply:
    call.store.admin_keys.pop(_entitled(call), None)
    return Reply(204)


def check_access(call: Call) -> dict[str, Any]:
    """Which of these addresses have no access yet."""
    body = call.body()
    emails = body.get("emails") if isinstance(body, dict) else None
    if not isinstance(emails, list):
        raise Refusal(400, "'emails' must be an array.")
    without, invalid = [], []
    for email in map(str, emails):
        user = call.store.user_by_email(email)
        if "@" not in email:
            invalid.append(email)
        elif user is None or not call.site.door.as_user(user).may_use_site:
            without.append(email)
    return {"emailsWithoutAccess": without, "invalidEmails": invalid}


def get_data_policy(call: Call) -> Reply:
    return json_reply({"anyContentBlocked": False})


def list_data_policy_spaces(call: Call) -> Reply:
    sort, descending = call.sort("id")
    ids, keys = frozenset(call.get("ids") or ()), frozenset(call.get("keys") or ())
    rows = sorted(call.store.spaces.values(), key=SPACE_SORTS[sort])

    def admits(space: Space) -> bool:
        return (not ids or space.id in ids) and (not keys or space.key in keys) and call.viewer.reads_space(space)

    def render(space: Space) -> dict[str, Any]:
        return {
            "id": str(space.id),
            "key": space.key,
            "name": space.name,
            "description": {},
            "dataPolicy": {"anyContentBlocked": False},
            "_links": {"webui": f"/spaces/{space.key}"},
        }

    return call.listing(rows, render, admits, key=SPACE_SORTS[sort], descending=descending)
