"""Who watches what."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v1.pages import (
    Row,
    content_of,
    offset_page,
    render_for,
    require_user,
    space_of,
)
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.store.model import Space

MOST = 200


def _watcher(call: Call, account_id: str) -> Row:
    return {**render_for(call).user(account_id), "operations": [], "personalSpace": None}


def list_of_content(call: Call) -> Row:
    """Who watches the content. For everybody who may read it."""
    require_user(call)
    content = content_of(call)

    def about(account_id: str) -> dict[str, Any]:
        return {"type": content.kind, "watcher": _watcher(call, account_id), "contentId": content.id}

    return offset_page(call, call.store.beside.watchers.get(content.id, []), about, default=MOST, most=MOST)


def _of_space(call: Call, space: Space) -> Row:
    def about(account_id: str) -> dict[str, Any]:
        return {"type": "space", "watcher": _watcher(call, account_id), "spaceKey": space.key}

    return offset_page(call, call.store.beside.space_watchers.get(space.id, []), about, default=MOST, most=MOST)


def list_of_contents_space(call: Call) -> Row:
    """Who watches the space that a content is in. The id is a content's: a space's key is a server's error."""
    require_user(call)
    if not call.arguments["id"].isdigit():
        raise Refusal(500, f'java.lang.NumberFormatException: For input string: "{call.arguments["id"]}"')
    return _of_space(call, call.store.space_of(content_of(call)))


def list_of_space(call: Call) -> Row:
    require_user(call)
    return _of_space(call, space_of(call))


def _asked(call: Call, space: Space | None) -> str:
    """The account that is asked about; others than oneself for administrators only."""
    ourselves, asked = require_user(call).account_id, call.get("accountId")
    if asked in (None, ourselves):
        return ourselves
    if not call.viewer.is_admin and (space is None or not call.viewer.may_in_space(space, "administer", "space")):
        raise Refusal(403, "Only administrators may ask what others watch.")
    if asked not in call.store.users:
        raise not_found(f"No user found with account id: {asked}")
    return str(asked)


def is_content_watched(call: Call) -> Row:
    content = content_of(call, "contentId")
    account = _asked(call, call.store.space_of(content))
    return {"watching": account in call.store.beside.watchers.get(content.id, ())}


def is_space_watched(call: Call) -> Row:
    space = space_of(call)
    return {"watching": _asked(call, space) in call.store.beside.space_watchers.get(space.id, ())}


def is_label_watched(call: Call) -> Row:
    """A label exists while it stands on something that the caller may read."""
    name, store = call.arguments["labelName"], call.store
    held = store.views.labelled().get(("global", name), ())
    if not any(call.viewer.reads(store.contents[number]) for number in held):
        raise not_found(f"No label found with name: {name}")
    return {"watching": _asked(call, None) in store.beside.label_watchers.get(name, ())}
