"""A site that lets anonymous in looks shut as long as no space does: the run that reads the first grant tries again."""

from pathlib import Path

import pytest

from confluence_assets.emulator import SeedPlan
from tests.sync.harness import Bench, bench
from tests.sync.sites import CLOUD, SITES, site_config
from tests.sync.test_datacenter import readers

PLAN = SeedPlan(spaces=0, users=2, groups=1, audit_records=0)


def furnish(run: Bench) -> str:
    run.control.edit("create_space", key="DOC", name="Docs", private=True)
    return str(run.control.edit("create_page", space="DOC", title="Page")["id"])


def open_door(run: Bench, op: str = "grant") -> None:
    if run.embedded.site.is_datacenter:
        run.control.edit(op, space="DOC", principal_type="anonymous", **({"principal_id": ""} if op == "grant" else {}))
    else:
        run.control.edit(op, space="DOC", principal_type="access-class", principal_id="anonymous-users")


@pytest.mark.parametrize("is_let_in", [True, False])
@pytest.mark.parametrize("site", SITES)
def test_the_first_space_that_is_opened_is_open_after_one_run(site: str, is_let_in: bool, tmp_path: Path) -> None:
    config = site_config(site, PLAN, switches={"anonymous_access": is_let_in})
    told = {"licensed_groups": ("confluence-users",)} if site not in (CLOUD, "10.0") else {}
    with bench(config, tmp_path, publish=False, **told) as run:
        page = furnish(run)
        assert run.sync("full").failures == []
        assert "anonymous" not in readers(run)[page]
        open_door(run)
        assert run.sync("incremental").failures == []
        assert ("anonymous" in readers(run)[page]) is is_let_in is run.control.may_read(None, page)
        open_door(run, "revoke")
        assert run.sync("incremental").failures == []
        assert "anonymous" not in readers(run)[page]


def test_the_door_is_not_tried_again_where_no_space_names_anonymous(tmp_path: Path) -> None:
    """It would be a request in every run of a site that is shut."""
    with bench(site_config(CLOUD, PLAN), tmp_path, publish=False) as run:
        furnish(run)
        assert run.sync("full").failures == []
        asked = []
        run.embedded.site.faults.active.append(lambda request, template, reply: asked.append(request) or reply)
        assert run.sync("incremental").failures == []
        lists = [request for request in asked if request.path.endswith("/spaces")]
        assert lists
        assert all("authorization" in request.headers for request in lists)
