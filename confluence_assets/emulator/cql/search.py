"""A search over content: candidates, test, order. Who may see what is asked of the viewer, for each row."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from confluence_assets.emulator.access.viewer import Viewer
from confluence_assets.emulator.cql.conditions import Setting, build_test
from confluence_assets.emulator.cql.syntax import Both, Clause, CqlError, Query, parse
from confluence_assets.emulator.site import Site
from confluence_assets.emulator.store.model import COMMENTS, CUSTOM, FOLDER, KINDS, NODES, Content
from confluence_assets.emulator.store.views import CONTENT_SORTS, SortKey

SORTS = {"created": "created-date", "lastmodified": "modified-date", "title": "title", "id": "id"}


@dataclass(frozen=True, slots=True)
class Found:
    """Sorted candidates, and which of them are results."""

    rows: list[Content]
    key: SortKey
    descending: bool
    admits: Callable[[Content], bool]


def parse_context(text: str | None) -> dict[str, Any]:
    """`cqlcontext`. Raises: CqlError."""
    if not text:
        return {}
    try:
        context = json.loads(text)
    except ValueError:
        raise CqlError("cqlcontext is not valid JSON.") from None
    if not isinstance(context, dict):
        raise CqlError("cqlcontext must be an object.")
    return context


def search(
    site: Site,
    viewer: Viewer,
    cql: str,
    context: dict[str, Any],
    *,
    archived_spaces: bool = False,
    current_spaces: bool = True,
) -> Found:
    """Everything that fits and that the viewer may read, in order. Raises: CqlError."""
    query = parse(cql)
    zone_name = site.switches.instance_time_zone
    if site.switches.cql_time_zone == "user" and viewer.user is not None:
        zone_name = viewer.user.time_zone
    setting = Setting(site.store, site.bodies, site.clock.now_ms, ZoneInfo(zone_name), viewer.account_id)
    test = build_test(query.where, setting)
    statuses = frozenset(context.get("contentStatuses") or ("current",)) - {"trashed", "draft", "deleted", "historical"}
    store, seen, reads = site.store, site.index.seen, viewer.reads

    def admits(content: Content) -> bool:
        known = seen(content)
        if known is None or not test(known):
            return False
        root = store.root_of(content)
        if known.content.status not in statuses or root.status not in statuses or content.status == "trashed":
            return False
        is_archived = store.spaces[root.space_id].status == "archived"
        return (archived_spaces if is_archived else current_spaces) and reads(content)

    sort, descending = _order(query)
    return Found(_candidates(site, query, sort), CONTENT_SORTS[sort], descending, admits)


def _order(query: Query) -> tuple[str, bool]:
    """The first field decides; ids break ties."""
    for field, _ in query.order:
        if field not in SORTS:
            raise CqlError(f"Sorting by the field '{field}' is not supported.")
    if not query.order:
        return "id", False
    field, descending = query.order[0]
    return SORTS[field], descending


def _candidates(site: Site, query: Query, sort: str) -> list[Content]:
    """A list that holds every possible result, narrowed by what must hold: ids, types, one space."""
    musts = query.where.parts if isinstance(query.where, Both) else (query.where,)
    kinds, space_id = _kinds(site), None
    for must in musts:
        if not isinstance(must, Clause) or must.operator not in ("=", "in"):
            continue
        names = [value for value in must.values if isinstance(value, str)]
        if len(names) != len(must.values):
            continue
        if must.field in ("id", "content"):
            return _by_ids(site, names, kinds, sort)
        if must.field == "type":
            wanted = {name.lower() for name in names}
            kinds = tuple(
                kind for kind in kinds if _type_of(kind) in wanted or (kind == CUSTOM and any(":" in n for n in wanted))
            )
        elif must.field in ("space", "space.key") and len(names) == 1:
            space = site.store.space_by_key(names[0])
            space_id = space.id if space else space_id
    return site.store.views.contents(kinds, space_id, sort)


def _by_ids(site: Site, names: list[str], kinds: tuple[str, ...], sort: str) -> list[Content]:
    numbers = {int(name.removeprefix("att")) for name in names if name.removeprefix("att").isdigit()}
    found = (site.store.contents.get(number) for number in numbers)
    rows = [row for row in found if row is not None and row.kind in kinds]
    return sorted(rows, key=CONTENT_SORTS[sort])


def _type_of(kind: str) -> str:
    return "comment" if kind in COMMENTS else kind


def _kinds(site: Site) -> tuple[str, ...]:
    form = site.switches.cql_finds_nodes
    left_out = () if form == "all" else tuple(kind for kind in NODES if form == "none" or kind != FOLDER)
    return tuple(kind for kind in KINDS if kind not in left_out)
