"""The end of one part of a run: its changes are told, its rows are committed, and the site's positions move on.

Before anything is written the site's state says which spaces are being written to, and at the end that they are done. A run
that finds them there was preceded by one that was killed: it sweeps them, and until then nobody is let in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from confluence_assets.api.source import Account
from confluence_assets.sync.access_state import AccessState
from confluence_assets.sync.audit_trail import read_trail
from confluence_assets.sync.changes import ChangeLog
from confluence_assets.sync.choice import commit_left_out
from confluence_assets.sync.commit import commit_tables
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.identity import check_account
from confluence_assets.sync.people import commit_audit, commit_groups, try_anonymous_door
from confluence_assets.sync.plans import ACCESS_TABLES, BEFORE_OTHERS, TREE, TablePlan, is_tree_broken, plan_tables
from confluence_assets.sync.positions import STREAM_TABLES, Positions
from confluence_assets.sync.widened import shut_widened

_NEVER = datetime.min.replace(tzinfo=UTC)
_SHUTTING = frozenset((*ACCESS_TABLES, *BEFORE_OTHERS))
"""Tables that say who may read what: half written, they may let in too many."""


@dataclass(slots=True)
class Ending:
    """What a part of a run has read, on its way into the lake. `account` is who we were at the start."""

    ctx: RunContext
    account: Account
    positions: Positions
    log: ChangeLog
    _moved_on: dict[str, datetime] = field(default_factory=dict)
    _audit_state: dict[str, str] = field(default_factory=dict)
    _torn: set[str] = field(default_factory=set)
    _is_sweep: bool = True

    @property
    def is_everything(self) -> bool:
        """Whether the part listed all of the site."""
        return self.ctx.selection.is_everything and not self.ctx.is_partial

    def commit(self, moved_on: dict[str, datetime]) -> "Ending":
        """Write what was read. `moved_on` are the positions that are safe once it is written."""
        ctx = self.ctx
        self._moved_on, self._is_sweep = moved_on, not ctx.is_partial
        ctx.observer.on_stage("comparing")
        told_before = self.log.count
        shut_widened(ctx)
        plans = plan_tables(ctx, self.log)
        trail = read_trail(ctx, self.log)
        has_changes = self.log.count > told_before
        if has_changes or not self._is_without_news():
            with ctx.charged("spaces"):
                check_account(ctx, self.account)
        ctx.observer.on_stage("writing")
        self._begin(plans, has_changes)
        if self.log.count:
            rows = trail.explained(ctx, self.log, self._told_already())
            ctx.lake.append_run("content_changes", rows, ctx.run_id)
        commit_left_out(ctx, is_final=False)
        commit_tables(ctx, plans)
        commit_left_out(ctx, is_final=True)
        commit_groups(ctx)
        self._audit_state = commit_audit(ctx)
        return self

    def _is_without_news(self) -> bool:
        """Whether the streams showed nothing at all, so that nothing is concluded from them, whoever we were."""
        ctx, known = self.ctx, self.positions.seen_until
        has_moved = any(seen_until > known.get(stream, _NEVER) for stream, seen_until in self._moved_on.items())
        return ctx.is_partial and not (has_moved or ctx.lost_spaces or ctx.lost_space_ids)

    def _begin(self, plans: Iterable[TablePlan], has_changes: bool) -> None:
        """Say in the site's state what is being written, and that contents come without their restrictions, if they do."""
        ctx, positions = self.ctx, self.positions
        written = {key for plan in plans if plan.table in _SHUTTING for key in plan.changed}
        space_ids: set[str] = {row["space_id"] for row in ctx.selection.visible if row["space_key"] in written}
        self._torn = space_ids - positions.unguarded_space_ids
        unguarded = positions.unguarded_space_ids | self._torn
        if "content_restrictions" not in ctx.tables and not set(TREE).isdisjoint(ctx.walked):
            chosen = {row["space_id"] for row in ctx.selection.chosen}
            self._torn -= chosen
            unguarded |= chosen
        are_filters_new = ctx.lake.read_site_state().get("filters") != positions.filters
        taskless = positions.taskless_space_ids
        if "tasks" not in ctx.site.options.tables():
            taskless |= {row["space_id"] for row in ctx.selection.chosen}
        taskless |= self._without_their_tasks(plans)
        is_news = unguarded != positions.unguarded_space_ids or taskless != positions.taskless_space_ids
        if has_changes or are_filters_new or is_news:
            positions.unguarded_space_ids, positions.taskless_space_ids = unguarded, taskless
            runs = positions.unfinished_runs
            state = {**positions.to_state(), "unfinished_runs": list(dict.fromkeys((*runs, ctx.run_id)))}
            ctx.lake.write_site_state({**ctx.lake.read_site_state(), **state})

    def _without_their_tasks(self, plans: Iterable[TablePlan]) -> frozenset[str]:
        """Spaces whose bodies are written without the tasks in them, because another listing of the space broke."""
        ctx = self.ctx
        if ctx.task_source is None:
            return frozenset()
        broken = {row["space_key"]: row["space_id"] for row in ctx.selection.chosen}
        broken = {key: one for key, one in broken.items() if ctx.book.error_of("tasks", key) is not None}
        written = {
            key
            for plan in plans
            for key in plan.spaces
            if plan.table in ("pages", "blogposts") and (key in plan.changed or key not in ctx.known_spaces)
        }
        return frozenset(broken[key] for key in broken.keys() & written)

    def _told_already(self) -> set[str]:
        """Ids of the changes that killed runs told; what they wrote of them or not, they stand."""
        runs = set(self.positions.unfinished_runs) - {self.ctx.run_id}
        if not runs:
            return set()
        batches = self.ctx.lake.iter_rows("content_changes", columns=["change_id", "run_id"])
        return {row["change_id"] for rows in batches for row in rows if row["run_id"] in runs}

    def move_positions(self, people_state: Mapping[str, str]) -> None:
        """Move the positions of streams that were read for everything without a failure; what a part read is covered by it."""
        ctx, positions = self.ctx, self.positions
        failed = {table for (table, _), outcome in ctx.book.outcomes.items() if outcome.is_failure}
        chosen = frozenset(row["space_id"] for row in ctx.selection.chosen)
        if ctx.selection.is_everything:
            for stream, seen_until in self._moved_on.items():
                if not ctx.book.has_errors(STREAM_TABLES[stream]):
                    positions.move(stream, seen_until)
        covers_all = ctx.tables >= set(STREAM_TABLES.values()) & ctx.site.options.tables() and not failed
        positions.unguarded_space_ids -= self._torn | self._guarded()
        if "tasks" in ctx.walked and self._is_sweep and "tasks" not in failed:
            positions.taskless_space_ids -= chosen
        if (ctx.selection.is_everything and self._is_sweep) or not positions.unguarded_space_ids:
            # Else a space that a killed run was writing to waits for its sweep, which must not tell the same again.
            positions.unfinished_runs = ()
        if covers_all and self._is_sweep:
            positions.covered_space_ids = (
                chosen if ctx.selection.is_everything else positions.covered_space_ids | chosen
            )
        state = ctx.lake.read_site_state()
        access = _access_state(ctx, state, is_sweep=self._is_sweep)
        ctx.lake.write_site_state({**state, **self._audit_state, **people_state, **access, **positions.to_state()})

    def _guarded(self) -> frozenset[str]:
        """Spaces that were listed with all that says who may read them, so that it is known again."""
        ctx = self.ctx
        if "content_restrictions" not in ctx.walked or not self._is_sweep:
            return frozenset()
        return frozenset(row["space_id"] for row in ctx.selection.chosen if not is_tree_broken(ctx, row["space_key"]))


def _access_state(ctx: RunContext, state: Mapping[str, Any], *, is_sweep: bool) -> dict[str, Any]:
    """What this run knows of access as a whole: at the least what kind of site it is, and who reads it."""
    known = ctx.access or AccessState.from_state(state)
    if is_sweep and ctx.access is not None:
        known = replace(known, anonymous_access=try_anonymous_door(ctx, known))
    return replace(known, deployment=ctx.deployment, account_id=ctx.account_id).to_state()
