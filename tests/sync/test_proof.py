"""A listing that ends early and looks complete: the search index is the second witness."""

from pathlib import Path

import pytest

from confluence_assets.emulator import SiteConfig
from tests.sync.harness import bench


@pytest.mark.parametrize("form", ["empty", "null"])
def test_a_listing_whose_next_link_is_lost_is_not_taken_for_whole(form: str, tmp_path: Path) -> None:
    with bench(SiteConfig.shape("small"), tmp_path, publish=False) as run:
        run.control.configure(v2_limit_cap=7)
        run.control.fault("next_link", form=form, route="GET /wiki/api/v2/pages", first=1)
        report = run.sync("full")
        assert any(line.startswith("pages of space") for line in report.failures), report.failures
        short = [outcome for outcome in report.outcomes if outcome.table == "pages" and outcome.is_failure]
        assert all((outcome.expected or 0) > outcome.received for outcome in short), short
        run.control.clear_faults()
        assert run.sync().failures == []
        assert run.differences() == []


def test_a_page_that_is_gone_and_still_in_the_index_is_no_alarm(tmp_path: Path) -> None:
    with bench(SiteConfig.shape("small"), tmp_path, publish=False) as run:
        run.sync("full")
        run.control.configure(index_lag_seconds=3600)
        page = next(row for row in run.control.dump("page") if row["parent_id"] is not None)
        run.control.edit("trash", id=page["id"])
        report = run.sync()
        assert report.failures == []
        assert page["id"] not in {row["page_id"] for rows in run.lake.iter_rows("pages") for row in rows}


def test_the_ledger_holds_what_the_site_reported_beside_what_came(tmp_path: Path) -> None:
    with bench(SiteConfig.shape("small"), tmp_path, publish=False) as run:
        run.sync("full")
        rows = [row for batch in run.lake.iter_rows("sync_ledger") for row in batch if row["table_name"] == "pages"]
        assert [(row["expected"], row["received"]) for row in rows if row["space_key"]] == [(20, 20), (20, 20)]
