"""A run that is killed while it writes a space for the first time: the next one knows whose files these are, by their id."""

from collections.abc import Callable
from pathlib import Path

import pytest

from confluence_assets.emulator import SeedPlan
from tests.sync.harness import Bench, bench
from tests.sync.kill_points import copy_of, kill_run
from tests.sync.sites import CLOUD, site_config

PLAN = SeedPlan(spaces=1, pages_per_space=2, comments=2, attachments=1, users=3, groups=1, audit_records=0)


def rename(run: Bench) -> None:
    run.control.edit("rename_space_key", space="NEW", key="OTHER")


def delete(run: Bench) -> None:
    run.control.edit("delete_space", space="NEW")


def replace(run: Bench) -> None:
    delete(run)
    run.control.edit("create_space", key="NEW", name="Another", private=False)


@pytest.mark.parametrize("change", [rename, delete, replace])
@pytest.mark.parametrize("write", range(0, 40, 4))
def test_what_becomes_of_it_is_followed(change: Callable[[Bench], None], write: int, tmp_path: Path) -> None:
    with bench(site_config(CLOUD, PLAN), tmp_path / "home", publish=False, removal_limit=1.0) as run:
        assert run.sync("full").failures == []
        run.control.edit("create_space", key="NEW", name="New", private=False)
        run.control.edit("create_page", space="NEW", title="First", body="<p>first</p>")
        one = copy_of(run, tmp_path / "killed")
        kill_run(one, "full", write)
        change(run)
        assert one.sync("incremental").failures == []
        assert one.differences() == []
        again = one.sync("full")
        assert (again.failures, again.is_changed) == ([], False)
