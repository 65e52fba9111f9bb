"""Restrictions of one content, and the check of a permission."""

import hashlib
from typing import Any

import orjson

from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v1.pages import Row, content_of, list_links, render_for
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.render.v1_people import MOST_NAMED
from confluence_assets.emulator.store.model import Content, Restriction
from confluence_assets.emulator.web.messages import Reply

OPERATIONS = ("read", "update")


def _one(call: Call, content: Content, operation: str) -> Row:
    start, limit = call.get("start", 0), min(call.get("limit", MOST_NAMED), 200)
    return render_for(call).restriction(content, operation, start, limit)


def list_restrictions(call: Call) -> Row:
    """Both operations, always."""
    content = content_of(call)
    rows = [_one(call, content, operation) for operation in OPERATIONS]
    digest = hashlib.sha256(orjson.dumps([row["restrictions"] for row in rows])).hexdigest()
    limit = min(call.get("limit", MOST_NAMED), 200)
    links = list_links(call)
    return {
        "results": rows,
        "start": call.get("start", 0),
        "limit": limit,
        "size": len(rows),
        "restrictionsHash": digest,
        "_links": links,
    }


def get_by_operation(call: Call) -> Row:
    content = content_of(call)
    return {**{operation: _one(call, content, operation) for operation in OPERATIONS}, "_links": list_links(call)}


def _operation(call: Call) -> str:
    operation = call.arguments["operationKey"]
    if operation not in OPERATIONS:
        raise Refusal(400, f"No restrictions exist for the operation '{operation}'.")
    return operation


def get_one(call: Call) -> Row:
    content = content_of(call)
    row = _one(call, content, _operation(call))
    row["_links"].update({key: value for key, value in list_links(call).items() if key != "self"})
    return row


def _held(call: Call) -> Restriction:
    return call.store.restrictions.get(content_of(call).id, {}).get(_operation(call)) or Restriction()


def is_user_named(call: Call) -> Reply:
    """200 where the user is named, 404 where not."""
    if call.get("accountId") not in _held(call).users:
        raise not_found("The user is not named in the restriction.")
    return Reply(200, b"", "application/json")


def is_group_named(call: Call) -> Reply:
    if call.arguments["groupId"] not in [group_id for group_id, _ in _held(call).groups]:
        raise not_found("The group is not named in the restriction.")
    return Reply(200, b"", "application/json")


def check_permission(call: Call) -> dict[str, Any]:
    """Whether somebody may read, update or delete it: 200 with `hasPermission` false where not."""
    content = content_of(call)
    body = call.body()
    subject = body.get("subject") if isinstance(body, dict) else None
    operation = body.get("operation") if isinstance(body, dict) else None
    if not isinstance(subject, dict) or operation not in ("read", "update", "delete"):
        raise Refusal(400, "'subject' and 'operation' (read, update or delete) are needed.")
    kind, identifier = subject.get("type"), str(subject.get("identifier"))
    if kind == "group":
        return _answer(*_check_group(call, identifier, content, operation))
    if kind != "user":
        raise Refusal(400, "'subject.type' must be user or group.")
    user = call.store.users.get(identifier)
    if user is None and identifier not in ("", "null", "None"):
        raise not_found(f"No user found with account id: {identifier}")
    return _answer(*_check_viewer(call.site.door.as_user(user), content, operation))


def _check_viewer(viewer: Viewer, content: Content, operation: str) -> tuple[bool, str]:
    who = "User" if viewer.user else "Anonymous user"
    if not viewer.may_use_site:
        return False, f"{who} is not allowed to use Confluence"
    if not viewer.reads_space(viewer.store.space_of(content)):
        return False, f"{who} does not have permission to the space"
    allowed = viewer.reads(content) if operation == "read" else viewer.updates(content)
    return allowed, f"{who} does not have permission to the content"


def _check_group(call: Call, group_id: str, content: Content, operation: str) -> tuple[bool, str]:
    space = call.store.space_of(content)
    if not any(
        g.principal_type == "group" and g.principal_id == group_id and g.key == "read" for g in space.permissions
    ):
        return False, "Group does not have permission to the space"
    root = call.store.root_of(content)
    layers = [root, *call.store.ancestors(root)] if operation == "read" else [root]
    for layer in layers:
        held = call.store.restrictions.get(layer.id, {}).get("read" if operation == "read" else "update")
        if held is not None and not held.is_empty and group_id not in [named for named, _ in held.groups]:
            return False, "Group does not have permission to the content"
    return True, ""


def _answer(allowed: bool, message: str) -> dict[str, Any]:
    errors = [] if allowed else [{"translation": message, "args": []}]
    return {"hasPermission": allowed, "errors": errors, "_links": {}}
