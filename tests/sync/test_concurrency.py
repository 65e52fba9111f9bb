"""Two runs at once on one lake lose nothing: whoever comes second waits for the first, in whatever process it is."""

from pathlib import Path

import pytest

from confluence_assets.emulator.config import SeedPlan
from tests.support.truth import differences
from tests.sync.harness import bench
from tests.sync.histories import Editor
from tests.sync.run_once import start_run
from tests.sync.sites import CLOUD, NEWEST, site_config

PLAN = SeedPlan(
    spaces=3, pages_per_space=10, comments=12, attachments=6, tasks=6, custom_content=4, properties=4, users=6, groups=3
)
EDITS = ("edit", "comment", "upload", "create_page", "trash", "restrict", "delete_comment", "task", "move_to_space")


@pytest.mark.parametrize(
    ("site", "modes"),
    [
        (CLOUD, ("incremental", "incremental")),
        (CLOUD, ("full", "content")),
        (CLOUD, ("content", "incremental", "full")),
        (NEWEST, ("full", "content")),
    ],
)
def test_runs_at_once_lose_nothing(tmp_path: Path, site: str, modes: tuple[str, ...]) -> None:
    with bench(site_config(site, PLAN, latency_ms=3), tmp_path, publish=False, removal_limit=1.0) as run:
        editor = Editor(run.embedded, run.site.options.custom_content_types, run.site.options.property_keys)
        for number in range(3):
            runs = [start_run(run.embedded, run.site.home, mode, run.site.options) for mode in modes]
            # The site is edited while they run: what one of them saw, the other one must not undo.
            for step, name in enumerate(EDITS):
                editor.play((name, 31 * step + number, 17 * step + number))
            for one in runs:
                one.join(120)
            assert [one.exitcode for one in runs] == [0] * len(modes)
            ledger = {row["run_id"] for rows in run.lake.iter_rows("sync_ledger") for row in rows}
            assert len(ledger) == len(modes) * (number + 1) + number
            assert run.sync().failures == []
            assert differences(run.lake, run.seen_by_us()) == []
