"""Content states: what a page is said to be (a draft, in progress, …), and what can be said in a space."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.handlers.v1.pages import (
    Row,
    content_of,
    offset_page,
    render_for,
    require_user,
    space_of,
)
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.render.v1 import parse_expand
from confluence_assets.emulator.store.beside import SUGGESTED_STATES, ContentState
from confluence_assets.emulator.store.model import BLOGPOST, PAGE

MOST_CUSTOM = 3
"""So many of one's own states a page offers."""


def state_row(state: ContentState) -> Row:
    return {"id": state.id, "name": state.name, "color": state.color}


def _own(call: Call) -> list[Row]:
    account = require_user(call).account_id
    return [state_row(one) for one in call.store.beside.custom_states if one.owner == account]


def get_state(call: Call) -> Row:
    """The state of what is published; nothing where there is none. Drafts have none here."""
    content = content_of(call, "id", PAGE, BLOGPOST)
    wanted = call.get("status", "current")
    if wanted == "draft" or (wanted == "archived") is not (content.status == "archived"):
        raise not_found(f"No content found with id: {content.id} and status: {wanted}")
    held = call.store.beside.states.get(content.id)
    return {} if held is None else {"contentState": state_row(held[0]), "lastUpdated": iso(held[1])}


def list_available(call: Call) -> Row:
    """What the caller can set it to: for those who may edit it."""
    content = content_of(call, "id", PAGE, BLOGPOST)
    if not call.viewer.updates(content):
        raise Refusal(403, "You are not permitted to edit this content.")
    return {
        "spaceContentStates": [state_row(one) for one in SUGGESTED_STATES],
        "customContentStates": list(reversed(_own(call)))[:MOST_CUSTOM],
    }


def list_own(call: Call) -> list[Row]:
    return _own(call)


def list_of_space(call: Call) -> list[Row]:
    space_of(call)
    return [state_row(one) for one in SUGGESTED_STATES]


def get_settings(call: Call) -> Row:
    """For those who administer the space."""
    space = space_of(call)
    if not call.viewer.is_admin and not call.viewer.may_in_space(space, "administer", "space"):
        raise Refusal(403, "You do not administer this space.")
    return {
        "contentStatesAllowed": True,
        "customContentStatesAllowed": True,
        "spaceContentStatesAllowed": True,
        "spaceContentStates": [state_row(one) for one in SUGGESTED_STATES],
    }


def list_contents(call: Call) -> Row:
    """What of the space is in a state, as far as the caller may read it."""
    space, number = space_of(call), call.get("state-id")
    known = call.store.beside.states
    rows: list[Any] = [
        row
        for row in call.store.views.contents((PAGE, BLOGPOST), space.id)
        if row.id in known and known[row.id][0].id == number and row.status == "current" and call.viewer.reads(row)
    ]
    render, expand = render_for(call), parse_expand(call.request.query.get("expand"))
    return offset_page(call, rows, lambda row: render.content(row, expand), most=25 if "body" in expand else 100)
