"""Turns what a seed made into what a Data Center can hold: no nodes, roles or access classes; tasks stand in the bodies."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from confluence_assets.emulator.datacenter.bodies import old_form
from confluence_assets.emulator.datacenter.switches import quirks_of
from confluence_assets.emulator.datacenter.task_lists import task_body, task_xml
from confluence_assets.emulator.edits.contents import purge_content
from confluence_assets.emulator.seeds.people import add_group, grant
from confluence_assets.emulator.store.model import NODES, AuditRecord, Content, Group

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

_ACCOUNT = re.compile(r'ri:account-id="([^"]+)"')
_DAY = 86_400_000


def settle(site: "Site") -> None:
    """Make a filled site a Data Center's."""
    _drop_nodes(site)
    _people(site)
    _spaces(site)
    _nest_groups(site)
    _tasks(site)
    _texts(site)
    site.store.audit[:] = [record for record in site.store.audit if "role" not in record.summary]
    for record in site.store.audit:
        record.object_id = _object_id(site, record)
    site.store.touch()


def _drop_nodes(site: "Site") -> None:
    """Folders and the like; what lay in them moves up."""
    store = site.store
    for kind in NODES:
        for row in list(store.by_kind[kind]):
            purge_content(site, row)
    for kind in ("page", "blogpost"):
        for row in store.by_kind[kind]:
            row.subtype = None


def _people(site: "Site") -> None:
    for user in site.store.users.values():
        user.is_guest, user.account_type, user.public_name = False, "atlassian", ""


def _spaces(site: "Site") -> None:
    """Two types of spaces, no roles: what a role allowed is granted."""
    store = site.store
    for space in store.spaces.values():
        space.type = "personal" if space.type == "personal" else "global"
        space.classification_id = space.alias = None
        for kind, principal, role_id in space.roles:
            grant(store, space, kind, principal, list(store.roles[role_id].permissions))
        space.roles = []
    store.roles.clear()


def _nest_groups(site: "Site") -> None:
    """Groups inside groups: `team-1` holds `team-2` holds `team-3`; on the demo site the contractors may use Confluence so."""
    store = site.store
    teams = [group for group in store.groups.values() if group.name.startswith("team-")]
    for outer, inner in pairwise(teams[:3]):
        outer.subgroups.append(inner.id)
    ruth = store.user_by_name("ruth")
    if site.config.is_demo and ruth is not None:
        contractors = add_group(store, "contractors", [ruth.account_id])
        _group(store.groups, "confluence-users").subgroups.append(contractors.id)
        _group(store.groups, "product").subgroups.append("bike-council")


def _group(groups: dict[str, Group], name: str) -> Group:
    return next(group for group in groups.values() if group.name == name)


def _tasks(site: "Site") -> None:
    """Append the tasks that stand in no body to the body of what they are on."""
    store = site.store
    found: dict[int, list[str]] = {}
    for task in store.tasks.values():
        if task.is_in_body:
            continue
        if task.due is not None:
            task.due -= task.due % _DAY
        task.body = task_body(task.body, task.assigned_to, task.due)
        task.is_in_body = True
        found.setdefault(task.container_id, []).append(task_xml(task.local_id, task.status, task.body))
    for content_id, tasks in found.items():
        content = store.contents[content_id]
        content.body = f"{site.bodies.storage(content)}<ac:task-list>{''.join(tasks)}</ac:task-list>"


def _texts(site: "Site") -> None:
    """People are named by user key (by user name on an old server) in every body, comment and past version."""
    store, is_old = site.store, quirks_of(site).old_storage

    def named(found: re.Match[str]) -> str:
        user = store.users.get(found[1])
        return f'ri:username="{user.username}"' if is_old and user else f'ri:userkey="{found[1]}"'

    def changed(text: str) -> str:
        text = _ACCOUNT.sub(named, text)
        if is_old:
            text = re.sub(r'ri:userkey="([^"]+)"', named, old_form(text))
        return text

    for content in store.contents.values():
        _change(content, changed)
    for task in store.tasks.values():
        task.body = changed(task.body)


def _change(content: Content, changed: Callable[[str], str]) -> None:
    if content.body:
        content.body = changed(content.body)
    for version in content.history or ():
        if version.body:
            version.body = changed(version.body)


def _object_id(site: "Site", record: AuditRecord) -> str:
    """The id of what a seeded record is about, where its name tells it."""
    store, name = site.store, record.object_name
    kind = record.object_type.lower()
    if kind == "space":
        return next((str(space.id) for space in store.spaces.values() if name in (space.key, space.name)), "")
    if kind == "user":
        return next((user.account_id for user in store.users.values() if user.display_name == name), "")
    if kind == "group":
        return name
    return next((str(row.id) for row in store.by_kind.get(kind, ()) if row.title == name), "")
