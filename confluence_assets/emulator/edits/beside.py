"""States, watches, templates, properties of people, long tasks: what stands beside the content."""

from typing import TYPE_CHECKING

from confluence_assets.emulator.edits.common import Fields, author_of, content_of, space_of, user_of
from confluence_assets.emulator.edits.registry import CLOUD_ONLY, operation
from confluence_assets.emulator.store.beside import ContentState, LongTask, Template
from confluence_assets.emulator.store.model import BLOGPOST, PAGE

if TYPE_CHECKING:
    from confluence_assets.emulator.site import Site

CLOUD_ONLY.update(("set_state", "add_template", "set_user_property"))


@operation("set_state", "id", "name?", "color?")
def set_state(site: "Site", fields: Fields) -> Fields:
    """A state for a page or post: one that is suggested, or one of the author's own; none where no name is given."""
    row, beside = content_of(site, fields["id"], PAGE, BLOGPOST), site.store.beside
    if "name" not in fields:
        beside.states.pop(row.id, None)
        return {}
    name, owner = str(fields["name"]), author_of(site, fields)
    found = next((one for one in beside.known_states() if one.name == name and one.owner in ("", owner)), None)
    if found is None:
        number = 2 + site.store.next_id("state")
        found = ContentState(number, name, str(fields.get("color", "#FF7452")), owner)
        beside.custom_states.append(found)
    beside.states[row.id] = (found, site.clock.now_ms)
    return {"state": found.id}


def _watch(held: list[str], account: str, *, on: bool) -> None:
    if on and account not in held:
        held.append(account)
    elif not on and account in held:
        held.remove(account)


@operation("watch", "id?", "space?", "label?", "off?")
def watch(site: "Site", fields: Fields) -> None:
    """Somebody (`by`) watches a content, a space or a label; `off` ends it."""
    beside, account, on = site.store.beside, author_of(site, fields), not fields.get("off", False)
    if "id" in fields:
        _watch(beside.watchers.setdefault(content_of(site, fields["id"]).id, []), account, on=on)
    elif "space" in fields:
        _watch(beside.space_watchers.setdefault(space_of(site, fields["space"]).id, []), account, on=on)
    elif "label" in fields:
        _watch(beside.label_watchers.setdefault(str(fields["label"]), []), account, on=on)
    else:
        raise ValueError("watch needs id, space or label")


@operation("add_template", "name", "body?", "description?", "space?")
def add_template(site: "Site", fields: Fields) -> Fields:
    """A template of a space, or of the whole site."""
    space_id = space_of(site, fields["space"]).id if "space" in fields else 0
    number = site.store.next_id()
    description = str(fields.get("description", ""))
    site.store.beside.templates[number] = Template(
        number, str(fields["name"]), str(fields.get("body", "<p />")), description, space_id
    )
    return {"id": str(number)}


@operation("set_user_property", "account", "key", "value")
def set_user_property(site: "Site", fields: Fields) -> Fields:
    """A property of a person on this site."""
    user = user_of(site, fields["account"])
    held = site.store.beside.user_properties.setdefault(user.account_id, {})
    found = site.store.set_property(
        held, str(fields["key"]), fields["value"], author=author_of(site, fields), at=site.clock.now_ms
    )
    return {"id": str(found.id), "version": found.version}


@operation("run_long_task", "name", "percentage?")
def run_long_task(site: "Site", fields: Fields) -> Fields:
    """A task that the site is at, so far as is said."""
    beside = site.store.beside
    task_id = site.store.uuid("longtask", len(beside.long_tasks))
    percentage = int(fields.get("percentage", 0))
    beside.long_tasks[task_id] = LongTask(task_id, str(fields["name"]), site.clock.now_ms, percentage)
    return {"id": task_id}
