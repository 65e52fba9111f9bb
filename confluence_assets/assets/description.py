"""What the lake adds to a materialization: the first rows, and the address of the space. Must not know of runs."""

from collections.abc import Mapping
from functools import cached_property
from itertools import islice
from typing import Any

import dagster as dg

from confluence_assets.assets.lineage import column_lineage
from confluence_assets.assets.metadata import PREVIEW_ROWS, outcome_metadata, preview, preview_columns
from confluence_assets.assets.page_preview import latest_page
from confluence_assets.lake import Lake
from confluence_assets.sync.contract import TableOutcome
from confluence_assets.tables import TABLES_BY_NAME, Grain, Row

PAGES_PER_RUN = 20
"""Spaces whose latest page is shown: that reads the space's documents."""
PREVIEWS_PER_RUN = 100
"""Reading a preview costs some milliseconds; where very much changed, the later ones are left out."""


class LakeDescription:
    """Describes outcomes, with what the lake holds now."""

    def __init__(self, lake: Lake, keys: Mapping[str, dg.AssetKey] | None = None) -> None:
        self._lake = lake
        self._keys = keys or {}
        self._left = PREVIEWS_PER_RUN
        self._pages_left = PAGES_PER_RUN

    def __call__(self, outcome: TableOutcome) -> dict[str, Any]:
        """The metadata of one outcome."""
        described = outcome_metadata(outcome, self._lake.root, space_url=self._space_urls.get(outcome.space_key))
        if rows := preview(outcome.table, self._first_rows(outcome)):
            described["first rows"] = rows
        if lineage := column_lineage(outcome.table, self._keys):
            described["dagster/column_lineage"] = lineage
        if text := self._latest_page(outcome):
            described["latest changed page"] = dg.MetadataValue.md(text)
        return described

    @cached_property
    def _space_urls(self) -> dict[str, str]:
        rows = (row for batch in self._lake.iter_rows("spaces", columns=["space_key", "web_url"]) for row in batch)
        return {row["space_key"]: row["web_url"] for row in rows if row["web_url"]}

    def _latest_page(self, outcome: TableOutcome) -> str | None:
        if outcome.table != "documents" or not outcome.row_count or self._pages_left <= 0:
            return None
        self._pages_left -= 1
        return latest_page(self._lake, outcome.space_key)

    def _first_rows(self, outcome: TableOutcome) -> list[Row]:
        if not outcome.row_count or self._left <= 0 or TABLES_BY_NAME[outcome.table].grain is Grain.RUN:
            return []
        self._left -= 1
        batches = self._lake.iter_rows(outcome.table, outcome.space_key or None, preview_columns(outcome.table))
        return list(islice((row for batch in batches for row in batch), PREVIEW_ROWS))
