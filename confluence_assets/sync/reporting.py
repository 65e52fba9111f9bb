"""The end of a run: what is derived is made again, the database is published, and the report says what stands in the lake."""

from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime

from confluence_assets.lake import Lake, release_memory
from confluence_assets.sync.access_report import read_access_report
from confluence_assets.sync.book import Book
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.contract import SyncMode, SyncReport
from confluence_assets.sync.derive import derive_tables
from confluence_assets.sync.files import sync_files
from confluence_assets.tables import TABLES, Row
from confluence_assets.warehouse import PublishPolicy, publish


def conclude(ctx: RunContext, report: SyncReport) -> None:
    """Derive, publish what the lake holds now, and complete the report."""
    site, request, observer, lake, book = ctx.site, ctx.request, ctx.observer, ctx.lake, ctx.book
    spaces = [row for rows in lake.iter_rows("spaces", columns=["space_id", "space_key"]) for row in rows]
    wanted = site.options.tables() if request.tables is None else site.options.tables() & request.tables
    observer.on_stage("deriving")
    release_memory()
    for outcome in derive_tables(lake, spaces, wanted, report.run_id, report.started_at, ctx.converters):
        observer.on_committed(book.settle(outcome))
    # Where files are not wanted any more, what was kept of them goes, too.
    files = wanted if site.options.attachments else {*wanted, "attachment_texts"}
    for outcome in sync_files(ctx, spaces, files):
        observer.on_committed(book.settle(outcome))
    _note_access(ctx, wanted)
    write_account(lake, report, book)
    report.space_keys = tuple(sorted(row["space_key"] for row in spaces))
    report.row_counts = {table.name: lake.total_rows(table.name) for table in TABLES}
    if site.options.publish:
        observer.on_stage("publishing")
        lake.flush()
        release_memory()
        _publish_and_tell(ctx, report)
    else:
        observer.on_settled()
    report.finished_at = datetime.now(UTC)


def _publish_and_tell(ctx: RunContext, report: SyncReport) -> None:
    """Publish, while whoever observes hears that all rows are in the lake. Raises: what either raises."""
    with ThreadPoolExecutor(1, thread_name_prefix="publish") as pool:
        published = pool.submit(_publish, ctx, report)
        try:
            ctx.observer.on_settled()
        except BaseException as error:
            _see_it_end(published)
            if failure := published.exception():
                error.add_note(f"The publication failed as well: {failure}")
            raise
        _see_it_end(published)
    published.result()


def _see_it_end(work: Future[None]) -> None:
    """Wait, whatever interrupts: the lake's lock must not be let go while somebody still works beside it."""
    interrupt: BaseException | None = None
    while not work.done():
        try:
            wait([work])
        except BaseException as error:
            interrupt = error
    if interrupt is not None:
        raise interrupt


def _publish(ctx: RunContext, report: SyncReport) -> None:
    options = ctx.site.options
    interval = 0 if ctx.request.publish_at_once else options.publish_interval_seconds
    published = publish(
        ctx.site.folder,
        ctx.lake.manifest(),
        site_id=ctx.lake.read_site_id(),
        policy=PublishPolicy(interval, options.history_count),
    )
    report.published = published.changed
    report.published_rows = {
        name: (delta.added, delta.changed, delta.removed) for name, delta in published.deltas.items()
    }
    report.publication_due_at = published.due_at
    report.database_path = str(published.path)
    if published.rebuilt_because:
        report.notes.append(f"The database was made from nothing: {published.rebuilt_because}.")
    if published.due_at is not None:
        when = f"{published.due_at:%H:%M:%S} UTC (publish_interval_seconds)"
        report.notes.append(f"The last publication was a moment ago; what is new in the lake is published at {when}.")
    report.notes += [
        f"A kept publication was dropped, for it could not be purged: {line}" for line in published.dropped
    ]


def _note_access(ctx: RunContext, wanted: Collection[str]) -> None:
    """Say what is not decided of access; a run of change streams says it only where it decided again."""
    is_said = "content_acl" in wanted and ctx.request.mode is not SyncMode.CONTENT
    if is_said or any(table == "content_acl" for table, _ in ctx.book.outcomes):
        for line in read_access_report(ctx.lake).notes:
            ctx.book.note(line)


def write_account(lake: Lake, report: SyncReport, book: Book) -> None:
    """Write the ledger of the run, and put its figures into the report. May be repeated: a run's rows replace its own."""
    rows: list[Row] = book.ledger_rows(report.run_id, report.mode, report.started_at, datetime.now(UTC))
    lake.append_run("sync_ledger", rows, report.run_id)
    report.outcomes = [outcome for _, outcome in sorted(book.outcomes.items())]
    report.requests = sum(outcome.requests for outcome in report.outcomes)
    report.retries = sum(outcome.retries for outcome in report.outcomes)
    report.throttled_seconds = sum(outcome.throttled_seconds for outcome in report.outcomes)
    report.requests_by_endpoint = dict(sorted(book.by_endpoint.items()))
    report.notes = [*book.notes, *_remarks(report), *_shortfalls(report)]
    report.failures = [
        _failure_line(outcome.table, outcome.space_key, outcome.error)
        for outcome in report.outcomes
        if outcome.is_failure
    ]


def _remarks(report: SyncReport) -> list[str]:
    """One line per table that is not offered or had rows skipped, with the spaces that it is about."""
    spaces: dict[tuple[str, str], list[str]] = {}
    for outcome in report.outcomes:
        if outcome.error and not outcome.is_failure:
            spaces.setdefault((outcome.table, outcome.error), []).append(outcome.space_key)
    return [f"{table}{_where(keys)}: {error}" for (table, error), keys in sorted(spaces.items())]


def _shortfalls(report: SyncReport) -> list[str]:
    """One line per table of which fewer rows came than the site says that it has."""
    short = [
        outcome for outcome in report.outcomes if outcome.expected is not None and outcome.received < outcome.expected
    ]
    lines = []
    for table in sorted({outcome.table for outcome in short}):
        of_it = [outcome for outcome in short if outcome.table == table]
        expected, received = sum(one.expected or 0 for one in of_it), sum(one.received for one in of_it)
        where = _where([one.space_key for one in of_it])
        lines.append(f"{table}{where}: the site says that it has {expected} rows, {received} came.")
    return lines


def _where(keys: list[str], limit: int = 5) -> str:
    named = [key for key in keys if key]
    if not named:
        return ""
    more = f" and {len(named) - limit} more" if len(named) > limit else ""
    return f" of {', '.join(named[:limit])}{more}"


def _failure_line(table: str, space_key: str, error: str | None) -> str:
    where = f"{table} of space {space_key}" if space_key else table
    return f"{where}: {error}"
