"""The DuckDB file that analysts open: built aside, swapped in, described in itself."""

from confluence_assets.warehouse.account import Publication, RowDelta, read_publication
from confluence_assets.warehouse.due import read_due
from confluence_assets.warehouse.publication import PublishPolicy, PublishResult, publish
from confluence_assets.warehouse.reader import ConfluenceWarehouse

__all__ = [
    "ConfluenceWarehouse",
    "Publication",
    "PublishPolicy",
    "PublishResult",
    "RowDelta",
    "publish",
    "read_due",
    "read_publication",
]
