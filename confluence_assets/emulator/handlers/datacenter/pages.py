"""Offset lists and cursors of Data Center, with the quirks that its versions have."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.datacenter.switches import DatacenterSwitches, quirks_of
from confluence_assets.emulator.paging import query_with
from confluence_assets.emulator.parameters import parse_long
from confluence_assets.emulator.problems import Refusal, not_found
from confluence_assets.emulator.render.datacenter import RenderDatacenter
from confluence_assets.emulator.render.v1 import parse_expand
from confluence_assets.emulator.store.model import Content, Space

Row = dict[str, Any]


def quirks(call: Call) -> DatacenterSwitches:
    return quirks_of(call.site)


def render_for(call: Call) -> RenderDatacenter:
    return RenderDatacenter(call.site, call.viewer)


def expansion(call: Call, default: str = "") -> Row:
    """What `expand` names, nested."""
    values = call.request.query.get("expand") or ([default] if default else None)
    return parse_expand(values)


def content_cap(call: Call, expand: Row) -> int:
    """How many contents fit into a page: fewer with expansions, fewest with bodies."""
    limits = quirks(call)
    if not expand:
        return limits.content_cap
    if "body" not in expand and "body" not in expand.get("content", {}):
        return limits.expanded_cap
    if limits.most_bodies and min(call.get("limit", 25), limits.body_cap) > limits.most_bodies:
        raise Refusal(500, "java.lang.OutOfMemoryError: Java heap space")
    return limits.body_cap


def content_of(call: Call, name: str = "id", *kinds: str) -> Content:
    """The content of a path argument, `att` or not. Raises: Refusal 404."""
    value = call.arguments[name]
    return call.content(parse_long(name, value.removeprefix("att")), *kinds)


def space_of(call: Call) -> Space:
    """Raises: Refusal 404."""
    key = call.arguments["spaceKey"]
    found = call.store.space_by_key(key)
    if found is None or not call.viewer.reads_space(found):
        raise not_found(f"No space found with key : {key}")
    return found


def require_admin(call: Call, what: str) -> None:
    """Raises: Refusal 403 for others."""
    if not call.viewer.is_admin:
        raise Refusal(403, f"Not permitted to {what}: administrators only.")


def require_user(call: Call) -> None:
    """Raises: Refusal 403 for anonymous."""
    if call.viewer.user is None:
        raise Refusal(403, "Client must be authenticated to access this resource.")


def list_links(call: Call) -> Row:
    base = call.site.base_url
    query = f"?{call.request.query_string}" if call.request.query_string else ""
    return {
        "self": f"{base}{call.request.path}{query}",
        "base": base,
        "context": call.site.config.context_path,
    }


def offset_page(
    call: Call, rows: Sequence[Any], render: Callable[[Any], Any], *, default: int = 25, most: int | None = None
) -> Row:
    """A page by `start` and `limit`. A limit above `most` is capped, and the answer says so."""
    limits = quirks(call)
    asked, start = call.get("limit", default), call.get("start", 0)
    limit = min(asked, limits.people_cap if most is None else most)
    first = start
    if limits.rows_past_the_end and start >= len(rows):
        first = max(0, len(rows) - limit)
    page = rows[first : first + limit]
    links = list_links(call)
    if page and start + len(page) < len(rows):
        step = asked if limits.wrong_next_offsets and asked > limit else len(page)
        links["next"] = _link(call, start + step, limit)
    if start > 0:
        links["prev"] = _link(call, max(0, start - limit), limit)
    answer = {"results": [render(row) for row in page], "start": start, "limit": limit, "size": len(page)}
    return {**answer, "_links": links}


def _link(call: Call, start: int, limit: int) -> str:
    if quirks(call).next_omits_start:
        query = {name: values for name, values in call.request.query.items() if name != "start"}
        return f"{call.request.path}?{query_with(query, limit=limit)}"
    return f"{call.request.path}?{query_with(call.request.query, limit=limit, start=start)}"


def parse_cursor(text: str) -> tuple[bool, int]:
    """`content:false:612345`: backwards or not, and the id beside which the page begins. Raises: Refusal 400."""
    kind, _, rest = text.partition(":")
    backwards, _, content_id = rest.partition(":")
    if kind != "content" or backwards not in ("true", "false") or not content_id.isascii() or not content_id.isdigit():
        raise Refusal(400, f"Invalid cursor: {text}")
    return backwards == "true", int(content_id)


def cursor_page(
    call: Call, rows: list[Content], admits: Callable[[Content], bool], render: Callable[[Content], Any], most: int
) -> Row:
    """A page of rows that are sorted by id, by `cursor` and `limit`."""
    limit = min(call.get("limit", 25), most)
    backwards, beside = parse_cursor(call.get("cursor")) if call.get("cursor") else (False, -1)
    if backwards:
        found: Iterable[Content] = reversed(rows[: bisect_left(rows, beside, key=_id)])
    else:
        found = islice(rows, bisect_right(rows, beside, key=_id), None)
    page = list(islice(filter(admits, found), limit + 1))
    has_more = len(page) > limit
    del page[limit:]
    if backwards:
        page.reverse()
    answer: Row = {"results": [render(row) for row in page]}
    cursors: Row = {"cursor": call.get("cursor") or (f"content:false:{page[0].id}" if page else "")}
    links = list_links(call)
    if page and (has_more or backwards):
        cursors["nextCursor"] = f"content:false:{page[-1].id}"
        links["next"] = _cursor_link(call, cursors["nextCursor"], limit)
    if page and beside >= 0 and (has_more or not backwards):
        cursors["prevCursor"] = f"content:true:{page[0].id}"
        links["prev"] = _cursor_link(call, cursors["prevCursor"], limit)
    return {**answer, **cursors, "limit": limit, "size": len(page), "_links": links}


def _id(row: Content) -> int:
    return row.id


def _cursor_link(call: Call, cursor: str, limit: int) -> str:
    kept = {name: values for name, values in call.request.query.items() if name != "cursor"}
    return f"{call.request.path}?{query_with(kept, limit=limit)}&cursor={quote(cursor, safe='')}"
