"""`ConfluenceClient`: typed calls to a site, reads and (where allowed) writes, and raw ones for all else."""

from confluence_assets.api.client.client import ConfluenceClient
from confluence_assets.api.client.raw import RequestOptions

__all__ = ["ConfluenceClient", "RequestOptions"]
