"""Who may read what. Pure: rows in, rows out."""

from confluence_assets.access.changes import Again, Footprint, principals_by_space, spaces_to_resolve
from confluence_assets.access.crawler import CrawlerPowers, Unadmitted, find_unadmitted
from confluence_assets.access.directory import Directory, SiteAccess, flatten_groups
from confluence_assets.access.principals import Cause, Principal
from confluence_assets.access.resolver import AccessCounts, SpaceResolution, SpaceRows, resolve_space
from confluence_assets.access.rows import (
    CONTAINED_COLUMNS,
    CONTAINED_TABLES,
    TREE_COLUMNS,
    TREE_TABLES,
    contained_rows,
    tree_rows,
)

__all__ = [
    "CONTAINED_COLUMNS",
    "CONTAINED_TABLES",
    "TREE_COLUMNS",
    "TREE_TABLES",
    "AccessCounts",
    "Again",
    "Cause",
    "CrawlerPowers",
    "Directory",
    "Footprint",
    "Principal",
    "SiteAccess",
    "SpaceResolution",
    "SpaceRows",
    "Unadmitted",
    "contained_rows",
    "find_unadmitted",
    "flatten_groups",
    "principals_by_space",
    "resolve_space",
    "spaces_to_resolve",
    "tree_rows",
]
