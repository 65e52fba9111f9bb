"""Tables of the whole site: spaces, people, groups, the audit log."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from confluence_assets.lake import CommitResult
from confluence_assets.sync.access_state import AccessState
from confluence_assets.sync.book import NOT_OFFERED
from confluence_assets.sync.choice import left_out_restrictions
from confluence_assets.sync.context import RunContext
from confluence_assets.sync.contract import TableOutcome
from confluence_assets.tables import LEFT_OUT, Row

ACCOUNT_COLUMNS: dict[str, tuple[str, ...]] = {
    "spaces": ("author_id",),
    "pages": ("author_id", "owner_id", "version_author_id"),
    "blogposts": ("author_id", "owner_id", "version_author_id"),
    "comments": ("author_id",),
    "attachments": ("author_id",),
    "content_versions": ("author_id",),
    "content_likes": ("account_id",),
    "custom_content": ("author_id",),
    "tasks": ("created_by", "assigned_to", "completed_by"),
    "folders": ("author_id", "owner_id"),
    "whiteboards": ("author_id", "owner_id"),
    "databases": ("author_id", "owner_id"),
    "embeds": ("author_id", "owner_id"),
    "group_members": ("account_id",),
}
"""Where accounts are named; principals of permissions and restrictions come on top."""

PRINCIPAL_TABLES = ("space_permissions", "space_role_assignments", "content_restrictions")

_AUDIT_OVERLAP = timedelta(minutes=10)
_ROUND = 168
"""In so many sweeps everybody is asked for again: a week, where there is one every hour."""
PEOPLE_PER_TURN = 4
"""Where there are hardly more, it is everybody each time."""


def walk_groups(ctx: RunContext) -> list[str]:
    """Stage the groups. Returns their ids, for `walk_members`; nothing where they could not be read."""
    ctx.begin("groups", "group_members")
    group_ids: list[str] = []

    def read() -> None:
        for rows in map(partial(_with_licence, ctx), ctx.source.iter_groups()):
            group_ids.extend(row["group_id"] for row in rows)
            ctx.put_site("groups", rows)

    if ctx.attempt(["groups", "group_members"], "", read):
        return group_ids
    return []


def _with_licence(ctx: RunContext, rows: list[Row]) -> list[Row]:
    """The groups, with the access that the owner says they give where the site does not say any; names are compared without case."""
    named = {name.lower() for name in ctx.site.options.licensed_groups}
    for row in rows:
        if str(row["name"]).lower() in named and not row["access_types"]:
            row["access_types"] = ["user"]
    return rows


def walk_members(ctx: RunContext, group_id: str) -> None:
    """Stage the members of one group, unless another group failed; one that is closed to this account costs itself only."""
    if not ctx.wants("group_members") or ctx.book.error_of("group_members", "") is not None:
        return

    def read() -> None:
        try:
            for rows in ctx.source.iter_group_members(group_id):
                ctx.put_site("group_members", rows)
                if any(row["account_id"] == ctx.account_id for row in rows):
                    ctx.own_groups.add(group_id)
        except NOT_OFFERED as error:
            ctx.unread_groups.add(group_id)
            ctx.book.note(f"Members of group {group_id} can't be read, so that it lets nobody in. {error}")

    ctx.attempt(["group_members"], "", read)


def read_access_state(ctx: RunContext) -> None:
    """What holds of access for the whole site; needs the groups first.

    The anonymous door is tried by a full run, and by each sweep as long as it is not known to be shut; see `try_anonymous_door`.
    """
    before = AccessState.from_state(ctx.lake.read_site_state())
    anonymous = before.anonymous_access
    if ctx.is_full or anonymous is not False:
        with ctx.charged("space_permissions"):
            anonymous = ctx.source.get_anonymous_access()
    unread, closed = before.groups_unread, before.unread_groups
    if "group_members" in ctx.walked:
        error = ctx.book.error_of("group_members", "")
        never_read = before.groups_unread or not ctx.lake.count_rows("groups")
        unread = isinstance(error, NOT_OFFERED) or (error is not None and never_read)
        closed = tuple(sorted(ctx.unread_groups)) if error is None else before.unread_groups
    elif "group_members" not in ctx.site.options.tables():
        unread = True  # whom the lake holds as members may have left since people were switched off
    ctx.access = AccessState(ctx.deployment, anonymous, unread, closed, ctx.account_id, _licensed(ctx))


def try_anonymous_door(ctx: RunContext, known: AccessState) -> bool | None:
    """Whether anonymous may come in, where spaces let it: a site that no space opens looks shut, so that it is tried again then.

    Needs the permissions committed.
    """
    is_settled = ctx.is_full or known.anonymous_access is not False or "space_permissions" not in ctx.walked
    if is_settled or not any(
        ctx.lake.distinct_values(table, ("space_id",), where=("principal_type", "anonymous"))
        for table in ("space_permissions", "space_role_assignments")
    ):
        return known.anonymous_access
    with ctx.charged("space_permissions"):
        return ctx.source.get_anonymous_access()


def _licensed(ctx: RunContext) -> tuple[str, ...] | None:
    with ctx.charged("space_permissions"):
        try:
            licensed = ctx.source.get_licensed_accounts()
        except NOT_OFFERED:
            return None  # a group that we may not read gives access: the groups that we can read must do
    return None if licensed is None else tuple(sorted(licensed))


def walk_audit(ctx: RunContext) -> None:
    """Audit records since the newest one that the lake holds."""
    ctx.begin("audit_records")
    newest = ctx.lake.read_site_state().get("audit_newest_at")
    since = datetime.fromisoformat(newest) - _AUDIT_OVERLAP if newest and not ctx.is_full else None

    def read() -> None:
        for rows in ctx.source.iter_audit_records(since):
            stage = ctx.stage("audit_records")
            for row in rows:
                stage.add([row], partition=row["created_at"].strftime("%Y-%m-%d"))
            ctx.book.receive("audit_records", "", len(rows))
            ctx.received["audit_records"] += len(rows)

    ctx.attempt(["audit_records"], "", read)


def commit_groups(ctx: RunContext) -> None:
    """Commit groups and memberships where they were read to their end."""
    for table in ("groups", "group_members"):
        if table in ctx.walked and ctx.book.error_of(table, "") is None:
            _commit_site(ctx, table, keep_missing=lambda key: key[0] in ctx.unread_groups)


def commit_audit(ctx: RunContext) -> dict[str, str]:
    """Commit audit records by day; the log is append-only, so nothing ever leaves. Returns the new site position."""
    if "audit_records" not in ctx.walked:
        return {}
    if ctx.book.error_of("audit_records", "") is not None:
        return {}
    stage = ctx.stage("audit_records")
    days = stage.partitions()
    results = [stage.commit(day, keep_missing=True, synced_at=ctx.started_at) for day in days]
    total = CommitResult(
        row_count=ctx.lake.total_rows("audit_records"),
        added=sum(result.added for result in results),
        changed=sum(result.changed for result in results),
        unchanged=sum(result.unchanged for result in results),
        removed=0,
        path="lake/audit_records",
        generation="",
        wrote=any(result.wrote for result in results),
    )
    _report(ctx, "audit_records", total)
    if not days:
        return {}
    newest = max(
        row["created_at"] for rows in ctx.lake.iter_rows("audit_records", days[-1], ["created_at"]) for row in rows
    )
    return {"audit_newest_at": newest.isoformat()}


def sync_users(ctx: RunContext) -> dict[str, Any]:
    """The accounts that current rows and groups name: read again for the whole site, only unknown ones for a part of it.

    Whom the lake knows, the source need not ask for one by one; a few are all the same, in turns. Returns what to remember: who
    is not known to the site, and where the next turn begins.
    """
    ctx.begin("users")
    named = named_accounts(ctx)
    everything = ctx.selection.is_everything and not ctx.is_partial
    strangers = set(ctx.lake.read_site_state().get("people_unknown", ()))
    held = {row["account_id"]: row for rows in ctx.lake.iter_rows("users") for row in rows}
    known: dict[str, Row | None] = {**dict.fromkeys(strangers), **held}
    if not everything:
        named -= known.keys()
    again = _next_turn(ctx, named & known.keys())
    came: dict[str, bool] = {}

    def read() -> None:
        for rows in ctx.source.get_users(sorted(named), known, named if ctx.is_full else again):
            came.update((row["account_id"], row["email_hidden"] is not None) for row in rows)
            ctx.put_site("users", rows)

    if not ctx.attempt(["users"], "", read):
        return {}
    _commit_site(ctx, "users", keep_missing=not everything)
    if unasked := sum(not was_asked for was_asked in came.values()):
        ctx.book.note(f"The e-mail addresses of {unasked} people are asked for in the next runs.")
    # Who was known before is asked for once more: one answer is not enough to be forgotten.
    unknown = (named if everything else named | strangers) - came.keys() - held.keys()
    turn = {"people_asked_until": again[-1]} if again else {}
    return {"people_unknown": sorted(unknown), **turn}


def _next_turn(ctx: RunContext, account_ids: set[str]) -> list[str]:
    """The few of these whom this run asks for again, whatever the site shows of them; after a round it was everybody."""
    others = sorted(account_ids - {ctx.account_id})
    if len(others) <= 2 * PEOPLE_PER_TURN:
        return others
    start = bisect_right(others, str(ctx.lake.read_site_state().get("people_asked_until", "")))
    return (others[start:] + others[:start])[: max(PEOPLE_PER_TURN, -(-len(others) // _ROUND))]


def named_accounts(ctx: RunContext) -> set[str]:
    """Every account id that a row of the lake names."""
    found: set[str] = set()
    for table, columns in ACCOUNT_COLUMNS.items():
        found |= ctx.lake.distinct_values(table, columns)
    for table in PRINCIPAL_TABLES:
        found |= ctx.lake.distinct_values(table, ("principal_id",), where=("principal_type", "user"))
    found |= _named_above(ctx)
    return {account_id for account_id in found if account_id}


def _named_above(ctx: RunContext) -> set[str]:
    """Accounts whom the restrictions of contents name that are left out, and below which something kept stands."""
    batches = ctx.lake.iter_rows(LEFT_OUT.name)
    shutting = (row for rows in batches for row in rows if row["is_ancestor"])
    named = (one for row in shutting for one in left_out_restrictions(row))
    return {one["principal_id"] for one in named if one["principal_type"] == "user"}


def commit_spaces(ctx: RunContext) -> None:
    """Rows of `spaces` with counts from the lake; a space that could not be read to its end keeps its `last_synced_at`."""
    if not ctx.wants("spaces"):
        return
    before = {row["space_id"]: row for rows in ctx.lake.iter_rows("spaces") for row in rows}
    chosen = set(ctx.selection.keys)
    failed = {key for (_, key), outcome in ctx.book.outcomes.items() if outcome.is_failure}
    rows = []
    for row in ctx.selection.in_scope:
        key = row["space_key"]
        is_fresh = key in chosen and key not in failed and "" not in failed
        if key not in chosen and row["space_id"] not in before:
            continue
        last = ctx.started_at if is_fresh else before.get(row["space_id"], {}).get("last_synced_at")
        rows.append({**row, "last_synced_at": last, **_counts(ctx, key)})
    ctx.begin("spaces")
    ctx.put_site("spaces", rows)
    _commit_site(ctx, "spaces", keep_missing=lambda key: key[0] not in ctx.lost_space_ids)


def _counts(ctx: RunContext, key: str) -> dict[str, int]:
    return {"page_count": ctx.lake.count_rows("pages", key), "blogpost_count": ctx.lake.count_rows("blogposts", key)}


def _commit_site(
    ctx: RunContext, table: str, *, keep_missing: bool | Callable[[tuple[Any, ...]], bool] = False
) -> None:
    result = ctx.stage(table).commit(None, keep_missing=keep_missing, synced_at=ctx.started_at)
    _report(ctx, table, result)


def _report(ctx: RunContext, table: str, result: CommitResult) -> None:
    outcome = TableOutcome(
        table=table,
        space_key="",
        row_count=result.row_count,
        added=result.added,
        changed=result.changed,
        unchanged=result.unchanged,
        removed=result.removed,
        path=result.path,
    )
    ctx.observer.on_committed(ctx.book.settle(outcome))


def explain_missing_people(ctx: RunContext, tables: Iterable[str]) -> None:
    """Note what this account may not see of people and audit, and what that costs."""
    for table in tables:
        error = ctx.book.error_of(table, "")
        if isinstance(error, NOT_OFFERED):
            ctx.book.note(f"{table}: not available to this account. {error}")
