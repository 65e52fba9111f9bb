"""Versions and likes, by choice: read once per change, and kept for what did not change."""

from pathlib import Path

import pytest

from confluence_assets.emulator import SiteConfig
from tests.api.datacenter import datacenter
from tests.support.truth import held
from tests.sync.harness import Bench, bench
from tests.sync.sites import CLOUD, DEAR


def _truth(run: Bench, kind: str) -> set[tuple]:
    listed = {
        row["id"] for name in ("page", "blogpost") for row in run.control.dump(name) if row["status"] != "trashed"
    }
    rows = [row for row in run.control.dump(kind) if row["content_id"] in listed]
    last = "version_number" if kind == "version" else "account_id"
    return {(row["content_id"], row[last]) for row in rows}


def _held(run: Bench) -> tuple[set, set]:
    return set(held(run.lake, "content_versions")), set(held(run.lake, "content_likes"))


@pytest.mark.parametrize("site", DEAR)
def test_versions_and_likes_are_whole_and_stay_whole(site: str, tmp_path: Path) -> None:
    """The likes that were read again once counted as versions read again, and all versions left with the second run."""
    config = SiteConfig.demo() if site == CLOUD else datacenter("demo", site)
    with bench(config, tmp_path, versions=True, likes=True, publish=False) as run:
        viewer = run.control.account_id("admin@example.com")
        run.control.dump = lambda kind=None, dump=run.control.dump_as: dump(viewer, kind)  # type: ignore[method-assign]
        for _ in range(2):
            assert run.sync().failures == []
            assert _held(run) == (_truth(run, "version"), _truth(run, "like"))
        page = next(row for row in run.control.dump("page") if row["status"] == "current")
        run.control.edit("edit_content", id=page["id"], body="<p>new</p>")
        run.control.edit("like", id=page["id"], by="priya@example.com")
        other = next(
            row for row in run.control.dump("page") if row["version_number"] > 2 and row["status"] == "current"
        )
        run.control.edit("delete_version", id=other["id"], number=1)
        assert run.sync().failures == []
        assert _held(run) == (_truth(run, "version"), _truth(run, "like"))
