"""Derived tables: made from the lake's own rows, without a request, and only where their inputs changed."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from confluence_assets.lake import Lake
from confluence_assets.sync.contract import TableOutcome
from confluence_assets.sync.conversion import Converters
from confluence_assets.sync.derive_access import ACCESS_TABLES, derive_access
from confluence_assets.sync.derive_documents import DOCUMENT_TABLES, derive_documents
from confluence_assets.tables import Row


def derive_tables(
    lake: Lake,
    spaces: Iterable[Row],
    tables: Collection[str],
    run_id: str,
    synced_at: datetime,
    converters: Converters,
) -> Iterator[TableOutcome]:
    """Bring the derived tables among `tables` up to date. Shape: one outcome per table and space that was made again.

    `converters` may hold conversions of bodies that this run has read.
    """
    space_ids: dict[str, str] = {row["space_key"]: row["space_id"] for row in spaces}
    if not set(ACCESS_TABLES).isdisjoint(tables):
        yield from derive_access(lake, space_ids, run_id, synced_at)
    if not set(DOCUMENT_TABLES).isdisjoint(tables):
        yield from derive_documents(lake, space_ids, run_id, synced_at, converters)
