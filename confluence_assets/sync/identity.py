"""Who is asking, and which spaces are which: a space is its id, and its key may change hands."""

from collections.abc import Iterator

from confluence_assets.api.source import Account
from confluence_assets.errors import ConfluenceAssetsError, IncompleteError, RemovalHeldError
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.departures import GONE, OUT_OF_SCOPE
from confluence_assets.tables import LEFT_OUT, Grain, Row, tables_of

_PASSING = "renaming "
"""What a partition is called on its way to another key; no key has a blank in it."""
_FEW_SPACES = 4
"""With fewer spaces than this, losing most of them is no sign of trouble."""


def check_account(ctx: RunContext, account: Account) -> None:
    """Ask again who we are, and if something seems to be gone, whether we are still in our groups.

    Raises: IncompleteError where the answer is another than at the start: what was not listed may only have been hidden.
    """
    try:
        now = ctx.source.get_account()
        lost = _lost_groups(ctx)
    except ConfluenceAssetsError as error:
        raise IncompleteError(
            f"The site did not say at the end of the run who we are: {error}", hint="Nothing was committed."
        ) from error
    if now.account_id != account.account_id:
        raise IncompleteError(
            f"The account changed while the site was read: {account.display_name} at the start, {now.display_name} at the end.",
            hint="Nothing was committed; look at the credentials and run again.",
        )
    if lost:
        raise IncompleteError(
            f"{account.display_name} left {len(lost)} group(s) while the site was read, so that what is gone can't be told "
            "from what is hidden.",
            hint="Nothing was committed; the next run reads the site as the account sees it then.",
        )


def _lost_groups(ctx: RunContext) -> set[str]:
    """Groups that we were in at the start and are not any more; asked only where rows would leave as gone."""
    if GONE not in ctx.removed_content.values() and GONE not in ctx.lost_spaces.values():
        return set()
    return ctx.own_groups - ctx.source.get_memberships(ctx.account_id)


def reconcile_spaces(ctx: RunContext, before: list[Row]) -> None:
    """Follow renamed keys, give up partitions of reused keys, and find the spaces that are lost and why.

    `before` are the rows of `spaces` in the lake. Only a run on everything loses spaces.
    """
    now = {row["space_id"]: row for row in ctx.selection.visible}
    in_scope = {row["space_id"] for row in ctx.selection.in_scope}
    held = [*before, *_begun_spaces(ctx, before)]
    renamed: dict[str, str] = {
        row["space_key"]: now[row["space_id"]]["space_key"] for row in held if _is_renamed(row, now)
    }
    _rename(ctx, held, now)
    ctx.known_spaces = frozenset(_key_now(renamed, row) for row in before if row["space_id"] in now)
    ids_now = {row["space_key"]: row["space_id"] for row in ctx.selection.visible}
    for row in held:
        if row["space_id"] not in now and row["space_key"] in ids_now:
            # The key belongs to another space now: nothing of the old one may be taken for its.
            _drop_others(ctx, row["space_key"], ids_now[row["space_key"]])
            ctx.lost_space_ids.add(row["space_id"])
            ctx.book.note(
                f"Space {row['space_key']} is another space now (id {row['space_id']} before); it starts from nothing."
            )
    if not ctx.selection.is_everything:
        return
    lost: dict[str, str] = {}
    for row in held:
        key = _key_now(renamed, row)
        if row["space_id"] not in now and key not in ids_now:
            lost[key] = GONE
        elif row["space_id"] in now and row["space_id"] not in in_scope:
            lost[key] = OUT_OF_SCOPE
    ctx.lost_spaces = _confirmed(ctx, lost, held=len(before))
    ctx.known_spaces |= ctx.lost_spaces.keys()
    ctx.lost_space_ids |= {row["space_id"] for row in held if _key_now(renamed, row) in ctx.lost_spaces}


def _begun_spaces(ctx: RunContext, before: list[Row]) -> list[Row]:
    """Key and id of the spaces whose files a run wrote that was killed before it wrote the spaces themselves."""
    known = {row["space_key"] for row in before}
    begun: dict[str, str] = {}
    for table in tables_of(grain=Grain.SPACE):
        for key in ctx.lake.partitions(table.name):
            if key in known or key in begun or key.startswith(_PASSING):
                continue
            meta = ctx.lake.read_meta(table.name, key)
            if meta is not None and meta.space_id is not None:
                begun[key] = meta.space_id
    return [{"space_key": key, "space_id": space_id} for key, space_id in begun.items()]


def _key_now(renamed: dict[str, str], row: Row) -> str:
    key: str = row["space_key"]
    return renamed.get(key, key)


def _is_renamed(row: Row, now: dict[str, Row]) -> bool:
    return row["space_id"] in now and now[row["space_id"]]["space_key"] != row["space_key"]


def _rename(ctx: RunContext, before: list[Row], now: dict[str, Row]) -> None:
    """Move the partitions, through names of their own, so that two spaces may swap their keys.

    Whose a file is, its space id says and not its key: where the run before was stopped after it had moved some of them,
    those are where they belong already.
    """
    for row in before:
        if _is_renamed(row, now):
            _move_own(ctx, row["space_key"], _passing_name(row["space_id"]), row["space_id"])
            ctx.book.note(f"Space {row['space_key']} is called {now[row['space_id']]['space_key']} now.")
    # Those that earlier runs left on the way, too: the site may have renamed or lost the space since.
    for row in [*ctx.selection.visible, *(row for row in before if row["space_id"] not in now)]:
        if any(_own_tables(ctx, _passing_name(row["space_id"]), row["space_id"])):
            _drop_others(ctx, row["space_key"], row["space_id"])
            _move_own(ctx, _passing_name(row["space_id"]), row["space_key"], row["space_id"])


def _passing_name(space_id: str) -> str:
    return f"{_PASSING}{space_id}"


def _own_tables(ctx: RunContext, key: str, space_id: str) -> Iterator[str]:
    """Tables whose file under this key is that space's."""
    for table in (*tables_of(grain=Grain.SPACE), LEFT_OUT):
        meta = ctx.lake.read_meta(table.name, key)
        if meta is not None and meta.space_id == space_id:
            yield table.name


def _move_own(ctx: RunContext, old: str, new: str, space_id: str) -> None:
    for table in _own_tables(ctx, old, space_id):
        ctx.lake.rename_partition(old, new, table=table)


def _drop_others(ctx: RunContext, key: str, space_id: str) -> None:
    """Remove what stands under this key and is not that space's."""
    own = set(_own_tables(ctx, key, space_id))
    for table in (*tables_of(grain=Grain.SPACE), LEFT_OUT):
        if table.name not in own:
            ctx.lake.drop_partition(table.name, key)


def _confirmed(ctx: RunContext, lost: dict[str, str], held: int) -> dict[str, str]:
    """Of the spaces that the list no longer holds, those that a second question does not find either."""
    gone = [key for key, reason in lost.items() if reason == GONE]
    if not gone:
        return lost
    with ctx.charged("spaces"):
        try:
            still_there = {row["space_key"] for rows in ctx.source.iter_spaces(gone) for row in rows}
        except ConfluenceAssetsError as error:
            ctx.book.fail("spaces", "", error)
            still_there = set(gone)
    gone = [key for key in gone if key not in still_there]
    limit = ctx.site.options.removal_limit
    if held >= _FEW_SPACES and len(gone) > limit * held and not ctx.request.allow_removals:
        ctx.book.fail("spaces", "", _held(gone, held, limit))
        gone = []
    return {key: reason for key, reason in lost.items() if reason == OUT_OF_SCOPE or key in gone}


def _held(gone: list[str], held: int, limit: float) -> RemovalHeldError:
    return RemovalHeldError(
        f"{len(gone)} of {held} spaces are not in the site's list any more, more than removal_limit ({limit:.0%}) allows.",
        hint="They were kept. Look at what the account may see; if it is right, run once with --allow-removals.",
    )
