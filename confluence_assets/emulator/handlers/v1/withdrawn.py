"""Reads that were withdrawn from v1: a switch decides whether they are gone (410), unknown (404) or still there (200)."""

from collections.abc import Callable
from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.handlers.v1.pages import (
    Row,
    content_of,
    list_links,
    map_by_type,
    offset_page,
    render_for,
)
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.render.v1 import parse_expand
from confluence_assets.emulator.store.history import all_versions
from confluence_assets.emulator.store.model import (
    ATTACHMENT,
    BLOGPOST,
    COMMENTS,
    CUSTOM,
    PAGE,
    Content,
    Property,
    Space,
    Task,
)

FURTHEST_START = 15_000
"""Since October 2022, before it was withdrawn."""


def withdrawn(call: Call) -> Any:
    status = call.switches.withdrawn_v1_overrides.get(call.route.template, call.switches.withdrawn_v1_status)
    if status != 200:
        raise Refusal(status, "This deprecated endpoint has been removed.")
    return _STILL[call.route.template](call)


def _content(call: Call) -> Row:
    row = render_for(call).content(content_of(call), parse_expand(call.request.query.get("expand")))
    row["_links"].update({"base": f"{call.site.base_url}/wiki", "context": "/wiki", "collection": "/rest/api/content"})
    return row


def _contents(call: Call) -> Row:
    """Pages, posts or custom content; no further down than `FURTHEST_START`."""
    if call.get("start", 0) > FURTHEST_START:
        raise Refusal(400, f"The start must not exceed {FURTHEST_START}.")
    kind, key = call.get("type", "page"), call.get("spaceKey")
    statuses = ("current", "trashed") if call.get("status") == "any" else (call.get("status", "current"),)
    kinds = (CUSTOM,) if ":" in kind else (kind,) if kind in (PAGE, BLOGPOST) else (PAGE,)
    rows = [
        row
        for row in call.store.views.contents(kinds)
        if row.status in statuses
        and (row.kind != CUSTOM or row.custom_type == kind)
        and call.viewer.reads(row)
        and key in (None, call.store.space_of(row).key)
        and call.get("title") in (None, row.title)
    ]
    render, expand = render_for(call), parse_expand(call.request.query.get("expand"))
    return offset_page(call, rows, lambda row: render.content(row, expand), most=50 if "body" in expand else 200)


def _labels(call: Call) -> Row:
    return offset_page(
        call, call.store.labels.get(content_of(call).id, []), render_for(call).label, default=200, most=200
    )


def _pool(call: Call, parent: Content, kind: str) -> list[Content]:
    """What hangs below a content directly; comments with their replies where `depth` asks for them."""
    store = call.store
    if kind == "page":
        pool = [row for row in store.children.get(parent.id, ()) if row.kind == PAGE]
    elif kind == "comment":
        pool = list(store.replies.get(parent.id, ()))
        pool += [row for row in store.contained.get(parent.id, ()) if row.kind in COMMENTS and not row.parent_id]
        if call.get("depth") == "all":
            for row in pool:
                pool.extend(store.replies.get(row.id, ()))  # the loop meets them, too
    else:
        pool = [row for row in store.contained.get(parent.id, ()) if row.kind == kind]
    wanted = {name: call.get(name) for name in ("filename", "mediaType")}
    return [
        row
        for row in pool
        if row.status == "current"
        and call.viewer.reads(row)
        and wanted["filename"] in (None, row.title)
        and wanted["mediaType"] in (None, (row.extra or {}).get("media_type"))
    ]


def _children(call: Call) -> Row:
    parent, kind = content_of(call), call.arguments["type"]
    if kind not in ("page", "comment", ATTACHMENT):
        raise Refusal(400, f"Unknown type of children: {kind}")
    rows = sorted(_pool(call, parent, kind), key=lambda row: (row.position or 0, row.id))
    render, expand = render_for(call), parse_expand(call.request.query.get("expand"))
    shown = [render.content(row, expand) for row in rows]
    if kind == "comment" and call.get("location"):
        places = call.request.query["location"]
        shown = [row for row in shown if row["extensions"]["location"] in places]
    return offset_page(call, shown, lambda row: row, most=50 if "body" in expand else 200)


def _child_map(call: Call) -> Row:
    """Children by type, for the types that are expanded."""
    return map_by_type(call, content_of(call), "child", _pool)


def _properties(call: Call) -> Row:
    content, render = content_of(call), render_for(call)
    return offset_page(
        call, list(call.store.properties.get(content.id, {}).values()), lambda held: render.property(content, held)
    )


def _property(call: Call) -> Row:
    content = content_of(call)
    held = call.store.properties.get(content.id, {}).get(call.arguments["key"])
    if held is None:
        raise not_found(f"No property found with key: {call.arguments['key']}")
    return render_for(call).property(content, held)


def _version_rows(call: Call, content: Content) -> list[Row]:
    """Newest first."""
    render = render_for(call)
    return [
        {
            "by": render.user(row.author),
            "when": iso(row.created),
            "message": row.message,
            "number": row.number,
            "minorEdit": row.is_minor,
            "_expandable": {"collaborators": "", "content": f"/rest/api/content/{content.api_id}?version={row.number}"},
            "_links": render.self_link(f"/content/{content.api_id}/version/{row.number}"),
        }
        for row in reversed(all_versions(call.store, content, call.site.bodies.storage))
    ]


def _versions(call: Call) -> Row:
    return offset_page(call, _version_rows(call, content_of(call)), lambda row: row, default=200, most=200)


def _version(call: Call) -> Row:
    content, number = content_of(call), call.id("versionNumber")
    if not 1 <= number <= content.version:
        raise not_found(f"No version {number} of content {content.api_id}")
    return _version_rows(call, content)[content.version - number]


def _history(call: Call) -> Row:
    found = render_for(call).content(content_of(call), {"history": {"lastUpdated": {}}})["history"]
    return dict(found)


def _spaces(call: Call) -> Row:
    rows = [space for space in call.store.spaces.values() if call.viewer.reads_space(space)]
    return offset_page(call, rows, render_for(call).space, most=100)


def _space_of(call: Call) -> Space:
    space = call.store.space_by_key(call.arguments["spaceKey"])
    if space is None or not call.viewer.reads_space(space):
        raise not_found(f"No space found with key: {call.arguments['spaceKey']}")
    return space


def _space(call: Call) -> Row:
    space = _space_of(call)
    return {**render_for(call).space(space), "_links": {**list_links(call), "webui": f"/spaces/{space.key}"}}


def _space_rows(call: Call, kind: str) -> Row:
    space, expand = _space_of(call), parse_expand(call.request.query.get("expand"))
    rows = [
        row
        for row in call.store.views.contents((kind,), space.id)
        if row.status == "current" and call.viewer.reads(row) and not (call.get("depth") == "root" and row.parent_id)
    ]
    render = render_for(call)
    return offset_page(call, rows, lambda row: render.content(row, expand), most=50 if "body" in expand else 200)


def _space_contents(call: Call) -> Row:
    """Pages and posts of a space, each in a list of their own."""
    return {PAGE: _space_rows(call, PAGE), BLOGPOST: _space_rows(call, BLOGPOST), "_links": list_links(call)}


def _space_contents_of_type(call: Call) -> Row:
    if call.arguments["type"] not in (PAGE, BLOGPOST):
        raise Refusal(400, f"Unknown type of content: {call.arguments['type']}")
    return _space_rows(call, call.arguments["type"])


def _space_properties(call: Call) -> Row:
    space, render = _space_of(call), render_for(call)

    def about(held: Property) -> Row:
        path = f"/space/{space.key}/property/{held.key}"
        version = {"when": iso(held.modified), "message": "", "number": held.version, "minorEdit": False}
        return {
            "id": str(held.id),
            "key": held.key,
            "value": held.value,
            "version": version,
            "_expandable": {"space": f"/rest/api/space/{space.key}"},
            "_links": render.self_link(path),
        }

    return offset_page(call, list(space.properties.values()), about)


def _inline_task_row(task: Task) -> Row:
    return {
        "globalId": task.id,
        "id": task.local_id,
        "contentId": task.container_id,
        "status": "checked" if task.status == "complete" else "unchecked",
        "body": task.body,
        "creator": task.created_by,
        "assignee": task.assigned_to,
        "completeUser": task.completed_by,
        "createDate": task.created,
        "dueDate": task.due or 0,
        "updateDate": task.updated,
        "completeDate": task.completed or 0,
    }


def _reads_task(call: Call, task: Task) -> bool:
    holder = call.store.contents.get(task.container_id)
    return holder is not None and holder.status == "current" and call.viewer.reads(holder)


def _inline_tasks(call: Call) -> Row:
    rows = [task for task in call.store.tasks.values() if _reads_task(call, task)]
    return offset_page(call, rows, _inline_task_row, default=100, most=200)


def _inline_task(call: Call) -> Row:
    task = call.store.tasks.get(call.id("inlineTaskId"))
    if task is None or not _reads_task(call, task):
        raise not_found(f"No task found with id: {call.arguments['inlineTaskId']}")
    return _inline_task_row(task)


def _members_by_name(call: Call) -> Row:
    group = next((group for group in call.store.groups.values() if group.name == call.arguments["groupName"]), None)
    if group is None:
        raise not_found(f"No group found with name: {call.arguments['groupName']}")
    return offset_page(call, group.members, render_for(call).user, default=200, most=200)


_BASE = "/wiki/rest/api"
_STILL: dict[str, Callable[[Call], Any]] = {
    f"{_BASE}/content": _contents,
    f"{_BASE}/content/{{id}}": _content,
    f"{_BASE}/content/{{id}}/label": _labels,
    f"{_BASE}/content/{{id}}/child": _child_map,
    f"{_BASE}/content/{{id}}/child/{{type}}": _children,
    f"{_BASE}/content/{{id}}/property": _properties,
    f"{_BASE}/content/{{id}}/property/{{key}}": _property,
    f"{_BASE}/content/{{id}}/history": _history,
    f"{_BASE}/content/{{id}}/version": _versions,
    f"{_BASE}/content/{{id}}/version/{{versionNumber}}": _version,
    f"{_BASE}/space": _spaces,
    f"{_BASE}/space/{{spaceKey}}": _space,
    f"{_BASE}/space/{{spaceKey}}/content": _space_contents,
    f"{_BASE}/space/{{spaceKey}}/content/{{type}}": _space_contents_of_type,
    f"{_BASE}/space/{{spaceKey}}/property": _space_properties,
    f"{_BASE}/group/{{groupName}}/member": _members_by_name,
    f"{_BASE}/inlinetasks/search": _inline_tasks,
    f"{_BASE}/inlinetasks/{{inlineTaskId}}": _inline_task,
}
WITHDRAWN = tuple(_STILL)
PARAMETERS = ("type", "spaceKey", "status", "title", "depth", "location", "filename", "mediaType", "prefix")
