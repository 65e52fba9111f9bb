"""From stages to the lake: what changed is recorded, what left is explained, then each table of each space is committed.

Planning comes first for all tables, committing after it, so that nothing is written before everything is known. A row
that moves between spaces is written where it arrives before it leaves where it was.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from confluence_assets.lake import Change, CommitResult
from confluence_assets.sync.changes import CONTENT_TYPE_OF, ChangeLog
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.contract import TableOutcome
from confluence_assets.sync.departures import (
    MOVED,
    OUT_OF_SCOPE,
    Verdict,
    exceeds_removal_limit,
    held_error,
    judge,
    listed_again,
    tasks_still_there,
)
from confluence_assets.sync.scope import space_ref
from confluence_assets.sync.walks import DETAIL_TABLES
from confluence_assets.tables import TABLES, Grain, Origin, Row

_BEFORE_OTHERS = (
    "pages",
    "blogposts",
    "custom_content",
    "folders",
    "whiteboards",
    "databases",
    "embeds",
    "attachments",
    "comments",
)
"""Planned in this order: what holds others comes before what hangs on it."""
_COMMIT_FIRST = ("content_restrictions", "space_permissions", "space_role_assignments")
"""Committed before contents: who may read a page is known before the page is."""

Key = tuple[Any, ...]


@dataclass(slots=True)
class TablePlan:
    """What is to be committed of one table: the spaces, and in each the missing keys that stay or that moved away.

    `stays` is the rule of a partial listing, in whose place `keep` has no say.
    """

    table: str
    spaces: list[str] = field(default_factory=list)
    keep: dict[str, set[Key]] = field(default_factory=dict)
    moved_away: dict[str, set[Key]] = field(default_factory=dict)
    stays: dict[str, Callable[[Key], bool]] = field(default_factory=dict)


def plan_tables(ctx: RunContext, log: ChangeLog) -> list[TablePlan]:
    """Plans for all space tables of the run, in the order in which they are committed; their changes go into the log."""
    wanted = [
        table.name
        for table in TABLES
        if table.grain is Grain.SPACE
        and table.origin is Origin.FETCHED
        and (table.name in ctx.walked or ctx.has_lost_rows(table.name))
    ]
    streamed = [_plan_partial(ctx, name, log) for name in _in_order(wanted)] if ctx.is_partial else []
    if ctx.is_partial and not ctx.lost_spaces:
        return streamed
    plans = {name: _plan_content(ctx, name, log) for name in _BEFORE_OTHERS if name in wanted}
    for name in wanted:
        if name not in plans:
            plans[name] = _plan_other(ctx, name, log)
    _keep_spaces(ctx, plans.values())
    return [*streamed, *(plans[name] for name in _in_order(plans))]


def _keep_spaces(ctx: RunContext, plans: Iterable[TablePlan]) -> None:
    """A space that is lost stays while something stays in it: what moved away and was not yet seen where it is now."""
    kept = {key for plan in plans for key in ctx.lost_spaces if plan.keep.get(key)}
    if not kept:
        return
    ids = {row["space_id"] for rows in ctx.lake.iter_rows("spaces") for row in rows if row["space_key"] in kept}
    ctx.lost_space_ids -= ids
    for key in kept:
        del ctx.lost_spaces[key]


def _in_order(tables: Iterable[str]) -> list[str]:
    named = list(tables)
    return [*(name for name in _COMMIT_FIRST if name in named), *(name for name in named if name not in _COMMIT_FIRST)]


def _spaces_of(ctx: RunContext, table: str) -> list[str]:
    """Spaces whose listing of this table came to its end, and those that leave. What a stream showed proves no absence."""
    is_listed = table in ctx.walked and not ctx.is_partial
    # Where a listing of access broke: what is known to be unknown must close the content that it is about all the same.
    chosen = ctx.selection.keys if is_listed else ()
    listed = [key for key in chosen if table in _COMMIT_FIRST or ctx.book.error_of(table, key) is None]
    return [*listed, *ctx.lost_spaces]


def _plan_content(ctx: RunContext, table: str, log: ChangeLog) -> TablePlan:
    plan = TablePlan(table, _spaces_of(ctx, table))
    stage = ctx.stage(table)
    changes: dict[str, list[Change]] = {}
    missing: dict[str, Row] = {}
    for key in plan.spaces:
        if key in ctx.known_spaces:
            changes[key] = list(stage.iter_changes(key))
            missing |= {
                str(change.key[0]): _with_space(change.old, key)
                for change in changes[key]
                if change.new is None and change.old
            }
    arrived = _arrivals(ctx, plan, changes, missing)
    verdict = judge(ctx, table, missing, arrived, ctx.lost_spaces)
    for key, found in changes.items():
        _settle_space(ctx, plan, key, found, verdict)
        for change in found:
            content_id = str(change.key[0])
            if change.new is not None or verdict.reasons.get(content_id):
                moved_from = missing[content_id]["space_key"] if change.old is None and content_id in missing else None
                log.add(table, key, change, verdict.reasons.get(content_id), moved_from)
    return plan


def _with_space(row: Row, space_key: str) -> Row:
    return {**row, "space_key": space_key}


def _arrivals(
    ctx: RunContext, plan: TablePlan, changes: Mapping[str, list[Change]], missing: Mapping[str, Row]
) -> dict[str, str]:
    """Of the missing ids, those that came up in another space."""
    arrived: dict[str, str] = {}
    if not missing:
        return arrived
    for key in plan.spaces:
        for change in changes.get(key) or ctx.stage(plan.table).iter_changes(key):
            if change.old is None and str(change.key[0]) in missing:
                arrived[str(change.key[0])] = key
    return arrived


def _settle_space(ctx: RunContext, plan: TablePlan, key: str, changes: list[Change], verdict: Verdict) -> None:
    """Which missing keys of one space stay; holds a mass removal."""
    gone = [change.key for change in changes if change.new is None]
    leaving = [one for one in gone if verdict.reasons.get(str(one[0])) not in (None, MOVED, OUT_OF_SCOPE)]
    held = ctx.lake.count_rows(plan.table, key)
    if key not in ctx.lost_spaces and exceeds_removal_limit(ctx, len(leaving), held):
        ctx.book.fail(plan.table, key, held_error(ctx, plan.table, key, len(leaving), held))
        for one in leaving:
            verdict.reasons.pop(str(one[0]))
    plan.keep[key] = {one for one in gone if str(one[0]) not in verdict.reasons}
    plan.moved_away[key] = {one for one in gone if verdict.reasons.get(str(one[0])) == MOVED}
    ctx.kept_content |= {str(one[0]) for one in plan.keep[key]}
    for one in gone:
        if reason := verdict.reasons.get(str(one[0])):
            ctx.removed_content[str(one[0])] = reason


def _plan_other(ctx: RunContext, table: str, log: ChangeLog) -> TablePlan:
    plan = TablePlan(table, _spaces_of(ctx, table))
    stage = ctx.stage(table)
    for key in plan.spaces:
        if key not in ctx.known_spaces:
            continue
        keep: set[Key] = set()
        changes = list(stage.iter_changes(key))
        unlisted = _unlisted(ctx, table, key, [change for change in changes if change.new is None])
        for change in changes:
            if (
                change.new is None
                and change.old is not None
                and (change.key in unlisted or _stays(ctx, table, key, change.old))
            ):
                keep.add(change.key)
            elif table in ("content_labels", "content_restrictions"):
                log.group(table, key, change)
            elif table in CONTENT_TYPE_OF:
                log.add(table, key, change, "gone" if change.new is None else None)
        plan.keep[key] = keep
    return plan


def _unlisted(ctx: RunContext, table: str, key: str, missing: list[Change]) -> set[Key]:
    """Of the rows that a listing did not hold, those that a second question finds."""
    if not missing or key in ctx.lost_spaces:
        return set()
    if table == "tasks":
        rows = {str(change.key[0]): change.old for change in missing if change.old}
        return {(task_id,) for task_id in tasks_still_there(ctx, key, rows)}
    if table in ("space_permissions", "space_role_assignments"):
        space = next(space_ref(row) for row in ctx.selection.chosen if row["space_key"] == key)
        keys = listed_again(ctx, table, space)
        return {change.key for change in missing} if keys is None else keys
    return set()


def _plan_partial(ctx: RunContext, table: str, log: ChangeLog) -> TablePlan:
    """What a change stream brought: nothing is missing but what it found in another space, or read again by id."""
    stage = ctx.stage(table)
    departed = ctx.departed.get(table, {})
    touched = set(stage.partitions()) | (_reread_spaces(ctx) if table in DETAIL_TABLES else set())
    is_sure = table in _COMMIT_FIRST  # what is known to be unknown must close the content that it is about
    spaces = [
        key for key in ctx.selection.keys if key in touched and (is_sure or ctx.book.error_of(table, key) is None)
    ]
    plan = TablePlan(table, [*spaces, *(key for key in departed if key not in spaces)])
    came_from = {one: key for key, keys in departed.items() for one in keys}
    for key in plan.spaces:
        left = departed.get(key, set())
        reread = ctx.findings.detailed if table in DETAIL_TABLES else {}
        plan.stays[key] = lambda one, left=left, reread=reread: one not in left and one[0] not in reread  # type: ignore[misc]
        for change in stage.iter_changes(key, missing=bool(reread)):
            if change.new is None and change.key[0] not in reread:
                continue
            if table in ("content_labels", "content_restrictions"):
                log.group(table, key, change)
            elif table in CONTENT_TYPE_OF:
                log.add(table, key, change, None, came_from.get(change.key))
    return plan


def _reread_spaces(ctx: RunContext) -> set[str]:
    return {ctx.findings.space_of[one] for one in ctx.findings.detailed if one in ctx.findings.space_of}


def _stays(ctx: RunContext, table: str, space_key: str, row: Row) -> bool:
    """Whether a row that hangs on a content stays although it was not listed."""
    if space_key in ctx.lost_spaces:
        # Without its restrictions, what stays in a lost space would be open to all.
        return table in DETAIL_TABLES and row["content_id"] in ctx.kept_content
    if table in DETAIL_TABLES:
        return _detail_stays(ctx, table, space_key, row["content_id"])
    if table in ("space_permissions", "space_role_assignments"):
        return ctx.book.error_of(table, space_key) is not None
    if table in ("content_versions", "content_likes"):
        content_id = row["content_id"]
        return content_id in ctx.kept_content or (
            content_id in ctx.findings.space_of and content_id not in ctx.findings.reread[table]
        )
    return False


def _detail_stays(ctx: RunContext, table: str, space_key: str, content_id: str) -> bool:
    found = ctx.findings
    if found.detailed.get(content_id) == space_key:
        return False
    if content_id in ctx.kept_content:
        # Read in the space that it moved to, and still here because that one's listing failed: it stays closed here, too.
        return True
    if content_id in ctx.removed_content:
        return False
    if found.space_of.get(content_id) == space_key:
        was_asked = table == "content_restrictions" and content_id in found.undetailed
        return not was_asked or ctx.book.error_of(table, space_key) is not None
    return any(ctx.book.error_of(holder, space_key) is not None for holder in _BEFORE_OTHERS)


def commit_tables(ctx: RunContext, plans: Iterable[TablePlan]) -> None:
    """Commit every plan, arrivals before departures; outcomes go into the book and to the observer."""
    space_ids = {row["space_key"]: row["space_id"] for row in ctx.selection.visible}
    for plan in plans:
        results: dict[str, CommitResult] = {}
        for key in plan.spaces:
            away = plan.moved_away.get(key, set())
            results[key] = _commit(ctx, plan, key, space_ids.get(key), away)
        for key, away in plan.moved_away.items():
            if away:
                results[key] = _sum(results[key], _commit(ctx, plan, key, space_ids.get(key), set()))
        for key in plan.spaces:
            _report(ctx, plan.table, key, results[key])


def _commit(ctx: RunContext, plan: TablePlan, key: str, space_id: str | None, also_keep: set[Key]) -> CommitResult:
    keep: Callable[[Key], bool] | set[Key] | bool = (
        plan.stays.get(key) or (plan.keep.get(key, set()) | also_keep) or False
    )
    return ctx.stage(plan.table).commit(key, keep_missing=keep, space_id=space_id, synced_at=ctx.started_at)


def _sum(first: CommitResult, second: CommitResult) -> CommitResult:
    return CommitResult(
        row_count=second.row_count,
        added=first.added + second.added,
        changed=first.changed + second.changed,
        unchanged=second.unchanged - first.added - first.changed,
        removed=first.removed + second.removed,
        path=second.path,
        generation=second.generation,
        wrote=first.wrote or second.wrote,
    )


def _report(ctx: RunContext, table: str, key: str, result: CommitResult) -> None:
    outcome = TableOutcome(
        table=table,
        space_key=key,
        row_count=result.row_count,
        added=result.added,
        changed=result.changed,
        unchanged=result.unchanged,
        removed=result.removed,
        path=result.path,
    )
    ctx.observer.on_committed(ctx.book.settle(outcome))
