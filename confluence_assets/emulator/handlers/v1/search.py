"""CQL: `/content/search`, `/search`, `/search/user`."""

from typing import Any

from confluence_assets.emulator.access.viewer import LICENSED
from confluence_assets.emulator.call import Call
from confluence_assets.emulator.clock import iso
from confluence_assets.emulator.cql.search import Found, parse_context, search
from confluence_assets.emulator.cql.syntax import Both, Clause, CqlError, Either, parse
from confluence_assets.emulator.handlers.v1.pages import Row, context_path, list_links, offset_page, render_for
from confluence_assets.emulator.paging import Walk, binding_of, query_with
from confluence_assets.emulator.problems import Refusal
from confluence_assets.emulator.render.bodies import plain_text
from confluence_assets.emulator.render.v1 import parse_expand
from confluence_assets.emulator.store.model import Content, User

PLAIN_CAP, EXPANDED_CAP, BODY_CAP, EXPORT_CAP = 1000, 200, 50, 25
MOST_USERS = 10_000
USER_FIELDS = ("user", "user.fullname", "user.accountid", "user.userkey")


def effective_limit(call: Call, expand: Row) -> int:
    """What is asked for, silently capped by what is expanded."""
    cap = PLAIN_CAP
    if expand:
        cap = BODY_CAP if "body" in expand or "body" in expand.get("content", {}) else EXPANDED_CAP
    bodies = {**expand.get("body", {}), **expand.get("content", {}).get("body", {})}
    if "export_view" in bodies or "styled_view" in bodies:
        cap = EXPORT_CAP
    if call.switches.cql_cap != "inherited":
        cap = min(int(call.switches.cql_cap), cap if cap == EXPORT_CAP else PLAIN_CAP)
    limit: int = call.get("limit", 25)
    return min(limit, cap)


def _find(call: Call, **scope: bool) -> Found:
    try:
        context = parse_context(call.get("cqlcontext"))
        return search(call.site, call.viewer, call.get("cql"), context, **scope)
    except CqlError as error:
        raise Refusal(400, str(error)) from error


def _page(call: Call, found: Found, limit: int) -> tuple[list[Content], Row]:
    """One page and the links of the list. `start` is echoed and does nothing: cursors only."""
    walk = Walk(call.switches, binding_of(call.route.template, call.request.query), call.get("cursor"), limit)
    page, cursor = walk.over(found.rows, found.key, found.admits, descending=found.descending)
    links = list_links(call)
    if cursor is not None:
        start = call.get("start", 0) + limit
        query = query_with(call.request.query, next="true", cursor=cursor, limit=limit, start=start)
        links["next"] = f"{context_path(call)}?{query}"
    prev = walk.prev(found.rows, found.key, found.admits, descending=found.descending)
    if prev is not None and call.switches.cql_links_prev:
        start = max(0, call.get("start", 0) - limit)
        query = query_with(call.request.query, prev="true", cursor=prev, limit=limit, start=start)
        links["prev"] = f"{context_path(call)}?{query.replace('next=true&', '')}"
    return page, links


def search_content(call: Call) -> Row:
    expand = parse_expand(call.request.query.get("expand"))
    limit = effective_limit(call, expand)
    found = _find(call)
    page, links = _page(call, found, limit)
    render = render_for(call, is_search=True)
    rows = [render.content(row, expand) for row in page]
    answer: Row = {"results": rows, "start": call.get("start", 0), "limit": limit, "size": len(rows), "_links": links}
    if call.switches.cql_start_parameter == "omit":
        del answer["start"]
    return answer


def search_all(call: Call) -> Row:
    """`/search`: content with what surrounds it, and a total."""
    _refuse_user_fields(call)
    expand = parse_expand(call.request.query.get("expand"))
    limit = effective_limit(call, expand)
    archived = bool(call.get("includeArchivedSpaces"))
    found = _find(call, archived_spaces=archived, current_spaces=not call.get("excludeCurrentSpaces", False))
    page, links = _page(call, found, limit)
    total = sum(1 for row in found.rows if found.admits(row))
    rows = [_result(call, row, expand.get("content", {})) for row in page]
    return {
        "results": rows,
        "start": call.get("start", 0),
        "limit": limit,
        "size": len(rows),
        "totalSize": total,
        "cqlQuery": call.get("cql"),
        "searchDuration": 1,
        "archivedResultCount": 0,
        "_links": links,
    }


def _refuse_user_fields(call: Call) -> None:
    try:
        query = parse(call.get("cql"))
    except CqlError as error:
        raise Refusal(400, str(error)) from error
    for clause in _clauses(query.where):
        if clause.field in USER_FIELDS or (clause.field == "type" and "user" in clause.values):
            raise Refusal(400, f"The field '{clause.field}' is not supported here. Use /search/user.")


def _clauses(tree: Any) -> list[Clause]:
    if isinstance(tree, Clause):
        return [tree]
    parts = tree.parts if isinstance(tree, (Both, Either)) else (tree.part,)
    return [clause for part in parts for clause in _clauses(part)]


def _result(call: Call, content: Content, expand: Row) -> Row:
    space = call.store.space_of(content)
    excerpt = ""
    if call.get("excerpt") != "none":
        excerpt = plain_text(call.site.bodies.storage(content))[:200]
    return {
        "content": render_for(call, is_search=True).content(content, expand),
        "title": content.title,
        "excerpt": excerpt,
        "url": call.site.render.webui(content),
        "resultGlobalContainer": {"title": space.name, "displayUrl": f"/spaces/{space.key}"},
        "breadcrumbs": [],
        "entityType": "content",
        "iconCssClass": f"aui-icon content-type-{content.kind}",
        "lastModified": iso(content.modified),
        "friendlyLastModified": iso(content.modified)[:10],
        "score": 0.0,
    }


def search_users(call: Call) -> Row:
    """People by CQL. Licensed and active ones, unless the filter asks for others."""
    try:
        query = parse(call.get("cql"))
    except CqlError as error:
        raise Refusal(400, str(error)) from error
    clauses = _clauses(query.where)
    if any(clause.field not in ("type", *USER_FIELDS) for clause in clauses):
        raise Refusal(400, "Only user fields are supported here.")
    kind = call.get("sitePermissionTypeFilter", "none")
    users = [user for user in call.store.users.values() if _is_shown(call, user, kind) and _fits(clauses, user)]
    page = offset_page(
        call,
        users[:MOST_USERS],
        lambda user: _user_result(call, user),
        most=200,
        links_next=call.switches.user_search_links_next,
    )
    return {**page, "totalSize": len(users), "cqlQuery": call.get("cql"), "searchDuration": 1}


def _is_shown(call: Call, user: User, kind: str) -> bool:
    if user.status != "active":
        return False
    if kind == "all":
        return True
    if kind == "externalCollaborator":
        return user.is_guest
    return LICENSED in call.site.door.as_user(user).classes


def _fits(clauses: list[Clause], user: User) -> bool:
    for clause in clauses:
        values = [str(value) for value in clause.values]
        if clause.field == "type":
            fits = "user" in values
        elif clause.field == "user.fullname":
            name = user.display_name.lower()
            fits = any(value.lower().strip("*") in name for value in values)
        else:
            fits = user.account_id in values
        if fits is (clause.operator in ("!=", "not in", "!~")):
            return False
    return True


def _user_result(call: Call, user: User) -> Row:
    return {
        "user": render_for(call).user(user.account_id),
        "title": user.display_name,
        "excerpt": "",
        "url": f"/people/{user.account_id}",
        "breadcrumbs": [],
        "entityType": "user",
        "iconCssClass": "aui-icon content-type-profile",
        "lastModified": iso(call.site.clock.now_ms),
        "friendlyLastModified": "",
        "score": 0.0,
    }
