"""From plans to the lake, in an order that lets nobody in too early, wherever the run may end.

First what shuts: restrictions that came, permissions that went. Then what came and changed, each space's file in one rename.
What moved away leaves after that, and what opens comes last: restrictions that were lifted, permissions that were granted.
"""

from collections.abc import Callable, Collection, Iterable

from confluence_assets.lake import CommitResult
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.contract import TableOutcome
from confluence_assets.sync.plans import PERMISSION_TABLES, Key, TablePlan, is_tree_broken


def commit_tables(ctx: RunContext, plans: Iterable[TablePlan]) -> None:
    """Commit every plan, arrivals before departures; outcomes go into the book and to the observer."""
    commit = _Commit(ctx)
    ordered = list(plans)
    for plan in ordered:
        if plan.table in PERMISSION_TABLES:
            for key in plan.spaces:
                commit.shut(plan, key)
        else:
            for key in plan.spaces:
                commit.write(plan, key, plan.leaves_last.get(key, ()))
            if not any(plan.leaves_last.values()):
                commit.report(plan)
    # Restrictions were first to come, and are last to go.
    for plan in sorted(ordered, key=lambda plan: plan.table == "content_restrictions"):
        if any(plan.leaves_last.values()):
            for key in (key for key, leaving in plan.leaves_last.items() if leaving):
                commit.write(plan, key, ())
            commit.report(plan)
    for plan in ordered:
        if plan.table in PERMISSION_TABLES:
            for key in plan.spaces:
                commit.open(plan, key)
            commit.report(plan)


class _Commit:
    """The commits of one run, and what became of each table of each space."""

    def __init__(self, ctx: RunContext) -> None:
        self._ctx = ctx
        self._space_ids = {row["space_key"]: row["space_id"] for row in ctx.selection.visible}
        self._results: dict[tuple[str, str], CommitResult] = {}
        self._waiting: set[tuple[str, str]] = set()

    def write(self, plan: TablePlan, key: str, also_keep: Collection[Key]) -> None:
        """Make what was staged of a space the committed rows, but for missing ones that stay."""
        keep: Callable[[Key], bool] | set[Key] | bool
        if key in plan.stays:
            stays = plan.stays[key]
            keep = (lambda one: one in also_keep or stays(one)) if also_keep else stays
        else:
            keep = (plan.keep.get(key, set()) | set(also_keep)) or False
        self._keep(
            plan.table,
            key,
            self._ctx.stage(plan.table).commit(
                key, keep_missing=keep, space_id=self._space_ids.get(key), synced_at=self._ctx.started_at
            ),
        )

    def shut(self, plan: TablePlan, key: str) -> None:
        """Permissions that went leave at once; those that came wait, but for the row that says that they are unknown."""
        stage = self._ctx.stage(plan.table)
        changes = list(stage.iter_changes(key))
        fresh = {change.key for change in changes if change.new is not None}
        is_unknown = any(change.new is not None and change.new["principal_type"] == "unknown" for change in changes)
        if is_unknown or not fresh:
            self.write(plan, key, ())
            return
        self._waiting.add((plan.table, key))
        keep = plan.keep.get(key, set())
        if all(change.old is None or change.key in keep for change in changes):
            return  # nothing shuts
        dropped = {change.key for change in changes} - keep
        with self._ctx.lake.stage(plan.table, run_id=self._ctx.run_id) as shutting:
            result = shutting.commit(
                key,
                keep_missing=lambda one: one not in dropped,
                space_id=self._space_ids.get(key),
                synced_at=self._ctx.started_at,
            )
        self._keep(plan.table, key, result)

    def open(self, plan: TablePlan, key: str) -> None:
        """Permissions that came, unless the contents of the space may stand where they do not stand any more."""
        if (plan.table, key) in self._waiting and not is_tree_broken(self._ctx, key):
            self.write(plan, key, ())

    def report(self, plan: TablePlan) -> None:
        for key in plan.spaces:
            result = self._results.get((plan.table, key)) or _unchanged(self._ctx, plan.table, key)
            outcome = TableOutcome(
                table=plan.table,
                space_key=key,
                row_count=result.row_count,
                # Each row once, however often it came: in a listing, and again with its body.
                received=result.added + result.changed + result.unchanged,
                added=result.added,
                changed=result.changed,
                unchanged=result.unchanged,
                removed=result.removed,
                path=result.path,
            )
            self._ctx.observer.on_committed(self._ctx.book.settle(outcome))

    def _keep(self, table: str, key: str, result: CommitResult) -> None:
        before = self._results.get((table, key))
        self._results[table, key] = result if before is None else _sum(before, result)


def _sum(first: CommitResult, second: CommitResult) -> CommitResult:
    return CommitResult(
        row_count=second.row_count,
        added=first.added + second.added,
        changed=first.changed + second.changed,
        unchanged=max(second.unchanged - first.added - first.changed, 0),
        removed=first.removed + second.removed,
        path=second.path,
        generation=second.generation,
        wrote=first.wrote or second.wrote,
    )


def _unchanged(ctx: RunContext, table: str, key: str) -> CommitResult:
    """The outcome where nothing was written."""
    meta = ctx.lake.read_meta(table, key)
    rows = meta.row_count if meta is not None else 0
    path = str(ctx.lake.path_of(ctx.stage(table).layout, key).relative_to(ctx.lake.root))
    return CommitResult(rows, 0, 0, rows, 0, path, meta.generation if meta else "", wrote=False)
