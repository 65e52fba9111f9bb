"""What hangs on what is new: files and custom content are known before the comments on them are placed."""

from pathlib import Path

import pytest

from confluence_assets.emulator import SiteConfig
from confluence_assets.emulator.config import SeedPlan
from tests.support.truth import differences
from tests.sync.harness import bench

PLAN = SeedPlan(spaces=2, pages_per_space=4, comments=4, attachments=2, custom_content=2)


@pytest.mark.parametrize("mode", ["content", "incremental", "full"])
def test_comments_on_new_files_and_new_custom_content(tmp_path: Path, mode: str) -> None:
    """A content run read comments before files: what it could not place had to wait for the sweep."""
    with bench(SiteConfig(plan=PLAN), tmp_path, publish=False) as run:
        assert run.sync("full").failures == []
        page = run.control.dump("page")[0]["id"]
        kind = run.site.options.custom_content_types[0]
        file = run.control.edit("upload", container=page, filename="new.txt", text="new")["id"]
        note = run.control.edit("create_custom_content", container=page, type=kind, title="New")["id"]
        for holder in (file, note):
            comment = run.control.edit("comment", container=holder, body="<p>so</p>")["id"]
            run.control.edit("reply", comment=comment, body="<p>indeed</p>")
        run.control.edit("catch_up_index")
        report = run.sync(mode)
        assert report.failures == []
        truth = run.truth()
        assert (
            differences(run.lake, {table: truth[table] for table in ("comments", "attachments", "custom_content")})
            == []
        )
