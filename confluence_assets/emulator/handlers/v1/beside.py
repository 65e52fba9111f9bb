"""Templates, properties of people, long tasks, and bodies that are converted while the caller waits."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.handlers.v1.pages import (
    Row,
    content_of,
    list_links,
    offset_page,
    render_for,
    require_user,
)
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.render.bodies import convert
from confluence_assets.emulator.render.v1 import parse_expand
from confluence_assets.emulator.store.beside import Conversion, LongTask, Template
from confluence_assets.emulator.store.model import User

PLUGIN = "com.atlassian.confluence.plugins.confluence-business-blueprints"
BLUEPRINTS = {
    "decisions-blueprint": ("Decision", "Record what was decided, by whom, and why."),
    "meeting-notes-blueprint": ("Meeting notes", "Plan a meeting, and keep what came of it."),
}
KEPT_MS = 5 * 60_000
MOST_SUBMITTED, MOST_POLLED = 10, 50


def _template_row(call: Call, template: Template, expand: Row) -> Row:
    row: Row = {
        "templateId": str(template.id),
        "name": template.name,
        "description": template.description,
        "labels": [],
        "templateType": "page",
        "editorVersion": "v2",
        "_expandable": {"body": ""},
        "_links": render_for(call).self_link(f"/template/{template.id}"),
    }
    if "body" in expand:
        row["body"] = {"storage": {"value": template.body, "representation": "storage", "_expandable": {}}}
        row["_expandable"] = {}
    if template.space_id:
        row["space"] = render_for(call).space(call.store.spaces[template.space_id])
    return row


def _may_see(call: Call, template: Template) -> bool:
    space = call.store.spaces.get(template.space_id)
    return call.viewer.may_use_site if not template.space_id else space is not None and call.viewer.reads_space(space)


def _wanted_space(call: Call) -> int:
    """The space of `spaceKey`, 0 for the whole site. Raises: Refusal 403, as there is no telling a hidden one from none."""
    key = call.get("spaceKey")
    if key is None:
        return 0
    space = call.store.space_by_key(key)
    if space is None or not call.viewer.reads_space(space):
        raise Refusal(403, f"You may not see templates of the space {key}.")
    return space.id


def list_templates(call: Call) -> Row:
    space_id, expand = _wanted_space(call), parse_expand(call.request.query.get("expand"))
    held = [one for one in call.store.beside.templates.values() if one.space_id == space_id and _may_see(call, one)]
    return offset_page(call, held, lambda one: _template_row(call, one, expand), most=200)


def get_template(call: Call) -> Row:
    number = call.arguments["contentTemplateId"]
    found = call.store.beside.templates.get(int(number)) if number.isdigit() else None
    if found is None or not _may_see(call, found):
        raise Refusal(403, f"No template found with id: {number}")
    return _template_row(call, found, parse_expand(call.request.query.get("expand")))


def list_blueprints(call: Call) -> Row:
    """Those of the product; each space inherits them."""
    _wanted_space(call)
    require_user(call)

    def about(key: str) -> dict[str, Any]:
        name, description = BLUEPRINTS[key]
        template = Template(0, name, "", description)
        return {
            **_template_row(call, template, {}),
            "templateId": call.store.uuid("blueprint", key),
            "originalTemplate": {"pluginKey": PLUGIN, "moduleKey": key},
            "referencingBlueprint": call.store.uuid("referencing", key),
        }

    return offset_page(call, sorted(BLUEPRINTS), about, most=200)


def _person(call: Call) -> User:
    require_user(call)
    user = call.store.users.get(call.arguments["userId"])
    if user is None:
        raise not_found(f"No user found with account id: {call.arguments['userId']}")
    return user


def list_user_properties(call: Call) -> Row:
    """Keys only, five at a time where nothing is said."""
    held = call.store.beside.user_properties.get(_person(call).account_id, {})
    return offset_page(call, sorted(held), lambda key: {"key": key}, default=5, most=100)


def get_user_property(call: Call) -> Row:
    held = call.store.beside.user_properties.get(_person(call).account_id, {}).get(call.arguments["key"])
    if held is None:
        raise not_found(f"No property found with key: {call.arguments['key']}")
    path = f"/user/{call.arguments['userId']}/property/{held.key}"
    times = {"createdDate": iso(held.created), "lastModifiedDate": iso(held.modified)}
    return {
        "id": str(held.id),
        "key": held.key,
        "value": held.value,
        **times,
        "_links": render_for(call).self_link(path),
    }


def long_task_row(call: Call, task: LongTask) -> Row:
    return {
        "id": task.id,
        "name": {"key": task.name, "args": []},
        "elapsedTime": call.site.clock.now_ms - task.started_at,
        "percentageComplete": task.percentage,
        "successful": task.percentage >= 100,
        "finished": task.percentage >= 100,
        "messages": [],
    }


def list_long_tasks(call: Call) -> Row:
    require_user(call)
    rows = list(call.store.beside.long_tasks.values())
    wanted = [task for task in rows if call.get("key") in (None, task.name)]
    return offset_page(call, wanted, lambda task: long_task_row(call, task), default=100, most=100)


def get_long_task(call: Call) -> Row:
    require_user(call)
    task = call.store.beside.long_tasks.get(call.arguments["id"])
    if task is None:
        raise not_found(f"No task found with id: {call.arguments['id']}")
    return {**long_task_row(call, task), "_links": list_links(call)}


def _submit(call: Call, to: Any, body: Any, context: Any) -> Row:
    """Take a body in. What it is seen in the context of must be readable."""
    if to != "export_view":
        raise Refusal(400, f"Cannot convert to {to}")
    if not isinstance(body, dict) or not isinstance(body.get("value"), str) or "representation" not in body:
        raise Refusal(400, "'value' and 'representation' are needed.")
    if context:
        call.arguments["context"] = str(context)
        content_of(call, "context")
    held, account = call.store.beside.conversions, require_user(call).account_id
    async_id = call.store.uuid("conversion", len(held))
    held[async_id] = Conversion(account, to, convert(body["value"], to), call.site.clock.now_ms)
    return {"asyncId": async_id}


def submit(call: Call) -> Row:
    return _submit(call, call.arguments["to"], call.body(), call.get("contentIdContext"))


def submit_many(call: Call) -> list[Row]:
    body = call.body()
    inputs = body.get("conversionInputs") if isinstance(body, dict) else None
    if not isinstance(inputs, list) or not 1 <= len(inputs) <= MOST_SUBMITTED:
        raise Refusal(400, f"'conversionInputs' must hold between 1 and {MOST_SUBMITTED} bodies.")
    if not all(isinstance(one, dict) for one in inputs):
        raise Refusal(400, "Each of 'conversionInputs' must be an object.")
    return [_submit(call, one.get("to"), one.get("body"), one.get("contentIdContext")) for one in inputs]


def _poll(call: Call, async_id: str) -> Row:
    """What became of it: working at first, then the body, for five minutes and for who asked."""
    found = call.store.beside.conversions.get(async_id)
    is_ours = found is not None and found.asked_by == require_user(call).account_id
    if found is None or not is_ours or call.site.clock.now_ms - found.made_at > KEPT_MS:
        raise not_found(f"No conversion task found with id: {async_id}")
    found.looks += 1
    if found.looks == 1:
        return {"renderTaskId": async_id, "status": "WORKING"}
    done = {"value": found.value, "representation": found.to, "status": "COMPLETED"}
    return {"renderTaskId": async_id, **done, "_expandable": {"content": "", "embeddedContent": ""}, "_links": {}}


def poll(call: Call) -> Row:
    return _poll(call, call.arguments["id"])


def poll_many(call: Call) -> list[Row]:
    ids = call.get("ids")
    if len(ids) > MOST_POLLED:
        raise Refusal(400, f"'ids' must hold at most {MOST_POLLED} ids.")
    return [_poll(call, one) for one in ids]
