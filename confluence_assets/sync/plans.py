"""What is to be committed of each table: which missing rows stay, which leave, and which leave only when all has arrived.

Nothing is written here. A space is looked at twice: first at the keys that are missing, for which reasons must be found,
then at its changes, which are told one by one; so that no table is ever held in memory.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from confluence_assets.lake import Change
from confluence_assets.sync.book import is_failure
from confluence_assets.sync.changes import CONTENT_TYPE_OF, ChangeLog
from confluence_assets.sync.context import RunContext
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
from confluence_assets.sync.switched_off import switched_off
from confluence_assets.sync.walks import DETAIL_TABLES
from confluence_assets.tables import NODE_TABLES, TABLES, Grain, Origin, Row

BEFORE_OTHERS = (
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
PERMISSION_TABLES = ("space_permissions", "space_role_assignments")
ACCESS_TABLES = ("content_restrictions", *PERMISSION_TABLES)
"""Committed before contents where they shut, after them where they open: who may read a page is known before the page is."""
TREE = ("pages", "blogposts", *NODE_TABLES.values())
"""Tables whose rows stand below one another, and so below each other's restrictions."""
_GROUPED = ("content_labels", "content_restrictions")
_OF_MISSING = (
    "space_key", "container_id", "container_type", "comment_type", "type", "page_id", "blogpost_id", "content_id", "key",
)  # fmt: skip
"""What a verdict on a missing row needs to know of it."""

Key = tuple[Any, ...]


@dataclass(slots=True)
class TablePlan:
    """What is to be committed of one table: the spaces, and in each the missing keys that stay.

    `leaves_last` are those that leave only once everything else is written; `stays` is the rule of a partial listing, in
    whose place `keep` has no say; `changed` are the spaces in which anything changes.
    """

    table: str
    spaces: list[str] = field(default_factory=list)
    keep: dict[str, set[Key]] = field(default_factory=dict)
    leaves_last: dict[str, set[Key]] = field(default_factory=dict)
    stays: dict[str, Callable[[Key], bool]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)


def plan_tables(ctx: RunContext, log: ChangeLog) -> list[TablePlan]:
    """Plans for all space tables of the run, in the order in which they are committed; their changes go into the log."""
    off = switched_off(ctx)
    wanted = [
        table.name
        for table in TABLES
        if table.grain is Grain.SPACE
        and table.origin is Origin.FETCHED
        and (table.name in ctx.walked or table.name in off or ctx.has_lost_rows(table.name))
    ]
    streamed = [_plan_partial(ctx, name, log) for name in _in_order(wanted)] if ctx.is_partial else []
    if ctx.is_partial and not ctx.lost_spaces:
        return streamed
    plans = {name: _plan_content(ctx, name, log) for name in BEFORE_OTHERS if name in wanted}
    for name in wanted:
        if name not in plans:
            plans[name] = _plan_other(ctx, name, log)
    _keep_spaces(ctx, plans.values())
    if ctx.out_of_scope:
        said = ", ".join(f"{count} of {table}" for table, count in ctx.out_of_scope.items())
        ctx.book.note(f"Rows leave because the filters leave them out now: {said}.")
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
    # Tasks that come out of bodies are read again as long as their page has not been written: so they are written before it.
    early = (*ACCESS_TABLES, "tasks")
    named = list(tables)
    return [*(name for name in early if name in named), *(name for name in named if name not in early)]


def _spaces_of(ctx: RunContext, table: str) -> list[str]:
    """Spaces whose listing of this table came to its end, and those that leave. What a stream showed proves no absence."""
    if table not in ctx.site.options.tables():
        return [key for key in ctx.lake.partitions(table) if key in (*ctx.selection.keys, *ctx.lost_spaces)]
    is_listed = table in ctx.walked and not ctx.is_partial
    # Where a listing of access broke: what is known to be unknown must close the content that it is about all the same.
    chosen = ctx.selection.keys if is_listed else ()
    listed = [key for key in chosen if table in ACCESS_TABLES or ctx.book.error_of(table, key) is None]
    return [*listed, *ctx.lost_spaces]


def _plan_content(ctx: RunContext, table: str, log: ChangeLog) -> TablePlan:
    plan = TablePlan(table, _spaces_of(ctx, table))
    missing_by_space: dict[str, list[Key]] = {}
    missing: dict[str, Row] = {}
    for key in plan.spaces:
        if key not in ctx.known_spaces:
            continue
        diff = ctx.stage(table).diff(key)
        if not diff.is_empty:
            plan.changed.add(key)
        if diff.missing:
            rows = _missing_rows(ctx, table, key)
            missing_by_space[key] = list(rows)
            missing |= {str(one[0]): {**row, "space_key": key} for one, row in rows.items()}
    arrived = _arrivals(ctx, plan, missing)
    verdict = judge(ctx, table, missing, arrived, ctx.lost_spaces)
    for key, gone in missing_by_space.items():
        _settle_space(ctx, plan, key, gone, verdict)
    for key in plan.spaces:
        if key in plan.changed:
            _tell_contents(ctx, plan, key, missing, verdict, log)
    return plan


def _missing_rows(ctx: RunContext, table: str, key: str) -> dict[Key, Row]:
    """What a verdict needs of the rows of a space that its listing does not hold, by key."""
    stage = ctx.stage(table)
    columns = [name for name in _OF_MISSING if name in stage.layout.light]
    return {change.key: change.old for change in stage.iter_changes(key, columns) if change.new is None and change.old}


def _arrivals(ctx: RunContext, plan: TablePlan, missing: dict[str, Row]) -> dict[str, str]:
    """Of the missing ids, those that stand in another space now; maybe since a run that was killed before they left here."""
    arrived: dict[str, str] = {}
    if not missing:
        return arrived
    for key in plan.spaces:
        for content_id in ctx.stage(plan.table).iter_ids(key):
            if content_id in missing and missing[content_id]["space_key"] != key:
                arrived[content_id] = key
    return arrived


def _settle_space(ctx: RunContext, plan: TablePlan, key: str, gone: list[Key], verdict: Verdict) -> None:
    """Which missing keys of one space stay; holds a mass removal."""
    leaving = [one for one in gone if verdict.reasons.get(str(one[0])) not in (None, MOVED, OUT_OF_SCOPE)]
    if _is_held(ctx, plan.table, key, len(leaving)):
        for one in leaving:
            verdict.reasons.pop(str(one[0]))
    plan.keep[key] = {one for one in gone if str(one[0]) not in verdict.reasons}
    plan.leaves_last[key] = {one for one in gone if verdict.reasons.get(str(one[0])) == MOVED}
    ctx.kept_content |= {str(one[0]) for one in plan.keep[key]}
    for one in gone:
        if reason := verdict.reasons.get(str(one[0])):
            ctx.removed_content[str(one[0])] = reason
            if reason == OUT_OF_SCOPE:
                ctx.out_of_scope[plan.table] += 1


def _is_held(ctx: RunContext, table: str, key: str, leaving: int) -> bool:
    """Whether more would leave than may without a person's word; says so."""
    held = ctx.lake.count_rows(table, key)
    if (
        key in ctx.lost_spaces
        or table not in ctx.site.options.tables()
        or not exceeds_removal_limit(ctx, leaving, held)
    ):
        return False
    ctx.book.fail(table, key, held_error(ctx, table, key, leaving, held))
    return True


def _tell_contents(
    ctx: RunContext, plan: TablePlan, key: str, missing: dict[str, Row], verdict: Verdict, log: ChangeLog
) -> None:
    with log.of(plan.table, key, _generation(ctx, plan.table, key)) as tell:
        for change in ctx.stage(plan.table).iter_changes(key):
            content_id = str(change.key[0])
            reason = verdict.reasons.get(content_id)
            if change.new is not None:
                has_moved = change.old is None and content_id in missing
                tell.content(change, None, missing[content_id]["space_key"] if has_moved else None)
            elif reason:
                tell.content(change, reason)


def _plan_other(ctx: RunContext, table: str, log: ChangeLog) -> TablePlan:
    plan = TablePlan(table, _spaces_of(ctx, table))
    for key in plan.spaces:
        if key in ctx.known_spaces and not (diff := ctx.stage(table).diff(key)).is_empty:
            plan.changed.add(key)
            _settle_missing(ctx, plan, key, _missing_rows(ctx, table, key) if diff.missing else {})
            _tell_others(ctx, plan, key, log)
    return plan


def _settle_missing(ctx: RunContext, plan: TablePlan, key: str, missing: dict[Key, Row]) -> None:
    """Which rows of one space that hang on contents stay; holds a mass removal, and those that shut something for later."""
    table = plan.table
    stay = _unlisted(ctx, table, key, missing)
    stay |= {one for one, row in missing.items() if one not in stay and _stays(ctx, table, key, row)}
    leaving = missing.keys() - stay
    layers: set[Key] = set()
    if table == "content_restrictions":
        layers = _whole_layers(ctx, key, leaving)
        if is_tree_broken(ctx, key):
            # A listing that broke leaves its contents where they were: what shut them there must shut them still.
            stay |= layers
            leaving -= layers
    counted = [one for one in (layers if table == "content_restrictions" else leaving) if one in leaving]
    if table not in PERMISSION_TABLES and _is_held(ctx, table, key, _count_own(ctx, table, missing, counted)):
        stay |= set(counted)
    plan.keep[key] = stay
    plan.leaves_last[key] = layers - stay


def _whole_layers(ctx: RunContext, key: str, leaving: Iterable[Key]) -> set[Key]:
    """Of the restrictions that leave, those of contents that none of the kind is left of: without them they are open."""
    gone = set(leaving)
    if not gone:
        return gone
    left: set[Key] = set()
    for batch in ctx.stage("content_restrictions").staged_batches(key, ("content_id", "operation")):
        left.update(zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True))
    return {one for one in gone if one[:2] not in left}


def is_tree_broken(ctx: RunContext, key: str) -> bool:
    """Whether contents that the lake holds of a space may stand elsewhere by now: a listing of theirs failed."""
    if key not in ctx.known_spaces:
        return False
    errors = ((table, ctx.book.error_of(table, key)) for table in TREE)
    return any(error is not None and is_failure(table, error) for table, error in errors)


def _count_own(ctx: RunContext, table: str, missing: dict[Key, Row], leaving: Iterable[Key]) -> int:
    """How many of the rows leave for reasons of their own: not with their content, and not by the owner's choice."""
    wanted = ctx.property_keys if table == "content_properties" else None
    return sum(
        _holder(missing[one]) not in ctx.removed_content and (wanted is None or missing[one]["key"] in wanted)
        for one in leaving
    )


def _holder(row: Row) -> str:
    return str(row.get("content_id") or row.get("page_id") or row.get("blogpost_id"))


def _tell_others(ctx: RunContext, plan: TablePlan, key: str, log: ChangeLog) -> None:
    is_off = plan.table not in ctx.site.options.tables()
    if plan.table not in CONTENT_TYPE_OF and (is_off or plan.table not in _GROUPED):
        return
    with log.of(plan.table, key, _generation(ctx, plan.table, key)) as tell:
        for change in ctx.stage(plan.table).iter_changes(key):
            if change.new is None and change.key in plan.keep[key]:
                continue
            is_out = is_off or _is_left_out(ctx, change)
            if plan.table in CONTENT_TYPE_OF:
                tell.content(change, None if change.new is not None else OUT_OF_SCOPE if is_out else "gone")
            elif not is_out:
                tell.grouped(change)


def _is_left_out(ctx: RunContext, change: Change) -> bool:
    """Whether a row left with a content that the filters leave out."""
    return change.old is not None and ctx.removed_content.get(_holder(change.old)) == OUT_OF_SCOPE


def _unlisted(ctx: RunContext, table: str, key: str, missing: dict[Key, Row]) -> set[Key]:
    """Of the rows that a listing did not hold, those that a second question finds."""
    if not missing or key in ctx.lost_spaces:
        return set()
    if table not in ctx.site.options.tables():
        return set()
    if table == "tasks":
        rows = {str(one[0]): row for one, row in missing.items()}
        return {(task_id,) for task_id in tasks_still_there(ctx, key, rows)}
    if table in PERMISSION_TABLES:
        space = next(space_ref(row) for row in ctx.selection.chosen if row["space_key"] == key)
        keys = listed_again(ctx, table, space)
        return set(missing) if keys is None else keys & missing.keys()
    return set()


def _plan_partial(ctx: RunContext, table: str, log: ChangeLog) -> TablePlan:
    """What a change stream brought: nothing is missing but what it found in another space, or read again by id."""
    touched = set(ctx.stage(table).partitions()) | (_reread_spaces(ctx) if table in DETAIL_TABLES else set())
    is_sure = table in ACCESS_TABLES  # what is known to be unknown must close the content that it is about
    spaces = [
        key for key in ctx.selection.keys if key in touched and (is_sure or ctx.book.error_of(table, key) is None)
    ]
    # Where the stream broke, what it found elsewhere is not written there, and so must not leave.
    departed = ctx.departed.get(table, {}) if ctx.book.error_of(table, "") is None else {}
    plan = TablePlan(table, [*spaces, *(key for key in departed if key not in spaces)])
    for key in plan.spaces:
        _plan_streamed_space(ctx, plan, key, departed, log)
    return plan


def _plan_streamed_space(
    ctx: RunContext, plan: TablePlan, key: str, departed: dict[str, set[tuple[str, ...]]], log: ChangeLog
) -> None:
    table, stage = plan.table, ctx.stage(plan.table)
    left = departed.get(key, set())
    reread = ctx.findings.detailed if table in DETAIL_TABLES else {}
    plan.stays[key] = lambda one: one not in left and one[0] not in reread
    plan.leaves_last[key] = set(left)
    if table == "tasks":
        # A task that left its body leaves before the body is written, or nobody would look for it again.
        elsewhere = {one for there in stage.partitions() if left and there != key for one in stage.iter_ids(there)}
        plan.leaves_last[key] = {one for one in left if one[0] in elsewhere}
    if table == "content_restrictions" and reread:
        missing = {change.key for change in stage.iter_changes(key) if change.new is None and change.key[0] in reread}
        plan.leaves_last[key] = _whole_layers(ctx, key, missing)
    came_from = {one: old_key for old_key, keys in departed.items() for one in keys}
    has_changed = bool(plan.leaves_last[key])
    with log.of(table, key, _generation(ctx, table, key)) as tell:
        for change in stage.iter_changes(key, missing=bool(reread)):
            if change.new is None and change.key[0] not in reread:
                continue
            has_changed = True
            if table in _GROUPED:
                tell.grouped(change)
            elif table in CONTENT_TYPE_OF:
                tell.content(change, None, came_from.get(change.key))
    if has_changed:
        plan.changed.add(key)


def _generation(ctx: RunContext, table: str, key: str) -> str:
    meta = ctx.lake.read_meta(table, key)
    return meta.generation if meta is not None else ""


def _reread_spaces(ctx: RunContext) -> set[str]:
    return {ctx.findings.space_of[one] for one in ctx.findings.detailed if one in ctx.findings.space_of}


def _stays(ctx: RunContext, table: str, space_key: str, row: Row) -> bool:
    """Whether a row that hangs on a content stays although it was not listed."""
    if table not in ctx.site.options.tables():
        return False
    if space_key in ctx.lost_spaces:
        # Without its restrictions, what stays in a lost space would be open to all.
        return table in DETAIL_TABLES and row["content_id"] in ctx.kept_content
    if table in DETAIL_TABLES:
        return _detail_stays(ctx, table, space_key, row["content_id"])
    if table in PERMISSION_TABLES:
        return ctx.book.error_of(table, space_key) is not None
    if table in ("content_versions", "content_likes"):
        content_id = row["content_id"]
        if content_id in ctx.left_out or ctx.removed_content.get(content_id) == OUT_OF_SCOPE:
            return False
        return content_id in ctx.kept_content or (
            ctx.findings.space_of.get(content_id) == space_key and content_id not in ctx.findings.reread[table]
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
    return any(ctx.book.error_of(holder, space_key) is not None for holder in BEFORE_OTHERS)
