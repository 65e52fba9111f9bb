"""Offset lists of v1, and ids in its paths."""

from collections.abc import Callable, Sequence
from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.paging import query_with
from confluence_assets.emulator.parameters import parse_long
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.render.v1 import RenderV1, parse_expand
from confluence_assets.emulator.store.model import Content, Space, User

Row = dict[str, Any]
MOST_IN_MAP = 25


def render_for(call: Call, *, is_search: bool = False) -> RenderV1:
    return RenderV1(call.site, call.viewer, is_search=is_search)


def content_of(call: Call, name: str = "id", *kinds: str) -> Content:
    """The content of a path argument, `att` or not. Raises: Refusal 404."""
    value = call.arguments[name]
    return call.content(parse_long(name, value.removeprefix("att")), *kinds)


def space_of(call: Call) -> Space:
    """The space of the path's key. Raises: Refusal 404."""
    space = call.store.space_by_key(call.arguments["spaceKey"])
    if space is None or not call.viewer.reads_space(space):
        raise not_found(f"No space found with key: {call.arguments['spaceKey']}")
    return space


def require_user(call: Call) -> User:
    """Who asks. Raises: Refusal for anonymous, 401, and 403 for those who may not use the site."""
    if call.viewer.user is None:
        raise Refusal(401, "Sign in first.")
    if not call.viewer.may_use_site:
        raise Refusal(403, "You may not use this site.")
    return call.viewer.user


def context_path(call: Call) -> str:
    """The request's path below `/wiki`: what v1 links start with."""
    return call.request.path.removeprefix("/wiki")


def list_links(call: Call) -> Row:
    base = f"{call.site.base_url}/wiki"
    query = f"?{call.request.query_string}" if call.request.query_string else ""
    return {"base": base, "context": "/wiki", "self": f"{base}{context_path(call)}{query}"}


def offset_page(
    call: Call,
    rows: Sequence[Any],
    render: Callable[[Any], Any],
    *,
    default: int = 25,
    most: int = 1000,
    links_next: bool = True,
) -> Row:
    """A page by `start` and `limit`; a limit above `most` is capped, and the answer says so."""
    start, limit = call.get("start", 0), min(call.get("limit", default), most)
    page = rows[start : start + limit]
    links = list_links(call)
    path = context_path(call)
    if links_next and limit and start + limit < len(rows):
        links["next"] = f"{path}?{query_with(call.request.query, limit=limit, start=start + limit)}"
    if start > 0:
        links["prev"] = f"{path}?{query_with(call.request.query, limit=limit, start=max(0, start - limit))}"
    answer = {
        "results": [render(row) for row in page],
        "start": start,
        "limit": limit,
        "size": len(page),
        "_links": links,
    }
    if call.get("shouldReturnTotalSize"):
        answer["totalSize"] = len(rows)
    return answer


def map_by_type(
    call: Call, content: Content, relation: str, rows_of: Callable[[Call, Content, str], Sequence[Content]]
) -> Row:
    """The first rows of each type that is expanded; the others are named in `_expandable`."""
    expand, render = parse_expand(call.request.query.get("expand")), render_for(call)
    path = f"/content/{content.api_id}/{relation}"
    found: Row = {"_expandable": {}, "_links": list_links(call)}
    for kind in ("attachment", "comment", "page"):
        if kind not in expand:
            found["_expandable"][kind] = f"/rest/api{path}/{kind}"
            continue
        rows = [render.content(row, expand[kind]) for row in rows_of(call, content, kind)[:MOST_IN_MAP]]
        links = render.self_link(f"{path}/{kind}")
        found[kind] = {"results": rows, "start": 0, "limit": MOST_IN_MAP, "size": len(rows), "_links": links}
    return found
