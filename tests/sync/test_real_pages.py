"""Real storage-format pages: each file is one page, and its body comes through to the character."""

import re
from pathlib import Path

import pytest

from confluence_assets.emulator import SeedPlan
from confluence_assets.warehouse import ConfluenceWarehouse
from tests.sync.harness import bench
from tests.sync.sites import CLOUD, DEAR, site_config

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "storage"


@pytest.mark.shared
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real pages is not beside the checkout")
@pytest.mark.parametrize("site", DEAR)
def test_every_document_is_one_page_with_its_text(site: str, tmp_path: Path) -> None:
    documents = sorted(path.read_bytes().decode() for path in CORPUS.rglob("*") if path.is_file())
    with bench(site_config(site, SeedPlan(), content_dir=CORPUS), tmp_path) as run:
        report = run.sync("full")
        assert report.failures == []
        in_parquet = sorted(row["body_storage"] for rows in run.lake.iter_rows("pages") for row in rows)
        with ConfluenceWarehouse(run.site.folder / "confluence.duckdb") as warehouse:
            found = warehouse.query_rows("select body_storage, body_markdown from pages")
        on_site = sorted(row["body_storage"] for row in run.control.dump("page"))
    assert in_parquet == on_site
    if site != CLOUD:
        # A Data Center names people by user key, so that pages that mention somebody read differently there.
        in_parquet, documents = (
            [body for body in bodies if not re.search("ri:(account-id|userkey)=", body)]
            for bodies in (in_parquet, documents)
        )
    # The space's home page is the only page that no file made.
    assert len([body for body in in_parquet if body not in documents]) <= 1
    assert [body for body in in_parquet if body in set(documents)] == documents
    assert sorted(row[0] for row in found) == on_site
    assert all(row[1] is not None for row in found)
