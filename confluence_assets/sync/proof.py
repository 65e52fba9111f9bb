"""A second witness for the listings of pages and blog posts: what the search index names and no listing held.

The index lags behind, so it may name what is gone; it costs a request only where the two differ. Where a content that
the index names can be read, the listing ended early: nothing is concluded from it then.
"""

from confluence_assets.errors import ConfluenceAssetsError, IncompleteError
from confluence_assets.sync.context import RunContext

_MOST_ASKED = 1_000
"""Ids asked for at most; one that can be read is proof enough."""


def check_listings(ctx: RunContext) -> None:
    """Book an error for each space whose listing of pages or posts lacks what can be read by its id."""
    for table in ("pages", "blogposts"):
        if table in ctx.walked and table in ctx.tables:
            _check(ctx, table, ctx.findings.indexed[table])


def _check(ctx: RunContext, table: str, indexed: dict[str, str]) -> None:
    missing = [content_id for content_id in indexed if content_id not in ctx.findings.space_of][:_MOST_ASKED]
    if not missing:
        return
    get_rows = ctx.source.get_pages if table == "pages" else ctx.source.get_blogposts
    with ctx.charged(table):
        try:
            found = get_rows(missing, bodies=False)
        except ConfluenceAssetsError as error:
            ctx.book.note(
                f"{len(missing)} {table} that the index names and no listing held could not be looked up: {error}"
            )
            return
    unlisted: dict[str, int] = {}
    for row in found:
        key = row["space_key"]
        if key in ctx.selection.keys and row["status"] in ("current", "archived"):
            unlisted[key] = unlisted.get(key, 0) + 1
    for key, count in unlisted.items():
        early = IncompleteError(
            f"The listing of {table} ended early: {count} that can be read were not in it.",
            hint="Nothing was concluded from it; the next run reads it again.",
        )
        ctx.book.fail(table, key, early)
