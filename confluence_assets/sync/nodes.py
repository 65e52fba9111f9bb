"""What the bulk listings leave open: tree nodes one by one, and restrictions that the search index does not know yet."""

from collections.abc import Iterable, Iterator

from confluence_assets.errors import ConfluenceAssetsError, NotFoundError
from confluence_assets.sync.choice import choose_contents, stage_left_out
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.walks import DETAIL_TABLES, keep_details
from confluence_assets.tables import NODE_TABLES, Row


def read_nodes(ctx: RunContext) -> None:
    """Folders, whiteboards, databases and embeds: those that the index names, and unknown parents up to the root.

    Those that the lake holds and nothing names any more are read again: in archived spaces, which the index leaves out, a
    node may have moved under a restriction when its last page left it.
    """
    ctx.begin(*NODE_TABLES.values())
    seen: set[str] = set()
    _read_up(ctx, {**ctx.findings.parents, **ctx.findings.nodes}, seen)
    if not ctx.is_partial:
        named = frozenset(seen)
        _read_up(ctx, {node: place for node, place in _held_nodes(ctx) if node not in named}, seen, is_named=False)


def _held_nodes(ctx: RunContext) -> Iterator[tuple[str, tuple[str, str]]]:
    """The nodes that the lake holds of the chosen spaces: id, type and space key."""
    for content_type, table in NODE_TABLES.items():
        for key in ctx.selection.keys:
            for node_id in ctx.lake.distinct_values(table, (f"{content_type}_id",), partition=key):
                yield node_id, (content_type, key)


def _read_up(ctx: RunContext, waiting: dict[str, tuple[str, str]], seen: set[str], *, is_named: bool = True) -> None:
    found = ctx.findings
    while waiting:
        node_id, (content_type, space_key) = waiting.popitem()
        if node_id in seen:
            continue
        seen.add(node_id)
        row = _read_node(ctx, content_type, node_id, space_key, is_named=is_named)
        if row is None:
            continue
        key = row["space_key"] or space_key
        found.space_of[node_id] = key
        if found.detailed.get(node_id) != key:
            found.undetailed[node_id] = (content_type, key)
        if row["parent_type"] in NODE_TABLES and row["parent_id"] and row["parent_id"] not in seen:
            waiting[row["parent_id"]] = (row["parent_type"], key)


def _read_node(ctx: RunContext, content_type: str, node_id: str, space_key: str, *, is_named: bool) -> Row | None:
    table = NODE_TABLES[content_type]
    with ctx.charged(table, space_key):
        try:
            row = ctx.source.get_node(content_type, node_id)
        except NotFoundError:
            if is_named:
                # Named by a child or by the index, but hidden from us: access to what is below it can't be decided.
                ctx.book.note(f"{content_type} {node_id} in space {space_key} is named but can't be read.")
            return None
        except ConfluenceAssetsError as error:
            ctx.book.fail(table, space_key, error)
            return None
    if row.get("status") not in (None, "current", "archived"):
        return None
    row["space_key"] = row["space_key"] or space_key
    ctx.put(table, [row])
    return row


def read_missing_details(ctx: RunContext) -> None:
    """Details of content that the index walk did not return: in bulk by id, then one by one up to a bound.

    What stays unknown gets an `unknown` principal, so that nobody is let in by it. Between the two the filters choose, for
    labels come in bulk alone, and of what is left out only that is asked for which something kept stands below.
    """
    wants_any = ctx.wants(*DETAIL_TABLES)
    if wants_any:
        ctx.begin("content_restrictions")
        _doubt_known_nodes(ctx)
        wanted = _unread(ctx, ctx.findings.undetailed)
        if wanted:
            ctx.attempt(
                ["content_restrictions"],
                "",
                lambda: keep_details(ctx, ctx.source.get_details(wanted, ctx.property_keys)),
            )
    choose_contents(ctx)
    if wants_any:
        _ask_one_by_one(ctx)
    stage_left_out(ctx)


def _ask_one_by_one(ctx: RunContext) -> None:
    found = ctx.findings
    left = [one for one in _unread(ctx, found.undetailed) if _gates(ctx, one)]
    bound = ctx.site.options.undecided_lookups
    for content_id in left[:bound]:
        _ask_itself(ctx, content_id)
    unknown = _unread(ctx, left)
    if unknown:
        ctx.put(
            "content_restrictions", [_unknown_row(content_id, *found.undetailed[content_id]) for content_id in unknown]
        )
        ctx.book.note(
            f"Restrictions of {len(unknown)} contents could not be read: the search index does not hold them yet. "
            "Nobody is let in by them until the next run reads them."
        )


def _gates(ctx: RunContext, content_id: str) -> bool:
    """Whether somebody's access hangs on this content: it is kept, or stands above what is kept."""
    if content_id not in ctx.left_out:
        return True
    choice = ctx.choices.get(ctx.findings.undetailed[content_id][1])
    return choice is not None and bool(choice.left.get(content_id, {}).get("is_ancestor"))


def _doubt_known_nodes(ctx: RunContext) -> None:
    """Where the walk of the index broke: folders and the like that the lake holds may be restricted by now."""
    if ctx.is_partial:
        return
    for node_id, (content_type, key) in _held_nodes(ctx):
        if ctx.book.error_of("content_restrictions", key) is not None:
            ctx.findings.undetailed.setdefault(node_id, (content_type, key))


def _unread(ctx: RunContext, content_ids: Iterable[str]) -> list[str]:
    """Those whose details are not known, or stand in a space that they have left since."""
    found = ctx.findings
    return [one for one in content_ids if found.detailed.get(one) != found.undetailed[one][1]]


def _ask_itself(ctx: RunContext, content_id: str) -> None:
    _, space_key = ctx.findings.undetailed[content_id]
    with ctx.charged("content_restrictions", space_key):
        try:
            rows = ctx.source.get_restrictions(content_id)
        except ConfluenceAssetsError as error:
            ctx.book.note(f"Restrictions of {content_id} in space {space_key} could not be read: {error}")
            return
    content_type, _ = ctx.findings.undetailed[content_id]
    ctx.put("content_restrictions", [{**row, "content_type": content_type, "space_key": space_key} for row in rows])
    ctx.findings.detailed[content_id] = space_key


def _unknown_row(content_id: str, content_type: str, space_key: str) -> Row:
    return {
        "content_id": content_id,
        "operation": "read",
        "principal_type": "unknown",
        "principal_id": "unknown",
        "content_type": content_type,
        "space_key": space_key,
        "principal_name": None,
    }
