"""Restrictions of one content; from 10.0 on with those that it inherits."""

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.datacenter.pages import Row, content_of, list_links, render_for
from confluence_assets.emulator.problems import Refusal

OPERATIONS = ("read", "update")
MOST_RELEVANT = 50


def get_by_operation(call: Call) -> Row:
    """Both operations, always."""
    content, render = content_of(call), render_for(call)
    found = {operation: render.restriction(content, operation) for operation in OPERATIONS}
    return {**found, "_links": list_links(call)}


def get_one(call: Call) -> Row:
    operation = call.arguments["operationKey"]
    if operation not in OPERATIONS:
        raise Refusal(400, f"No restrictions exist for the operation '{operation}'.")
    row = render_for(call).restriction(content_of(call), operation, call.get("start", 0), call.get("limit", 100))
    row["_links"].update({name: path for name, path in list_links(call).items() if name != "self"})
    return row


def get_relevant(call: Call) -> Row:
    """Direct and inherited view restrictions."""
    start, limit = call.get("start", 0), min(call.get("limit", MOST_RELEVANT), MOST_RELEVANT)
    found = render_for(call).relevant_restrictions(content_of(call), start, limit)
    return {"viewContentRestrictions": found, "_links": list_links(call)}
