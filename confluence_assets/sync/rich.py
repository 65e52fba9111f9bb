"""Lists that bring a page with all that belongs to it: one walk in the place of five, and tasks out of bodies.

Such a source has no list of tasks. Those of a content whose body was not read again are what the lake holds of it.
"""

from collections.abc import Iterator

from confluence_assets.api.source import ContentKind, RichSource, Scope
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.walks import DETAIL_TABLES, each_space, keep_content, keep_details
from confluence_assets.tables import Row

TABLES = ("pages", "blogposts", "attachments", *DETAIL_TABLES)
"""What one walk brings; and tasks, with the bodies."""
_KINDS: dict[str, ContentKind] = {"pages": "page", "blogposts": "blogpost"}


def walk_rich(ctx: RunContext, source: RichSource, scope: Scope, table: str, *, bodies: bool) -> None:
    """Pages or blog posts of some spaces, with their details, files and tasks."""
    tasks = ("tasks",) if ctx.task_source is not None else ()

    def fetch(part: Scope) -> Iterator[list[Row]]:
        kind = _KINDS[table]
        for batch in source.iter_content(kind, part, bodies=bodies, property_keys=ctx.property_keys):
            keep_details(ctx, [*batch.details, *batch.attachment_details])
            keep_content(ctx, table, batch.rows)
            for row in batch.attachments:
                ctx.findings.space_of[row["attachment_id"]] = row["space_key"]
            ctx.put("attachments", batch.attachments)
            yield []

    each_space(ctx, [table, "attachments", *tasks, *DETAIL_TABLES], scope, fetch, lambda rows: None)


def carry_tasks(ctx: RunContext) -> None:
    """Stage the tasks that the lake holds of contents that were listed where they were, and whose bodies were not read again."""
    if ctx.task_source is None:
        return
    found, rules = ctx.findings, ctx.rules
    for key in ctx.selection.keys:
        for rows in ctx.lake.iter_rows("tasks", key):
            ctx.put(
                "tasks",
                [
                    row
                    for row in rows
                    if found.space_of.get(holder := _holder(row)) == key
                    and holder not in found.task_holders
                    and holder not in ctx.left_out
                    and not rules.leaves_out_kind("tasks", row)
                ],
            )


def note_vanished_tasks(ctx: RunContext) -> None:
    """Mark the lake's tasks that a body which a stream brought does not hold any more."""
    holders = ctx.findings.task_holders
    if not holders:
        return
    for key in ctx.lake.partitions("tasks"):
        staged = set(ctx.stage("tasks").iter_ids(key))
        for rows in ctx.lake.iter_rows("tasks", key, ["task_id", "page_id", "blogpost_id"]):
            gone = {(row["task_id"],) for row in rows if _holder(row) in holders and row["task_id"] not in staged}
            if gone:
                ctx.departed.setdefault("tasks", {}).setdefault(key, set()).update(gone)


def _holder(row: Row) -> str:
    return str(row["page_id"] or row["blogpost_id"])
