"""Downloads, descendants, labels, views."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.handlers.v1.pages import Row, content_of, map_by_type, offset_page, render_for
from confluence_assets.emulator.problems import Refusal, not_found, unauthorized
from confluence_assets.emulator.render.files import file_bytes
from confluence_assets.emulator.render.v1 import parse_expand
from confluence_assets.emulator.store.model import ATTACHMENT, COMMENTS, Content
from confluence_assets.emulator.web.messages import Reply


def download(call: Call) -> Reply:
    """302 to a signed address on the media host."""
    container = content_of(call)
    content = content_of(call, "attachmentId", ATTACHMENT)
    if content.container_id != container.id:
        raise not_found("The attachment does not belong to that content.")
    status = call.get("status") or ("current", "archived")
    if content.status not in status:
        raise not_found()
    version = call.get("version") or content.version
    if not 1 <= version <= content.version:
        raise Refusal(400, f"There is no version {version} of the attachment.")
    address = call.site.media.sign(content, version, call.switches.media_url_seconds)
    return Reply(302, headers={"Location": call.site.media_url + address})


def download_servlet(call: Call) -> Reply:
    """The old address of files. API tokens are turned away there; a switch brings the old days back."""
    if call.switches.attachment_servlet_status == 401:
        return unauthorized("v1", "empty", call.site.base_url)
    container = content_of(call)
    content = call.store.file_name_taken(container.id, call.arguments["name"])
    if content is None or not call.viewer.reads(content):
        raise not_found()
    version = call.get("version") or content.version
    if not 1 <= version <= content.version:
        raise not_found()
    media_type = str((content.extra or {}).get("media_type"))
    return Reply(200, file_bytes(content, version), media_type)


def list_descendants(call: Call) -> Row:
    """Descendant pages, comments or attachments."""
    visible = _descendants(call, content_of(call), call.arguments["type"])
    expand = parse_expand(call.request.query.get("expand"))
    render = render_for(call)
    return offset_page(call, visible, lambda row: render.content(row, expand), most=200)


def _descendants(call: Call, top: Content, kind: str) -> list[Content]:
    store = call.store
    if kind == "page":
        rows = [row for row, _ in store.descendants(top.id) if row.kind == "page"]
    elif kind in ("comment", "attachment"):
        kinds = COMMENTS if kind == "comment" else (ATTACHMENT,)
        rows = [row for row in store.contained.get(top.id, ()) if row.kind in kinds]
        rows += [reply for row in list(rows) for reply in store.replies.get(row.id, ())]
    else:
        raise Refusal(400, f"Unknown type of descendants: {kind}")
    return [row for row in sorted(rows, key=lambda row: row.id) if row.status == "current" and call.viewer.reads(row)]


def descendant_map(call: Call) -> Row:
    """Descendants by type, for the types that are expanded."""
    return map_by_type(call, content_of(call), "descendant", _descendants)


def list_space_labels(call: Call) -> Row:
    space = call.store.space_by_key(call.arguments["spaceKey"])
    if space is None or not call.viewer.reads_space(space):
        raise not_found(f"No space found with key: {call.arguments['spaceKey']}")
    held = [label for label in space.labels if call.get("prefix") in (None, label[0])]
    return offset_page(call, held, render_for(call).label, default=200, most=200)


def get_label(call: Call) -> Row:
    """A label and what carries it; a label exists while it stands on something."""
    store, render = call.store, render_for(call)
    name, prefix = call.get("name"), "global"
    if ":" in name:
        prefix, _, name = name.partition(":")
    held = store.views.labelled().get((prefix, name), [])
    visible = [store.contents[i] for i in held if call.viewer.reads(store.contents[i])]
    if not visible:
        raise not_found(f"No label found with name: {name}")

    def about(content: Content) -> dict[str, Any]:
        kind = "comment" if content.kind in COMMENTS else content.kind
        return {"contentId": content.id, "contentType": kind, "title": content.title}

    return {
        "label": render.label((prefix, name)),
        "associatedContents": offset_page(call, visible, about, default=200, most=200),
    }


def count_views(call: Call) -> dict[str, int]:
    content = content_of(call)
    return {"id": content.id, "count": content.id % 97}


def count_viewers(call: Call) -> dict[str, int]:
    content = content_of(call)
    return {"id": content.id, "count": content.id % 23}


def get_space_settings(call: Call) -> dict[str, Any]:
    space = call.store.space_by_key(call.arguments["spaceKey"])
    if space is None or not call.viewer.reads_space(space):
        raise not_found(f"No space found with key: {call.arguments['spaceKey']}")
    return {
        "routeOverrideEnabled": False,
        "editor": {"page": "v2", "blogpost": "v2", "default": "v2"},
        "spaceKey": space.key,
        "_links": {},
    }
