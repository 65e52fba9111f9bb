"""The DuckDB file that analysts open: built aside, swapped in, described in itself."""

from confluence_assets.warehouse.publication import Publication, PublishResult, publish, read_publication
from confluence_assets.warehouse.reader import ConfluenceWarehouse

__all__ = ["ConfluenceWarehouse", "Publication", "PublishResult", "publish", "read_publication"]
