"""Tasks that stand in bodies: a run that is killed between a page and its tasks, or could not read all, leaves nothing for ever."""

from contextlib import suppress
from pathlib import Path

import pytest

from confluence_assets.errors import ConfluenceAssetsError
from tests.api.datacenter import datacenter
from tests.sync.harness import IMPATIENT, bench
from tests.sync.kill_points import copy_of, kill_run


@pytest.mark.parametrize("mode", ["incremental", "content"])
def test_killed_at_any_write_tasks_follow_their_pages(mode: str, tmp_path: Path) -> None:
    with bench(datacenter("empty"), tmp_path / "home", publish=False, documents=False) as run:
        edit = run.control.edit
        edit("create_space", key="WORK", name="Work", private=False)
        page = edit("create_page", space="WORK", title="Chores")["id"]
        tasks = [edit("create_task", container=page, body=f"do {number}")["id"] for number in range(3)]
        assert run.sync("full").failures == []
        edit("delete_task", id=tasks[0])
        edit("tick_task", id=tasks[1])
        edit("catch_up_index")
        writes, was_killed = 0, True
        while was_killed:
            one = copy_of(run, tmp_path / str(writes))
            was_killed = kill_run(one, mode, writes)
            assert one.sync("incremental").failures == []
            assert one.differences() == [], f"killed at write {writes}"
            writes += 1
        assert writes > 3


@pytest.mark.parametrize("mode", ["incremental", "full"])
def test_any_request_refused_tasks_follow_their_pages(mode: str, tmp_path: Path) -> None:
    """Pages and posts are listed apart: where one listing breaks, the bodies of the other are written without their tasks."""
    with bench(datacenter("empty"), tmp_path / "home", publish=False, documents=False, removal_limit=1.0) as run:
        edit = run.control.edit
        for key in ("WORK", "HOME"):
            edit("create_space", key=key, name=key, private=False)
        pages = [edit("create_page", space="WORK", title=title)["id"] for title in ("Moving", "Edited", "Emptied")]
        post = edit("create_blogpost", space="WORK", title="News")["id"]
        tasks = {one: edit("create_task", container=one, body=f"do {one}")["id"] for one in (*pages, post)}
        edit("catch_up_index")
        assert run.sync("full").failures == []
        edit("move", id=pages[0], space="HOME")
        edit("create_task", container=pages[1], body="do more")
        edit("delete_task", id=tasks[pages[2]])
        edit("tick_task", id=tasks[post])
        edit("create_space", key="NEW", name="New", private=False)
        edit("create_task", container=edit("create_page", space="NEW", title="First")["id"], body="do first")
        edit("catch_up_index")
        number, has_fired = 1, True
        while has_fired:
            one = copy_of(run, tmp_path / str(number))
            run.control.fault("error", status=401, nth=number)
            with suppress(ConfluenceAssetsError):
                one.sync(mode, transport=IMPATIENT)
            has_fired = run.control.faults()[0]["fired"] > 0
            run.control.clear_faults()
            assert one.sync("incremental").failures == []
            assert one.differences() == [], f"request {number} was refused"
            number += 1
        assert number > 10
