"""Memory does not grow with a space: ten times the pages, in order or not, cost next to nothing more."""

import subprocess
import sys
from pathlib import Path

import pytest

from confluence_assets.lake import Lake

WRITER = """
import random, resource, sys
from pathlib import Path
from confluence_assets.lake import Lake
from confluence_assets.warehouse import publish
from tests.lake.rows import day, page
root, count, order = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
lake = Lake(root)
numbers = list(range(count))
if order == "shuffled":
    random.Random(1).shuffle(numbers)
for at in (1, 2):
    with lake.stage("pages", run_id=f"r{at}") as stage:
        for start in range(0, count, 250):
            rows = [page(n, body=random.Random(n).randbytes(2048).hex()) for n in numbers[start : start + 250]]
            for row in rows[:: 10 if at == 2 else 300]:
                row["title"] = f"edited {at}"
            stage.add(rows)
        result = stage.commit("DOCS", synced_at=day(at))
assert result.row_count == count and result.changed >= count // 10, result
assert sum(len(rows) for rows in lake.iter_rows("pages", "DOCS")) == count
if order == "ordered":
    assert publish(root, lake.manifest()).rows["pages"] == count
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def peak_mib(root: Path, count: int, order: str) -> int:
    command = [sys.executable, "-c", WRITER, str(root), str(count), order]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=100, cwd=Path(__file__).parents[2], check=False
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("order", ["ordered", "shuffled"])
def test_ten_times_the_pages(lake: Lake, order: str) -> None:
    few = peak_mib(lake.root / "few", 3_000, order)
    many = peak_mib(lake.root / "many", 30_000, order)
    assert many <= 1.3 * few, f"{few} MiB for 3,000 pages, {many} MiB for 30,000"
