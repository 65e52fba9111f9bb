"""Real storage-format pages: each file is one page, and its body comes through to the character."""

from pathlib import Path

import pytest

from confluence_assets.emulator import SiteConfig
from confluence_assets.warehouse import ConfluenceWarehouse
from tests.sync.harness import bench

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "storage"


@pytest.mark.shared
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real pages is not beside the checkout")
def test_every_document_is_one_page_with_its_text(tmp_path: Path) -> None:
    documents = sorted(path.read_bytes().decode() for path in CORPUS.rglob("*") if path.is_file())
    with bench(SiteConfig(content_dir=CORPUS), tmp_path) as run:
        report = run.sync("full")
        assert report.failures == []
        in_parquet = sorted(row["body_storage"] for rows in run.lake.iter_rows("pages") for row in rows)
        with ConfluenceWarehouse(run.site.folder / "confluence.duckdb") as warehouse:
            found = warehouse.query_rows("select body_storage, body_markdown from pages")
    titled = [body for body in in_parquet if body not in documents]
    # The space's home page is the only page that no file made.
    assert len(titled) <= 1
    assert [body for body in in_parquet if body in set(documents)] == documents
    assert sorted(row[0] for row in found) == in_parquet
    assert all(row[1] is not None for row in found)
