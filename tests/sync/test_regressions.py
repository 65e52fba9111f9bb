"""What was once wrong, each by its cause."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_assets.emulator import SiteConfig
from confluence_assets.emulator.config import SeedPlan
from confluence_assets.errors import IncompleteError
from tests.support.truth import differences
from tests.sync.harness import IMPATIENT, Bench, bench

PLAN = SeedPlan(spaces=3, pages_per_space=6, comments=12, attachments=6, tasks=6, blogposts_per_space=2)
CONTENT = ("spaces", "pages", "blogposts", "comments", "attachments", "tasks")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Bench]:
    with bench(SiteConfig(plan=PLAN), tmp_path, publish=False) as synced:
        assert synced.sync("full").failures == []
        yield synced


def wrong(run: Bench) -> list[str]:
    """Where the content tables are not what the site is, but for addresses: only a sweep sees those of renamed keys."""
    truth = run.truth()
    lines = differences(run.lake, {table: truth[table] for table in CONTENT}, limit=1000)
    return [line for line in lines if " web_url is " not in line]


def leave_unfinished(run: Bench, mode: str = "incremental") -> None:
    """A run that reads everything and is not allowed to commit it."""
    run.control.fault("error", status=500, route="*/user/current", after=1)
    with pytest.raises(IncompleteError):
        run.sync(mode, transport=IMPATIENT)
    run.control.clear_faults()


# Spaces and their keys


@pytest.mark.parametrize("mode", ["content", "incremental"])
def test_a_renamed_space_outlives_a_run_that_failed(run: Bench, mode: str) -> None:
    """The files had their new key already, and the next run took them for another space's and dropped them."""
    run.control.edit("rename_space_key", space="SP001", key="OTHER")
    leave_unfinished(run)
    assert run.sync(mode).failures == []
    assert wrong(run) == []


def test_swapped_keys_outlive_a_run_that_failed(run: Bench) -> None:
    """The second run swapped the files back, for it went by their keys and not by whose they are."""
    run.control.edit("rename_space_key", space="SP001", key="TMP")
    run.control.edit("rename_space_key", space="SP002", key="SP001")
    run.control.edit("rename_space_key", space="TMP", key="SP002")
    leave_unfinished(run)
    assert run.sync("content").failures == []
    assert wrong(run) == []


def test_files_that_a_killed_run_left_on_their_way_arrive(run: Bench) -> None:
    """A run killed between the two renames of a file left it under a name that nobody looked for."""
    space_id = next(row["id"] for row in run.control.dump("space") if row["key"] == "SP001")
    run.control.edit("rename_space_key", space="SP001", key="OTHER")
    run.lake.rename_partition("SP001", f"renaming {space_id}")
    run.control.edit("rename_space_key", space="OTHER", key="SP001")
    assert run.sync("content").failures == []
    assert wrong(run) == []


def test_a_space_that_takes_the_key_of_a_deleted_one_keeps_its_rows(run: Bench) -> None:
    """The deleted space stayed in `spaces` under the same key, and the run after dropped that key's files."""
    run.control.edit("delete_space", space="SP002")
    run.control.edit("rename_space_key", space="SP001", key="SP002")
    assert run.sync("incremental").failures == []
    assert wrong(run) == []
    assert run.sync("content").failures == []
    assert wrong(run) == []
