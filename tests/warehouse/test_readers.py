"""Readers never wait and never fail, however often the file is replaced under them; and they see one moment."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from confluence_assets.lake import Lake
from confluence_assets.warehouse import ConfluenceWarehouse, publish
from tests.warehouse.conftest import T0, Fill

READER = """
import sys, time, duckdb
rounds, seen = 0, set()
print("ready", flush=True)
while True:
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        for _ in range(3):
            pages = connection.execute("select max(title) from pages").fetchall()
            names = connection.execute("select max(name) from confluence.groups").fetchall()
            assert pages == names, (pages, names)
            seen.add(pages[0][0])
    rounds += 1
    time.sleep(0.01)  # leaves the processor to the publisher
    if pages[0][0] == "last":
        break
print(rounds, len(seen), flush=True)
"""


@pytest.mark.timeout(120)
def test_fifty_publications_under_readers(lake: Lake, fill: Fill) -> None:
    def fill_and_publish(mark: str) -> Path:
        fill(
            pages=[{"page_id": str(n), "space_key": "A", "title": mark, "updated_at": T0} for n in range(20)],
            groups=[{"group_id": "g", "name": mark}],
        )
        return publish(lake.root, lake.manifest()).path

    path = fill_and_publish("000")
    failures: list[BaseException] = []
    seen: set[str] = set()
    thread = threading.Thread(target=_read_here, args=(path, seen, failures), daemon=True)
    command = [sys.executable, "-c", READER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            thread.start()
            for number in range(1, 50):
                fill_and_publish(f"{number:03}")
            fill_and_publish("last")
            output, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    thread.join(30)
    assert errors == ""
    rounds, states = map(int, output.split())
    assert rounds > 10
    assert states > 5
    assert failures == []
    assert "last" in seen
    assert len(seen) > 5


def _read_here(path: Path, seen: set[str], failures: list[BaseException]) -> None:
    try:
        with ConfluenceWarehouse(path) as warehouse:
            mark = ""
            while mark != "last":
                [(mark, name)] = warehouse.query_rows(
                    "select (select max(title) from pages), (select max(name) from groups)"
                )
                assert mark == name
                seen.add(mark)
                time.sleep(0.01)
    except BaseException as error:
        failures.append(error)


def test_readers_of_every_kind_in_one_process(lake: Lake, fill: Fill) -> None:
    """DuckDB keeps one instance per path in a process: whoever holds the old file must not hide the new one."""
    fill(pages=[{"page_id": "1", "space_key": "A", "title": "old"}])
    path = publish(lake.root, lake.manifest()).path
    title = "select title from pages"
    with ConfluenceWarehouse(path) as one, ConfluenceWarehouse(path) as other:
        assert one.query_rows(title) == other.query_rows(title) == [("old",)]
        with duckdb.connect(str(path), read_only=True) as plain:
            fill(pages=[{"page_id": "1", "space_key": "A", "title": "new"}])
            publish(lake.root, lake.manifest())
            assert one.query_rows(title) == [("new",)]
            with ConfluenceWarehouse(path) as late:
                assert late.query(title)["title"].tolist() == ["new"]
            assert plain.execute(title).fetchall() == [("old",)]
            assert other.query_arrow(title).to_pylist() == [{"title": "new"}]
        assert one.query_rows(title) == [("new",)]
