"""Tasks that stand in bodies: a run that is killed between a page and its tasks leaves nothing for ever."""

from pathlib import Path

import pytest

from tests.api.datacenter import datacenter
from tests.sync.harness import bench
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
