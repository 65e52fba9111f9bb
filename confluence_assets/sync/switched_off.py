"""Tables that the owner does not want any more: their rows leave the lake. The audit log stays, for nobody could bring it back."""

from confluence_assets.sync.context import RunContext
from confluence_assets.tables import TABLES, Grain, Origin

_STAYS = frozenset({"audit_records"})


def switched_off(ctx: RunContext) -> set[str]:
    """Names of the tables that are not wanted any more and that the lake has rows of; only a sweep of all tables asks."""
    if ctx.is_partial or ctx.request.tables is not None:
        return set()
    unwanted = {table.name for table in TABLES} - ctx.site.options.tables() - _STAYS
    return {name for name in unwanted if ctx.lake.total_rows(name)}


def drop_switched_off(ctx: RunContext) -> None:
    """Remove what is derived, and what is of the whole site. What is fetched by space has left already, and been told."""
    off = switched_off(ctx)
    for table in TABLES:
        if table.name not in off:
            continue
        if table.grain is Grain.SPACE and table.origin is Origin.DERIVED and table.name != "attachment_texts":
            for key in ctx.selection.keys:
                ctx.lake.drop_partition(table.name, key)
        elif table.grain is Grain.SITE and ctx.selection.is_everything:
            ctx.stage(table.name).commit(None, synced_at=ctx.started_at)
