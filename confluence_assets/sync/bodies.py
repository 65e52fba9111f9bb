"""Bodies of what a sweep found to be new or changed, asked for in bulk."""

from collections.abc import Iterator, Sequence
from typing import get_args

from confluence_assets.api.source import CommentKind, ContentStream
from confluence_assets.errors import NotFoundError
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.walks import ID_COLUMNS, keep_comments, keep_content
from confluence_assets.tables import Row

_BATCH = 250


def fetch_bodies(ctx: RunContext) -> None:
    """Complete the staged rows of pages, blog posts and comments whose bodies the lake does not hold."""
    for table in ("pages", "blogposts"):
        id_column = ID_COLUMNS[table]
        wanted = _wanted(ctx, table)
        get_rows = ctx.source.get_pages if table == "pages" else ctx.source.get_blogposts
        for ids in _batches(wanted):

            def read(table: str = table, ids: Sequence[str] = ids, id_column: str = id_column) -> None:
                rows = get_rows(ids, bodies=True)  # noqa: B023 - called at once
                keep_content(
                    ctx,
                    table,
                    [row for row in rows if row["space_key"] is not None and row[id_column] in ctx.findings.space_of],
                )

            ctx.attempt([table], "", read)
    if wanted := _wanted(ctx, "comments"):
        ctx.attempt(["comments"], "", lambda: _read_comments(ctx, set(wanted)))


def _wanted(ctx: RunContext, table: str) -> list[str]:
    if table not in ctx.stages or ctx.book.error_of(table, "") is not None:
        return []
    stage = ctx.stages[table]
    spaces = [key for key in ctx.selection.keys if ctx.book.error_of(table, key) is None]
    return [str(key[0]) for space in spaces for key in stage.heavy_wanted(space)]


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _read_comments(ctx: RunContext, wanted: set[str]) -> None:
    """Newest first while a page of the list brings more than single requests would, the rest one by one."""
    kinds = _kinds(ctx, wanted)
    for kind in get_args(CommentKind):
        ids = {comment_id for comment_id in wanted if kinds.get(comment_id) == kind}
        stream: ContentStream = "footer_comments" if kind == "footer" else "inline_comments"
        pages_read = 0
        if len(ids) > 1:
            for rows in ctx.source.iter_newest(stream, ctx.scope, limit=_BATCH, bodies=True):
                keep_comments(ctx, [row for row in rows if row["comment_id"] in ids])
                ids -= {row["comment_id"] for row in rows}
                pages_read += 1
                if len(ids) <= pages_read:
                    break
        for comment_id in sorted(ids):
            _read_comment(ctx, kind, comment_id)


def _kinds(ctx: RunContext, wanted: set[str]) -> dict[str, str]:
    stage = ctx.stages["comments"]
    kinds: dict[str, str] = {}
    for space in ctx.selection.keys:
        for change in stage.iter_changes(space):
            if change.new is not None and change.key[0] in wanted:
                kinds[str(change.key[0])] = change.new["comment_type"]
    return kinds


def _read_comment(ctx: RunContext, kind: CommentKind, comment_id: str) -> None:
    try:
        row: Row = ctx.source.get_comment(kind, comment_id)
    except NotFoundError:
        # Deleted since the listing: it stays as listed, without a body, and the next run sees that it is gone.
        ctx.book.note(f"Comment {comment_id} was listed and could not be read a moment later.")
        return
    keep_comments(ctx, [row])
