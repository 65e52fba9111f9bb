"""The DuckDB file that analysts open: built aside, swapped in, described in itself."""

from confluence_assets.warehouse.account import Publication, RowDelta, read_publication
from confluence_assets.warehouse.publication import PublishResult, publish
from confluence_assets.warehouse.reader import ConfluenceWarehouse

__all__ = ["ConfluenceWarehouse", "Publication", "PublishResult", "RowDelta", "publish", "read_publication"]
