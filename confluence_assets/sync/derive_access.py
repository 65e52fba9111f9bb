"""Access as derived tables: which spaces must be resolved again, and their new rows. Makes no request."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2b

from confluence_assets.access import (
    CONTAINED_COLUMNS,
    CONTAINED_TABLES,
    TREE_COLUMNS,
    TREE_TABLES,
    Directory,
    Footprint,
    SiteAccess,
    SpaceResolution,
    SpaceRows,
    contained_rows,
    find_unadmitted,
    principals_by_space,
    resolve_space,
    spaces_to_resolve,
    tree_rows,
)
from confluence_assets.lake import Lake
from confluence_assets.sync.access_report import ACCOUNT, UNADMITTED, UNDECIDED, unadmitted_text, undecided_text
from confluence_assets.sync.access_state import AccessState
from confluence_assets.sync.choice import left_out_restrictions
from confluence_assets.sync.contract import TableOutcome
from confluence_assets.sync.positions import Positions
from confluence_assets.tables import LEFT_OUT, Row

ACCESS_TABLES = ("acl_profiles", "acl_readers", "content_acl")
"""In the order in which they are committed: what is joined to comes first."""

_MADE = "made"
"""In the footers of all three: what they were made from."""
_ROWS = "rows"
"""In the footer of the last one: how many rows the others got, for where there are none there is no footer either."""
_INPUTS = (
    *TREE_TABLES,
    *CONTAINED_TABLES,
    "space_permissions",
    "space_role_assignments",
    "content_restrictions",
    LEFT_OUT.name,
)


def read_directory(lake: Lake) -> Directory:
    """The people and groups that the lake holds."""
    state = AccessState.from_state(lake.read_site_state())
    unread = lake.distinct_values("groups", ("group_id",)) if state.groups_unread else set(state.unread_groups)
    access = SiteAccess(
        deployment=state.deployment,
        anonymous_access=state.anonymous_access,
        licensed_accounts=None if state.licensed_accounts is None else frozenset(state.licensed_accounts),
        unread_groups=frozenset(unread),
        groups_unread=state.groups_unread,
    )
    users = lake.iter_rows("users", columns=["account_id", "account_type", "account_status", "is_external"])
    groups = lake.iter_rows("groups", columns=["group_id", "access_types"])
    members = lake.iter_rows("group_members", columns=["group_id", "account_id"])
    return Directory(users, groups, members, access)


def derive_access(lake: Lake, space_ids: dict[str, str], run_id: str, synced_at: datetime) -> Iterator[TableOutcome]:
    """Resolve the access of every space whose inputs changed since its profiles were made; `space_ids` is by key."""
    directory = read_directory(lake)
    state = lake.read_site_state()
    account_id = AccessState.from_state(state).account_id
    unguarded = Positions.from_state(state).unguarded_space_ids
    inputs = {key: _inputs(lake, key, is_guarded=space_ids[key] not in unguarded) for key in space_ids}
    footprints: dict[str, Footprint] = {}
    changed: set[str] = set()
    for key in space_ids:
        meta = lake.read_meta("content_acl", key)
        if meta is None:
            continue
        if meta.extra.get("inputs") != inputs[key] or meta.extra.get(ACCOUNT) != account_id or _is_torn(lake, key):
            changed.add(key)
        else:
            named = principals_by_space(lake.iter_rows("acl_profiles", key)).get(key, frozenset())
            footprints[key] = Footprint(named, meta.extra.get("fingerprint"))
    for key in spaces_to_resolve(space_ids, footprints, directory, changed=changed):
        is_guarded = space_ids[key] not in unguarded
        resolution = resolve_space(read_space(lake, key, space_ids[key], is_guarded=is_guarded), directory)
        extra = {"inputs": inputs[key], **_account_for(resolution, account_id)}
        yield from _write(lake, resolution, space_ids[key], extra, run_id, synced_at)


def _is_torn(lake: Lake, key: str) -> bool:
    """Whether the three tables of a space were not made together: a run was killed between two of them."""
    last = lake.read_meta("content_acl", key)
    if last is None:
        return False
    counts = json.loads(last.extra.get(_ROWS, "{}"))
    for table in ACCESS_TABLES[:-1]:
        meta = lake.read_meta(table, key)
        is_of_it = meta is None or meta.extra.get(_MADE) == last.extra.get(_MADE)
        if not is_of_it or (meta.row_count if meta else 0) != counts.get(table):
            return True
    return False


def _account_for(resolution: SpaceResolution, account_id: str) -> dict[str, str]:
    """What the footer says of a space's access, beside its inputs."""
    unadmitted = find_unadmitted(resolution, account_id) if account_id else []
    return {
        "fingerprint": resolution.fingerprint(),
        UNDECIDED: undecided_text(resolution.counts()),
        ACCOUNT: account_id,
        UNADMITTED: unadmitted_text(unadmitted),
    }


def _write(
    lake: Lake, resolution: SpaceResolution, space_id: str, extra: dict[str, str], run_id: str, synced_at: datetime
) -> Iterator[TableOutcome]:
    key = resolution.space_key
    rows = {
        "acl_profiles": resolution.iter_acl_profiles(),
        "acl_readers": resolution.iter_acl_readers(),
        "content_acl": resolution.iter_content_acl(),
    }
    made = {_MADE: f"{extra['inputs']} {extra['fingerprint']}"}
    counts: dict[str, int] = {}
    for table in ACCESS_TABLES:
        with lake.stage(table, run_id=run_id) as stage:
            for batch in rows[table]:
                stage.add(batch, partition=key)
            said = {**made, **extra, _ROWS: json.dumps(counts)} if table == "content_acl" else made
            result = stage.commit(key, synced_at=synced_at, space_id=space_id, extra=said)
            counts[table] = result.row_count
        yield TableOutcome(
            table=table,
            space_key=key,
            row_count=result.row_count,
            received=result.row_count,
            added=result.added,
            changed=result.changed,
            unchanged=result.unchanged,
            removed=result.removed,
            path=result.path,
        )


def _inputs(lake: Lake, key: str, *, is_guarded: bool) -> str:
    """A digest of the generation of every input of a space, and of whether its restrictions may be believed."""
    metas = [lake.read_meta(table, key) for table in _INPUTS]
    named = [*(meta.generation if meta else "" for meta in metas), *(() if is_guarded else ("unguarded",))]
    return blake2b("|".join(named).encode(), digest_size=16).hexdigest()


def read_space(lake: Lake, key: str, space_id: str, *, is_guarded: bool = True) -> SpaceRows:
    """The rows of one space that its access is made from; None for what the site did not let us read.

    Where a space is not guarded its contents came without their restrictions, so that those that the lake holds prove nothing.
    """
    return SpaceRows(
        space_id=space_id,
        space_key=key,
        tree=_tree(lake, key),
        contained=_contained(lake, key),
        permissions=_readable(lake, "space_permissions", key),
        role_assignments=_readable(lake, "space_role_assignments", key, empty_is_read=True),
        restrictions=_restrictions(lake, key) if is_guarded else None,
        outside=list(lake.iter_rows(LEFT_OUT.name, key)),
    )


def _restrictions(lake: Lake, key: str) -> list[list[Row]]:
    """All restrictions that shut something in a space. Of what is left out, it is said beside its place in the tree."""
    outside = {row["content_id"]: row for row in _flat(lake.iter_rows(LEFT_OUT.name, key))}
    own = [
        [row for row in rows if row["content_id"] not in outside]
        for rows in lake.iter_rows("content_restrictions", key)
    ]
    return [*own, [row for place in outside.values() for row in left_out_restrictions(place)]]


def _tree(lake: Lake, key: str) -> Iterator[list[Row]]:
    for table in TREE_TABLES:
        for rows in lake.iter_rows(table, key, list(TREE_COLUMNS[table])):
            yield tree_rows(table, rows)


def _contained(lake: Lake, key: str) -> Iterator[list[Row]]:
    for table in CONTAINED_TABLES:
        for rows in lake.iter_rows(table, key, list(CONTAINED_COLUMNS[table])):
            yield contained_rows(table, rows)


def _readable(lake: Lake, table: str, key: str, *, empty_is_read: bool = False) -> list[list[Row]] | None:
    """The rows of a space, or None where a row says that they could not be read (or where there is none at all)."""
    batches = list(lake.iter_rows(table, key))
    if any(row["principal_type"] == "unknown" for row in _flat(batches)):
        return None
    return batches if batches or empty_is_read else None


def _flat(batches: Iterable[list[Row]]) -> Iterator[Row]:
    for batch in batches:
        yield from batch
