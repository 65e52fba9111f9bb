"""What came while the tree could not be read: a layer that lets in more than before is shut until a sweep reads all of it.

A listing that broke leaves contents where they were, though they may stand below other restrictions by now. What was told of
their own belongs to their new place: at the old one it may let in somebody whom the new one shuts out.
"""

from collections.abc import Iterator

import orjson

from confluence_assets.sync.context import RunContext
from confluence_assets.sync.plans import is_tree_broken
from confluence_assets.tables import LEFT_OUT, Row

_TABLE = "content_restrictions"
_COLUMNS = (
    "content_id", "operation", "principal_type", "principal_id", "content_type", "space_key", "principal_name",
)  # fmt: skip
_UNKNOWN = "unknown"


def shut_widened(ctx: RunContext) -> None:
    """Put an `unknown` principal, which lets nobody in, beside each layer that got wider where a listing broke."""
    for key in ctx.selection.keys:
        if not is_tree_broken(ctx, key):
            continue
        if _TABLE in ctx.stages:
            ctx.put(_TABLE, list(_unknown_rows(ctx, key)))
        if LEFT_OUT.name in ctx.stages:
            ctx.left_out_stage().add(list(_unknown_places(ctx, key)))


def _unknown_rows(ctx: RunContext, key: str) -> Iterator[Row]:
    """One row for each layer that the lake holds, and that gets a principal more or is no longer said to be unknown."""
    stage = ctx.stages[_TABLE]
    held: set[str] = set()
    shut: set[str] = set()
    for rows in ctx.lake.iter_rows(_TABLE, key, list(_COLUMNS[:3])):
        held.update(row["content_id"] for row in rows if row["operation"] == "read")
        shut.update(row["content_id"] for row in rows if row["principal_type"] == _UNKNOWN)
    wider = shut | {
        change.key[0]
        for change in stage.iter_changes(key, missing=False)
        if change.old is None and change.key[1] == "read" and change.key[0] in held
    }
    found: dict[str, Row] = {}
    for rows in stage.iter_rows(key, _COLUMNS):
        found.update((row["content_id"], row) for row in rows if row["content_id"] in wider)
    unknown = {"operation": "read", "principal_type": _UNKNOWN, "principal_id": _UNKNOWN, "principal_name": None}
    yield from ({**row, **unknown} for row in found.values())


def _unknown_places(ctx: RunContext, key: str) -> Iterator[Row]:
    """The same of what the filters leave out: it shuts what is below it."""
    for change in ctx.left_out_stage().iter_changes(key, LEFT_OUT.column_names, missing=False):
        if change.old is not None and change.new is not None:
            before, now = _readers(change.old), _readers(change.new)
            is_wider = before is None or (before and (not now or not now <= before))
            if now is not None and is_wider:
                yield {**change.new, "restrictions": None}


def _readers(row: Row) -> set[tuple[str, str]] | None:
    """Who is named by the layer of a place; none where it has none, None where that is not known."""
    if row["restrictions"] is None:
        return None
    named = orjson.loads(row["restrictions"])
    return {(kind, principal_id) for operation, kind, principal_id, _ in named if operation == "read"}
