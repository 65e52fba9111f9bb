from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_assets.api import Connection, connect
from confluence_assets.embedded import API_TOKEN, DEMO_CHOICES, EMAIL, SITE_URL
from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.sync.contract import SyncRequest
from confluence_assets.sync.options import Site, SyncOptions
from confluence_assets.sync.runner import run_sync
from confluence_assets.warehouse import ConfluenceWarehouse


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demo site as `make demo` leaves it, but for what takes a request per page and for most files."""
    few = ("image/*", "application/pdf")
    choices = {**DEMO_CHOICES, "versions": False, "likes": False, "attachment_types": few}
    site = Site("demo", tmp_path_factory.mktemp("docs"), SyncOptions(**choices))  # type: ignore[arg-type]
    with EmbeddedSite(SiteConfig.demo(site_url=SITE_URL)) as embedded:
        connection = Connection(url=embedded.url, email=EMAIL, api_token=API_TOKEN, deployment="cloud")
        report = run_sync(site, connect(connection), SyncRequest())
    assert report.failures == []
    return site.folder


@pytest.fixture(scope="session")
def warehouse(demo: Path) -> Iterator[ConfluenceWarehouse]:
    with ConfluenceWarehouse(demo / "confluence.duckdb") as opened:
        yield opened
