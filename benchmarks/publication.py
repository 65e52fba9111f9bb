"""Publishing the edit of one page on a site of a million, and asking what somebody may read of it.

    python benchmarks/publication.py [--pages 1000000] [--spaces 200] [--folder DIR]

Each round edits a page (its body, its document, its chunk), then copies the published file by reading, writing and syncing it,
then publishes. Asserted: the median publication takes less than 1.7 times the median copy, within 800 MB; every row is
there afterwards, the edit in every table; `visible_pages` answers in less than a second. Wants some 6 GB of disk for a million.
"""

import argparse
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from big_lake import Shape, build_big_lake, space_key
from common import check, measure

from confluence_assets.lake import Lake
from confluence_assets.warehouse import ConfluenceWarehouse, RowDelta, publish

ROUNDS, READERS = 7, 10
RATIO, MEGABYTES, SECONDS = 1.7, 800.0, 1.0
EDITED = {name: RowDelta(changed=1) for name in ("pages", "documents", "content_chunks")}


def edit(lake: Lake, key: str, number: int) -> tuple[str, str]:
    """Change one page of a space in the lake. Shape: its id and its new title."""
    title = f"Edited {time.time_ns()}"
    page = next(lake.iter_rows("pages", key))[number]
    document = next(lake.iter_rows("documents", key))[number]
    chunk = next(lake.iter_rows("content_chunks", key))[number]
    rows = {
        "pages": {name: value for name, value in page.items() if name != "synced_at"}
        | {"title": title, "body_storage": f"<p>{title}</p>", "version_number": page["version_number"] + 1},
        "documents": document | {"title": title, "body_markdown": title},
        "content_chunks": {name: value for name, value in chunk.items() if name != "acl_profile_id"} | {"text": title},
    }
    for table, row in rows.items():
        with lake.stage(table, run_id="edit") as stage:
            stage.add([row])
            stage.commit(key, synced_at=datetime.now(UTC), keep_missing=True)
    return page["page_id"], title


def copy(source: Path) -> float:
    """Seconds to read the file, write it and see it on disk."""
    target = source.with_name("copy")
    started = time.perf_counter()
    with source.open("rb") as old, target.open("wb") as new:
        shutil.copyfileobj(old, new, 1 << 20)
        new.flush()
        os.fsync(new.fileno())
    seconds = time.perf_counter() - started
    target.unlink()
    return seconds


def publish_edit(root: Path, number: int) -> None:
    """One edit and its publication, in a process that is measured."""
    lake = Lake(root)
    lake.manifest()
    edit(lake, space_key(3), number)
    result = publish(root, lake.manifest())
    assert result.deltas == EDITED, result.deltas
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def run_rounds(lake: Lake, shape: Shape) -> float:
    """Median publication over median copy; every publication is looked at."""
    copies, publications = [], []
    rows = lake.total_rows("pages")
    for number in range(ROUNDS):
        page_id, title = edit(lake, space_key(number % shape.spaces), number)
        lake.manifest()  # a run has counted its rows before it publishes, and knows every footer
        copies.append(copy(lake.root / "confluence.duckdb"))
        started = time.perf_counter()
        result = publish(lake.root, lake.manifest())
        publications.append(time.perf_counter() - started)
        assert (result.deltas, result.rebuilt_because) == (EDITED, ""), result
        with ConfluenceWarehouse(result.path) as warehouse:
            found = warehouse.query_rows("select title, body_markdown from pages where page_id = ?", [page_id])
            assert found == [(title, title)], found
            assert warehouse.query_rows("select count(*), count(distinct page_id) from pages") == [(rows, rows)]
        print(f"  copy {copies[-1]:.2f} s, publication {publications[-1]:.2f} s")
    return statistics.median(publications) / statistics.median(copies)


def visible_pages(path: Path) -> float:
    """Median seconds to fetch what somebody may read."""
    took = []
    with ConfluenceWarehouse(path) as warehouse:
        people = warehouse.query_rows(f"select account_id from users where account_status = 'active' limit {READERS}")  # noqa: S608
        for (account_id,) in people:
            started = time.perf_counter()
            found = warehouse.query_arrow("select page_id, title from visible_pages(?)", [account_id])
            took.append(time.perf_counter() - started)
            assert found.num_rows > 0
    return statistics.median(took)


def run(root: Path, shape: Shape) -> bool:
    started = time.perf_counter()
    lake = Lake(root) if (root / "lake").is_dir() else build_big_lake(root, shape)
    print(f"lake: {lake.total_rows('pages'):,} pages, {time.perf_counter() - started:.0f} s")
    whole = publish(root, lake.manifest())
    print(f"published whole: {whole.bytes / 1e6:,.0f} MB, {sum(whole.rows.values()):,} rows, {whole.seconds:.0f} s")
    ratio = run_rounds(lake, shape)
    once = measure([sys.executable, __file__, "--once", str(root)], dict(os.environ))
    seen = visible_pages(root / "confluence.duckdb")
    return all(
        [
            check("publication of one edit over a copy of the file", ratio, RATIO, " times"),
            check("peak memory of an edit and its publication", int(once.output.split()[-1]) / 1e6, MEGABYTES, " MB"),
            check("visible_pages", seen, SECONDS, " s"),
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1_000_000)
    parser.add_argument("--spaces", type=int, default=200)
    parser.add_argument("--folder", type=Path, help="keep the lake there, or use the one that stands there")
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        publish_edit(asked.once, 500)
        return 0
    shape = Shape(pages=asked.pages, spaces=asked.spaces)
    if asked.folder:
        return 0 if run(asked.folder, shape) else 1
    with tempfile.TemporaryDirectory(prefix="publication-") as folder:
        return 0 if run(Path(folder) / "big", shape) else 1


if __name__ == "__main__":
    sys.exit(main())
