"""Killed at any moment: what stood before can be read, and the next run starts at once and ends right."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from confluence_assets.tables import TABLES
from confluence_assets.warehouse import ConfluenceWarehouse
from tests.sync.harness import Bench, bench
from tests.sync.sites import CLOUD, NEWEST, OLDEST, site_config

ROUNDS = {CLOUD: 20, OLDEST: 6, NEWEST: 6}
ROOT = Path(__file__).parents[2]


def _start(run: Bench, mode: str) -> subprocess.Popen:
    kind = "datacenter" if run.embedded.site.is_datacenter else "cloud"
    command = [sys.executable, "-m", "tests.sync.run_once", run.embedded.url, str(run.site.home), mode, kind]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)


def _read_everything(run: Bench) -> dict[str, int]:
    """Every Parquet file to its end, and the database; raises where one can't be read."""
    rows = {table.name: sum(len(batch) for batch in run.lake.iter_rows(table.name)) for table in TABLES}
    database = run.site.folder / "confluence.duckdb"
    if database.exists():
        with ConfluenceWarehouse(database) as warehouse:
            pages = warehouse.query("select count(*) as n from pages")["n"][0]
            counted = warehouse.query("select coalesce(sum(page_count), 0) as n from spaces")["n"][0]
        # All tables of one moment: what the spaces count is what the pages are.
        assert pages == counted
    return rows


@pytest.mark.parametrize("site", ROUNDS)
def test_killed_at_random_moments(site: str, tmp_path: Path) -> None:
    chance = random.Random(7)
    with bench(site_config(site, "odd"), tmp_path, custom_content_types=(), property_keys=()) as run:
        started = time.monotonic()
        assert _start(run, "full").wait(120) == 0
        whole_seconds = time.monotonic() - started
        for number in range(ROUNDS[site]):
            if number % 4 == 0:
                # From nothing as well as on top of an earlier state.
                subprocess.run(["rm", "-rf", str(run.site.folder)], check=True)
            process = _start(run, chance.choice(["full", "incremental"]))
            time.sleep(chance.uniform(0.2, 1.0) * whole_seconds)
            process.send_signal(signal.SIGKILL)
            process.wait(30)
            _read_everything(run)
        started = time.monotonic()
        report = run.sync("incremental")
        assert report.failures == []
        assert time.monotonic() - started < 30, "the next run must not wait for a dead one"
        assert run.differences() == []
        assert list((run.site.folder / "lake" / ".staging").glob("*")) in ([], [*_own_staging(run)])


def _own_staging(run: Bench) -> list[Path]:
    return [
        path for path in (run.site.folder / "lake" / ".staging").glob("*") if path.name.startswith(f"{os.getpid()}-")
    ]
