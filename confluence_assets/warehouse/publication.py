"""Publishes the lake as one DuckDB file: built aside and swapped in, so that readers never wait and see one moment.

A file that was published by this release or an earlier one is copied, and what changed in the lake since is brought in. It
is made from nothing where there is none to start from, where too much of it is waste, and once a day where rows have left it.
The caller holds the lake's lock, so that the files don't change meanwhile.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from confluence_assets.errors import StorageError
from confluence_assets.warehouse.account import FORMAT, Publication, RowDelta, read_publication
from confluence_assets.warehouse.database import DATABASE_NAME, building_path, remove_leftovers, swap_in
from confluence_assets.warehouse.due import put_off, settle_due
from confluence_assets.warehouse.files import SourceFile, fingerprint
from confluence_assets.warehouse.history import keep_publication, purge_kept
from confluence_assets.warehouse.update import Order, build, schema_text, update

_MEMORY_MIB = 96
_SMALL_MEMORY_MIB = 76
"""What DuckDB may take to make a database, and a small one; keys want more of it, see `_memory_limits`."""
_INDEX_BYTES_PER_ROW = 96
_WASTE_FACTOR = 2.0
"""A file that grew to more than this, per row, since it was made from nothing is made from nothing again."""
_BORNE_BYTES = 32 * 1024 * 1024
"""So much waste is borne in any case: a small file has little to win."""
RESIDUE_LIFETIME = timedelta(days=1)
"""So long the bytes of rows that left may stand in the file, where no query finds them."""


@dataclass(frozen=True, slots=True)
class PublishPolicy:
    """When to publish, and what is kept.

    `interval_seconds` have to pass between two publications; what comes sooner is put off (see `due`). Of the last
    publications `history_count` are kept.
    """

    interval_seconds: float = 0.0
    history_count: int = 0


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What a publication did. `rows` by table; without `changed` the file that stood still stands.

    `deltas` are the tables in which rows came, changed or left; `rebuilt_because` says why the file was made from nothing
    although one stood, and is empty where it was not. `due_at` is when a publication that was put off is due.
    """

    changed: bool
    path: Path
    rows: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    seconds: float = 0.0
    deltas: dict[str, RowDelta] = field(default_factory=dict)
    rebuilt_because: str = ""
    due_at: datetime | None = None
    dropped: tuple[str, ...] = ()
    """Kept publications that had to go, and why."""


def publish(
    root: Path,
    files: Sequence[SourceFile],
    *,
    site_id: str = "",
    force: bool = False,
    policy: PublishPolicy = PublishPolicy(),
    memory_limit_mib: int | None = None,
) -> PublishResult:
    """Publish the lake's files as `root/confluence.duckdb`, unless that already shows them. `force` makes it from nothing.

    Raises: StorageError naming the file that could not be read or written.
    """
    started = time.monotonic()
    target = root / DATABASE_NAME
    order = Order(root, building_path(root), files, fingerprint(files, schema_text()), site_id)
    published = read_publication(target)
    if published is not None and not force:
        standing = PublishResult(False, target, published.rows, target.stat().st_size)
        if published.fingerprint == order.fingerprint and not _has_old_residue(published):
            settle_due(root)
            keep_publication(root, published.published_at, policy.history_count)
            return replace(standing, seconds=time.monotonic() - started)
        if due_at := _due_at(published, policy):
            put_off(root, due_at)
            return replace(standing, due_at=due_at, seconds=time.monotonic() - started)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    reason = "it was asked for" if force else ""
    return replace(_publish(order, published, reason, policy, memory_limit_mib), seconds=time.monotonic() - started)


def _due_at(published: Publication, policy: PublishPolicy) -> datetime | None:
    """When the next publication may come; None where it may now."""
    now = datetime.now(UTC)
    due_at = published.published_at + timedelta(seconds=policy.interval_seconds)
    # A publication of the future was made before the clock was put back.
    return due_at if published.published_at <= now < due_at else None


def _publish(
    order: Order, published: Publication | None, reason: str, policy: PublishPolicy, limit_mib: int | None
) -> PublishResult:
    root, target = order.root, order.root / DATABASE_NAME
    try:
        signed, reason = _make(order, published, reason, limit_mib)
        # Without a file that stood nothing tells what left since the kept ones were made.
        may_hold_gone = published is None or bool(reason) or any(delta.removed for delta in signed.deltas.values())
        dropped = purge_kept(root, order.building) if may_hold_gone else []
        swap_in(order.building, target)
    except duckdb.Error as error:
        raise StorageError(
            f"{target} could not be built: {str(error)[:400]}", hint="The file that stood still stands."
        ) from error
    finally:
        remove_leftovers(root)
    keep_publication(root, signed.published_at, policy.history_count)
    settle_due(root)
    size = target.stat().st_size
    return PublishResult(True, target, signed.rows, size, 0, signed.deltas, reason, dropped=tuple(dropped))


def _make(order: Order, published: Publication | None, reason: str, limit_mib: int | None) -> tuple[Publication, str]:
    """Build what is to be swapped in. Shape: its account, and why it was made from nothing although a file stood."""
    target, deltas = order.root / DATABASE_NAME, None
    if target.exists() and not reason:
        reason = "it can't be read" if published is None else _obstacle(published, order)
    if published is not None and not reason:
        try:
            signed = _within(
                _memory_limits(order, limit_mib, of_all=False), order, lambda mib: update(order, target, published, mib)
            )
        except duckdb.Error as error:
            reason = f"it could not be updated: {str(error).splitlines()[0][:200]}"
        else:
            reason = _excess(signed, order.building.stat().st_size)
            if not reason:
                return signed, ""
            deltas = signed.deltas
    built = _within(_memory_limits(order, limit_mib, of_all=True), order, lambda mib: build(order, mib, deltas))
    return built, reason


def _obstacle(published: Publication, order: Order) -> str:
    """Why the published file is no place to start from; empty where it is one."""
    if published.format != FORMAT:
        return "it is of another release's format"
    if published.site_id != order.site_id:
        return "it is another site's"
    return ""


def _excess(signed: Publication, size: int) -> str:
    """Why the updated file should not stay as it is; empty where it should."""
    rows = sum(signed.rows.values())
    if signed.rebuilt_bytes and signed.rebuilt_rows:
        live = signed.rebuilt_bytes * max(rows, 1) / signed.rebuilt_rows
        if size > _WASTE_FACTOR * live + _BORNE_BYTES:
            return f"{size / 1e6:,.0f} MB had become of what takes {live / 1e6:,.0f} MB"
    return "rows had left it, whose bytes go with this" if _has_old_residue(signed) else ""


def _has_old_residue(account: Publication) -> bool:
    """Whether bytes of rows that left have stood in the file for long enough, be the lake as it was or not."""
    rebuilt_at = account.rebuilt_at
    return account.has_residue and rebuilt_at is not None and datetime.now(UTC) - rebuilt_at > RESIDUE_LIFETIME


def _memory_limits(order: Order, limit_mib: int | None, *, of_all: bool) -> list[int]:
    """Limits to try, in MiB. DuckDB takes what it is given, so it is given little; where that is too little, more."""
    if limit_mib is not None:
        return [limit_mib]
    rows = sum(file.row_count for file in order.files) if of_all else 0
    least = _SMALL_MEMORY_MIB if of_all and order.is_small else _MEMORY_MIB
    first = least + rows * _INDEX_BYTES_PER_ROW // 2**20
    return [round(first * factor) for factor in (1, 1.5, 2.5, 5, 16)]


def _within(limits_mib: Sequence[int], order: Order, make: Callable[[int], Publication]) -> Publication:
    for limit in limits_mib[:-1]:
        remove_leftovers(order.root)
        try:
            return make(limit)
        except (duckdb.OutOfMemoryException, duckdb.TransactionException) as error:
            # What runs out of memory in a checkpoint says so as a failed commit.
            if not isinstance(error, duckdb.OutOfMemoryException) and "failed to allocate" not in str(error):
                raise
    remove_leftovers(order.root)
    return make(limits_mib[-1])
