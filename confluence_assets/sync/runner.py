"""One run from start to end: lock, look, walk, compare, commit, derive, account, publish.

The order is the safety: nothing is committed before the account at the end of the walks is the one at the start; the
record of changes is written before the rows that changed, the site's positions after them, and the database last.
"""

import os
import socket
import time
import uuid
from datetime import UTC, datetime
from threading import Thread

from confluence_assets.api.source import Account, Source
from confluence_assets.lake import Lake, preload
from confluence_assets.sync.bodies import fetch_bodies
from confluence_assets.sync.changes import ChangeLog
from confluence_assets.sync.content import read_streams
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.contract import SilentObserver, SyncMode, SyncObserver, SyncReport, SyncRequest
from confluence_assets.sync.conversion import Converters
from confluence_assets.sync.crawl import crawl
from confluence_assets.sync.ending import Ending
from confluence_assets.sync.identity import reconcile_spaces
from confluence_assets.sync.options import Site
from confluence_assets.sync.people import commit_spaces, sync_users
from confluence_assets.sync.positions import STREAM_TABLES, Positions, after_walk
from confluence_assets.sync.reporting import conclude, write_account
from confluence_assets.sync.rich import carry_tasks
from confluence_assets.sync.scope import discover_spaces, name_unmatched, select_spaces
from confluence_assets.sync.switched_off import drop_switched_off
from confluence_assets.tables import LEFT_OUT, NODE_TABLES, Grain, Origin, Row, tables_of

__all__ = ["discover_spaces", "run_sync"]

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
    lock = lake.lock(holder=holder, on_wait=observer.on_note, on_poll=lambda: observer.on_progress({}, 0))
    with lock, _converters(lake, site, request) as converters:
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
    Thread(target=preload).start()  # the first answers are being waited for
    try:
        with ctx.charged("spaces"):
            identity = ctx.source.get_site()
            ctx.lake.claim_site(identity.site_id, identity.base_url)
            account = ctx.source.get_account()
            ctx.account_id, ctx.deployment = account.account_id, identity.deployment
            ctx.selection = select_spaces(ctx.site, ctx.source, ctx.request.space_keys)
        if unmatched := name_unmatched(ctx.site.options, ctx.selection.visible):
            ctx.book.note(unmatched)
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
    ctx.taskless_space_ids = positions.taskless_space_ids
    chosen = {row["space_id"] for row in ctx.selection.chosen}
    if positions.unfinished_runs and (ctx.selection.is_everything or positions.unguarded_space_ids & chosen):
        ctx.book.note("A run before this one was ended while it wrote; what it was writing is read again.")
    was_filtered = positions.filters
    if positions.follow(ctx.site.options) and was_filtered is not None:
        ctx.book.note("The filters are others than in the last run: every space is walked whole once.")
    reconcile_spaces(ctx, [row for rows in ctx.lake.iter_rows("spaces") for row in rows])
    planned = _parts(ctx, positions)
    if not planned:
        return
    log = ChangeLog(ctx.run_id, ctx.started_at, positions.latest(), ctx.lake.staging_folder())
    try:
        parts = [
            Ending(part, account, positions, log).commit(read_streams(part, positions) if is_covered else _sweep(part))
            for part, is_covered in planned
        ]
    finally:
        log.close()
    ctx.is_partial = not all(part.is_everything for part in parts)
    commit_spaces(ctx)  # before the users, for it names some
    people_state = sync_users(ctx) if ctx.wants("users") else {}
    _drop_lost_spaces(ctx)
    drop_switched_off(ctx)
    for outcome in list(ctx.book.unsettled()):
        ctx.observer.on_committed(outcome)
    for part in parts:
        part.move_positions(people_state)


def _parts(ctx: RunContext, positions: Positions) -> list[tuple[RunContext, bool]]:
    """The parts of a run, and whether the streams suffice for them: a content run sweeps what the positions don't cover."""
    if ctx.request.mode is not SyncMode.CONTENT:
        return [(ctx, False)]
    covered = [row for row in ctx.selection.chosen if _is_covered(ctx, positions, row)]
    fresh = [row for row in ctx.selection.chosen if not _is_covered(ctx, positions, row)]
    if not fresh:
        return [(ctx, True)] if covered else []
    return [(ctx.narrowed(fresh), False), *([(ctx.narrowed(covered), True)] if covered else [])]


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


def _drop_lost_spaces(ctx: RunContext) -> None:
    """What is derived of a lost space goes with it; its fetched rows have left already, each with its reason.

    So does what is left of a space that an earlier run lost, and was killed before it came here.
    """
    tables = (*tables_of(grain=Grain.SPACE, origin=Origin.DERIVED), LEFT_OUT)
    held = {row["space_key"] for rows in ctx.lake.iter_rows("spaces", columns=["space_key"]) for row in rows}
    derived = {key for table in tables[:-1] for key in ctx.lake.partitions(table.name)}
    for key in {*ctx.lost_spaces, *(derived - held if held else ())}:
        for table in tables:
            ctx.lake.drop_partition(table.name, key)
