"""Pages that move into a space which a content run sees for the first time: they arrive there, and leave where they were."""

from pathlib import Path

import pytest

from confluence_assets.emulator import SiteConfig
from confluence_assets.emulator.config import SeedPlan
from tests.sync.harness import bench


@pytest.mark.parametrize("modes", [("content", "incremental"), ("content", "content", "incremental"), ("incremental",)])
def test_a_tree_leaves_its_old_space_once_it_has_arrived(modes: tuple[str, ...], tmp_path: Path) -> None:
    plan = SeedPlan(spaces=2, pages_per_space=5, properties=4, users=6, groups=3)
    with bench(SiteConfig(plan=plan, seed=17), tmp_path, publish=False, removal_limit=1.0) as run:
        assert run.sync("full").failures == []
        old = sorted(row["key"] for row in run.control.dump("space"))[-1]
        root = next(
            row
            for row in run.control.dump("page")
            if row["space_key"] == old and row["status"] == "current" and not row["parent_id"]
        )
        run.control.edit("create_space", key="FRESH", name="Fresh", private=False)
        run.control.edit("move", id=root["id"], space="FRESH")
        for mode in modes:
            assert run.sync(mode).failures == []
        assert run.differences() == []
        moved = [row for row in run.control.dump("page") if row["space_key"] == "FRESH"]
        assert len(moved) > 1
        assert run.lake.count_rows("pages", old) == run.truth()["spaces"][(root["space_id"],)]["page_count"]
