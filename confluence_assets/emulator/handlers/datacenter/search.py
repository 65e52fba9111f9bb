"""CQL by offset: `/content/search` and `/search`."""

from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.cql.search import parse_context, search
from confluence_assets.emulator.cql.syntax import Both, Clause, CqlError, Either, parse
from confluence_assets.emulator.handlers.datacenter.pages import (
    Row,
    content_cap,
    expansion,
    offset_page,
    quirks,
    render_for,
)  # fmt: skip
from confluence_assets.emulator.problems import Refusal
from confluence_assets.emulator.render.bodies import plain_text
from confluence_assets.emulator.store.model import Content

MOST_KEPT = 16
NODES = frozenset(("folder", "whiteboard", "database", "embed"))


def _clauses(tree: Any) -> list[Clause]:
    if isinstance(tree, Clause):
        return [tree]
    parts = tree.parts if isinstance(tree, (Both, Either)) else (tree.part,)
    return [clause for part in parts for clause in _clauses(part)]


def _check(call: Call) -> None:
    """What a server stumbles over. Raises: CqlError; Refusal."""
    limits, clauses = quirks(call), _clauses(parse(call.get("cql")).where)
    for clause in clauses:
        if clause.field == "type" and not NODES.isdisjoint(map(str, clause.values)):
            raise CqlError(f"Unsupported value for the field 'type': {', '.join(map(str, clause.values))}")
        if clause.field in ("space", "space.key") and limits.unknown_space_status != 200:
            for value in clause.values:
                if isinstance(value, str) and call.store.space_by_key(value) is None:
                    words = f"java.lang.NullPointerException: Space not found with key: {value}"
                    raise Refusal(limits.unknown_space_status, words)
    is_of_files = any(clause.field == "type" and "attachment" in clause.values for clause in clauses)
    if is_of_files and call.get("start", 0) > 0:
        _stumble(call)


def _stumble(call: Call) -> None:
    form, parts = quirks(call).attachment_cql_offset, call.site.datacenter
    if form == "works" or parts is None:
        return
    asked = call.request.query_string
    if form == "fails" or asked not in parts.failed_searches:
        parts.failed_searches.add(asked)
        raise Refusal(400, "Could not parse cql : offset paging of attachments")


def _find(call: Call, *, archived_spaces: bool = False) -> list[Content]:
    """All that is found, in order; kept for the next page while nothing changes."""
    try:
        _check(call)
        context = parse_context(call.get("cqlcontext"))
        kept, key = _kept(call), _key(call, archived_spaces)
        if key not in kept:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            found = search(call.site, call.viewer, call.get("cql"), context, archived_spaces=archived_spaces)
            ordered = reversed(found.rows) if found.descending else iter(found.rows)
            kept[key] = list(filter(found.admits, ordered))
        return kept[key]
    except CqlError as error:
        raise Refusal(quirks(call).invalid_cql_status, str(error)) from error


def _kept(call: Call) -> dict[tuple[Any, ...], list[Content]]:
    parts = call.site.datacenter
    return {} if parts is None else parts.found


def _key(call: Call, archived_spaces: bool) -> tuple[Any, ...]:
    """Everything that a result hangs on."""
    limits = quirks(call)
    return (
        call.viewer.account_id, call.get("cql"), call.get("cqlcontext"), archived_spaces, call.store.generation,
        call.site.clock.now_ms, limits.cql_time_zone, limits.instance_time_zone, limits.anonymous_access,
        limits.index_lag_seconds,
    )  # fmt: skip


def search_content(call: Call) -> Row:
    expand, render = expansion(call), render_for(call)
    return offset_page(call, _find(call), lambda row: render.content(row, expand), most=content_cap(call, expand))


def search_all(call: Call) -> Row:
    """`/search`: content with what surrounds it, and a total."""
    expand, render = expansion(call), render_for(call)
    rows = _find(call, archived_spaces=bool(call.get("includeArchivedSpaces")))
    inside = expand.get("content", {})

    def result(content: Content) -> Row:
        space = call.store.space_of(content)
        text = plain_text(call.site.bodies.storage(content))[:200] if call.get("excerpt") != "none" else ""
        return {
            "content": render.content(content, inside),
            "title": content.title,
            "excerpt": text,
            "url": call.site.render.webui(content),
            "resultGlobalContainer": {"title": space.name, "displayUrl": call.site.render.space_path(space)},
            "entityType": "content",
            "iconCssClass": f"aui-icon content-type-{content.kind}",
            "lastModified": render.when(content.modified),
            "friendlyLastModified": render.when(content.modified)[:10],
            "timestamp": content.modified,
        }

    page = offset_page(call, rows, result, most=content_cap(call, expand))
    return {**page, "totalSize": len(rows), "cqlQuery": call.get("cql"), "searchDuration": 1}
