"""Custom content that moves with its page into an archived space, where a Data Center lists none."""

from pathlib import Path

from tests.api.datacenter import datacenter
from tests.sync.harness import bench

TYPE = "ac:demo:note"


def test_custom_content_follows_its_page_out_of_sight(tmp_path: Path) -> None:
    with bench(datacenter("empty"), tmp_path, publish=False, custom_content_types=(TYPE,)) as run:
        edit = run.control.edit
        for key in ("HERE", "THERE"):
            edit("create_space", key=key, name=key, private=False)
        page = edit("create_page", space="HERE", title="Page")["id"]
        edit("create_custom_content", container=page, type=TYPE, title="Note")
        edit("catch_up_index")
        assert run.sync("full").failures == []
        assert run.differences() == []
        edit("archive_space", space="THERE")
        edit("move", id=page, space="THERE")
        edit("catch_up_index")
        assert run.sync("incremental").failures == []
        assert run.differences() == []
