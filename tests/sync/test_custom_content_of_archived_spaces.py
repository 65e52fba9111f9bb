"""Custom content of a Data Center's archived spaces: only the search of the whole site shows it."""

from pathlib import Path

import pytest

from tests.api.datacenter import PROFILES, datacenter
from tests.sync.harness import bench

TYPE = "ac:demo:note"


@pytest.mark.parametrize("mode", ["incremental", "full"])
@pytest.mark.parametrize("profile", PROFILES)
def test_custom_content_stays_in_sight_when_its_space_is_archived(profile: str, mode: str, tmp_path: Path) -> None:
    """With its page into an archived space, and with its space into the archive; made there while we looked away, too."""
    options = {"publish": False, "custom_content_types": (TYPE,), "removal_limit": 1.0}
    with bench(datacenter("empty", profile), tmp_path, **options) as run:
        edit = run.control.edit
        for key in ("HERE", "THERE", "ELSEWHERE"):
            edit("create_space", key=key, name=key, private=False)
        moving = edit("create_page", space="HERE", title="Page")["id"]
        for holder in (moving, edit("create_page", space="ELSEWHERE", title="Page")["id"]):
            edit("create_custom_content", container=holder, type=TYPE, title="Note")
        edit("catch_up_index")
        assert run.sync("full").failures == []
        assert run.differences() == []
        edit("create_custom_content", container=moving, type=TYPE, title="Late")
        edit("archive_space", space="THERE")
        edit("move", id=moving, space="THERE")
        edit("archive_space", space="ELSEWHERE")
        edit("catch_up_index")
        assert run.sync(mode).failures == []
        assert run.differences() == []
        assert run.lake.count_rows("custom_content") == 3
