"""Several processes on one home: first starts at the same moment, and a reader that never lets go."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from confluence_assets.emulator import EmbeddedSite, SiteConfig
from confluence_assets.warehouse import ConfluenceWarehouse

READER = """
import sys, time, duckdb
path = sys.argv[1]
held = duckdb.connect(path, read_only=True)
reads, moments = 0, set()
while True:
    held.execute("select count(*), max(updated_at) from pages").fetchall()
    fresh = duckdb.connect(":memory:")
    fresh.execute(f"attach '{path}' as newest (read_only)")
    pages, counted = fresh.execute(
        "select (select count(*) from newest.pages), (select sum(page_count) from newest.spaces)"
    ).fetchall()[0]
    assert pages == counted, (pages, counted)
    moments.add(pages)
    fresh.close()
    reads += 1
    print(reads, len(moments), flush=True)
"""


def _sync(*words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "confluence_assets", "sync", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ))


@pytest.mark.slow
def test_three_first_starts_at_the_same_moment_all_end_right(home: Path) -> None:
    starts = [_sync() for _ in range(3)]
    outputs = [start.communicate(timeout=240) for start in starts]
    assert [start.returncode for start in starts] == [0, 0, 0], outputs
    (database,) = home.glob("*/confluence.duckdb")
    with ConfluenceWarehouse(database) as warehouse:
        ((pages, counted),) = warehouse.query_rows(
            "select (select count(*) from pages), (select sum(page_count) from spaces)"
        )
    assert pages == counted > 0


@pytest.mark.slow
def test_a_reader_that_holds_the_file_is_never_in_the_way(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedSite(SiteConfig.shape("small", site_url="https://acme.example")) as own:
        monkeypatch.setenv("CONFLUENCE_URL", own.url)
        _finish(_sync())
        (database,) = home.glob("*/confluence.duckdb")
        reader = subprocess.Popen(
            [sys.executable, "-c", READER, str(database)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            space = own.control.dump("space")[0]["key"]
            for number in range(3):
                own.control.edit("create_page", space=space, title=f"Page {number}", body="<p>x</p>")
                _finish(_sync())
            time.sleep(0.5)
            assert reader.poll() is None, "the reader ended with an error"
        finally:
            reader.kill()
            lines = reader.communicate(timeout=30)[0].splitlines()
    reads, moments = map(int, lines[-1].split())
    assert reads > 10
    assert moments >= 3, "the reader saw the file change under it, whole each time"


def _finish(run: "subprocess.Popen[str]") -> None:
    output = run.communicate(timeout=240)
    assert run.returncode == 0, output
