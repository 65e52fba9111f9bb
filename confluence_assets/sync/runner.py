"""One run from start to end: lock, look, walk, compare, commit, derive, account, publish.

The order is the safety: nothing is committed before the account at the end of the walks is the one at the start; the
record of changes is written before the rows that changed, the site's positions after them, and the database last.
"""

import os
import socket
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from confluence_assets.api.source import Account, Source
from confluence_assets.lake import Lake
from confluence_assets.sync.access_state import AccessState
from confluence_assets.sync.bodies import fetch_bodies
from confluence_assets.sync.changes import ChangeLog
from confluence_assets.sync.commit import commit_tables, plan_tables
from confluence_assets.sync.content import read_streams
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.contract import SilentObserver, SyncMode, SyncObserver, SyncReport, SyncRequest
from confluence_assets.sync.conversion import Converters
from confluence_assets.sync.crawl import crawl
from confluence_assets.sync.identity import check_account, reconcile_spaces
from confluence_assets.sync.options import Site
from confluence_assets.sync.people import commit_audit, commit_groups, commit_spaces, sync_users
from confluence_assets.sync.positions import STREAM_TABLES, Positions, after_walk
from confluence_assets.sync.reporting import conclude, write_account
from confluence_assets.sync.rich import carry_tasks
from confluence_assets.sync.scope import discover_spaces, select_spaces
from confluence_assets.tables import NODE_TABLES, Grain, Origin, Row, tables_of

__all__ = ["discover_spaces", "run_sync"]

_NEVER = datetime.min.replace(tzinfo=UTC)


_RESTRICTED = frozenset({"pages", "blogposts", *NODE_TABLES.values()})
"""Tables whose contents may be restricted."""


def run_sync(site: Site, source: Source, request: SyncRequest, observer: SyncObserver | None = None) -> SyncReport:
    """Bring the lake of one site up to date, and publish it.

    Shape: a report with one outcome per table and space; `report.failures` is empty where all went well.
    Raises: AccessError, TransientError, ProtocolError where the site can't even be entered; SettingsError for a wrong
    space key or another site's lake; IncompleteError where the account changed; StorageError for a broken lake.
    """
    observer = observer or SilentObserver()
    run_id = request.run_id or uuid.uuid4().hex
    lake = Lake(site.folder)
    holder = f"run {run_id} (process {os.getpid()} on {socket.gethostname()})"
    with lake.lock(holder=holder, on_wait=observer.on_note), _converters(lake, site, request) as converters:
        lake.remove_leftovers()
        report = SyncReport(run_id=run_id, site=site.name, mode=request.mode, started_at=datetime.now(UTC))
        ctx = RunContext(
            site=site,
            source=source,
            lake=lake,
            request=request,
            observer=observer,
            run_id=run_id,
            started_at=report.started_at,
            tables=_fetched_tables(site, request),
            converters=converters,
        )
        if ctx.tables:
            try:
                _fetch(ctx, report)
            finally:
                write_account(lake, report, ctx.book)
        conclude(ctx, report)
        return report


def _converters(lake: Lake, site: Site, request: SyncRequest) -> Converters:
    makes_documents = "documents" in site.options.tables() and (not request.tables or "documents" in request.tables)
    return Converters(lake.staging_folder() if makes_documents else None)


def _fetched_tables(site: Site, request: SyncRequest) -> frozenset[str]:
    switched_on = site.options.tables() & {table.name for table in tables_of(origin=Origin.FETCHED)}
    if request.tables is None:
        return switched_on
    # A content never comes without its restrictions: what is derived later would take it for open.
    closing = {"content_restrictions"} if _RESTRICTED & request.tables else set()
    return switched_on & (request.tables | closing)


def _fetch(ctx: RunContext, report: SyncReport) -> None:
    try:
        with ctx.charged("spaces"):
            identity = ctx.source.get_site()
            ctx.lake.claim_site(identity.site_id, identity.base_url)
            account = ctx.source.get_account()
            ctx.account_id, ctx.deployment = account.account_id, identity.deployment
            ctx.selection = select_spaces(ctx.site, ctx.source, ctx.request.space_keys)
        report.account, report.base_url = account.display_name, identity.base_url
        _bring_up_to_date(ctx, account)
    finally:
        ctx.close()
        for outcome in list(ctx.book.unsettled()):
            ctx.observer.on_committed(outcome)


def _bring_up_to_date(ctx: RunContext, account: Account) -> None:
    positions = Positions.from_state(ctx.lake.read_site_state())
    if "content_restrictions" in ctx.tables:
        positions.covered_space_ids -= positions.unguarded_space_ids
    reconcile_spaces(ctx, [row for rows in ctx.lake.iter_rows("spaces") for row in rows])
    if ctx.request.mode is not SyncMode.CONTENT:
        _commit(ctx, account, positions, _sweep(ctx))
        return
    covered = [row for row in ctx.selection.chosen if _is_covered(ctx, positions, row)]
    fresh = [row for row in ctx.selection.chosen if not _is_covered(ctx, positions, row)]
    if fresh:
        part = ctx.narrowed(fresh)
        _commit(part, account, positions, _sweep(part))
    if covered:
        part = ctx.narrowed(covered) if fresh else ctx
        _commit(part, account, positions, read_streams(part, positions))


def _is_covered(ctx: RunContext, positions: Positions, row: Row) -> bool:
    return row["space_key"] in ctx.known_spaces and row["space_id"] in positions.covered_space_ids


def _sweep(ctx: RunContext) -> dict[str, datetime]:
    """Walk everything. Returns the positions that are safe after it."""
    started = time.monotonic()
    crawl(ctx)
    if not ctx.is_full:
        ctx.observer.on_stage("bodies of what changed")
        fetch_bodies(ctx)
        carry_tasks(ctx)
    streams = [stream for stream, table in STREAM_TABLES.items() if table in ctx.walked]
    return after_walk(ctx.newest, time.monotonic() - started, streams)


def _commit(ctx: RunContext, account: Account, positions: Positions, moved_on: dict[str, datetime]) -> None:
    ctx.observer.on_stage("comparing")
    log = ChangeLog(ctx.run_id, ctx.started_at, positions.latest())
    plans = plan_tables(ctx, log)
    changes = log.finish()
    if not _is_without_news(ctx, changes, positions, moved_on):
        with ctx.charged("spaces"):
            check_account(ctx, account)
    ctx.observer.on_stage("writing")
    _remember_unguarded(ctx, positions)
    ctx.lake.append_run("content_changes", changes, ctx.run_id)
    commit_tables(ctx, plans)
    commit_groups(ctx)
    audit_state = commit_audit(ctx)
    if ctx.wants("users"):
        sync_users(ctx)
    commit_spaces(ctx)
    _drop_lost_spaces(ctx)
    _move_positions(ctx, positions, moved_on, audit_state)


def _is_without_news(ctx: RunContext, changes: list[Row], positions: Positions, moved_on: dict[str, datetime]) -> bool:
    """Whether the streams showed nothing at all, so that nothing is concluded from them, whoever we were."""
    known = positions.seen_until
    has_moved = any(seen_until > known.get(stream, _NEVER) for stream, seen_until in moved_on.items())
    return ctx.is_partial and not (changes or has_moved or ctx.lost_spaces or ctx.lost_space_ids)


def _remember_unguarded(ctx: RunContext, positions: Positions) -> None:
    """Where contents come without their restrictions, a content run may not go on from there once those are wanted."""
    if "content_restrictions" not in ctx.tables and not _RESTRICTED.isdisjoint(ctx.walked):
        positions.unguarded_space_ids |= {row["space_id"] for row in ctx.selection.chosen}
        ctx.lake.write_site_state({**ctx.lake.read_site_state(), **positions.to_state()})


def _drop_lost_spaces(ctx: RunContext) -> None:
    """What is derived of a lost space goes with it; its fetched rows have left already, each with its reason."""
    for key in ctx.lost_spaces:
        for table in tables_of(grain=Grain.SPACE, origin=Origin.DERIVED):
            ctx.lake.drop_partition(table.name, key)


def _move_positions(
    ctx: RunContext, positions: Positions, moved_on: dict[str, datetime], audit_state: dict[str, str]
) -> None:
    """Move the positions of streams that were read for everything without a failure; what a part read is covered by it."""
    for outcome in list(ctx.book.unsettled()):
        ctx.observer.on_committed(outcome)
    failed = {table for (table, _), outcome in ctx.book.outcomes.items() if outcome.is_failure}
    chosen = frozenset(row["space_id"] for row in ctx.selection.chosen)
    if ctx.selection.is_everything:
        for stream, seen_until in moved_on.items():
            if not ctx.book.has_errors(STREAM_TABLES[stream]):
                positions.move(stream, seen_until)
    covers_all = ctx.tables >= frozenset(STREAM_TABLES.values()) and not failed
    if "content_restrictions" in ctx.walked and not ctx.is_partial:
        positions.unguarded_space_ids -= chosen
    if covers_all and not ctx.is_partial:
        positions.covered_space_ids = chosen if ctx.selection.is_everything else positions.covered_space_ids | chosen
    state = ctx.lake.read_site_state()
    ctx.lake.write_site_state({**state, **audit_state, **_access_state(ctx, state), **positions.to_state()})


def _access_state(ctx: RunContext, state: Mapping[str, Any]) -> dict[str, Any]:
    """What this run knows of access as a whole: at the least what kind of site it is, and who reads it."""
    known = ctx.access or AccessState.from_state(state)
    return replace(known, deployment=ctx.deployment, account_id=ctx.account_id).to_state()
