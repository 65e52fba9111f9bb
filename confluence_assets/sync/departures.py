"""Why rows that a complete listing no longer holds have left, and which of them must stay.

Nothing is removed because something could not be read: a lookup that fails keeps the rows and fails the table. Nor is it
because a listing ended early and looked complete: what vanished is asked for by its id, or listed a second time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from confluence_assets.api.source import SpaceRef
from confluence_assets.errors import ConfluenceAssetsError, NotFoundError, RemovalHeldError
from confluence_assets.sync.changes import CONTENT_TYPE_OF
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.walks import ID_COLUMNS
from confluence_assets.tables import NODE_TABLES, TABLES_BY_NAME, Row, key_of

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
_FEW_FILES = 20
"""So many files are asked for one by one; of more, the search index says first which to ask."""


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
    rules = ctx.rules
    for content_id, row in missing.items():
        if content_id in ctx.left_out or table not in ctx.site.options.tables() or rules.leaves_out_kind(table, row):
            verdict.reasons[content_id] = OUT_OF_SCOPE
            continue
        if row.get("container_id") in ctx.kept_content or _is_awaited(ctx, table, row):
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
                _look_up(ctx, table, {content_id: missing[content_id] for content_id in open_ids}, verdict)
            except ConfluenceAssetsError as error:
                ctx.book.fail(table, "", error)
    return verdict


def _known_reason(ctx: RunContext, row: Row, has_arrived: bool, lost_spaces: Mapping[str, str]) -> str | None:
    if has_arrived:
        return MOVED
    if row["space_key"] in lost_spaces and lost_spaces[row["space_key"]] == OUT_OF_SCOPE:
        return OUT_OF_SCOPE
    reason = ctx.removed_content.get(row.get("container_id") or "")
    # What did not move with its container is asked for by its id.
    return None if reason == MOVED else reason


def _is_awaited(ctx: RunContext, table: str, row: Row) -> bool:
    """Whether what the row hangs on moved to a space whose listing of this table failed: there it could not be seen."""
    holder = row.get("container_id") or ""
    if ctx.removed_content.get(holder) != MOVED:
        return False
    return ctx.book.error_of(table, ctx.findings.space_of.get(holder, "")) is not None


def _look_up(ctx: RunContext, table: str, missing: Mapping[str, Row], verdict: Verdict) -> None:
    ids = list(missing)
    if table in ("pages", "blogposts"):
        _look_up_statuses(ctx, table, ids, verdict)
    elif table in NODE_TABLES.values():
        for node_id in ids:
            _look_up_node(ctx, CONTENT_TYPE_OF[table], missing[node_id], node_id, verdict)
    elif table in ("comments", "attachments"):
        _look_up_hanging(ctx, table, missing, verdict)
    else:
        _look_up_custom(ctx, missing, verdict)


def _look_up_hanging(ctx: RunContext, table: str, missing: Mapping[str, Row], verdict: Verdict) -> None:
    """Comments and files. What exists on a content that is there was left out by the listing, or is a file in the trash."""
    types = ctx.source.get_content_types(list(missing))
    existing: set[str] = set()
    for content_id, row in missing.items():
        if not types.get(content_id):
            verdict.reasons[content_id] = GONE
        elif row["container_id"] in ctx.findings.space_of:
            existing.add(content_id)
        else:
            verdict.reasons[content_id] = TRASHED
    # Comments have no trash.
    listed = _listed_files(ctx, existing) if table == "attachments" else existing
    verdict.still_there |= listed
    verdict.reasons.update(dict.fromkeys(existing - listed, TRASHED))


def _listed_files(ctx: RunContext, ids: set[str]) -> set[str]:
    """Those of these files that are not in the trash."""
    asked = ids
    if len(ids) > _FEW_FILES:
        asked = ids & {details.content_id for details in ctx.source.get_details(sorted(ids))}
    return {one for one in asked if ctx.source.get_attachment_status(one) in ("current", "archived")}


def _look_up_custom(ctx: RunContext, missing: Mapping[str, Row], verdict: Verdict) -> None:
    by_type: dict[str, list[str]] = {}
    for content_id, row in missing.items():
        by_type.setdefault(row["type"], []).append(content_id)
    for content_type, ids in by_type.items():
        if content_type in ctx.site.options.custom_content_types:
            for row in ctx.source.get_custom_content(content_type, ids):
                is_ours = row["space_key"] is None or row["space_key"] in ctx.selection.keys
                if is_ours:
                    verdict.still_there.add(row["custom_content_id"])
                else:
                    verdict.reasons[row["custom_content_id"]] = OUT_OF_SCOPE
    for content_id in missing.keys() - verdict.still_there:
        verdict.reasons.setdefault(content_id, GONE)


def tasks_still_there(ctx: RunContext, space_key: str, missing: Mapping[str, Row]) -> set[str]:
    """Of a space's tasks that no listing held, those that are there all the same; all where that can't be told."""
    gone = {one for one, row in missing.items() if (row["page_id"] or row["blogpost_id"]) in ctx.removed_content}
    kept = {one for one, row in missing.items() if (row["page_id"] or row["blogpost_id"]) in ctx.kept_content}
    asked = [one for one in missing if one not in gone and one not in kept]
    with ctx.charged("tasks"):
        try:
            found = ctx.source.get_tasks(asked) if asked else []
            return kept | {row["task_id"] for row in found if row["space_key"] in (None, space_key)}
        except ConfluenceAssetsError as error:
            ctx.book.fail("tasks", "", error)
            return set(missing) - gone


def listed_again(ctx: RunContext, table: str, space: SpaceRef) -> set[tuple[Any, ...]] | None:
    """Keys of a space's permissions or roles, asked a second time because some had vanished; None where that failed."""
    is_permissions = table == "space_permissions"
    list_rows = ctx.source.iter_space_permissions if is_permissions else ctx.source.iter_role_assignments
    with ctx.charged(table, space.key):
        try:
            return {key_of(TABLES_BY_NAME[table], row) for rows in list_rows(space) for row in rows}
        except ConfluenceAssetsError as error:
            ctx.book.fail(table, space.key, error)
            return None


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


def _look_up_node(ctx: RunContext, content_type: str, old: Row, node_id: str, verdict: Verdict) -> None:
    try:
        row = ctx.source.get_node(content_type, node_id)
    except NotFoundError:
        if node_id in ctx.findings.nodes:
            # The index names it to us at this very moment: two answers that can't both be right prove nothing.
            verdict.still_there.add(node_id)
        else:
            verdict.reasons[node_id] = GONE
        return
    if row.get("status") in (None, "current", "archived"):
        if old["space_key"] in ctx.lost_spaces and not ctx.is_partial:
            # It moved to where no listing shows nodes: a space that is archived.
            verdict.reasons[node_id] = MOVED
        else:
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
