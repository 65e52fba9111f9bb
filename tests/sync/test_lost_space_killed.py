"""A run that loses a space and is killed before it has taken away what was derived of it: the next one does."""

from pathlib import Path

import pytest

from confluence_assets.emulator import SeedPlan
from tests.sync.harness import bench
from tests.sync.kill_points import copy_of, kill_run, killed_at
from tests.sync.sites import CLOUD, site_config

PLAN = SeedPlan(spaces=3, pages_per_space=3, comments=3, attachments=2, users=3, groups=1, audit_records=0)
DERIVED = ("content_acl", "acl_profiles", "acl_readers", "documents", "content_links", "content_chunks")


@pytest.mark.parametrize("dropped", [0, 3])
def test_nothing_derived_of_a_lost_space_stays(dropped: int, tmp_path: Path) -> None:
    """Its rows would name readers of contents that stand in other spaces by now."""
    with bench(site_config(CLOUD, PLAN), tmp_path, publish=False, removal_limit=1.0) as run:
        assert run.sync("full").failures == []
        lost = sorted(row["key"] for row in run.control.dump("space"))[-1]
        run.control.edit("delete_space", space=lost)
        with killed_at(10_000) as made:
            dry = copy_of(run, tmp_path.parent / f"{tmp_path.name}-dry")
            assert dry.sync("incremental").failures == []
        assert kill_run(run, "incremental", made.index("drop_partition") + dropped)
        assert run.sync("incremental").failures == []
        held = set(run.lake.partitions("pages"))
        assert lost not in held
        for table in DERIVED:
            assert set(run.lake.partitions(table)) <= held, table
