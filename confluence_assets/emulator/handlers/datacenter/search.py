"""CQL by offset: `/content/search` and `/search`."""

from itertools import islice
from typing import Any

from confluence_assets.emulator.call import Call
from confluence_assets.emulator.cql.search import Found, parse_context, search
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


def _clauses(tree: Any) -> list[Clause]:
    if isinstance(tree, Clause):
        return [tree]
    parts = tree.parts if isinstance(tree, (Both, Either)) else (tree.part,)
    return [clause for part in parts for clause in _clauses(part)]


def _check(call: Call) -> None:
    """What a server stumbles over. Raises: CqlError; Refusal."""
    limits, clauses = quirks(call), _clauses(parse(call.get("cql")).where)
    for clause in clauses:
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


def _find(call: Call, *, archived_spaces: bool = False) -> Found:
    try:
        _check(call)
        context = parse_context(call.get("cqlcontext"))
        return search(call.site, call.viewer, call.get("cql"), context, archived_spaces=archived_spaces)
    except CqlError as error:
        raise Refusal(quirks(call).invalid_cql_status, str(error)) from error


def _rows(found: Found) -> list[Content]:
    ordered = reversed(found.rows) if found.descending else iter(found.rows)
    return list(filter(found.admits, ordered))


def search_content(call: Call) -> Row:
    expand, render, found = expansion(call), render_for(call), _find(call)
    most = content_cap(call, expand)
    end = call.get("start", 0) + min(call.get("limit", 25), most) + 1
    ordered = reversed(found.rows) if found.descending else iter(found.rows)
    rows = list(islice(filter(found.admits, ordered), end))
    return offset_page(call, rows, lambda row: render.content(row, expand), most=most)


def search_all(call: Call) -> Row:
    """`/search`: content with what surrounds it, and a total."""
    expand, render = expansion(call), render_for(call)
    rows = _rows(_find(call, archived_spaces=bool(call.get("includeArchivedSpaces"))))
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
