"""SIGKILL at any instant leaves a complete earlier state, and the next writer starts at once."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from confluence_assets.lake import Lake

WRITER = """
import sys
from pathlib import Path
from confluence_assets.lake import Lake
from tests.lake.rows import day, page, ledger
lake = Lake(Path(sys.argv[1]))
start = int(sys.argv[2])
with lake.lock(holder="writer", timeout_seconds=5):
    lake.remove_leftovers()
    print("started", flush=True)
    for n in range(start, start + 10_000):
        with lake.stage("pages", run_id=f"r{n}", buffer_bytes=200_000) as stage:
            stage.add([page(i, body=f"body {n} " * 50, version_number=n) for i in range(400 + n % 7)])
            stage.commit("DOCS", synced_at=day(1), watermark=str(n))
        lake.append_run("sync_ledger", [ledger(f"r{n}", "pages", received=n)], f"r{n}")
        lake.write_site_state({"n": n})
"""


def check(lake: Lake) -> int:
    """The state is whole: one generation everywhere, the watermark that belongs to it. Shape: its number."""
    meta = lake.read_meta("pages", "DOCS")
    if meta is None:
        return 0
    number = int(meta.watermark or 0)
    rows = [row for rows in lake.iter_rows("pages", "DOCS") for row in rows]
    assert len(rows) == meta.row_count == 400 + number % 7
    assert {row["version_number"] for row in rows} == {number}
    assert {row["body_storage"] for row in rows} == {f"body {number} " * 50}
    runs = [row["run_id"] for rows in lake.iter_rows("sync_ledger") for row in rows]
    state = lake.read_site_state().get("n", 0)
    assert f"r{state}" in runs or state == 0
    assert number - 1 <= state <= number
    return number


@pytest.mark.timeout(120)
def test_killed_at_random_moments(lake: Lake) -> None:
    chance = random.Random(11)
    root = Path(__file__).parents[2]
    done = 0
    for _ in range(15):
        command = [sys.executable, "-c", WRITER, str(lake.root), str(done + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            if process.stdout.readline() != "started\n":
                pytest.fail(process.stderr.read())
            time.sleep(chance.uniform(0.0, 0.5))
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        done = check(lake)
        assert lake.lock_holder() is None
    assert done > 15
    lake.remove_leftovers()
    assert check(lake) == done
    left = [path for path in lake.root.rglob("*") if path.is_file() and path.suffix in (".tmp", ".arrow")]
    assert left == []
