"""Why rows that a complete listing no longer holds have left, and which of them must stay.

Nothing is removed because something could not be read: a lookup that fails keeps the rows and fails the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from confluence_assets.errors import ConfluenceAssetsError, NotFoundError, RemovalHeldError
from confluence_assets.sync.changes import CONTENT_TYPE_OF
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.walks import ID_COLUMNS
from confluence_assets.tables import NODE_TABLES, Row

MOVED = "moved"
TRASHED = "trashed"
GONE = "gone"
OUT_OF_SCOPE = "out_of_scope"

_ALL_STATUSES = {
    "pages": ("current", "archived", "trashed", "deleted"),
    "blogposts": ("current", "trashed", "deleted"),
}
"""Statuses that the lists of pages and of blog posts can be asked for."""
_SMALL_TABLE = 20
"""Tables with fewer rows than this are exempt from `removal_limit`: half of three rows is no disaster."""


@dataclass(slots=True)
class Verdict:
    """For each id that is missing from a listing: why it left. An id without a reason stays."""

    reasons: dict[str, str] = field(default_factory=dict)
    still_there: set[str] = field(default_factory=set)


def judge(
    ctx: RunContext, table: str, missing: Mapping[str, Row], arrived: Mapping[str, str], lost_spaces: Mapping[str, str]
) -> Verdict:
    """Reasons for the rows (by id) that are missing from a table.

    `arrived` are ids that came up in another space in this run; `lost_spaces` are spaces that left, with the reason.
    """
    verdict = Verdict()
    open_ids: list[str] = []
    for content_id, row in missing.items():
        if row.get("container_id") in ctx.kept_content:
            verdict.still_there.add(content_id)
            continue
        reason = _known_reason(ctx, row, content_id in arrived, lost_spaces)
        if reason is None:
            open_ids.append(content_id)
        else:
            verdict.reasons[content_id] = reason
    if open_ids:
        with ctx.charged(table):
            try:
                _look_up(ctx, table, open_ids, verdict)
            except ConfluenceAssetsError as error:
                ctx.book.fail(table, "", error)
    return verdict


def _known_reason(ctx: RunContext, row: Row, has_arrived: bool, lost_spaces: Mapping[str, str]) -> str | None:
    if has_arrived:
        return MOVED
    if row["space_key"] in lost_spaces and lost_spaces[row["space_key"]] == OUT_OF_SCOPE:
        return OUT_OF_SCOPE
    holder = row.get("container_id")
    return ctx.removed_content.get(holder) if holder else None


def _look_up(ctx: RunContext, table: str, ids: list[str], verdict: Verdict) -> None:
    if table in ("pages", "blogposts"):
        _look_up_statuses(ctx, table, ids, verdict)
    elif table in NODE_TABLES.values():
        for node_id in ids:
            _look_up_node(ctx, CONTENT_TYPE_OF[table], node_id, verdict)
    elif table in ("comments", "attachments"):
        types = ctx.source.get_content_types(ids)
        for content_id in ids:
            # A complete listing in a stable order did not hold it. What still exists lies in the trash.
            verdict.reasons[content_id] = TRASHED if types.get(content_id) else GONE
    else:
        verdict.reasons.update(dict.fromkeys(ids, GONE))


def _look_up_statuses(ctx: RunContext, table: str, ids: list[str], verdict: Verdict) -> None:
    get_rows = ctx.source.get_pages if table == "pages" else ctx.source.get_blogposts
    id_column = ID_COLUMNS[table]
    found = {row[id_column]: row for row in get_rows(ids, bodies=False, statuses=_ALL_STATUSES[table])}
    chosen = set(ctx.selection.keys)
    for content_id in ids:
        row = found.get(content_id)
        if row is None:
            verdict.reasons[content_id] = GONE
        elif row["status"] not in ("current", "archived"):
            verdict.reasons[content_id] = TRASHED
        elif row["space_key"] in chosen:
            verdict.still_there.add(content_id)
        else:
            verdict.reasons[content_id] = OUT_OF_SCOPE


def _look_up_node(ctx: RunContext, content_type: str, node_id: str, verdict: Verdict) -> None:
    try:
        row = ctx.source.get_node(content_type, node_id)
    except NotFoundError:
        verdict.reasons[node_id] = GONE
        return
    if row.get("status") in (None, "current", "archived"):
        verdict.still_there.add(node_id)
    else:
        verdict.reasons[node_id] = TRASHED


def exceeds_removal_limit(ctx: RunContext, removed: int, held: int) -> bool:
    """Whether so large a share of a space's rows would leave that a person has to look first."""
    if ctx.request.allow_removals or held < _SMALL_TABLE:
        return False
    return removed > ctx.site.options.removal_limit * held


def held_error(ctx: RunContext, table: str, space_key: str, removed: int, held: int) -> RemovalHeldError:
    """The error that says what was held back, and how to let it pass."""
    limit = f"{ctx.site.options.removal_limit:.0%}"
    return RemovalHeldError(
        f"{removed} of {held} rows of {table} in space {space_key} would be removed, more than removal_limit ({limit}) allows.",
        hint="They were kept. If the site is right, run once with --allow-removals (run configuration: allow_removals).",
    )
