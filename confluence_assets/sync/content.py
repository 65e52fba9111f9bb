"""The content speed: only what the change streams show, newest first, down to where the lake has seen the site.

What no stream shows (moves, labels, restrictions, deletions) is left to the sweep, except for a page that a stream
brings in: its details are asked for at once, so that a new page is never taken to be unrestricted.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from confluence_assets.api.source import ContentStream
from confluence_assets.errors import ConfluenceAssetsError
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.nodes import read_missing_details, read_nodes
from confluence_assets.sync.positions import OVERLAP, STREAM_TABLES, Positions, is_stream_wanted
from confluence_assets.sync.rich import note_vanished_tasks
from confluence_assets.sync.walks import (
    DETAIL_TABLES,
    ID_COLUMNS,
    keep_attachments,
    keep_comments,
    keep_content,
    keep_details,
    keep_tasks,
    walk_custom_content,
)
from confluence_assets.tables import LEFT_OUT, NODE_TABLES, Row

_FIRST_LOOK = 25
"""Rows of the first request: OAuth points count rows, and most ticks find nothing new."""
_CATCH_UP = 250

_HOLDING: tuple[ContentStream, ...] = ("pages", "blogposts")
_HANGING: tuple[ContentStream, ...] = ("attachments", "footer_comments", "inline_comments")
"""After all that they may hang on; comments may hang on files."""
_HOLDERS = (("pages", "page_id"), ("blogposts", "blogpost_id"), ("custom_content", "custom_content_id"))


_PLACES = (*_HOLDERS, ("attachments", "attachment_id"))
"""Where comments may be: on all these."""


@dataclass(slots=True)
class _Known:
    """What the lake holds of the contents that a stream brought: version, time and labels by id, and where they are."""

    versions: dict[str, tuple[object, object]] = field(default_factory=dict)
    labels: dict[str, list[str]] = field(default_factory=dict)
    space_of: dict[str, str] = field(default_factory=dict)


def read_streams(ctx: RunContext, positions: Positions) -> dict[str, datetime]:
    """Stage what changed since the positions. Returns the new position of each stream that came to its end."""
    ctx.is_partial = True
    moved_on: dict[str, datetime] = {}
    if ctx.task_source is not None:
        ctx.begin("tasks")
    _read_all(ctx, _HOLDING, moved_on, positions)
    if ctx.wants("custom_content"):
        for content_type in ctx.site.options.custom_content_types:
            walk_custom_content(ctx, content_type, ctx.scope, bodies=True)
    _read_all(ctx, _HANGING, moved_on, positions)
    if ctx.task_source is not None:
        note_vanished_tasks(ctx)
    elif ctx.wants("tasks"):
        ctx.attempt(["tasks"], "", lambda: _read_tasks(ctx, positions, moved_on))
    _complete_details(ctx)
    return moved_on


def _read_all(
    ctx: RunContext, streams: Iterable[ContentStream], moved_on: dict[str, datetime], positions: Positions
) -> None:
    for stream in streams:
        table = STREAM_TABLES[stream]
        if ctx.wants(table) and is_stream_wanted(stream, ctx.site.options):
            _read(ctx, table, stream, moved_on, positions, _keeper(ctx, stream))


def _read(
    ctx: RunContext,
    table: str,
    stream: ContentStream,
    moved_on: dict[str, datetime],
    positions: Positions,
    keep: Callable[[list[Row]], None],
) -> None:
    since = positions.seen_until.get(stream)
    until = since - OVERLAP if since is not None else None
    ctx.begin(table)

    def read() -> None:
        newest, is_done = _walk(ctx, stream, until, _FIRST_LOOK, keep, first_page_only=True)
        if not is_done:
            _walk(ctx, stream, until, _CATCH_UP, keep, first_page_only=False)
        if newest is not None:
            moved_on[stream] = newest

    ctx.attempt([table], "", read)


def _walk(
    ctx: RunContext,
    stream: ContentStream,
    until: datetime | None,
    limit: int,
    keep: Callable[[list[Row]], None],
    *,
    first_page_only: bool,
) -> tuple[datetime | None, bool]:
    """Walk newest first. Returns the newest time of the first page, and whether the walk came down to `until` or the end."""
    newest: datetime | None = None
    for rows in ctx.source.iter_newest(stream, ctx.scope, limit=limit, bodies=True):
        newest = newest or max((row["updated_at"] for row in rows), default=None)
        fresh = [row for row in rows if until is None or row["updated_at"] >= until]
        reached = len(fresh) < len(rows)
        if first_page_only and not reached and len(rows) >= limit:
            # All of a small page is news: the larger pages bring it again, with what follows.
            return newest, False
        keep(fresh)
        if reached:
            return newest, True
    return newest, True


def _keeper(ctx: RunContext, stream: ContentStream) -> Callable[[list[Row]], None]:
    if stream in ("pages", "blogposts"):
        return lambda rows: _keep_content(ctx, stream, rows)
    if stream == "attachments":
        return lambda rows: _keep_hanging(ctx, rows, lambda fresh: keep_attachments(ctx, fresh))
    return lambda rows: _keep_hanging(ctx, rows, lambda fresh: keep_comments(ctx, fresh))


def _keep_content(ctx: RunContext, table: str, rows: list[Row]) -> None:
    """Stage the pages or posts that the lake does not hold in this version; their details are asked for later."""
    if not rows:
        return
    id_column = ID_COLUMNS[table]
    known = _known(ctx, table, id_column, {row[id_column] for row in rows})
    chosen = set(ctx.selection.keys)
    fresh = []
    for row in rows:
        content_id = row[id_column]
        if row["space_key"] not in chosen or known.versions.get(content_id) == (
            row["version_number"],
            row["updated_at"],
        ):
            continue
        fresh.append(row)
        old_key = known.space_of.get(content_id)
        if old_key is not None and old_key != row["space_key"]:
            ctx.departed.setdefault(table, {}).setdefault(old_key, set()).add((content_id,))
        if content_id in known.labels:
            ctx.findings.labels.setdefault(content_id, known.labels[content_id])
        # Before its details, for the index may not know yet that it moved.
        ctx.findings.space_of[content_id] = row["space_key"]
    if fresh:
        _read_details(ctx, [row[id_column] for row in fresh])
        keep_content(ctx, table, fresh)


def _read_details(ctx: RunContext, content_ids: list[str]) -> None:
    ctx.begin(*DETAIL_TABLES)
    for content_id in content_ids:
        ctx.findings.relabelled.add(content_id)
    try:
        keep_details(ctx, ctx.source.get_details(content_ids, ctx.property_keys))
    except ConfluenceAssetsError as error:
        # The contents stay undetailed, and so closed; the page itself is not held up by it.
        ctx.book.note(f"Details of {len(content_ids)} changed contents could not be read: {error}")


def _known(ctx: RunContext, table: str, id_column: str, wanted: set[str]) -> _Known:
    known = _Known()
    columns = [id_column, "version_number", "updated_at", "labels"]
    for key in ctx.lake.partitions(table):
        for rows in ctx.lake.iter_rows(table, key, columns):
            for row in rows:
                content_id = row[id_column]
                if content_id in wanted:
                    known.versions[content_id] = (row["version_number"], row["updated_at"])
                    known.labels[content_id] = row["labels"] or []
                    known.space_of[content_id] = key
    for rows in ctx.lake.iter_rows(LEFT_OUT.name, columns=["content_id", "version_number", "updated_at"]):
        for row in rows:
            if row["content_id"] in wanted and row["content_id"] not in known.space_of:
                known.versions[row["content_id"]] = (row["version_number"], row["updated_at"])
    return known


def _keep_hanging(ctx: RunContext, rows: list[Row], keep: Callable[[list[Row]], None]) -> None:
    """Stage comments or files; where their containers are is read from the lake when there is anything to place."""
    if rows and not ctx.findings.has_holders:
        remember_holders(ctx)
    keep(rows)


def remember_holders(ctx: RunContext) -> None:
    """Where contents are, from the lake; what this run has staged already stays as it is."""
    for table, id_column in _PLACES:
        for key in ctx.lake.partitions(table):
            _remember(ctx, table, id_column, key)
    for key in ctx.lake.partitions("comments"):
        for rows in ctx.lake.iter_rows("comments", key, ["comment_id", "container_type", "container_id"]):
            for row in rows:
                ctx.findings.container_of.setdefault(row["comment_id"], (row["container_type"], row["container_id"]))
    for key in ctx.lake.partitions(LEFT_OUT.name):
        _remember(ctx, LEFT_OUT.name, LEFT_OUT.key[0], key)
    ctx.findings.has_holders = True


def remember_unread_holders(ctx: RunContext) -> None:
    """Where those contents are that this run does not list, or failed to: what hangs on them must not seem to hang on nothing."""
    for table, id_column in _PLACES:
        for key in ctx.selection.keys:
            if table not in ctx.tables or ctx.book.error_of(table, key) is not None:
                _remember(ctx, table, id_column, key)
                _remember(ctx, LEFT_OUT.name, LEFT_OUT.key[0], key)


def _remember(ctx: RunContext, table: str, id_column: str, key: str) -> None:
    for content_id in ctx.lake.distinct_values(table, (id_column,), partition=key):
        ctx.findings.space_of.setdefault(content_id, key)


def _read_tasks(ctx: RunContext, positions: Positions, moved_on: dict[str, datetime]) -> None:
    since = positions.seen_until.get("tasks")
    ctx.begin("tasks")
    newest: datetime | None = None
    for rows in ctx.source.iter_changed_tasks(ctx.scope, since - OVERLAP if since is not None else None):
        times = [row[column] for row in rows for column in ("created_at", "completed_at") if row[column] is not None]
        newest = max([*times, *([newest] if newest else [])], default=None)
        keep_tasks(ctx, rows)
    if newest is not None:
        moved_on["tasks"] = newest


def _complete_details(ctx: RunContext) -> None:
    """Parents that the lake does not know, and restrictions that the index does not hold yet."""
    if ctx.findings.parents and ctx.wants(*NODE_TABLES.values()):
        known = _known_nodes(ctx, ctx.findings.parents)
        ctx.findings.parents = {node: place for node, place in ctx.findings.parents.items() if node not in known}
        if ctx.findings.parents:
            read_nodes(ctx)
    read_missing_details(ctx)


def _known_nodes(ctx: RunContext, wanted: Iterable[str]) -> set[str]:
    known = ctx.lake.distinct_values(LEFT_OUT.name, ("content_id",))
    for content_type, table in NODE_TABLES.items():
        known |= ctx.lake.distinct_values(table, (f"{content_type}_id",))
    return known & set(wanted)
