"""What Data Center lacks of the edit operations, does in its own way, and has of its own.

It keeps tasks in the bodies, so that ticking one makes a version. A group is its name. It has groups inside groups, and
tokens that a person makes for herself.
"""

from typing import TYPE_CHECKING

from confluence_assets.emulator.datacenter.door import DatacenterDoor
from confluence_assets.emulator.datacenter.task_lists import add_task, change_task, task_body, task_xml
from confluence_assets.emulator.edits import contents, people, spaces
from confluence_assets.emulator.edits.common import Fields, content_of, group_of, new_version, user_of
from confluence_assets.emulator.edits.registry import CLOUD_ONLY, DATACENTER_EDITS, Operation, datacenter_operation
from confluence_assets.emulator.edits.tasks import read_due, take_tasks_from_body
from confluence_assets.emulator.store.model import BLOGPOST, PAGE, Content, Group, Task

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

CLOUD_ONLY.update(
    (
        "create_node", "assign_role", "unassign_role", "create_role", "set_role", "rename_group", "rename_space_key",
        "create_oauth_app", "create_scoped_token", "create_service_account", "revoke_grants", "add_site",
    )
)  # fmt: skip
_TARGETS = ("page", "blogpost", "comment", "attachment")
OPERATIONS = frozenset(
    [f"{key}/space" for key in ("read", "administer", "export", "restrict", "delete_own", "delete_mail")]
    + [f"{key}/{target}" for key in ("create", "delete") for target in _TARGETS]
)
DATACENTER_EDITS["create_page"] = Operation(
    "create_page", ("space", "title", "body?", "parent?", "message?"), contents.create_page
)


@datacenter_operation("create_space", "key", "name", "description?", "type?", "private?")
def create_space(site: "Site", fields: Fields) -> Fields | None:
    if fields.get("type", "global") not in ("global", "personal"):
        raise ValueError("the type is global or personal")
    return spaces.create_space(site, fields)


@datacenter_operation("create_user", "email", "name", "groups?")
def create_user(site: "Site", fields: Fields) -> Fields | None:
    """An account; its user name, its password and its token are the part of the address before the @."""
    made = people.create_user(site, fields) or {}
    user = site.store.users[made["account_id"]]
    return {**made, "user_key": user.account_id, "username": user.username}


@datacenter_operation("grant", "space", "principal_type", "principal_id?", "operation?", "target?")
def grant(site: "Site", fields: Fields) -> Fields | None:
    word = f"{fields.get('operation', 'read')}/{fields.get('target', 'space')}"
    if word not in OPERATIONS:
        raise ValueError(f"Data Center has no permission {word}")
    return spaces.grant_permission(site, {"principal_id": "anonymous", **fields})


@datacenter_operation("revoke", "space", "principal_type", "principal_id?", "operation?", "target?")
def revoke(site: "Site", fields: Fields) -> Fields | None:
    return spaces.revoke_permission(site, {"principal_id": "anonymous", **fields})


# groups


def _would_loop(site: "Site", outer: Group, inner: Group) -> bool:
    pending, seen = [inner.id], set()
    while pending:
        found = pending.pop()
        if found == outer.id:
            return True
        if found not in seen and found in site.store.groups:
            seen.add(found)
            pending.extend(site.store.groups[found].subgroups)
    return False


@datacenter_operation("add_subgroup", "group", "subgroup")
def add_subgroup(site: "Site", fields: Fields) -> None:
    """Put a group inside another: its members are members of that, too."""
    outer, inner = group_of(site, fields["group"]), group_of(site, fields["subgroup"])
    if inner.id in outer.subgroups:
        raise ValueError("that group is inside already")
    if _would_loop(site, outer, inner):
        raise ValueError("a group can't be inside itself")
    outer.subgroups.append(inner.id)


@datacenter_operation("remove_subgroup", "group", "subgroup")
def remove_subgroup(site: "Site", fields: Fields) -> None:
    group_of(site, fields["group"]).subgroups.remove(group_of(site, fields["subgroup"]).id)


@datacenter_operation("delete_group", "group")
def delete_group(site: "Site", fields: Fields) -> None:
    gone = group_of(site, fields["group"])
    people.delete_group(site, fields)
    for group in site.store.groups.values():
        group.subgroups = [name for name in group.subgroups if name != gone.id]


@datacenter_operation("set_group_access", "group", "access")
def set_group_access(site: "Site", fields: Fields) -> None:
    """The global permissions of a group: user ('Can use'), admin, site-admin, or none."""
    access = tuple(str(word) for word in fields["access"])
    if not set(access) <= {"user", "admin", "site-admin"}:
        raise ValueError("access is of user, admin and site-admin")
    group_of(site, fields["group"]).access = access


@datacenter_operation("create_token", "account", "token")
def create_token(site: "Site", fields: Fields) -> None:
    """One more personal access token."""
    door = site.door
    if isinstance(door, DatacenterDoor):
        door.tokens[str(fields["token"])] = user_of(site, fields["account"]).account_id


@datacenter_operation("revoke_token", "token")
def revoke_token(site: "Site", fields: Fields) -> None:
    door = site.door
    if isinstance(door, DatacenterDoor):
        del door.tokens[str(fields["token"])]


# tasks: the body is all there is


def _rewrite(site: "Site", fields: Fields, content: Content, storage: str) -> None:
    site.index.note(content)
    new_version(site, content, {**fields, "minor": True})
    content.body = storage
    take_tasks_from_body(site, content)


def _change(site: "Site", fields: Fields, *, status: str | None = None, remove: bool = False) -> None:
    task = site.store.tasks[int(fields["id"])]
    content = site.store.contents[task.container_id]
    storage = change_task(site.bodies.storage(content), task.local_id, status=status, remove=remove)
    _rewrite(site, fields, content, storage)


def _reword(site: "Site", fields: Fields, task: Task, assigned_to: str | None, due: int | None) -> None:
    content = site.store.contents[task.container_id]
    text = task_body(task.body, assigned_to, due)
    _rewrite(site, fields, content, change_task(site.bodies.storage(content), task.local_id, body=text))


@datacenter_operation("create_task", "container", "body?", "assigned_to?", "due?")
def create_task(site: "Site", fields: Fields) -> Fields:
    """A task at the end of the body: a minor edit. Days are all that a due date knows."""
    content = content_of(site, fields["container"], PAGE, BLOGPOST)
    held = [task for task in site.store.tasks.values() if task.container_id == content.id]
    local_id = str(max((int(task.local_id) for task in held if task.local_id.isdigit()), default=0) + 1)
    assigned_to = user_of(site, fields["assigned_to"]).account_id if fields.get("assigned_to") else None
    text = task_body(str(fields.get("body", "<p>To do</p>")), assigned_to, read_due(fields.get("due")))
    storage = add_task(site.bodies.storage(content), task_xml(local_id, "incomplete", text))
    _rewrite(site, fields, content, storage)
    task = next(one for one in site.store.tasks.values() if (one.container_id, one.local_id) == (content.id, local_id))
    return {"id": str(task.id)}


@datacenter_operation("tick_task", "id")
def tick_task(site: "Site", fields: Fields) -> None:
    _change(site, fields, status="complete")


@datacenter_operation("untick_task", "id")
def untick_task(site: "Site", fields: Fields) -> None:
    _change(site, fields, status="incomplete")


@datacenter_operation("delete_task", "id")
def delete_task(site: "Site", fields: Fields) -> None:
    _change(site, fields, remove=True)


@datacenter_operation("set_task_due", "id", "due")
def set_task_due(site: "Site", fields: Fields) -> None:
    task = site.store.tasks[int(fields["id"])]
    _reword(site, fields, task, task.assigned_to, read_due(fields["due"]))


@datacenter_operation("assign_task", "id", "assigned_to")
def assign_task(site: "Site", fields: Fields) -> None:
    task = site.store.tasks[int(fields["id"])]
    account = user_of(site, fields["assigned_to"]).account_id if fields["assigned_to"] else None
    _reword(site, fields, task, account, task.due)
