"""The end of a run: the database is published, and the report says what stands in the lake."""

from datetime import UTC, datetime

from confluence_assets.lake import Lake
from confluence_assets.sync.contract import SyncObserver, SyncReport, SyncRequest
from confluence_assets.sync.options import Site
from confluence_assets.tables import TABLES
from confluence_assets.warehouse import publish


def conclude(site: Site, request: SyncRequest, observer: SyncObserver, lake: Lake, report: SyncReport) -> None:
    """Publish what the lake holds now, and complete the report."""
    report.space_keys = tuple(
        sorted(row["space_key"] for rows in lake.iter_rows("spaces", columns=["space_key"]) for row in rows)
    )
    report.row_counts = {table.name: lake.total_rows(table.name) for table in TABLES}
    if site.options.publish:
        observer.on_stage("publishing")
        published = publish(site.folder)
        report.published = published.changed
        report.database_path = str(published.path)
    report.finished_at = datetime.now(UTC)
