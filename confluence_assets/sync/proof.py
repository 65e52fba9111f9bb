"""A second witness for the listings of pages and blog posts: what the search index names and no listing held.

The index lags behind, so it may name what is gone; it costs a request only where the two differ. Where a content that
the index names can be read, the listing ended early: nothing is concluded from it then.
"""

from collections import Counter

from confluence_assets.errors import ConfluenceAssetsError, IncompleteError
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.walks import ID_COLUMNS
from confluence_assets.tables import NODE_TABLES

_FEW_FILES = 5
_MOST_ASKED = 1_000
"""Ids asked for at most; one that can be read is proof enough."""


def check_listings(ctx: RunContext) -> None:
    """Book an error for each space whose listing of pages or posts lacks what can be read by its id."""
    for table in ("pages", "blogposts"):
        if table in ctx.walked and table in ctx.tables:
            _check(ctx, table, ctx.findings.indexed[table])


def _check(ctx: RunContext, table: str, indexed: dict[str, str]) -> None:
    missing = [content_id for content_id in indexed if content_id not in ctx.findings.space_of]
    try:
        readable = _readable(ctx, table, missing[:_MOST_ASKED])
    except ConfluenceAssetsError as error:
        ctx.book.note(
            f"{len(missing)} {table} that the index names and no listing held could not be looked up: {error}"
        )
        return
    expected = Counter(indexed.values())
    expected.subtract(Counter(indexed[content_id] for content_id in missing))
    unlisted = Counter(key for key in readable.values() if key in ctx.selection.keys)
    for key, count in (expected + unlisted).items() if ctx.rules.is_open else ():
        ctx.book.expect(table, key, count)
    for key, count in unlisted.items():
        early = IncompleteError(
            f"The listing of {table} ended early: {count} that can be read were not in it.",
            hint="Nothing was concluded from it; the next run reads it again.",
        )
        ctx.book.fail(table, key, early)


def _readable(ctx: RunContext, table: str, content_ids: list[str]) -> dict[str, str]:
    """Of these ids those that can be read now, and the key of the space that they are in."""
    if not content_ids:
        return {}
    get_rows = ctx.source.get_pages if table == "pages" else ctx.source.get_blogposts
    with ctx.charged(table):
        rows = get_rows(content_ids, bodies=False)
    return {row[ID_COLUMNS[table]]: row["space_key"] for row in rows if row["status"] in ("current", "archived")}


def expect_the_rest(ctx: RunContext) -> None:
    """Put into the account how many files, folders and the like the index names, now that all of them were listed.

    It proves no absence and fails nothing: a file may have gone since the index saw it, which a look at each of a few tells.
    """
    named: Counter[tuple[str, str]] = Counter()
    if "attachments" in ctx.walked:
        files = ctx.findings.indexed["attachments"]
        missing = [file_id for file_id in files if file_id not in ctx.findings.space_of]
        gone = set(missing) - _files_still_there(ctx, missing)
        named.update(("attachments", key) for file_id, key in files.items() if file_id not in gone)
    for content_type, key in ctx.findings.nodes.values():
        named[NODE_TABLES[content_type], key] += NODE_TABLES[content_type] in ctx.walked
    if ctx.rules.is_open:
        for (table, key), count in named.items():
            if count and key in ctx.selection.keys:
                ctx.book.expect(table, key, count)


def _files_still_there(ctx: RunContext, file_ids: list[str]) -> set[str]:
    """Of a few files those that are not in the trash; of more, all."""
    if not file_ids or len(file_ids) > _FEW_FILES:
        return set(file_ids)
    with ctx.charged("attachments"):
        try:
            return {one for one in file_ids if ctx.source.get_attachment_status(one) in ("current", "archived")}
        except ConfluenceAssetsError as error:
            ctx.book.note(
                f"{len(file_ids)} files that the index names and no listing held could not be looked up: {error}"
            )
            return set()
